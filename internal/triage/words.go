package triage

import (
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// words splits a text into lower-case words for the lints. Punctuation at the
// ends of a word goes, what is inside stays ("max_connections", "10.0.0.1",
// "cert-manager"); "didn't" becomes "did not"; a pseudonym of a person becomes
// "[person]" and any other keeps its spelling. A clause end is the word ";".
func words(s string) []string {
	fillSets()
	s = strings.ToLower(s)
	out := make([]string, 0, len(s)/5+2)
	start := -1 // of the current run, or -1 between two
	for i, r := range s {
		switch space := r <= ' ' && unicode.IsSpace(r) || r >= utf8.RuneSelf && unicode.IsSpace(r); {
		case space && start >= 0:
			out = word(out, s[start:i], false)
			start = -1
		case !space && start < 0:
			start = i
		}
	}
	if start >= 0 {
		out = word(out, s[start:], true)
	}
	return out
}

// atEnds are the characters of ASCII that are no part of a word where they
// stand at its ends.
var atEnds = func() (t [utf8.RuneSelf]bool) {
	for _, c := range "!\"#&'()*,-.:;<=>?@\\^`{|}~" {
		t[c] = true
	}
	return t
}()

// word appends what one run of non-space, in lower case, is made of.
func word(out []string, f string, last bool) []string {
	if f == "—" || f == "–" {
		return append(out, ";")
	}
	w := strings.TrimFunc(f, func(r rune) bool {
		if r < utf8.RuneSelf {
			return atEnds[r]
		}
		return unicode.IsPunct(r)
	})
	switch {
	case w == "":
	case w[0] == '[':
		if personToken(w) {
			w = "[person]"
		}
		out = append(out, w)
	case strings.HasSuffix(w, "n't") || strings.HasSuffix(w, "n’t"):
		out = append(out, contraction(strings.TrimSuffix(strings.TrimSuffix(w, "n't"), "n’t")), "not")
	case w == "cannot":
		out = append(out, "can", "not")
	default:
		out = append(out, strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s"))
	}
	switch c := f[len(f)-1]; {
	case c == ';', !last && len(w) > 2 && (c == '.' || c == '?' || c == '!'):
		out = append(out, ";")
	}
	return out
}

func contraction(stem string) string {
	switch stem {
	case "wo":
		return "will"
	case "ca":
		return "can"
	}
	return stem
}

func personToken(w string) bool {
	for _, p := range []string{"[person", "[name", "[employee"} {
		if strings.HasPrefix(w, p) {
			return true
		}
	}
	return false
}

// classes are the sets of words that patterns name with @. Each lint adds its
// own in its file.
var classes = lazyMap(func(m map[string][]string) {
	m["who"] = whoWords()
	m["party"] = partyWords()
	m["remedy"] = strings.Fields(remedies)
	m["missing"] = strings.Fields(missing)
	m["done"] = strings.Fields(done)
	m["wish"] = strings.Fields(wish)
	m["grand"] = strings.Fields(grand)
	m["signs"] = strings.Fields(signs)
	m["seen"] = strings.Fields(seen)
	m["watchers"] = strings.Fields(watchers)
	m["verdictaux"] = strings.Fields(verdictAux)
	m["neg"] = strings.Fields(`not never`)
	m["aux"] = strings.Fields(`is are was were be been being has have had do does did can could will would should shall may might must`)
	m["det"] = strings.Fields(`a an the this that these those our their his her its my your one each every any some`)
	m["link"] = strings.Fields(`because therefore thereby consequently whereupon thus hence accordingly`)
})

// isPast reports whether a word looks like a verb in the past: a regular one,
// or one of the irregular ones that incidents are told with.
func isPast(w string) bool {
	return irregular[w] || len(w) > 3 && strings.HasSuffix(w, "ed") && !strings.HasSuffix(w, "eed") && !notPast[w]
}

var (
	irregular = wordSet(`wrote ran set chose left put sent took made forgot went gave cut shut broke began built bought drew fed hit
		kept knew led lost meant read sold told thought threw understood wore misread held came grew fell rose stood hung spoke
		did had was were got became found saw felt spent paid let lent drove rode ate slept fought caught taught sought brought
		tore bent burnt spun sank sprang swung stuck struck swept slid sped shrank woke shook hid fled flew flung stole swore strode met dug clung swam rang misled overlooked oversaw withdrew withstood undid redid mistook`)
	notPast = wordSet(`need speed feed seed embed shared unused red bed shed sped need based indeed exceed proceed led kindred hundred sacred
		embedded unrelated dedicated distributed managed federated scheduled nested linked`)
)

// pattern is a sequence of word sets with gaps between them.
type pattern struct {
	sets  []wordMatch
	gap   []int // most words skipped before sets[i]; gap[0] is unused
	start int   // most words before the first set, or -1 for anywhere
	end   bool  // the last set must be the last word
}

// wordMatch is one place of a pattern: a set of words, or any past verb.
type wordMatch struct {
	set  map[string]bool
	past bool
}

func (m wordMatch) match(w string) bool { return m.set[w] || m.past && isPast(w) }

// lexicon finds patterns by their first word, so that a text costs one lookup
// per word and not one per pattern. It is compiled when it is first asked: a
// start, which hosts wait for, needs none.
type lexicon struct{ patterns func() map[string][]*pattern }

// newLexicon compiles patterns: words are separated by spaces; "a|b" is a
// choice, "@name" a class, "%past" any verb in the past (not as the first),
// "~3" a gap of at most three words, "^" the start, "^2" the start but for two
// words, and "$" the end.
func newLexicon(list ...string) lexicon {
	return lexicon{sync.OnceValue(func() map[string][]*pattern { return compilePatterns(list) })}
}

func compilePatterns(list []string) map[string][]*pattern {
	lex := make(map[string][]*pattern)
	for _, text := range list {
		p := &pattern{start: -1}
		gap := 0
		for _, el := range strings.Fields(text) {
			switch {
			case el[0] == '^':
				p.start, _ = strconv.Atoi("0" + el[1:])
			case el[0] == '~':
				gap, _ = strconv.Atoi(el[1:])
			case el == "$":
				p.end = true
			default:
				set := wordMatch{set: make(map[string]bool)}
				for _, w := range strings.Split(el, "|") {
					if w == "%past" {
						set.past = true
						continue
					}
					if name, ok := strings.CutPrefix(w, "@"); ok {
						for _, c := range classes[name] {
							set.set[c] = true
						}
						continue
					}
					set.set[w] = true
				}
				p.sets, p.gap = append(p.sets, set), append(p.gap, gap)
				gap = 0
			}
		}
		for w := range p.sets[0].set {
			lex[w] = append(lex[w], p)
		}
	}
	return lex
}

// match reports whether any pattern occurs in the words.
func (lex lexicon) match(ws []string) bool {
	patterns := lex.patterns()
	for i, w := range ws {
		for _, p := range patterns[w] {
			if (p.start < 0 || i <= p.start) && p.rest(ws, i+1, 1) {
				return true
			}
		}
	}
	return false
}

func (p *pattern) rest(ws []string, at, set int) bool {
	if set == len(p.sets) {
		return !p.end || at == len(ws)
	}
	for skip := 0; skip <= p.gap[set] && at+skip < len(ws); skip++ {
		if ws[at+skip] == ";" {
			return false // patterns do not cross clauses
		}
		if p.sets[set].match(ws[at+skip]) && p.rest(ws, at+skip+1, set+1) {
			return true
		}
	}
	return false
}

// fills make the sets of words when a text is first taken apart: a start, which
// hosts wait for, needs none.
var (
	fills    []func()
	fillOnce sync.Once
)

func fillSets() {
	fillOnce.Do(func() {
		for _, fill := range fills {
			fill()
		}
		fills = nil
	})
}

// lazyMap returns a map that is filled before the first word is compared. Maps
// are filled in the order in which they depend on each other.
func lazyMap[V any](fill func(m map[string]V)) map[string]V {
	m := make(map[string]V)
	fills = append(fills, func() { fill(m) })
	return m
}

func wordSet(list string) map[string]bool {
	return lazyMap(func(set map[string]bool) {
		for w := range strings.FieldsSeq(list) {
			set[w] = true
		}
	})
}
