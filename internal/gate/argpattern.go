package gate

import (
	"strings"

	"github.com/tftsr/tftsr/internal/pii"
)

// pattern clears a regular expression.
func (w *argWalk) pattern(b []byte) (out []byte, err error) {
	var counts Counts
	once := func() (err error) {
		out, counts, err = w.patternOnce(b)
		return err
	}
	if !w.settle {
		err = once()
		w.dirty = w.dirty || len(counts) > 0
		return out, err
	}
	err = w.complete(once)
	for t, n := range counts {
		w.counts[t] += n
	}
	return out, err
}

// patternOnce scans a regular expression as the text that it spells, because
// an original in it has its dots escaped.
func (w *argWalk) patternOnce(b []byte) (out []byte, counts Counts, err error) {
	plain, at := spelled(b)
	counts = Counts{}
	last := 0
	for _, f := range w.engine.ScanMode(nil, plain, pii.ModeAgent) {
		if f.Level != pii.LevelRedact {
			continue
		}
		from, to := at[f.Start], at[f.End]
		for f.End > f.Start+1 && to == at[f.End-1]+1 && (b[to-1] == '$' || b[to-1] == ')') {
			f.End-- // The end of the pattern or of a group, not of the value.
			to--
		}
		if f.Type.Class() == pii.ClassSecret && f.Reason.Has(pii.ReasonKey) && isExpression(b[from:to]) {
			continue // What follows "password=" in a pattern is rarely a password.
		}
		tok, err := w.pass.Token(f.Type, plain[f.Start:f.End])
		if err != nil {
			return nil, nil, err
		}
		counts[f.Type.String()]++
		out = append(out, pii.QuoteTokens(string(b[last:from]))...)
		out = append(out, pii.QuoteTokens(tok.String())...)
		last = to
	}
	return append(out, pii.QuoteTokens(string(b[last:]))...), counts, nil
}

// spelled returns the text that an RE2 pattern spells where it is literal: with
// the backslash before punctuation removed. at maps each byte of it, and its
// end, to its place in the pattern.
func spelled(pattern []byte) (plain []byte, at []int) {
	for i := 0; i < len(pattern); i++ {
		at = append(at, i)
		if pattern[i] == '\\' && i+1 < len(pattern) && isPunct(pattern[i+1]) {
			i++
		}
		plain = append(plain, pattern[i])
	}
	return plain, append(at, len(pattern))
}

// isExpression reports whether a part of a pattern is more than literal text.
func isExpression(b []byte) bool {
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '\\' && i+1 < len(b) && isPunct(b[i+1]):
			i++
		case strings.IndexByte(`\*+?()[]{}|^$`, b[i]) >= 0:
			return true
		}
	}
	return false
}

func isPunct(c byte) bool {
	return '!' <= c && c <= '/' || ':' <= c && c <= '@' || '[' <= c && c <= '`' || '{' <= c && c <= '~'
}
