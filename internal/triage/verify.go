package triage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// minQuote is the least number of letters and digits that a quote must have,
// unless it is the whole cited text: "error" occurs everywhere.
const minQuote = 8

// verify resolves what cites a log or the record and notes the result in it.
// Other evidence it leaves alone. An error means that the resolver failed, not
// the evidence.
func verify(ctx context.Context, e *Evidence, r Resolver) error {
	switch {
	case e.excerpt():
		return verifyLines(ctx, e, r)
	case e.Type == EvidenceToolCall:
		return verifyCall(ctx, e, r)
	}
	return nil
}

// verifyCall looks a tool call up in the record. That it was made, and did not
// fail, is all that the record shows: it holds digests and no text.
func verifyCall(ctx context.Context, e *Evidence, r Resolver) error {
	e.Check = CheckNoRecord
	seq, ok := callRef(e.Ref)
	records, known := r.(CallResolver)
	if !ok || !known {
		return nil
	}
	done, err := records.Called(ctx, seq)
	switch {
	case err != nil:
		return fmt.Errorf("read entry %d of the record: %w", seq, err)
	case done:
		e.Check = CheckOK
	}
	return nil
}

func verifyLines(ctx context.Context, e *Evidence, r Resolver) error {
	ref, err := ParseLogRef(e.Ref)
	if err != nil {
		return fmt.Errorf("evidence %s: %w", e.ID, err)
	}
	if r == nil {
		return fmt.Errorf("evidence %s: there is no resolver to check it", e.ID)
	}
	e.Line = 0
	lines, err := r.Lines(ctx, ref.LogID, ref.From, ref.To)
	switch {
	case errors.Is(err, ErrNoLines):
		e.Check = CheckNoRange
		return nil
	case err != nil:
		return fmt.Errorf("read %s: %w", ref, err)
	case int64(len(lines)) != ref.To-ref.From+1:
		e.Check = CheckNoRange
		return nil
	}
	if LinesDigest(lines) != ref.Digest {
		e.Check = CheckDigest
		return nil
	}
	text := make([]string, len(lines))
	for i, l := range lines {
		text[i] = bareLine(l)
	}
	at, ok := findQuote(text, e.Text)
	switch {
	case !ok:
		e.Check = CheckNoQuote
	case !telling(e.Text) && squeeze(e.Text) != squeeze(strings.Join(text, " ")):
		e.Check = CheckTooShort
	default:
		e.Check, e.Line = CheckOK, ref.From+int64(at)
	}
	return nil
}

// telling reports whether a quote has enough letters and digits to say
// something.
func telling(quote string) bool {
	n := 0
	for _, r := range quote {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n >= minQuote
}

// findQuote returns the index of the line in which quote begins. Runs of white
// space count as one space, for models copy text that way; nothing else is
// forgiven.
func findQuote(lines []string, quote string) (int, bool) {
	quote = squeeze(quote)
	switch {
	case quote == "":
		return 0, false
	case len(lines) == 1:
		return 0, strings.Contains(squeeze(lines[0]), quote)
	}
	var b strings.Builder
	starts := make([]int, len(lines))
	for i, l := range lines {
		if l = squeeze(l); l != "" && b.Len() > 0 {
			b.WriteByte(' ')
		}
		starts[i] = b.Len()
		b.WriteString(l)
	}
	at := strings.Index(b.String(), quote)
	if at < 0 {
		return 0, false
	}
	line := 0
	for i, s := range starts {
		if s <= at {
			line = i
		}
	}
	return line, true
}

// squeeze makes runs of white space one space. It is strings.Fields and Join
// without the slice, and keeps invalid UTF-8 as it is.
func squeeze(s string) string {
	if squeezed(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if unicode.IsSpace(r) {
			space = b.Len() > 0
		} else {
			if space {
				b.WriteByte(' ')
				space = false
			}
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// squeezed reports whether a text of ASCII has no white space but single
// spaces between words, as most lines have.
func squeezed(s string) bool {
	last := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf || c < ' ' || c == ' ' && last == ' ' {
			return false
		}
		last = c
	}
	return s == "" || last != ' '
}

// verifyAll resolves all evidence that still stands and derives the
// statuses again.
func verifyAll(ctx context.Context, g *Graph, r Resolver) error {
	for i := range g.Nodes {
		for e := range g.Nodes[i].pieces() {
			if e.Withdrawn {
				continue
			}
			if err := verify(ctx, e, r); err != nil {
				return err
			}
		}
	}
	settle(g)
	return nil
}

// settle derives the status of every claim from its evidence.
func settle(g *Graph) {
	for i := range g.Nodes {
		n := &g.Nodes[i]
		n.Status = weigh(n.Evidence).status()
		for j := range n.Alternatives {
			n.Alternatives[j].Status = weigh(n.Alternatives[j].Evidence).status()
		}
	}
}

// weight counts the evidence of a claim that stands: verified log excerpts,
// records that a person can look up, and what people said.
type weight struct {
	logFor, logAgainst, recordFor, recordAgainst, said, failed int
}

func weigh(list []Evidence) weight {
	var w weight
	for _, e := range list {
		switch {
		case e.Withdrawn:
		case e.fails():
			w.failed++
		case e.excerpt() && e.Effect == Refutes:
			w.logAgainst++
		case e.excerpt():
			w.logFor++
		case e.Type == EvidenceTestimony, arguesFromAbsence(e.Text), arguesFromAbsence(e.Note):
			w.said++
		case e.Effect == Refutes:
			w.recordAgainst++
		default:
			w.recordFor++
		}
	}
	return w
}

func (w weight) status() ClaimStatus {
	switch {
	case w.logFor > 0 && w.logAgainst+w.recordAgainst == 0:
		return Supported
	case w.logAgainst > 0 && w.logFor+w.recordFor == 0:
		return Refuted
	case w.logFor+w.logAgainst+w.recordAgainst > 0:
		return Inconclusive
	}
	return Hypothesis
}
