package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tftsr/tftsr/internal/pii"
	corpus "github.com/tftsr/tftsr/testdata/pii"
)

// tally counts what became of the labels of one group.
type tally struct {
	labels, exact, typed, overlap int
	bytes, covered                int
	near, clean                   int
	falses                        int // Findings beside every label, in texts with labels.
	missed, hit                   []string
}

func (t *tally) add(o *tally) {
	t.labels += o.labels
	t.exact += o.exact
	t.typed += o.typed
	t.overlap += o.overlap
	t.bytes += o.bytes
	t.covered += o.covered
	t.near += o.near
	t.clean += o.clean
	t.falses += o.falses
}

// typeTally counts the labels and the findings of one type.
type typeTally struct{ labels, exact, right, wrong int }

type result struct {
	groups map[string]*tally
	order  []string
	types  map[string]*typeTally
	total  tally
}

// score runs the scanner over texts and compares what is redacted with the labels. What is only suspected counts as not
// found.
func score(s *pii.Scanner, texts []corpus.Example) *result {
	res := &result{groups: map[string]*tally{}, types: map[string]*typeTally{}}
	var found []pii.Finding
	for _, x := range texts {
		g := res.groups[x.Group()]
		if g == nil {
			g = &tally{}
			res.groups[x.Group()] = g
			res.order = append(res.order, x.Group())
		}
		found = slices.DeleteFunc(s.Scan(found[:0], []byte(x.Text)), func(f pii.Finding) bool { return f.Level != pii.LevelRedact })
		one := judge(x, found)
		g.add(&one)
		g.missed = append(g.missed, one.missed...)
		g.hit = append(g.hit, one.hit...)
		res.total.add(&one)
		for _, l := range x.Spans {
			t := res.of(l.Type)
			t.labels++
			if slices.ContainsFunc(found, func(f pii.Finding) bool { return is(l, f) }) {
				t.exact++
			}
		}
		for _, f := range found {
			t := res.of(f.Type.String())
			if slices.ContainsFunc(x.Spans, func(l corpus.Span) bool { return overlaps(l, f) }) {
				t.right++
			} else {
				t.wrong++
			}
		}
	}
	return res
}

func (res *result) of(typ string) *typeTally {
	t := res.types[typ]
	if t == nil {
		t = &typeTally{}
		res.types[typ] = t
	}
	return t
}

// is reports whether a finding has the bytes and the type of a label.
func is(l corpus.Span, f pii.Finding) bool {
	return int(f.Start) == l.Start && int(f.End) == l.End && fits(l, f)
}

func overlaps(l corpus.Span, f pii.Finding) bool {
	return int(f.Start) < l.End && l.Start < int(f.End)
}

// fits reports whether a finding has the type of a label.
func fits(l corpus.Span, f pii.Finding) bool {
	t := f.Type.String()
	return t == l.Type || slices.Contains(l.Or, t) || l.Type == "Secret" && f.Type.Class() == pii.ClassSecret
}

// judge compares the findings in one text with its labels.
func judge(x corpus.Example, found []pii.Finding) (t tally) {
	for _, l := range x.Spans {
		t.labels++
		t.bytes += l.End - l.Start
		exact, typed, covered := false, false, 0
		for _, f := range found {
			if !overlaps(l, f) {
				continue
			}
			covered += min(int(f.End), l.End) - max(int(f.Start), l.Start)
			exact = exact || int(f.Start) == l.Start && int(f.End) == l.End
			typed = typed || is(l, f)
		}
		t.covered += covered
		if covered > 0 {
			t.overlap++
		}
		if exact {
			t.exact++
		}
		if typed {
			t.typed++
		} else {
			t.missed = append(t.missed, describe(x, found))
		}
	}
	for _, l := range x.Near {
		t.near++
		if slices.ContainsFunc(found, func(f pii.Finding) bool { return overlaps(l, f) }) {
			t.hit = append(t.hit, describe(x, found))
		} else {
			t.clean++
		}
	}
	if len(x.Spans) > 0 {
		for _, f := range found {
			if !slices.ContainsFunc(x.Spans, func(l corpus.Span) bool { return overlaps(l, f) }) {
				t.falses++
			}
		}
	}
	return t
}

// describe shows a text with what was wanted and what was found in it.
func describe(x corpus.Example, found []pii.Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q", x.ID, x.Text)
	for _, l := range x.Spans {
		fmt.Fprintf(&b, "\n      want %s %q", l.Type, x.Text[l.Start:l.End])
	}
	for _, f := range found {
		fmt.Fprintf(&b, "\n      got  %s %q (%s, %s)", f.Type, x.Text[f.Start:f.End], f.Rule, f.Reason)
	}
	return b.String()
}

func percent(n, of int) string {
	if of == 0 {
		return "     -"
	}
	return fmt.Sprintf("%6.1f", 100*float64(n)/float64(of))
}

// print writes the table: of the labels, how many were found with exactly their bytes and their type, with their bytes,
// in part, and the share of their bytes that is covered; of the look-alikes, how many stayed.
func (res *result) print(w io.Writer) {
	fmt.Fprintf(w, "%-16s %6s %6s %6s %6s %6s   %6s %6s   %5s\n", "group", "labels", "typed", "exact", "touch", "bytes", "near", "clean", "false")
	row := func(name string, t *tally) {
		fmt.Fprintf(w, "%-16s %6d %s %s %s %s   %6d %s   %5d\n", name, t.labels, percent(t.typed, t.labels), percent(t.exact, t.labels),
			percent(t.overlap, t.labels), percent(t.covered, t.bytes), t.near, percent(t.clean, t.near), t.falses)
	}
	for _, name := range res.order {
		row(name, res.groups[name])
	}
	row("all", &res.total)
	fmt.Fprintf(w, "\n%-20s %8s %8s %8s %8s %9s\n", "type", "labels", "recall", "right", "wrong", "precision")
	names := []string{"Secret"}
	for _, t := range pii.Types() {
		names = append(names, t.String())
	}
	for _, name := range names {
		if n := res.types[name]; n != nil {
			fmt.Fprintf(w, "%-20s %8d   %s %8d %8d    %s\n", name, n.labels, percent(n.exact, n.labels), n.right, n.wrong, percent(n.right, n.right+n.wrong))
		}
	}
}
