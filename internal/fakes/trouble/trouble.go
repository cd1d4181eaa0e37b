// Package trouble is what tests can make a fake of a service do to its
// clients, whichever service it is: lose answers, refuse writes, count calls.
package trouble

import (
	"net/http"
	"sync"
)

// Box counts the calls and the writes of a fake and spoils some of the
// writes, as it was asked to. A fake embeds it. The zero value spoils nothing;
// it is safe for concurrent use.
type Box struct {
	mu     sync.Mutex
	calls  int
	writes int
	drop   int // answers to writes that are lost
	refuse int // writes that fail and do nothing
}

// DropAnswers makes the fake lose the answers to the next n writes: they are
// done, and the connection ends.
func (b *Box) DropAnswers(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drop = n
}

// FailWrites makes the next n writes fail with 503, before anything is done.
func (b *Box) FailWrites(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuse = n
}

// Writes counts the writes that were done, dry runs not among them.
func (b *Box) Writes() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.writes
}

// Calls counts all calls since the fake's options were last set.
func (b *Box) Calls() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.calls
}

// Called counts a call and returns the count.
func (b *Box) Called() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	return b.calls
}

// CountAnew sets the count of calls to zero.
func (b *Box) CountAnew() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = 0
}

// Refused says whether the write at hand is one of those that are to fail, and
// takes it for one of them.
func (b *Box) Refused() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refuse == 0 {
		return false
	}
	b.refuse--
	return true
}

// Done counts a write. If its answer is to be lost it ends the handler, and
// with it the connection, by [http.ErrAbortHandler].
func (b *Box) Done() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.writes++
	if b.drop > 0 {
		b.drop--
		panic(http.ErrAbortHandler)
	}
}
