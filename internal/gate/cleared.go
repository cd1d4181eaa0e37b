package gate

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
)

// ErrNotCleared is returned for text that was not cleared for the destination
// it is about to be sent to.
var ErrNotCleared = errors.New("text is not cleared for this destination")

// Cleared is text that the gate has redacted for one destination. Only this
// package makes it, so a function that takes a Cleared cannot be handed text
// that went around the gate. The zero value holds nothing and goes nowhere.
//
// A Cleared never prints its text: fmt, log/slog and encoding/json show where
// it may go and how long it is.
type Cleared struct {
	// A function, because fmt walks the fields of a struct that holds a Cleared
	// in an unexported field without asking Format. It follows even a pointer
	// when the verb does not fit, and it cannot look into a function.
	open func() *cleared
}

type cleared struct {
	text   string
	dest   Destination
	sum    string
	counts Counts
}

func newCleared(d Destination, text string, counts Counts) Cleared {
	sum := sha256.Sum256([]byte(text))
	p := &cleared{text: text, dest: d, sum: hex.EncodeToString(sum[:]), counts: counts}
	return Cleared{func() *cleared { return p }}
}

// Text returns the text for d, or [ErrNotCleared] if it was cleared for
// another destination or not at all. A sender passes the destination that it
// is connected to.
func (c Cleared) Text(d Destination) (string, error) {
	if c.open == nil {
		return "", fmt.Errorf("send to %s: %w", d, ErrNotCleared)
	}
	p := c.open()
	if p.dest != d {
		return "", fmt.Errorf("send to %s what was cleared for %s: %w", d, p.dest, ErrNotCleared)
	}
	return p.text, nil
}

// SHA256 returns the hex digest of the exact bytes that [Cleared.Text]
// returns, or "" for the zero value.
func (c Cleared) SHA256() string {
	if c.open == nil {
		return ""
	}
	return c.open().sum
}

// Counts returns the number of redactions by name of the type.
func (c Cleared) Counts() map[string]int {
	if c.open == nil {
		return nil
	}
	return maps.Clone(c.open().counts)
}

// String describes c without its text.
func (c Cleared) String() string {
	if c.open == nil {
		return "cleared(nothing)"
	}
	p := c.open()
	return fmt.Sprintf("cleared(for %s, %d bytes, %d redactions)", p.dest, len(p.text), p.counts.Total())
}

// GoString is [Cleared.String].
func (c Cleared) GoString() string { return c.String() }

// Format prints [Cleared.String] for every verb.
func (c Cleared) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, c.String()) // fmt.State reports no error to anyone.
}

// LogValue is [Cleared.String].
func (c Cleared) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText is [Cleared.String], so that no encoder writes the text.
func (c Cleared) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// MarshalJSON refuses: whoever encodes a Cleared meant to send its text, which
// only [Cleared.Text] gives out.
func (c Cleared) MarshalJSON() ([]byte, error) {
	return nil, fmt.Errorf("encode %s: %w: take its text for the destination first", c.String(), ErrNotCleared)
}
