package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// attachError says why a server is not attached.
type attachError struct {
	status   Status
	sentence string // without text of the server
	said     string // by the server
	again    bool   // the handshake of the other era may do better
	err      error
}

func (e *attachError) Error() string { return e.sentence }
func (e *attachError) Unwrap() error { return e.err }

// attach starts or reaches the server, agrees on a revision and fetches the catalog. A server of an unknown era is asked for the modern one,
// and falls back by itself or, when it gives no answer, after [Timeouts.Discover]; one that ends or breaks at the question is started again
// and spoken to as legacy. One that is remembered as legacy is not asked.
func (s *server) attach() (*session, *Catalog, error) {
	s.mu.Lock()
	era := s.state.Era
	s.mu.Unlock()
	plan := []Era{EraUnknown, Legacy}
	if era == Legacy || s.cfg.Transport == SSE {
		plan = []Era{Legacy, EraUnknown}
	}
	if s.cfg.Transport == SSE {
		plan = plan[:1] // That transport is older than the modern era.
	}
	var first error
	for _, era := range plan {
		sess, cat, err := s.attempt(era)
		if err == nil {
			return sess, cat, nil
		}
		if first == nil {
			first = err
		}
		var a *attachError
		if s.ctx.Err() != nil || !errors.As(err, &a) || !a.again {
			return nil, nil, first
		}
	}
	return nil, nil, first
}

// attempt makes one session, in an era or asking for it.
func (s *server) attempt(era Era) (*session, *Catalog, error) {
	sess, err := s.dial()
	if err != nil {
		return nil, nil, err
	}
	opts := &mcp.ClientSessionOptions{}
	if era == Legacy {
		opts.ProtocolVersion = legacyVersion
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.cfg.Timeouts.Start)
	defer cancel()
	done := make(chan connection, 1)
	go func() {
		var c connection
		c.err = safely(func() (err error) {
			c.cs, err = s.newClient(sess).Connect(ctx, sess, opts)
			return err
		})
		done <- c
	}()
	var c connection
	select {
	case c = <-done:
		if c.err != nil {
			err = sess.explain(c.err)
		}
	case <-sess.gone:
		err = sess.explain(sess.why())
	case <-ctx.Done():
		// The SDK returns soon, unless a server holds it up where it does not look at ctx.
		err = sess.explain(ctx.Err())
	}
	if err != nil {
		sess.kill()
		if c.err == nil {
			go func() {
				if late := <-done; late.cs != nil {
					_ = late.cs.Close() // Its connection is closed already.
				}
			}()
		}
		return nil, nil, err
	}
	sess.cs = c.cs
	sess.watch()
	lctx, lcancel := context.WithTimeout(s.ctx, s.cfg.Timeouts.List)
	defer lcancel()
	cat, err := sess.listSafely(lctx)
	if err != nil {
		err := sess.explainList(err)
		sess.close()
		return nil, nil, err
	}
	return sess, cat, nil
}

// connection is what the SDK came to.
type connection struct {
	cs  *mcp.ClientSession
	err error
}

// safely calls f, in which the SDK takes apart what a server sent; a panic becomes an error, so that no server can end this program.
func safely(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = errPanic // What was recovered may hold text of the server.
		}
	}()
	return f()
}

var errPanic = errors.New("what the server sent could not be taken apart")

func (sess *session) listSafely(ctx context.Context) (c *Catalog, err error) {
	err = safely(func() error {
		c, err = sess.list(ctx)
		return err
	})
	return c, err
}

// newClient makes the SDK's client for one session. It offers the answering of questions by a form, and neither sampling nor roots.
func (s *server) newClient(sess *session) *mcp.Client {
	dirty := sess.markDirty
	c := mcp.NewClient(&mcp.Implementation{Name: "tftsr", Title: "tftsr gateway", Version: s.set.opts.Version}, &mcp.ClientOptions{
		Logger:                      slog.New(slog.DiscardHandler), // The SDK's log lines quote parts of messages.
		Capabilities:                &mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapabilities{Form: &mcp.FormElicitationCapabilities{}}},
		MultiRoundTrip:              &mcp.MultiRoundTripOptions{Disabled: true},
		ToolListChangedHandler:      func(context.Context, *mcp.ToolListChangedRequest) { dirty() },
		PromptListChangedHandler:    func(context.Context, *mcp.PromptListChangedRequest) { dirty() },
		ResourceListChangedHandler:  func(context.Context, *mcp.ResourceListChangedRequest) { dirty() },
		ResourceUpdatedHandler:      func(_ context.Context, r *mcp.ResourceUpdatedNotificationRequest) { sess.updated(r.Params) },
		ProgressNotificationHandler: func(_ context.Context, r *mcp.ProgressNotificationClientRequest) { sess.progressed(r.Params) },
	})
	c.AddReceivingMiddleware(sess.receive)
	c.AddSendingMiddleware(withoutCache)
	return c
}

// receive handles what a server asks: a question to a person is handed up, and everything else that the SDK would answer by itself is not
// offered.
func (sess *session) receive(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		switch method {
		case "elicitation/create":
			// Before the SDK's own checks, which refuse forms that the specification allows.
			p, ok := req.GetParams().(*mcp.ElicitParams)
			if !ok || p == nil {
				return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "the question has no parameters"}
			}
			return sess.asked(ctx, p)
		case "sampling/createMessage", "roots/list":
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeMethodNotFound, Message: method + " is not offered"}
		}
		defer sess.handled(method)
		return next(ctx, method, req)
	}
}

// kept takes the true result of a call past the SDK's caches.
type kept struct{ res mcp.Result }

type keptKey struct{}

// withoutCache keeps the SDK from caching results. Its caches have no bound, would give one caller what another read, and believe a server
// that says how long its catalog is to be believed.
func withoutCache(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		res, err := next(ctx, method, req)
		k, ok := ctx.Value(keptKey{}).(*kept)
		if err != nil || !ok {
			return res, err
		}
		k.res = res
		switch r := res.(type) {
		case *mcp.ListToolsResult:
			// The SDK takes from its cache which arguments go into headers, too.
			small := &mcp.ListToolsResult{}
			for _, t := range r.Tools {
				if t != nil && namesHeaders(t.InputSchema) {
					small.Tools = append(small.Tools, t)
				}
			}
			return small, nil
		case *mcp.ListResourcesResult:
			return &mcp.ListResourcesResult{}, nil
		case *mcp.ListResourceTemplatesResult:
			return &mcp.ListResourceTemplatesResult{}, nil
		case *mcp.ListPromptsResult:
			return &mcp.ListPromptsResult{}, nil
		case *mcp.ReadResourceResult:
			return &mcp.ReadResourceResult{}, nil
		}
		return res, nil
	}
}

// uncached calls f, which asks the SDK for something that it caches, and returns what the server said.
func uncached[R mcp.Result](ctx context.Context, f func(context.Context) (R, error)) (R, error) {
	var zero R
	k := &kept{}
	if _, err := f(context.WithValue(ctx, keptKey{}, k)); err != nil {
		return zero, err
	}
	r, ok := k.res.(R)
	if !ok {
		return zero, fmt.Errorf("a result of type %T", k.res)
	}
	return r, nil
}

// namesHeaders reports whether a schema of a tool has the annotation x-mcp-header (SEP-2243) somewhere.
func namesHeaders(schema any) bool {
	switch v := schema.(type) {
	case map[string]any:
		if _, ok := v["x-mcp-header"]; ok {
			return true
		}
		for _, sub := range v {
			if namesHeaders(sub) {
				return true
			}
		}
	case []any:
		for _, sub := range v {
			if namesHeaders(sub) {
				return true
			}
		}
	}
	return false
}

// attend looks after an attached server until it is gone, and says why.
func (s *server) attend(sess *session) error {
	again := time.NewTicker(relistEvery)
	defer again.Stop()
	healthy := time.NewTimer(healthyAfter)
	defer healthy.Stop()
	var gap time.Duration // between two listings that the server asks for
	last := time.Now()
	for {
		select {
		case <-sess.gone:
			return sess.explain(sess.why())
		case <-s.ctx.Done():
			return s.ctx.Err()
		case <-healthy.C:
			s.update(func(st *State) { st.Failures = 0 })
			continue
		case <-s.kick:
		case <-again.C:
		case <-sess.dirty:
			// One change is often told three times; a server that tells of them without end is listened to ever less.
			if time.Since(last) > quiet {
				gap = 0
			}
			if !sleep(sess.ctx, max(settleList, gap-time.Since(last))) {
				continue
			}
			gap = min(max(2*gap, time.Second), maxGap)
			select {
			case <-sess.dirty:
			default:
			}
		}
		last = time.Now()
		ctx, cancel := context.WithTimeout(sess.ctx, s.cfg.Timeouts.List)
		cat, err := sess.listSafely(ctx)
		cancel()
		switch {
		case err == nil:
			s.relisted(sess, cat)
		case sess.ctx.Err() == nil && s.ctx.Err() == nil:
			s.set.log.Warn("catalog not fetched again; the old one stays", "server", s.cfg.Name)
		}
	}
}

const (
	// relistEvery is how old a catalog may be: notices of changes get lost.
	relistEvery = 5 * time.Minute
	settleList  = 100 * time.Millisecond
	maxGap      = 30 * time.Second
	quiet       = time.Minute
)

// sleep waits for d, and reports whether ctx lasted.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
