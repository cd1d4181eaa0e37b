package pii

import (
	"bytes"
	"slices"
)

// A stream of several goroutines is cut into segments. Each is scanned by a goroutine of its own, which begins some way
// before its segment with an engine that knows nothing of the text before. When the segment's turn comes to be handed
// over, the state of that engine at the start of the segment is compared with that of the one that came from there. If
// they are equal, so is all that follows from them; if not, a value or a table runs across the border, and the segment is
// scanned again. So the findings are those of one engine, whatever the number of goroutines.
const (
	segmentSize = 1 << 20
	warmUp      = 32 << 10  // Before a segment; at most, for it begins at a line.
	overlap     = 160 << 10 // Of windows: what may not be handed over yet when a segment begins, and the warm-up.
	inFlight    = 6         // Segments that are scanned or wait for their turn; a number that does not depend on the machine.
)

const _ = uint(overlap - maxPEM - warmUp - 2*lookBehind - maxTokenLen)

// segment is a window of a stream, of which b[from:to] is to be scanned.
type segment struct {
	b        []byte
	base     int64 // Offset in the text of b[0].
	from, to int
	start    engine // The engine's state at from, without what it found.
	e        engine
	memos    chan *memo
	done     chan struct{}
	panicked any
}

// run scans the segment. It is the goroutine of its segment.
func (g *segment) run() {
	defer close(g.done)
	defer func() { g.panicked = recover() }()
	e := &g.e
	if g.to-e.i >= memoFrom {
		select {
		case e.memo = <-g.memos:
		default:
			e.memo = newMemo(e.mode)
		}
		defer func() { // The next segment goes on with it.
			g.memos <- e.memo // There is room for those of all segments.
			e.memo, g.start.memo = nil, nil
		}()
	}
	if g.from > 0 {
		e.scan(g.from)
		e.found, e.undone = e.found[:0], e.undone[:0]
		g.start = *e
		g.start.conts = slices.Clone(e.conts)
		g.start.tail = bytes.Clone(e.tail)
	}
	e.scan(g.to)
}

// cut makes a segment of the window and sends a goroutine for it; what stands behind to is of later segments.
func (st *stream) cut(to int, last bool) {
	p := st.parallel
	g := &segment{b: p.b, base: p.base, from: p.from, to: to, memos: p.memos, done: make(chan struct{})}
	g.e = engine{s: st.e.s, mode: st.e.mode, b: g.b, fresh: -1, urlAt: -1, encTried: -1, encSeen: -1, noting: st.e.noting}
	if n := len(p.found) - 1; n >= 0 {
		g.e.found, p.found = p.found[n], p.found[:n]
	}
	if g.from == 0 {
		h := engine{b: g.b}
		h.header()
		p.csv = h.csv
	} else {
		e := &g.e
		e.begun, e.csv = true, p.csv
		e.i = max(0, g.from-warmUp)
		if n := bytes.IndexByte(g.b[e.i:g.from], '\n'); n >= 0 {
			e.i += n + 1
		}
		e.known = e.i
		if e.csv != nil {
			e.conts = append(e.conts, continuation{kind: contRow, at: e.i})
		}
	}
	if last && len(p.waiting) == 0 { // The text is short.
		g.run()
	} else {
		go g.run()
	}
	p.waiting = append(p.waiting, g)
	if last {
		return
	}
	keep := max(0, to-overlap)
	p.b = append(p.buffer(), g.b[keep:]...)
	p.base += int64(keep)
	p.from = to - keep
}

// parallel is what a stream of several goroutines has besides.
type parallel struct {
	size    int    // Of a segment.
	b       []byte // The window that is being filled.
	base    int64
	from    int // The next segment starts here.
	csv     *columns
	waiting []*segment
	free    [][]byte    // Windows of segments that were handed over,
	found   [][]Finding // and what held their findings.
	memos   chan *memo
	again   int // Segments that had to be scanned again.
}

func newParallel() *parallel {
	return &parallel{size: segmentSize, memos: make(chan *memo, inFlight+1)}
}

// buffer returns room for a window.
func (p *parallel) buffer() []byte {
	if n := len(p.free) - 1; n >= 0 {
		b := p.free[n]
		p.free = p.free[:n]
		return b[:0]
	}
	return make([]byte, 0, overlap+p.size+lookAhead)
}

// reuse takes back what a segment had; the window that follows it has been filled, for it goes on from a copy.
func (p *parallel) reuse(b []byte, found []Finding) {
	if cap(b) >= overlap+p.size+lookAhead {
		p.free = append(p.free, b)
	}
	p.found = append(p.found, found[:0])
}

// writeParallel is write for several goroutines. What is handed over when depends on the number of bytes only.
func (st *stream) writeParallel(p []byte) error {
	w := st.parallel
	for len(p) > 0 {
		full := w.from + w.size + lookAhead
		n := min(len(p), full-len(w.b))
		w.b = append(w.b, p[:n]...)
		p = p[n:]
		if len(w.b) < full {
			break
		}
		st.cut(w.from+w.size, false)
		if len(w.waiting) == inFlight {
			if err := st.take(false); err != nil {
				return err
			}
		}
	}
	return nil
}

// closeParallel hands over the rest.
func (st *stream) closeParallel() error {
	w := st.parallel
	st.cut(len(w.b), true)
	for len(w.waiting) > 0 {
		if err := st.take(len(w.waiting) == 1); err != nil {
			return err
		}
	}
	return nil
}

// take hands over the first segment.
func (st *stream) take(final bool) error {
	w := st.parallel
	g := w.waiting[0]
	w.waiting = slices.Delete(w.waiting, 0, 1)
	<-g.done
	if g.panicked != nil {
		panic(g.panicked) // On the goroutine that asked for the scan, as without segments.
	}
	e := &st.e
	e.shift(int(g.base - st.base))
	before := e.b
	e.b, st.base = g.b, g.base
	if g.base == 0 && g.from == 0 || e.sameState(&g.start, g.from) {
		found, undone := append(e.found, g.e.found...), append(e.undone, g.e.undone...)
		*e = g.e
		w.reuse(before, g.e.found)
		e.found, e.undone = found, undone
	} else {
		w.again++
		e.scan(g.to)
		w.reuse(before, g.e.found)
	}
	return st.handOver(g.to, final)
}

// positions are the indexes that move with the window, but for those of continuations and findings.
func (e *engine) positions() [21]*int {
	return [...]*int{
		&e.i, &e.known, &e.fresh, &e.urlAt, &e.claimed, &e.tokenEnd, &e.jwtEnd, &e.addrEnd, &e.nameEnd, &e.dnEnd, &e.hostEnd, &e.pemEnd,
		&e.cmdAt, &e.encEnd, &e.encTried, &e.encSeen, &e.pctEnd, &e.uniEnd, &e.kindAt, &e.noKind, &e.stop,
	}
}

// shift moves the window n bytes on.
func (e *engine) shift(n int) {
	for _, p := range e.positions() {
		*p -= n
	}
	for i := range e.conts {
		e.conts[i].at -= n
	}
	for i := range e.found {
		e.found[i].Start -= int64(n)
		e.found[i].End -= int64(n)
	}
	for i := range e.undone {
		e.undone[i].at -= n
	}
}

// sameState reports whether two engines that stand at the same place of the same text will find the same from there on.
// What lies more than lookBehind back makes no difference.
func (e *engine) sameState(o *engine, at int) bool {
	e.stop, o.stop = at, at
	theirs := o.positions()
	for k, p := range e.positions() {
		lo := at - lookBehind - 1
		if k < 2 {
			lo = at
		}
		if max(*p, lo) != max(*theirs[k], lo) {
			return false
		}
	}
	if e.cmd != o.cmd && max(e.cmdAt, o.cmdAt) > at-lookBehind {
		return false
	}
	byPlace := func(x, y continuation) int { return x.at - y.at }
	slices.SortFunc(e.conts, byPlace)
	slices.SortFunc(o.conts, byPlace)
	if !slices.Equal(e.conts, o.conts) {
		return false
	}
	for _, c := range e.conts {
		switch c.kind {
		case contBase64:
			if !bytes.Equal(e.tail, o.tail) {
				return false
			}
		case contTuple:
			if *e.sql != *o.sql {
				return false
			}
		case contNone, contQuoted, contRaw, contLine, contToken, contPEM, contRow, contSecret:
		}
	}
	return e.depth == o.depth && (e.csv == nil) == (o.csv == nil)
}
