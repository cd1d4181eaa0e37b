package ollama

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/tftsr/tftsr/providers/ollama/sizing"
)

// Phase says what Ollama is doing for a pull.
type Phase string

// The phases, in their order. A server that says something else is in the one
// before.
const (
	PhaseManifest Phase = "reading the manifest"
	PhaseLoad     Phase = "loading"
	PhaseVerify   Phase = "checking digests"
	PhaseWrite    Phase = "writing the manifest"
	PhaseClean    Phase = "removing what is not used any more"
	PhaseDone     Phase = "done"
)

// phases are Ollama's words for them (PullModel in server/images.go).
var phases = map[string]Phase{
	"pulling manifest":        PhaseManifest,
	"verifying sha256 digest": PhaseVerify,
	"writing manifest":        PhaseWrite,
	"removing unused layers":  PhaseClean,
	"success":                 PhaseDone,
}

// Progress is how far a pull is. It holds no text of the server's.
type Progress struct {
	Phase Phase `json:"phase"`
	// Completed and Total are bytes of all files that were begun so far: Ollama
	// names a file when it comes to it. The first is by far the largest.
	Completed int64 `json:"completed_bytes"`
	Total     int64 `json:"total_bytes"`
}

const (
	maxLine   = 64 << 10
	maxLayers = 20_000
	maxLayer  = int64(1) << 50 // bytes; no file is larger, and sums stay in range
)

// tracker adds up what the lines of a pull say.
type tracker struct {
	now    Progress
	layers map[string]layer
}

type layer struct{ completed, total int64 }

// line is one line of the stream (ProgressResponse in api/types.go).
type line struct {
	Status    string  `json:"status"`
	Digest    string  `json:"digest"`
	Total     int64   `json:"total"`
	Completed int64   `json:"completed"`
	Error     *string `json:"error"`
}

func (t *tracker) add(l line) {
	if p, ok := phases[l.Status]; ok {
		t.now.Phase = p
	}
	if l.Digest == "" {
		return
	}
	t.now.Phase = PhaseLoad
	old, known := t.layers[l.Digest]
	if !known && len(t.layers) >= maxLayers {
		return
	}
	now := layer{total: min(max(l.Total, 0), maxLayer)}
	now.completed = min(max(l.Completed, 0), now.total)
	if t.layers == nil {
		t.layers = map[string]layer{}
	}
	t.layers[l.Digest] = now
	t.now.Completed += now.completed - old.completed
	t.now.Total += now.total - old.total
}

// errEnd says that the stream told of its own success.
var errEnd = errors.New("end")

// saidError is an error that came as a line of the stream.
type saidError struct{ reason string }

func (e *saidError) Error() string { return "an error came in the stream" }

// errNoLine says that something in the stream is no line of it.
var errNoLine = errors.New("the stream holds what is no line of a pull")

// readStream reads the lines of a pull and tells on of each. It returns nil
// after the line of success, and only then.
func readStream(r io.Reader, on func(Progress)) error {
	br := bufio.NewReaderSize(r, maxLine)
	var t tracker
	heard := false
	for {
		text, readErr := br.ReadSlice('\n')
		if errors.Is(readErr, bufio.ErrBufferFull) {
			return errNoLine
		}
		if text = bytes.TrimSpace(text); len(text) > 0 {
			err := readLine(text, &t, on)
			switch {
			case errors.Is(err, errEnd):
				return nil
			case errors.Is(err, errNoLine) && readErr != nil && heard:
				// A line that is cut is not the fault: that the stream ended is.
			case err != nil:
				return err
			}
			heard = true
		}
		if readErr != nil {
			return readErr
		}
	}
}

func readLine(text []byte, t *tracker, on func(Progress)) error {
	var l line
	if text[0] != '{' || json.Unmarshal(text, &l) != nil {
		return errNoLine
	}
	if l.Error != nil {
		return &saidError{bound(*l.Error)}
	}
	if l.Status == "" && l.Digest == "" {
		return errNoLine
	}
	t.add(l)
	on(t.now)
	if t.now.Phase == PhaseDone {
		return errEnd
	}
	return nil
}

// pullBody is the body of a pull.
type pullBody struct {
	Model    string `json:"model"`
	Insecure bool   `json:"insecure,omitempty"`
	Stream   bool   `json:"stream"`
}

func (c *Client) pullRequest(n Name) (pullBody, error) {
	plain, err := c.insecure(n)
	return pullBody{Model: n.String(), Insecure: plain, Stream: true}, err
}

// PullBody is what [Client.Pull] sends, or an error that matches
// [ErrRegistry].
func (c *Client) PullBody(n Name) ([]byte, error) {
	body, err := c.pullRequest(n)
	if err != nil {
		return nil, err
	}
	return encode(body), nil
}

// Pull loads a model to the server and tells on, which may be nil, how far it
// is. It ends when the model is there, and sends its request once. When ctx
// ends, Ollama stops; what has come is kept there, and a later pull goes on
// from it. The error is then that of ctx.
func (c *Client) Pull(ctx context.Context, n Name, on func(Progress)) error {
	body, err := c.pullRequest(n)
	if err != nil {
		return err
	}
	heard, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(c.stall, func() { cancel(errStalled) })
	defer watch.Stop()
	resp, err := c.send(heard, &c.slow, http.MethodPost, "/api/pull", body)
	if err != nil {
		return c.pullFailed(ctx, heard, n, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, maxLine)) // What can be read of an error is better than none.
		e := c.refusal(resp.StatusCode, text)
		if e.Kind == KindServer && e.Reason != "" {
			e.Kind = pullKind(e.Reason)
		}
		return e
	}
	err = readStream(resp.Body, func(p Progress) {
		watch.Reset(c.stall)
		if on != nil {
			on(p)
		}
	})
	if err != nil {
		return c.pullFailed(ctx, heard, n, err)
	}
	return nil
}

var errStalled = errors.New("stalled")

// stoppedError says that the caller ended a pull.
type stoppedError struct{ cause error }

func (e *stoppedError) Error() string {
	return "the pull was stopped; what has come is kept by Ollama, and a later pull goes on from there"
}

func (e *stoppedError) Unwrap() error { return e.cause }

// likely names models that may have been meant by a name that is none.
func likely(n Name) string {
	var known []Name
	for _, s := range sizing.Models().Models {
		if o, err := ParseName(s.Name); err == nil {
			known = append(known, o)
		}
	}
	var names []string
	for _, o := range n.Near(known) {
		names = append(names, o.String())
	}
	if len(names) == 0 {
		return n.String()
	}
	return n.String() + "; there is " + strings.Join(names, ", ")
}

// pullFailed sorts what ended a pull. ctx is the caller's, heard the one with
// the watch.
func (c *Client) pullFailed(ctx, heard context.Context, n Name, err error) error {
	var e *Error
	var said *saidError
	switch {
	case ctx.Err() != nil:
		return &stoppedError{ctx.Err()}
	case errors.Is(context.Cause(heard), errStalled):
		return &Error{Kind: KindStalled, Host: c.Host(), err: errStalled}
	case errors.As(err, &e):
		return e
	case errors.As(err, &said):
		e = &Error{Kind: pullKind(said.reason), Host: c.Host(), Reason: said.reason}
		if e.Kind == KindUnknownModel {
			e.Detail = likely(n)
		}
		return e
	case errors.Is(err, errNoLine):
		return &Error{Kind: KindProtocol, Host: c.Host(), Detail: "it answers a pull with something else"}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Kind: KindInterrupted, Host: c.Host(), err: err}
	}
	if e = c.failed(err); e.Kind == KindUnreachable || e.Kind == KindNotRunning {
		e.Kind, e.Detail = KindInterrupted, "" // It was there when the pull began.
	}
	return e
}
