package pii

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"sync"
	"testing"
)

// vault is an allocator and resolver that keeps values, as the store's does.
type vault struct {
	mu     sync.Mutex
	ids    map[string]int // label + canonical form
	spell  map[string]Token
	nspell map[string]int
	next   map[string]int
	values map[string][]byte
	fail   error
}

func newVault() *vault {
	return &vault{ids: map[string]int{}, spell: map[string]Token{}, nspell: map[string]int{}, next: map[string]int{}, values: map[string][]byte{}}
}

func (v *vault) Token(t Type, value []byte) (Token, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.fail != nil {
		return Token{}, v.fail
	}
	label := Label(t, value)
	sk := label + "\x00" + string(value)
	if tok, ok := v.spell[sk]; ok {
		return tok, nil
	}
	ck := label + "\x00" + string(Canonical(t, value))
	if v.ids[ck] == 0 {
		v.next[label]++
		v.ids[ck] = v.next[label]
	}
	v.nspell[ck]++
	tok := Token{Label: label, Ordinal: v.ids[ck]}
	if n := v.nspell[ck]; n > 1 {
		tok.Variant = n
	}
	v.spell[sk] = tok
	v.values[tok.String()] = bytes.Clone(value)
	return tok, nil
}

func (v *vault) Value(t Token) ([]byte, bool, error) {
	b, ok := v.values[t.String()]
	return b, ok, nil
}

// pieces are what random texts are made of: values, separators, and fragments that meet in the middle of things.
var pieces = func() []string {
	p := []string{
		" ", "\n", "\t", "\"", "'", "=", ":", ": ", ",", ";", "&", "@", ".", "-", "--", "+", "(", ")", "[", "]", "{", "}", "\\", `\n`, `\"`, "%40",
		"%3D", "://", "/", "password", "token", "secret", "host", "Bearer ", "Authorization: ", "Cookie: a=", "alice", "example.com", "10.0.0.1",
		"[Email_3]", "[=Email_3]", "[Email_3.2]", "[Password_1]", "[==", "[", "Email_3]", "\x00", "\xff\xfe", "é", "\x1b[31m", "1", "12", "123", "4111", "5e",
		"-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----", "MIIEowIBAAKCAQEAabcdefghijklmnop", "eyJhbGciOiJIUzI1NiJ9", "ghp_", "aB3",
		"2a01:4f8::1", "::", "52:54:00:12:34:56", ".internal", ".corp.local", "phone ", "+1 415-555-2671", "INFO server started in 12 ms",
	}
	for _, cases := range slices.AppendSeq(slices.Collect(maps.Values(positives)), maps.Values(contexts)) {
		for _, c := range cases {
			c = strings.ReplaceAll(c, "»", "")
			for t := Type(1); t < numTypes; t++ {
				c = strings.ReplaceAll(c, "«"+t.String()+"|", "")
			}
			p = append(p, c)
		}
	}
	slices.Sort(p)
	return p
}()

func randomText(r *rand.Rand, n int) []byte {
	var b []byte
	for range n {
		b = append(b, pieces[r.Intn(len(pieces))]...)
		if r.Intn(3) == 0 {
			b = append(b, ' ')
		}
	}
	return b
}

func scanStream(t testing.TB, s *Scanner, text []byte, next func() int) []Finding {
	t.Helper()
	var got []Finding
	_, err := s.ScanReader(context.Background(), &cutReader{text, next}, func(f Finding, x Excerpt) error {
		if !bytes.Equal(x.Value, text[f.Start:f.End]) {
			t.Fatalf("excerpt at %d is not the text there", f.Start)
		}
		if want := int64(bytes.Count(text[:f.Start], newline)) + 1; x.Line != want {
			t.Fatalf("line of %d is %d, want %d", f.Start, x.Line, want)
		}
		got = append(got, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

type cutReader struct {
	b    []byte
	next func() int
}

func (c *cutReader) Read(p []byte) (int, error) {
	if len(c.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.b[:min(len(c.b), max(1, c.next()))])
	c.b = c.b[n:]
	return n, nil
}

// big returns a text of some hundred kilobytes with long runs that cross blocks.
func big(r *rand.Rand) []byte {
	var b []byte
	for range 12 {
		b = append(b, randomText(r, 200)...)
		n := r.Intn(90 << 10)
		switch r.Intn(7) {
		case 0:
			b = append(b, bytes.Repeat([]byte("a"), n)...)
		case 1:
			b = append(b, `"password":"`...)
			b = append(b, bytes.Repeat([]byte("xY1 "), n/4)...)
			b = append(b, '"')
		case 2:
			b = append(b, "-----BEGIN RSA PRIVATE KEY-----\n"...)
			b = append(b, bytes.Repeat([]byte("MIIEowIBAAKCAQEAabcdefghijklmnopMIIEowIBAAKCAQEAabcdefghijklmnop\n"), n/40)...)
			if r.Intn(2) == 0 {
				b = append(b, "-----END RSA PRIVATE KEY-----\n"...)
			}
		case 3:
			b = append(b, "token="...)
			b = append(b, bytes.Repeat([]byte("aB3.-_"), n/6)...)
		case 4:
			b = append(b, bytes.Repeat([]byte("a@b.com"), n/7)...)
		case 5:
			b = append(b, bytes.Repeat([]byte("INFO started in 10 ms\n"), n/22)...)
		case 6:
			b = append(b, bytes.Repeat([]byte("[="), n/2)...)
		}
	}
	return b
}

func TestSpansDoNotDependOnHowTheTextIsCut(t *testing.T) {
	s := newScanner(t, Options{Known: testKnown(t)})
	for seed := range int64(6) {
		r := rand.New(rand.NewSource(seed))
		text := big(r)
		want := s.Scan(nil, text)
		for name, next := range map[string]func() int{
			"4k":     func() int { return 4096 },
			"random": func() int { return 1 + r.Intn(200<<10) },
			"prime":  func() int { return 7919 },
		} {
			if got := scanStream(t, s, text, next); !slices.Equal(got, want) {
				for i := range min(len(got), len(want)) {
					if got[i] != want[i] {
						t.Fatalf("seed %d %s: finding %d is %+v, want %+v", seed, name, i, got[i], want[i])
					}
				}
				t.Fatalf("seed %d %s: %d findings, want %d", seed, name, len(got), len(want))
			}
		}
	}
}

func TestStreamsRedactLikeTextInEveryMode(t *testing.T) {
	s := newScanner(t, Options{})
	for seed := range int64(3) {
		r := rand.New(rand.NewSource(seed))
		text := big(r)
		for m := ModeRaw; m <= ModeCleared; m++ {
			v := newVault()
			want, _, err := s.redactFindings(v, m, text, s.ScanMode(nil, text, m))
			if err != nil {
				t.Fatal(err)
			}
			var sb bytes.Buffer
			red := NewRedactor(s, v, m, &sb)
			if _, err := io.Copy(red, &cutReader{text, func() int { return 1 + r.Intn(40<<10) }}); err != nil {
				t.Fatal(err)
			}
			if err := red.Close(); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(sb.Bytes(), want) {
				t.Fatalf("seed %d mode %d: stream differs", seed, m)
			}
		}
	}
}

func testKnown(t testing.TB) *KnownSet {
	k := NewKnownSet([32]byte{1})
	if !k.Add(Email, []byte("alice@example.com")) || !k.Add(Hostname, []byte("INFO started")) {
		t.Fatal("value refused")
	}
	v := []byte("hunter22")
	k.AddFingerprint(Password, len(v), k.Fingerprint(v))
	return k
}

func checkFindings(t testing.TB, found []Finding, n int) {
	t.Helper()
	end := int64(0)
	for i, f := range found {
		if f.Start < end || f.End <= f.Start || f.End > int64(n) {
			t.Fatalf("finding %d is %d:%d after %d in %d bytes", i, f.Start, f.End, end, n)
		}
		if f.Type == 0 || f.Type >= numTypes || f.Rule == 0 || f.Level == 0 || f.Reason.Bits == 0 || f.Confidence == 0 {
			t.Fatalf("finding %d is incomplete: %+v", i, f)
		}
		end = f.End
	}
}

// secretFree reports whether no finding of class secret that is redacted is in the text.
func secretFree(found []Finding) bool {
	for _, f := range found {
		if f.Level == LevelRedact && f.Type.Class() == ClassSecret {
			return false
		}
	}
	return true
}

func checkRedact(t testing.TB, s *Scanner, text []byte) {
	t.Helper()
	found := s.Scan(nil, text)
	checkFindings(t, found, len(text))
	v := newVault()
	final, _, err := s.Redact(v, ModeRaw, text)
	if err != nil {
		t.Fatal(err)
	}
	out, counts, err := s.redactFindings(v, ModeRaw, text, found)
	if err != nil {
		t.Fatal(err)
	}
	n := int64(0)
	for _, f := range found {
		if f.Level == LevelRedact {
			n++
		}
	}
	if counts.Total() != n {
		t.Fatalf("%d redacted, %d found", counts.Total(), n)
	}
	if secretFree(found) && secretFree(s.ScanMode(nil, out, ModeCleared)) {
		back, err := Restore(nil, final, v, ModeRaw)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(back, text) {
			t.Fatalf("restore of redact is not the text:\n%q\n%q\n%q", text, final, back)
		}
	}
	// Streams give the same text.
	for _, cut := range []int{1 + len(text)/3, 1 + len(text)} {
		var sb bytes.Buffer
		r := NewRedactor(s, v, ModeRaw, &sb)
		for p := text; len(p) > 0; {
			k := min(len(p), cut)
			if _, err := r.Write(p[:k]); err != nil {
				t.Fatal(err)
			}
			p = p[k:]
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(sb.Bytes(), out) {
			i := 0
			for i < min(sb.Len(), len(out)) && sb.Bytes()[i] == out[i] {
				i++
			}
			t.Fatalf("stream cut at %d differs from byte %d of %d and %d on:\n%q\n%q", cut, i, sb.Len(), len(out), sb.Bytes()[max(0, i-80):min(sb.Len(), i+80)], out[max(0, i-80):min(len(out), i+80)])
		}
		if st := r.Stats(); st.Bytes != int64(len(text)) || st.Redacted != counts || st.Lines != int64(bytes.Count(text, newline)) {
			t.Fatalf("stats %+v for %d bytes, %v", st, len(text), counts)
		}
	}
}

// checkCleared fails if a second look at redacted text finds something.
func checkCleared(t testing.TB, s *Scanner, text []byte) {
	t.Helper()
	v := newVault()
	out, _, err := s.Redact(v, ModeRaw, text)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range s.ScanMode(nil, out, ModeCleared) {
		if f.Level == LevelRedact {
			t.Fatalf("cleared text has %s %q by %s (%s):\n%q\n%q", f.Type, out[f.Start:f.End], f.Rule, f.Reason, text, out)
		}
	}
}

func TestRestoreOfRedactIsTheText(t *testing.T) {
	s := newScanner(t, Options{})
	for seed := range int64(3000) {
		r := rand.New(rand.NewSource(seed))
		checkRedact(t, s, randomText(r, 1+r.Intn(30)))
	}
	checkRedact(t, s, nil)
	checkRedact(t, s, big(rand.New(rand.NewSource(99))))
}

func TestRestoreOfRedactIsTheTextWithoutSecrets(t *testing.T) {
	s := newScanner(t, Options{AllowTypes: []Type{Password, ApiKey, BearerToken, Jwt, PrivateKey, UrlWithCredentials}})
	n := 0
	for seed := range int64(3000) {
		r := rand.New(rand.NewSource(seed))
		text := randomText(r, 1+r.Intn(40))
		if len(s.Scan(nil, text)) > 0 {
			n++
		}
		checkRedact(t, s, text)
	}
	if n < 1000 {
		t.Fatalf("only %d texts had a finding", n)
	}
}

func TestRedactedTextIsClean(t *testing.T) {
	s := newScanner(t, Options{})
	for _, cases := range slices.AppendSeq(slices.Collect(maps.Values(positives)), maps.Values(contexts)) {
		for _, c := range cases {
			text, _ := parseMarked(t, c)
			checkCleared(t, s, []byte(text))
		}
	}
}

// faulty fails after some tokens.
type faulty struct {
	Allocator
	left int
}

var errFaulty = errors.New("no more tokens")

func (f *faulty) Token(t Type, v []byte) (Token, error) {
	if f.left == 0 {
		return Token{}, errFaulty
	}
	f.left--
	return f.Allocator.Token(t, v)
}

func TestErrorOfTheAllocatorEndsTheOutput(t *testing.T) {
	s := newScanner(t, Options{})
	line := "mail alice@example.com and bob@example.com\n"
	if out, _, err := s.Redact(&faulty{NewMemoryAllocator(), 1}, ModeRaw, []byte(line)); out != nil || !errors.Is(err, errFaulty) {
		t.Errorf("Redact = %q, %v", out, err)
	}
	if out, _, err := s.RedactJSON(&faulty{NewMemoryAllocator(), 1}, ModeRaw, []byte(`["alice@example.com","bob@example.com"]`)); out != nil || !errors.Is(err, errFaulty) {
		t.Errorf("RedactJSON = %q, %v", out, err)
	}
	var sb bytes.Buffer
	r := NewRedactor(s, &faulty{NewMemoryAllocator(), 1}, ModeRaw, &sb)
	var err error
	for range 20000 {
		if _, err = r.Write([]byte(line)); err != nil {
			break
		}
	}
	if !errors.Is(err, errFaulty) {
		t.Fatalf("Write = %v", err)
	}
	n := sb.Len()
	if _, err := r.Write([]byte("more")); !errors.Is(err, errFaulty) {
		t.Errorf("Write after an error = %v", err)
	}
	if err := r.Close(); !errors.Is(err, errFaulty) {
		t.Errorf("Close after an error = %v", err)
	}
	if sb.Len() != n || strings.Contains(sb.String(), "@") {
		t.Errorf("output after the error: %q", sb.String())
	}
}

func TestUnionOfOverlappingFindingsIsOne(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"password=alice@example.com", "[Password_1]"},
		{"token=ghp_16C7e42F292c6912E7710c838347Ae178B4a", "[ApiKey_1]"},
		{"https://u:10.0.0.1@h/", "[UrlWithCredentials_1]"},
		{"password=https://u:pw1@host/x", "[UrlWithCredentials_1]"},
	} {
		s := newScanner(t, Options{})
		out, counts, err := s.RedactString(NewMemoryAllocator(), ModeRaw, c.in)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out, c.want) || counts.Total() != 1 {
			t.Errorf("%q -> %q (%d), want %s", c.in, out, counts.Total(), c.want)
		}
	}
	f := func(start, end int64, t Type) Finding {
		return Finding{Start: start, End: end, Type: t, Level: LevelRedact}
	}
	var m merger
	var got []string
	for _, x := range []Finding{f(0, 10, Password), f(5, 12, Email), f(11, 20, Jwt), f(20, 22, Ssn), f(30, 31, Ssn)} {
		if done, ok := m.next(x); ok {
			got = append(got, fmt.Sprintf("%s[%d:%d]", done.Type, done.Start, done.End))
		}
	}
	if s := strings.Join(got, " "); s != "Jwt[0:20] Ssn[20:22]" {
		t.Errorf("merged to %s", s)
	}
}

func TestRedactedRandomTextIsClean(t *testing.T) {
	s := newScanner(t, Options{})
	for seed := range int64(5000) {
		r := rand.New(rand.NewSource(seed))
		t.Run("", func(t *testing.T) { checkCleared(t, s, randomText(r, 1+r.Intn(12))) })
	}
}
