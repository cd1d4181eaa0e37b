package digest

import (
	"bytes"
	"runtime"
	"time"
)

// Options say how lines are read. The zero value reads a log of the year
// 1970 in UTC on all processors; give at least Reference.
type Options struct {
	Source
	// Lines keeps the template of every line, four bytes a line, for
	// [Result.TemplateOf].
	Lines bool
	// Processors is how many take lines apart at once; 0 means all. It does
	// not change the result.
	Processors int
}

// Source is what is known of one log.
type Source struct {
	// Reference is a time shortly after the last line was written: when the
	// log was registered, or its file last changed. Stamps without a year or
	// a day are placed before it.
	Reference time.Time
	// Zone is that of stamps which do not name theirs; nil means UTC.
	Zone *time.Location
	// Offset is added to every time, for a clock that was wrong.
	Offset time.Duration
	// Since and Until bound the lines that are counted, Until excluded. The
	// templates are those of the whole log, so that their names stay the
	// same. A line without a stamp has the time of the one before it.
	Since, Until time.Time
}

// Bounds of what a Miner keeps, whatever it is given.
const (
	maxLeaves   = 12_000  // shapes that are told apart at one time
	maxExample  = 1_000   // bytes of a line that are kept as an example
	blockBytes  = 1 << 20 // that are taken apart at a time
	blockLines  = 8 << 10
	cacheSlots  = 1 << 16
	maxGaps     = 8
	maxBuckets  = 240 // of time
	mergedShape = "…" // stands for the shapes that had to be given up
)

// Miner reads logs. Write, AddLine and Next must not be called at the same
// time. A Miner that is not finished holds no resource but memory.
type Miner struct {
	opts  Options
	words *words

	leaves []leaf
	live   int
	tree   map[uint64][]int32 // live leaves by skeleton
	cache  cache
	other  int32 // the leaf of what was given up, or -1

	offset  int64 // of what is written next
	taken   int64 // offset of the last line that was counted
	fill    *block
	pending []*block // taken apart in order
	free    []*block

	clock clock
	sides []*side
	head  int32 // leaf of the event that continuation lines belong to, or -1
	prev  lineKind
	lines []uint32
	line  int64 // number of the last line, over all sides
	elems []elem
	syms  []sym
}

// leaf is a shape that was seen, or a template that shapes were merged into.
type leaf struct {
	syms    []sym
	open    uint64 // the first places where words were found to vary
	dead    bool
	into    int32 // where a dead leaf went
	count   int64 // lines of all sides
	example []byte
	message []byte // of the example
	first   int64  // line of the example
	offset  int64  // of the example in its log
	side    int
	stats   []*stat // by side; nil where it does not occur
}

// New returns a Miner.
func New(o Options) *Miner {
	if o.Processors <= 0 {
		o.Processors = runtime.GOMAXPROCS(0)
	}
	m := &Miner{opts: o, words: newWords(), tree: map[uint64][]int32{}, other: -1, head: -1}
	m.clock = newClock(o.Source)
	m.sides = []*side{newSide()}
	return m
}

// Next ends a log: what is written from now on is another one, for
// [Result.Compare]. Its lines are numbered from 1.
func (m *Miner) Next(s Source) {
	m.drain()
	m.sides[len(m.sides)-1].clock = m.clock
	m.sides = append(m.sides, newSide())
	m.head, m.prev = -1, lineHead
	m.line, m.offset, m.taken = 0, 0, 0
	m.opts.Source = s
	m.clock = newClock(s)
}

// Write takes text. Lines may be cut anywhere. It never fails.
func (m *Miner) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		b := m.block()
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			b.carry(p, m.offset)
			m.offset += int64(len(p))
			return n, nil
		}
		b.carry(p[:i], m.offset)
		b.endLine()
		m.offset += int64(i) + 1
		p = p[i+1:]
		m.full()
	}
	return n, nil
}

// AddLine takes one line, without its line feed.
func (m *Miner) AddLine(p []byte) {
	b := m.block()
	b.carry(p, m.offset)
	b.endLine()
	m.offset += int64(len(p)) + 1
	m.full()
}

func (m *Miner) block() *block {
	if m.fill == nil {
		if n := len(m.free); n > 0 {
			m.fill, m.free = m.free[n-1], m.free[:n-1]
			m.fill.reset()
		} else {
			m.fill = newBlock()
		}
	}
	return m.fill
}

// full hands a full block over, and takes in the results of the oldest when
// enough are under way.
func (m *Miner) full() {
	if len(m.fill.text) < blockBytes && len(m.fill.ends) < blockLines {
		return
	}
	m.hand()
	for len(m.pending) > m.opts.Processors {
		m.takeIn()
	}
}

func (m *Miner) hand() {
	b := m.fill
	m.fill = nil
	m.pending = append(m.pending, b)
	if m.opts.Processors == 1 {
		b.parse()
		close(b.done)
		return
	}
	go func() {
		defer close(b.done)
		b.parse()
	}()
}

func (m *Miner) takeIn() {
	b := m.pending[0]
	m.pending = m.pending[1:]
	<-b.done
	for i := range b.records {
		m.take(b, &b.records[i])
	}
	m.free = append(m.free, b)
}

// drain takes in everything that was written, an unended last line too.
func (m *Miner) drain() {
	if m.fill != nil {
		if m.fill.open() {
			m.fill.endLine()
		}
		m.hand()
	}
	for len(m.pending) > 0 {
		m.takeIn()
	}
}

// take counts one line.
func (m *Miner) take(b *block, r *record) {
	m.line++
	m.taken = r.offset
	s := m.sides[len(m.sides)-1]
	// Blank, inside a trace, or an unindented line of one.
	if r.kind != lineHead || !r.stamped && m.prev == lineInside && continues(bytes.TrimRight(b.textOf(r), " \t\r")) {
		if r.kind != lineBlank {
			m.prev = lineInside
		}
		m.continuation(s)
		return
	}
	m.prev = r.kind
	i := m.find(b, r)
	l := &m.leaves[i]
	m.head = i
	at, known := m.clock.resolve(r)
	if m.opts.Lines {
		m.lines = append(m.lines, uint32(i))
	}
	l.count++
	if !m.inWindow(at, known) {
		s.inside = false
		s.outside++
		return
	}
	s.inside = true
	s.count(l.stat(len(m.sides)-1), m.line, at, known && r.stamped, r.level)
}

// continues reports whether an unindented line behind the inside of a trace
// belongs to it: "ValueError: …", "main.run(…)", "java.lang.X: …".
func continues(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	if bytes.HasPrefix(b, []byte("created by ")) {
		return true
	}
	if k := bytes.IndexByte(b, '('); k > 0 && b[len(b)-1] == ')' { // a frame of Go
		return bytes.IndexByte(b[:k], '.') > 0 && bytes.IndexByte(b[:k], ' ') < 0
	}
	end := bytes.IndexByte(b, ' ')
	if end < 0 {
		end = len(b)
	}
	w := b[:end]
	return bytes.HasSuffix(w, []byte(":")) && (bytes.IndexByte(w, '.') > 0 || bytes.HasSuffix(w, []byte("Error:")) || bytes.HasSuffix(w, []byte("Exception:")))
}

func (m *Miner) continuation(s *side) {
	i := m.head
	if i < 0 {
		// A log may begin in the middle of a trace.
		i = m.otherLeaf()
		m.leaves[i].count++
	}
	if m.opts.Lines {
		m.lines = append(m.lines, uint32(i))
	}
	if !s.inside {
		s.outside++
		return
	}
	s.lines++
	if m.head >= 0 {
		s.continuations++
		m.leaves[i].stat(len(m.sides)-1).more++
	}
}

// Examples calls fn for the bytes of the log being read that are examples of
// templates so far, and returns the offset from which on lines are not yet
// counted. What lies before it and is none now will not become one.
func (m *Miner) Examples(fn func(from, to int64)) (counted int64) {
	for i := range m.leaves {
		if l := &m.leaves[i]; !l.dead && l.side == len(m.sides)-1 && int32(i) != m.other {
			fn(l.offset, l.offset+int64(len(l.example)))
		}
	}
	return m.taken
}

func (m *Miner) inWindow(at int64, known bool) bool {
	if m.opts.Since.IsZero() && m.opts.Until.IsZero() {
		return true
	}
	if !known {
		return false
	}
	return (m.opts.Since.IsZero() || at >= m.opts.Since.UnixNano()) && (m.opts.Until.IsZero() || at < m.opts.Until.UnixNano())
}

func (l *leaf) stat(side int) *stat {
	for len(l.stats) <= side {
		l.stats = append(l.stats, nil)
	}
	if l.stats[side] == nil {
		l.stats[side] = &stat{}
	}
	return l.stats[side]
}
