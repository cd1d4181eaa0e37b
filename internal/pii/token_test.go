package pii

import (
	"bytes"
	"math/rand"
	"regexp"
	"testing"
)

func TestTokenGrammarIsStrict(t *testing.T) {
	for _, c := range []struct {
		in  string
		tok Token
		n   int
	}{
		{"[Email_3]", Token{"Email", 3, 0}, 9},
		{"[Email_3] and more", Token{"Email", 3, 0}, 9},
		{"[Email_3.2]", Token{"Email", 3, 2}, 11},
		{"[PrivateIPv4_12]", Token{"PrivateIPv4", 12, 0}, 16},
		{"[UrlWithCredentials_999999999.999999999]", Token{"UrlWithCredentials", 999999999, 999999999}, 40},
	} {
		tok, n, ok := ParseToken([]byte(c.in))
		if !ok || tok != c.tok || n != c.n {
			t.Errorf("ParseToken(%q) = %+v, %d, %v", c.in, tok, n, ok)
		}
		if s := tok.String(); s != c.in[:n] {
			t.Errorf("String of %q = %q", c.in, s)
		}
		if !tok.Valid() {
			t.Errorf("%q is not valid", c.in)
		}
	}
	for _, in := range []string{
		"", "[", "[]", "Email_3]", "[Email_0]", "[Email_03]", "[Email_]", "[Email_3", "[Email_3.1]", "[Email_3.0]", "[Email_3.]",
		"[Email_3.02]", "[Email_1234567890]", "[email_3]", "[EMAIL_3]", "[Mail_3]", "[Email-3]", "[Email 3]", "[Email_3 ]", "[=Email_3]",
		"[Email_3.2.2]", "[Email_-3]", "[IPv4_3]", "[Email_3.1234567890]",
	} {
		if tok, n, ok := ParseToken([]byte(in)); ok {
			t.Errorf("ParseToken(%q) = %+v, %d", in, tok, n)
		}
	}
	for _, tok := range []Token{{}, {"Email", 0, 0}, {"Nope", 1, 0}, {"Email", 1e9, 0}, {"Email", 1, -1}} {
		if tok.Valid() {
			t.Errorf("%+v is valid", tok)
		}
	}
}

func TestLabelsAreKnownAndShort(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range Labels() {
		if len(l) > maxLabelLen || seen[l] {
			t.Errorf("label %q is too long or not unique", l)
		}
		seen[l] = true
		if _, _, ok := ParseToken(AppendToken(nil, Token{Label: l, Ordinal: 1})); !ok {
			t.Errorf("token with label %q does not parse", l)
		}
	}
	for _, typ := range Types() {
		if got, ok := ParseType(typ.String()); !ok || got != typ {
			t.Errorf("ParseType(%q) = %v, %v", typ, got, ok)
		}
		if typ.Class().String() == "unknown" || typeTable[typ].rank == 0 {
			t.Errorf("row of %s is incomplete", typ)
		}
	}
	if _, ok := ParseType("unknown"); ok {
		t.Error("unknown is a type")
	}
}

func TestEscapesOfLookAlikesAreReversible(t *testing.T) {
	parts := []string{"[", "=", "[=", "Email_3]", "[Email_3]", "[=Email_3]", "[==Email_3.2]", "Email", "_", "3", "]", "x", "[PrivateIPv4_1]"}
	r := rand.New(rand.NewSource(1))
	for range 20000 {
		var text []byte
		for range r.Intn(12) {
			text = append(text, parts[r.Intn(len(parts))]...)
		}
		var esc escaper
		out, _ := esc.append(nil, text, true)
		for i := range out {
			if tok, _, ok := ParseToken(out[i:]); ok {
				t.Fatalf("%q escaped to %q still has the token %s", text, out, tok)
			}
		}
		back, err := Restore(nil, out, newVault(), ModeRaw)
		if err != nil || !bytes.Equal(back, text) {
			t.Fatalf("%q escaped to %q restores to %q, %v", text, out, back, err)
		}
		// The same in pieces.
		var pieces []byte
		esc = escaper{}
		for pending, rest := []byte(nil), text; ; {
			k := min(len(rest), 1+r.Intn(3))
			pending, rest = append(pending, rest[:k]...), rest[k:]
			var n int
			pieces, n = esc.append(pieces, pending, len(rest) == 0)
			pending = pending[n:]
			if len(rest) == 0 {
				break
			}
		}
		if !bytes.Equal(pieces, out) {
			t.Fatalf("%q in pieces is %q, want %q", text, pieces, out)
		}
	}
}

func TestTokensInModes(t *testing.T) {
	s := newScanner(t, Options{})
	for _, c := range []struct {
		mode     Mode
		in, want string
	}{
		{ModeRaw, "[Email_3] x [=Email_3] alice@example.com", "[=Email_3] x [==Email_3] [Email_1]"},
		{ModeAgent, "[Email_3] x [=Email_3] alice@example.com", "[Email_3] x [=Email_3] [Email_1]"},
		{ModeCleared, "[Email_3] x [=Email_3] alice@example.com", "[Email_3] x [=Email_3] [Email_1]"},
		{ModeAgent, "password=[Password_3]", "password=[Password_3]"},
		{ModeAgent, "password=[Password_3]hunter2", "password=[Password_3][Password_1]"},
		{ModeAgent, "password=x[Password_3]hunter2", "password=[Password_1][Password_3][Password_2]"},
		{ModeAgent, "https://[UrlWithCredentials_1]@host/", "https://[UrlWithCredentials_1]@host/"},
		{ModeAgent, "ping [PrivateIPv4_12] -c 3", "ping [PrivateIPv4_12] -c 3"},
		{ModeRaw, "password=[Password_3]", "password=[=Password_3]"},
	} {
		out, _, err := s.RedactString(NewMemoryAllocator(), c.mode, c.in)
		if err != nil || out != c.want {
			t.Errorf("mode %d: %q -> %q, %v, want %q", c.mode, c.in, out, err, c.want)
		}
	}
}

func TestQuoteTokensMakesLiterals(t *testing.T) {
	text := "user [Email_3.2] from [PrivateIPv4_12] E3"
	for _, c := range []struct {
		pattern string
		match   bool
	}{
		{`user [Email_3.2]`, true},
		{`[Email_3]`, false},
		{`([Email_3.2]|nobody) from`, true},
		{`[PrivateIPv4_12]+ E[0-9]`, true},
		{`[a-z]+ [Email_3.2]`, true},
		{`\[Email_3\.2\]`, true},
		{`[Email_3x2]`, false},
	} {
		re, err := regexp.Compile(QuoteTokens(c.pattern))
		if err != nil {
			t.Errorf("%q: %v", c.pattern, err)
			continue
		}
		if c.pattern == `[Email_3x2]` { // Not a token: it stays a class.
			continue
		}
		if re.MatchString(text) != c.match {
			t.Errorf("%q as %q: match is %v", c.pattern, re, !c.match)
		}
	}
	if got := QuoteTokens(`[Email_3x2]`); got != `[Email_3x2]` {
		t.Errorf("a class became %q", got)
	}
}

func TestRestoreLeavesSecretsAndUnknownTokens(t *testing.T) {
	v := newVault()
	if _, err := v.Token(Password, []byte("hunter2")); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Token(Email, []byte("alice@example.com")); err != nil {
		t.Fatal(err)
	}
	out, err := Restore([]byte("> "), []byte("[Password_1] [Email_1] [Email_2] [=Email_1] [x"), v, ModeAgent)
	if want := "> [Password_1] alice@example.com [Email_2] [=Email_1] [x"; err != nil || string(out) != want {
		t.Errorf("Restore = %q, %v, want %q", out, err, want)
	}
}
