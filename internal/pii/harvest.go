package pii

import (
	"bytes"
	"context"
	"io"
)

// known values are judged by the bytes of a word's edge: one on each side, and the backslash of an escape before it.
const edgeBytes = 4

// knownConfidence is that of a value that stands bare. It is below that of the contexts that give a value away, so that
// these explain it where they stand.
const knownConfidence = 60

// gleaned is a value that a piece of a stream gave away, by its hash.
type gleaned struct {
	typ Type
	sum uint64
}

func (k *KnownSet) gleaned(t Type, v []byte) gleaned {
	if t.Class() != ClassSecret {
		v = lowerAll(v)
	}
	return gleaned{t, k.key.sum64(v)}
}

// harvestable reports whether a value is looked for without its context once it was found in it. What its own form
// gives away is found anyway.
func harvestable(f Finding) bool {
	if f.Level != LevelRedact || f.Rule == ruleKnown || f.Rule == ruleEncoded || f.End-f.Start > MaxKnown {
		return false
	}
	return f.Reason.Bits&(ReasonKey|ReasonContext|ReasonStructure) != 0 && f.Type != PrivateKey
}

// isGuess reports whether a finding names an account or a machine by a word of letters alone, and only its place says so:
// in `\\toolchain` and `a\ntarget` stands a word that the text may be full of.
func isGuess(f Finding, b []byte) bool {
	return (f.Type == UserName || f.Type == Hostname) && f.Confidence < 75 && allOf(b, chUpper|chLower)
}

// harvest calls fn for each value that the finding of b gives away: the value itself, the password in the user
// information of a URL, and each value in a header of cookies.
func harvest(f Finding, b []byte, fn func(Type, []byte)) {
	switch {
	case f.Type == UrlWithCredentials:
		if i := bytes.IndexByte(b, ':'); i >= 0 {
			fn(Password, b[i+1:])
		}
	case f.Rule == ruleCookie:
		for _, pair := range bytes.Split(b, []byte{';'}) {
			v := pair[bytes.IndexByte(pair, '=')+1:]
			if secret, _ := looksSecret(v); secret {
				fn(f.Type, v)
			}
		}
	}
	fn(f.Type, b)
}

// reap puts the values of findings that start before the index to into the harvest, and looks for them in the text from
// behind the place that gave them away. It is called with each piece of a stream in turn, when all that starts before to
// has been found, so that a value is found wherever the text is cut.
func (st *stream) reap(to int) {
	e := &st.e
	from := int(st.reaped - st.base)
	if to <= from {
		return
	}
	st.reaped = st.base + int64(to)
	fresh := map[gleaned]int{} // What this piece gave away, and where.
	for _, f := range e.found {
		if f.Start >= int64(to) {
			break
		}
		if f.Start < int64(from) || !harvestable(f) || isGuess(f, e.b[f.Start:f.End]) {
			continue
		}
		harvest(f, e.b[f.Start:f.End], func(t Type, v []byte) {
			if _, before := st.reapt.seek(t, v); before {
				return // It is in the set, or was refused and will be again.
			}
			if st.harvest.add(t, v) {
				fresh[st.harvest.gleaned(t, v)] = int(f.Start)
			}
		})
	}
	if st.gather {
		return
	}
	n := len(e.found)
	defer func() { e.sorted(n) }()
	lo, hi := max(0, from-MaxKnown-edgeBytes), min(len(e.b), to+MaxKnown+1)
	st.harvest.Find(e.b[lo:hi:hi], func(start, end int, t Type) {
		start, end = start+lo, end+lo
		if start < from || start >= to {
			return
		}
		if len(fresh) > 0 {
			if at, ok := fresh[st.harvest.gleaned(t, e.b[start:end])]; ok && start <= at {
				return
			}
		}
		e.add(start, end, t, ruleKnown, Reason{Bits: ReasonKnown}, knownConfidence)
	})
}

// Learn reads r to its end and adds the values to k that their context gives away, so that a second reading with k as
// [Options.Known] finds them in front of that context too. It ends with the error of ctx or of r.
func (s *Scanner) Learn(ctx context.Context, r io.Reader, k *KnownSet) error {
	st := newStream(s, ModeRaw, &scanSink{fn: func(Finding, Excerpt) error { return nil }})
	st.harvest, st.gather = k, true
	return st.readFrom(ctx, r)
}

// ScanHarvest is [Scanner.ScanReader], and finds what a context gave away wherever it stands bare behind it. The values
// are added to k, which must be nothing that the scanner looks for besides.
func (s *Scanner) ScanHarvest(ctx context.Context, r io.Reader, k *KnownSet, fn func(Finding, Excerpt) error) (Stats, error) {
	return s.scanReader(ctx, r, k, nil, fn)
}
