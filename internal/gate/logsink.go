package gate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"
	"sync"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

// logSink takes the redacted text of a log and what was found in it.
type logSink struct {
	mu   sync.Mutex // A scan that was left behind may still write.
	w    store.LogWriter
	done bool

	digest hash.Hash
	bytes  int64
	feeds  int64
	last   byte
	tail   []byte // What may be the start of a token.
	err    error  // Of the store, from a callback that cannot return it.

	counts   Counts
	findings []store.LogFinding
	index    map[pii.Token]int // Into findings.
	more     map[pii.Type]int  // Into findings, for values beyond maxLogFindings.

	// The first lines, apart, because a token may be written before it is
	// announced or after.
	lines     map[pii.Token]int64
	moreLines map[pii.Type]int64
}

var errSinkClosed = errors.New("the log was given up")

func newLogSink(w store.LogWriter) *logSink {
	return &logSink{
		w: w, digest: sha256.New(), counts: Counts{},
		index: map[pii.Token]int{}, more: map[pii.Type]int{},
		lines: map[pii.Token]int64{}, moreLines: map[pii.Type]int64{},
	}
}

// finding notes a redaction. What is only suspect stays in the text and is no
// redaction.
func (s *logSink) finding(f pii.Finding, tok pii.Token) {
	if f.Level != pii.LevelRedact {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done || s.err != nil {
		return
	}
	if err := s.w.Span(store.LogSpan{Start: f.Start, End: f.End, Type: f.Type.String()}); err != nil {
		s.err = err
		return
	}
	s.counts[f.Type.String()]++
	i := s.entry(f, tok)
	s.findings[i].Count++
}

// entry returns the place of a value in the list of findings.
func (s *logSink) entry(f pii.Finding, tok pii.Token) int {
	if i, ok := s.index[tok]; ok {
		return i
	}
	lf := store.LogFinding{
		Token:      tok.String(),
		Type:       f.Type.String(),
		Class:      f.Type.Class().String(),
		Rule:       f.Rule.String(),
		Reason:     f.Reason.String(),
		Confidence: int(f.Confidence),
	}
	if len(s.index) >= maxLogFindings {
		if i, ok := s.more[f.Type]; ok {
			return i
		}
		lf.Token, lf.Rule, lf.Reason = "["+tok.Label+"_*]", "", "further values"
		s.more[f.Type] = len(s.findings)
	} else {
		s.index[tok] = len(s.findings)
	}
	s.findings = append(s.findings, lf)
	return len(s.findings) - 1
}

// Write stores redacted text.
func (s *logSink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.done:
		return 0, errSinkClosed
	case s.err != nil:
		return 0, fmt.Errorf("store: %w", s.err)
	case len(p) == 0:
		return 0, nil
	}
	if _, err := s.w.Write(p); err != nil {
		return 0, fmt.Errorf("store: %w", err)
	}
	s.digest.Write(p)
	s.bytes += int64(len(p))
	s.last = p[len(p)-1]
	s.locate(p, false)
	return len(p), nil
}

// maxTokenText is the length of the longest token text, generously.
const maxTokenText = 64

// locate counts lines and notes the first line of every token. A token that is
// not escaped is one of ours, because the text is redacted in raw mode.
func (s *logSink) locate(p []byte, final bool) {
	b := append(s.tail, p...)
	for {
		i := bytes.IndexByte(b, '[')
		if i < 0 {
			s.feeds += int64(bytes.Count(b, []byte{'\n'}))
			b = b[len(b):]
			break
		}
		s.feeds += int64(bytes.Count(b[:i], []byte{'\n'}))
		b = b[i:]
		if len(b) < maxTokenText && !final {
			break
		}
		n := 1
		if tok, size, ok := pii.ParseToken(b); ok {
			s.seen(tok)
			n = size
		}
		b = b[n:]
	}
	s.tail = append(s.tail[:0:0], b...)
}

// seen notes the first line of a value.
func (s *logSink) seen(tok pii.Token) {
	if _, ok := s.lines[tok]; ok {
		return
	}
	if len(s.lines) < maxLogFindings {
		s.lines[tok] = s.feeds + 1
		return
	}
	if t := tok.Type(); s.moreLines[t] == 0 {
		s.moreLines[t] = s.feeds + 1
	}
}

// commit makes the log visible.
func (s *logSink) commit(ctx context.Context, l *triage.Log) ([]store.LogFinding, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return nil, errSinkClosed
	}
	if s.err != nil {
		return nil, fmt.Errorf("store: %w", s.err)
	}
	s.locate(nil, true)
	l.RedactedSHA256 = hex.EncodeToString(s.digest.Sum(nil))
	l.RedactedBytes = s.bytes
	l.Lines = s.feeds
	if s.bytes > 0 && s.last != '\n' {
		l.Lines++
	}
	l.Counts = s.counts
	for tok, i := range s.index {
		s.findings[i].FirstLine = s.lines[tok]
	}
	for t, i := range s.more {
		s.findings[i].FirstLine = s.moreLines[t]
	}
	slices.SortStableFunc(s.findings, func(a, b store.LogFinding) int { return int(a.FirstLine - b.FirstLine) })
	if err := s.w.Commit(ctx, l, s.findings); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	s.done = true
	return s.findings, nil
}

// close drops the log unless it was committed.
func (s *logSink) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.done {
		s.done = true
		_ = s.w.Abort() // The error that led here is the one to report.
	}
}
