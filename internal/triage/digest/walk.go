package digest

import (
	"bytes"
	"time"
)

// Line is what one line says beside its message.
type Line struct {
	At     time.Time // of the line, or of the last before it that has a stamp; zero if there is none
	Level  Level     // that the line names, or that its words suggest
	Inside bool      // it is part of the event before it: a stack trace, a blank line
}

// Walker reads the lines of one log in their order, as a [Miner] does, and
// keeps none.
type Walker struct {
	clock  clock
	prev   lineKind
	last   Line
	head   bool
	levels map[uint64]Level // that words suggest, by shape
}

// maxLevels bounds what a Walker remembers of shapes.
const maxLevels = 1 << 14

// NewWalker returns a Walker at the beginning of a log.
func NewWalker(s Source) *Walker {
	return &Walker{clock: newClock(s), levels: map[uint64]Level{}}
}

// Line takes the next line, without its line feed.
func (w *Walker) Line(b []byte) Line {
	l := parseLine(b)
	if l.kind != lineHead || !l.stamped && w.prev == lineInside && continues(bytes.TrimRight(b, " \t\r")) {
		if l.kind != lineBlank {
			w.prev = lineInside
		}
		in := w.last
		in.Inside = w.head
		return in
	}
	w.prev, w.head = l.kind, true
	r := record{stamped: l.stamped, nanos: l.stamp.nanos, format: l.stamp.format, flags: l.stamp.flags}
	at, known := w.clock.resolve(&r)
	out := Line{Level: l.level}
	if known {
		out.At = time.Unix(0, at).UTC()
	}
	if out.Level == LevelNone {
		out.Level = w.suggested(l.msg)
	}
	w.last = out
	return out
}

func (w *Walker) suggested(msg []byte) Level {
	key := shapeHash(msg)
	level, ok := w.levels[key]
	if !ok {
		if len(w.levels) >= maxLevels {
			clear(w.levels)
		}
		level = levelOfText(msg)
		w.levels[key] = level
	}
	return level
}

// Assumptions says what was added to the stamps of the lines so far.
func (w *Walker) Assumptions() []string { return w.clock.assumptions() }
