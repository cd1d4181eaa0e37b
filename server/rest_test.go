package server

import (
	"runtime"
	"testing"
	"time"
)

// TestAnIdleServerGivesMemoryBack makes garbage that the collector would leave
// alone, and looks at whether it is collected without anything being asked.
func TestAnIdleServerGivesMemoryBack(t *testing.T) {
	gone := make(chan struct{})
	type block struct{ b [1 << 16]byte }
	func() {
		b := &block{}
		b.b[0] = 1
		runtime.AddCleanup(b, func(c chan struct{}) { close(c) }, gone)
	}()
	var r rest
	r.soon()
	r.soon() // Calls that follow each other put it off, once.
	select {
	case <-gone:
	case <-time.After(time.Minute):
		t.Fatal("nothing was collected")
	}
	r.close()
	r.soon()
	if r.timer.Stop() {
		t.Error("a closed server waits for its rest")
	}
}
