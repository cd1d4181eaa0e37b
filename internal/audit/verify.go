package audit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
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

// Heartbeat is the longest time that a running process leaves no entry, and
// heartbeatSlack what it may be late.
const (
	Heartbeat      = 24 * time.Hour
	heartbeatSlack = time.Hour
)

// Bounds of what is listed and remembered, so that a hostile export cannot
// use up memory or time.
const (
	maxFindings = 100
	maxOpen     = 1 << 16 // open intents
	maxGaps     = 1 << 10
	maxGivenUp  = 1 << 17 // heads of histories that were given up
)

// Verifier checks the entries of a record one after the other, from the
// first, in the order in which they are read. It needs memory for findings,
// anchors and open intents only. It is not safe for concurrent use.
type Verifier struct {
	entries  int64
	next     int64 // the sequence that is due
	last     Hash  // hash of the entry before it
	alt      Hash  // hash of a second entry of that sequence, when there was one
	hasAlt   bool
	anyPrev  bool // a gap precedes: any predecessor is accepted
	lastTime time.Time
	quiet    bool // the newest entry says that the last process ended
	gaps     []gap
	open     map[int64]struct{}
	findings []Finding
	omitted  int
	bad      bool
	firstBad int64

	tree    Tree
	broken  bool     // entries are missing, doubled or moved: the tree is of others than were signed
	anchors []Anchor // by size
	due     int      // the first of them that was not reached
	fitting int64    // size of the newest anchor that fits
	misfits []Anchor
	givenUp map[string]int64 // names of heads, and the entries that give them up
	failing map[string]int64 // anchors that failed last, and the entries that say so
	started int64            // the newest start of a process
}

// gap is a range of sequences, inclusive, that did not come when due.
type gap struct{ from, to int64 }

// NewVerifier returns a verifier that compares the entries with heads whose
// signatures were checked. Entries after the newest of them are reported as
// unsigned, as a warning: a running process writes them before it signs.
// Without any, the chain alone is checked.
func NewVerifier(anchors ...Anchor) *Verifier {
	v := &Verifier{next: 1, open: map[int64]struct{}{}, failing: map[string]int64{}, givenUp: map[string]int64{}}
	v.anchors = slices.SortedStableFunc(slices.Values(anchors), func(a, b Anchor) int { return cmp.Compare(a.Size, b.Size) })
	v.reach()
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
		v.broken = true
		if e.Seq == v.next-1 {
			v.alt, v.hasAlt = e.EntryHash, true
		}
		return
	}
	v.phases(e)
}

// inOrder takes an entry that is due, or that comes before one that is.
func (v *Verifier) inOrder(e Entry, intact bool) {
	if e.Seq > v.next {
		v.addGap(gap{v.next, e.Seq - 1})
		v.anyPrev, v.broken = true, true
	}
	linked := e.PrevHash == v.last || v.hasAlt && e.PrevHash == v.alt || v.anyPrev
	v.broken = v.broken || !linked
	if !linked && intact {
		v.note(KindUnlinked, e.Seq, false, "entry %d does not follow the entry before it: one of the two was replaced", e.Seq)
	}
	if !v.lastTime.IsZero() && e.Timestamp.Before(v.lastTime.Add(-clockSlack)) {
		v.note(KindTime, e.Seq, true, "entry %d is %s older than the entry before it: the clock was set back", e.Seq, v.lastTime.Sub(e.Timestamp).Round(time.Second))
	}
	v.silence(e.Seq, e.Timestamp)
	v.next, v.last, v.lastTime = e.Seq+1, e.EntryHash, e.Timestamp
	v.hasAlt, v.anyPrev = false, false
	if e.Action != ActionAnchor { // It may follow the end of a process, whose last checkpoint it is about.
		v.quiet = e.Action == ActionStop
	}
	v.tree.Add(e.EntryHash)
	v.reach()
}

// silence reports that nothing was recorded before at for longer than a
// running process is silent, when none had ended.
func (v *Verifier) silence(seq int64, at time.Time) {
	if gap := at.Sub(v.lastTime); !v.lastTime.IsZero() && gap > Heartbeat+heartbeatSlack && !v.quiet {
		v.note(KindSilence, seq, true, "nothing was recorded for %s before entry %d, and no process had ended: it was killed, slept, or its entries are gone", gap.Round(time.Minute), seq)
	}
}

// Now tells the time of the verification, so that a silence up to it shows.
func (v *Verifier) Now(at time.Time) { v.silence(v.next, at) }

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

// phases pairs intents with outcomes, and takes what entries say of the record
// itself. What the details of an entry are is not ours to judge: the hash
// covers them.
func (v *Verifier) phases(e Entry) {
	switch e.Action {
	case ActionStart:
		v.started = e.Seq
		if d, _ := parseDetails[startDetails](e); d.Head == HeadWasMissing {
			v.note(KindNoHead, e.Seq, e.Seq <= headlessStart, "entry %d is a start without a signed head: what was cut off just before it does not show", e.Seq)
		}
	case ActionStop:
		// A process that lived until here has tried, and would have said so again.
		maps.DeleteFunc(v.failing, func(_ string, seq int64) bool { return seq < v.started })
	case ActionAnchor:
		if d, ok := parseDetails[AnchorDetails](e); ok && d.State == AnchorFailed {
			v.failing[d.Anchor] = e.Seq
		} else if ok {
			delete(v.failing, d.Anchor)
		}
	case ActionRestored:
		d, _ := parseDetails[RestoreDetails](e)
		v.note(KindRestored, e.Seq, true, "at entry %d the database was put back from a backup: of %d entries it kept %d", e.Seq, max(d.OldSize, e.Seq-1), e.Seq-1)
	case ActionGivenUp:
		d, ok := parseDetails[GivenUpDetails](e)
		if !ok { // What cannot be read excuses nothing.
			break
		}
		for _, name := range d.Heads {
			if _, ok := v.givenUp[name]; !ok && len(v.givenUp) < maxGivenUp {
				v.givenUp[name] = e.Seq
			}
		}
	}
	phase, intent := phaseOf(e)
	switch phase {
	case PhaseIntent:
		if len(v.open) < maxOpen {
			v.open[e.Seq] = struct{}{}
		}
	case PhaseOutcome:
		if _, ok := v.open[intent]; !ok && len(v.open) < maxOpen {
			v.note(KindOrphan, e.Seq, true, "entry %d is the outcome of %d, which is no open intent", e.Seq, intent)
		}
		delete(v.open, intent)
	}
}

// Entries returns how many entries were added.
func (v *Verifier) Entries() int64 { return v.entries }

// Tree returns the tree of what was read. Where entries are missing, doubled
// or moved it reports false: then it is of no use.
func (v *Verifier) Tree() (Tree, bool) { return v.tree.Clone(), !v.broken }

// Report ends the verification.
func (v *Verifier) Report() Report { return v.report(true) }

func (v *Verifier) report(tailMayBeUnsigned bool) Report {
	for _, g := range v.gaps {
		v.removed(g)
	}
	v.gaps = nil
	r := Report{Entries: v.entries, Head: Head{Size: v.next - 1, Root: v.tree.Root()}, Newest: v.last}
	v.reportAnchors(&r, tailMayBeUnsigned)
	for name, seq := range v.failing {
		v.note(KindAnchor, seq, true, "checkpoints have not reached the %s since entry %d: what it holds is older than the record", name, seq)
	}
	clear(v.failing)
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
