package gate

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
)

const (
	// refusalsListed is how many refusals of one reason are recorded each on
	// its own within a window; further ones are counted.
	refusalsListed = 5
	// maxReasons bounds the reasons that are told apart.
	maxReasons = 64
)

// refusals records what was turned away. Under flood it writes one entry a
// second for each reason, so that whoever is refused cannot fill the disk.
type refusals struct {
	window time.Duration
	record func(ctx context.Context, reason string, n, callers int) error
	failed func(error)

	mu      sync.Mutex
	reasons map[string]*refusalWindow
}

// refusalWindow is what happened for one reason since its start.
type refusalWindow struct {
	listed  int
	counted int
	callers map[string]struct{}
	timer   *time.Timer
}

// Refuse records that something was turned away before it ran. It returns no
// error: nothing happened, so nothing has to be undone; a refusal that cannot
// be recorded is logged.
func (g *Gate) Refuse(ctx context.Context, reason string, in Intent) {
	g.refuse(ctx, g.checker(), reason, in)
}

func (r *recorder) refuse(ctx context.Context, chk checker, reason string, in Intent) {
	caller, ok := CallerFrom(ctx)
	if !ok {
		caller = system
	}
	reason, list := r.refusals.count(clip(reason), callerOf(caller))
	if !list {
		return
	}
	fixed := map[string]any{"reason": reason, "status": "refused"}
	if in.Action != "" {
		fixed["action"] = in.Action
	}
	in.Action = audit.ActionRefused
	if _, err := r.write(context.WithoutCancel(ctx), chk, caller, in, audit.PhaseEvent, fixed); err != nil {
		r.refusals.failed(err)
	}
}

// refused writes an entry about many refusals.
func (r *recorder) refused(ctx context.Context, reason string, n, callers int) error {
	in := Intent{Action: audit.ActionRefusedMany, EntityType: "refusal", EntityID: reason}
	fixed := map[string]any{"reason": reason, "status": "refused", "count": n, "callers": callers}
	_, err := r.write(ctx, nil, system, in, audit.PhaseEvent, fixed)
	return err
}

// count adds a refusal and reports whether it gets an entry of its own. The
// reason comes back as it is to be recorded.
func (f *refusals) count(reason, caller string) (string, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.reasons == nil {
		f.reasons = map[string]*refusalWindow{}
	}
	w := f.reasons[reason]
	if w == nil && len(f.reasons) >= maxReasons {
		reason = "other"
		w = f.reasons[reason]
	}
	if w == nil {
		w = &refusalWindow{callers: map[string]struct{}{}}
		w.timer = time.AfterFunc(f.window, func() { f.end(reason, w) })
		f.reasons[reason] = w
	}
	if w.listed < refusalsListed {
		w.listed++
		return reason, true
	}
	w.counted++
	if len(w.callers) < maxCallers {
		w.callers[caller] = struct{}{}
	}
	return reason, false
}

// end closes a window and records what was counted in it.
func (f *refusals) end(reason string, w *refusalWindow) {
	f.mu.Lock()
	if f.reasons[reason] != w {
		f.mu.Unlock()
		return
	}
	delete(f.reasons, reason)
	n, callers := w.counted, len(w.callers)
	f.mu.Unlock()
	if n == 0 {
		return
	}
	if err := f.record(context.Background(), reason, n, callers); err != nil {
		f.failed(err)
	}
}

// flush closes every window now.
func (f *refusals) flush() {
	f.mu.Lock()
	open := maps.Clone(f.reasons)
	f.mu.Unlock()
	for reason, w := range open {
		w.timer.Stop()
		f.end(reason, w)
	}
}
