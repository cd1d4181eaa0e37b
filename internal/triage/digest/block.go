package digest

import "bytes"

// block is some lines on their way. Taking them apart needs nothing but their
// text, so that blocks are taken apart at the same time and counted in order.
type block struct {
	text    []byte
	ends    []int   // of the lines in text
	offsets []int64 // of their first bytes in the log
	records []record
	joined  []byte // messages that are no part of their line
	started bool   // the last line has begun and not ended
	done    chan struct{}
}

// record is what is counted of a line.
type record struct {
	hash       uint64
	nanos      int64
	offset     int64 // of the line in the log
	start, end int32 // of the line in the block's text
	msg        int32 // of the message, in text, or in joined if negative: -1-start
	msgEnd     int32
	level      Level
	kind       lineKind
	stamped    bool
	format     Format
	flags      stampFlags
}

func newBlock() *block {
	b := &block{text: make([]byte, 0, blockBytes+4096)}
	b.reset()
	return b
}

func (b *block) reset() {
	b.text, b.ends, b.offsets, b.records, b.joined = b.text[:0], b.ends[:0], b.offsets[:0], b.records[:0], b.joined[:0]
	b.started = false
	if cap(b.text) > 2*blockBytes {
		b.text = make([]byte, 0, blockBytes+4096)
	}
	b.done = make(chan struct{})
}

// carry adds to the line that is being written, at an offset of the log; what
// is beyond maxLine of it is dropped.
func (b *block) carry(p []byte, offset int64) {
	if !b.started {
		b.offsets = append(b.offsets, offset)
	}
	room := maxLine - (len(b.text) - b.last())
	if room > 0 {
		b.text = append(b.text, p[:min(len(p), room)]...)
	}
	b.started = true
}

func (b *block) last() int {
	if n := len(b.ends); n > 0 {
		return b.ends[n-1]
	}
	return 0
}

func (b *block) open() bool { return b.started }

func (b *block) endLine() {
	b.ends = append(b.ends, len(b.text))
	b.started = false
}

// parse takes the lines apart.
func (b *block) parse() {
	start := 0
	var bare []byte
	for i, end := range b.ends {
		text := b.text[start:end]
		if bytes.IndexByte(text, escape) >= 0 {
			bare = uncoloured(bare[:0], text)
			text = bare
		}
		l := parseLine(text)
		r := record{offset: b.offsets[i], start: int32(start), end: int32(end), level: l.level, kind: l.kind, stamped: l.stamped}
		if l.stamped {
			r.nanos, r.format, r.flags = l.stamp.nanos, l.stamp.format, l.stamp.flags
		}
		if l.kind == lineHead {
			b.locate(&r, l.msg)
			r.hash = shapeHash(l.msg) | 1 // the cache takes 0 for an empty place
		}
		b.records = append(b.records, r)
		start = end
	}
}

const escape = 0x1b

// uncoloured appends b without what programs print to colour a terminal: the
// control sequences of ECMA-48, section 5.4. A line means the same with them
// and without.
func uncoloured(out, b []byte) []byte {
	for len(b) > 0 {
		i := bytes.IndexByte(b, escape)
		if i < 0 {
			return append(out, b...)
		}
		out = append(out, b[:i]...)
		if at(b, i+1) != '[' {
			out, b = append(out, escape), b[i+1:]
			continue
		}
		e := i + 2
		for e < len(b) && b[e] >= 0x20 && b[e] <= 0x3f {
			e++
		}
		if e < len(b) && b[e] >= 0x40 && b[e] <= 0x7e {
			e++
		}
		b = b[e:]
	}
	return out
}

// locate notes where a message lies: in the text, of which it mostly is a
// part, or else in a copy.
func (b *block) locate(r *record, msg []byte) {
	if len(msg) == 0 {
		r.msg, r.msgEnd = r.end, r.end
		return
	}
	if off := cap(b.text) - cap(msg); off >= int(r.start) && off+len(msg) <= int(r.end) && &b.text[off] == &msg[0] {
		r.msg, r.msgEnd = int32(off), int32(off+len(msg))
		return
	}
	at := len(b.joined)
	b.joined = append(b.joined, msg...)
	r.msg, r.msgEnd = int32(-1-at), int32(len(b.joined))
}

func (b *block) textOf(r *record) []byte { return b.text[r.start:r.end] }

func (b *block) message(r *record) []byte {
	if r.msg < 0 {
		return b.joined[-1-r.msg : r.msgEnd]
	}
	return b.text[r.msg:r.msgEnd]
}
