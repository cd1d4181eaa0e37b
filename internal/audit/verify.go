package audit

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Kind names what a verification found.
type Kind string

// The kinds. Those of the first group mean that the record is not what was
// written; those of the second leave it intact and deserve a look.
const (
	KindEdited      Kind = "edited"       // a field of the entry does not fit its hash
	KindRemoved     Kind = "removed"      // sequences are missing before a later entry
	KindInserted    Kind = "inserted"     // a sequence occurs twice, or is not positive
	KindSwapped     Kind = "swapped"      // the entry stands in another place than its sequence
	KindUnlinked    Kind = "unlinked"     // the entry names another predecessor: one of the two was replaced
	KindTruncated   Kind = "truncated"    // the record ends before the signed head
	KindForked      Kind = "forked"       // at the signed head's size the record has another hash
	KindUnsigned    Kind = "unsigned"     // entries follow the signed head; see [Verifier]
	KindHeadMissing Kind = "head_missing" // there are entries and no signed head
	KindHeadInvalid Kind = "head_invalid" // the signed head is malformed, of another key or of another record
	KindMalformed   Kind = "malformed"    // a line of an export is not as an export is written

	KindTime    Kind = "time_backwards"  // an entry is older than the one before it
	KindOpen    Kind = "open_intent"     // an intent has no outcome: the call runs, or was cut off
	KindOrphan  Kind = "orphan_outcome"  // an outcome names no open intent
	KindKeyOnly Kind = "key_from_export" // the export was checked with the key that came in it
	KindNoHead  Kind = "head_restarted"  // a process started on entries without a signed head
)

// HeadWasMissing is the value of "head" in the details of an [ActionStart]
// entry of a process that found entries and no signed head.
const HeadWasMissing = "missing"

// headlessStart is the last sequence at which a start may find no signed head
// and be taken for what follows a crash: the head is written right after the
// first entry, so that only a few starts in a row can miss it. Later, somebody
// took it away.
const headlessStart = 8

// clockSlack is how far an entry may be older than the one before it without
// a warning: processes stamp entries before they wait for the write lock.
const clockSlack = 10 * time.Second

// Bounds of what is listed and remembered, so that a hostile export cannot
// use up memory or time.
const (
	maxFindings = 100
	maxOpen     = 1 << 16 // open intents
	maxGaps     = 1 << 10
)

// Finding is one thing that a verification found.
type Finding struct {
	Kind    Kind   `json:"kind"`
	Seq     int64  `json:"seq"` // the entry, or the first of those missing; 0 when none is meant
	Text    string `json:"text"`
	Warning bool   `json:"warning"` // the record is intact all the same
}

// Report is the result of a verification.
type Report struct {
	Entries  int64     // entries read
	FirstBad int64     // smallest sequence with a finding that is no warning; 0 when there is none
	Findings []Finding // by sequence, at most 100
	Omitted  int       // findings beyond those listed
	Head     Head      // size and hash of what was read; Origin when a signed head was given
	Signed   *Head     // the signed head that the entries were compared with, nil without one
	bad      bool
}

// OK reports whether the record is intact: no finding but warnings.
func (r Report) OK() bool { return !r.bad }

// Err returns nil for an intact record, and otherwise an error that tells
// the first finding.
func (r Report) Err() error {
	for _, f := range r.Findings {
		if !f.Warning {
			return fmt.Errorf("the record does not verify: %s", f.Text)
		}
	}
	if r.bad {
		return errors.New("the record does not verify")
	}
	return nil
}

// Verifier checks the entries of a record one after the other, from the
// first, in the order in which they are read. It needs memory for findings
// and open intents only. It is not safe for concurrent use.
type Verifier struct {
	entries  int64
	next     int64 // the sequence that is due
	last     Hash  // hash of the entry before it
	alt      Hash  // hash of a second entry of that sequence, when there was one
	hasAlt   bool
	anyPrev  bool // a gap precedes: any predecessor is accepted
	lastTime time.Time
	gaps     []gap
	open     map[int64]struct{}
	findings []Finding
	omitted  int
	bad      bool
	firstBad int64
	head     *Head
}

// gap is a range of sequences, inclusive, that did not come when due.
type gap struct{ from, to int64 }

// NewVerifier returns a verifier that compares the entries with a head whose
// signature was checked. Entries after that head are reported as unsigned,
// as a warning: a running process writes them before it signs. Without a
// head, nil, the chain alone is checked.
func NewVerifier(signed *Head) *Verifier {
	v := &Verifier{next: 1, open: map[int64]struct{}{}}
	if signed != nil {
		h := *signed
		v.head = &h
	}
	return v
}

// Note adds a finding of the caller's, such as a head that is missing.
func (v *Verifier) Note(f Finding) {
	if !f.Warning {
		if f.Seq > 0 && (v.firstBad == 0 || f.Seq < v.firstBad) {
			v.firstBad = f.Seq
		}
		v.bad = true
	}
	if len(v.findings) < maxFindings {
		v.findings = append(v.findings, f)
		return
	}
	v.omitted++
	if f.Warning {
		return
	}
	// What is wrong must not be crowded out by what is only worth a look.
	for i := range v.findings {
		if v.findings[i].Warning {
			v.findings[i] = f
			return
		}
	}
}

func (v *Verifier) note(k Kind, seq int64, warning bool, format string, args ...any) {
	v.Note(Finding{Kind: k, Seq: seq, Text: fmt.Sprintf(format, args...), Warning: warning})
}

// Add checks the next entry.
func (v *Verifier) Add(e Entry) {
	v.entries++
	// A part of a microsecond is outside the hash, so it was put in later.
	intact := HashOf(e) == e.EntryHash && e.Timestamp.Nanosecond()%1000 == 0
	if !intact {
		if e.PrevHash == v.last {
			e.Seq = v.next // it stands where it belongs, so its number is what was edited
		}
		v.note(KindEdited, e.Seq, false, "entry %d was edited: its content does not have its hash", e.Seq)
	}
	switch {
	case e.Seq >= v.next:
		v.inOrder(e, intact)
	case v.takeGap(e.Seq):
		v.note(KindSwapped, e.Seq, false, "entry %d was moved: it stands after entry %d", e.Seq, v.next-1)
	default:
		v.note(KindInserted, e.Seq, false, "an entry was inserted: sequence %d is there a second time or not from 1 up", e.Seq)
		if e.Seq == v.next-1 {
			v.alt, v.hasAlt = e.EntryHash, true
		}
		return
	}
	v.phases(e)
	if v.head != nil && e.Seq == v.head.Size && e.EntryHash != v.head.Hash {
		v.note(KindForked, e.Seq, false, "entry %d has another hash than the signed head: the record was rewritten up to it", e.Seq)
	}
}

// inOrder takes an entry that is due, or that comes before one that is.
func (v *Verifier) inOrder(e Entry, intact bool) {
	if e.Seq > v.next {
		v.addGap(gap{v.next, e.Seq - 1})
		v.anyPrev = true
	}
	linked := e.PrevHash == v.last || v.hasAlt && e.PrevHash == v.alt || v.anyPrev
	if !linked && intact {
		v.note(KindUnlinked, e.Seq, false, "entry %d does not follow the entry before it: one of the two was replaced", e.Seq)
	}
	if !v.lastTime.IsZero() && e.Timestamp.Before(v.lastTime.Add(-clockSlack)) {
		v.note(KindTime, e.Seq, true, "entry %d is %s older than the entry before it: the clock was set back", e.Seq, v.lastTime.Sub(e.Timestamp).Round(time.Second))
	}
	v.next, v.last, v.lastTime = e.Seq+1, e.EntryHash, e.Timestamp
	v.hasAlt, v.anyPrev = false, false
}

func (v *Verifier) addGap(g gap) {
	if len(v.gaps) < maxGaps {
		v.gaps = append(v.gaps, g)
		return
	}
	v.removed(g)
}

// takeGap removes seq from the gaps and reports whether it was in one.
func (v *Verifier) takeGap(seq int64) bool {
	for i, g := range v.gaps {
		if seq < g.from || seq > g.to {
			continue
		}
		v.gaps = slices.Delete(v.gaps, i, i+1)
		if g.from < seq {
			v.gaps = append(v.gaps, gap{g.from, seq - 1})
		}
		if seq < g.to {
			v.gaps = append(v.gaps, gap{seq + 1, g.to})
		}
		return true
	}
	return false
}

func (v *Verifier) removed(g gap) {
	if g.from == g.to {
		v.note(KindRemoved, g.from, false, "entry %d was removed", g.from)
		return
	}
	v.note(KindRemoved, g.from, false, "entries %d to %d were removed", g.from, g.to)
}

// phases pairs intents with outcomes.
func (v *Verifier) phases(e Entry) {
	var d struct {
		Phase  Phase `json:"phase"`
		Intent int64 `json:"intent"`
		Head   any   `json:"head"`
	}
	if json.Unmarshal(e.Details, &d) != nil {
		return // not ours to judge: the hash covers it
	}
	if e.Action == ActionStart && d.Head == HeadWasMissing {
		v.note(KindNoHead, e.Seq, e.Seq <= headlessStart, "entry %d is a start without a signed head: what was cut off just before it does not show", e.Seq)
	}
	switch d.Phase {
	case PhaseIntent:
		if len(v.open) < maxOpen {
			v.open[e.Seq] = struct{}{}
		}
	case PhaseOutcome:
		if _, ok := v.open[d.Intent]; !ok && len(v.open) < maxOpen {
			v.note(KindOrphan, e.Seq, true, "entry %d is the outcome of %d, which is no open intent", e.Seq, d.Intent)
		}
		delete(v.open, d.Intent)
	}
}

// Entries returns how many entries were added.
func (v *Verifier) Entries() int64 { return v.entries }

// Report ends the verification.
func (v *Verifier) Report() Report { return v.report(true) }

func (v *Verifier) report(tailMayBeUnsigned bool) Report {
	for _, g := range v.gaps {
		v.removed(g)
	}
	v.gaps = nil
	size := v.next - 1
	r := Report{Entries: v.entries, Head: Head{Size: size, Hash: v.last}}
	if v.head != nil {
		h := *v.head
		r.Signed, r.Head.Origin = &h, h.Origin
		switch {
		case size < h.Size:
			v.note(KindTruncated, size+1, false, "the record was cut off: it has %d entries, the signed head says %d", size, h.Size)
		case size > h.Size:
			v.note(KindUnsigned, h.Size+1, tailMayBeUnsigned, "entries %d to %d are not covered by the signed head", h.Size+1, size)
		}
	}
	for seq := range v.open {
		v.note(KindOpen, seq, true, "entry %d is an intent without outcome: the call still runs, or was cut off", seq)
	}
	clear(v.open)
	slices.SortStableFunc(v.findings, func(a, b Finding) int {
		warning := func(f Finding) int {
			if f.Warning {
				return 1
			}
			return 0
		}
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), warning(a)-warning(b), cmp.Compare(a.Kind, b.Kind))
	})
	r.Findings, r.Omitted, r.bad, r.FirstBad = v.findings, v.omitted, v.bad, v.firstBad
	return r
}
