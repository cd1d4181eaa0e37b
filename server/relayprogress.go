package server

import (
	"context"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/time/rate"

	"github.com/tftsr/tftsr/client"
	"github.com/tftsr/tftsr/client/pins"
)

// A host is told so often of the progress of one call at most, after the first
// few.
const (
	progressEvery = 100 * time.Millisecond
	progressBurst = 10
)

// progress relays what a server says of a call under way. rest tells what was
// held back last, when nothing more comes.
func (e *exchange) progress(ctx context.Context, req mcp.Request) (tell func(client.Progress), rest func()) {
	ss, ok := req.GetSession().(*mcp.ServerSession)
	p, hasToken := req.GetParams().(interface{ GetProgressToken() any })
	if !ok || ss == nil || !hasToken || p.GetProgressToken() == nil {
		return nil, func() {}
	}
	token := p.GetProgressToken()
	send := func(in client.Progress) {
		text, err := e.x.BackText(ctx, clipText(pins.Clean(in.Message), maxProgress))
		if err != nil {
			text = ""
		}
		_ = ss.NotifyProgress(ctx, &mcp.ProgressNotificationParams{ProgressToken: token, Progress: in.Progress, Total: in.Total, Message: text}) // A host that hung up is told nothing.
	}
	pace := rate.NewLimiter(rate.Every(progressEvery), progressBurst)
	var mu sync.Mutex
	var held *client.Progress
	tell = func(in client.Progress) {
		mu.Lock()
		defer mu.Unlock()
		if !pace.Allow() {
			held = &in
			return
		}
		held = nil
		send(in)
	}
	return tell, func() {
		mu.Lock()
		defer mu.Unlock()
		if held != nil {
			send(*held)
			held = nil
		}
	}
}
