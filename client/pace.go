package client

import (
	"math/rand/v2"
	"time"
)

// How a server that fails is attached again: the wait doubles from firstWait to longestWait, half of it by chance so that servers which died
// together do not come back together. After breakAfter failures in a row the breaker opens: nothing is tried for breakFor, and then once.
const (
	firstWait   = 500 * time.Millisecond
	longestWait = time.Minute
	breakAfter  = 6
	breakFor    = 5 * time.Minute
	// healthyAfter is how long a server must have been attached for its failures to be forgotten.
	healthyAfter = time.Minute
)

// pace counts the failures of a server.
type pace struct {
	failures int
}

// failed notes a failure. It returns how long to wait, and whether the breaker is open.
func (p *pace) failed() (wait time.Duration, open bool) {
	p.failures++
	if p.failures >= breakAfter {
		return jitter(breakFor), true
	}
	return jitter(min(firstWait<<(p.failures-1), longestWait)), false
}

func (p *pace) reset() { p.failures = 0 }

// jitter returns a time between half of d and d.
func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d/2+1) //nolint:gosec // Jitter needs no secret.
}
