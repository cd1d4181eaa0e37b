package digest

import (
	"encoding/json"
	"slices"
	"strings"
)

// MinBudget is the smallest budget of tokens that a report or a comparison
// keeps: there is always room for its totals and one template.
const MinBudget = 400

// bytesPerToken is how tokens are counted: as four bytes of compact JSON.
const bytesPerToken = 4

// Report is what of a log fits a budget.
type Report struct {
	Lines     int64        `json:"lines"`
	Events    int64        `json:"events"` // lines without the insides of stack traces
	From      string       `json:"from,omitempty"`
	To        string       `json:"to,omitempty"`
	Assumed   []string     `json:"assumed,omitempty"` // of times, and what else was not in the log
	Levels    []LevelCount `json:"levels,omitempty"`
	Templates []Entry      `json:"templates"`
	Omitted   *Omitted     `json:"omitted,omitempty"`
	Bursts    []Burst      `json:"bursts,omitempty"`
	Rates     []RateChange `json:"rate_changes,omitempty"`
	Gaps      []Gap        `json:"gaps,omitempty"`
	Peaks     []ErrorPeak  `json:"error_peaks,omitempty"`
}

// LevelCount is how many events have a level.
type LevelCount struct {
	Level string `json:"level"`
	Count int64  `json:"count"`
}

// Entry is a template in a report.
type Entry struct {
	ID      string   `json:"id"`
	Count   int64    `json:"count"`
	Share   float64  `json:"share"` // percent of the events
	Level   string   `json:"level,omitempty"`
	Flags   []string `json:"flags,omitempty"`
	First   string   `json:"first,omitempty"`
	Last    string   `json:"last,omitempty"`
	Line    int64    `json:"line"` // the first that has it
	Through int64    `json:"last_line,omitempty"`
	Inside  int64    `json:"trace_lines,omitempty"` // lines of stack traces below its lines
	Text    string   `json:"text"`
	Example string   `json:"example,omitempty"` // the message of Line, where it says more than Text
	Ref     string   `json:"ref,omitempty"`     // a citation of Line; left for the caller to fill

	worst Level
}

// Omitted says what a report leaves out.
type Omitted struct {
	Templates int   `json:"templates"`
	Lines     int64 `json:"lines"`
	Severe    int   `json:"severe,omitempty"` // of the templates
}

// ReportOptions say what a report has room for.
type ReportOptions struct {
	Budget   int // tokens; less than MinBudget counts as MinBudget
	RefBytes int // room that is kept for each Ref, in bytes
}

const (
	maxEntryText    = 240 // bytes
	maxEntryExample = 200
)

// Report sums up one log. Rare and severe templates come before frequent
// ones; what does not fit is said.
func (r *Result) Report(side int, o ReportOptions) *Report {
	s := r.sides[side]
	room := max(o.Budget, MinBudget) * bytesPerToken
	rep := &Report{Lines: s.lines, Events: s.stat.count, Assumed: s.clock.assumptions(), Templates: []Entry{}}
	if s.outside > 0 {
		rep.Assumed = append(rep.Assumed, countOf(s.outside, "line is", "lines are")+" outside the window and not counted")
	}
	if r.other >= 0 && r.Templates[r.other].stats[side] != nil {
		rep.Assumed = append(rep.Assumed, countOf(r.Templates[r.other].stats[side].count, "line", "lines")+" of rare shapes were counted together: the log has too many shapes")
	}
	if s.timed == 0 && s.stat.count > 0 {
		rep.Assumed = append(rep.Assumed, "no line has a time stamp")
	}
	if s.timed > 0 {
		rep.From, rep.To = rfc3339(s.firstTime), rfc3339(s.lastTime)
	}
	for l := NumLevels - 1; l >= 0; l-- {
		if n := s.levels[l]; n > 0 && s.levels[LevelNone] < s.stat.count {
			rep.Levels = append(rep.Levels, LevelCount{Level(l).String(), n})
		}
	}
	room -= jsonSize(rep) + 80 // and Omitted
	entries := r.entries(side)
	signals := room * 3 / 10
	r.signals(rep, side, &signals)
	room -= room*3/10 - signals
	rest := fill(entries, room, o.RefBytes, func(e Entry) { rep.Templates = append(rep.Templates, e) })
	if len(rest) > 0 {
		rep.Omitted = &Omitted{Templates: len(rest)}
		for _, e := range rest {
			rep.Omitted.Lines += e.Count
			if e.worst >= LevelError {
				rep.Omitted.Severe++
			}
		}
	}
	slices.SortStableFunc(rep.Templates, func(a, b Entry) int {
		if a.worst != b.worst && max(a.worst, b.worst) >= LevelWarning {
			return int(b.worst) - int(a.worst)
		}
		return int(b.Count - a.Count)
	})
	return rep
}

// signals adds bursts, changes, gaps and peaks, as many as fit into *room bytes.
func (r *Result) signals(rep *Report, side int, room *int) {
	s := r.sides[side]
	var bursts []Burst
	var rates []RateChange
	add := func(id string, t *stat) {
		b, ok := s.burst(id, t)
		if ok {
			bursts = append(bursts, b)
		}
		if c, found := s.rateChange(id, t); found && !ok {
			rates = append(rates, c)
		}
	}
	add("", &s.stat)
	for i, t := range r.Templates {
		if st := t.stats[side]; st != nil && i != r.other {
			add(t.ID, st)
		}
	}
	slices.SortStableFunc(bursts, func(a, b Burst) int { return compare(b.surprise, a.surprise) })
	slices.SortStableFunc(rates, func(a, b RateChange) int { return compare(b.surprise, a.surprise) })
	takeSome(&rep.Peaks, s.errorPeaks(3), room)
	takeSome(&rep.Gaps, s.longGaps(3), room)
	takeSome(&rep.Bursts, bursts[:min(len(bursts), 5)], room)
	takeSome(&rep.Rates, rates[:min(len(rates), 5)], room)
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// takeSome moves items to dst while they fit.
func takeSome[T any](dst *[]T, from []T, room *int) {
	for i, x := range from {
		size := jsonSize(x) + 1
		if i == 0 {
			size += len(`,"rate_changes":[]`)
		}
		if size > *room {
			return
		}
		*room -= size
		*dst = append(*dst, x)
	}
}

// entries returns the templates of a log in their order of first lines.
func (r *Result) entries(side int) []Entry {
	s := r.sides[side]
	var list []Entry
	for i := range r.Templates {
		t := &r.Templates[i]
		st := t.stats[side]
		if st == nil || st.count == 0 {
			continue
		}
		e := Entry{
			ID: t.ID, Count: st.count, Share: round(100 * float64(st.count) / float64(max(s.stat.count, 1))),
			worst: st.worst(), Line: st.firstLine, Inside: st.more, Text: cut(t.Text, maxEntryText),
		}
		if i != r.other {
			e.Flags = s.flags(st)
			if b, ok := s.burst(t.ID, st); ok && b.Lines*2 > st.count {
				e.Flags = append(e.Flags, flagBurst)
			}
		}
		if e.worst > LevelNone {
			e.Level = e.worst.String()
		}
		if st.timed > 0 {
			e.First, e.Last = rfc3339(st.firstTime), rfc3339(st.lastTime)
			if e.Last == e.First {
				e.Last = ""
			}
		}
		if st.lastLine != st.firstLine {
			e.Through = st.lastLine
		}
		if t.ExampleSide == side && t.ExampleLine == st.firstLine && strings.Contains(t.Text, "<*>") {
			e.Example = cut(t.message, maxEntryExample)
		}
		list = append(list, e)
	}
	return list
}

// fill gives take the entries that fit into room bytes, in the order of what
// they tell, and returns the others. Three lists take turns: the severe, rare
// ones and frequent ones alternately; those that a flag marks; the frequent.
func fill(entries []Entry, room, refBytes int, take func(Entry)) (rest []Entry) {
	var severe, flagged []int
	frequent := make([]int, len(entries))
	for i, e := range entries {
		frequent[i] = i
		switch {
		case e.worst >= LevelError:
			severe = append(severe, i)
		case len(e.Flags) > 0:
			flagged = append(flagged, i)
		}
	}
	byCount := func(a, b int) int { return int(entries[b].Count - entries[a].Count) }
	slices.SortStableFunc(frequent, byCount)
	slices.SortStableFunc(severe, func(a, b int) int {
		if x, y := entries[a].worst, entries[b].worst; x != y {
			return int(y) - int(x)
		}
		return byCount(a, b)
	})
	slices.SortStableFunc(flagged, func(a, b int) int {
		x, y := &entries[a], &entries[b]
		if x.worst != y.worst {
			return int(y.worst) - int(x.worst)
		}
		return len(y.Flags) - len(x.Flags)
	})
	severe = alternate(severe)
	taken := make([]bool, len(entries))
	next := func(list *[]int) bool {
		for len(*list) > 0 {
			i := (*list)[0]
			*list = (*list)[1:]
			if taken[i] {
				continue
			}
			e := entries[i]
			size := jsonSize(e) + 1
			if refBytes > 0 {
				size += refBytes + len(`,"ref":""`)
			}
			if size > room {
				// Without its example it may fit.
				size -= len(e.Example)
				e.Example = ""
				if size > room {
					continue
				}
			}
			room -= size
			taken[i] = true
			take(e)
			return true
		}
		return false
	}
	for more := true; more; {
		more = false
		for _, list := range []*[]int{&severe, &severe, &flagged, &frequent} {
			more = next(list) || more
		}
	}
	for i, e := range entries {
		if !taken[i] {
			rest = append(rest, e)
		}
	}
	return rest
}

// alternate takes from the front and the back of a list in turn.
func alternate(list []int) []int {
	out := make([]int, 0, len(list))
	for i, j := 0, len(list)-1; i <= j; i, j = i+1, j-1 {
		out = append(out, list[i])
		if i != j {
			out = append(out, list[j])
		}
	}
	return out
}

// jsonSize is the length of v as compact JSON, as the tools send it.
func jsonSize(v any) int {
	b, err := json.Marshal(v)
	if err != nil {
		return 0 // The types of this package marshal.
	}
	return len(b)
}

// cut shortens text at a rune boundary and says so.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + mergedShape
}
