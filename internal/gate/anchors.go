package gate

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
)

// anchorEnd bounds how long the end of a process waits for its last checkpoint
// to reach every place.
const anchorEnd = 5 * time.Second

// anchors hands checkpoints to places, each on a goroutine of its own: a place
// that is slow or gone holds up neither a call nor another place.
type anchors struct {
	list []*anchor
	note func(p place, err error) // Called when a place fails, and when it is reached again.
}

type anchor struct {
	place place
	note  func(p place, err error)

	mu      sync.Mutex
	waiting []audit.Checkpoint
	busy    bool  // The goroutine has taken some.
	failed  error // Of the last put.
	reached bool
	closed  bool
	wake    chan struct{}
	idle    *sync.Cond // Signalled when a put has ended.
	stop    chan struct{}
	ended   chan struct{}
	ctx     context.Context // Of the puts.
	cancel  context.CancelFunc
}

func newAnchors(places []place, note func(p place, err error)) *anchors {
	a := &anchors{note: note}
	for _, p := range places {
		one := &anchor{place: p, note: note, wake: make(chan struct{}, 1), stop: make(chan struct{}), ended: make(chan struct{})}
		one.idle = sync.NewCond(&one.mu)
		one.ctx, one.cancel = context.WithCancel(context.Background())
		a.list = append(a.list, one)
	}
	return a
}

func (a *anchors) run() {
	for _, one := range a.list {
		go one.run()
	}
}

// push hands a checkpoint to every place. It does not wait.
func (a *anchors) push(c audit.Checkpoint) {
	for _, one := range a.list {
		one.mu.Lock()
		if one.place.pause() > 0 {
			one.waiting = one.waiting[:0] // Only the newest counts.
		}
		one.waiting = append(one.waiting, c)
		one.mu.Unlock()
		one.poke()
	}
}

func (a *anchor) poke() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

func (a *anchor) run() {
	defer close(a.ended)
	defer a.cancel()
	for {
		a.mu.Lock()
		list := a.waiting
		a.waiting, a.busy = nil, len(list) > 0
		closed := a.closed
		a.mu.Unlock()
		switch {
		case len(list) > 0:
			a.done(a.place.put(a.ctx, list))
		case closed:
			return
		default:
			<-a.wake
			continue
		}
		if pause := a.place.pause(); pause > 0 {
			select {
			case <-time.After(pause):
			case <-a.stop:
			}
		}
	}
}

// done notes how a put ended, and tells the record when that is news.
func (a *anchor) done(err error) {
	a.mu.Lock()
	news := (err != nil) != (a.failed != nil)
	a.failed, a.reached = err, err == nil
	a.mu.Unlock()
	if news {
		a.note(a.place, err)
	}
	a.mu.Lock()
	a.busy = false
	a.idle.Broadcast()
	a.mu.Unlock()
}

// wait returns when every place has what was pushed, or has failed, or ctx has
// ended.
func (a *anchors) wait(ctx context.Context) (reached []string, failed map[string]error) {
	failed = map[string]error{}
	for _, one := range a.list {
		stop := context.AfterFunc(ctx, func() {
			one.mu.Lock()
			defer one.mu.Unlock()
			one.idle.Broadcast()
		})
		one.mu.Lock()
		for (one.busy || len(one.waiting) > 0) && ctx.Err() == nil {
			one.idle.Wait()
		}
		switch {
		case one.busy || len(one.waiting) > 0:
			failed[one.place.name()] = context.Cause(ctx)
		case one.failed != nil:
			failed[one.place.name()] = one.failed
		case one.reached:
			reached = append(reached, one.place.name())
		}
		one.mu.Unlock()
		stop()
	}
	return reached, failed
}

// close waits for what was pushed, within [anchorEnd], and ends. A place that
// has not answered by then has failed.
func (a *anchors) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, anchorEnd)
	defer cancel()
	for _, one := range a.list {
		one.mu.Lock()
		one.closed = true
		one.mu.Unlock()
		close(one.stop)
		one.poke()
	}
	for _, one := range a.list {
		select {
		case <-one.ended:
		case <-ctx.Done():
			one.cancel()
			one.note(one.place, context.Cause(ctx))
		}
	}
}

// anchored returns the function that records that a place has failed, or is
// reached again. Neither stops anything.
func (r *recorder) anchored(o Options) func(place, error) {
	return func(p place, err error) {
		d := map[string]any{"anchor": p.name(), "state": audit.AnchorReached}
		if err != nil {
			d["state"], d["reason"] = audit.AnchorFailed, reasonOf(err)
			o.Logger.Warn("a checkpoint of the record did not reach a place", "place", p.name(), "error", err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), appendTimeout)
		defer cancel()
		in := Intent{Action: audit.ActionAnchor, EntityType: "anchor", EntityID: strings.ReplaceAll(p.name(), " ", "_"), Details: d}
		if _, err := r.write(ctx, nil, system, in, audit.PhaseEvent, nil); err != nil {
			o.Logger.Error("the state of a place of checkpoints could not be recorded", "place", p.name(), "error", err)
		}
	}
}
