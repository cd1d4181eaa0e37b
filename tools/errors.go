package tools

import (
	"errors"
	"fmt"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/store"
)

// usageError is a mistake that the caller can mend. Its text says how.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

// usage returns an error that the model reads as the tool's answer.
func usage(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// internal returns a protocol error for a fault of ours. The cause stays
// out of it: it could name files or hold text that was not cleared.
func internal(err error) error {
	switch {
	case errors.Is(err, store.ErrFull):
		return &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: "the data folder is full: nothing was done; free some space and repeat"}
	case errors.Is(err, store.ErrLocked):
		return &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: "the database is held by another process: nothing was done; repeat in a moment"}
	case errors.Is(err, gate.ErrScan):
		return &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: "the text could not be scanned, so nothing was done and nothing left"}
	}
	return &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: "internal error: nothing more is said here; see the server's log on stderr"}
}

// answer sorts an error of a handler into what the caller can act on, which
// passes, and what is a fault of ours.
func answer(err error) error {
	var u *usageError
	var rpc *jsonrpc.Error
	switch {
	case errors.As(err, &u):
		return u
	case errors.As(err, &rpc):
		return rpc
	case gate.Actionable(err):
		return err
	case errors.Is(err, store.ErrCursor):
		return usage("%v", store.ErrCursor)
	case errors.Is(err, store.ErrNotFound):
		return usage("there is nothing with this id; list_issues and list_logs show what exists")
	case errors.Is(err, store.ErrConflict):
		return usage("it has changed since you read it; read it again and repeat with the new revision")
	}
	return internal(err)
}

// missing names what was not found, so that the next call can be right.
func missing(err error, what, list string) error {
	if errors.Is(err, store.ErrNotFound) {
		return usage("there is no %s with this id; %s shows those that exist", what, list)
	}
	return err
}
