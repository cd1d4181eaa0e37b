package gate

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

// resultTTL is how long an answer that was too large can be read.
const resultTTL = time.Hour

// KeepResult keeps an answer that is too large to send and returns the id by
// which the same caller can read it for an hour. The body is one that was
// redacted; whatever is found in it nevertheless is redacted now.
func (c *clearer) KeepResult(ctx context.Context, tool string, body []byte) (id string, err error) {
	caller, ok := CallerFrom(ctx)
	if !ok {
		return "", ErrNoCaller
	}
	text, _, err := c.RedactText(ctx, pii.ModeCleared, string(body))
	if err != nil {
		return "", fmt.Errorf("keep a large result: %w", err)
	}
	u, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("keep a large result: make an id: %w", err)
	}
	now := c.now().UTC()
	err = c.store.PutResult(ctx, store.Result{
		ID: u.String(), Owner: callerOf(caller), Tool: tool, Body: []byte(text),
		CreatedAt: now, ExpiresAt: now.Add(resultTTL),
	})
	if err != nil {
		return "", fmt.Errorf("keep a large result: %w", err)
	}
	return u.String(), nil
}

// ReadResult returns at most limit bytes of a kept answer from offset, and the
// size of the whole. What lies beyond the end is empty. A chunk begins and
// ends between characters and, where it can, between tokens, so the next one
// starts at offset+len(chunk). A limit smaller than one character returns one.
// The answer of another caller, and one that has expired, is
// [store.ErrNotFound].
func (c *clearer) ReadResult(ctx context.Context, id string, offset, limit int) (chunk []byte, total int, err error) {
	caller, ok := CallerFrom(ctx)
	if !ok {
		return nil, 0, ErrNoCaller
	}
	if offset < 0 || limit <= 0 {
		return nil, 0, errors.New("read result: offset starts at 0 and limit at 1")
	}
	r, err := c.store.Result(ctx, id, callerOf(caller), c.now())
	if err != nil {
		return nil, 0, fmt.Errorf("read result: %w", err)
	}
	return cutChunk(r.Body, offset, limit), len(r.Body), nil
}

// cutChunk returns the part of b from offset that is at most limit bytes long
// and begins and ends between characters.
func cutChunk(b []byte, offset, limit int) []byte {
	if offset >= len(b) {
		return nil
	}
	b = b[offset:]
	// An offset within a character was not made by us. Skipping to its end
	// loses nothing to a caller who goes on at offset+len(chunk).
	for skip := 0; skip < utf8.UTFMax && len(b) > 0 && !utf8.RuneStart(b[0]); skip++ {
		b = b[1:]
	}
	if limit >= len(b) {
		return b
	}
	end := limit
	for end > 0 && limit-end < utf8.UTFMax && !utf8.RuneStart(b[end]) {
		end--
	}
	if !utf8.RuneStart(b[end]) { // Not UTF-8.
		end = limit
	}
	for i := end - 1; i > 0 && end-i < maxTokenText; i-- {
		if b[i] != '[' {
			continue
		}
		if _, n, ok := pii.ParseToken(b[i:]); ok && i+n > end {
			end = i
		}
		break
	}
	if end == 0 {
		_, end = utf8.DecodeRune(b)
	}
	return b[:end]
}

// cutText returns s cut to at most n bytes, between characters.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
