package client

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// changeStream is the body of a stream of changes (subscriptions/listen, 2026-07-28). When the stream breaks off it is opened again, ever later
// while that does no good, so that to the SDK it is one stream without an end. What changed meanwhile nobody says: the catalog is fetched
// anew, and every resource that is listened for counts as changed.
//
// It is read by one goroutine; Close may come from any.
type changeStream struct {
	w      *web
	req    *http.Request // its body can be made again
	uris   []string      // of the resources that are listened for
	ctx    context.Context
	cancel context.CancelFunc
	end    func() // what is to be done at its end
	pace   pace
	began  time.Time
	// refused: the server has said that there is no such stream. over: there is no more to be had.
	refused, over bool

	mu  sync.Mutex
	cur io.ReadCloser // nil while there is no stream
}

// wellAfter is how long a stream must have lasted for its end to be no failure: proxies end streams on which nothing happens.
const wellAfter = 10 * time.Second

// listen returns the body of a stream that was asked for by r, to which first was the answer.
func (w *web) listen(r *http.Request, first *tail) *changeStream {
	l := &changeStream{w: w, req: r, end: first.end}
	l.ctx, l.cancel = context.WithCancel(r.Context())
	var p struct {
		Params struct {
			Notifications struct {
				ResourceSubscriptions []string `json:"resourceSubscriptions"`
			} `json:"notifications"`
		} `json:"params"`
	}
	if b, err := r.GetBody(); err == nil {
		if json.NewDecoder(b).Decode(&p) == nil {
			l.uris = p.Params.Notifications.ResourceSubscriptions
		}
		_ = b.Close()
	}
	return l
}

// changes makes of the answer to subscriptions/listen one whose stream is opened again and again. nil means that it is another answer.
func (w *web) changes(r *http.Request, resp *http.Response, first *tail) *http.Response {
	l := w.listen(r, first)
	switch {
	case isStream(resp):
		l.hear(first.ReadCloser)
		resp.Body = l
		return resp
	case transient(resp.StatusCode): // After which the SDK would not ask again.
		_ = first.ReadCloser.Close()
		return &http.Response{
			Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
			Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: l, ContentLength: -1,
		}
	}
	l.cancel()
	return nil
}

func isStream(resp *http.Response) bool {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return resp.StatusCode == http.StatusOK && kind == "text/event-stream"
}

// hear takes a stream that was opened.
func (l *changeStream) hear(body io.ReadCloser) {
	e := newEvents(l.ctx, body, l.w.sess.srv.cfg.Limits.MessageBytes, nil, false, nil)
	e.spoke = l.w.heard
	e.answered = func(r *jsonrpc.Response) bool {
		// The server ends the stream in good order, or says that it has none.
		l.refused = r.Error != nil
		return !l.refused
	}
	l.began = time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cur = e
	if l.ctx.Err() != nil { // Closed meanwhile.
		_ = e.Close()
	}
}

func (l *changeStream) Read(p []byte) (int, error) {
	for {
		l.mu.Lock()
		cur := l.cur
		l.mu.Unlock()
		switch {
		case l.over: // The SDK reads on, to use the connection again.
			return 0, io.EOF
		case cur == nil:
			l.over = !l.reopen()
			continue
		}
		n, err := cur.Read(p)
		switch {
		case n > 0 || err == nil:
			return n, nil
		case l.ctx.Err() != nil:
			return 0, l.ctx.Err()
		}
		_ = cur.Close()
		l.over = l.refused
		l.mu.Lock()
		l.cur = nil
		l.mu.Unlock()
	}
}

func (l *changeStream) Close() error {
	l.cancel()
	l.end()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cur != nil {
		return l.cur.Close()
	}
	return nil
}

// reopen waits and opens the stream again. It reports false when there is no more to be had: the session is over, or the server refuses.
func (l *changeStream) reopen() bool {
	for {
		if !l.began.IsZero() && time.Since(l.began) >= wellAfter {
			l.pace.reset()
		}
		l.began = time.Time{}
		wait, _ := l.pace.failed()
		if !sleep(l.ctx, wait) {
			return false
		}
		body, again := l.open()
		switch {
		case body != nil:
			l.w.sess.markDirty()
			for _, uri := range l.uris {
				l.w.sess.updatedURI(uri)
			}
			l.hear(body)
			return true
		case !again:
			return false
		}
	}
}

// open asks for the stream once. again says whether a refusal may pass.
func (l *changeStream) open() (body io.ReadCloser, again bool) {
	ctx, cancel := context.WithCancel(l.ctx)
	late := time.AfterFunc(headerTime, cancel)
	r := l.req.Clone(ctx)
	var err error
	if r.Body, err = l.req.GetBody(); err != nil {
		cancel()
		return nil, false
	}
	if h := l.w.sess.srv.cfg.OAuth; h != nil { // The token of then may have expired.
		if ts, err := h.TokenSource(ctx); err == nil && ts != nil {
			if tok, err := ts.Token(); err == nil && tok != nil {
				r.Header.Set("Authorization", "Bearer "+tok.AccessToken)
			}
		}
	}
	resp, err := l.w.next.RoundTrip(r)
	if !late.Stop() || err != nil {
		if err == nil {
			_ = resp.Body.Close()
		}
		cancel()
		return nil, l.ctx.Err() == nil
	}
	if isStream(resp) {
		return &tail{ReadCloser: resp.Body, end: cancel}, true
	}
	_ = resp.Body.Close()
	cancel()
	return nil, transient(resp.StatusCode)
}

// transient reports whether a refusal of a stream may pass.
func transient(status int) bool { return status >= 500 || status == http.StatusTooManyRequests }
