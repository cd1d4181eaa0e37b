package triage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// MaxRefLines is the longest range that one reference may cite. A citation of
// a whole log proves that the log exists, not that the claim holds.
const MaxRefLines = 1000

// digestLen is the length of a reference's digest in hex characters: 64 bits,
// enough to notice a wrong or changed range, short enough to read aloud.
const digestLen = 16

// ErrNoLines is what a [Resolver] returns, wrapped or plain, for a log that
// it does not know and for a range that the log does not have. Any other
// error means that the resolver itself failed, and the step fails with it.
var ErrNoLines = errors.New("no such lines")

// Resolver reads redacted log lines by number, counted from 1, both ends
// included. Lines come without their terminators; a carriage return that
// remains is ignored by this package.
type Resolver interface {
	Lines(ctx context.Context, logID string, from, to int64) ([]string, error)
}

// CallResolver is what a [Resolver] implements that knows the record of calls
// too. Evidence of type tool_call counts only where it does.
type CallResolver interface {
	// Called reports whether the entry of the record with this sequence number
	// is a tool call that was made, and did not fail, and that the caller may
	// cite.
	Called(ctx context.Context, seq int64) (bool, error)
}

// callRef reads a reference to an entry of the record, audit:SEQ.
func callRef(s string) (int64, bool) {
	s, ok := strings.CutPrefix(s, "audit:")
	if !ok || s == "" || s[0] < '1' || s[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n < 1<<53
}

// LogRef cites a range of lines of a redacted log, with a digest of what the
// lines said when they were read. Its text form is
//
//	log:ID#L120-L131@0123456789abcdef
type LogRef struct {
	LogID  string
	From   int64  // first line, from 1
	To     int64  // last line, included
	Digest string // [LinesDigest] of the lines
}

// NewLogRef cites lines that start at line from of a log.
func NewLogRef(logID string, from int64, lines []string) LogRef {
	return LogRef{LogID: logID, From: from, To: from + int64(len(lines)) - 1, Digest: LinesDigest(lines)}
}

// LinesDigest is the digest of a range: the first 16 lower-case hex
// characters of the SHA-256 over the lines joined by one line feed each, with
// none after the last. Of each line one trailing line feed and then one
// trailing carriage return are removed first, so that the digest is the same
// for the same text with either kind of line end.
func LinesDigest(lines []string) string {
	h := sha256.New()
	for i, l := range lines {
		if i > 0 {
			h.Write([]byte{'\n'})
		}
		h.Write([]byte(bareLine(l)))
	}
	return hex.EncodeToString(h.Sum(nil))[:digestLen]
}

func bareLine(l string) string {
	return strings.TrimSuffix(strings.TrimSuffix(l, "\n"), "\r")
}

// String returns the text form that [ParseLogRef] reads.
func (r LogRef) String() string {
	return fmt.Sprintf("log:%s#L%d-L%d@%s", r.LogID, r.From, r.To, r.Digest)
}

// ParseLogRef reads the text form of a reference. For one line "#L120@" may
// stand for "#L120-L120@". The digest is required: it shows that whoever cites
// the lines has read them.
func ParseLogRef(s string) (LogRef, error) { return parseLogRef("ref", s) }

func parseLogRef(field, s string) (LogRef, error) {
	const form = "cite lines as log:ID#L120-L131@DIGEST, as read_log prints them"
	bad := func(problem string) (LogRef, error) {
		return LogRef{}, inputErr(field, problem, form)
	}
	rest, ok := strings.CutPrefix(strings.TrimSpace(s), "log:")
	if !ok {
		return bad("does not start with log:")
	}
	id, rest, ok := strings.Cut(rest, "#")
	if !ok || !validID(id, 64) {
		return bad("has no valid log id before #")
	}
	lines, digest, ok := strings.Cut(rest, "@")
	if !ok || !validDigest(digest) {
		return bad(fmt.Sprintf("has no digest of %d lower-case hex characters after @", digestLen))
	}
	first, last, ranged := strings.Cut(lines, "-")
	if !ranged {
		last = first
	}
	from, okFrom := lineNumber(first)
	to, okTo := lineNumber(last)
	switch {
	case !okFrom || !okTo:
		return bad("has no valid line numbers")
	case to < from:
		return bad("ends before it starts")
	case to-from >= MaxRefLines:
		return LogRef{}, inputErr(field, fmt.Sprintf("cites more than %d lines", MaxRefLines), "cite the lines that show the claim")
	}
	return LogRef{LogID: id, From: from, To: to, Digest: digest}, nil
}

func lineNumber(s string) (int64, bool) {
	s, ok := strings.CutPrefix(s, "L")
	if !ok || s == "" || s[0] < '1' || s[0] > '9' {
		return 0, false
	}
	// 2^53 and more would not survive a JSON client.
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n < 1<<53
}

func validDigest(s string) bool {
	if len(s) != digestLen {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// validID accepts what ids are made of: letters, digits, hyphen, underscore.
func validID(s string, most int) bool {
	if s == "" || len(s) > most {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}
