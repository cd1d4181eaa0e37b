package pii

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"slices"
	"strings"
	"testing"
)

func TestASecondReadingFindsWhatAScanFinds(t *testing.T) {
	texts := [][]byte{nil, []byte("password=Tr0ub4dor&3 and Tr0ub4dor&3"), plainLog(1<<20, true), bytes.Repeat([]byte("x"), readingPiece)}
	secret := "password=Tr0ub4dor&3 "
	for _, known := range []string{ // Found again behind encodings only where what is encoded is looked at again.
		"GET /?q=%54r0ub4dor%263 HTTP/1.1\n", `"\u0054r0ub4dor\u00263"`, base64.StdEncoding.EncodeToString([]byte("it was Tr0ub4dor&3, or so they said")) + "\n",
		"note " + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("it was Tr0ub4dor&3, or so they said\n"), 3<<10)) + "\n",
	} {
		texts = append(texts, []byte(secret+known), []byte(strings.Repeat(known+strings.Repeat("- ", 30<<10), 12)+secret))
	}
	for _, name := range []string{"mixed", "base64", "secret", "line"} {
		texts = append(texts, append([]byte(secret), parallelTexts(rand.New(rand.NewSource(5)))[name]...))
	}
	for seed := range int64(300) {
		texts = append(texts, randomText(rand.New(rand.NewSource(seed)), 40))
	}
	for seed := range int64(12) {
		texts = append(texts, big(rand.New(rand.NewSource(seed))))
	}
	for _, parallel := range []bool{false, true} {
		options := Options{Parallel: parallel}
		s := newScanner(t, options)
		for i, text := range texts {
			known := NewHarvest()
			first, err := s.Read(context.Background(), bytes.NewReader(text), known)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				t.Fatalf("text %d was not kept", i)
			}
			if first.Size() != int64(len(text)) {
				t.Errorf("text %d: size %d, want %d", i, first.Size(), len(text))
			}
			options.Known = known
			again := newScanner(t, options)
			collect := func(scan func(fn func(Finding, Excerpt) error) (Stats, error)) (all []string, stats Stats) {
				stats, err := scan(func(f Finding, x Excerpt) error {
					all = append(all, fmt.Sprintf("%+v %d %q", f, x.Line, x.Value))
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				return all, stats
			}
			want, stats := collect(func(fn func(Finding, Excerpt) error) (Stats, error) {
				return again.ScanReader(context.Background(), bytes.NewReader(text), fn)
			})
			got, secondStats := collect(func(fn func(Finding, Excerpt) error) (Stats, error) {
				return again.ScanAgain(context.Background(), &cutReader{text, func() int { return 70_001 }}, nil, first, fn)
			})
			if !slices.Equal(got, want) || stats != secondStats {
				for k := range min(len(got), len(want)) {
					if got[k] != want[k] {
						t.Fatalf("text %d: found again %.200s, by a scan %.200s", i, got[k], want[k])
					}
				}
				t.Fatalf("text %d: %d found again, %d by a scan", i, len(got), len(want))
			}

			redact := func(first *Reading) []byte {
				var out bytes.Buffer
				r := NewRedactor(again, NewMemoryAllocator(), ModeRaw, &out)
				r.First = first
				if _, err := io.Copy(r, &cutReader{text, func() int { return 33_333 }}); err != nil {
					t.Fatal(err)
				}
				if err := r.Close(); err != nil {
					t.Fatal(err)
				}
				return out.Bytes()
			}
			if !bytes.Equal(redact(first), redact(nil)) {
				t.Fatalf("text %d is redacted otherwise the second time", i)
			}
		}
	}
}

// What a first reading found must not be put in place of bytes that it did not see.
func TestAnotherTextIsRefusedAndNotWritten(t *testing.T) {
	s := newScanner(t, Options{})
	text := plainLog(5*readingPiece, true)
	first, err := s.Read(context.Background(), bytes.NewReader(text), NewHarvest())
	if err != nil {
		t.Fatal(err)
	}
	secret := []byte("password=Tr0ub4dor&3\n")
	inserted := slices.Insert(slices.Clone(text), 3*readingPiece+100, secret...)
	overwritten := slices.Clone(text)
	copy(overwritten[3*readingPiece+100:], secret)
	for name, other := range map[string][]byte{
		"shorter": text[:len(text)-1], "longer": append(slices.Clone(text), secret...), "empty": nil, "inserted": inserted, "overwritten": overwritten,
	} {
		var out strings.Builder
		r := NewRedactor(s, NewMemoryAllocator(), ModeRaw, &out)
		r.First = first
		_, err := r.Write(other)
		if err == nil {
			err = r.Close()
		}
		if !errors.Is(err, ErrChanged) {
			t.Errorf("%s: %v, want ErrChanged", name, err)
		}
		if strings.Contains(out.String(), "Tr0ub4dor") {
			t.Errorf("%s: what was not read first was written", name)
		}
	}
}

func TestAReadingOfTooMuchIsNotKept(t *testing.T) {
	w := readingWriter{Reading: new(Reading)}
	n := int64(0)
	for ; n < 10*maxReading && !w.over; n++ {
		w.keep(Finding{Start: 90 * n, End: 90*n + 20, Type: Email, Rule: ruleEmail})
	}
	if !w.over || w.found.size() != 0 || n < maxReading/4 {
		t.Errorf("over %v with %d findings; %d bytes are kept", w.over, n, w.found.size())
	}
	w = readingWriter{Reading: new(Reading)}
	for n = 0; n < 10*maxKinds && !w.over; n++ {
		w.keep(Finding{Start: n, End: n + 20, Type: Password, Rule: ruleAssignment, Reason: Reason{Key: KeyID(n)}}) //nolint:gosec // Small.
	}
	if !w.over || n != maxKinds+1 {
		t.Errorf("over %v with %d kinds", w.over, n)
	}
}
