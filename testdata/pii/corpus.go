// Package corpus makes the labelled texts by which detection is measured.
//
// It states facts (formats, lengths, check digits, the words by which people and programs name a value) and draws texts
// from them, the same ones for the same seed. It computes every check digit with code of its own and imports nothing of
// the engine that it measures: an error would otherwise be made twice and seen never. Nothing in it belongs to anybody.
//
// README.md says how a text is written down and how the score is computed.
package corpus

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// Example is one text with what is sensitive in it.
type Example struct {
	ID   string `json:"id"` // group/kind/serial
	Text string `json:"text"`
	// Spans are the values that must be found. In an example that has Near instead, nothing must be found.
	Spans []Span `json:"spans,omitempty"`
	// Near are look-alikes: the Type is the one that each could be taken for.
	Near []Span `json:"near,omitempty"`
	// Held is set for the tenth that nobody looks at while tuning.
	Held bool `json:"held,omitempty"`
}

// Group returns the part of the ID that says what the example measures.
func (x Example) Group() string {
	g, _, _ := strings.Cut(x.ID, "/")
	return g
}

// Span is a half-open range of bytes of a text.
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
	// Type is the name of the type. "Secret" stands for any type of class secret.
	Type string `json:"type"`
	// Or names types that are right as well.
	Or []string `json:"or,omitempty"`
}

// group draws texts of one kind. A function returns a text in which «Type|value» marks what is sensitive and
// ‹Type|value› what only looks so; «Type/Other|value» allows two types.
type group struct {
	name string
	pos  func(r *rng) string
	near func(r *rng) string
	n    int // Texts of each kind.
}

// perGroup is how many positives and how many near-misses a group has unless it says otherwise.
const perGroup = 400

// groups is the whole corpus, in the order of its files.
func groups() []group {
	var all []group
	for _, g := range [][]group{networkGroups, secretGroups, numberGroups, nationalGroups, peopleGroups, deviceGroups, documentGroups, strangerNumberGroups, strangerNationalGroups, strangerSecretGroups, strangerPeopleGroups, secondGroups} {
		all = append(all, g...)
	}
	return all
}

// Generate returns the corpus for a seed. Each example depends on the seed and its ID only, so that a new group changes
// none that was there before.
func Generate(seed uint64) ([]Example, error) {
	var out []Example
	for _, g := range groups() {
		n := g.n
		if n == 0 {
			n = perGroup
		}
		for _, k := range []struct {
			name string
			draw func(r *rng) string
		}{{"positive", g.pos}, {"near", g.near}} {
			if k.draw == nil {
				continue
			}
			for i := range n {
				id := fmt.Sprintf("%s/%s/%d", g.name, k.name, i)
				x, err := parse(k.draw(newRNG(seed, id)))
				if err != nil {
					return nil, fmt.Errorf("%s: %w", id, err)
				}
				if (len(x.Spans) > 0) != (k.name == "positive") {
					return nil, fmt.Errorf("%s: a %s example with %d labels", id, k.name, len(x.Spans))
				}
				x.ID, x.Held = id, held(id)
				out = append(out, x)
			}
		}
	}
	return out, nil
}

// held keeps a tenth of all examples aside.
func held(id string) bool {
	h := fnv.New64a()
	h.Write([]byte(id))
	return h.Sum64()>>7%10 == 0
}

// parse takes the marks out of a text.
func parse(marked string) (Example, error) {
	var x Example
	var text strings.Builder
	for {
		i := strings.IndexAny(marked, "«‹")
		if i < 0 {
			break
		}
		text.WriteString(marked[:i])
		near := strings.HasPrefix(marked[i:], "‹")
		open, end := "«", "»"
		if near {
			open, end = "‹", "›"
		}
		typ, rest, ok := strings.Cut(marked[i+len(open):], "|")
		value, after, closed := strings.Cut(rest, end)
		if !ok || !closed || value == "" {
			return x, fmt.Errorf("bad mark at %d in %q", i, marked)
		}
		types := strings.Split(typ, "/")
		s := Span{Start: text.Len(), End: text.Len() + len(value), Type: types[0]}
		if len(types) > 1 {
			s.Or = types[1:]
		}
		if near {
			x.Near = append(x.Near, s)
		} else {
			x.Spans = append(x.Spans, s)
		}
		text.WriteString(value)
		marked = after
	}
	text.WriteString(marked)
	x.Text = text.String()
	return x, nil
}

// is marks a value as one of a type.
func is(typ, value string) string { return "«" + typ + "|" + value + "»" }

// not marks a value that only looks like one of a type.
func not(typ, value string) string { return "‹" + typ + "|" + value + "›" }
