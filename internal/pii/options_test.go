package pii

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestOptions(t *testing.T) {
	text := "alice@example.com 10.1.2.3 password=hunter2 token=123456 s"
	for _, c := range []struct {
		name string
		o    Options
		want string
	}{
		{"balanced", Options{}, "[Email_1] [PrivateIPv4_1] password=[Password_1] token=123456 s"},
		{"strict", Options{Preset: PresetStrict}, "[Email_1] [PrivateIPv4_1] password=[Password_1] token=[BearerToken_1] s"},
		{"secrets only", Options{Preset: PresetSecretsOnly}, "alice@example.com 10.1.2.3 password=[Password_1] token=123456 s"},
		{"released type", Options{AllowTypes: []Type{Email}}, "alice@example.com [PrivateIPv4_1] password=[Password_1] token=123456 s"},
		{"released value", Options{Allow: func(t Type, v []byte) bool { return t == IPv4 && string(v) == "10.1.2.3" }}, "[Email_1] 10.1.2.3 password=[Password_1] token=123456 s"},
	} {
		out, _, err := newScanner(t, c.o).RedactString(NewMemoryAllocator(), ModeRaw, text)
		if err != nil || out != c.want {
			t.Errorf("%s: %q, %v, want %q", c.name, out, err, c.want)
		}
	}
	if _, err := NewScanner(Options{Preset: numPresets}); err == nil {
		t.Error("unknown preset is accepted")
	}
	if _, err := NewScanner(Options{AllowTypes: []Type{numTypes}}); err == nil {
		t.Error("unknown type is accepted")
	}
	for p := range numPresets {
		if got, ok := ParsePreset(p.String()); !ok || got != p {
			t.Errorf("ParsePreset(%q) = %v, %v", p, got, ok)
		}
	}
}

func TestSuspectsAreReportedAndStay(t *testing.T) {
	s := newScanner(t, Options{})
	const text = "login token=123456 ok"
	found := s.Scan(nil, []byte(text))
	if len(found) != 1 || found[0].Level != LevelSuspect || found[0].Level.String() != "suspect" {
		t.Fatalf("found %+v", found)
	}
	var sb bytes.Buffer
	r := NewRedactor(s, NewMemoryAllocator(), ModeRaw, &sb)
	calls := 0
	r.OnFinding = func(f Finding, tok Token) {
		calls++
		if f != found[0] || tok != (Token{}) {
			t.Errorf("OnFinding(%+v, %+v)", f, tok)
		}
	}
	if _, err := io.WriteString(r, text); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	st := r.Stats()
	if sb.String() != text || calls != 1 || st.Suspect.Of(BearerToken) != 1 || st.Redacted.Total() != 0 {
		t.Errorf("%q, %d calls, %+v", sb.String(), calls, st)
	}
	if err := r.Close(); !errors.Is(err, ErrClosed) {
		t.Errorf("second Close = %v", err)
	}
}

func TestScanReaderEndsWithTheFirstError(t *testing.T) {
	s := newScanner(t, Options{})
	fn := func(Finding, Excerpt) error { return nil }
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.ScanReader(ctx, strings.NewReader("x"), fn); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := s.ScanReader(context.Background(), iotest.ErrReader(errFaulty), fn); !errors.Is(err, errFaulty) {
		t.Errorf("reader: %v", err)
	}
	if _, err := s.ScanReader(context.Background(), strings.NewReader("alice@example.com"), func(Finding, Excerpt) error { return errFaulty }); !errors.Is(err, errFaulty) {
		t.Errorf("callback: %v", err)
	}
	st, err := s.ScanReader(context.Background(), strings.NewReader("a\nalice@example.com\n"), fn)
	if err != nil || st.Bytes != 20 || st.Lines != 2 || st.Redacted.Of(Email) != 1 {
		t.Errorf("stats %+v, %v", st, err)
	}
}

// TestStreamHoldsAWindowOnly feeds one line of 64 MiB and checks that the redactor writes as it goes.
func TestStreamHoldsAWindowOnly(t *testing.T) {
	s := newScanner(t, Options{})
	for name, unit := range map[string]string{
		"word": "a", "spaces": " ", "key": "MIIEowIBAAKCAQEAabcdefghijklmnop", "password": "password=", "open": "[=", "mails": "a@b.com",
	} {
		written := int64(0)
		r := NewRedactor(s, NewMemoryAllocator(), ModeRaw, writerFunc(func(p []byte) (int, error) {
			written += int64(len(p))
			return len(p), nil
		}))
		if name == "key" {
			_, _ = io.WriteString(r, "-----BEGIN RSA PRIVATE KEY-----\n")
		}
		block := bytes.Repeat([]byte(unit), 1<<20/len(unit))
		for range 16 {
			if _, err := r.Write(block); err != nil {
				t.Fatal(err)
			}
			if n := cap(r.st.e.b); n > 1<<20 {
				t.Fatalf("%s: window of %d bytes", name, n)
			}
			if n := len(r.st.e.found); n > 100_000 {
				t.Fatalf("%s: %d findings are held", name, n)
			}
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		st := r.Stats()
		if st.Bytes < 15<<20 || written == 0 {
			t.Errorf("%s: %d bytes in, %d out", name, st.Bytes, written)
		}
		if name == "key" && written > 1<<14 {
			t.Errorf("key: %d bytes out", written)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestReasonNamesItsKey(t *testing.T) {
	s := newScanner(t, Options{})
	for text, want := range map[string]string{
		"password=hunter2":                         "key:password",
		"card 4111 1111 1111 1111":                 "shape+checksum+range+context",
		"ghp_16C7e42F292c6912E7710c838347Ae178B4a": "shape+prefix",
	} {
		found := s.Scan(nil, []byte(text))
		if len(found) != 1 || found[0].Reason.String() != want {
			t.Errorf("%q: %v", text, found)
			continue
		}
		if found[0].Rule.String() == "unknown" {
			t.Errorf("%q: no rule", text)
		}
	}
	if (Reason{}).String() != "none" || !(Reason{Bits: ReasonShape | ReasonKey}).Has(ReasonShape) {
		t.Error("empty reason")
	}
}
