package pii

import (
	"bytes"
	"errors"
	"io"
	"slices"
)

// ErrClosed is returned by a [Redactor] that was closed.
var ErrClosed = errors.New("redactor is closed")

// Redactor is an [io.WriteCloser] that writes redacted text to another writer. It holds back what may still become part
// of a finding, so that no byte leaves before its span is decided, in bounded memory. It looks at the text once; to have
// the result looked at again, as [Scanner.Redact] does, let it write to a second one with [ModeCleared]. After an error of the allocator or
// the writer nothing more is written and every call returns the error. It is for one goroutine.
type Redactor struct {
	// OnFinding, if not nil, is called for each finding in order, with the token that took its place, or the zero token
	// if it is below [LevelRedact] and stays. Set it before the first Write.
	OnFinding func(Finding, Token)
	// Harvest, if not nil, is filled with what a context gives away, such as the password in "password=x", and is looked
	// for behind that context: a value found once is found again bare. Whatever the text is cut into, the result is the
	// same. It must be nothing that the scanner looks for besides. Set it before the first Write; see [NewHarvest].
	Harvest *KnownSet
	// First, if not nil, is what [Scanner.Read] found in the text that is written: it is not scanned again, and only what the
	// scanner knows from before is looked for. Write and Close return [ErrChanged] if it is another text; what was written
	// until then was the same. Set it before the first Write, for [ModeRaw].
	First *Reading

	st    stream
	a     Allocator
	w     io.Writer
	esc   escaper
	raw   bool
	out   []byte
	stats Stats
	err   error
}

// NewRedactor returns a redactor that takes tokens from a and writes to w. Close it to flush the rest; w stays open.
func NewRedactor(s *Scanner, a Allocator, m Mode, w io.Writer) *Redactor {
	r := &Redactor{a: a, w: w, raw: m == ModeRaw}
	r.st = newStream(s, m, (*redactSink)(r))
	r.st.keepSuspects = true
	return r
}

// Write takes text in. It returns len(p) unless there is an error.
func (r *Redactor) Write(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	for n := 0; n < len(p); {
		k := min(len(p)-n, blockSize)
		if err := r.run(p[n:n+k], false); err != nil {
			return n, err
		}
		n += k
	}
	return len(p), nil
}

// Close writes the rest. A second call returns [ErrClosed].
func (r *Redactor) Close() error {
	if r.err != nil {
		return r.err
	}
	if err := r.run(nil, true); err != nil {
		return err
	}
	r.err = ErrClosed
	return nil
}

func (r *Redactor) run(p []byte, final bool) error {
	r.st.harvest = r.Harvest
	if r.First != nil && r.st.second == nil {
		r.st.again(r.First)
	}
	err := r.st.write(p)
	if err == nil && final {
		err = r.st.close()
	}
	if err == nil && len(r.out) > 0 {
		_, err = r.w.Write(r.out)
	}
	r.out = r.out[:0]
	r.err = err
	return err
}

// Stats returns the numbers for what was decided so far; after Close, for the whole text.
func (r *Redactor) Stats() Stats { return r.stats }

// redactSink is the sink of a Redactor.
type redactSink Redactor

func (k *redactSink) clear(text []byte, final bool) (int, error) {
	n := len(text)
	if k.raw {
		k.out, n = k.esc.append(k.out, text, final)
		if final {
			k.esc = escaper{}
		}
	} else {
		k.out = append(k.out, text...)
	}
	k.lines(text[:n])
	return n, nil
}

func (k *redactSink) found(f Finding, value []byte) error {
	k.stats.count(f)
	var tok Token
	if f.Level == LevelRedact {
		var err error
		if tok, err = k.a.Token(f.Type, value); err != nil {
			return err
		}
		if !tok.Valid() {
			return ErrToken
		}
		k.out = AppendToken(k.out, tok)
		k.lines(value)
	}
	if k.OnFinding != nil {
		k.OnFinding(f, tok)
	}
	return nil
}

func (k *redactSink) lines(text []byte) {
	k.stats.Bytes += int64(len(text))
	k.stats.Lines += int64(bytes.Count(text, newline))
}

// maxPasses bounds how often redacted text is looked at again. Two are rare.
const maxPasses = 8

// ErrUnsettled is returned for text, made for the purpose, in which each redaction uncovers a further value.
var ErrUnsettled = errors.New("text still has findings after 8 redactions: give it in parts")

// Redact returns text with the findings of LevelRedact replaced by tokens, and their numbers by type. It scans the result
// again, because a token may leave a value standing on its own that ran into its neighbour before, until nothing more is
// found. After an error it returns no text.
func (s *Scanner) Redact(a Allocator, m Mode, text []byte) ([]byte, Counts, error) {
	out, counts, err := s.redactFindings(a, m, text, s.ScanMode(nil, text, m))
	for n, pass := counts.Total(), 1; err == nil && n > 0; pass++ {
		if pass > maxPasses {
			return nil, Counts{}, ErrUnsettled
		}
		var more Counts
		found := s.ScanMode(nil, out, ModeCleared)
		if !slices.ContainsFunc(found, func(f Finding) bool { return f.Level == LevelRedact }) {
			break
		}
		out, more, err = s.redactFindings(a, ModeCleared, out, found)
		counts.Add(&more)
		n = more.Total()
	}
	if err != nil {
		return nil, Counts{}, err
	}
	return out, counts, nil
}

// RedactString is [Scanner.Redact] for a string.
func (s *Scanner) RedactString(a Allocator, m Mode, text string) (string, Counts, error) {
	out, counts, err := s.Redact(a, m, []byte(text))
	return string(out), counts, err
}

func (s *Scanner) redactFindings(a Allocator, m Mode, text []byte, found []Finding) ([]byte, Counts, error) {
	var counts Counts
	out := make([]byte, 0, len(text)+16*len(found))
	pos := 0
	gap := func(end int) {
		if m != ModeRaw {
			out = append(out, text[pos:end]...)
			return
		}
		var esc escaper
		out, _ = esc.append(out, text[pos:end], true)
	}
	for _, f := range found {
		if f.Level != LevelRedact {
			continue
		}
		gap(int(f.Start))
		tok, err := a.Token(f.Type, text[f.Start:f.End:f.End])
		if err == nil && !tok.Valid() {
			err = ErrToken
		}
		if err != nil {
			return nil, Counts{}, err
		}
		out = AppendToken(out, tok)
		counts[f.Type]++
		pos = int(f.End)
	}
	gap(len(text))
	return out, counts, nil
}
