package pii

import (
	"context"
	"io"
)

type vendorRow struct{ id string }

var vendorTable []vendorRow

func (k KeyID) String() string { return "key" }

// ScanMode is Scan with a choice of what tokens in b are.
func (s *Scanner) ScanMode(dst []Finding, b []byte, m Mode) []Finding { return dst }

// ScanReader scans a stream.
func (s *Scanner) ScanReader(ctx context.Context, r io.Reader, fn func(Finding, Excerpt) error) (Stats, error) {
	return Stats{}, nil
}

// Label returns the token label for a value of type t.
func Label(t Type, value []byte) string { return "" }

// Canonical returns the form of value by which its identity is decided.
func Canonical(t Type, value []byte) []byte { return value }

// Allocator gives out tokens for values.
type Allocator interface {
	Token(t Type, value []byte) (Token, error)
}

// NewMemoryAllocator returns an allocator that remembers keyed hashes only.
func NewMemoryAllocator() Allocator { return nil }

// Redactor redacts a stream.
type Redactor struct {
	OnFinding func(Finding, Token)
}

// NewRedactor returns a Redactor.
func NewRedactor(s *Scanner, a Allocator, m Mode, w io.Writer) *Redactor { return &Redactor{} }

func (r *Redactor) Write(p []byte) (int, error) { return len(p), nil }

// Close ends the stream.
func (r *Redactor) Close() error { return nil }

// Stats returns the counts so far.
func (r *Redactor) Stats() Stats { return Stats{} }

// Redact redacts text.
func (s *Scanner) Redact(a Allocator, m Mode, text []byte) ([]byte, Counts, error) {
	return nil, Counts{}, nil
}

// RedactString redacts text.
func (s *Scanner) RedactString(a Allocator, m Mode, text string) (string, Counts, error) {
	return "", Counts{}, nil
}

// Resolver gives values back.
type Resolver interface {
	Value(t Token) (value []byte, ok bool, err error)
}

// Restore puts values back.
func Restore(dst, text []byte, r Resolver, m Mode) ([]byte, error) { return dst, nil }

// JSONOption configures RedactJSON.
type JSONOption func(*jsonOptions)

type jsonOptions struct{}

// ExemptPaths leaves values at the paths alone.
func ExemptPaths(paths ...string) JSONOption { return nil }

// RedactJSON redacts a JSON document.
func (s *Scanner) RedactJSON(a Allocator, m Mode, doc []byte, opts ...JSONOption) ([]byte, Counts, error) {
	return nil, Counts{}, nil
}

// KnownSet is a set of known values.
type KnownSet struct{}

// NewKnownSet returns an empty set whose fingerprints are keyed by key.
func NewKnownSet(key [32]byte) *KnownSet { return nil }

// Add adds a value.
func (k *KnownSet) Add(t Type, value []byte) bool { return false }

// AddFingerprint adds a value of which only the fingerprint is known.
func (k *KnownSet) AddFingerprint(t Type, length int, fp [16]byte) bool { return false }

// Fingerprint returns the keyed fingerprint of value.
func (k *KnownSet) Fingerprint(value []byte) [16]byte { return [16]byte{} }

// Find implements Known.
func (k *KnownSet) Find(b []byte, fn func(start, end int, t Type)) {}
