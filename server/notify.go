package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"time"
	"weak"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
)

// notification handles a message that has no answer: it is scanned like a
// request, and noted in a group with others of its kind.
func (s *Server) notification(ctx context.Context, next mcp.MethodHandler, method string, req mcp.Request) error {
	came, err := json.Marshal(req.GetParams())
	if err == nil {
		_, err = s.clearInPlace(ctx, req.GetParams())
	}
	if err != nil {
		return s.refuse(ctx, "argument", intentOf(method, nil), err)
	}
	if err := s.notes.came(ctx, intentOf(method, nil).EntityID, came); err != nil {
		return failure(err)
	}
	if _, err := next(ctx, method, req); err != nil {
		rpc, _ := s.clearError(ctx, err)
		return rpc
	}
	return nil
}

// noteEvery is how long notifications gather before they are put on the
// record with their number. They start nothing, so that their record needs
// not come first, and a host may send thousands of them.
const noteEvery = time.Second

// notebook gathers notifications, those that came in and those that left, by
// caller and method.
type notebook struct {
	gate  *gate.Gate
	fault func(ctx context.Context, msg string, err error, args ...any)

	mu    sync.Mutex
	lines map[noteLine]*noteCount
	timer *time.Timer
	calls map[string]map[*gate.DigestKey]struct{} // under way and of issues, by caller
}

type noteLine struct {
	caller gate.Caller
	method string
	out    bool
	issues string // the name of the key, where that is of issues
}

// noteCount is what a group of notifications was: their number, their bytes,
// and the SHA-256 of these one after the other.
type noteCount struct {
	n, bytes int
	sum      hash.Hash
	key      gate.DigestKey // of what came in
	redacted gate.Counts
}

// maxNotes bounds the lines that are gathered; what is beyond is noted without
// the name that the client gives of itself, and for all issues in one.
const maxNotes = 256

func newNotebook(s *Server) *notebook {
	return &notebook{gate: s.gate, fault: s.fault, lines: make(map[noteLine]*noteCount), calls: map[string]map[*gate.DigestKey]struct{}{}}
}

// running notes that a call is under way, until a while after the returned
// function is called.
func (n *notebook) running(caller gate.Caller, key gate.DigestKey) (ended func()) {
	if !key.OfIssues() {
		return func() {}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.calls[caller.ID] == nil {
		n.calls[caller.ID] = map[*gate.DigestKey]struct{}{}
	}
	n.calls[caller.ID][&key] = struct{}{}
	return func() {
		// What a host says of a call may be read when the call has ended.
		time.AfterFunc(noteEvery, func() {
			n.mu.Lock()
			defer n.mu.Unlock()
			if delete(n.calls[caller.ID], &key); len(n.calls[caller.ID]) == 0 {
				delete(n.calls, caller.ID)
			}
		})
	}
}

// came notes a notification that came in. What a host says while calls on
// issues run, such as why it gives one up, concerns these issues.
func (n *notebook) came(ctx context.Context, method string, body []byte) error {
	key, err := n.gate.KeyFor(context.WithoutCancel(ctx), gate.IDsIn(body))
	if err != nil {
		return err
	}
	if caller, ok := gate.CallerFrom(ctx); ok {
		n.mu.Lock()
		for k := range n.calls[caller.ID] {
			key = key.With(*k)
		}
		n.mu.Unlock()
	}
	n.add(ctx, noteLine{method: method, issues: key.String()}, body, nil, key)
	return nil
}

// left notes a notification of ours.
func (n *notebook) left(ctx context.Context, method string, body []byte, redacted gate.Counts) {
	n.add(ctx, noteLine{method: method, out: true}, body, redacted, gate.DigestKey{})
}

func (n *notebook) add(ctx context.Context, l noteLine, body []byte, redacted gate.Counts, key gate.DigestKey) {
	caller, ok := gate.CallerFrom(ctx)
	switch {
	case ok:
	case l.out:
		caller = gate.Caller{ID: Name, Channel: "process"} // Nobody asked for it.
	default:
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.lines) >= maxNotes {
		caller.Client, l.issues = "", ""
	}
	l.caller = caller
	c := n.lines[l]
	if c == nil {
		c = &noteCount{sum: sha256.New(), key: key}
		n.lines[l] = c
	}
	c.n++
	c.key = c.key.With(key)
	c.bytes += len(body)
	c.sum.Write(body)
	c.redacted = sum(c.redacted, redacted)
	if n.timer == nil {
		n.timer = time.AfterFunc(noteEvery, n.flush)
	}
}

func (n *notebook) flush() {
	n.mu.Lock()
	lines := n.lines
	n.lines = make(map[noteLine]*noteCount)
	if n.timer != nil {
		n.timer.Stop()
		n.timer = nil
	}
	n.mu.Unlock()
	for l, c := range lines {
		ctx := gate.WithCaller(context.Background(), l.caller)
		details := map[string]any{"count": c.n, "bytes": c.bytes}
		if l.out {
			details["sha256"], details["destination"] = hex.EncodeToString(c.sum.Sum(nil)), string(gate.Host)
			if c.redacted.Total() > 0 {
				details["redacted_out"] = c.redacted.List()
			}
		} else {
			details["params"], details["digest_key"] = c.key.Digest(c.sum.Sum(nil)), c.key.Name()
		}
		if err := n.gate.Note(ctx, gate.Intent{Action: audit.ActionProtocol, EntityType: "mcp_notification", EntityID: l.method, Details: details}); err != nil {
			n.fault(ctx, "notifications could not be recorded", err, "method", l.method, "count", c.n)
		}
	}
}

func (n *notebook) close() { n.flush() }

// send is the middleware for what the server sends on its own: questions in
// the legacy era, progress, log and change notifications.
func (s *Server) send(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		if strings.HasSuffix(method, "/list_changed") && s.unasked(req) || method == "notifications/subscriptions/acknowledged" && isRenewed(ctx) {
			return nil, nil //nolint:nilnil // A notification has no result.
		}
		out, counts, err := s.clearOutgoing(ctx, req)
		if err != nil {
			s.fault(ctx, "a message of the server was withheld", err, "method", method)
			return nil, failure(&withheldError{err})
		}
		body, err := json.Marshal(out.GetParams())
		if err != nil {
			return nil, failure(&withheldError{fmt.Errorf("%w: the message cannot be encoded", gate.ErrScan)})
		}
		if method != "elicitation/create" && method != "sampling/createMessage" && method != "roots/list" {
			s.notes.left(ctx, method, body, counts)
			return next(ctx, method, out)
		}
		defer pause(ctx)()
		in := gate.Intent{Action: audit.ActionProtocol, EntityType: "client_method", EntityID: method, Details: map[string]any{}}
		if method == "elicitation/create" {
			in.Action, in.EntityType = audit.ActionElicit, "elicitation"
		}
		describe(in.Details, body, counts)
		call, err := s.gate.Begin(ctx, in)
		if err != nil {
			return nil, failure(fmt.Errorf("%w: %w", errNotRecorded, err))
		}
		res, outcome, err := s.clearReply(ctx, method, out, next)
		if endErr := call.End(ctx, outcome); endErr != nil {
			return nil, failure(endErr)
		}
		return res, err
	}
}

// initialized notes that a session has said so. It is forgotten with the session.
func (s *Server) initialized(req mcp.Request) {
	ss, ok := req.GetSession().(*mcp.ServerSession)
	if !ok || ss == nil {
		return
	}
	k := weak.Make(ss)
	if _, noted := s.ready.LoadOrStore(k, true); !noted {
		runtime.AddCleanup(ss, func(k weak.Pointer[mcp.ServerSession]) { s.ready.Delete(k) }, k)
	}
}

// unasked reports whether a change of a list goes to a session that has not said
// yet that it is initialized, or never does because it is of the modern era, and
// did not listen for it. The SDK tells it all the same, and a host that waits
// for the answer to its initialize would read something else.
func (s *Server) unasked(req mcp.Request) bool {
	ss, ok := req.GetSession().(*mcp.ServerSession)
	if !ok || ss == nil {
		return false
	}
	if _, ready := s.ready.Load(weak.Make(ss)); ready {
		return false
	}
	p := req.GetParams()
	return isNil(p) || p.GetMeta()[mcp.MetaKeySubscriptionID] == nil
}

// clearReply sends a question and redacts the answer, which comes from a
// person's keyboard.
func (s *Server) clearReply(ctx context.Context, method string, req mcp.Request, next mcp.MethodHandler) (mcp.Result, gate.Outcome, error) {
	res, err := next(ctx, method, req)
	if err != nil {
		status := "error"
		if ctx.Err() != nil {
			status = "cancelled"
		}
		return nil, gate.Outcome{Status: status}, err
	}
	outcome := gate.Outcome{Status: "ok", Details: map[string]any{}}
	came, err := json.Marshal(res)
	if err != nil {
		return nil, gate.Outcome{Status: "error"}, failure(fmt.Errorf("%w: the answer cannot be recorded", gate.ErrScan))
	}
	key := s.gate.KeyOf(ctx)
	outcome.Details["reply"], outcome.Details["digest_key"] = key.Digest(came), key.Name()
	clean, counts, err := s.clearValue(context.WithoutCancel(ctx), pii.ModeAgent, true, res)
	if err != nil {
		return nil, gate.Outcome{Status: "error"}, failure(err)
	}
	if r, ok := clean.(*mcp.ElicitResult); ok && isWord(r.Action) {
		outcome.Details["answer"] = r.Action
	}
	if counts.Total() > 0 {
		outcome.Details["redacted_in"] = counts.List()
	}
	return clean.(mcp.Result), outcome, nil
}

// clearOutgoing returns a request whose parameters are redacted. The handler
// keeps its own.
func (s *Server) clearOutgoing(ctx context.Context, req mcp.Request) (mcp.Request, gate.Counts, error) {
	params := req.GetParams()
	if isNil(params) {
		return req, nil, nil
	}
	clean, counts, err := s.clearValue(context.WithoutCancel(ctx), pii.ModeCleared, false, params)
	if err != nil || clean == params {
		return req, counts, err
	}
	// A request is of one type for each type of its parameters, which only
	// reflection can copy.
	old := reflect.ValueOf(req)
	if old.Kind() != reflect.Pointer || old.Elem().Kind() != reflect.Struct || !old.Elem().FieldByName("Params").IsValid() {
		return nil, counts, gate.ErrScan
	}
	n := reflect.New(old.Type().Elem())
	n.Elem().Set(old.Elem())
	n.Elem().FieldByName("Params").Set(reflect.ValueOf(clean))
	out, ok := n.Interface().(mcp.Request)
	if !ok {
		return nil, counts, gate.ErrScan
	}
	return out, counts, nil
}
