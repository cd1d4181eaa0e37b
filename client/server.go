package client

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// server is one server of a set: its supervisor, and the one truth of its state.
type server struct {
	set  *Set
	cfg  Config
	ring *ring
	sem  chan struct{} // one place a running call

	ctx    context.Context // its life
	cancel context.CancelFunc
	ended  chan struct{}   // closed when nothing of it is left
	kick   chan struct{}   // see Retry
	after  <-chan struct{} // closed when it may begin; nil for at once

	mu      sync.Mutex
	begun   bool // run was called
	state   State
	blocked string
	catalog *Catalog
	session *session
	tried   int           // attempts that have ended, for settle
	changed chan struct{} // closed, and made anew, at every change
	waiting int           // calls that wait for a place
	subs    map[string]int
}

func newServer(set *Set, c Config) *server {
	c = c.withDefaults()
	s := &server{
		set: set, cfg: c, ring: &ring{}, sem: make(chan struct{}, c.Limits.Calls),
		ended: make(chan struct{}), kick: make(chan struct{}, 1), changed: make(chan struct{}),
		state:   State{Server: c.Name, Status: Pending, Since: time.Now(), Era: c.Era},
		blocked: c.Blocked, subs: map[string]int{},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// run attaches the server, and attaches it again whenever it is gone, until stop is called.
func (s *server) run(delay time.Duration) {
	s.mu.Lock()
	if s.begun || s.ctx.Err() != nil {
		s.mu.Unlock()
		return
	}
	s.begun = true
	s.mu.Unlock()
	defer close(s.ended)
	if s.after != nil {
		<-s.after // Which takes no longer than a process may to end.
	}
	if !s.pause(delay) {
		return
	}
	var p pace
	stale := rate.NewLimiter(rate.Every(staleEvery), staleBurst)
	for s.ctx.Err() == nil {
		sess, cat, err := s.attach()
		if err == nil {
			s.attached(sess, cat)
			go sess.subscribe()
			began := time.Now()
			err = s.attend(sess)
			sess.end(errClosing)
			if errors.Is(sess.why(), errHung) || errors.Is(sess.why(), errFlood) || errors.Is(sess.why(), errGarbage) {
				sess.kill() // It would not listen.
			}
			sess.close()
			if time.Since(began) >= healthyAfter {
				p.reset()
			}
			if errors.Is(err, errStale) && stale.Allow() {
				// The server is well, and was started anew by its owner.
				s.update(afresh)
				continue
			}
		}
		if s.ctx.Err() != nil {
			return
		}
		if !s.pause(s.failed(&p, err)) {
			return
		}
	}
}

// A server may forget so many sessions before that counts as a failure: it does when its owner starts it anew.
const (
	staleEvery = 10 * time.Second
	staleBurst = 5
)

// pause waits, forever if d is negative, until d has passed or somebody asks for a new try. It reports whether to go on.
func (s *server) pause(d time.Duration) bool {
	var wait <-chan time.Time
	if d >= 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		wait = t.C
	}
	select {
	case <-wait:
	case <-s.kick:
		s.update(afresh)
	case <-s.ctx.Done():
	}
	return s.ctx.Err() == nil
}

func afresh(st *State) { st.Status, st.Err, st.Said, st.NextTry = Pending, "", "", time.Time{} }

// attached makes the server available: its state and its catalog in one.
func (s *server) attached(sess *session, cat *Catalog) {
	s.mu.Lock()
	s.session = sess
	fresh := s.catalog == nil || !s.catalog.same(cat)
	if fresh {
		s.catalog = cat
	}
	s.tried++
	era := s.state.Era
	s.apply(func(st *State) {
		st.Status, st.Err, st.Said, st.NextTry = Connected, "", "", time.Time{}
		st.LastConnected, st.PID, st.Era = time.Now(), sess.pid(), sess.era()
		st.Notes = slices.Concat(sess.notes(), cat.Cut)
	}, fresh)
	s.mu.Unlock()
	s.set.log.Info("server attached", "server", s.cfg.Name, "era", sess.era())
	if found := sess.era(); found != era && s.set.opts.EraFound != nil {
		s.set.news.other(func() { s.set.opts.EraFound(s.cfg.Name, found) })
	}
}

// failed notes why there is no server, and returns how long to leave it alone; a negative time means until somebody asks.
func (s *server) failed(p *pace, err error) time.Duration {
	var a *attachError
	if !errors.As(err, &a) {
		a = &attachError{status: Unreachable, sentence: "it could not be attached", err: err}
	}
	wait, open := p.failed()
	status, sentence := a.status, a.sentence
	switch {
	case status == NeedsAuth:
		wait = -1
	case open:
		status = Failed
	}
	s.mu.Lock()
	s.session = nil
	s.tried++
	s.apply(func(st *State) {
		st.Status, st.Err, st.Said, st.PID, st.Failures, st.Notes = status, sentence, a.said, 0, p.failures, nil
		st.NextTry = time.Time{}
		if wait >= 0 {
			st.NextTry = time.Now().Add(wait)
		}
	}, false)
	s.mu.Unlock()
	s.set.log.Warn("server not attached", "server", s.cfg.Name, "status", status, "reason", sentence, "next_try_in", wait.Round(time.Millisecond))
	return wait
}

// relisted puts a new catalog in the place of the old one.
func (s *server) relisted(sess *session, cat *Catalog) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session != sess {
		return
	}
	fresh := !s.catalog.same(cat)
	if fresh {
		s.catalog = cat
	}
	notes := slices.Concat(sess.notes(), cat.Cut)
	if fresh || !slices.Equal(notes, s.state.Notes) {
		s.apply(func(st *State) { st.Notes = notes }, fresh)
	}
}

func (s *server) update(f func(*State)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.apply(f, false)
}

// apply changes the state and tells of it. It needs the lock.
func (s *server) apply(f func(*State), catalog bool) {
	old := s.state.Status
	f(&s.state)
	if s.state.Status != old {
		s.state.Since = time.Now()
	}
	close(s.changed)
	s.changed = make(chan struct{})
	if s.ctx.Err() == nil {
		s.set.news.change(Change{Server: s.cfg.Name, State: true, Catalog: catalog})
	}
}

func (s *server) snapshot() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.state
	if s.blocked != "" && st.Status == Connected {
		st.Status, st.Err = Blocked, s.blocked
	}
	st.Notes = slices.Clone(st.Notes)
	return st
}

func (s *server) catalogNow() *Catalog {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.catalog
}

func (s *server) block(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.blocked != why {
		s.blocked = why
		s.apply(func(st *State) { st.Since = time.Now() }, false)
	}
}

func (s *server) retry() {
	s.mu.Lock()
	if s.state.Status != Connected && s.state.Status != Pending {
		s.apply(afresh, false)
	}
	s.mu.Unlock()
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

func (s *server) settle(ctx context.Context) (State, error) {
	s.mu.Lock()
	before := s.tried
	s.mu.Unlock()
	for {
		s.mu.Lock()
		settled := s.state.Status == Connected || s.tried > before || s.state.Status != Pending
		changed := s.changed
		s.mu.Unlock()
		if settled {
			return s.snapshot(), nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return s.snapshot(), ctx.Err()
		case <-s.ctx.Done():
			return s.snapshot(), ErrNoServer
		}
	}
}

// stop begins the end of the server.
func (s *server) stop() {
	s.cancel()
	s.set.parked.drop(s)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.begun {
		s.begun = true
		close(s.ended)
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *server) wait() { <-s.ended }

// kill ends what is left of the server without waiting for it.
func (s *server) kill() {
	s.mu.Lock()
	sess := s.session
	s.mu.Unlock()
	if sess != nil {
		sess.kill()
	}
}
