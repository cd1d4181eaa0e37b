package pii

// numSeq is a sequence of groups of digits with single separators between them.
type numSeq struct {
	n      int
	starts [maxGroups + 1]int
	ends   [maxGroups + 1]int
	seps   [maxGroups + 1]byte
	digits int
	more   bool // What follows is part of it too, or of a word.
	next   bool // A word that begins with a digit follows.
}

// sequence reads the groups of digits that begin with b[start:end].
func (e *engine) sequence(start, end int) (q numSeq) {
	b := e.b
	q.n = 1
	q.starts[0], q.ends[0], q.digits = start, end, end-start
	for {
		j := q.ends[q.n-1]
		if j+1 >= len(b) {
			return q
		}
		c, k := b[j], j+1
		if c == 0xc2 && b[k] == 0xa0 && k+1 < len(b) {
			c, k = ' ', k+1
		}
		if c != ' ' && c != '-' && c != '.' && c != '/' || !isDigit(b[k]) {
			return q
		}
		m := run(b, k, k+20, chDigit)
		if m < len(b) && isWord(b[m]) && extension(b, m) == m {
			q.more = c != ' '
			q.next = true
			return q
		}
		if q.n == maxGroups || q.digits > 20 {
			q.more = true
			return q
		}
		q.seps[q.n-1] = c
		q.starts[q.n], q.ends[q.n] = k, m
		q.digits += m - k
		q.n++
	}
}

// lead returns the sequence with the single digit before it.
func (q *numSeq) lead(b []byte) numSeq {
	l := *q
	l.n = min(q.n+1, maxGroups)
	copy(l.starts[1:], q.starts[:l.n-1])
	copy(l.ends[1:], q.ends[:l.n-1])
	copy(l.seps[1:], q.seps[:l.n-1])
	l.starts[0], l.ends[0], l.seps[0] = q.starts[0]-2, q.starts[0]-1, b[q.starts[0]-1]
	l.digits++
	l.more = q.more || q.n == maxGroups
	return l
}

// hexPair reports whether two hexadecimal digits, and no more, stand at i between spaces.
func hexPair(b []byte, i int) bool {
	return i > 0 && i+2 < len(b) && b[i-1] == ' ' && b[i+2] == ' ' && hexVal(b[i]) >= 0 && hexVal(b[i+1]) >= 0
}

// key returns the groupKey of the first k groups.
func (q *numSeq) key(k int) uint64 {
	key := uint64(0)
	for i := range k {
		key = key<<5 | uint64(q.ends[i]-q.starts[i])&31 //nolint:gosec // A length.
	}
	return key
}

// judge looks for what the sequence, or its beginning, is. Of a sequence that another number stands before or behind,
// only what is named is taken. It reports whether it found something.
func (q *numSeq) judge(e *engine, mid bool, sur *surround) bool {
	total := q.digits
	for k := q.n; k > 1; k-- {
		if k < q.n {
			total -= q.ends[k] - q.starts[k]
			if q.seps[k-1] != ' ' {
				continue
			}
		}
		if total < 6 {
			break
		}
		whole := !mid && k == q.n && !q.next && !hexPair(e.b, q.ends[k-1]+1)
		if k == q.n && (q.more || !e.free(q.ends[k-1])) {
			if !q.more && total < 16 && extension(e.b, q.ends[k-1]) > q.ends[k-1] && e.phoneSeq(q, k, total, whole, sur) { // 415-555-2671x123
				return true
			}
			continue
		}
		if total <= 21 && (e.groupedNumber(q, k, whole, sur) || total >= 12 && total <= 19 && e.cardSeq(q, k, mid, sur) || !sur.refused && e.phoneSeq(q, k, total, whole, sur)) {
			return true
		}
	}
	return false
}

// groupedNumber looks for schemes that write their numbers as the first k groups of q.
func (e *engine) groupedNumber(q *numSeq, k int, whole bool, sur *surround) bool {
	start, end := q.starts[0], q.ends[k-1]
	if k == 3 && q.ends[0]-q.starts[0] == 3 && end-q.starts[2] == 4 && q.ends[1]-q.starts[1] == 2 && q.seps[0] == q.seps[1] && e.ssn(q, sur) {
		return true
	}
	if k >= 3 && e.imeiSeq(q, k, sur) {
		return true
	}
	best := candidate{}
	for i := range shapeIndex.groups[q.key(k)] {
		sh := &shapeIndex.groups[q.key(k)][i]
		if sepsMatch(sh.seps[:k-1], q.seps[:k-1]) {
			limit := anywhere
			if !whole {
				limit = named
			} else if q.dateTime(e.b, k) {
				limit = alone
			}
			e.weigh(&best, sh.scheme, start, end, true, limit, sur)
		}
	}
	return e.addBest(&best)
}

// dateTime reports whether the groups could be a date and a time of day: 240315-1012 is the name of many files.
func (q *numSeq) dateTime(b []byte, k int) bool {
	if k != 2 || q.ends[1]-q.starts[1] != 4 {
		return false
	}
	id := idOf(b[q.starts[1]:q.ends[1]])
	return timeOfDay(id.num(0, 4))
}

// sepsMatch compares separators with those of a shape.
func sepsMatch(want, got []byte) bool {
	gap := byte(0)
	for i, w := range want {
		switch c := got[i]; w {
		case '~':
			if c == '/' || gap != 0 && gap != c {
				return false
			}
			gap = c
		case '_':
			if c != ' ' {
				return false
			}
		default:
			if c != w {
				return false
			}
		}
	}
	return true
}
