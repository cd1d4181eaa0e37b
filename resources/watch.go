package resources

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/store"
)

// Bounds of what is watched. A look costs a few queries for each address, and
// happens only when the record has grown: nothing changes without an entry in
// it, whichever process does it.
const (
	watchEvery   = 500 * time.Millisecond
	maxWatched   = 256 // addresses, of all sessions
	maxOfSession = 64
)

// notified is the method of the notifications that the watcher causes.
const notified = "notifications/resources/updated"

// watcher tells sessions when what they subscribed to has changed, by this
// process or another one on the same data folder.
type watcher struct {
	set    *Set
	server *mcp.Server

	mu      sync.Mutex
	watched map[string]*watch // by address
	head    int64             // of the record, when it was looked at last
	stop    chan struct{}     // closed to end the loop; nil when there is none
	done    sync.WaitGroup
}

// watch is one address that sessions wait for.
type watch struct {
	address  address
	state    [sha256.Size]byte
	sessions map[*mcp.ServerSession]int // how often each subscribed
}

func newWatcher(s *Set) *watcher { return &watcher{set: s, watched: map[string]*watch{}} }

// subscribe answers resources/subscribe, and each address of
// subscriptions/listen.
func (w *watcher) subscribe(ctx context.Context, req *mcp.SubscribeRequest) error {
	uri := req.Params.URI
	a, ok := w.set.known(uri)
	switch {
	case !ok:
		return mcp.ResourceNotFoundError(uri)
	case !w.set.offered[a.kind].Subscribe:
		return badRequest("this resource never changes while the server runs: read it")
	case a.from > 0 || a.to > 0:
		return badRequest("subscribe to the whole resource, without from and to")
	}
	// Before the state: what is entered between the two is looked at again.
	head, _, err := w.set.deps.Store.RecordHead(ctx)
	if err != nil {
		return w.set.failure(ctx, uri, err)
	}
	state, err := w.set.state(ctx, a, head, map[string]issueParts{})
	if err != nil {
		return w.set.failure(ctx, uri, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forget()
	of := 0
	for _, x := range w.watched {
		if x.sessions[req.Session] > 0 {
			of++
		}
	}
	x := w.watched[uri]
	if of >= maxOfSession && (x == nil || x.sessions[req.Session] == 0) || x == nil && len(w.watched) >= maxWatched {
		return badRequest("too many subscriptions: at most %d of a session and %d in all; end some first", maxOfSession, maxWatched)
	}
	if x == nil {
		x = &watch{address: a, state: state, sessions: map[*mcp.ServerSession]int{}}
		w.watched[uri] = x
	}
	x.sessions[req.Session]++
	if w.stop == nil {
		w.head = head
		w.stop = make(chan struct{})
		w.done.Add(1)
		go w.run(w.stop) //nolint:gosec // it outlives the request that it begins with
	}
	w.head = min(w.head, head)
	return nil
}

func (w *watcher) unsubscribe(_ context.Context, req *mcp.UnsubscribeRequest) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if x := w.watched[req.Params.URI]; x != nil {
		// In the era of sessions one unsubscribe ends any number of
		// subscriptions; in that of streams each has its own.
		if x.sessions[req.Session]--; x.sessions[req.Session] <= 0 || revision(req) < modern {
			delete(x.sessions, req.Session)
		}
		if len(x.sessions) == 0 {
			delete(w.watched, req.Params.URI)
		}
	}
	return nil
}

// forget drops what only sessions that have ended waited for: the SDK does
// not say when one ends. The caller holds mu.
func (w *watcher) forget() {
	live := map[*mcp.ServerSession]bool{}
	for ss := range w.server.Sessions() {
		live[ss] = true
	}
	for uri, x := range w.watched {
		maps.DeleteFunc(x.sessions, func(ss *mcp.ServerSession, _ int) bool { return !live[ss] })
		if len(x.sessions) == 0 {
			delete(w.watched, uri)
		}
	}
}

// run looks for changes until nothing is watched any more or the server ends.
func (w *watcher) run(stop chan struct{}) {
	defer w.done.Done()
	t := time.NewTicker(watchEvery)
	defer t.Stop()
	for {
		select {
		case <-stop:
			return
		case <-t.C:
		}
		w.mu.Lock()
		w.forget()
		if len(w.watched) == 0 {
			if w.stop == stop {
				w.stop = nil
			}
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		for _, uri := range w.look(ctx) {
			// A session that is gone has nobody to tell, and one that cannot be
			// told reads again when it likes.
			_ = w.server.ResourceUpdated(ctx, &mcp.ResourceUpdatedNotificationParams{URI: uri})
		}
		cancel()
	}
}

// look returns the addresses of what has changed since the last look.
func (w *watcher) look(ctx context.Context) []string {
	head, _, err := w.set.deps.Store.RecordHead(ctx)
	if err != nil {
		w.set.deps.Log.ErrorContext(ctx, "subscriptions are not looked after", "error", err)
		return nil
	}
	w.mu.Lock()
	if head == w.head {
		w.mu.Unlock()
		return nil
	}
	w.head = head
	before := map[string]watch{}
	for uri, x := range w.watched {
		before[uri] = watch{address: x.address, state: x.state}
	}
	w.mu.Unlock()
	var changed []string
	read := map[string]issueParts{}
	for _, uri := range slices.Sorted(maps.Keys(before)) {
		x := before[uri]
		state, err := w.set.state(ctx, x.address, head, read)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			w.set.deps.Log.ErrorContext(ctx, "a subscription is not looked after", "error", err)
			continue
		}
		if err != nil {
			state = [sha256.Size]byte{} // It was deleted: that is a change too.
		}
		if state == x.state {
			continue
		}
		w.mu.Lock()
		if now := w.watched[uri]; now != nil && now.state == x.state {
			now.state = state
			changed = append(changed, uri)
		}
		w.mu.Unlock()
	}
	return changed
}

// Close ends the watching.
func (w *watcher) Close() {
	w.mu.Lock()
	if w.stop != nil {
		close(w.stop)
		w.stop = nil
	}
	clear(w.watched)
	w.mu.Unlock()
	w.done.Wait()
}

// state condenses what a resource shows, without reading the lines of logs.
// read keeps the issues that this look has read already.
func (s *Set) state(ctx context.Context, a address, head int64, read map[string]issueParts) (out [sha256.Size]byte, err error) {
	h := sha256.New()
	switch a.kind {
	case kindIssue, kindTimeline, kindWhys, kindDocument:
		p, ok := read[a.id]
		if !ok {
			if p, err = s.parts(ctx, a.id); err != nil {
				return out, err
			}
			read[a.id] = p
		}
		if a.kind == kindIssue {
			_, _ = fmt.Fprintln(h, p.issue.Revision)
			for _, l := range p.logs {
				_, _ = fmt.Fprintln(h, "log", l.ID)
			}
		}
		for _, e := range p.events {
			if a.kind == kindIssue || a.kind == kindTimeline {
				_, _ = fmt.Fprintln(h, "event", e.ID)
			}
		}
		for _, x := range p.analyses {
			if a.kind == kindIssue || a.kind == kindWhys {
				_, _ = fmt.Fprintln(h, "analysis", x.ID, x.Revision)
			}
		}
		there := a.kind != kindDocument
		for _, d := range p.docs {
			if a.kind == kindIssue || d.ID == a.document {
				_, _ = fmt.Fprintln(h, "document", d.ID, d.Version)
				there = true
			}
		}
		if !there {
			return out, store.ErrNotFound
		}
	case kindLog:
		l, err := s.deps.Store.Log(ctx, a.id)
		if err != nil {
			return out, err
		}
		// Whether it may be read, and what is said with it.
		_, _ = fmt.Fprintln(h, l.RedactedSHA256, s.deps.Gate.MayRead(l, gate.Host) == nil, s.deps.Gate.ReviewNote(l))
	case kindHead:
		seq, err := s.lastOwn(ctx, head)
		if err != nil {
			return out, err
		}
		_, _ = fmt.Fprintln(h, seq)
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

// maxOwn bounds how far back [Set.lastOwn] looks.
const maxOwn = 10_000

// lastOwn returns the newest entry of the record up to head that is not about
// notifications of change. These are on the record too, and would announce
// each other for ever.
func (s *Set) lastOwn(ctx context.Context, head int64) (int64, error) {
	for to := head; to > max(0, head-maxOwn); to -= 100 {
		var last int64
		err := s.deps.Store.Entries(ctx, max(1, to-99), to, func(e audit.Entry) error {
			if e.EntityType != "mcp_notification" || e.EntityID != notified {
				last = e.Seq
			}
			if e.Seq == to {
				return io.EOF
			}
			return nil
		})
		if err != nil || last > 0 {
			return last, err
		}
	}
	return 0, nil
}
