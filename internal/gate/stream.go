package gate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

// streamBlock is how much of a stream is scanned under one time-out, in bytes.
const streamBlock = 128 << 10

// RedactStream redacts r into w with the tokens of the vault, in constant
// memory. On an error w may hold a part of the redacted text, never of r.
func (c *clearer) RedactStream(ctx context.Context, m pii.Mode, w io.Writer, r io.Reader) (Counts, error) {
	e, err := c.current(ctx)
	if err != nil {
		return nil, err
	}
	counts := Counts{}
	a := &direct{v: c.vault, ctx: ctx}
	s := e.Stream(a, m, w, func(f pii.Finding, _ pii.Token) {
		if f.Level == pii.LevelRedact {
			counts[f.Type.String()]++
		}
	})
	err = c.pump(ctx, r, s, pumpHooks{
		before: func(ctx context.Context, b []byte) error {
			return a.prefetch(ctx, e, m, b)
		},
	})
	if err != nil {
		return nil, err
	}
	return counts, nil
}

// LearnStream gives tokens to all values of r, so that a redaction of the same
// text finds them in front of what gives them away too.
func (c *clearer) LearnStream(ctx context.Context, r io.Reader) error {
	e, err := c.current(ctx)
	if err != nil {
		return err
	}
	return c.learn(ctx, e, r)
}

func (c *clearer) learn(ctx context.Context, e engine, r io.Reader) error {
	found := &collector{v: c.vault}
	s := e.Stream(found, pii.ModeRaw, io.Discard, nil)
	return c.pump(ctx, r, s, pumpHooks{after: found.fill})
}

// pumpHooks are called around each block, each within a time-out of its own.
type pumpHooks struct {
	before func(ctx context.Context, block []byte) error // block is nil before the stream is closed.
	after  func(ctx context.Context) error
}

// pump moves r through w and closes w when r ends. Every block is scanned
// within the scan time-out.
func (c *clearer) pump(ctx context.Context, r io.Reader, w io.WriteCloser, h pumpHooks) error {
	buf := make([]byte, streamBlock) // Not pooled: a scan that hangs keeps it.
	for {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("scan stopped: %w", err)
		}
		n, rerr := readBlock(r, buf)
		end := errors.Is(rerr, io.EOF)
		if rerr != nil && !end {
			return rerr
		}
		if n > 0 {
			if err := c.pumpBlock(ctx, h, buf[:n], func() error { _, err := w.Write(buf[:n]); return err }); err != nil {
				return err
			}
		}
		if end {
			return c.pumpBlock(ctx, h, nil, w.Close)
		}
	}
}

func (c *clearer) pumpBlock(ctx context.Context, h pumpHooks, block []byte, scan func() error) error {
	for _, step := range [...]func(context.Context) error{
		func(ctx context.Context) error {
			if h.before == nil {
				return nil
			}
			return h.before(ctx, block)
		},
		func(context.Context) error { return scan() },
		h.after,
	} {
		if step == nil {
			continue
		}
		if _, err := guarded(ctx, c, func(ctx context.Context) (struct{}, error) { return struct{}{}, step(ctx) }); err != nil {
			return err
		}
	}
	return nil
}

// readBlock fills buf as far as r goes.
func readBlock(r io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = r.Read(buf[n:])
		n += m
	}
	return n, err
}

// direct is the allocator of a stream: what is not in memory is allocated at
// once, because the stream cannot go back.
type direct struct {
	v   *vault
	ctx context.Context // Of the call.
	// misses counts the values of the last block that cost a transaction each.
	misses int
	looked bool
}

// Token implements [pii.Allocator].
func (d *direct) Token(t pii.Type, value []byte) (tok pii.Token, err error) {
	s := d.v.spell(t, value)
	if tok, ok := d.v.cached(s); ok {
		return tok, nil
	}
	d.misses++
	err = d.v.allocate(d.ctx, []store.VaultValue{d.v.describe(s, value)}, func(_ spelling, t pii.Token) { tok = t })
	return tok, err
}

// prefetch allocates the values of the whole lines of a block together. It
// does so at the start of a stream and while blocks bring new values; in the
// rest, which is most of a long log, every byte is scanned once only.
func (d *direct) prefetch(ctx context.Context, e engine, m pii.Mode, block []byte) error {
	due := !d.looked || d.misses > 1
	d.looked, d.misses = true, 0
	// A value that a block's edge cuts in two would be taken for another one.
	first, last := bytes.IndexByte(block, '\n'), bytes.LastIndexByte(block, '\n')
	if !due || first == last {
		return nil
	}
	lines := block[first+1 : last+1]
	c := collector{v: d.v}
	for _, f := range e.ScanMode(nil, lines, m) {
		if f.Level != pii.LevelRedact || f.Type == pii.PrivateKey || f.Reason.Has(pii.ReasonTruncated) {
			continue
		}
		if _, err := c.Token(f.Type, lines[f.Start:f.End]); err != nil {
			return err
		}
	}
	if len(c.missing) > 1 {
		d.misses = len(c.missing) // Look ahead in the next block too.
	}
	return c.fill(ctx)
}

// collector is an allocator that notes which values have no token yet and
// answers with stand-ins.
type collector struct {
	v       *vault
	missing map[spelling]store.VaultValue
	order   []spelling // Of missing, so that ordinals follow the text.
}

// Token implements [pii.Allocator].
func (c *collector) Token(t pii.Type, value []byte) (pii.Token, error) {
	s := c.v.spell(t, value)
	if tok, ok := c.v.cached(s); ok {
		return tok, nil
	}
	d, ok := c.missing[s]
	if !ok {
		d = c.v.describe(s, value)
		if c.missing == nil {
			c.missing = map[spelling]store.VaultValue{}
		}
		c.missing[s] = d
		c.order = append(c.order, s)
	}
	return pii.Token{Label: d.Label, Ordinal: 1}, nil
}

// fill allocates what is missing.
func (c *collector) fill(ctx context.Context) error {
	return c.drain(ctx, func(spelling, pii.Token) {})
}

func (c *collector) drain(ctx context.Context, fn func(spelling, pii.Token)) error {
	if len(c.order) == 0 {
		return nil
	}
	values := make([]store.VaultValue, 0, len(c.order))
	for _, s := range c.order {
		values = append(values, c.missing[s])
	}
	c.order, c.missing = nil, nil
	return c.v.allocate(ctx, values, fn)
}
