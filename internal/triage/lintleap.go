package triage

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

// A leap is a cause from which "therefore" does not follow: nothing in common
// with its effect in words, names, numbers or time, in the claims or in what is
// cited for them. What belongs together without sharing a word ("the disk was
// full", "debug logging wrote 9 GiB an hour") is known by fields of technology:
// claims of one field are linked. An effect that only a user would tell, such
// as a login that failed, may come from any of them.

// linked is what is compared of a claim: its stems and its fields.
type linked struct {
	stems  map[string]bool
	fields uint64
	words  []string // of the claim
	away   away
	trade  trade
	common int  // words of a field that are also everyday
	any    bool // a word says that something was set, limited or renewed, which may concern any field
	firm   bool // a word is of technology and of nothing else
	force  bool // a word says how what lies outside of systems may reach one
}

func linkOf(texts ...string) linked {
	l := linked{stems: make(map[string]bool)}
	if acronym(texts[0]) {
		l.any, l.firm = true, true
	}
	for n, t := range texts {
		ws := words(t)
		if n == 0 {
			l.words, l.away, l.trade = ws, awayOf(ws), tradeOf(ws)
		}
		for _, w := range ws {
			for _, part := range []string{w, loosest(w)} {
				s := stem(part)
				if part == "" || stopWords[part] || weak[s] || stamp24(part) {
					continue
				}
				l.stems[s] = true
				if n == 0 { // the claim itself
					l.fields |= fields[s]
					if fields[s] != 0 {
						l.common++
					}
					l.any = l.any || jokers[s]
					l.force = l.force || forceful[w] && w != "fire"
					l.firm = l.firm || jokers[s] || identifier(w) || fields[s] != 0 && !everyday[s]
				}
			}
		}
	}
	return l
}

// acronym reports whether a claim has one of technology: two capitals or more
// in a row, such as SDP or vCPU.
func acronym(claim string) bool {
	for f := range strings.FieldsFuncSeq(claim, func(r rune) bool { return !unicode.IsLetter(r) }) {
		n := 0
		for _, r := range f {
			if unicode.IsUpper(r) {
				n++
			}
		}
		if n >= 2 && !ordinary[f] {
			return true
		}
	}
	return false
}

// ordinary are capitals of offices, countries and clocks.
var ordinary = wordSet("HR CEO CFO CTO COO PR TV US UK EU UTC GMT CET AM PM FAQ OK ID PDF GDPR CRM ERP CMS HRIS LMS BI CSV PPT AG GmbH LLC")

// loosest takes the last piece of a compound: "cert-manager", "sw-core-2".
func loosest(w string) string {
	i := strings.IndexAny(w, "-_/.:")
	if i <= 2 || w[0] == '[' {
		return ""
	}
	return w[:i]
}

// stamp24 reports whether a word is a date or a time of day, which every line
// of a log has.
func stamp24(w string) bool {
	return len(w) >= 4 && w[0] >= '0' && w[0] <= '9' && strings.Trim(w, "0123456789:-tz.,+") == ""
}

// maxApart is how far apart two times may be to link a cause to its effect.
const maxApart = 5 * time.Minute

// leaps reports whether nothing links cause and effect.
func leaps(cause, effect *linked) bool {
	for s := range cause.stems {
		if effect.stems[s] {
			return false
		}
	}
	if nameHolds(cause.stems, effect.stems) || nameHolds(effect.stems, cause.stems) {
		return false
	}
	if refersBack(cause.words) {
		return false // to the effect
	}
	switch {
	case cause.away != 0 && !cause.force && !bears(cause.away, effect.words):
		return true
	case apart(cause, effect), slices.ContainsFunc(cause.words, func(w string) bool { return elsewhere[w] }) && cause.fields&effect.fields == 0:
		return true
	case cause.fields&effect.fields != 0:
		return false
	case !cause.firm:
		return cause.common < 2 || cause.away != 0
	case cause.any, cause.fields == 0, effect.fields == 0, cause.fields&wide() != 0:
		return false
	}
	return !feltOnly(effect.words)
}

// refersBack reports whether a claim speaks of what was named before it.
func refersBack(ws []string) bool {
	return len(ws) > 0 && (pronouns[ws[0]] || ws[len(ws)-1] == "there" || ws[len(ws)-1] == "them" || ws[len(ws)-1] == "it")
}

var pronouns = wordSet("it its they their these those this that")

// apart reports whether a cause is of a trade that cannot reach its effect, or
// the effect of one that it cannot reach.
func apart(cause, effect *linked) bool {
	if cause.force || cause.trade&effect.trade != 0 {
		return false
	}
	if cause.trade == 0 && cause.fields != 0 && !cause.any && cause.fields&carriers() == 0 && slices.ContainsFunc(effect.words, func(w string) bool { return audible[w] }) {
		return true
	}
	return cause.trade != 0 && slices.ContainsFunc(effect.words, func(w string) bool { return inward[w] }) && cause.fields&effect.fields&^everywhere() == 0
}

// identifier reports whether a word is written as no word of English is.
func identifier(w string) bool {
	letters, others := false, false
	for i, r := range w {
		switch {
		case r >= 'a' && r <= 'z':
			letters = true
		case r >= '0' && r <= '9' || i > 0 && (r == '_' || r == '.' || r == '/'):
			others = true
		}
	}
	return letters && others
}

// nameHolds reports whether a name among a holds a word of b: "phpsessionclean"
// is about sessions.
func nameHolds(a, b map[string]bool) bool {
	const least = 4 // letters of the word
	for t := range a {
		for s := range b {
			if len(s) >= least && len(t) >= len(s)+3 && strings.Contains(t, s) {
				return true
			}
		}
	}
	return false
}

// feltOnly reports whether an effect names nothing below what users see.
func feltOnly(ws []string) bool {
	return slices.ContainsFunc(ws, func(w string) bool { return felt[stem(w)] })
}

func near(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	x, errX := time.Parse(time.RFC3339, a)
	y, errY := time.Parse(time.RFC3339, b)
	return errX == nil && errY == nil && x.Sub(y).Abs() <= maxApart
}

// linksOf remembers what is compared of a claim and its evidence.
var linksOf = memo[*linked]{most: 256 << 10}

// keyOf makes one text of several, other ones of other ones.
func keyOf(texts []string) string {
	var b strings.Builder
	for _, t := range texts {
		b.WriteString(strconv.Itoa(len(t)))
		b.WriteByte(':')
		b.WriteString(t)
	}
	return b.String()
}

// links finds out, as far as it must, whether claims are linked.
type links struct {
	v      *view
	claims []placed
	known  []*linked
}

func (l *links) of(i int) *linked {
	if l.known[i] == nil {
		n := &l.v.g.Nodes[i]
		texts := []string{n.Claim}
		for j := range n.Evidence {
			if e := &n.Evidence[j]; !e.Withdrawn && !e.fails() {
				texts = append(texts, e.Text, e.Note)
			}
		}
		l.known[i] = linksOf.of(keyOf(texts), func() *linked {
			k := linkOf(texts...)
			return &k
		})
	}
	return l.known[i]
}

// shared reports whether two claims have a telling stem in common; most have,
// and need no closer look.
func (l *links) shared(i, j int) bool {
	return slices.ContainsFunc(l.claims[i].concept.stems, func(s string) bool {
		_, ok := slices.BinarySearch(l.claims[j].concept.stems, s)
		return ok && !weak[s]
	})
}

// lintLeaps compares every standing claim with its effects.
func lintLeaps(v *view, claims []placed) []Finding {
	var out []Finding
	l := links{v, claims, make([]*linked, len(v.g.Nodes))}
	problem := sync.OnceValue(func() linked { return linkOf(v.g.Problem.text()) })
	for _, i := range v.order {
		n := &v.g.Nodes[i]
		from := ""
		if len(v.parents[i]) == 0 && n.Lane == LaneCause {
			if p := problem(); leaps(l.of(i), &p) {
				from = "the problem"
			}
		}
		for _, p := range v.parents[i] {
			effect := &v.g.Nodes[p]
			if v.standing[p] && effect.Lane == n.Lane && !l.shared(i, p) && !near(n.At, effect.At) && leaps(l.of(i), l.of(p)) {
				from = effect.ID
			}
		}
		if from != "" {
			out = append(out, Finding{
				LintLeap, severityWarning, n.ID, "nothing links the claim to " + from + ": no word, name, number or time in common",
				"read it backwards with \"therefore\"; add the step in between, or cite what shows both together",
			})
		}
	}
	return out
}
