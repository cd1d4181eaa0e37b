package pii

import (
	"context"
	"errors"
	"hash/maphash"
	"io"
)

// ErrChanged is returned by the second reading of a text that is not the one that was read first.
var ErrChanged = errors.New("the text was changed between two readings: run again, or read it once")

// Reading is what a first reading of a text found. With it a second one looks for known values only, and finds what a scan
// would. It holds findings and hashes of the text, and none of its bytes.
type Reading struct {
	size  int64
	sums  []uint64 // Of each piece of the text.
	found []Finding
	over  bool // There was more than it keeps.
}

const (
	readingPiece = 64 << 10 // Bytes under one hash: no byte is used before the hash over it is right.
	maxReading   = 1 << 17  // Findings that a Reading keeps, 5 MB.
)

var readingSeed = maphash.MakeSeed()

// Size returns the number of bytes of the text.
func (r *Reading) Size() int64 { return r.size }

// keep adds a finding.
func (r *Reading) keep(f Finding) {
	if r.over = r.over || len(r.found) == maxReading; r.over {
		r.found = nil
		return
	}
	r.found = append(r.found, f)
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
// It returns nil if that is too much to keep, or if the text has something encoded: a known value may be inside, which only
// a scan finds. The scanner of the second reading must be one with the same options, but for
// [Options.Known].
func (s *Scanner) Read(ctx context.Context, r io.Reader, k *KnownSet) (*Reading, error) {
	first := new(Reading)
	sums := pieceWriter{fn: func(b []byte) error {
		first.size += int64(len(b))
		first.sums = append(first.sums, maphash.Bytes(readingSeed, b))
		return nil
	}}
	st := newStream(s, ModeRaw, &scanSink{fn: func(Finding, Excerpt) error { return nil }})
	st.harvest, st.gather, st.keep = k, true, first.keep
	if err := st.readFrom(ctx, io.TeeReader(r, &sums)); err != nil {
		return nil, err
	}
	if err := sums.flush(); err != nil || first.over || st.e.decoded {
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
	a := &secondReading{first: first}
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
	first  *Reading
	pieces pieceWriter
	n      int // Pieces that were the same as in the first reading.
	next   int // The next finding.
}

// recall is scan for a text that was read before: it takes the findings that start before limit.
func (st *stream) recall(limit int) {
	e, a := &st.e, st.second
	for ; a.next < len(a.first.found) && a.first.found[a.next].Start < st.base+int64(limit); a.next++ {
		f := a.first.found[a.next]
		f.Start -= st.base
		f.End -= st.base
		e.found = append(e.found, f)
	}
	if e.s.known != nil && e.known < limit {
		e.findKnown(limit)
	}
	e.known = max(e.known, limit)
	e.i = max(e.i, limit)
}
