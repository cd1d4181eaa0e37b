package pii

import (
	"fmt"
)

// Options configure a [Scanner]. The zero value is the balanced preset with nothing released and nothing known.
type Options struct {
	Preset Preset
	// AllowTypes are released types: they are never reported.
	AllowTypes []Type
	// Allow, if not nil, is asked about each value before it is reported; true releases it. It is called from every
	// goroutine that scans, must not keep value, and must depend on its arguments only.
	Allow func(t Type, value []byte) bool
	// AllowValues are released values: a finding whose value is one of them is not reported, if the two are the same by
	// [Canonical] for the type of the finding. Values of class secret must match byte for byte.
	AllowValues []string
	// Rules are the owner's. They hold in every preset.
	Rules []CustomRule
	// Roster, if not nil, has persons who are found wherever they stand.
	Roster *Roster
	// Known, if not nil, finds values known from before wherever they stand bare.
	Known Known
	// Parallel lets [Scanner.ScanReader] and a [Redactor] scan on as many goroutines as there are processors. What they
	// find, and in which order, is the same; they hold up to 16 MiB of text instead of a few blocks, and 1 MiB each of what
	// they remember.
	Parallel bool
}

// Known finds values that are known from before. Implementations must be safe for concurrent use.
type Known interface {
	// Find calls fn for every known value in b, in any order. Whether a value is reported at a place may depend on the
	// bytes of the value and the one byte on either side only, and no value is longer than [MaxKnown]: streams are
	// searched in pieces that overlap by that much.
	Find(b []byte, fn func(start, end int, t Type))
}

// MaxKnown is the greatest length of a value that [Known] may report, in bytes.
const MaxKnown = 1024

// Mode says what a token in the text is.
type Mode uint8

const (
	// ModeRaw is for text from outside: a token in it is a look-alike and is escaped with an '=' after the bracket, so
	// that [Restore] gives back the text as it was.
	ModeRaw Mode = iota
	// ModeAgent is for text of an agent that was shown tokens: they refer to values, stay as they are and are never
	// part of a finding.
	ModeAgent
	// ModeCleared is for text that was redacted before and is only checked again. Tokens and escaped look-alikes stay
	// as they are. What is found nevertheless is redacted.
	ModeCleared
)

// Scanner finds sensitive values. It is immutable and safe for concurrent use.
type Scanner struct {
	known     Known
	roster    *Roster
	allow     func(t Type, value []byte) bool
	off       [numTypes]bool
	redactAt  uint8 // Findings of at least this confidence are LevelRedact.
	suspectAt uint8 // Findings below this confidence are dropped.
	strict    bool
	custom    *customSet        // Nil if there are no rules.
	released  map[released]bool // Nil if no value is released.
	parallel  bool
}

// released is a value that is never reported.
type released struct {
	typ       Type
	canonical string
}

// NewScanner returns a scanner. It fails if the options name a preset or a type that does not exist, or hold a rule with a
// fault, which the error names.
func NewScanner(o Options) (*Scanner, error) {
	s := &Scanner{known: o.Known, roster: o.Roster, allow: o.Allow, parallel: o.Parallel, redactAt: 50, suspectAt: 30}
	switch o.Preset {
	case PresetBalanced:
	case PresetStrict:
		s.redactAt = s.suspectAt
		s.strict = true
	case PresetSecretsOnly:
		for t := Type(1); t < numTypes; t++ {
			s.off[t] = t.Class() != ClassSecret && t != Custom
		}
	default:
		return nil, fmt.Errorf("unknown preset %d: use balanced, strict or secrets-only", o.Preset)
	}
	for _, t := range o.AllowTypes {
		if t == 0 || t >= numTypes {
			return nil, fmt.Errorf("unknown type %d in the list of released types", t)
		}
		s.off[t] = true
	}
	for _, v := range o.AllowValues {
		if s.released == nil {
			s.released = make(map[released]bool, len(o.AllowValues)*int(numTypes))
		}
		for t := Type(1); t < numTypes; t++ {
			s.released[released{t, string(Canonical(t, []byte(v)))}] = true
		}
	}
	var err error
	if s.custom, err = compileRules(o.Rules); err != nil {
		return nil, err
	}
	return s, nil
}

// Thresholds returns the confidence, in percent, from which on a finding is of [LevelRedact], and that from which on one is
// reported.
func (s *Scanner) Thresholds() (redact, suspect int) { return int(s.redactAt), int(s.suspectAt) }

// Stats counts what a stream held.
type Stats struct {
	Bytes    int64  // Bytes read.
	Lines    int64  // Line feeds read.
	Redacted Counts // Findings of LevelRedact by type.
	Suspect  Counts // Findings of LevelSuspect by type.
	Shadow   Counts // Findings of LevelShadow by type.
}

// Excerpt tells where a finding of a stream is and what it covers.
type Excerpt struct {
	Line  int64  // Number of the line that the finding starts in, from 1. Lines end with a line feed.
	Value []byte // The covered bytes. Valid until the callback returns; not to be shown without need.
}

// Scan appends the findings in b to dst and returns it. They are in order and do not overlap. It allocates only to
// grow dst. Tokens in b are taken as plain text; see [Scanner.ScanMode].
func (s *Scanner) Scan(dst []Finding, b []byte) []Finding { return s.ScanMode(dst, b, ModeRaw) }
