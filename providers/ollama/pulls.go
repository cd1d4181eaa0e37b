package ollama

import (
	"context"
	"errors"
	"sync"
	"time"
)

// keepTime is how long the end of a pull is remembered that nobody waited for.
const keepTime = 6 * time.Hour

// maxPulls bounds the pulls that run at the same time.
const maxPulls = 4

// ErrPulls says that too many pulls run already.
var ErrPulls = errors.New("too many pulls run already: wait for one, or stop it")

// ErrClosed says that the process is about to end.
var ErrClosed = errors.New("the server is shutting down")

// Pulls are the pulls that this process makes. A pull outlives the call that
// began it, because it may take hours and a call may not; [Pulls.Close] ends
// those that are left. It is safe for concurrent use. The zero value is ready.
type Pulls struct {
	mu      sync.Mutex
	pulls   map[string]*Pull
	closed  bool
	running sync.WaitGroup
}

// Pull is one pull.
type Pull struct {
	Name  Name
	Owner string

	stop context.CancelFunc
	done chan struct{}

	mu    sync.Mutex
	now   Progress
	err   error
	ended time.Time
}

// Start begins a pull: run gets a context that ends when the pull is stopped.
// If one of that name runs already, it returns that, whoever owns it, and
// began is false.
func (p *Pulls) Start(owner string, n Name, run func(ctx context.Context, on func(Progress)) error) (pull *Pull, began bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if old := p.find(n); old != nil && !old.over() {
		return old, false, nil
	}
	if err := p.room(); err != nil {
		return nil, false, err
	}
	ctx, stop := context.WithCancel(context.Background())
	q := &Pull{Name: n, Owner: owner, stop: stop, done: make(chan struct{})}
	if p.pulls == nil {
		p.pulls = map[string]*Pull{}
	}
	p.pulls[n.key()] = q
	p.running.Add(1)
	go func() {
		defer p.running.Done()
		defer stop()
		err := run(ctx, q.advance)
		q.mu.Lock()
		q.err, q.ended = err, time.Now()
		q.mu.Unlock()
		close(q.done)
	}()
	return q, true, nil
}

// Room says whether another pull may begin: the error is that of [Pulls.Start].
func (p *Pulls) Room() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.room()
}

func (p *Pulls) room() error {
	live := 0
	for _, q := range p.pulls {
		if !q.over() {
			live++
		}
	}
	switch {
	case p.closed:
		return ErrClosed
	case live >= maxPulls:
		return ErrPulls
	}
	return nil
}

// Find returns the pull of that name that runs, or that has ended without
// anybody having been told; nil if there is none.
func (p *Pulls) Find(n Name) *Pull {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.find(n)
}

func (p *Pulls) find(n Name) *Pull {
	for key, q := range p.pulls {
		if at := q.endedAt(); !at.IsZero() && time.Since(at) > keepTime {
			delete(p.pulls, key)
		}
	}
	return p.pulls[n.key()]
}

// Forget drops a pull that has ended: its end was told.
func (p *Pulls) Forget(q *Pull) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if q.over() && p.pulls[q.Name.key()] == q {
		delete(p.pulls, q.Name.key())
	}
}

// Close stops what runs and waits until it has ended, or ctx has.
func (p *Pulls) Close(ctx context.Context) error {
	p.mu.Lock()
	p.closed = true
	for _, q := range p.pulls {
		q.stop()
	}
	p.mu.Unlock()
	over := make(chan struct{})
	go func() {
		p.running.Wait()
		close(over)
	}()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (q *Pull) advance(p Progress) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.now = p
}

// Progress returns how far it is.
func (q *Pull) Progress() Progress {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.now
}

// Stop ends it; what has come is kept by Ollama.
func (q *Pull) Stop() { q.stop() }

func (q *Pull) over() bool { return !q.endedAt().IsZero() }

func (q *Pull) endedAt() time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.ended
}

// Wait waits until the pull has ended, at most for d, and tells on, now and
// then, how far it is. over says whether it has ended, and err how. When ctx
// ends, so does the wait, with the error of ctx.
func (q *Pull) Wait(ctx context.Context, d, every time.Duration, on func(Progress)) (over bool, err error) {
	limit := time.NewTimer(d)
	defer limit.Stop()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-q.done:
			on(q.Progress())
			q.mu.Lock()
			defer q.mu.Unlock()
			return true, q.err
		case <-tick.C:
			on(q.Progress())
		case <-limit.C:
			return false, nil
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}
