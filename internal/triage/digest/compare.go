package digest

import (
	"fmt"
	"math"
	"slices"
)

// Comparison is what differs between two logs, or two windows of one.
type Comparison struct {
	A       Total    `json:"a"`
	B       Total    `json:"b"`
	Assumed []string `json:"assumed,omitempty"`
	Changes []Change `json:"changes"`
	Same    int      `json:"same"` // templates whose counts differ no more than by chance
	Omitted *Omitted `json:"omitted,omitempty"`
}

// Total is one side of a comparison.
type Total struct {
	Lines  int64  `json:"lines"`
	Events int64  `json:"events"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
}

// Change is a template that B has more or less of than A would lead one to
// expect.
type Change struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"` // new, gone, more or less
	Level string `json:"level,omitempty"`
	A     int64  `json:"a"` // events
	B     int64  `json:"b"`
	// Times is how many times as often it comes in B, measured against the
	// templates that did not change; 0 where A has none.
	Times float64 `json:"times,omitempty"`
	// Sure is how little the change looks like chance: the log-likelihood
	// ratio, of which 11 is one in a thousand for one template.
	Sure float64 `json:"sure"`
	// Chance is set where the counts are too small to tell.
	Chance bool   `json:"may_be_chance,omitempty"`
	Line   int64  `json:"line"` // the first that has it: of B, or of A if it is gone
	Text   string `json:"text"`
	Ref    string `json:"ref,omitempty"` // a citation of Line; left for the caller to fill

	worst Level
}

// The kinds of changes.
const (
	ChangeNew  = "new"
	ChangeGone = "gone"
	ChangeMore = "more"
	ChangeLess = "less"
)

// leastTimes is by how much a rate must change to be told of, however sure it is.
const leastTimes = 1.5

// Compare compares log b with log a. A template counts as changed when its
// counts differ by more than chance explains, given how busy the logs are and
// how many templates were looked at. New and gone ones are told of even where
// that cannot be said, and marked.
func (r *Result) Compare(a, b int, o ReportOptions) *Comparison {
	x, y := r.sides[a], r.sides[b]
	room := max(o.Budget, MinBudget) * bytesPerToken
	c := &Comparison{A: x.summary(), B: y.summary(), Changes: []Change{}}
	for _, s := range []struct {
		name string
		side *side
	}{{"a", x}, {"b", y}} {
		for _, t := range s.side.clock.assumptions() {
			c.Assumed = append(c.Assumed, s.name+": "+t)
		}
	}
	scale := r.scale(a, b)
	if scale == 0 {
		c.Assumed = append(c.Assumed, "one side has no lines: nothing can be compared")
		return c
	}
	c.Assumed = append(c.Assumed, fmt.Sprintf("b is taken to be %v times as busy as a", round(scale)))
	tests := 0
	for _, t := range r.Templates {
		if t.stats[a] != nil || t.stats[b] != nil {
			tests++
		}
	}
	// One in a thousand that any of them is chance: chi-squared with one
	// degree of freedom falls off as exp(-x/2).
	bar := 10.83 + 2*math.Log(float64(max(tests, 1)))
	var changes []Change
	for i := range r.Templates {
		if ch, ok := r.change(i, a, b, scale, bar); ok {
			changes = append(changes, ch)
		} else if t := &r.Templates[i]; t.stats[a] != nil || t.stats[b] != nil {
			c.Same++
		}
	}
	slices.SortStableFunc(changes, func(p, q Change) int {
		if ps, qs := p.worst >= LevelError && !p.Chance, q.worst >= LevelError && !q.Chance; ps != qs {
			if ps {
				return -1
			}
			return 1
		}
		if p.Chance != q.Chance {
			if q.Chance {
				return -1
			}
			return 1
		}
		if p.Chance && p.worst != q.worst {
			return int(q.worst) - int(p.worst)
		}
		return compare(q.Sure, p.Sure)
	})
	room -= jsonSize(c) + 80
	for _, ch := range changes {
		size := jsonSize(ch) + 1
		if o.RefBytes > 0 {
			size += o.RefBytes + len(`,"ref":""`)
		}
		if size <= room {
			room -= size
			c.Changes = append(c.Changes, ch)
			continue
		}
		if c.Omitted == nil {
			c.Omitted = &Omitted{}
		}
		c.Omitted.Templates++
		c.Omitted.Lines += ch.A + ch.B
		if ch.worst >= LevelError {
			c.Omitted.Severe++
		}
	}
	return c
}

func (s *side) summary() Total {
	t := Total{Lines: s.lines, Events: s.stat.count}
	if s.timed > 0 {
		t.From, t.To = rfc3339(s.firstTime), rfc3339(s.lastTime)
	}
	return t
}

func (t *Template) counts(a, b int) (x, y float64) {
	if s := t.stats[a]; s != nil {
		x = float64(s.count)
	}
	if s := t.stats[b]; s != nil {
		y = float64(s.count)
	}
	return x, y
}

// scale is how much busier log b is than log a: the median, over the lines of
// the templates that both have, of how much more often they come in b. A flood
// of one template does not move it, as it would move the ratio of all lines.
func (r *Result) scale(a, b int) float64 {
	if r.sides[a].stat.count == 0 || r.sides[b].stat.count == 0 {
		return 0
	}
	type ratio struct{ times, weight float64 }
	var list []ratio
	var weight float64
	for i := range r.Templates {
		x, y := r.Templates[i].counts(a, b)
		if x < 5 || y < 5 {
			continue
		}
		w := math.Sqrt(math.Min(x, y))
		list = append(list, ratio{y / x, w})
		weight += w
	}
	slices.SortStableFunc(list, func(p, q ratio) int { return compare(p.times, q.times) })
	var sum float64
	for _, p := range list {
		if sum += p.weight; sum >= weight/2 && len(list) >= 3 {
			return p.times
		}
	}
	return float64(r.sides[b].stat.count) / float64(r.sides[a].stat.count)
}

func (r *Result) change(i, a, b int, scale, bar float64) (Change, bool) {
	t := &r.Templates[i]
	x, y := t.counts(a, b)
	if x == 0 && y == 0 || i == r.other {
		return Change{}, false
	}
	g := likelihood(x, y, 1, scale)
	ch := Change{ID: t.ID, A: int64(x), B: int64(y), Sure: round(g), Chance: g < bar, Text: cut(t.Text, maxEntryText)}
	switch {
	case x == 0:
		ch.Kind = ChangeNew
	case y == 0:
		ch.Kind = ChangeGone
	default:
		times := y / x / scale
		ch.Times = round(times)
		ch.Kind = ChangeMore
		if times < 1 {
			ch.Kind = ChangeLess
			times = 1 / times
		}
		if ch.Chance || times < leastTimes {
			return Change{}, false
		}
	}
	st := t.stats[b]
	if y == 0 {
		st = t.stats[a]
	}
	ch.Line = st.firstLine
	ch.worst = st.worst()
	if ch.worst > LevelNone {
		ch.Level = ch.worst.String()
	}
	return ch, true
}

// countOf writes a number with its noun.
func countOf(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
