package gate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

// ErrNoRestore is returned for a destination that gets no originals.
var ErrNoRestore = errors.New("originals do not go to this destination")

// maxRestored is how many distinct tokens one text may have restored.
const maxRestored = 100_000

// Restore puts the originals back into redacted text, for a person at a
// terminal: d must be [Terminal] and the caller there. That originals are
// shown, of which types and how many, is on the record before they are
// returned. Secrets have no originals and stay tokens, as does what was never
// given out as a token; look-alikes that were escaped become what they were.
// The counts are of originals put back, by type.
func (g *Gate) Restore(ctx context.Context, d Destination, text string) (string, Counts, error) {
	if err := mayRestore(ctx, d); err != nil {
		return "", nil, err
	}
	values, err := g.originals(ctx, tokensIn([]byte(text)))
	if err != nil {
		return "", nil, fmt.Errorf("restore: %w", err)
	}
	r := &resolver{values: values, counts: Counts{}}
	out, err := pii.Restore(nil, []byte(text), r, pii.ModeRaw)
	if err != nil {
		return "", nil, fmt.Errorf("restore: %w", err)
	}
	sum := sha256.Sum256([]byte(text))
	digest := hex.EncodeToString(sum[:])
	err = g.Note(ctx, Intent{
		Action: audit.ActionReveal, EntityType: "text", EntityID: digest,
		Details: map[string]any{"destination": string(d), "restored": r.counts.List(), "distinct": len(values), "sha256": digest},
	})
	if err != nil {
		return "", nil, fmt.Errorf("restore: nothing was shown: %w", err)
	}
	return string(out), r.counts, nil
}

// mayRestore is the one place that says who gets originals.
func mayRestore(ctx context.Context, d Destination) error {
	if _, err := terminal(ctx); err != nil {
		return err
	}
	if d != Terminal {
		return fmt.Errorf("restore for %s: %w", d, ErrNoRestore)
	}
	return nil
}

// RestoreStream is [Gate.Restore] for text of any length, in constant memory.
// That originals are about to be shown is on the record before the first byte
// is written to w, and how many of which type when r has ended.
func (g *Gate) RestoreStream(ctx context.Context, d Destination, w io.Writer, r io.Reader) (Counts, error) {
	if err := mayRestore(ctx, d); err != nil {
		return nil, err
	}
	call, err := g.Begin(ctx, Intent{
		Action: audit.ActionReveal, EntityType: "stream", Details: map[string]any{"destination": string(d)},
	})
	if err != nil {
		return nil, fmt.Errorf("restore: nothing was shown: %w", err)
	}
	counts := Counts{}
	sum := sha256.New()
	var named idWriter
	read := &counted{r: io.TeeReader(r, io.MultiWriter(sum, &named))}
	err = g.restoreBlocks(ctx, w, read, counts)
	// The text is whatever the person gave, so its digest is keyed.
	out := Outcome{Status: "ok", Details: map[string]any{"restored": counts.List(), "bytes": read.n}}
	key, keyErr := g.KeyFor(context.WithoutCancel(ctx), named.ids)
	if err = errors.Join(err, keyErr); keyErr == nil {
		out.Details["text"], out.Details["digest_key"] = key.Digest(sum.Sum(nil)), key.Name()
	}
	if err != nil {
		out.Status = "error"
		err = fmt.Errorf("restore: %w", err)
	}
	return counts, errors.Join(err, call.End(ctx, out))
}

// counted counts what is read.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// restoreBlocks restores r block by block. What may be the start of a token at
// the end of a block waits for the next.
func (g *Gate) restoreBlocks(ctx context.Context, w io.Writer, r io.Reader, counts Counts) error {
	buf := make([]byte, streamBlock)
	kept := 0
	var out []byte
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, rerr := readBlock(r, buf[kept:])
		end := errors.Is(rerr, io.EOF)
		if rerr != nil && !end {
			return rerr
		}
		text := buf[:kept+n]
		cut := len(text)
		if i := bytes.LastIndexByte(text, '['); !end && i >= 0 && cut-i < maxTokenText {
			cut = i
		}
		values, err := g.originals(ctx, tokensIn(text[:cut]))
		if err != nil {
			return err
		}
		if out, err = pii.Restore(out[:0], text[:cut], &resolver{values, counts}, pii.ModeRaw); err != nil {
			return err
		}
		if _, err := w.Write(out); err != nil {
			return err
		}
		if end {
			return nil
		}
		kept = copy(buf, text[cut:])
	}
}

// tokensIn returns the distinct tokens of a text whose values are kept.
func tokensIn(b []byte) []pii.Token {
	var tokens []pii.Token
	seen := map[pii.Token]bool{}
	for i := range b {
		if b[i] != '[' {
			continue
		}
		tok, _, ok := pii.ParseToken(b[i:])
		if ok && !seen[tok] && tok.Type().Class() != pii.ClassSecret {
			seen[tok] = true
			tokens = append(tokens, tok)
		}
	}
	return tokens
}

// originals fetches the values of tokens; those that have none are left out.
func (g *Gate) originals(ctx context.Context, tokens []pii.Token) (map[pii.Token][]byte, error) {
	if len(tokens) > maxRestored {
		return nil, fmt.Errorf("the text has more than %d different tokens: restore it in parts", maxRestored)
	}
	values := make(map[pii.Token][]byte, len(tokens))
	for _, t := range tokens {
		v, err := g.opts.Store.Original(ctx, t)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("get the original of %s: %w", t, err)
		}
		values[t] = v
	}
	return values, nil
}

// resolver gives [pii.Restore] the originals that were fetched for it, and
// counts them.
type resolver struct {
	values map[pii.Token][]byte
	counts Counts
}

// Value implements [pii.Resolver].
func (r *resolver) Value(t pii.Token) ([]byte, bool, error) {
	v, ok := r.values[t]
	if ok {
		r.counts[t.Type().String()]++
	}
	return v, ok, nil
}
