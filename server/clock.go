package server

import (
	"context"
	"sync"
	"time"
)

// clock bounds the time of a call. It stands still while a person is asked,
// because people are slower than any useful bound of a computation.
type clock struct {
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	timer   *time.Timer
	left    time.Duration
	since   time.Time
	waiting int
}

type clockKey struct{}

// withClock returns a context that ends with errCallTime after d of work.
// stop must be called.
func withClock(ctx context.Context, d time.Duration) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	c := &clock{cancel: cancel, left: d, since: time.Now()}
	c.timer = time.AfterFunc(d, func() { cancel(errCallTime) })
	return context.WithValue(ctx, clockKey{}, c), func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.timer.Stop()
		cancel(nil)
	}
}

// pause stops the clock of ctx until the returned function is called. Several
// people may be asked at once.
func pause(ctx context.Context) (resume func()) {
	c, ok := ctx.Value(clockKey{}).(*clock)
	if !ok {
		return func() {}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting++; c.waiting == 1 {
		c.timer.Stop()
		c.left -= time.Since(c.since)
	}
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.waiting--; c.waiting == 0 {
			c.since = time.Now()
			c.timer.Reset(max(c.left, 0))
		}
	})
}
