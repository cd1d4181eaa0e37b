package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

// codeLimit is the code of an answer to a call that came too fast, out of the
// range that JSON-RPC 2.0 leaves to servers (section 5.1).
const codeLimit = -32000

var (
	errPanic       = errors.New("the handler failed in an unforeseen way; the failure is on the record and in the log on stderr")
	errNotRecorded = errors.New("the call could not be put on the record, so it did not run")
	errNoResult    = errors.New("the handler gave no result")
	errBytes       = errors.New("binary content holds what looks like a sensitive value and is not sent; ask for it as text")
	errCallTime    = errors.New("the call took longer than limits.call_timeout allows")
)

// withheldError is about an answer that did not leave although the call ran.
type withheldError struct{ cause error }

func (e *withheldError) Error() string { return "answer withheld: " + e.cause.Error() }
func (e *withheldError) Unwrap() error { return e.cause }

// failure makes the protocol error that a caller gets for a fault or a
// refusal of ours. Its text is fixed: a cause may name files or hold text.
func failure(err error) *jsonrpc.Error {
	out := func(code int64, text string) *jsonrpc.Error { return &jsonrpc.Error{Code: code, Message: text} }
	var (
		rpc    *jsonrpc.Error
		limit  *gate.LimitError
		field  *notAllowedError
		held   *withheldError
		reason string
	)
	switch {
	case errors.Is(err, store.ErrFull):
		reason = ": no space is left for the data folder"
	case errors.Is(err, store.ErrLocked):
		reason = ": another process holds the database; try again in a moment"
	case errors.Is(err, store.ErrReadOnly):
		reason = ": the data folder is read-only"
	case errors.Is(err, gate.ErrTampered):
		reason = ": the record is not what was signed; run tftsr audit verify"
	}
	switch {
	case errors.Is(err, gate.ErrOutcome):
		return out(jsonrpc.CodeInternalError, "the call may have happened, but its outcome could not be put on the record"+reason+". Do not repeat it; look first whether it took effect")
	case errors.As(err, &held):
		if errors.As(held.cause, &rpc) {
			return rpc
		}
		if errors.Is(err, errBytes) {
			reason = ": " + errBytes.Error()
		}
		return out(jsonrpc.CodeInternalError, "the call ran, but its answer could not be checked for sensitive values and is withheld"+reason+". Do not repeat a call that changes something; read what it left instead")
	case errors.As(err, &limit):
		data, _ := json.Marshal(map[string]any{"retry_after_ms": limit.RetryAfter.Milliseconds()})
		return &jsonrpc.Error{Code: codeLimit, Message: limit.Error(), Data: data}
	case errors.As(err, &field):
		return out(jsonrpc.CodeInvalidParams, field.Error())
	case errors.Is(err, gate.ErrScan):
		return out(jsonrpc.CodeInternalError, "the message could not be checked for sensitive values, so nothing ran and nothing was sent")
	case errors.Is(err, errNotRecorded):
		return out(jsonrpc.CodeInternalError, errNotRecorded.Error()+reason)
	case errors.Is(err, gate.ErrNoCaller), errors.Is(err, errPanic), errors.Is(err, errNoResult), errors.Is(err, errBytes):
		return out(jsonrpc.CodeInternalError, err.Error())
	case errors.As(err, &rpc):
		return rpc
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return out(jsonrpc.CodeInternalError, "the call was cancelled before it ran")
	}
	return out(jsonrpc.CodeInternalError, "internal error; see the log of the server on stderr"+reason)
}

// fault logs an error. Errors of ours hold no value, but they may wrap some
// that are not: what cannot be scanned is logged by its type.
func (s *Server) fault(ctx context.Context, msg string, err error, args ...any) {
	text, _, scanErr := s.gate.RedactText(context.WithoutCancel(ctx), pii.ModeRaw, err.Error())
	if scanErr != nil {
		text = fmt.Sprintf("of type %T, which could not be scanned", err)
	}
	s.log.Error(msg, append(args, "error", text)...)
}

// refuse puts a request that is turned away on the record, and returns the
// answer to it.
func (s *Server) refuse(ctx context.Context, reason string, in gate.Intent, err error) *jsonrpc.Error {
	s.gate.Refuse(ctx, reason, in)
	return failure(err)
}

// clearError redacts what a handler returned as an error, and keeps its code.
func (s *Server) clearError(ctx context.Context, err error) (*jsonrpc.Error, gate.Counts) {
	if errors.Is(err, errPanic) || errors.Is(err, errNoResult) {
		return failure(err), nil
	}
	rpc := &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: err.Error()}
	var wire *jsonrpc.Error
	if errors.As(err, &wire) {
		rpc.Code, rpc.Data = wire.Code, wire.Data
	}
	switch {
	case errors.Is(err, errCallTime):
		rpc.Message = fmt.Sprintf("%s (%s); what it did until then may have taken effect", errCallTime, s.config.Limits.CallTimeout)
	case wire == nil && errors.Is(err, context.Canceled):
		rpc.Message = "the call was cancelled; what it did until then may have taken effect"
	}
	text, counts, err := s.gate.RedactText(ctx, pii.ModeCleared, rpc.Message)
	if err != nil {
		return failure(&withheldError{err}), nil
	}
	rpc.Message = text
	if len(rpc.Data) > 0 {
		data, more, err := s.gate.RedactJSON(ctx, pii.ModeCleared, rpc.Data)
		if err != nil {
			return failure(&withheldError{err}), nil
		}
		rpc.Data, counts = data, sum(counts, more)
	}
	return rpc, counts
}

// toolError is the answer to a tool call whose arguments cannot be used. The
// model reads it and can do better.
func (s *Server) toolError(ctx context.Context, req mcp.Request, err error) (*mcp.CallToolResult, error) {
	text, _, scanErr := s.gate.RedactText(ctx, pii.ModeCleared, err.Error())
	if scanErr != nil {
		text = "the arguments cannot be used"
	}
	return toolResult(protocolVersion(req), &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: text}}})
}

// toolResult makes r a result of a revision of the protocol. Since [modern],
// a result says what kind it is, in a field that the SDK sets only on results
// of handlers and when it decodes one.
func toolResult(version string, r *mcp.CallToolResult) (*mcp.CallToolResult, error) {
	if version < modern {
		return r, nil
	}
	b, err := encode(r)
	if err != nil {
		return nil, fmt.Errorf("encode an answer: %w", err)
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("encode an answer: %w", err)
	}
	m["resultType"] = json.RawMessage(`"complete"`)
	if b, err = encode(m); err != nil {
		return nil, fmt.Errorf("encode an answer: %w", err)
	}
	var out mcp.CallToolResult
	if err := json.Unmarshal(b, &out); err != nil {
		return nil, fmt.Errorf("encode an answer: %w", err)
	}
	return &out, nil
}
