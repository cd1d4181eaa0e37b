package export

import (
	"errors"
	"strings"
)

// errUnclear is returned when something sensitive is found that stretches over
// parts of a document in a way that cannot be cut out of it.
var errUnclear = errors.New("something sensitive stretches over several parts of the document: update the document without it")

// leaf is a piece of visible text that can be replaced.
type leaf struct {
	text func() string
	set  func(string)
}

// leaves returns the visible text of a document, and where its links lead, in
// lines of leaves. A row of a table is one line, so that a name and the value
// beside it are seen together.
func (p *page) leaves() [][]leaf {
	out := [][]leaf{{{func() string { return p.title }, func(s string) { p.title = s }}}}
	line := func(l ...leaf) { out = append(out, l) }
	walk(p.blocks, func(b *block) {
		switch b.kind {
		case paragraph, heading:
			line(spanLeaf(&b.spans))
			out = append(out, linkLeaves(b.spans)...)
		case code:
			line(leaf{func() string { return b.text }, func(s string) { b.text = s }})
			line(leaf{func() string { return b.lang }, func(s string) { b.lang = s }})
		case table:
			for _, row := range b.rows {
				cells := make([]leaf, len(row))
				for i := range row {
					cells[i] = spanLeaf(&row[i])
				}
				line(cells...)
				for i := range row {
					out = append(out, linkLeaves(row[i])...)
				}
			}
		}
	})
	return out
}

func spanLeaf(spans *[]span) leaf {
	return leaf{
		func() string { return plainText(*spans) },
		// What the redaction cut up has no styles any more.
		func(s string) { *spans = []span{{text: strings.ReplaceAll(s, "\n", " ")}} },
	}
}

func linkLeaves(spans []span) [][]leaf {
	var out [][]leaf
	for i := range spans {
		if s := &spans[i]; s.link != "" {
			out = append(out, []leaf{{func() string { return s.link }, func(string) { s.link = "" }}})
		}
	}
	return out
}

const cellGap = " | "

func joined(lines [][]leaf) string {
	var b strings.Builder
	for _, cells := range lines {
		for i, c := range cells {
			if i > 0 {
				b.WriteString(cellGap)
			}
			b.WriteString(c.text())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// redact replaces what clear finds in the visible text. Markup may have hidden
// it from a scan of the source: an address with one digit in bold, a character
// written as an entity.
func (p *page) redact(clear func(string) (string, error)) error {
	lines := p.leaves()
	dirty := func() (before, after string, err error) {
		before = joined(lines)
		after, err = clear(before)
		return before, after, err
	}
	before, after, err := dirty()
	if err != nil || before == after {
		return err
	}
	for _, cells := range lines {
		for _, c := range cells {
			if err := clearLeaf(c, clear); err != nil {
				return err
			}
		}
	}
	// What is left is sensitive beside something else: a value in the cell after
	// its name.
	if before, after, err = dirty(); err != nil || before == after {
		return err
	}
	for _, cells := range lines {
		if len(cells) > 1 {
			if err := clearRow(cells, clear); err != nil {
				return err
			}
		}
	}
	if before, after, err = dirty(); err != nil || before == after {
		return err
	}
	return errUnclear
}

func clearLeaf(c leaf, clear func(string) (string, error)) error {
	was := c.text()
	now, err := clear(was)
	if err == nil && now != was {
		c.set(now)
	}
	return err
}

func clearRow(cells []leaf, clear func(string) (string, error)) error {
	row := joined([][]leaf{cells})
	now, err := clear(row)
	if err != nil || now == row {
		return err
	}
	parts := strings.Split(strings.TrimSuffix(now, "\n"), cellGap)
	if len(parts) != len(cells) {
		// The cells cannot be told apart any more: the whole goes into the first.
		parts = append([]string{strings.TrimSuffix(now, "\n")}, make([]string, len(cells)-1)...)
	}
	for i, c := range cells {
		if c.text() != parts[i] {
			c.set(parts[i])
		}
	}
	return nil
}
