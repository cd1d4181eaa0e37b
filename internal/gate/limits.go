package gate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/tftsr/tftsr/internal/config"
)

// ErrLimit is what every [*LimitError] matches.
var ErrLimit = errors.New("limit reached")

// LimitError says which limit turned a call away and when to try again.
type LimitError struct {
	Limit      string        // Name of the setting, "limits.burst".
	RetryAfter time.Duration // How long to wait; never zero.
}

// Error names the limit and the time to wait.
func (e *LimitError) Error() string {
	return fmt.Sprintf("too many calls (%s): try again in %s", e.Limit, e.RetryAfter.Round(time.Millisecond))
}

// Is makes every LimitError match [ErrLimit].
func (e *LimitError) Is(target error) bool { return target == ErrLimit }

const (
	// maxCallers is how many callers are told apart. The calls of further ones
	// share one allowance, so that inventing callers gains nothing.
	maxCallers = 1024
	// slotWait is how long a call waits for one of the process's slots.
	slotWait = 2 * time.Second
	// queueFactor times the number of slots is how many calls may wait.
	queueFactor = 4
)

// limiter bounds what callers may ask of the process.
type limiter struct {
	now    func() time.Time
	rate   rate.Limit
	burst  int
	share  int           // Calls of one caller that run at the same time.
	slots  chan struct{} // One element for each call that runs.
	queue  chan struct{} // One element for each call that waits.
	mu     sync.Mutex
	by     map[string]*allowance
	others allowance // For callers beyond maxCallers.
}

// allowance is what one caller has left.
type allowance struct {
	rate  *rate.Limiter
	slots chan struct{} // One element for each call that runs.
	calls int           // Running and waiting.
}

func newLimiter(l config.Limits, now func() time.Time) *limiter {
	n := max(1, l.MaxConcurrent)
	lim := &limiter{
		now:   now,
		rate:  rate.Limit(l.CallsPerSecond),
		burst: max(1, l.Burst),
		share: max(1, n-n/4),
		slots: make(chan struct{}, n),
		queue: make(chan struct{}, n*queueFactor),
		by:    map[string]*allowance{},
	}
	lim.others = *lim.allowance()
	return lim
}

func (l *limiter) allowance() *allowance {
	return &allowance{rate: rate.NewLimiter(l.rate, l.burst), slots: make(chan struct{}, l.share)}
}

// Acquire admits a call of the caller of ctx, or returns a [*LimitError] that
// says when to try again. Of the slots of limits.max_concurrent one caller
// takes three quarters at most; calls beyond that wait for a short time. The caller of Acquire must call release when the call has ended; a
// second release does nothing.
func (c *clearer) Acquire(ctx context.Context) (release func(), err error) {
	caller, ok := CallerFrom(ctx)
	if !ok {
		return nil, ErrNoCaller
	}
	return c.limits.acquire(ctx, callerOf(caller))
}

// callerOf names a caller across channels: the name of a bearer token may be
// that of an OS user.
func callerOf(c Caller) string { return c.Channel + ":" + c.ID }

func (l *limiter) acquire(ctx context.Context, caller string) (func(), error) {
	a, err := l.admit(caller)
	if err != nil {
		return nil, err
	}
	if err := l.wait(ctx, a); err != nil {
		l.leave(a)
		return nil, err
	}
	var once sync.Once
	return func() {
		once.Do(func() {
			<-l.slots
			<-a.slots
			l.leave(a)
		})
	}, nil
}

// admit charges one call to a caller.
func (l *limiter) admit(caller string) (*allowance, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	a := l.of(caller, now)
	// The queue is for everybody: one caller may not fill it.
	if a.calls >= cap(l.queue) {
		return nil, errBusy()
	}
	r := a.rate.ReserveN(now, 1)
	if d := r.DelayFrom(now); d > 0 {
		r.CancelAt(now)
		return nil, &LimitError{Limit: "limits.calls_per_second", RetryAfter: max(d, time.Millisecond)}
	}
	a.calls++
	return a, nil
}

// of returns the allowance of a caller. The caller of of holds mu.
func (l *limiter) of(caller string, now time.Time) *allowance {
	if a, ok := l.by[caller]; ok {
		return a
	}
	if len(l.by) >= maxCallers {
		for name, a := range l.by {
			if a.calls == 0 && a.rate.TokensAt(now) >= float64(l.burst) {
				delete(l.by, name) // Whoever has a full allowance loses nothing by being forgotten.
			}
		}
	}
	if len(l.by) >= maxCallers {
		return &l.others
	}
	a := l.allowance()
	l.by[caller] = a
	return a
}

func (l *limiter) leave(a *allowance) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a.calls--
}

// wait takes one of the caller's slots and then one of the process's.
func (l *limiter) wait(ctx context.Context, a *allowance) error {
	if trySlot(a.slots) {
		if trySlot(l.slots) {
			return nil
		}
		<-a.slots
	}
	if !trySlot(l.queue) {
		return errBusy()
	}
	defer func() { <-l.queue }()
	timer := time.NewTimer(slotWait)
	defer timer.Stop()
	if err := waitSlot(ctx, a.slots, timer.C); err != nil {
		return err
	}
	if err := waitSlot(ctx, l.slots, timer.C); err != nil {
		<-a.slots
		return err
	}
	return nil
}

func trySlot(slots chan<- struct{}) bool {
	select {
	case slots <- struct{}{}:
		return true
	default:
		return false
	}
}

func waitSlot(ctx context.Context, slots chan<- struct{}, timeout <-chan time.Time) error {
	select {
	case slots <- struct{}{}:
		return nil
	case <-timeout:
		return errBusy()
	case <-ctx.Done():
		return fmt.Errorf("wait for a free slot: %w", ctx.Err())
	}
}

func errBusy() error {
	return &LimitError{Limit: "limits.max_concurrent", RetryAfter: slotWait}
}
