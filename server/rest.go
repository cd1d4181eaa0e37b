package server

import (
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// restAfter is how long a server has nothing to do before it gives back what
// its calls have left behind: longer than a model takes between two calls that
// belong together, so that these never wait for a collection.
const restAfter = time.Second

// rest gives memory back to the system when nothing is asked. The collector by
// itself waits until the heap has grown to several times what lives in it, and
// at least to 16 MiB ([debug.SetGCPercent] of the command line), and an idle
// server does not grow. The zero value is ready. It is safe for concurrent use.
type rest struct {
	mu     sync.Mutex
	timer  *time.Timer
	closed bool
}

// soon puts the rest off until restAfter from now.
func (r *rest) soon() {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
	case r.timer == nil:
		r.timer = time.AfterFunc(restAfter, r.first)
	default:
		r.timer.Reset(restAfter)
	}
}

// first also gives back what start-up has left in pools, megabytes of the
// parser of migrations among it, which takes two collections. The pools that
// calls fill are wanted again: later rests leave them.
func (r *rest) first() {
	runtime.GC()
	debug.FreeOSMemory()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.timer = time.AfterFunc(restAfter, debug.FreeOSMemory)
		r.timer.Stop()
	}
}

// close ends the waiting.
func (r *rest) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed = true; r.timer != nil {
		r.timer.Stop()
	}
}
