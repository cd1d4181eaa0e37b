package client

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// parking holds the calls that wait for a person.
type parking struct {
	mu    sync.Mutex
	stays map[string]*stay
}

// stay is one call that waits. A legacy server waits with it, for q; one of the modern era has forgotten it, and is sent the call again.
type stay struct {
	Parked
	flight *flight
	q      *question
	state  string
	timer  *time.Timer
}

func newParking() *parking { return &parking{stays: map[string]*stay{}} }

// The key under which the question of a legacy server is handed up.
const legacyKey = "question"

// The bounds of what a server may ask.
const (
	maxQuestion  = 64 << 10 // bytes, as JSON
	maxQuestions = 8        // at once
	// attributeTime is how long a question waits until it is clear whose call it belongs to.
	attributeTime = 5 * time.Second
	// ghostTime is how long a server may ask on behalf of a call that was given up.
	ghostTime = 10 * time.Minute
)

// asked handles a question that a legacy server asks: it is handed to the call in the course of which it is asked.
func (sess *session) asked(ctx context.Context, p *mcp.ElicitParams) (*mcp.ElicitResult, error) {
	if err := checkQuestion(p); err != nil {
		return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: err.Error()}
	}
	sess.mu.Lock()
	if sess.asking >= maxQuestions {
		sess.mu.Unlock()
		return &mcp.ElicitResult{Action: "cancel"}, nil
	}
	sess.asking++
	sess.mu.Unlock()
	defer func() {
		sess.mu.Lock()
		sess.asking--
		sess.mu.Unlock()
	}()
	f := sess.attribute(ctx)
	if f == nil {
		// Nobody can be asked who may know of it.
		return &mcp.ElicitResult{Action: "cancel"}, nil
	}
	q := &question{params: p, answer: make(chan *mcp.ElicitResult, 1)}
	select {
	case f.asks <- q:
	case <-f.over:
		return &mcp.ElicitResult{Action: "cancel"}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case a := <-q.answer:
		return a, nil
	case <-f.over:
		return &mcp.ElicitResult{Action: "cancel"}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// checkQuestion says whether a question can be put to a person.
func checkQuestion(p *mcp.ElicitParams) error {
	if p.Mode != "" && p.Mode != "form" {
		return errors.New("only questions with a form can be asked")
	}
	if b, err := json.Marshal(p); err != nil || len(b) > maxQuestion {
		return fmt.Errorf("the question is larger than %d bytes", maxQuestion)
	}
	return nil
}

// attribute finds the call that a question belongs to, which legacy servers do not say. The newest call that waits for nobody is the
// likeliest. When calls of several callers run, or a call that one of them gave up may still be worked at, it waits for the doubt to end,
// and returns nil if it does not: one caller's question must not be another's.
func (sess *session) attribute(ctx context.Context) *flight {
	limit := time.Now().Add(attributeTime)
	for {
		var newest *flight
		owners := map[string]bool{}
		now := time.Now()
		sess.mu.Lock()
		for owner, until := range sess.ghosts {
			if now.After(until) {
				delete(sess.ghosts, owner)
				continue
			}
			owners[owner] = true
		}
		for _, f := range sess.flights {
			if f.owner == "" {
				continue // A subscription: nobody can be asked.
			}
			owners[f.owner] = true
			if newest == nil || newest.isParked() && !f.isParked() || newest.isParked() == f.isParked() && f.began.After(newest.began) {
				newest = f
			}
		}
		sess.mu.Unlock()
		switch {
		case newest == nil:
			return nil
		case len(owners) == 1:
			return newest
		case now.After(limit):
			return nil
		}
		if !sleep(ctx, 20*time.Millisecond) {
			return nil
		}
	}
}

func (f *flight) isParked() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.parked
}

func (f *flight) setParked(v bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.parked = v
}

// park lets a call of a legacy server wait for the answer to q. It returns nil when too many wait.
func (f *flight) park(q *question) *Parked {
	st := &stay{flight: f, q: q}
	st.Questions = map[string]*mcp.ElicitParams{legacyKey: q.params}
	if !f.srv.set.parked.put(st) {
		return nil
	}
	f.setParked(true)
	f.leave() // A person may take long.
	return &st.Parked
}

// parkRound lets a call of a modern server wait for the answers to what it asked.
func (f *flight) parkRound(asked mcp.InputRequestMap, state string) (Reply, error) {
	name := f.srv.cfg.Name
	st := &stay{flight: f, state: state}
	st.Questions = make(map[string]*mcp.ElicitParams, len(asked))
	if len(asked) > maxQuestions {
		return Reply{}, &Error{Kind: KindProtocol, Server: name, Detail: fmt.Sprintf("it asks more than %d questions at once", maxQuestions)}
	}
	for key, r := range asked {
		p, ok := r.(*mcp.ElicitParams)
		if !ok {
			return Reply{}, &Error{Kind: KindProtocol, Server: name, Detail: "it asks for what it was not offered"}
		}
		if err := checkQuestion(p); err != nil || len(key) > maxQuestion {
			return Reply{}, &Error{Kind: KindProtocol, Server: name, Detail: "it asks what cannot be put to a person"}
		}
		st.Questions[key] = p
	}
	if len(asked) == 0 {
		return Reply{}, &Error{Kind: KindLimited, Server: name, Detail: "it is busy"} // SEP-2322: an empty map sheds load.
	}
	if !f.srv.set.parked.put(st) {
		return Reply{}, &Error{Kind: KindBusy, Server: name, Detail: "too many calls wait for a person"}
	}
	return Reply{Parked: &st.Parked}, nil
}

// put gives a stay its name and its time.
func (p *parking) put(st *stay) bool {
	srv := st.flight.srv
	st.ID, st.Server, st.Expires = rand.Text(), srv.cfg.Name, time.Now().Add(srv.cfg.Timeouts.Park)
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, o := range p.stays {
		if o.flight.srv == srv {
			n++
		}
	}
	if n >= srv.cfg.Limits.Parked || srv.ctx.Err() != nil {
		return false
	}
	p.stays[st.ID] = st
	st.timer = time.AfterFunc(srv.cfg.Timeouts.Park, func() {
		if p.take(st.ID, st.flight.owner) != nil {
			st.giveUp()
		}
	})
	return true
}

// take returns a stay to its owner, once.
func (p *parking) take(id, owner string) *stay {
	p.mu.Lock()
	defer p.mu.Unlock()
	st := p.stays[id]
	if st == nil || st.flight.owner != owner {
		return nil
	}
	delete(p.stays, id)
	st.timer.Stop()
	return st
}

// drop gives up all stays of a server.
func (p *parking) drop(srv *server) {
	p.mu.Lock()
	var out []*stay
	for id, st := range p.stays {
		if st.flight.srv == srv {
			delete(p.stays, id)
			st.timer.Stop()
			out = append(out, st)
		}
	}
	p.mu.Unlock()
	for _, st := range out {
		st.giveUp()
	}
}

// giveUp answers for a person who did not, and ends the call.
func (st *stay) giveUp() {
	if st.q != nil {
		st.q.answer <- &mcp.ElicitResult{Action: "cancel"}
		// The server may end the call by itself, now that it has its answer; if not, it is told to.
		time.AfterFunc(time.Second, func() { st.flight.finish(true) })
	}
}

// Resume brings the answers to a parked call, of the owner that it had, and waits like the call itself: for its result, or the next
// question. Questions without an answer are answered with "cancel".
func (s *Set) Resume(ctx context.Context, c Call, id string, answers map[string]Answer) (Reply, error) {
	expired := &Error{Kind: KindExpired, Server: c.Server}
	s.parked.mu.Lock()
	st := s.parked.stays[id]
	s.parked.mu.Unlock()
	if st == nil || st.Server != c.Server || st.flight.owner != c.Owner {
		return Reply{}, expired
	}
	given, err := st.answers(answers)
	if err != nil {
		return Reply{}, err // It can be tried again.
	}
	if st = s.parked.take(id, c.Owner); st == nil {
		return Reply{}, expired
	}
	f := st.flight
	if st.q != nil {
		f.setParked(false)
		out := f.open(c.Progress)
		st.q.answer <- given[legacyKey]
		return f.await(ctx, out)
	}
	leave, err := f.srv.place(ctx)
	if err != nil {
		return Reply{}, err
	}
	sess, err := f.srv.ready(ctx, f.known)
	if err != nil {
		leave()
		return Reply{}, err
	}
	r := round{state: st.state, answers: make(mcp.InputResponseMap, len(given))}
	for key, a := range given {
		r.answers[key] = a
	}
	known := f.known
	f = f.srv.fly(sess, c.Owner, f.op)
	f.known = known
	r.token = f.token
	out := f.open(c.Progress)
	f.send(r, leave)
	return f.await(ctx, out)
}

// Drop gives a parked call up: its questions are answered with "cancel". It does nothing for another owner's.
func (s *Set) Drop(id, owner string) {
	if st := s.parked.take(id, owner); st != nil {
		st.giveUp()
	}
}

// answers makes of the answers of a person those of the protocol.
func (st *stay) answers(in map[string]Answer) (map[string]*mcp.ElicitResult, error) {
	out := make(map[string]*mcp.ElicitResult, len(st.Questions))
	for key := range st.Questions {
		a, ok := in[key]
		switch {
		case !ok:
			out[key] = &mcp.ElicitResult{Action: "cancel"}
			continue
		case a.Action != "accept" && a.Action != "decline" && a.Action != "cancel":
			return nil, fmt.Errorf("an answer is accept, decline or cancel, not %q", a.Action)
		}
		r := &mcp.ElicitResult{Action: a.Action}
		if a.Action == "accept" {
			text, err := optional(a.Content, st.Server)
			if err != nil {
				return nil, err
			}
			if text != "" {
				if err := json.Unmarshal([]byte(text), &r.Content); err != nil {
					return nil, errors.New("the content of an answer is not a JSON object")
				}
			}
		}
		out[key] = r
	}
	return out, nil
}
