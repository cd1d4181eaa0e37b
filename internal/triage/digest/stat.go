package digest

import "slices"

// stat is what is counted of one template in one log.
type stat struct {
	count               int64
	more                int64 // lines inside its events: stack traces
	firstLine, lastLine int64
	firstTime, lastTime int64 // least and greatest
	timed               int64 // lines with a time
	levels              [NumLevels]int64
	width               int64 // of the buckets
	buckets             []bucket
}

// bucket counts lines within one width of time, numbered from 1970.
type bucket struct {
	n      int64
	lines  int64
	severe int64 // of them errors and worse
	silent int64 // of them such as name no level
}

// judge gives the lines that name no level that of their template's words.
func (s *stat) judge(level Level) {
	if level == LevelNone || s.levels[LevelNone] == 0 {
		return
	}
	s.levels[level] += s.levels[LevelNone]
	s.levels[LevelNone] = 0
	for i := range s.buckets {
		if b := &s.buckets[i]; level >= LevelError {
			b.severe += b.silent
		}
	}
}

func (s *stat) worst() Level {
	for l := NumLevels - 1; l > 0; l-- {
		if s.levels[l] > 0 {
			return Level(l)
		}
	}
	return LevelNone
}

// add adds what another stat of the same log counted.
func (s *stat) add(o *stat, width int64) {
	if s.count == 0 || o.count > 0 && o.firstLine < s.firstLine {
		s.firstLine = o.firstLine
	}
	s.lastLine = max(s.lastLine, o.lastLine)
	if o.timed > 0 {
		if s.timed == 0 || o.firstTime < s.firstTime {
			s.firstTime = o.firstTime
		}
		if s.timed == 0 || o.lastTime > s.lastTime {
			s.lastTime = o.lastTime
		}
	}
	s.count += o.count
	s.more += o.more
	s.timed += o.timed
	for i, n := range o.levels {
		s.levels[i] += n
	}
	s.widen(width)
	o.widen(width)
	for _, b := range o.buckets {
		x := bucketAt(&s.buckets, b.n)
		x.lines += b.lines
		x.severe += b.severe
		x.silent += b.silent
	}
}

// widen makes the buckets as wide as those of the log.
func (s *stat) widen(width int64) {
	if s.width == 0 {
		s.width = width
	}
	for s.width < width {
		s.width *= 2
		s.buckets = halve(s.buckets)
	}
}

func halve(list []bucket) []bucket {
	out := list[:0]
	for _, b := range list {
		b.n >>= 1
		if k := len(out); k > 0 && out[k-1].n == b.n {
			out[k-1].lines += b.lines
			out[k-1].severe += b.severe
			out[k-1].silent += b.silent
			continue
		}
		out = append(out, b)
	}
	return out
}

// bucketAt returns the bucket with number n, which is mostly the last.
func bucketAt(list *[]bucket, n int64) *bucket {
	l := *list
	if k := len(l); k > 0 && l[k-1].n == n {
		return &l[k-1]
	}
	i, ok := slices.BinarySearchFunc(l, n, func(b bucket, n int64) int {
		switch {
		case b.n < n:
			return -1
		case b.n > n:
			return 1
		}
		return 0
	})
	if !ok {
		*list = slices.Insert(l, i, bucket{n: n})
	}
	return &(*list)[i]
}

// side is what is counted of one log as a whole.
type side struct {
	lines, continuations, outside int64
	inside                        bool // the last event was within the window
	width                         int64
	stat
	gaps  []gap
	clock clock
}

// gap is a time without a line.
type gap struct {
	from, to int64
	line     int64 // the first behind it
}

func newSide() *side {
	s := &side{width: second, inside: true}
	s.stat.width = second
	return s
}

// count counts a line of a template and of the log.
func (s *side) count(t *stat, line, at int64, timed bool, level Level) {
	s.lines++
	one(t, line, at, timed, level)
	if timed && s.timed > 0 {
		s.gap(at, line)
	}
	one(&s.stat, line, at, timed, level)
	if !timed {
		return
	}
	for s.wide(at) {
		s.width *= 2
		s.widen(s.width)
	}
	n := floor(at, s.width)
	bucketAt(&s.buckets, n).lines++
	t.widen(s.width)
	b := bucketAt(&t.buckets, n)
	b.lines++
	switch {
	case level >= LevelError:
		b.severe++
	case level == LevelNone:
		b.silent++
	}
}

// total adds up the levels of the templates.
func (s *side) total(templates []*stat) {
	s.levels = [NumLevels]int64{}
	for _, t := range templates {
		for l, n := range t.levels {
			s.levels[l] += n
		}
		for _, b := range t.buckets {
			bucketAt(&s.buckets, b.n).severe += b.severe
		}
	}
}

func one(t *stat, line, at int64, timed bool, level Level) {
	if t.count == 0 {
		t.firstLine = line
	}
	t.count++
	t.lastLine = line
	t.levels[level]++
	if !timed {
		return
	}
	if t.timed == 0 || at < t.firstTime {
		t.firstTime = at
	}
	if t.timed == 0 || at > t.lastTime {
		t.lastTime = at
	}
	t.timed++
}

// wide reports whether the buckets would be too many with a line at that time.
func (s *side) wide(at int64) bool {
	if len(s.buckets) == 0 {
		return false
	}
	n := floor(at, s.width)
	return max(n, s.buckets[len(s.buckets)-1].n)-min(n, s.buckets[0].n) >= maxBuckets
}

func floor(a, b int64) int64 { return (a - mod(a, b)) / b }

// gap keeps the longest times without a line.
func (s *side) gap(at, line int64) {
	last := s.lastTime
	if at-last < second {
		return
	}
	if len(s.gaps) == maxGaps && at-last <= s.gaps[maxGaps-1].to-s.gaps[maxGaps-1].from {
		return
	}
	i := 0
	for i < len(s.gaps) && s.gaps[i].to-s.gaps[i].from >= at-last {
		i++
	}
	s.gaps = slices.Insert(s.gaps, i, gap{last, at, line})
	s.gaps = s.gaps[:min(len(s.gaps), maxGaps)]
}
