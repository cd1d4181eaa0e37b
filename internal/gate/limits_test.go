package gate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tftsr/tftsr/internal/config"
)

func testLimiter(l config.Limits) *limiter { return newLimiter(l, time.Now) }

// wantLimit fails unless err is a LimitError of a setting that says when to
// try again.
func wantLimit(t *testing.T, err error, setting string) time.Duration {
	t.Helper()
	var limit *LimitError
	if !errors.As(err, &limit) || !errors.Is(err, ErrLimit) {
		t.Fatalf("error is %v", err)
	}
	if limit.Limit != setting || limit.RetryAfter <= 0 || !strings.Contains(err.Error(), setting) {
		t.Fatalf("error is %+v", limit)
	}
	return limit.RetryAfter
}

func TestCallersAreHeldToTheirRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := testLimiter(config.Limits{CallsPerSecond: 2, Burst: 3, MaxConcurrent: 8})
		call := func(caller string) error {
			release, err := l.acquire(t.Context(), caller)
			if err == nil {
				release()
			}
			return err
		}
		for range 3 {
			if err := call("a"); err != nil {
				t.Fatal(err)
			}
		}
		wait := wantLimit(t, call("a"), "limits.calls_per_second")
		if wait > 500*time.Millisecond {
			t.Errorf("is told to wait %s", wait)
		}
		if err := call("b"); err != nil {
			t.Errorf("another caller is held back: %v", err)
		}
		time.Sleep(wait)
		if err := call("a"); err != nil {
			t.Errorf("after waiting as told: %v", err)
		}
		wantLimit(t, call("a"), "limits.calls_per_second")
	})
}

func TestSlotsAreSharedBetweenCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := testLimiter(config.Limits{CallsPerSecond: 1e6, Burst: 1e6, MaxConcurrent: 4})
		var releases []func()
		for range 3 {
			release, err := l.acquire(t.Context(), "greedy")
			if err != nil {
				t.Fatal(err)
			}
			releases = append(releases, release)
		}
		start := time.Now()
		_, err := l.acquire(t.Context(), "greedy")
		wantLimit(t, err, "limits.max_concurrent")
		if d := time.Since(start); d != slotWait {
			t.Errorf("waited %s", d)
		}
		other, err := l.acquire(t.Context(), "other")
		if err != nil {
			t.Fatalf("one caller took every slot: %v", err)
		}
		_, err = l.acquire(t.Context(), "third")
		wantLimit(t, err, "limits.max_concurrent")

		// A call that waits goes on as soon as another ends.
		go func() { time.Sleep(time.Second); releases[0](); releases[0]() }()
		start = time.Now()
		third, err := l.acquire(t.Context(), "third")
		if err != nil || time.Since(start) != time.Second {
			t.Errorf("got %v after %s", err, time.Since(start))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.acquire(ctx, "fourth"); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrLimit) {
			t.Errorf("error is %v", err)
		}
		for _, release := range append(releases, other, third) {
			release()
		}
		if len(l.slots) != 0 || len(l.queue) != 0 {
			t.Errorf("%d slots and %d places in the queue are still taken", len(l.slots), len(l.queue))
		}
		for name, a := range l.by {
			if a.calls != 0 || len(a.slots) != 0 {
				t.Errorf("%s still has %d calls and %d slots", name, a.calls, len(a.slots))
			}
		}
	})
}

func TestTheQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := testLimiter(config.Limits{CallsPerSecond: 1e6, Burst: 1e6, MaxConcurrent: 1})
		release, err := l.acquire(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		var wg sync.WaitGroup
		for i := range queueFactor {
			wg.Go(func() { _, _ = l.acquire(t.Context(), fmt.Sprint(i)) })
		}
		synctest.Wait()
		start := time.Now()
		_, err = l.acquire(t.Context(), "late")
		wantLimit(t, err, "limits.max_concurrent")
		if time.Since(start) != 0 {
			t.Error("a call waited for a place to wait")
		}
		wg.Wait()
	})
}

func TestInventingCallersGainsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := testLimiter(config.Limits{CallsPerSecond: 1, Burst: 2, MaxConcurrent: 8})
		admitted := 0
		for i := range 3 * maxCallers {
			if release, err := l.acquire(t.Context(), fmt.Sprint(i)); err == nil {
				release()
				admitted++
			}
		}
		if len(l.by) > maxCallers {
			t.Errorf("%d callers are remembered", len(l.by))
		}
		if admitted > maxCallers+2 {
			t.Errorf("%d calls were admitted", admitted)
		}
		time.Sleep(time.Minute) // All have their allowance back and can be forgotten.
		if release, err := l.acquire(t.Context(), "new"); err != nil {
			t.Error(err)
		} else {
			release()
		}
		if len(l.by) != 1 {
			t.Errorf("%d callers are still remembered", len(l.by))
		}
	})
}

func TestAcquireNeedsACaller(t *testing.T) {
	c := &clearer{limits: testLimiter(config.Default().Limits)}
	if _, err := c.Acquire(context.Background()); !errors.Is(err, ErrNoCaller) {
		t.Errorf("error is %v", err)
	}
	release, err := c.Acquire(asHost())
	if err != nil {
		t.Fatal(err)
	}
	release()
}

func TestLimitsHoldUnderLoad(t *testing.T) {
	l := testLimiter(config.Limits{CallsPerSecond: 1e9, Burst: 1e9, MaxConcurrent: 3})
	var mu sync.Mutex
	running, most := 0, 0
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 200 {
				release, err := l.acquire(context.Background(), fmt.Sprint(i%4))
				if err != nil {
					continue
				}
				mu.Lock()
				running++
				most = max(most, running)
				mu.Unlock()
				mu.Lock()
				running--
				mu.Unlock()
				release()
			}
		})
	}
	wg.Wait()
	if most > 3 {
		t.Errorf("%d calls ran at once", most)
	}
	if len(l.slots) != 0 || len(l.queue) != 0 {
		t.Error("slots are still taken")
	}
}
