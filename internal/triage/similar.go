package triage

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Comparable is an issue as far as it is compared with others. Free text is
// one with a description only.
type Comparable struct {
	Issue    Issue
	Analyses []Analysis
}

// Text is everything that is compared, most telling first.
func (c Comparable) Text() string {
	var b strings.Builder
	for _, f := range c.fields() {
		b.WriteString(f.text)
		b.WriteString("\n")
	}
	return b.String()
}

// Similar is an issue that is like another, and why.
type Similar struct {
	Issue *Issue
	// Score is the share of what is rare about the one that is found in the
	// other, from 0 to 1 and a little beyond where evidence or category agree.
	Score         float64
	Terms         []string // in common, the rarest first
	Tags          []string // in common
	SameCategory  bool
	Evidence      []string // lines that both cite, with * for what varies
	Cause         string   // of the other one, as far as it is known
	CauseRecurs   bool     // it is the cause of both
	Measure       string   // strongest of what was to be done then
	MeasureRecurs bool     // it is to be done again
}

// Parameters of BM25 as Robertson and Zaragoza give them as usual (The
// Probabilistic Relevance Framework, 2009, section 3.2), and what of fields
// counts how much.
const (
	bm25K1 = 1.2
	bm25B  = 0.75

	weightTitle       = 3
	weightTags        = 2
	weightCause       = 2
	weightEvidence    = 1.5
	weightMeasure     = 1
	weightDescription = 1

	forCategory = 1.1  // factor, where it is the same
	forEvidence = 0.25 // added for each line that both cite
	maxEvidence = 3
	maxTerms    = 8
	// leastScore, and leastOfBest as a share of the best score, are where a hit
	// is noise.
	leastScore  = 0.05
	leastOfBest = 0.2
)

type field struct {
	text   string
	weight float64
}

// fields returns the texts of an issue, most telling first.
func (c Comparable) fields() []field {
	out := []field{
		{c.Issue.Title, weightTitle},
		{c.Issue.RootCause, weightCause},
		{strings.Join(c.Issue.Tags, " "), weightTags},
	}
	for _, p := range c.causes() {
		out = append(out, field{p.Claim, weightCause})
		for _, m := range p.Measures {
			if !m.Withdrawn {
				out = append(out, field{m.Text, weightMeasure})
			}
		}
	}
	for _, q := range c.quotes() {
		out = append(out, field{q, weightEvidence})
	}
	return append(out, field{c.Issue.Description, weightDescription})
}

// causes returns the root causes, those of the analyses first.
func (c Comparable) causes() []PastCause {
	var out []PastCause
	for i := range c.Analyses {
		out = append(out, PastCausesOf(&c.Analyses[i])...)
	}
	if c.Issue.RootCause != "" {
		out = append(out, PastCause{IssueID: c.Issue.ID, Claim: c.Issue.RootCause})
	}
	return out
}

// quotes returns the lines that verified evidence cites.
func (c Comparable) quotes() []string {
	var out []string
	for i := range c.Analyses {
		g, err := LoadGraph(c.Analyses[i].State)
		if err != nil {
			continue // It has none, as in [PastCausesOf].
		}
		for _, n := range g.Nodes {
			for _, e := range n.Evidence {
				if e.excerpt() && e.Check == CheckOK && !e.Withdrawn {
					out = append(out, e.Text)
				}
			}
		}
	}
	return out
}

// bag is the words of an issue by their stems.
type bag struct {
	weight map[string]float64 // of each stem
	shown  map[string]string  // a word of that stem, as it was written first
	length float64
}

func bagOf(c Comparable) bag {
	b := bag{weight: map[string]float64{}, shown: map[string]string{}}
	for _, f := range c.fields() {
		for run := range strings.FieldsSeq(f.text) {
			ws := words(run)
			for _, w := range ws {
				if w == ";" || stopWords[w] || len(w) < 2 {
					continue
				}
				s := stem(w)
				if _, ok := b.shown[s]; !ok {
					if b.shown[s] = w; strings.HasPrefix(w, "[") && len(ws) == 1 {
						b.shown[s] = strings.Trim(run, ".,;:!?()\"'") // A token keeps its spelling.
					}
				}
				b.weight[s] += f.weight
				b.length += f.weight
			}
		}
	}
	return b
}

// RankSimilar orders found by how much each is like q, leaves out q itself and
// what is not like it, and says why. counts tells in how many of total issues
// a word is; of words that it does not have, that is taken from found.
func RankSimilar(q Comparable, found []Comparable, total int, counts map[string]int, limit int) []Similar {
	found = slices.DeleteFunc(slices.Clone(found), func(c Comparable) bool { return c.Issue.ID == q.Issue.ID && q.Issue.ID != "" })
	want := bagOf(q)
	bags := make([]bag, len(found))
	df := map[string]int{}
	length := want.length
	for i, c := range found {
		bags[i] = bagOf(c)
		length += bags[i].length
		for s := range bags[i].weight {
			df[s]++
		}
	}
	for w, n := range counts {
		s := stem(w)
		df[s] = max(df[s], n)
	}
	r := ranking{want: want, df: df, total: float64(max(total, len(found)+1)), average: max(length/float64(len(found)+1), 1)}
	whole := r.score(want, nil)
	if whole == 0 {
		return nil
	}
	causes, quotes := q.causes(), signatures(q)
	out := make([]Similar, 0, len(found))
	for i := range found {
		s := Similar{Issue: &found[i].Issue}
		s.Score = r.score(bags[i], &s.Terms) / whole
		s.SameCategory = q.Issue.Category != "" && s.Issue.Category == q.Issue.Category
		s.Tags = common(q.Issue.Tags, s.Issue.Tags)
		s.Evidence = common(quotes, signatures(found[i]))
		s.Evidence = s.Evidence[:min(len(s.Evidence), maxEvidence)]
		if len(s.Terms) == 0 && len(s.Evidence) == 0 {
			continue
		}
		if s.SameCategory {
			s.Score *= forCategory
		}
		s.Score += forEvidence * float64(len(s.Evidence))
		s.recurrence(causes, found[i].causes())
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b Similar) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), b.Issue.CreatedAt.Compare(a.Issue.CreatedAt), cmp.Compare(a.Issue.ID, b.Issue.ID))
	})
	for i := range out {
		if i == limit || out[i].Score < max(leastScore, leastOfBest*out[0].Score) {
			return out[:i]
		}
	}
	return out
}

// ranking is BM25 over the fields of issues, weighted as BM25F does: the
// counts of a word in all fields are added up before they saturate.
type ranking struct {
	want    bag
	df      map[string]int
	total   float64
	average float64
}

func (r ranking) idf(stem string) float64 {
	n := min(float64(r.df[stem]), r.total)
	return math.Log(1 + (r.total-n+0.5)/(n+0.5))
}

// score adds up the words in common, and names the rarest of them.
func (r ranking) score(b bag, terms *[]string) float64 {
	var both []string
	for s := range r.want.weight {
		if b.weight[s] > 0 {
			both = append(both, s)
		}
	}
	// In a fixed order, so that sums of floats are always the same.
	slices.SortFunc(both, func(x, y string) int { return cmp.Or(cmp.Compare(r.idf(y), r.idf(x)), cmp.Compare(x, y)) })
	sum := 0.0
	for _, s := range both {
		tf := b.weight[s]
		sum += r.idf(s) * min(r.want.weight[s], weightTitle) * tf * (bm25K1 + 1) / (tf + bm25K1*(1-bm25B+bm25B*b.length/r.average))
	}
	if terms != nil {
		for _, s := range both[:min(len(both), maxTerms)] {
			*terms = append(*terms, r.want.shown[s])
		}
	}
	return sum
}

// recurrence compares the causes and what was to be done about them.
func (s *Similar) recurrence(now, then []PastCause) {
	for _, p := range then {
		r := p.recurrence()
		again := slices.ContainsFunc(now, func(c PastCause) bool { return alike(c.Claim, p.Claim) })
		if s.Cause == "" || again && !s.CauseRecurs {
			s.Cause, s.CauseRecurs = r.Claim, again
			if r.Measure != "" {
				s.Measure = r.Measure
			}
		}
		for _, m := range p.Measures {
			for _, c := range now {
				if !m.Withdrawn && slices.ContainsFunc(c.Measures, func(x Countermeasure) bool { return !x.Withdrawn && alike(x.Text, m.Text) }) {
					s.Measure, s.MeasureRecurs = tidy(m.Text), true
				}
			}
		}
	}
}

// signatures returns what the cited lines of an issue say, without what
// differs from one time to the next: numbers, names with digits, tokens.
func signatures(c Comparable) []string {
	var out []string
	for _, q := range c.quotes() {
		if s := signature(q); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}

// leastSaid is how many words a line must have left to be told from others.
const leastSaid = 3

func signature(line string) string {
	var out []string
	said := 0
	for _, w := range words(line) {
		switch {
		case w == ";":
		case w[0] == '[' || strings.ContainsAny(w, "0123456789"):
			if len(out) == 0 || out[len(out)-1] != "*" {
				out = append(out, "*")
			}
		default:
			out = append(out, w)
			said++
		}
	}
	if said < leastSaid {
		return ""
	}
	return strings.Join(out, " ")
}

// common returns what is in both lists, without regard to letter case, in the
// spelling and order of the first.
func common(a, b []string) []string {
	var out []string
	for _, x := range a {
		if slices.ContainsFunc(b, func(y string) bool { return strings.EqualFold(x, y) }) && !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}
