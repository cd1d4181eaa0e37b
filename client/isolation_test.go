package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestOneServerNeverDelaysAnother(t *testing.T) {
	good := self(t, asServer)
	all := []Config{good}
	for i, tricks := range []string{"silent", "flood", "garbage", "noise", "exit", "deaf", "questions", "responses", "endless-pages", "huge-list", "die-soon"} {
		c := bad(t, tricks)
		c.Name = fmt.Sprint("bad", i)
		all = append(all, c)
	}
	s := NewSet(Options{})
	for _, c := range all {
		if err := s.Add(c); err != nil {
			t.Fatal(err)
		}
	}
	s.Start() // It would hang here if it waited for any of them.
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		_ = s.Close(ctx)
	})
	connected(t, s, "self")
	var slowest time.Duration
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		began := time.Now()
		if _, err := s.CallTool(t.Context(), ToolCall{Call: Call{Server: "self", Owner: "me"}, Tool: "echo"}); err != nil {
			t.Fatal(err)
		}
		slowest = max(slowest, time.Since(began))
	}
	t.Logf("the slowest of the calls took %v", slowest)
}

func TestOnlySoManyCallsOfAServerRunAtOnce(t *testing.T) {
	c := bad(t)
	c.Limits.Calls, c.Limits.Queue = 2, 3
	c.Timeouts.Call = 10 * time.Second
	s := newSet(t, Options{}, c)
	connected(t, s, "bad")
	var wg sync.WaitGroup
	var fine, busy atomic.Int32
	for range 10 {
		wg.Go(func() {
			_, err := callTool(t, s, "sleep")
			var e *Error
			switch {
			case err == nil:
				fine.Add(1)
			case errors.As(err, &e) && e.Kind == KindBusy && !e.Lost:
				busy.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if fine.Load() != 5 || busy.Load() != 5 {
		t.Errorf("%d calls ran and %d were turned away, want 5 of each", fine.Load(), busy.Load())
	}
}

func TestServerThatStopsAnsweringIsStartedAnew(t *testing.T) {
	c := bad(t)
	c.Timeouts.Call = 200 * time.Millisecond
	s := newSet(t, Options{}, c)
	pid := connected(t, s, "bad").PID
	for range maxMissed {
		_, err := callTool(t, s, "hang")
		wantKind(t, err, KindTimeout, true)
	}
	if _, err := callTool(t, s, "echo"); err != nil {
		t.Fatal(err)
	}
	if st, _ := s.State("bad"); st.PID == pid {
		t.Error("it is the same process")
	}
}

func TestSubscriptionsOutlastTheProcess(t *testing.T) {
	updated := make(chan string, 100)
	s := newSet(t, Options{ResourceUpdated: func(_, uri string) { updated <- uri }}, bad(t))
	connected(t, s, "bad")
	uri := clearer(t, "bad")("hostile://a")
	next := func(want string) {
		t.Helper()
		select {
		case got := <-updated:
			if got != want {
				t.Errorf("updated %s", got)
			}
		case <-time.After(5 * time.Second):
			t.Fatal("no update came")
		}
	}
	if err := s.Subscribe(t.Context(), "bad", uri); err != nil {
		t.Fatal(err)
	}
	next("hostile://a") // And not the other one that the server tells of.
	_, err := callTool(t, s, "die")
	wantKind(t, err, KindDied, true)
	next("hostile://a") // From the new process, or because it may have changed.
	if err := s.Unsubscribe(t.Context(), "bad", uri); err != nil {
		t.Error(err)
	}
	if n := len(s.server("bad").subs); n != 0 {
		t.Errorf("%d subscriptions are left", n)
	}
}

func TestBreakerOpensAfterFailuresInARow(t *testing.T) {
	var p pace
	last := time.Duration(0)
	for i := 1; i < breakAfter; i++ {
		wait, open := p.failed()
		if open || wait < last/4 || wait > longestWait || i == 1 && wait > firstWait {
			t.Errorf("failure %d: wait %v, open %v", i, wait, open)
		}
		last = wait
	}
	for range 3 {
		if wait, open := p.failed(); !open || wait < breakFor/2 || wait > breakFor {
			t.Errorf("wait %v, open %v", wait, open)
		}
	}
	p.reset()
	if _, open := p.failed(); open {
		t.Error("it is open after a reset")
	}
}

func TestServerBehindAnOpenBreakerIsNotTriedUntilAsked(t *testing.T) {
	s := newSet(t, Options{}, bad(t, "exit"))
	settled(t, s, "bad")
	// As if it had failed so often: the waits between would take half a minute.
	srv := s.server("bad")
	srv.update(func(st *State) { st.Status, st.Failures, st.NextTry = Failed, breakAfter, time.Now().Add(breakFor) })
	_, err := callTool(t, s, "echo")
	if e := wantKind(t, err, KindBreaker, false); time.Until(e.Until) < time.Minute {
		t.Errorf("until %v", e.Until)
	}
	if err := s.Retry("bad"); err != nil {
		t.Fatal(err)
	}
	if st := settled(t, s, "bad"); !strings.Contains(st.Err, "status 7") {
		t.Errorf("state %+v", st)
	}
}

func TestBlockedServerIsAttachedAndNotCalled(t *testing.T) {
	c := bad(t)
	c.Blocked = "its tools have changed"
	s := newSet(t, Options{}, c)
	if st := settled(t, s, "bad"); st.Status != Blocked || st.Err != c.Blocked {
		t.Errorf("state %+v", st)
	}
	if cat, ok := s.Catalog("bad"); !ok || len(cat.Tools) == 0 {
		t.Error("its catalog is not known")
	}
	_, err := callTool(t, s, "echo")
	wantKind(t, err, KindBlocked, false)
	if err := s.Block("bad", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := callTool(t, s, "echo"); err != nil {
		t.Error(err)
	}
}

func TestChangesComeInOrderAndEndWithTheRemoval(t *testing.T) {
	var mu sync.Mutex
	var got []string
	removed := make(chan struct{})
	s := newSet(t, Options{Changed: func(c Change) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, fmt.Sprintf("%v %v %v", c.State, c.Catalog, c.Removed))
		if c.Removed {
			close(removed)
		}
	}}, bad(t))
	connected(t, s, "bad")
	time.Sleep(50 * time.Millisecond)
	if err := s.Remove("bad"); err != nil {
		t.Fatal(err)
	}
	<-removed
	time.Sleep(50 * time.Millisecond)
	mu.Lock()
	defer mu.Unlock()
	if len(got) < 2 || got[len(got)-1] != "false false true" || !strings.Contains(strings.Join(got, ","), "true true false") {
		t.Errorf("changes %q", got)
	}
	if _, ok := s.State("bad"); ok {
		t.Error("it is still there")
	}
	if err := s.Remove("bad"); !errors.Is(err, ErrNoServer) {
		t.Errorf("removed twice: %v", err)
	}
	_, err := callTool(t, s, "echo")
	wantKind(t, err, KindUnknown, false)
}

func TestReplacedServerHasEndedBeforeTheNextBegins(t *testing.T) {
	s := newSet(t, Options{}, bad(t, "stubborn"))
	old := s.server("bad")
	connected(t, s, "bad")
	if err := s.Replace(bad(t)); err != nil {
		t.Fatal(err)
	}
	connected(t, s, "bad")
	select {
	case <-old.ended:
	default:
		t.Error("the old one runs still")
	}
	if err := s.Replace(Config{Name: "none", Transport: Stdio, Command: bad(t).Command}); !errors.Is(err, ErrNoServer) {
		t.Errorf("a server that is not there: %v", err)
	}
}

func TestServerThatComesBackAsAnotherIsNotCalledByWhoKnewTheFirst(t *testing.T) {
	s := newSet(t, Options{}, bad(t, "swap"))
	connected(t, s, "bad")
	before, _ := s.Catalog("bad")
	me := Call{Server: "bad", Owner: "me", Checked: before}
	if _, err := s.CallTool(t.Context(), ToolCall{Call: me, Tool: "echo"}); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if c, _ := s.Catalog("bad"); c != before {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the list does not change")
		}
	}
	_, err := s.CallTool(t.Context(), ToolCall{Call: me, Tool: "echo"})
	wantKind(t, err, KindChanged, false)
	// One that dies and is attached anew is another at first: it has not been called yet.
	changed, _ := s.Catalog("bad")
	_, err = callTool(t, s, "die")
	wantKind(t, err, KindDied, true)
	_, err = s.CallTool(t.Context(), ToolCall{Call: Call{Server: "bad", Owner: "me", Checked: changed}, Tool: "echo"})
	wantKind(t, err, KindChanged, false)
	// And one that comes back the same is called.
	same, _ := s.Catalog("bad")
	_, err = callTool(t, s, "die")
	wantKind(t, err, KindDied, true)
	if _, err := s.CallTool(t.Context(), ToolCall{Call: Call{Server: "bad", Owner: "me", Checked: same}, Tool: "echo"}); err != nil {
		t.Error(err)
	}
}

func TestClosedSetDoesNothingMore(t *testing.T) {
	s := NewSet(Options{})
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Add(bad(t)); !errors.Is(err, ErrClosed) {
		t.Errorf("add: %v", err)
	}
	s.Start()
	if n := len(s.Names()); n != 0 {
		t.Errorf("%d servers", n)
	}
}

func TestRingKeepsTheNewestLinesWithinItsBounds(t *testing.T) {
	var r ring
	for i := range 50_000 {
		fmt.Fprintf(&r, "line %d\n", i)
	}
	lines := r.lines()
	if lines[len(lines)-1] != "line 49999" || r.size > ringBytes || r.size < ringBytes/2 {
		t.Errorf("%d bytes, last %q", r.size, lines[len(lines)-1])
	}
	_, _ = r.Write([]byte(strings.Repeat("x", 10*ringLine)))
	_, _ = r.Write([]byte("\nand\xffthen"))
	got := r.lines()
	if n := len(got); got[n-1] != "and\uFFFDthen" || len(got[n-2]) != ringLine+len("…") {
		t.Errorf("%q, %d bytes", got[n-1], len(got[n-2]))
	}
}
