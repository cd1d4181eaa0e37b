package export

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tftsr/tftsr/internal/triage"
)

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
	return fmt.Errorf("%w: it stretches over several parts", ErrHidden)
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

const unit = "\x1f" // separates what restore is given; clean text has none

// restore puts originals in place of tokens, span by span: a token is whole in
// one, and styles and links stay.
func (p *page) restore(f func(string) (string, error)) error {
	places := []*string{&p.title}
	spans := func(list []span) {
		for i := range list {
			places = append(places, &list[i].text)
			if !strings.HasPrefix(list[i].link, "#") {
				places = append(places, &list[i].link)
			}
		}
	}
	walk(p.blocks, func(b *block) {
		places = append(places, &b.text)
		spans(b.spans)
		for _, row := range b.rows {
			for _, cell := range row {
				spans(cell)
			}
		}
	})
	parts := make([]string, len(places))
	for i, at := range places {
		parts[i] = *at
	}
	text, err := f(strings.Join(parts, unit))
	if err != nil {
		return err
	}
	parts = strings.Split(text, unit)
	if len(parts) != len(places) {
		return errParts
	}
	for i, at := range places {
		if *at != parts[i] {
			*at = strings.TrimRight(triage.Plain(parts[i]), "\n")
		}
	}
	return nil
}

var errParts = errors.New("an original holds a control character that no file can show: export Markdown")
