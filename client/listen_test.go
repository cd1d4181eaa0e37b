package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// flaky stands before a server of the modern era and can break off the streams of changes, or refuse new ones.
type flaky struct {
	next   http.Handler
	refuse atomic.Int32 // with this status; 0 for not
	opened atomic.Int32

	mu   sync.Mutex
	ends []context.CancelFunc
}

func (f *flaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Mcp-Method") != "subscriptions/listen" {
		f.next.ServeHTTP(w, r)
		return
	}
	f.opened.Add(1)
	if status := f.refuse.Load(); status != 0 {
		w.WriteHeader(int(status))
		return
	}
	ctx, end := context.WithCancel(r.Context())
	f.mu.Lock()
	f.ends = append(f.ends, end)
	f.mu.Unlock()
	f.next.ServeHTTP(w, r.WithContext(ctx))
}

func (f *flaky) breakOff() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, end := range f.ends {
		end()
	}
	f.ends = nil
}

// watched is a server with a resource that can be subscribed to.
func watched() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "watched", Version: "1"}, &mcp.ServerOptions{
		SubscribeHandler:   func(context.Context, *mcp.SubscribeRequest) error { return nil },
		UnsubscribeHandler: func(context.Context, *mcp.UnsubscribeRequest) error { return nil },
	})
	addTool(s, "first")
	s.AddResource(&mcp.Resource{URI: "notes://today", Name: "today"}, func(context.Context, *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
		return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{Text: "x"}}}, nil
	})
	return s
}

func addTool(s *mcp.Server, name string) {
	mcp.AddTool(s, &mcp.Tool{Name: name}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{}, nil, nil
	})
}

func waitUntil(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("in vain: %s", what)
}

func hasTool(s *Set, name string) bool {
	c, ok := s.Catalog("bad")
	if !ok || c == nil {
		return false
	}
	for _, tool := range c.Tools {
		if tool.Name == name {
			return true
		}
	}
	return false
}

// A stream of changes that breaks off is opened again: what happened meanwhile is found, and what happens then is heard.
func TestAStreamOfChangesThatBreaksOffIsOpenedAgain(t *testing.T) {
	down := watched()
	f := &flaky{next: streamable(down, true)}
	updates := make(chan string, 100)
	s := newSet(t, Options{ResourceUpdated: func(_, uri string) { updates <- uri }}, far(t, HTTP, f))
	if st := connected(t, s, "bad"); st.Era != Modern {
		t.Fatalf("%+v", st)
	}
	if err := s.Subscribe(t.Context(), "bad", clearer(t, "bad")("notes://today")); err != nil {
		t.Fatal(err)
	}
	told := func(what string) {
		t.Helper()
		select {
		case uri := <-updates:
			if uri != "notes://today" {
				t.Errorf("%s: of %s", what, uri)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("nothing is told %s", what)
		}
	}
	update := func() {
		if err := down.ResourceUpdated(t.Context(), &mcp.ResourceUpdatedNotificationParams{URI: "notes://today"}); err != nil {
			t.Fatal(err)
		}
	}
	waitUntil(t, "both streams are open", func() bool { return f.opened.Load() == 2 })
	update()
	told("at first")
	for i, name := range []string{"second", "third"} {
		if i == 1 {
			f.refuse.Store(http.StatusServiceUnavailable) // For a while.
			time.AfterFunc(time.Second, func() { f.refuse.Store(0) })
		}
		f.breakOff()
		addTool(down, name)
		waitUntil(t, name+" is found", func() bool { return hasTool(s, name) })
		told("of what may have changed meanwhile")
		for len(updates) > 0 {
			<-updates
		}
		update()
		told("after the stream was opened again")
	}
	if st, ok := s.State("bad"); !ok || st.Status != Connected {
		t.Errorf("%+v", st)
	}
}

// A server that ends every stream at once is asked ever less often, and one that refuses for good is not asked again.
func TestAStreamOfChangesIsNotAskedForWithoutEnd(t *testing.T) {
	for name, tt := range map[string]struct {
		first, later int // statuses; 0 ends the stream at once
		most         int32
	}{
		"ends at once":     {0, 0, 5},
		"fails":            {http.StatusBadGateway, http.StatusBadGateway, 5},
		"refuses later on": {0, http.StatusNotFound, 2},
		"refuses":          {http.StatusNotFound, http.StatusNotFound, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			good := streamable(watched(), true)
			var n atomic.Int32
			s := newSet(t, Options{}, far(t, HTTP, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Mcp-Method") != "subscriptions/listen" {
					good.ServeHTTP(w, r)
					return
				}
				status := tt.later
				if n.Add(1) == 1 {
					status = tt.first
				}
				if status == 0 {
					w.Header().Set("Content-Type", "text/event-stream")
					status = http.StatusOK
				}
				w.WriteHeader(status)
			})))
			connected(t, s, "bad")
			time.Sleep(4 * time.Second) // In which waits of 0.5, 1, 2 seconds, half of them by chance, end.
			if got := n.Load(); got > tt.most || got < min(tt.most, 3) {
				t.Errorf("asked %d times", got)
			}
			if st, ok := s.State("bad"); !ok || st.Status != Connected {
				t.Errorf("%+v", st)
			}
			if _, err := callTool(t, s, "first"); err != nil {
				t.Error(err)
			}
		})
	}
}

// A server that ends a stream in good order is listened to again, and one that answers with an error of the protocol is not.
func TestAStreamThatWasAnsweredIsOverOnlyWithAnError(t *testing.T) {
	for answer, most := range map[string]int32{
		`{"jsonrpc":"2.0","id":%s,"result":{"_meta":{},"resultType":"complete"}}`:     4,
		`{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no such thing"}}`: 1,
	} {
		good := streamable(watched(), true)
		var n atomic.Int32
		s := newSet(t, Options{}, far(t, HTTP, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Mcp-Method") != "subscriptions/listen" {
				good.ServeHTTP(w, r)
				return
			}
			n.Add(1)
			var m peeked
			if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
				t.Error(err)
			}
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = fmt.Fprintf(w, "data: "+answer+"\n\n", m.ID)
		})))
		connected(t, s, "bad")
		time.Sleep(2500 * time.Millisecond)
		if got := n.Load(); got < min(2, most) || got > most {
			t.Errorf("%s: asked %d times", answer, got)
		}
	}
}
