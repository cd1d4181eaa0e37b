package pii

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"io"
	"slices"
)

// ErrChanged is returned by the second reading of a text that is not the one that was read first.
var ErrChanged = errors.New("the text was changed between two readings: run again, or read it once")

// Reading is what a first reading of a text found. With it a second one looks for known values, and into what is encoded,
// and finds what a scan would. It holds findings, places and hashes of the text, and none of its bytes.
type Reading struct {
	size   int64
	sums   []uint64  // Of each piece of the text.
	kinds  []Finding // Those that occur, without places.
	found  codes     // Of each: the distance from the one before, the length, the kind.
	undone codes     // Of each place where an encoding was undone: the distance from the one before, and what for.
	over   bool      // There was more than it keeps.
}

const (
	readingPiece = 64 << 10 // Bytes under one hash: no byte is used before the hash over it is right.
	maxReading   = 12 << 20 // Most bytes that a Reading takes, for some three million findings.
)

var readingSeed = maphash.MakeSeed()

// Size returns the number of bytes of the text.
func (r *Reading) Size() int64 { return r.size }

// readingWriter fills a Reading.
type readingWriter struct {
	*Reading
	place, undoneAt int64      // Of the latest finding and the latest undoing.
	kind            [256]uint8 // By rule, of the latest finding; a hint.
}

// keep adds a finding, but for those behind encodings, which are undone again.
func (w *readingWriter) keep(f Finding) {
	if w.full() || f.Rule == ruleEncoded {
		return
	}
	d, n := f.Start-w.place, f.End-f.Start
	w.place = f.Start
	f.Start, f.End = 0, 0
	hint := &w.kind[uint8(f.Rule)] //nolint:gosec // A hash.
	k := int(*hint)
	if k >= len(w.kinds) || w.kinds[k] != f {
		if k = slices.Index(w.kinds, f); k < 0 {
			k = len(w.kinds)
			w.kinds = append(w.kinds, f)
		}
		*hint = uint8(k) //nolint:gosec // A hint.
	}
	w.found.add(uint64(d)) //nolint:gosec // They come in order.
	w.found.add(uint64(n)) //nolint:gosec // Not negative.
	w.found.add(uint64(k))
}

// note adds a place where an encoding was undone.
func (w *readingWriter) note(at int64, kind undoKind) {
	if w.full() {
		return
	}
	d := at - w.undoneAt // They are almost in order.
	w.undoneAt = at
	w.undone.add(uint64(d<<1 ^ d>>63)) //nolint:gosec // All bits are meant.
	w.undone.add(uint64(kind))
}

func (w *readingWriter) full() bool {
	w.over = w.over || w.found.size()+w.undone.size() > maxReading || len(w.kinds) == maxKinds
	if w.over {
		w.found, w.undone, w.kinds = codes{}, codes{}, nil
	}
	return w.over
}

// maxKinds bounds the work of looking for one. A log of all that there is has a few hundred.
const maxKinds = 1 << 13

// codes is a list of numbers, small ones in one byte each (the varints of encoding/binary).
type codes struct{ blocks [][]byte }

const codeBlock = 64 << 10

func (c *codes) add(v uint64) {
	n := len(c.blocks) - 1
	if n < 0 || len(c.blocks[n]) > codeBlock-binary.MaxVarintLen64 {
		c.blocks = append(c.blocks, make([]byte, 0, codeBlock))
		n++
	}
	c.blocks[n] = binary.AppendUvarint(c.blocks[n], v)
}

func (c *codes) size() int { return len(c.blocks) * codeBlock }

// codesReader reads the numbers in order.
type codesReader struct {
	blocks [][]byte
	at     int // In the first of them.
}

// more reports whether there is a further number.
func (r *codesReader) more() bool {
	for len(r.blocks) > 0 && r.at == len(r.blocks[0]) {
		r.blocks, r.at = r.blocks[1:], 0
	}
	return len(r.blocks) > 0
}

// next returns the next number, which must be there.
func (r *codesReader) next() uint64 {
	r.more()
	v, n := binary.Uvarint(r.blocks[0][r.at:])
	r.at += n
	return v
}

// pieceWriter cuts what is written to it into pieces of readingPiece bytes.
type pieceWriter struct {
	buf []byte
	fn  func([]byte) error
}

func (p *pieceWriter) Write(b []byte) (int, error) {
	if p.buf == nil {
		p.buf = make([]byte, 0, readingPiece)
	}
	for n := 0; n < len(b); {
		k := min(len(b)-n, readingPiece-len(p.buf))
		p.buf = append(p.buf, b[n:n+k]...)
		n += k
		if len(p.buf) == readingPiece {
			if err := p.flush(); err != nil {
				return n, err
			}
		}
	}
	return len(b), nil
}

func (p *pieceWriter) flush() error {
	b := p.buf
	p.buf = p.buf[:0]
	return p.fn(b)
}

// Read is [Scanner.Learn], and returns what was found for a second reading: see [Redactor.First] and [Scanner.ScanAgain].
// It returns nil if that is too much to keep: 12 MiB. The scanner of the second reading must be one with the same options,
// but for [Options.Known].
func (s *Scanner) Read(ctx context.Context, r io.Reader, k *KnownSet) (*Reading, error) {
	first := new(Reading)
	sums := pieceWriter{fn: func(b []byte) error {
		first.size += int64(len(b))
		first.sums = append(first.sums, maphash.Bytes(readingSeed, b))
		return nil
	}}
	st := newStream(s, ModeRaw, &scanSink{fn: func(Finding, Excerpt) error { return nil }})
	st.harvest, st.gather, st.keep = k, true, &readingWriter{Reading: first}
	st.e.noting = true
	if err := st.readFrom(ctx, io.TeeReader(r, &sums)); err != nil {
		return nil, err
	}
	if err := sums.flush(); err != nil || first.over {
		return nil, err
	}
	return first, nil
}

// ScanAgain is [Scanner.ScanHarvest] for a text that [Scanner.Read] has read.
func (s *Scanner) ScanAgain(ctx context.Context, r io.Reader, k *KnownSet, first *Reading, fn func(Finding, Excerpt) error) (Stats, error) {
	return s.scanReader(ctx, r, k, first, fn)
}

// again makes the stream take what a first reading found instead of scanning.
func (st *stream) again(first *Reading) {
	a := &secondReading{first: first, found: codesReader{blocks: first.found.blocks}, undone: codesReader{blocks: first.undone.blocks}}
	a.advance()
	a.undo()
	a.pieces.fn = func(b []byte) error {
		if a.n == len(first.sums) || maphash.Bytes(readingSeed, b) != first.sums[a.n] {
			return ErrChanged
		}
		a.n++
		return st.fill(b)
	}
	st.second, st.parallel = a, nil
}

// secondReading is what a stream has besides that reads a text for the second time.
type secondReading struct {
	first         *Reading
	pieces        pieceWriter
	n             int // Pieces that were the same as in the first reading.
	found, undone codesReader
	next          Finding // Of the whole text.
	has           bool
	nextUndone    int64 // Likewise.
	kind          undoKind
}

// advance goes on to the next finding.
func (a *secondReading) advance() {
	if a.has = a.found.more(); a.has {
		start := a.next.Start + int64(a.found.next()) //nolint:gosec // As keep put it there.
		end := start + int64(a.found.next())          //nolint:gosec // Likewise.
		a.next = a.first.kinds[a.found.next()]
		a.next.Start, a.next.End = start, end
	}
}

// undo goes on to the next place where an encoding was undone.
func (a *secondReading) undo() {
	a.kind = 0
	if a.undone.more() {
		d := a.undone.next()
		a.nextUndone += int64(d>>1) ^ -int64(d&1) //nolint:gosec // As note put it there.
		a.kind = undoKind(a.undone.next())        //nolint:gosec // Likewise.
	}
}

// recall is scan for a text that was read before: it takes the findings that start before limit, and undoes encodings again.
func (st *stream) recall(limit int) {
	e, a := &st.e, st.second
	for ; a.has && a.next.Start < st.base+int64(limit); a.advance() {
		f := a.next
		f.Start -= st.base
		f.End -= st.base
		e.found = append(e.found, f)
	}
	for ; a.kind != 0 && a.nextUndone < st.base+int64(limit); a.undo() {
		e.undoAgain(a.kind, int(a.nextUndone-st.base))
	}
	sortFindings(e.found)
	n := len(e.found)
	if e.s.known != nil && e.known < limit {
		e.findKnown(limit)
	}
	e.sorted(n)
	e.known = max(e.known, limit)
	e.i = max(e.i, limit)
}
