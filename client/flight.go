package client

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// round is one sending of a call: the first, or one that brings answers to a server of the modern era.
type round struct {
	token   string // for progress; empty when nobody wants to know
	answers mcp.InputResponseMap
	state   string
}

// op sends a call. What the server asks instead of an answer is in the result.
type op func(ctx context.Context, sess *session, r round) (Reply, error)

// flight is a call that runs at a server.
type flight struct {
	srv   *server
	sess  *session
	op    op
	owner string
	token string
	known *Catalog // what the server offered when the caller looked
	began time.Time
	leave func() // gives its place back; may be called again

	ctx    context.Context
	cancel context.CancelFunc
	done   chan outcome   // one, when the server has answered
	asks   chan *question // what a legacy server asks in the course of it
	over   chan struct{}  // closed when nobody waits for it any more
	once   sync.Once

	mu     sync.Mutex
	parked bool
	sink   *sink
}

type outcome struct {
	reply Reply
	err   error
}

// question is one that a legacy server asked and waits for.
type question struct {
	params *mcp.ElicitParams
	answer chan *mcp.ElicitResult // takes one
}

// errStale means that the server does not know the session any more. What was sent in it was not done.
var errStale = errors.New("the server has forgotten the session")

// do makes a call, from its place in the queue to its answer or its first question.
func (s *Set) do(ctx context.Context, c Call, op op) (Reply, error) {
	srv := s.server(c.Server)
	if srv == nil {
		return Reply{}, &Error{Kind: KindUnknown, Server: c.Server, err: ErrNoServer}
	}
	known := c.Checked
	if known == nil {
		known = srv.catalogNow()
	}
	for again := true; ; again = false {
		leave, err := srv.place(ctx)
		if err != nil {
			return Reply{}, err
		}
		sess, err := srv.ready(ctx, known)
		if err != nil {
			leave()
			return Reply{}, err
		}
		f := srv.fly(sess, c.Owner, op)
		f.known = known
		out := f.open(c.Progress)
		f.send(round{token: f.token}, leave)
		reply, err := f.await(ctx, out)
		if again && errors.Is(err, errStale) {
			sess.end(errStale)
			continue
		}
		return reply, err
	}
}

func (s *server) fly(sess *session, owner string, op op) *flight {
	f := &flight{
		srv: s, sess: sess, op: op, owner: owner, token: rand.Text(), began: time.Now(),
		done: make(chan outcome, 1), asks: make(chan *question), over: make(chan struct{}),
	}
	// Nothing of the caller's context: a call that is parked outlives the request that began it, and what the SDK keeps there of the
	// request of a host must not reach a server.
	f.ctx, f.cancel = context.WithCancel(context.WithValue(context.Background(), traceKey{}, &trace{}))
	sess.mu.Lock()
	sess.flights[f.token] = f
	sess.mu.Unlock()
	return f
}

// send sends the call, or its next round, and calls leave when the server has answered.
func (f *flight) send(r round, leave func()) {
	f.leave = leave
	go func() {
		var reply Reply
		err := safely(func() (err error) {
			reply, err = f.op(f.ctx, f.sess, r)
			return err
		})
		leave()
		if err == nil && f.reports() {
			f.sess.link.settled(f.ctx)
		}
		f.done <- outcome{reply, err}
	}()
}

// await waits until the server has answered or asks something, and ends out.
func (f *flight) await(ctx context.Context, out *sink) (Reply, error) {
	defer out.end()
	limit := time.NewTimer(f.srv.cfg.Timeouts.Call)
	defer limit.Stop()
	for {
		select {
		case o := <-f.done:
			return f.land(o)
		case q := <-f.asks:
			select {
			case o := <-f.done: // The call is over; it asks for another, or for none.
				q.answer <- &mcp.ElicitResult{Action: "cancel"}
				return f.land(o)
			default:
			}
			if p := f.park(q); p != nil {
				return Reply{Parked: p}, nil
			}
			q.answer <- &mcp.ElicitResult{Action: "cancel"} // Too many wait already.
		case <-f.sess.gone:
			select {
			case o := <-f.done: // What was answered just before counts.
				return f.land(o)
			case <-time.After(lastWords):
			}
			f.finish(false)
			return Reply{}, f.died()
		case <-limit.C:
			f.finish(true)
			f.sess.answered(false)
			return Reply{}, &Error{
				Kind: KindTimeout, Server: f.srv.cfg.Name, Lost: true, err: context.DeadlineExceeded,
				Detail: "no answer within " + f.srv.cfg.Timeouts.Call.String(),
			}
		case <-ctx.Done():
			f.finish(true)
			return Reply{}, ctx.Err()
		}
	}
}

// lastWords is how long the answers that were on their way when a session ended may take.
const lastWords = 100 * time.Millisecond

// land makes of an outcome what the caller gets.
func (f *flight) land(o outcome) (Reply, error) {
	if o.err != nil {
		err := f.callError(o.err)
		f.finish(false)
		return Reply{}, err
	}
	asked, state := o.reply.asks()
	f.finish(false)
	f.sess.answered(true)
	if asked == nil {
		return o.reply, nil
	}
	return f.parkRound(asked, state)
}

// finish ends the flight: the server is told if it still works at it. ghost says that it may.
func (f *flight) finish(ghost bool) {
	f.once.Do(func() {
		f.sess.mu.Lock()
		delete(f.sess.flights, f.token)
		if ghost && f.owner != "" {
			f.sess.ghosts[f.owner] = time.Now().Add(ghostTime)
		}
		f.sess.mu.Unlock()
		close(f.over)
		f.cancel()
	})
}

// died says what became of a call whose session ended.
func (f *flight) died() error {
	why := f.sess.why()
	found, left := traceOf(f.ctx).get()
	if found.stale || !left {
		return errStale // Nothing was done.
	}
	e := &Error{Kind: KindDied, Server: f.srv.cfg.Name, Lost: true, err: why}
	if a := f.sess.link.explain(why); a != nil {
		e.Detail, e.Reason = a.sentence, a.said
	}
	return e
}

// callError makes an [Error] of what a call failed with.
func (f *flight) callError(err error) error {
	if f.ctx.Err() != nil {
		return f.ctx.Err()
	}
	found, left := traceOf(f.ctx).get()
	if found.stale {
		return errStale
	}
	e := f.sess.link.callError(found, err)
	if e == nil {
		e = rpcError(err)
	}
	if e != nil {
		e.Server = f.srv.cfg.Name
		if e.err == nil {
			e.err = err
		}
		return e
	}
	closed := errors.Is(err, mcp.ErrConnectionClosed)
	select {
	case <-f.sess.gone:
		return f.died()
	default:
	}
	switch {
	case closed && !left:
		return errStale
	case closed, strings.Contains(err.Error(), "terminated without response"): // What the SDK says when a stream ends early.
		return &Error{Kind: KindDied, Server: f.srv.cfg.Name, Lost: true, err: err}
	}
	return &Error{Kind: KindProtocol, Server: f.srv.cfg.Name, Lost: true, err: err}
}

// ready returns the session of a server that can be called, waiting for one that is being attached. It must offer what is known, unless
// that is nil: a server that comes back as another is not called by who knew the first.
func (s *server) ready(ctx context.Context, known *Catalog) (*session, error) {
	limit := time.NewTimer(s.cfg.Timeouts.Attach)
	defer limit.Stop()
	for {
		s.mu.Lock()
		sess, st, blocked, changed, offers := s.session, s.state, s.blocked, s.changed, s.catalog
		s.mu.Unlock()
		if s.ctx.Err() != nil {
			return nil, &Error{Kind: KindUnknown, Server: s.cfg.Name, err: ErrNoServer}
		}
		e := &Error{Kind: KindNotConnected, Server: s.cfg.Name, Detail: st.Err, Reason: st.Said, Until: st.NextTry}
		switch {
		case blocked != "":
			e.Kind, e.Detail, e.Until = KindBlocked, blocked, time.Time{}
			return nil, e
		case st.Status == NeedsAuth:
			e.Kind, e.Detail = KindNeedsAuth, strings.TrimPrefix(st.Err, sentences[KindNeedsAuth]+": ")
			return nil, e
		case (st.Status == Failed || st.Status == Unreachable) && time.Until(st.NextTry) > s.cfg.Timeouts.Attach:
			if st.Failures >= breakAfter {
				e.Kind = KindBreaker
			}
			return nil, e
		case sess != nil:
			select {
			case <-sess.gone: // The supervisor notices, and changes the state.
			default:
				if known != nil && offers != known {
					return nil, &Error{Kind: KindChanged, Server: s.cfg.Name}
				}
				return sess, nil
			}
		}
		if e.Detail == "" {
			e.Detail = "it is still being attached"
		}
		select {
		case <-changed:
		case <-limit.C:
			return nil, e
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// queueTime is how long a call waits for its turn.
const queueTime = 30 * time.Second

// place waits for a turn. leave gives it back, once.
func (s *server) place(ctx context.Context) (leave func(), err error) {
	var once sync.Once
	leave = func() { once.Do(func() { <-s.sem }) }
	select {
	case s.sem <- struct{}{}:
		return leave, nil
	default:
	}
	busy := &Error{Kind: KindBusy, Server: s.cfg.Name}
	s.mu.Lock()
	if s.waiting >= s.cfg.Limits.Queue {
		s.mu.Unlock()
		return nil, busy
	}
	s.waiting++
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.waiting--
		s.mu.Unlock()
	}()
	limit := time.NewTimer(queueTime)
	defer limit.Stop()
	select {
	case s.sem <- struct{}{}:
		return leave, nil
	case <-limit.C:
		return nil, busy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
