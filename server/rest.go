package server

import (
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// A server gives back what its start has left behind when it had nothing to do
// for firstRest, and what its calls have left behind after laterRest: longer
// than a model thinks between two calls that belong together, since the next
// one fetches anew, in milliseconds, what was given back.
const (
	firstRest = time.Second
	laterRest = time.Minute
)

// rest gives memory back to the system when nothing is asked. The collector by
// itself waits until the heap has grown to several times what lives in it, and
// at least to 16 MiB ([debug.SetGCPercent] of the command line), and an idle
// server does not grow. The zero value is ready. It is safe for concurrent use.
type rest struct {
	mu     sync.Mutex
	timer  *time.Timer
	wait   time.Duration
	closed bool
}

// soon puts the rest off.
func (r *rest) soon() {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
	case r.timer == nil:
		r.wait = firstRest
		r.timer = time.AfterFunc(r.wait, r.first)
	default:
		r.timer.Reset(r.wait)
	}
}

// first also gives back what start-up has left in pools, megabytes of the
// parser of migrations among it, which takes two collections, and the pages of
// the program that only a start touches. The pools that calls fill are wanted
// again: later rests leave them.
func (r *rest) first() {
	runtime.GC()
	debug.FreeOSMemory()
	releaseProgram()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.wait = laterRest
		r.timer = time.AfterFunc(r.wait, debug.FreeOSMemory)
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
