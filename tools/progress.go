package tools

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// progress returns a function that tells the host how far the call is. A host
// that did not ask is told nothing, and so is one that was told as much or
// more before: progress must increase. A total of 0 is not known.
func (c *call) progress(ctx context.Context) func(done, total float64, message string) {
	var token any
	if c.req != nil {
		token = c.req.Params.GetProgressToken()
	}
	last := -1.0
	return func(done, total float64, message string) {
		if token == nil || c.req.Session == nil || done <= last {
			return
		}
		last = done
		p := &mcp.ProgressNotificationParams{ProgressToken: token, Progress: done, Total: total, Message: message}
		_ = c.req.Session.NotifyProgress(ctx, p) // That a host does not listen ends no call.
	}
}
