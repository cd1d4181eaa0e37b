package pii

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
)

// blockSize is the number of bytes that a stream takes in at a time.
const blockSize = 128 << 10

// stream runs an engine over text that comes in pieces. The window holds what is not handed over yet, at least
// lookBehind bytes before the place where the engine stands, and lookAhead bytes after it.
type stream struct {
	e      engine
	merge  merger
	base   int64 // Offset in the text of the window's first byte.
	pos    int64 // Offset of the first byte that is not handed over.
	sink   sink
	filled int // Bytes in the window when the engine last ran.
	// keepSuspects is set if findings below LevelRedact are only reported and their bytes are handed over as clear text.
	keepSuspects bool
	parallel     *parallel      // Not nil if several goroutines scan.
	harvest      *KnownSet      // If not nil, what a context gives away is looked for behind it.
	gather       bool           // The harvest is only filled.
	reapt        recent         // What was put into the harvest lately.
	reaped       int64          // Offset in the text up to which that has been done.
	keep         *readingWriter // If not nil, is told all that is found, in order, before it is merged.
	second       *secondReading // Not nil if what a first reading found is taken.
}

// sink takes what a stream has decided, in order and without gaps.
type sink interface {
	// clear takes text in which nothing was found and returns how much of it was taken. With final set it takes all:
	// a finding or the end of the text follows.
	clear(text []byte, final bool) (int, error)
	// found takes a finding and its bytes.
	found(f Finding, value []byte) error
}

func newStream(s *Scanner, m Mode, k sink) stream {
	prepare()
	st := stream{e: engine{s: s, mode: m, fresh: -1, urlAt: -1, encTried: -1, encSeen: -1}, sink: k}
	if s.parallel {
		st.parallel = newParallel()
	}
	return st
}

// write takes p in and hands over what it decides.
func (st *stream) write(p []byte) error {
	switch {
	case st.parallel != nil:
		return st.writeParallel(p)
	case st.second != nil:
		_, err := st.second.pieces.Write(p)
		return err
	}
	return st.fill(p)
}

// fill is write for one goroutine.
func (st *stream) fill(p []byte) error {
	for len(p) > 0 {
		n := min(len(p), blockSize)
		st.e.b = append(st.e.b, p[:n]...)
		p = p[n:]
		if len(st.e.b)-st.filled < blockSize {
			continue
		}
		if limit := len(st.e.b) - lookAhead; limit > st.e.i {
			if err := st.advance(limit, false); err != nil {
				return err
			}
		}
		st.filled = len(st.e.b)
	}
	return nil
}

// close hands over the rest.
func (st *stream) close() error {
	switch a := st.second; {
	case st.parallel != nil:
		return st.closeParallel()
	case a != nil:
		if err := a.pieces.flush(); err != nil {
			return err
		}
		if a.n != len(a.first.sums) {
			return ErrChanged
		}
	}
	return st.advance(len(st.e.b), true)
}

// advance scans up to limit and hands over what can no longer change.
func (st *stream) advance(limit int, final bool) error {
	if st.second != nil {
		st.recall(limit)
	} else {
		if st.e.memo == nil && limit-st.e.i >= memoFrom {
			st.e.memo = newMemo(st.e.mode)
		}
		st.e.scan(limit)
	}
	if err := st.handOver(limit, final); err != nil {
		return err
	}
	st.slide(min(int(st.pos-st.base), max(limit-lookBehind-MaxKnown-edgeBytes, 0)))
	return nil
}

// handOver hands over what cannot change any more now that everything before limit is scanned.
func (st *stream) handOver(limit int, final bool) error {
	e := &st.e
	horizon := limit - lookBehind // No finding to come starts before it.
	if final {
		horizon = len(e.b) + 1
	}
	for _, u := range e.undone {
		st.keep.note(st.base+int64(u.at), u.kind)
	}
	e.undone = e.undone[:0]
	sortFindings(e.found) // A few are left from before.
	if st.harvest != nil {
		st.reap(min(horizon, len(e.b)))
	}
	n := 0
	for ; n < len(e.found) && e.found[n].Start < int64(horizon); n++ {
		f := e.found[n]
		f.Start += st.base
		f.End += st.base
		if st.keep != nil {
			st.keep.keep(f)
		}
		if done, ok := st.merge.next(f); ok {
			if err := st.hand(done); err != nil {
				return err
			}
		}
	}
	e.found = slices.Delete(e.found, 0, n)
	if m := &st.merge; m.has && (final || m.cur.End <= st.base+int64(horizon)) {
		m.has = false
		if err := st.hand(m.cur); err != nil {
			return err
		}
	}
	decided := st.base + int64(min(max(horizon, 0), len(e.b)))
	if st.merge.has {
		decided = min(decided, st.merge.cur.Start)
	}
	if decided > st.pos || final {
		n, err := st.sink.clear(e.b[st.pos-st.base:max(decided, st.pos)-st.base], final)
		if err != nil {
			return err
		}
		st.pos += int64(n)
	}
	return nil
}

// hand passes a finding on, and the clear text before it.
func (st *stream) hand(f Finding) error {
	b := st.e.b
	if st.keepSuspects && f.Level != LevelRedact {
		return st.sink.found(f, b[f.Start-st.base:f.End-st.base:f.End-st.base])
	}
	if f.Start > st.pos {
		if _, err := st.sink.clear(b[st.pos-st.base:f.Start-st.base], true); err != nil {
			return err
		}
	} else if _, err := st.sink.clear(nil, true); err != nil {
		return err
	}
	if err := st.sink.found(f, b[f.Start-st.base:f.End-st.base:f.End-st.base]); err != nil {
		return err
	}
	st.pos = f.End
	return nil
}

// slide drops the first n bytes of the window.
func (st *stream) slide(n int) {
	if n <= 0 {
		return
	}
	e := &st.e
	n = min(n, len(e.b))
	e.b = e.b[:copy(e.b, e.b[n:])]
	st.base += int64(n)
	e.shift(n)
}

// scanSink hands findings of a stream to a function.
type scanSink struct {
	fn    func(Finding, Excerpt) error
	stats Stats
}

func (k *scanSink) clear(text []byte, _ bool) (int, error) {
	k.stats.Bytes += int64(len(text))
	k.stats.Lines += int64(bytes.Count(text, newline))
	return len(text), nil
}

func (k *scanSink) found(f Finding, value []byte) error {
	line := k.stats.Lines + 1
	k.stats.Bytes += int64(len(value))
	k.stats.Lines += int64(bytes.Count(value, newline))
	k.stats.count(f)
	return k.fn(f, Excerpt{Line: line, Value: value})
}

var newline = []byte{'\n'}

func (s *Stats) count(f Finding) {
	switch f.Level {
	case LevelRedact:
		s.Redacted[f.Type]++
	case LevelSuspect:
		s.Suspect[f.Type]++
	case LevelShadow:
		s.Shadow[f.Type]++
	}
}

// ScanReader scans a stream in bounded memory and calls fn for each finding in order. Offsets count from the first byte
// read; findings are those that [Scanner.Scan] gives for the whole text. It ends with the error of ctx, of r or of fn.
func (s *Scanner) ScanReader(ctx context.Context, r io.Reader, fn func(Finding, Excerpt) error) (Stats, error) {
	return s.scanReader(ctx, r, nil, nil, fn)
}

func (s *Scanner) scanReader(ctx context.Context, r io.Reader, harvest *KnownSet, first *Reading, fn func(Finding, Excerpt) error) (Stats, error) {
	k := &scanSink{fn: fn}
	st := newStream(s, ModeRaw, k)
	st.harvest = harvest
	if first != nil {
		st.again(first)
	}
	err := st.readFrom(ctx, r)
	return k.stats, err
}

// readFrom writes all of r to the stream and closes it.
func (st *stream) readFrom(ctx context.Context, r io.Reader) error {
	buf := make([]byte, blockSize)
	for n := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		k, err := r.Read(buf)
		n += int64(k)
		if werr := st.write(buf[:k]); werr != nil {
			return werr
		}
		if err == io.EOF {
			return st.close()
		}
		if err != nil {
			return fmt.Errorf("scan: read at byte %d: %w", n, err)
		}
	}
}
