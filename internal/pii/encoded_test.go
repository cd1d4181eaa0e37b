package pii

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// encodings hide a text in ways that are undone.
var encodings = map[string]func(string) string{
	"base64":     func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"raw base64": func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) },
	"base64url":  func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) },
	"twice base64": func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(s))))
	},
	"lines of base64": func(s string) string {
		b := base64.StdEncoding.EncodeToString([]byte(s))
		var sb strings.Builder
		for len(b) > 76 {
			sb.WriteString(b[:76] + "\r\n")
			b = b[76:]
		}
		return sb.String() + b
	},
	"UTF-16 base64": func(s string) string {
		var b []byte
		for _, u := range utf16.Encode([]rune(s)) {
			b = append(b, byte(u), byte(u>>8)) //nolint:gosec // Its two bytes.
		}
		return base64.StdEncoding.EncodeToString(b)
	},
	"percent": func(s string) string { return percentAll(s, "%") },
	"double percent": func(s string) string {
		return percentAll(s, "%25")
	},
	"\\u escapes": func(s string) string {
		var sb strings.Builder
		for _, c := range []byte(s) {
			fmt.Fprintf(&sb, `\u%04x`, c)
		}
		return sb.String()
	},
	"\\u escapes in a string in a string": func(s string) string {
		var sb strings.Builder
		for _, c := range []byte(s) {
			fmt.Fprintf(&sb, `\\u%04X`, c)
		}
		return sb.String()
	},
}

func percentAll(s, mark string) string {
	var sb strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&sb, "%s%02X", mark, c)
	}
	return sb.String()
}

// covered reports whether a finding to be redacted covers, or lies in, b[start:end].
func covered(found []Finding, start, end int) bool {
	return slices.ContainsFunc(found, func(f Finding) bool {
		return f.Level == LevelRedact && f.Start < int64(end) && f.End > int64(start)
	})
}

func TestEncodingsDoNotHideSecrets(t *testing.T) {
	s := newScanner(t, Options{Preset: PresetSecretsOnly})
	for name, encode := range encodings {
		for _, c := range []string{"{\"user\":\"bob\",\"password\":\"Zx9-kk41\"}", "login with password=Zx9-kk41 please", "postgres://app:Zx9-kk41@db.prod/x"} {
			run := encode(c)
			text := "payload: " + run + " end of the line\n"
			start := len("payload: ")
			if found := s.Scan(nil, []byte(text)); !covered(found, start, start+len(run)) {
				t.Errorf("%s of %q is not found: %q", name, c, text)
			}
			out, _, err := s.RedactString(NewMemoryAllocator(), ModeRaw, text)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(out, encode("Zx9-kk41")) {
				t.Errorf("%s of %q: %q", name, c, out)
			}
			// In a document it is the same.
			if doc := fmt.Sprintf(`{"m":"%s"}`, strings.ReplaceAll(run, "\r\n", `\r\n`)); name[0] != '\\' {
				if _, n, err := s.RedactJSON(NewMemoryAllocator(), ModeRaw, []byte(doc)); err != nil || n.Total() == 0 {
					t.Errorf("%s of %q in a document: %v, %v", name, c, n, err)
				}
			}
		}
	}
}

func TestARunOfPersonalValuesIsRestored(t *testing.T) {
	s := newScanner(t, Options{})
	for name, encode := range encodings {
		text := "x " + encode("From: alice@example.com, about the order") + " y\n"
		v := newVault()
		out, counts, err := s.RedactString(v, ModeRaw, text)
		if err != nil || counts.Of(Email) == 0 {
			t.Errorf("%s: %v, %v in %q", name, counts, err, out)
			continue
		}
		back, err := Restore(nil, []byte(out), v, ModeRaw)
		if err != nil || string(back) != text {
			t.Errorf("%s: restored %q, %v, want %q", name, back, err, text)
		}
	}
}

// A run with both a person and a secret in it is a secret: it is never given back.
func TestARunWithASecretIsOne(t *testing.T) {
	s := newScanner(t, Options{})
	text := "x " + base64.StdEncoding.EncodeToString([]byte(`{"mail":"alice@example.com","password":"Zx9-kk41","host":"10.1.2.3"}`)) + " y"
	v := newVault()
	out, _, err := s.RedactString(v, ModeRaw, text)
	if err != nil || out != "x [Password_1] y" {
		t.Fatalf("got %q, %v", out, err)
	}
	if back, err := Restore(nil, []byte(out), v, ModeRaw); err != nil || string(back) != out {
		t.Errorf("restored %q, %v", back, err)
	}
}

func TestReleasedValuesStayInRuns(t *testing.T) {
	s := newScanner(t, Options{Allow: func(_ Type, v []byte) bool { return string(v) == "alice@example.com" }})
	text := "x " + base64.StdEncoding.EncodeToString([]byte("From: alice@example.com, about the order")) + " y"
	if found := s.Scan(nil, []byte(text)); len(found) != 0 {
		t.Errorf("found %v", found)
	}
}

// Long runs are judged in pieces; a value on the border of two is found, and all pieces that hold a part of it go.
func TestLongRunsOfBase64(t *testing.T) {
	s := newScanner(t, Options{Preset: PresetSecretsOnly})
	for _, encode := range []string{"base64", "lines of base64"} {
		for _, at := range []int{100, 12*1024 - 20, 12*1024 - 8, 12 * 1024, 30_000, 100_000, 199_900} {
			r := rand.New(rand.NewSource(int64(at)))
			plain := []byte(strings.Repeat("nothing to be seen on this line of text\n", 5000)[:200_000])
			secret := "\npassword=Zx9-kk41\n"
			copy(plain[at:], secret)
			run := encodings[encode](string(plain))
			text := []byte("begin " + run + " end")
			want := s.Scan(nil, text)
			// The run, from the digit that the password begins in.
			from := len("begin ") + (at+len("\npassword="))/3*4
			to := len("begin ") + (at+len(secret)-1+2)/3*4
			if encode != "base64" {
				from += from / 76 * 2
				to += to / 76 * 2
			}
			for p := from; p < min(to, len(text)-8); p++ {
				if !covered(want, p, p+1) {
					t.Errorf("%s at %d: byte %d of %d to %d is left: %v", encode, at, p, from, to, describe(want))
					break
				}
			}
			checkFindings(t, want, len(text))
			if got := scanStream(t, s, text, func() int { return 1 + r.Intn(50_000) }); !slices.Equal(got, want) {
				t.Errorf("%s at %d: in pieces %v, want %v", encode, at, describe(got), describe(want))
			}
		}
	}
}

// FuzzEncoded hides a password among any text in each encoding, and checks that what it is hidden in goes.
func FuzzEncoded(f *testing.F) {
	f.Add([]byte("some text around it"), uint8(3))
	f.Add([]byte("{\"a\":1}\n\x00\xff"), uint8(7))
	for n := range uint8(len(encodings)) { //nolint:gosec // A few.
		f.Add([]byte("stars \n\n\n\n\n\n\n\n"), n) // They end as stars do that hide a value.
	}
	s := newScanner(f, Options{Preset: PresetSecretsOnly})
	names := make([]string, 0, len(encodings))
	for n := range encodings {
		names = append(names, n)
	}
	slices.Sort(names)
	f.Fuzz(func(t *testing.T, around []byte, n uint8) {
		around = bytes.Clone(around) // The fuzzer keeps what it gave.
		for i, c := range around {   // Text, and no quote that would take the password into a value that is released.
			if around[i] = 0x20 + c%0x5f; isQuote(around[i]) || around[i] == '\\' {
				around[i] = ' '
			}
		}
		around = around[:min(len(around), 400)]
		name := names[int(n)%len(names)]
		run := encodings[name]("the text is " + string(around) + "\npassword=Zx9-kk41\n" + string(around))
		text := []byte("payload: " + run + " end\n")
		start := len("payload: ")
		found := s.Scan(nil, text)
		if !covered(found, start, start+len(run)) {
			t.Fatalf("%s: nothing found in %q", name, text)
		}
		checkRedact(t, s, text)
		checkCleared(t, s, text)
	})
}

// BenchmarkEncoded prints what undoing encodings costs on text that is made of them: base64 of logs, of base64 of logs,
// of bytes that are no text, and of JSON with percent-encoding.
func BenchmarkEncoded(b *testing.B) {
	log := string(plainLog(3<<20, false))
	binary := make([]byte, 3<<20)
	rand.New(rand.NewSource(1)).Read(binary)
	lines := func(s string) []byte {
		var out bytes.Buffer
		for i := 0; len(s) > 0; i++ {
			n := min(len(s), 3000)
			fmt.Fprintf(&out, "{\"level\":\"info\",\"n\":%d,\"payload\":\"%s\"}\n", i, base64.StdEncoding.EncodeToString([]byte(s[:n])))
			s = s[n:]
		}
		return out.Bytes()
	}
	for name, text := range map[string][]byte{
		"logs in base64":          lines(log),
		"logs in base64 in lines": []byte(encodings["lines of base64"](log)),
		"one run":                 []byte(encodings["base64"](log)),
		"twice":                   []byte(encodings["twice base64"](log)),
		"bytes in base64":         lines(string(binary)),
		"percent":                 []byte(percentAll(log[:1<<20], "%")),
		"double percent":          []byte(percentAll(log[:1<<20], "%25")),
	} {
		b.Run(name, func(b *testing.B) { benchScan(b, text) })
	}
}
