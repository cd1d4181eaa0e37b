package pii

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand"
	"strings"
	"testing"
)

func TestRedactJSONKnowsKeys(t *testing.T) {
	s := newScanner(t, Options{})
	for _, c := range []struct{ in, want string }{
		{`{"password":"x"}`, `{"password":"[Password_1]"}`},
		{`{"user":"bob","Password" : "a\"b\u00e9" ,"n":1}`, `{"user":"[UserName_1]","Password" : "[Password_1]" ,"n":1}`},
		{`{"api_key":12345678,"ok":true}`, `{"api_key":"[ApiKey_1]","ok":true}`},
		{`{"token":"abc"}`, `{"token":"[BearerToken_1]"}`},
		{`{"headers":{"Authorization":"Bearer abcdef012345"}}`, `{"headers":{"Authorization":"Bearer [BearerToken_1]"}}`},
		{`{"passwords":["a1","b2"],"secret":["x1",{"value":"y1","name":"n"}]}`, `{"passwords":["a1","b2"],"secret":["[Password_1]",{"value":"[Password_2]","name":"n"}]}`},
		{`{"password":null,"secret":"","token":"****"}`, `{"password":null,"secret":"","token":"****"}`},
		{`{"phone":4155552671}`, `{"phone":"[PhoneNumber_1]"}`},
		{`{"phone":"0171 2345678"}`, `{"phone":"[PhoneNumber_1]"}`},
		{`{"n":4111111111111111}`, `{"n":"[CreditCard_1]"}`},
		{`{"n":1700000000123,"f":-1.5e+3}`, `{"n":1700000000123,"f":-1.5e+3}`},
		{`{"host":"node-7","msg":"to alice@example.com"}`, `{"host":"[Hostname_1]","msg":"to [Email_1]"}`},
		{`{"alice@example.com":1}`, `{"[Email_1]":1}`},
		{`"mail alice\u0040example.com\n"`, `"mail [Email_1]\n"`},
		{`["[Email_1]","\u005bEmail_1]","[=Email_1]"]`, `["[=Email_1]","\u005b=Email_1]","[==Email_1]"]`},
		{`{"a":1,"a":"alice@example.com","a":"alice@example.com"}`, `{"a":1,"a":"[Email_1]","a":"[Email_1]"}`},
		{` [ 1 , "x" ] `, ` [ 1 , "x" ] `},
		{`{"next_page_token":"abcdef012345","total_tokens":12,"token_type":"bearer"}`, `{"next_page_token":"abcdef012345","total_tokens":12,"token_type":"bearer"}`},
		{`"\ud83d\ude00 10.1.2.3 \ud800"`, `"\ud83d\ude00 [PrivateIPv4_1] \ud800"`},
		{`{"msg":"{\"password\":\"hunter2\"}"}`, `{"msg":"{\"password\":\"[Password_1]\"}"}`},
		{`{"type":"object","properties":{"password":{"type":"string","description":"the password"}}}`, `{"type":"object","properties":{"password":{"type":"string","description":"the password"}}}`},
		{`{"name":"DB_PASSWORD","value":"hunter2"}`, `{"name":"DB_PASSWORD","value":"[Password_1]"}`},
		{`[{"name":"LOG","value":"debug"},{"value":"x1"}]`, `[{"name":"LOG","value":"debug"},{"value":"x1"}]`},
		{`{"kind":"Secret","data":{"user":"YWRtaW4=","n":{"x":"y"}},"metadata":{"name":"n"}}`, `{"kind":"Secret","data":{"user":"[Password_1]","n":{"x":"y"}},"metadata":{"name":"n"}}`},
		{`{"stringData":{"a":"v1","b":""},"kind": "Secret"}`, `{"stringData":{"a":"[Password_1]","b":""},"kind": "Secret"}`},
		{`{"items":[{"data":{"a":"v1"},"kind":"ConfigMap"}]}`, `{"items":[{"data":{"a":"v1"},"kind":"ConfigMap"}]}`},
		{`[]`, `[]`},
		{`{}`, `{}`},
		{`true`, `true`},
	} {
		out, _, err := s.RedactJSON(NewMemoryAllocator(), ModeRaw, []byte(c.in))
		if err != nil || string(out) != c.want {
			t.Errorf("%s\n got %s, %v\nwant %s", c.in, out, err, c.want)
		}
		if err == nil && !json.Valid(out) {
			t.Errorf("%s became invalid: %s", c.in, out)
		}
	}
}

func TestRedactJSONRefusesWhatIsNotJSON(t *testing.T) {
	s := newScanner(t, Options{})
	for _, in := range []string{
		"", " ", "{", "[", `{"a"}`, `{"a":}`, `{"a":1,}`, `[1,]`, `[1 2]`, `{a:1}`, `"abc`, "\"a\nb\"", `"\x"`, `"\u12"`, "01", "-", "1.", "1e", "+1",
		"nul", "tru", "{}{}", "[] x", `'a'`, "\xff", `{"password":"hunter2"`, `NaN`,
	} {
		out, _, err := s.RedactJSON(NewMemoryAllocator(), ModeRaw, []byte(in))
		if err == nil || out != nil {
			t.Errorf("%q is accepted: %q", in, out)
		}
		if json.Valid([]byte(in)) {
			t.Errorf("%q is valid after all", in)
		}
		if err != nil && strings.Contains(err.Error(), "hunter") {
			t.Errorf("error quotes the document: %v", err)
		}
	}
}

func TestRedactJSONLimitsNesting(t *testing.T) {
	s := newScanner(t, Options{})
	nested := func(n int) []byte {
		return []byte(strings.Repeat("[", n) + strings.Repeat("]", n))
	}
	if _, _, err := s.RedactJSON(NewMemoryAllocator(), ModeRaw, nested(maxJSONDepth)); err != nil {
		t.Errorf("depth %d: %v", maxJSONDepth, err)
	}
	for _, n := range []int{maxJSONDepth + 2, 100_000} {
		if _, _, err := s.RedactJSON(NewMemoryAllocator(), ModeRaw, nested(n)); !errors.Is(err, ErrJSONDepth) {
			t.Errorf("depth %d: %v", n, err)
		}
	}
}

func TestRedactJSONExemptsPaths(t *testing.T) {
	s := newScanner(t, Options{})
	in := `{"id":"10.1.2.3","items":[{"id":"10.1.2.3","x":"10.1.2.3"},{"id":4111111111111111}],"a/b":"10.1.2.3"}`
	out, counts, err := s.RedactJSON(NewMemoryAllocator(), ModeRaw, []byte(in), ExemptPaths("/id", "/items/*/id", "/a~1b"))
	want := `{"id":"10.1.2.3","items":[{"id":"10.1.2.3","x":"[PrivateIPv4_1]"},{"id":4111111111111111}],"a/b":"10.1.2.3"}`
	if err != nil || string(out) != want || counts.Of(IPv4) != 1 || counts.Total() != 1 {
		t.Errorf("got %s, %v, %v", out, counts, err)
	}
}

// randomJSON returns a JSON value made of the pieces of random texts.
func randomJSON(r *rand.Rand, depth int) any {
	switch n := r.Intn(8); {
	case n < 2 && depth > 0:
		m := map[string]any{}
		for range r.Intn(4) {
			key := []string{"password", "msg", "token", "host", "phone", "id", "user.email", "Cookie", "n", "secret"}[r.Intn(10)]
			if r.Intn(4) == 0 {
				key = string(bytes.ToValidUTF8(randomText(r, 2), nil))
			}
			m[key] = randomJSON(r, depth-1)
		}
		return m
	case n == 2 && depth > 0:
		var a []any
		for range r.Intn(4) {
			a = append(a, randomJSON(r, depth-1))
		}
		return a
	case n == 3:
		return r.Int63()
	case n == 4:
		return r.Intn(2) == 0
	case n == 5:
		return nil
	}
	return string(bytes.ToValidUTF8(randomText(r, 1+r.Intn(4)), nil))
}

func checkJSON(t testing.TB, s *Scanner, doc []byte) {
	t.Helper()
	v := newVault()
	out, counts, err := s.RedactJSON(v, ModeRaw, doc)
	if (err == nil) != json.Valid(doc) {
		if !errors.Is(err, ErrJSONDepth) {
			t.Fatalf("%q: %v, but valid is %v", doc, err, json.Valid(doc))
		}
		return
	}
	if err != nil {
		return
	}
	if !json.Valid(out) {
		t.Fatalf("%q became invalid: %q", doc, out)
	}
	if counts.Total() == 0 && !bytes.Contains(doc, []byte("Email_")) && !bytes.Contains(doc, []byte("u005")) && !bytes.Equal(out, doc) && !bytes.Contains(out, []byte("[=")) {
		t.Fatalf("%q has no finding but changed: %q", doc, out)
	}
}

func TestRedactJSONKeepsDocumentsValid(t *testing.T) {
	s := newScanner(t, Options{})
	for seed := range int64(3000) {
		doc, err := json.Marshal(randomJSON(rand.New(rand.NewSource(seed)), 4))
		if err != nil {
			t.Fatal(err)
		}
		checkJSON(t, s, doc)
	}
}

func TestRedactedJSONIsClean(t *testing.T) {
	s := newScanner(t, Options{})
	for _, cases := range positives {
		for _, c := range cases {
			text, _ := parseMarked(t, c)
			doc, err := json.Marshal(map[string]any{"msg": text, "password": text, "list": []string{text}})
			if err != nil {
				t.Fatal(err)
			}
			v := newVault()
			out, _, err := s.RedactJSON(v, ModeRaw, doc)
			if err != nil {
				t.Fatal(err)
			}
			again, counts, err := s.RedactJSON(v, ModeCleared, out)
			if err != nil || counts.Total() != 0 || !bytes.Equal(again, out) {
				t.Errorf("%s\nredacted %s\n   again %s, %v", doc, out, again, err)
			}
		}
	}
}
