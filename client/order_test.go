package client

import (
	"testing"
	"testing/synctest"
	"time"
)

const progressMethod = "notifications/progress"

// An answer comes after the progress that came before it, however busy the machine is; it does not wait for what is never handled, nor for
// what came later.
func TestAnAnswerWaitsForTheProgressBeforeIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder()
		wait := func(closed <-chan struct{}) chan time.Duration {
			done := make(chan time.Duration, 1)
			began := time.Now()
			go func() { o.wait(closed); done <- time.Since(began) }()
			synctest.Wait()
			return done
		}
		if d := wait(nil); len(d) != 1 {
			t.Error("an answer waits for nothing")
		}
		for range 3 {
			o.pass(progressMethod)
		}
		o.pass("notifications/message")
		done := wait(nil)
		o.pass(progressMethod) // of another call
		for range 3 {
			if synctest.Wait(); len(done) > 0 {
				t.Fatal("an answer overtook its progress")
			}
			o.handled("notifications/message")
			o.handled(progressMethod)
		}
		if synctest.Wait(); len(done) != 1 {
			t.Error("an answer waits for progress that came after it")
		}
		if d := <-wait(nil); d != orderTime {
			t.Errorf("it waited %v for progress that is never handled", d)
		}
		o.pass(progressMethod)
		closed := make(chan struct{})
		close(closed)
		if d := wait(closed); len(d) != 1 {
			t.Error("it waits after the end of the session")
		}
	})
}
