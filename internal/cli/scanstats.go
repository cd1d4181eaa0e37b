package cli

import (
	"bufio"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/tftsr/tftsr/internal/pii"
)

// maxShownValues is how many values the table for people lists.
const maxShownValues = 100

// place is where something is seen first.
type place struct {
	File string `json:"file"`
	Line int64  `json:"line"`
}

func (p place) String() string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// typeSum counts the findings of a type and a level; those of the owner's
// rules are told apart by rule.
type typeSum struct {
	Type     string `json:"type"`
	Class    string `json:"class"`
	Level    string `json:"level"`
	Rule     string `json:"rule,omitempty"`
	Findings int64  `json:"findings"`
	Distinct int    `json:"distinct"`
	First    place  `json:"first"`

	order int // of the type
}

// valueSum counts one distinct value, under the token that would stand for it.
type valueSum struct {
	Token    string `json:"token"`
	Type     string `json:"type"`
	Class    string `json:"class"`
	Findings int64  `json:"findings"`
	First    place  `json:"first"`
}

type sumKey struct {
	typ   pii.Type
	level pii.Level
	rule  string
}

// summary sums up findings. It holds no value.
type summary struct {
	Files  int         `json:"files"`
	Bytes  int64       `json:"bytes"`
	Lines  int64       `json:"lines"`
	Types  []*typeSum  `json:"types"`
	Values []*valueSum `json:"values"`

	tokens pii.Allocator // of what is redacted: those that redact gives
	others map[pii.Level]pii.Allocator
	types  map[sumKey]*typeSum
	values map[pii.Token]*valueSum
	seen   map[sumKey]map[pii.Token]bool
}

func newSummary() *summary {
	return &summary{
		tokens: pii.NewMemoryAllocator(), others: map[pii.Level]pii.Allocator{},
		types: map[sumKey]*typeSum{}, values: map[pii.Token]*valueSum{}, seen: map[sumKey]map[pii.Token]bool{},
	}
}

func (s *summary) add(scanner *pii.Scanner, f pii.Finding, x pii.Excerpt, file string) error {
	key := sumKey{typ: f.Type, level: f.Level}
	if name := scanner.RuleName(f.Rule); strings.HasPrefix(name, "custom:") {
		key.rule = name
	}
	t := s.types[key]
	if t == nil {
		t = &typeSum{
			Type: f.Type.String(), Class: f.Type.Class().String(), Level: f.Level.String(), Rule: key.rule, First: place{file, x.Line}, order: int(f.Type),
		}
		s.types[key] = t
		s.seen[key] = map[pii.Token]bool{}
	}
	t.Findings++
	tokens := s.tokens
	if f.Level != pii.LevelRedact {
		if tokens = s.others[f.Level]; tokens == nil {
			tokens = pii.NewMemoryAllocator()
			s.others[f.Level] = tokens
		}
	}
	token, err := tokens.Token(f.Type, x.Value)
	if err != nil {
		return err
	}
	if !s.seen[key][token] {
		s.seen[key][token] = true
		t.Distinct++
	}
	if f.Level != pii.LevelRedact {
		return nil
	}
	v := s.values[token]
	if v == nil {
		v = &valueSum{Token: string(pii.AppendToken(nil, token)), Type: t.Type, Class: t.Class, First: place{file, x.Line}}
		s.values[token] = v
	}
	v.Findings++
	return nil
}

// print writes the summary: types in their order, values by how often they
// occur.
func (s *summary) print(out *bufio.Writer, asJSON bool) error {
	s.Types = slices.SortedFunc(maps.Values(s.types), func(a, b *typeSum) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.Level, b.Level), cmp.Compare(a.Rule, b.Rule))
	})
	s.Values = slices.SortedFunc(maps.Values(s.values), func(a, b *valueSum) int {
		return cmp.Or(cmp.Compare(b.Findings, a.Findings), cmp.Compare(a.Type, b.Type), cmp.Compare(len(a.Token), len(b.Token)), cmp.Compare(a.Token, b.Token))
	})
	if asJSON {
		if s.Types == nil {
			s.Types = []*typeSum{}
		}
		if s.Values == nil {
			s.Values = []*valueSum{}
		}
		return encoder(out).Encode(s)
	}
	w := table{tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)}
	w.row("%s\n", fmt.Sprintf("%d files, %d lines, %d bytes", s.Files, s.Lines, s.Bytes))
	if len(s.Types) == 0 {
		w.row("nothing found\n")
		return w.Flush()
	}
	w.row("\ntype\tclass\tlevel\tfindings\tdistinct\tfirst\n")
	for _, t := range s.Types {
		name := t.Type
		if t.Rule != "" {
			name += " (" + t.Rule + ")"
		}
		w.row("%s\t%s\t%s\t%d\t%d\t%s\n", name, t.Class, t.Level, t.Findings, t.Distinct, t.First)
	}
	if len(s.Values) == 0 {
		return w.Flush()
	}
	if err := w.Flush(); err != nil {
		return err
	}
	w.row("\nvalue\tfindings\tfirst\n")
	for i, v := range s.Values {
		if i == maxShownValues {
			w.row("and %d more: --json lists all\n", len(s.Values)-i)
			break
		}
		w.row("%s\t%d\t%s\n", v.Token, v.Findings, v.First)
	}
	return w.Flush()
}
