package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
)

// receive is the chain, outermost first: recover, identity, limits, policy,
// inbound scan, intent on the record, handler, outbound redaction, size cap,
// outcome on the record. Nothing of a stage runs when one before it fails. The
// intent of a relayed read is made durable with that of what it sends.
func (s *Server) receive(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (res mcp.Result, err error) {
		defer func() {
			if r := recover(); r != nil {
				s.panicked(method, r)
				res, err = nil, failure(errPanic)
			}
		}()
		defer s.rest.soon()
		caller, ok := s.identify(req)
		if !ok {
			s.gate.Refuse(gate.WithCaller(ctx, gate.Caller{ID: "unknown"}), "no identity", intentOf(method, nil))
			return nil, failure(gate.ErrNoCaller)
		}
		caller.Client = s.clientName(ctx, req)
		ctx = gate.WithCaller(ctx, caller)

		if strings.HasPrefix(method, "notifications/") {
			if method == "notifications/initialized" {
				s.initialized(req)
			}
			return nil, s.notification(ctx, next, method, req)
		}
		release, err := s.gate.Acquire(ctx)
		if err != nil {
			return nil, s.refuse(ctx, "limit", intentOf(method, nil), err)
		}
		defer release()
		if method == "subscriptions/listen" {
			release() // It only waits, and would hold its place for as long as the client stays.
		}
		if s.relay != nil {
			if err := s.relay.ready(ctx, method); err != nil {
				s.fault(ctx, "the registered MCP servers cannot be read", err)
				return nil, s.refuse(ctx, "registry", intentOf(method, nil), err)
			}
		}
		policy, err := s.allowed(ctx, req)
		if hidden := (*hiddenError)(nil); errors.As(err, &hidden) {
			s.gate.Refuse(ctx, "policy", intentOf(method, nil))
			return s.toolError(ctx, req, err)
		}
		if err != nil {
			return nil, s.refuse(ctx, "policy", intentOf(method, nil), err)
		}
		in, key, err := s.clearRequest(ctx, method, req, policy)
		if err != nil {
			if isTool(method) && !errors.Is(err, gate.ErrScan) && ctx.Err() == nil {
				s.gate.Refuse(ctx, "argument", intentOf(method, req))
				return s.toolError(ctx, req, err)
			}
			return nil, s.refuse(ctx, "argument", intentOf(method, nil), err)
		}
		begin := s.gate.Begin
		if policy.recordsItself {
			begin = s.gate.Announce
		}
		call, err := begin(ctx, in)
		if err != nil {
			s.fault(ctx, "a call could not be recorded and did not run", err, "method", method)
			return nil, failure(fmt.Errorf("%w: %w", errNotRecorded, err))
		}
		ctx = gate.WithDigestKey(call.Context(ctx), key)
		defer s.notes.running(caller, key)()
		res, err = s.run(ctx, next, method, req)
		res, out, err := s.clearAnswer(ctx, in.EntityID, s.arrange(res), err)
		durable := s.concluded(ctx, call, out, method)
		if s.frames.hold(req, durable) {
			return res, err // It is encoded and checked meanwhile.
		}
		if failed := durable(); failed != nil {
			return nil, failed
		}
		return res, err
	}
}

// concluded begins to record the outcome of a call. What it returns waits until
// that is durable, and returns what must be answered instead if it cannot be.
func (s *Server) concluded(ctx context.Context, call *gate.Call, out gate.Outcome, method string) func() *jsonrpc.Error {
	durable := call.Conclude(ctx, out)
	return func() *jsonrpc.Error {
		err := durable()
		if err == nil {
			return nil
		}
		if !errors.Is(err, gate.ErrOutcome) { // It was not begun.
			err = fmt.Errorf("%w: %w", errNotRecorded, err)
		}
		s.fault(ctx, "the outcome of a call could not be recorded", err, "method", method)
		return failure(err)
	}
}

// allowed holds the policy that concerns a tool before it runs. The selection
// at start has already left out what is not offered; this is the lock behind
// that door.
func (s *Server) allowed(ctx context.Context, req mcp.Request) (toolPolicy, error) {
	p, ok := req.GetParams().(*mcp.CallToolParamsRaw)
	if !ok {
		return toolPolicy{}, nil
	}
	policy, known := s.tools[p.Name]
	if !known && s.relay != nil && relayedName(p.Name) && isID(p.Name) {
		policy, err := s.relay.policy(ctx, p.Name)
		policy.recordsItself = policy.recordsItself && p.RequestState == "" // Not one that goes on.
		return policy, err
	}
	switch {
	case !known:
		return policy, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "unknown tool: tools/list names those that are offered"}
	case s.config.ReadOnly && !policy.readOnly:
		return policy, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "this server is read-only, and the tool changes something"}
	}
	return policy, nil
}

// clearRequest scans the parameters of a request, which are changed in place:
// they belong to it alone. It returns the intent to record, and the key of the
// digests in it, which holds for whatever arrives within the call.
func (s *Server) clearRequest(ctx context.Context, method string, req mcp.Request, policy toolPolicy) (gate.Intent, gate.DigestKey, error) {
	params := req.GetParams()
	if p, ok := params.(*mcp.InitializeParams); ok && p != nil && p.ProtocolVersion >= modern {
		// The SDK answers an initialize of the modern revision with the newest
		// legacy one and then serves the session as if it were modern
		// (go-sdk#1258).
		p.ProtocolVersion = newestLegacy
	}
	details := map[string]any{}
	came, err := arrived(params)
	if err != nil {
		return gate.Intent{}, gate.DigestKey{}, err
	}
	counts, err := s.clearInPlace(ctx, params)
	if err != nil {
		return gate.Intent{}, gate.DigestKey{}, err
	}
	ids := gate.IDsIn(came)
	var key gate.DigestKey
	if p, ok := params.(*mcp.CallToolParamsRaw); ok {
		args, named, more, err := s.gate.ClearArgs(ctx, policy.args, p.Arguments)
		if err != nil {
			return gate.Intent{}, key, err
		}
		keyFor := s.gate.KeyFor
		if policy.newIssue {
			keyFor = s.gate.KeyForNew
		}
		if key, err = keyFor(ctx, append(named, ids...)); err != nil {
			return gate.Intent{}, key, err
		}
		details["args"], details["args_bytes"] = key.Digest(p.Arguments), len(p.Arguments)
		details["digest_key"] = key.Name()
		if p.InputResponses != nil {
			details["answers"], details["answered"] = key.Digest(came), len(p.InputResponses)
		}
		p.Arguments = args
		counts = sum(counts, more)
	} else {
		if key, err = s.gate.KeyFor(ctx, ids); err != nil {
			return gate.Intent{}, key, err
		}
		if came != nil {
			details["params"], details["digest_key"] = key.Digest(came), key.Name()
		}
	}
	if v := protocolVersion(req); v != "" {
		details["protocol"] = v
	}
	if counts.Total() > 0 {
		details["redacted_in"] = counts.List()
	}
	in := intentOf(method, req)
	if in.EntityID != method {
		details["method"] = method
	}
	in.Details = details
	return in, key, nil
}

// arrived returns what came in, as this server writes it: the answers of a tool
// call, whose arguments are apart, or all parameters of anything else; nil where
// there is nothing.
func arrived(params any) ([]byte, error) {
	if p, ok := params.(*mcp.CallToolParamsRaw); ok {
		if p == nil || p.InputResponses == nil {
			return nil, nil
		}
		params = p.InputResponses
	}
	if isNil(params) {
		return nil, nil
	}
	b, err := json.Marshal(params)
	if err != nil {
		return nil, fmt.Errorf("%w: the parameters cannot be encoded", gate.ErrScan)
	}
	return b, nil
}

// clearInPlace redacts a message that came in and belongs to one request.
func (s *Server) clearInPlace(ctx context.Context, v any) (gate.Counts, error) {
	clean, counts, err := s.clearValue(ctx, pii.ModeAgent, true, v)
	if err != nil {
		return nil, err
	}
	if !isNil(v) && clean != v {
		reflect.ValueOf(v).Elem().Set(reflect.ValueOf(clean).Elem())
	}
	return counts, nil
}

// run calls the handler, with the time that a tool call may take, and turns a
// panic of it into an error, so that its outcome is recorded.
func (s *Server) run(ctx context.Context, next mcp.MethodHandler, method string, req mcp.Request) (res mcp.Result, err error) {
	defer func() {
		if r := recover(); r != nil {
			s.panicked(method, r)
			res, err = nil, errPanic
		}
	}()
	if isTool(method) {
		var stop func()
		ctx, stop = withClock(ctx, s.config.Limits.CallTimeout)
		defer stop()
	}
	if method == "subscriptions/listen" {
		return s.listens.listen(ctx, next, method, req)
	}
	return rounds(ctx, next, method, req)
}

// panicked logs where, never what: the value of a panic can hold anything.
// The stack has addresses only.
func (s *Server) panicked(method string, r any) {
	s.log.Error("a handler panicked", "method", method, "type", fmt.Sprintf("%T", r), "stack", string(debug.Stack()))
}

// intentOf says what a request is about. Only names that we published
// ourselves, and cleared addresses, become part of it; req is nil when nothing
// of it may.
func intentOf(method string, req mcp.Request) gate.Intent {
	in := gate.Intent{Action: audit.ActionProtocol, EntityType: "mcp_method", EntityID: method}
	if _, known := methods[method]; !known {
		in.EntityID = "unknown"
	}
	if req == nil || isNil(req.GetParams()) {
		return in
	}
	switch p := req.GetParams().(type) {
	case *mcp.CallToolParamsRaw:
		in.Action, in.EntityType, in.EntityID = audit.ActionToolCall, "tool", p.Name
	case *mcp.ReadResourceParams:
		in.Action, in.EntityType, in.EntityID = audit.ActionResourceRead, "resource", p.URI
	case *mcp.GetPromptParams:
		in.Action, in.EntityType, in.EntityID = audit.ActionPromptGet, "prompt", p.Name
	case *mcp.CompleteParams:
		in.Action, in.EntityType = audit.ActionComplete, "completion"
		if p.Ref != nil {
			in.EntityID = p.Ref.Name + p.Ref.URI
		}
	}
	in.EntityID = in.EntityID[:min(len(in.EntityID), 200)]
	return in
}

func isTool(method string) bool { return method == "tools/call" }

func sum(a, b gate.Counts) gate.Counts {
	if len(a) == 0 {
		return b
	}
	for k, n := range b {
		a[k] += n
	}
	return a
}

// isNil also finds a nil pointer in an interface, which is how the SDK hands
// on parameters that are missing.
func isNil(v any) bool {
	if v == nil {
		return true
	}
	rv := reflect.ValueOf(v)
	return rv.Kind() == reflect.Pointer && rv.IsNil()
}
