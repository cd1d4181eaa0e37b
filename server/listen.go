package server

import (
	"context"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// listens are the streams of changes of a session that wait for changes of lists
// (subscriptions/listen, 2026-07-28). When one stream of a session ends, the SDK
// (v1.8.0) forgets that others wait for lists, too: those are then begun anew,
// without the host seeing anything of it.
type listens struct {
	mu  sync.Mutex
	all map[*mcp.ServerSession]map[chan struct{}]bool
}

type renewedKey struct{}

// listen handles subscriptions/listen until the host ends it.
func (l *listens) listen(ctx context.Context, next mcp.MethodHandler, method string, req mcp.Request) (mcp.Result, error) {
	ss, ok := req.GetSession().(*mcp.ServerSession)
	p, isListen := req.GetParams().(*mcp.SubscriptionsListenParams)
	if !ok || !isListen || p == nil || p.Notifications == nil {
		return next(ctx, method, req)
	}
	again := make(chan struct{}, 1)
	if n := p.Notifications; n.ToolsListChanged || n.PromptsListChanged || n.ResourcesListChanged {
		l.add(ss, again)
	}
	defer l.remove(ss, again)
	for {
		inner, end := context.WithCancel(ctx)
		renewed := make(chan bool, 1)
		go func() {
			select {
			case <-again:
				renewed <- true
				end()
			case <-inner.Done():
				renewed <- false
			}
		}()
		res, err := next(inner, method, req)
		end()
		if !<-renewed || ctx.Err() != nil || err != nil {
			return res, err
		}
		ctx = context.WithValue(ctx, renewedKey{}, true)
	}
}

func (l *listens) add(ss *mcp.ServerSession, again chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[*mcp.ServerSession]map[chan struct{}]bool{}
	}
	if l.all[ss] == nil {
		l.all[ss] = map[chan struct{}]bool{}
	}
	l.all[ss][again] = true
}

// remove ends one, and has the others of the session begin anew.
func (l *listens) remove(ss *mcp.ServerSession, again chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.all[ss], again)
	for other := range l.all[ss] {
		select {
		case other <- struct{}{}:
		default: // It will.
		}
	}
	if len(l.all[ss]) == 0 {
		delete(l.all, ss)
	}
}

// isRenewed reports whether ctx is of a stream that the host was told of before.
func isRenewed(ctx context.Context) bool { return ctx.Value(renewedKey{}) != nil }
