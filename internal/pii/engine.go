package pii

import (
	"bytes"
	"slices"
	"sync"
)

// The bounds that make a decision at one place independent of how the text is cut into blocks. A detector that is
// called at offset i may look at [i-lookBehind, i+lookAhead) only and may report nothing that starts before
// i-lookBehind. A value that runs on beyond maxValue is reported in consecutive pieces; see continuation.
const (
	lookBehind = 1 << 10
	lookAhead  = 80 << 10
	maxValue   = 16 << 10 // Longest piece of a value other than a PEM block.
	maxPEM     = 64 << 10 // Longest piece of a PEM block, and of a union of overlapping findings.
)

// engine scans one text. It looks at each byte once, in order, and asks detectors at the places that can be the start,
// the separator or the end of something. All indexes are into b and move when the window moves.
type engine struct {
	s    *Scanner
	mode Mode
	b    []byte
	i    int // Everything before i has been looked at.

	fresh    int      // A word starts at this index whatever stands before it: an escape ends there.
	known    int      // Known values, and the words of the owner's rules, have been looked for up to here.
	urlAt    int      // The '@' that ends the user information of a URL.
	claimed  int      // Assignments before this index lie in the value of one that was reported.
	tokenEnd int      // Prefixed tokens before this index lie in one that was reported.
	jwtEnd   int      // JSON Web Tokens before this index have been decided.
	addrEnd  int      // Addresses before this index have been reported.
	nameEnd  int      // Names before this index have been decided.
	dnEnd    int      // Distinguished names before this index have been decided.
	hostEnd  int      // Hosts before this index have been decided.
	pemEnd   int      // PEM blocks before this index lie in one that was reported.
	cmd      *command // The last command that was named, at cmdAt.
	cmdAt    int
	sql      *columns // Of the last INSERT that has one to judge.
	csv      *columns // Of the header that the text begins with.
	encEnd   int      // Runs of base64 before this index have been decided; encTried is where one was tried that begins
	encTried int      // before a word.
	encSeen  int      // A place in a run that is tried, or too long to be: its further words need not be asked.
	pctEnd   int      // Runs of percent-encoding before this index have been decided.
	uniEnd   int      // Escapes before this index have been undone.
	tail     []byte   // Decoded end of a run of base64 that goes on.
	kindAt   int      // The last "kind: Secret" begins before this index, by one.
	noKind   int      // From the last "data" to this index none begins.
	depth    uint8    // Number of encodings that were undone to get at the text.
	noting   bool     // Places where an encoding is undone are put into undone.
	undone   []undoing
	begun    bool           // The start of the text has been looked at.
	conts    []continuation // In no order; there is rarely one.
	stop     int            // The loop over bytes stops here: at its limit, or where a value goes on.

	memo  *memo // If not nil, what the sieve said before; it is used by this engine alone.
	blind bool  // Each digit of the text may be any other: the sieve marks what may be something then.

	leaf   bool     // The text is one value of a document, and nothing stands around it.
	around topicSet // What the key of such a value says.

	found []Finding // Found, not merged yet, in order after a scan; offsets are indexes into b.
	spare []Finding // Room to put them in order.
}

// continuation is a value that is longer than one piece.
type continuation struct {
	kind  contKind
	quote byte
	at    int // The next piece starts here.
	f     Finding
}

type contKind uint8

const (
	contNone contKind = iota
	contQuoted
	contRaw
	contLine
	contToken
	contPEM
	contTuple  // A row of an SQL statement.
	contRow    // A row of a table with a header.
	contBase64 // A run of base64.
	contSecret // A line of the data of a Secret of Kubernetes.
)

// scan looks at everything before limit. All of b[:limit+lookAhead] must be there, or limit be len(b) and the text end
// with it.
func (e *engine) scan(limit int) { e.scanBy(limit, (*engine).walk) }

func (e *engine) scanBy(limit int, walk func(*engine, int)) {
	if !e.begun {
		e.begun = true
		e.header()
	}
	for {
		stop := limit
		for _, c := range e.conts {
			stop = min(stop, c.at)
		}
		walk(e, stop)
		next := -1
		for i, c := range e.conts {
			if c.at < limit && (next < 0 || c.at < e.conts[next].at) {
				next = i
			}
		}
		if next < 0 {
			break
		}
		c := e.conts[next]
		e.conts = slices.Delete(e.conts, next, next+1)
		e.resume(c)
	}
	n := len(e.found)
	sortFindings(e.found)
	if e.s.known != nil && e.known < limit {
		e.findKnown(limit)
	}
	if e.s.custom != nil && e.known < limit {
		e.findCustom(limit)
	}
	if e.s.roster != nil && e.known < limit {
		e.findRoster(limit)
	}
	e.sorted(n)
	e.known = max(e.known, limit)
}

// sorted puts the findings in order of which the first n are.
func (e *engine) sorted(n int) {
	tail := e.found[n:]
	if len(tail) == 0 {
		return
	}
	sortFindings(tail)
	if n == 0 || less(&e.found[n-1], &tail[0]) {
		return
	}
	e.spare = append(e.spare[:0], tail...)
	i := n - 1
	for k, j := len(e.found)-1, len(e.spare)-1; j >= 0; k-- { // From the end.
		if i >= 0 && less(&e.spare[j], &e.found[i]) {
			e.found[k] = e.found[i]
			i--
		} else {
			e.found[k] = e.spare[j]
			j--
		}
	}
}

// numberLens has a bit for each length of a word that starts with a digit and may be, or begin, a number of interest.
const numberLens = 1<<20 - 1<<2

// goOn makes the loop stop at a continuation. Values that run on do not start inside one another but for a few kinds,
// so that few are open at a time.
func (e *engine) goOn(c continuation) {
	e.conts = append(e.conts, c)
	e.stop = min(e.stop, c.at)
}

// add reports b[start:end]. It applies what the options release and, where tokens refer to values, leaves them out.
func (e *engine) add(start, end int, t Type, rule RuleID, reason Reason, confidence uint8) {
	s := e.s
	if start >= end || s.off[t] || confidence < s.suspectAt {
		return
	}
	f := Finding{Type: t, Rule: rule, Reason: reason, Confidence: confidence, Level: LevelSuspect}
	if confidence >= s.redactAt && typeTable[t].level == LevelRedact {
		f.Level = LevelRedact
	}
	if e.mode == ModeRaw {
		e.push(start, end, f)
		return
	}
	// A token may have begun before start: skip to its end. In cleared text a finding that holds a token is the rest of
	// one that was redacted: what stands beside the token was judged when the value was still there.
	for lo := max(0, start-maxTokenLen); lo < start; lo++ {
		if e.b[lo] == '[' {
			if _, n, ok := ParseToken(e.b[lo:min(len(e.b), lo+maxTokenLen)]); ok && lo+n > start {
				if e.mode == ModeCleared {
					return
				}
				start = min(lo+n, end)
			}
		}
	}
	for p := start; p < end; {
		j := bytes.IndexByte(e.b[p:end], '[')
		if j < 0 {
			break
		}
		p += j
		if _, n, ok := ParseToken(e.b[p:min(len(e.b), p+maxTokenLen)]); ok {
			if e.mode == ModeCleared {
				return
			}
			e.push(start, p, f)
			p += n
			start = min(p, end)
			continue
		}
		p++
	}
	e.push(start, end, f)
}

func (e *engine) push(start, end int, f Finding) {
	if start >= end {
		return
	}
	if e.s.allow != nil && e.s.allow(f.Type, e.b[start:end:end]) {
		return
	}
	if e.s.released != nil && e.s.released[released{f.Type, string(Canonical(f.Type, e.b[start:end:end]))}] {
		return
	}
	f.Start, f.End = int64(start), int64(end)
	e.found = append(e.found, f)
}

// findKnown looks for known values that start before limit.
func (e *engine) findKnown(limit int) {
	from := e.known
	lo := max(0, from-1-MaxKnown)
	hi := min(len(e.b), limit+MaxKnown+1)
	e.s.known.Find(e.b[lo:hi:hi], func(start, end int, t Type) {
		if start < 0 || end > hi-lo || end-start > MaxKnown || start >= end || t == 0 || t >= numTypes {
			return
		}
		if start += lo; start >= from && start < limit {
			e.add(start, lo+end, t, ruleKnown, Reason{Bits: ReasonKnown}, knownConfidence)
		}
	})
}

// ScanMode is Scan with a choice of what a token in b is.
func (s *Scanner) ScanMode(dst []Finding, b []byte, m Mode) []Finding {
	return s.scanDepth(dst, b, m, 0, nil)
}

// engines are those of scans of whole texts, which give nothing of theirs away.
var engines = sync.Pool{New: func() any { return new(engine) }}

// scanDepth is ScanMode for text that is what undoing depth encodings gave, with something found beforehand.
func (s *Scanner) scanDepth(dst []Finding, b []byte, m Mode, depth uint8, before func(*engine)) []Finding {
	prepare()
	e := engines.Get().(*engine) //nolint:forcetypeassert // It holds nothing else.
	*e = engine{s: s, mode: m, b: b, found: dst[len(dst):], fresh: -1, urlAt: -1, encTried: -1, encSeen: -1, depth: depth, conts: e.conts[:0], tail: e.tail[:0], spare: e.spare}
	if before != nil {
		before(e)
	}
	if depth == 0 && len(b) >= memoFrom {
		e.memo = memos.Get().(*memo) //nolint:forcetypeassert // It holds nothing else.
		e.memo.reset(m)
	}
	e.scan(len(b))
	if e.memo != nil {
		e.memo.free()
	}
	found := e.found
	clear(e.tail[:cap(e.tail)])
	*e = engine{conts: e.conts[:0], tail: e.tail[:0], spare: e.spare} // Nothing of the text stays.
	engines.Put(e)
	var mg merger
	n := 0
	for _, f := range found {
		if done, ok := mg.next(f); ok {
			found[n] = done
			n++
		}
	}
	if mg.has {
		found[n] = mg.cur
		n++
	}
	if len(dst) == 0 {
		return found[:n]
	}
	return append(dst, found[:n]...)
}
