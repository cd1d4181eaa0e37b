package client

import (
	"sync"
	"time"
)

// order keeps the progress of calls before their answers: the SDK handles both at once. The transport counts what it hands on, the session
// what was handled, and an answer waits until the second has reached the first.
type order struct {
	mu      sync.Mutex
	passed  uint64 // notices of progress that were handed on, and
	handed  uint64 // those that were handled
	arrived chan struct{}
}

// orderTime is how long an answer waits for progress that is not handled: the SDK drops what it cannot read.
const orderTime = time.Second

func newOrder() *order { return &order{arrived: make(chan struct{})} }

// pass notes what is handed on to the SDK.
func (o *order) pass(method string) {
	if method != "notifications/progress" {
		return
	}
	o.mu.Lock()
	o.passed++
	o.mu.Unlock()
}

// handled notes what was handled, in the order of pass.
func (o *order) handled(method string) {
	if method != "notifications/progress" {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.handed < o.passed {
		o.handed++
	}
	close(o.arrived)
	o.arrived = make(chan struct{})
}

// wait returns when all that was passed before is handled, after orderTime, or when closed is.
func (o *order) wait(closed <-chan struct{}) {
	var limit <-chan time.Time
	o.mu.Lock()
	defer o.mu.Unlock()
	for until := o.passed; o.handed < until; {
		arrived := o.arrived
		o.mu.Unlock()
		if limit == nil {
			limit = time.After(orderTime)
		}
		late := false
		select {
		case <-arrived:
		case <-limit:
			late = true
		case <-closed:
			late = true
		}
		o.mu.Lock()
		if late {
			o.handed = max(o.handed, until)
		}
	}
}
