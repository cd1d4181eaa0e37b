package digest

import (
	"bytes"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
)

// Template is a statement that lines were printed by.
type Template struct {
	// ID names the template by its text: the same in every log and with
	// every version that finds the same text. It is "t" and six or more
	// hexadecimal digits.
	ID string
	// Text is the message with <*> for what varies and # for the digits in
	// words that stay.
	Text string
	// Example is the first line that has it, cut at 1,000 bytes.
	Example string
	// ExampleLine is the number of that line in log ExampleSide.
	ExampleLine int64
	ExampleSide int
	// ExampleOffset is that of its first byte in that log.
	ExampleOffset int64

	message string // of the example
	stats   []*stat
}

// Result is what a Miner found.
type Result struct {
	// Templates are in the order of their first lines.
	Templates []Template

	sides []*side
	lines []uint32
	other int // index of the template of what was given up, or -1
}

// Finish ends the last log and returns what was found. The Miner must not be
// used any more.
func (m *Miner) Finish() *Result {
	m.drain()
	m.sides[len(m.sides)-1].clock = m.clock
	m.cluster()
	r := &Result{sides: m.sides, other: -1}
	var order []int32
	for i := range m.leaves {
		if !m.leaves[i].dead {
			order = append(order, int32(i))
		}
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		x, y := &m.leaves[a], &m.leaves[b]
		if x.side != y.side {
			return x.side - y.side
		}
		return int(x.first - y.first)
	})
	number := make([]uint32, len(m.leaves))
	all := make([][]*stat, len(m.sides))
	for _, i := range order {
		l := &m.leaves[i]
		for s := range m.sides {
			if s >= len(l.stats) {
				l.stats = append(l.stats, nil)
			}
			if st := l.stats[s]; st != nil {
				st.widen(m.sides[s].width)
				all[s] = append(all[s], st)
			}
		}
		t := Template{
			Text: m.text(l), Example: strings.ToValidUTF8(string(l.example), "\uFFFD"), ExampleLine: l.first, ExampleSide: l.side, ExampleOffset: l.offset,
			message: strings.ToValidUTF8(string(l.message), "\uFFFD"), stats: l.stats,
		}
		if i == m.other {
			r.other = len(r.Templates)
		} else {
			// Of what stays, not of what varies: a name may be any word.
			level := levelOfText([]byte(t.Text))
			for _, st := range l.stats {
				if st != nil {
					st.judge(level)
				}
			}
		}
		number[i] = uint32(len(r.Templates))
		r.Templates = append(r.Templates, t)
	}
	for i, s := range m.sides {
		s.total(all[i])
	}
	for i, l := range m.lines {
		m.lines[i] = number[m.root(int32(l))]
	}
	r.lines = m.lines
	r.name()
	return r
}

// name gives every template its ID.
func (r *Result) name() {
	ids := map[string]int{}
	for i := range r.Templates {
		r.Templates[i].ID = idOf(r.Templates[i].Text, ids)
	}
}

// Hide takes out of the texts what must not be shown. For each template it is
// given what is sensitive in its example, and the example without it. Every
// word of a text that is part of a sensitive value becomes <*>; IDs are made
// anew, so that they tell nothing either.
func (r *Result) Hide(of func(t *Template) (values [][]byte, example string)) {
	for i := range r.Templates {
		t := &r.Templates[i]
		values, example := of(t)
		if len(values) == 0 {
			continue
		}
		t.Text = hide(t.Text, values)
		t.Example, t.message = example, example
	}
	r.name()
}

// Rewrite changes all texts that may be shown, by a function that leaves alone
// what holds nothing. IDs are made anew.
func (r *Result) Rewrite(f func(text string) (string, error)) error {
	for i := range r.Templates {
		t := &r.Templates[i]
		for _, s := range []*string{&t.Text, &t.Example, &t.message} {
			var err error
			if *s, err = f(*s); err != nil {
				return err
			}
		}
	}
	r.name()
	return nil
}

// hide replaces the words of a text that occur in one of the values.
func hide(text string, values [][]byte) string {
	var sb strings.Builder
	l := lexer{b: []byte(text)}
	end := 0
	for {
		kind := l.token()
		if kind == tokEnd {
			sb.WriteString(text[end:])
			return sb.String()
		}
		w := text[l.start:l.i]
		sb.WriteString(text[end:l.start])
		end = l.i
		switch {
		case kind == tokDelim || kind == tokSymbol || !partOf(w, values):
			sb.WriteString(w)
		default:
			sb.WriteString("<*>")
		}
	}
}

// partOf reports whether a word of a template is part of a value, or holds a
// part of one. A template shows # for each run of digits, so that both are
// compared by what stands between digits. It errs to the safe side.
func partOf(w string, values [][]byte) bool {
	between := func(c rune) bool { return c == '#' || c == '*' || c == '…' || c >= '0' && c <= '9' }
	parts := strings.FieldsFunc(w, between)
	for _, v := range values {
		all := len(parts) > 0
		for _, p := range parts {
			all = all && bytes.Contains(v, []byte(p))
		}
		if all {
			return true
		}
		for _, p := range bytes.FieldsFunc(v, between) {
			if len(p) >= 3 && strings.Contains(w, string(p)) {
				return true
			}
		}
	}
	return false
}

// TemplateOf returns the index of the template of line n, counted from 1 over
// all logs in their order, or -1. It needs [Options.Lines].
func (r *Result) TemplateOf(n int64) int {
	if n < 1 || n > int64(len(r.lines)) {
		return -1
	}
	return int(r.lines[n-1])
}

// Find returns the index of the template with this ID, or -1.
func (r *Result) Find(id string) int {
	return slices.IndexFunc(r.Templates, func(t Template) bool { return t.ID == id })
}

// idOf names a text that no other template has: two that read alike and
// differ in what is not shown are told apart by more digits.
func idOf(text string, taken map[string]int) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // a hash never fails
	digits := strconv.FormatUint(h.Sum64()|1<<63, 16)
	for n := 6; ; n++ {
		id := "t" + digits[len(digits)-min(n, len(digits)):]
		if n > len(digits) {
			id += "." + strconv.Itoa(n-len(digits))
		}
		if taken[id] == 0 {
			taken[id] = 1
			return id
		}
	}
}

// maxText is the longest text of a template, in bytes.
const maxText = 600

// text writes a template out, with the spaces of its example.
func (m *Miner) text(l *leaf) string {
	var sb strings.Builder
	parts := elems(nil, l.message)
	end := int32(0)
	for i, s := range l.syms {
		if i >= len(parts) || sb.Len() > maxText {
			sb.WriteString(mergedShape)
			break
		}
		if e := parts[i]; e.start > end {
			sb.WriteByte(' ')
			end = e.end
		} else {
			end = e.end
		}
		switch {
		case s == symValue:
			sb.WriteString("<*>")
		case s >= symWord:
			if info := m.words.info(s); info.class == mixedWord {
				sb.WriteString(hashDigits(info.text))
			} else {
				sb.WriteString(info.text)
			}
		case s >= symSymbol:
			sb.Write(l.message[parts[i].start:min(parts[i].end, parts[i].start+3)])
		default:
			sb.WriteByte(byte(s))
		}
	}
	if len(l.syms) == 0 {
		return mergedShape
	}
	return strings.ToValidUTF8(sb.String(), "\uFFFD")
}

// hashDigits shows that a word has digits there, of which 0 is the sign.
func hashDigits(stem string) string { return strings.ReplaceAll(stem, "0", "#") }
