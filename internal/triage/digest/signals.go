package digest

import (
	"math"
	"slices"
	"time"
)

// What is told of a template beside its counts.
const (
	flagRare    = "rare"    // one line in ten thousand or fewer, or a single one
	flagNew     = "new"     // begins so late that chance does not explain it
	flagStopped = "stopped" // ends so early that chance does not explain it
	flagBurst   = "burst"   // came many times at once
)

// chance is the probability below which something is not put down to it.
const chance = 0.001

// flags returns what is remarkable about a template in a log.
func (s *side) flags(t *stat) []string {
	var list []string
	if t.count == 1 || t.count*10_000 <= s.stat.count {
		list = append(list, flagRare)
	}
	before, after := s.position(t)
	n := float64(t.count)
	// If the lines fell anywhere with the same chance, all would fall into
	// the last (1-before) of the log with probability (1-before)^n.
	if before > 0.05 && math.Pow(1-before, n) < chance {
		list = append(list, flagNew)
	}
	if after > 0.05 && math.Pow(1-after, n) < chance {
		list = append(list, flagStopped)
	}
	return list
}

// position returns which part of the log is before the first line of a
// template, and which after its last: in time if lines have times, else in lines.
func (s *side) position(t *stat) (before, after float64) {
	if span := float64(s.lastTime - s.firstTime); span > 0 && t.timed*2 > t.count {
		return float64(t.firstTime-s.firstTime) / span, float64(s.lastTime-t.lastTime) / span
	}
	if span := float64(s.lastLine - s.firstLine); span > 0 {
		return float64(t.firstLine-s.firstLine) / span, float64(s.lastLine-t.lastLine) / span
	}
	return 0, 0
}

// Burst is a time in which a template, or the whole log, came far more often
// than else.
type Burst struct {
	Template string  `json:"template,omitempty"` // its ID; empty for all lines
	At       string  `json:"at"`
	Seconds  int64   `json:"seconds"`
	Lines    int64   `json:"lines"`
	Usual    float64 `json:"usual"` // lines in as many seconds otherwise

	surprise float64
}

// burst returns the most surprising run of buckets of t, if there is one.
func (s *side) burst(id string, t *stat) (Burst, bool) {
	if t.timed < 10 || len(s.buckets) < 4 {
		return Burst{}, false
	}
	spanned := s.buckets[len(s.buckets)-1].n - s.buckets[0].n + 1
	mean := float64(t.timed) / float64(spanned)
	best := Burst{}
	for i := 0; i < len(t.buckets); i++ {
		if float64(t.buckets[i].lines) < 5*mean || t.buckets[i].lines < 5 {
			continue
		}
		from, lines := i, int64(0)
		for i < len(t.buckets) && t.buckets[i].n == t.buckets[from].n+int64(i-from) && float64(t.buckets[i].lines) >= 3*mean {
			lines += t.buckets[i].lines
			i++
		}
		width := t.buckets[i-1].n - t.buckets[from].n + 1
		if spanned <= 2*width {
			continue
		}
		usual := float64(t.timed-lines) / float64(spanned-width) * float64(width)
		surprise := poissonSurprise(float64(lines), math.Max(usual, 0.5))
		if lines >= 10 && float64(lines) >= 5*usual && surprise > 10 && surprise > best.surprise {
			best = Burst{id, rfc3339(t.buckets[from].n * s.width), width * s.width / second, lines, round(usual), surprise}
		}
	}
	return best, best.surprise > 0
}

// poissonSurprise is the log-likelihood ratio of n events where mean were expected.
func poissonSurprise(n, mean float64) float64 { return n*math.Log(n/mean) - (n - mean) }

// RateChange is a time at which a template, or the whole log, began to come
// more or less often for good.
type RateChange struct {
	Template string  `json:"template,omitempty"` // its ID; empty for all lines
	At       string  `json:"at"`
	Before   float64 `json:"before_per_minute"`
	After    float64 `json:"after_per_minute"`

	surprise float64
}

// rateChange returns the point that divides the log into two parts with the
// most different rates of t.
func (s *side) rateChange(id string, t *stat) (RateChange, bool) {
	if t.timed < 50 || len(s.buckets) < 8 {
		return RateChange{}, false
	}
	first, last := s.buckets[0].n, s.buckets[len(s.buckets)-1].n
	total, spanned := float64(t.timed), float64(last-first+1)
	var best RateChange
	seen := 0.0
	for i, b := range t.buckets {
		// Before this bucket, and behind it.
		for _, cut := range [2]float64{float64(b.n - first), float64(b.n - first + 1)} {
			if cut < 3 || spanned-cut < 3 {
				continue
			}
			n := seen
			if cut > float64(b.n-first) {
				n += float64(b.lines)
			}
			g := likelihood(n, total-n, cut, spanned-cut)
			x, y := n/cut, (total-n)/(spanned-cut)
			if g > 20 && g > best.surprise && math.Max(x, y) >= 3*math.Min(x, y) {
				perMinute := float64(minute) / float64(s.width)
				best = RateChange{id, rfc3339((first + int64(cut)) * s.width), round(x * perMinute), round(y * perMinute), g}
			}
		}
		seen += float64(t.buckets[i].lines)
	}
	return best, best.surprise > 0
}

// likelihood is the log-likelihood ratio statistic (G, asymptotically
// chi-squared with one degree of freedom) of counts a and b over exposures x
// and y against one common rate.
func likelihood(a, b, x, y float64) float64 {
	term := func(n, e float64) float64 {
		if n == 0 {
			return 0
		}
		return n * math.Log(n/e)
	}
	n := a + b
	return 2 * (term(a, n*x/(x+y)) + term(b, n*y/(x+y)))
}

// ErrorPeak is a minute, or a longer time where the log is long, in which the
// share of errors was highest.
type ErrorPeak struct {
	At      string  `json:"at"`
	Seconds int64   `json:"seconds"`
	Lines   int64   `json:"lines"`
	Errors  int64   `json:"errors"`
	Share   float64 `json:"share"` // percent
}

// errorPeaks returns the worst minutes, by the number of errors, among those
// that are worse than twice the whole log.
func (s *side) errorPeaks(limit int) []ErrorPeak {
	width := s.width
	list := slices.Clone(s.buckets)
	for width < minute {
		width *= 2
		list = halve(list)
	}
	severe := s.levels[LevelError] + s.levels[LevelFatal]
	if s.timed == 0 || severe == 0 {
		return nil
	}
	overall := float64(severe) / float64(s.stat.count)
	slices.SortStableFunc(list, func(a, b bucket) int { return int(b.severe - a.severe) })
	var out []ErrorPeak
	for _, b := range list {
		share := float64(b.severe) / float64(b.lines)
		if len(out) == limit || b.severe < 3 {
			break
		}
		if share >= 2*overall {
			out = append(out, ErrorPeak{rfc3339(b.n * width), width / second, b.lines, b.severe, round(100 * share)})
		}
	}
	return out
}

// Gap is a time without any line.
type Gap struct {
	From    string  `json:"from"`
	To      string  `json:"to"`
	Seconds float64 `json:"seconds"`
	Line    int64   `json:"line"` // the first behind it
}

// longGaps returns the gaps that are long for a log with so many lines: under
// an even flow a gap of 20 times the mean comes once in half a billion lines.
// Those below a hundredth of the log are pauses.
func (s *side) longGaps(limit int) []Gap {
	if s.timed < 20 {
		return nil
	}
	span := float64(s.lastTime - s.firstTime)
	least := math.Max(20*span/float64(s.timed), span/100)
	var out []Gap
	for _, g := range s.gaps {
		if len(out) < limit && float64(g.to-g.from) > least {
			out = append(out, Gap{rfc3339(g.from), rfc3339(g.to), round(float64(g.to-g.from) / float64(second)), g.line})
		}
	}
	return out
}

// Point is what a log holds in one stretch of time.
type Point struct {
	At     time.Time
	Lines  int64
	Errors int64 // of them errors and worse
}

// Series returns the events of a log over time, and how long the stretches
// are: at least width, and a power of two of seconds, so that those of several
// logs can be laid over each other. Stretches without events are left out.
func (r *Result) Series(side int, width time.Duration) ([]Point, time.Duration) {
	s := r.sides[side]
	list, w := slices.Clone(s.buckets), s.width
	for w < int64(width) {
		w *= 2
		list = halve(list)
	}
	out := make([]Point, len(list))
	for i, b := range list {
		out[i] = Point{time.Unix(0, b.n*w).UTC(), b.lines, b.severe}
	}
	return out, time.Duration(w)
}

// Span returns the first and the last time of a log, which are zero if it has none.
func (r *Result) Span(side int) (first, last time.Time) {
	if s := r.sides[side]; s.timed > 0 {
		return time.Unix(0, s.firstTime).UTC(), time.Unix(0, s.lastTime).UTC()
	}
	return first, last
}

func rfc3339(nanos int64) string {
	return time.Unix(0, nanos).UTC().Format("2006-01-02T15:04:05.999Z07:00")
}

// round keeps three significant digits, of which more would claim too much.
func round(f float64) float64 {
	if f == 0 || math.IsInf(f, 0) || math.IsNaN(f) {
		return 0
	}
	scale := math.Pow(10, math.Floor(math.Log10(math.Abs(f)))-2)
	if scale >= 1 {
		return math.Round(f)
	}
	return math.Round(f/scale) / math.Round(1/scale)
}
