package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// Options configures a [Set]. The zero value works.
type Options struct {
	// Version is how this program names its version to servers; empty means "dev".
	Version string
	// Changed is told that something of a server changed, see [Change]. It is called from one goroutine of the set, in order; what happens
	// meanwhile is put together, so that a slow one delays nobody.
	Changed func(Change)
	// EraFound is told which era a server turned out to be of, for [Config.Era] the next time; from the goroutine of Changed.
	EraFound func(server string, era Era)
	// ResourceUpdated is told that a resource which was subscribed to changed; from the goroutine of Changed. The URI is NOT cleared.
	ResourceUpdated func(server, uri string)
	// Logger gets what happens to servers, without any text of theirs; nil discards.
	Logger *slog.Logger
}

// Change says what of a server changed since the last one. The new state and catalog are read with [Set.State] and [Set.Catalog]: they are
// the one truth, also for whoever missed a change.
type Change struct {
	Server  string
	State   bool // its state; a change of the catalog comes with the state that it belongs to
	Catalog bool
	Removed bool // it is no more in the set; nothing else of it is told
}

var (
	// ErrClosed is returned by a set that was closed.
	ErrClosed = errors.New("the set of servers is closed")
	// ErrNoServer is returned for a name that is not in the set.
	ErrNoServer = errors.New("no server of that name is registered")
)

// Set is a set of downstream servers. It is safe for concurrent use.
type Set struct {
	opts   Options
	log    *slog.Logger
	news   *news
	parked *parking

	mu      sync.Mutex
	servers map[string]*server
	started bool
	closed  bool
	next    time.Time // when the next server may begin to attach
}

// stagger keeps the start of many servers from taking the machine away from the host, which is being answered at the same time.
const stagger = 30 * time.Millisecond

// NewSet makes an empty set.
func NewSet(o Options) *Set {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Version == "" {
		o.Version = "dev"
	}
	return &Set{opts: o, log: o.Logger, news: newNews(o), parked: newParking(), servers: map[string]*server{}}
}

// Add puts a server into the set. When the set is started it is attached in the background; Add never waits.
func (s *Set) Add(c Config) error {
	if err := c.Check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return ErrClosed
	case s.servers[c.Name] != nil:
		return fmt.Errorf("server %s is in the set already", c.Name)
	}
	s.add(c, nil)
	return nil
}

// add needs the lock. The server begins when what was in its place has ended: two would fight for a port or a file.
func (s *Set) add(c Config, after <-chan struct{}) {
	srv := newServer(s, c)
	srv.after = after
	s.servers[c.Name] = srv
	if s.started {
		s.run(srv)
	}
	s.news.change(Change{Server: c.Name, State: true})
}

// run needs the lock.
func (s *Set) run(srv *server) {
	now := time.Now()
	if s.next.Before(now) {
		s.next = now
	}
	delay := s.next.Sub(now)
	s.next = s.next.Add(stagger)
	go srv.run(delay)
}

// Replace puts a server in the place of the one of its name, whose process or connection ends; calls that run there fail. Parked calls of
// it are given up.
func (s *Set) Replace(c Config) error {
	if err := c.Check(); err != nil {
		return err
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	old := s.servers[c.Name]
	if old == nil {
		s.mu.Unlock()
		return fmt.Errorf("server %s: %w", c.Name, ErrNoServer)
	}
	old.stop()
	s.add(c, old.ended)
	s.news.change(Change{Server: c.Name, State: true, Catalog: true})
	s.mu.Unlock()
	return nil
}

// Remove takes a server out of the set, and waits until its process or connection has ended.
func (s *Set) Remove(name string) error {
	s.mu.Lock()
	srv := s.servers[name]
	delete(s.servers, name)
	s.mu.Unlock()
	if srv == nil {
		return fmt.Errorf("server %s: %w", name, ErrNoServer)
	}
	s.news.change(Change{Server: name, Removed: true})
	srv.stop()
	srv.wait()
	return nil
}

// Start begins to attach the servers of the set, and those that are added later. It returns at once.
func (s *Set) Start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started || s.closed {
		return
	}
	s.started = true
	for _, name := range slices.Sorted(maps.Keys(s.servers)) {
		s.run(s.servers[name])
	}
}

// Close ends all servers, at once and together, and waits until they have ended or ctx has; what is left of a process then is killed.
// Nothing is called back afterwards, but for what is being delivered.
func (s *Set) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	all := slices.Collect(maps.Values(s.servers))
	clear(s.servers)
	s.mu.Unlock()
	s.news.close()
	for _, srv := range all {
		srv.stop()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, srv := range all {
			srv.wait()
		}
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	for _, srv := range all {
		srv.kill()
	}
	<-done
	return ctx.Err()
}

func (s *Set) server(name string) *server {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.servers[name]
}

// Names returns the names of the servers, sorted.
func (s *Set) Names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.servers))
}

// State returns the condition of a server.
func (s *Set) State(name string) (State, bool) {
	srv := s.server(name)
	if srv == nil {
		return State{}, false
	}
	return srv.snapshot(), true
}

// States returns the conditions of all servers, by name.
func (s *Set) States() []State {
	names := s.Names()
	out := make([]State, 0, len(names))
	for _, name := range names {
		if st, ok := s.State(name); ok {
			out = append(out, st)
		}
	}
	return out
}

// Catalog returns what a server offers, as of the last time that it was attached; it stays known while the server is away. Before the
// first time there is none.
func (s *Set) Catalog(name string) (*Catalog, bool) {
	srv := s.server(name)
	if srv == nil {
		return nil, false
	}
	c := srv.catalogNow()
	return c, c != nil
}

// Log returns the last lines that the process of a stdio server wrote to stderr, and what it wrote to stdout that is no message: at most
// 64 KiB. NOT cleared.
func (s *Set) Log(name string) []string {
	if srv := s.server(name); srv != nil {
		return srv.ring.lines()
	}
	return nil
}

// Block refuses calls of a server for the reason why, a sentence; it stays attached, so that its catalog is seen. An empty reason lets
// calls pass again.
func (s *Set) Block(name, why string) error {
	srv := s.server(name)
	if srv == nil {
		return fmt.Errorf("server %s: %w", name, ErrNoServer)
	}
	srv.block(why)
	return nil
}

// Retry attaches a server now, whatever waits for; an attached one is asked for its catalog again.
func (s *Set) Retry(name string) error {
	srv := s.server(name)
	if srv == nil {
		return fmt.Errorf("server %s: %w", name, ErrNoServer)
	}
	srv.retry()
	return nil
}

// Settle waits until a server is attached or an attempt has failed, and returns its state.
func (s *Set) Settle(ctx context.Context, name string) (State, error) {
	srv := s.server(name)
	if srv == nil {
		return State{}, fmt.Errorf("server %s: %w", name, ErrNoServer)
	}
	return srv.settle(ctx)
}

// news delivers what happened, in order, from one goroutine that lives only while there is something to deliver.
type news struct {
	o Options

	mu      sync.Mutex
	changes map[string]Change
	order   []string
	others  []func()
	running bool
	closed  bool
}

// maxNews bounds what waits besides changes, of which there is at most one a server.
const maxNews = 1000

func newNews(o Options) *news { return &news{o: o, changes: map[string]Change{}} }

func (n *news) change(c Change) {
	if n.o.Changed == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	old, waiting := n.changes[c.Server]
	if !waiting {
		n.order = append(n.order, c.Server)
	}
	if !c.Removed {
		c.State, c.Catalog = c.State || old.State, c.Catalog || old.Catalog || old.Removed
	}
	n.changes[c.Server] = c
	n.wake()
}

func (n *news) other(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.others) >= maxNews {
		return
	}
	n.others = append(n.others, f)
	n.wake()
}

// wake needs the lock.
func (n *news) wake() {
	if n.running || n.closed {
		return
	}
	n.running = true
	go n.deliver()
}

func (n *news) deliver() {
	for {
		n.mu.Lock()
		changes := make([]Change, len(n.order))
		for i, name := range n.order {
			changes[i] = n.changes[name]
		}
		others := n.others
		clear(n.changes)
		n.order, n.others = nil, nil
		if n.closed || len(changes)+len(others) == 0 {
			n.running = false
			n.mu.Unlock()
			return
		}
		n.mu.Unlock()
		for _, c := range changes {
			n.o.Changed(c)
		}
		for _, f := range others {
			f()
		}
	}
}

func (n *news) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	n.order, n.others = nil, nil
	clear(n.changes)
}
