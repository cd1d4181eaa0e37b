package client

import (
	"sync"
	"time"
)

// sink hands progress on to a caller, in order and never faster than it takes it.
type sink struct {
	f      func(Progress)
	mu     sync.Mutex
	queue  []Progress
	wake   chan struct{}
	closed bool
	done   chan struct{}
}

// maxProgress is how many notices wait; of more, the newest is kept.
const maxProgress = 32

// open begins to hand on progress. It is called before anything can come.
func (f *flight) open(progress func(Progress)) *sink {
	if progress == nil {
		f.mu.Lock()
		f.sink = nil
		f.mu.Unlock()
		return nil
	}
	s := &sink{f: progress, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go s.run()
	f.mu.Lock()
	f.sink = s
	f.mu.Unlock()
	return s
}

// reports reports whether somebody wants to know of the progress.
func (f *flight) reports() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sink != nil
}

func (f *flight) progressed(p Progress) {
	f.mu.Lock()
	s := f.sink
	f.mu.Unlock()
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	if len(s.queue) == maxProgress {
		s.queue = s.queue[:maxProgress-1]
	}
	s.queue = append(s.queue, p)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *sink) run() {
	defer close(s.done)
	for range s.wake {
		for {
			s.mu.Lock()
			if len(s.queue) == 0 {
				closed := s.closed
				s.mu.Unlock()
				if closed {
					return
				}
				break
			}
			p := s.queue[0]
			s.queue = s.queue[1:]
			s.mu.Unlock()
			s.f(p)
		}
	}
}

// end waits a moment for what is queued; what is not taken then is lost.
func (s *sink) end() {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	select {
	case <-s.done:
	case <-time.After(time.Second):
		s.mu.Lock()
		s.queue = nil
		s.mu.Unlock()
	}
}
