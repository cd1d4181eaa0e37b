package pii

import (
	"cmp"
	"slices"
)

// compareFindings is a total order: findings that differ in nothing are the same.
func compareFindings(x, y Finding) int {
	if c := cmp.Compare(x.Start, y.Start); c != 0 {
		return c
	}
	if c := cmp.Compare(y.End, x.End); c != 0 {
		return c
	}
	if c := cmp.Compare(x.Type, y.Type); c != 0 {
		return c
	}
	if c := cmp.Compare(x.Rule, y.Rule); c != 0 {
		return c
	}
	if c := cmp.Compare(y.Confidence, x.Confidence); c != 0 {
		return c
	}
	if c := cmp.Compare(x.Reason.Bits, y.Reason.Bits); c != 0 {
		return c
	}
	return cmp.Compare(x.Reason.Key, y.Reason.Key)
}

// less reports whether x comes before y.
func less(x, y *Finding) bool {
	return x.Start < y.Start || x.Start == y.Start && compareFindings(*x, *y) < 0
}

// sortFindings puts findings in order. They almost are: a detector reports at most a few bytes back.
func sortFindings(found []Finding) {
	moves := 8 * len(found)
	for i := 1; i < len(found); i++ {
		if !less(&found[i], &found[i-1]) {
			continue
		}
		f, j := found[i], i
		for ; j > 0 && less(&f, &found[j-1]); j-- {
			found[j] = found[j-1]
		}
		found[j] = f
		if moves -= i - j; moves < 0 {
			slices.SortFunc(found, compareFindings)
			return
		}
	}
}

// merger turns findings in order into findings that do not overlap. Overlapping ones become one that covers all their
// bytes; its type is that of the highest rank. A union does not grow beyond maxPEM: what would overflow starts the next
// finding where the last ends.
type merger struct {
	cur Finding
	has bool
}

// next takes a finding and reports whether one is complete.
func (m *merger) next(f Finding) (done Finding, ok bool) {
	if !m.has {
		m.cur, m.has = f, true
		return Finding{}, false
	}
	if f.Start >= m.cur.End {
		done, m.cur = m.cur, f
		return done, true
	}
	if shadow := m.cur.Level == LevelShadow; shadow != (f.Level == LevelShadow) {
		// What is on trial neither adds a byte to a finding nor counts beside one.
		if shadow {
			m.cur = f
		}
		return Finding{}, false
	}
	if f.End-m.cur.Start > maxPEM {
		if f.End <= m.cur.End {
			return Finding{}, false
		}
		f.Start = m.cur.End
		done, m.cur = m.cur, f
		return done, true
	}
	lost := f.Type
	if better(f, m.cur) {
		lost = m.cur.Type
		m.cur.Type, m.cur.Rule, m.cur.Reason, m.cur.Confidence = f.Type, f.Rule, f.Reason, f.Confidence
	}
	if lost != m.cur.Type && (m.cur.Over == 0 || m.cur.Over == m.cur.Type || typeTable[lost].rank > typeTable[m.cur.Over].rank) {
		m.cur.Over = lost
	}
	m.cur.Level = max(m.cur.Level, f.Level)
	m.cur.End = max(m.cur.End, f.End)
	return Finding{}, false
}

// better reports whether f decides the type of a union rather than g. What is redacted stands above what is suspect.
func better(f, g Finding) bool {
	if f.Level != g.Level {
		return f.Level > g.Level
	}
	if rf, rg := typeTable[f.Type].rank, typeTable[g.Type].rank; rf != rg {
		return rf > rg
	}
	return f.Confidence > g.Confidence
}
