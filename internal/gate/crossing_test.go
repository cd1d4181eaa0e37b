package gate

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

const realHost = "db7.prod.corp.internal"

// shownHost redacts realHost for the agent, as an answer to it would, and
// returns its token.
func shownHost(t *testing.T, g *Gate) string {
	t.Helper()
	out, _, err := g.RedactText(asHost(), pii.ModeRaw, realHost)
	if err != nil || !strings.HasPrefix(out, "[Hostname_") {
		t.Fatalf("%q, %v", out, err)
	}
	if err := g.NoteShown(asHost(), []byte("see "+out)); err != nil {
		t.Fatal(err)
	}
	return out
}

func crossing(t *testing.T, g *Gate, ctx context.Context, d Destination, trust Trust) *Crossing {
	t.Helper()
	x, err := g.Cross(ctx, d, trust, "")
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func bodyOf(t *testing.T, x *Crossing, ctx context.Context, v any) (string, Outgoing) {
	t.Helper()
	out, err := x.JSON(ctx, v)
	if err != nil {
		t.Fatal(err)
	}
	text, err := out.Body.Text(x.Destination())
	if err != nil {
		t.Fatal(err)
	}
	return text, out
}

func TestOriginalsGoOnlyWhereTheOwnerTrustsTypeAndField(t *testing.T) {
	g, _ := testGate(t)
	tok := shownHost(t, g)
	v := map[string]any{"short_description": tok + " is down", "nested": map[string]any{"host": []string{tok}}, "n": 7}
	const snow = Destination("servicenow:prod")
	all := Trust{Types: []string{"*"}, Fields: []string{"*"}}
	for name, tc := range map[string]struct {
		dest  Destination
		trust Trust
		field string // the only one with the original; "*" is all, "" none
	}{
		"untrusted":           {snow, Trust{}, ""},
		"trusted":             {snow, all, "*"},
		"one field":           {snow, Trust{Types: []string{"Hostname"}, Fields: []string{"short_description"}}, "short_description"},
		"a nested field":      {snow, Trust{Types: []string{"Hostname"}, Fields: []string{"nested.host"}}, "nested.host"},
		"another type":        {snow, Trust{Types: []string{"Email"}, Fields: []string{"*"}}, ""},
		"types without field": {snow, Trust{Types: []string{"*"}}, ""},
		"rules":               {snow, Trust{Also: []Trust{{Types: []string{"Email"}, Fields: []string{"*"}}, {Types: []string{"Hostname"}, Fields: []string{"nested.host"}}}}, "nested.host"},
		"no rule that fits":   {snow, Trust{Also: []Trust{{Types: []string{"Email"}, Fields: []string{"nested.host"}}, {Types: []string{"Hostname"}, Fields: []string{"other"}}}}, ""},
		"rules for a model":   {Host, Trust{Also: []Trust{all}}, ""},
		"a model":             {Host, all, ""},
		"a provider":          {"ai:provider/x", all, ""},
	} {
		x := crossing(t, g, asHost(), tc.dest, tc.trust)
		text, out := bodyOf(t, x, asHost(), v)
		var got struct {
			Short  string `json:"short_description"`
			Nested struct {
				Host []string `json:"host"`
			} `json:"nested"`
			N int `json:"n"`
		}
		if err := json.Unmarshal([]byte(text), &got); err != nil || got.N != 7 {
			t.Fatalf("%s: %s, %v", name, text, err)
		}
		for field, has := range map[string]bool{"short_description": strings.Contains(got.Short, realHost), "nested.host": got.Nested.Host[0] == realHost} {
			if want := tc.field == "*" || tc.field == field; has != want {
				t.Errorf("%s: the original in %s: %v, want %v: %s", name, field, has, want, text)
			}
		}
		if strings.Contains(out.Preview, realHost) || !strings.Contains(out.Preview, tok) {
			t.Errorf("%s: the preview is %s", name, out.Preview)
		}
		if out.Keyed != (tc.field != "") || out.Keyed == (out.Digest == out.Body.SHA256()) {
			t.Errorf("%s: keyed %v; bytes with originals are known by a keyed digest, others by their SHA-256", name, out.Keyed)
		}
		if n := out.Tokens["Hostname"] + out.Restored["Hostname"]; n != 2 || out.Tokens["Hostname"] != strings.Count(text, tok) {
			t.Errorf("%s: %d tokens stay and %d go of 2: %s", name, out.Tokens["Hostname"], out.Restored["Hostname"], text)
		}
		if again, _ := bodyOf(t, x, asHost(), v); again != text {
			t.Errorf("%s: the same value gives other bytes: an approval would not fit", name)
		}
	}
}

func TestADerivedFormHoldsOriginalsAsTheFormWantsThem(t *testing.T) {
	g, _ := testGate(t)
	tok := shownHost(t, g)
	ctx := asHost()
	build := func(text string) (any, error) {
		var in struct{ Query string }
		err := json.Unmarshal([]byte(text), &in)
		return map[string]string{"wiql": "SELECT x WHERE [System.Title] = '" + strings.ToUpper(in.Query) + "'"}, err
	}
	for _, trusted := range []bool{false, true} {
		trust := Trust{}
		if trusted {
			trust = Trust{Types: []string{"Hostname"}, Fields: []string{"query"}}
		}
		x := crossing(t, g, ctx, "azuredevops:prod", trust)
		_, out := bodyOf(t, x, ctx, map[string]string{"query": tok})
		form, err := x.Derive(ctx, out, build)
		if err != nil {
			t.Fatal(err)
		}
		body, err := form.Body.Text("azuredevops:prod")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(body, strings.ToUpper(realHost)) != trusted || strings.Contains(strings.ToLower(form.Preview), realHost) || !strings.Contains(form.Preview, "SELECT x") {
			t.Errorf("trusted %v: %s and, in the preview, %s", trusted, body, form.Preview)
		}
		if form.Digest == out.Digest || form.Keyed != trusted || !trusted && form.Digest != form.Body.SHA256() {
			t.Errorf("trusted %v: the digest is %s, keyed %v; that of the text was %s", trusted, form.Digest, form.Keyed, out.Digest)
		}
		// What build adds by itself was never cleared.
		if _, err := x.Derive(ctx, out, func(string) (any, error) { return []string{"mail jane.roe@acme-widgets.com"}, nil }); !errors.Is(err, ErrForm) || strings.Contains(err.Error(), "jane") {
			t.Errorf("text from elsewhere: %v", err)
		}
		if _, err := x.Derive(ctx, out, func(string) (any, error) { return nil, errors.New("no form") }); err == nil || err.Error() != "no form" {
			t.Errorf("%v", err)
		}
	}
	x := crossing(t, g, ctx, "azuredevops:prod", Trust{})
	_, other := bodyOf(t, crossing(t, g, ctx, "azuredevops:dev", Trust{}), ctx, map[string]string{"query": "x"})
	if _, err := x.Derive(ctx, other, build); !errors.Is(err, ErrNotCleared) {
		t.Errorf("text for another place: %v", err)
	}
}

func TestOnlyTokensThatTheCallerWasShownAreRestored(t *testing.T) {
	g, _ := testGate(t)
	tok := shownHost(t, g)
	trust := Trust{Types: []string{"*"}, Fields: []string{"*"}}
	for name, ctx := range map[string]context.Context{
		"another user":    WithCaller(context.Background(), Caller{ID: "eve", Channel: ChannelStdio}),
		"another channel": WithCaller(context.Background(), Caller{ID: "agent", Channel: ChannelHTTP}),
	} {
		if text, _ := bodyOf(t, crossing(t, g, ctx, "servicenow:prod", trust), ctx, tok); strings.Contains(text, realHost) {
			t.Errorf("%s has a token restored that it was never shown", name)
		}
	}
	// The agent knows that tokens are counted. One that it makes up is nothing.
	if _, _, err := g.RedactText(asHost(), pii.ModeRaw, "db8.prod.corp.internal"); err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		made := fmt.Sprintf("[Hostname_%d]", n+1)
		text, _ := bodyOf(t, crossing(t, g, asHost(), "servicenow:prod", trust), asHost(), made)
		if made != tok && text != `"`+made+`"` {
			t.Errorf("%s became %s", made, text)
		}
	}
}

func TestSecretsAreNeverRestored(t *testing.T) {
	g, _ := testGate(t)
	out, _, err := g.RedactText(asHost(), pii.ModeRaw, `password="Tr0ub4dor-und-3x"`)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.NoteShown(asHost(), []byte(out)); err != nil {
		t.Fatal(err)
	}
	text, sent := bodyOf(t, crossing(t, g, asHost(), "servicenow:prod", Trust{Types: []string{"*", "Password"}, Fields: []string{"*"}}), asHost(), out)
	if strings.Contains(text, "Tr0ub4dor") || sent.Keyed {
		t.Errorf("a secret went out: %s", text)
	}
	for _, bad := range []Trust{{Types: []string{"Password"}, Fields: []string{"*"}}, {Types: []string{"Hostnam"}, Fields: []string{"*"}}, {Types: []string{"*"}}, {Fields: []string{"*"}}} {
		if CheckTrust(bad) == nil {
			t.Errorf("the owner may say %+v", bad)
		}
	}
	if err := CheckTrust(Trust{Types: []string{"*", "Hostname"}, Fields: []string{"*"}}); err != nil {
		t.Error(err)
	}
}

func TestWhatComesBackHoldsNothingThatWasRestored(t *testing.T) {
	g, _ := testGate(t)
	tok := shownHost(t, g)
	// A name below the floor of the scanner, which would not find it bare.
	const short = "bob7"
	alias, err := g.opts.Store.Allocate(context.Background(), []store.VaultValue{{
		Type: pii.UserName, Label: "UserName", Value: []byte(short), Length: len(short), Identity: [16]byte{9}, Spelling: [16]byte{9}, Recoverable: true,
	}})
	if err != nil {
		t.Fatal(err)
	}
	user := alias[0].String()
	if err := g.NoteShown(asHost(), []byte(user)); err != nil {
		t.Fatal(err)
	}
	x := crossing(t, g, asHost(), "servicenow:prod", Trust{Types: []string{"*"}, Fields: []string{"*"}})
	if text, _ := bodyOf(t, x, asHost(), []string{tok, user}); !strings.Contains(text, realHost) || !strings.Contains(text, short) {
		t.Fatalf("nothing was restored: %s", text)
	}
	for name, back := range map[string]string{
		"as it is":       "cannot reach " + realHost + ", says " + short,
		"capitals":       "cannot reach " + strings.ToUpper(realHost) + ", says BOB7",
		"in a URL":       "https://acme.service-now.com/x?q=" + url.QueryEscape(realHost+"&"+short),
		"hex":            "id " + hex.EncodeToString([]byte(realHost)) + " " + hex.EncodeToString([]byte(short)),
		"base64":         "blob " + base64.StdEncoding.EncodeToString([]byte(realHost)),
		"base64, offset": "blob " + base64.StdEncoding.EncodeToString([]byte("u="+realHost+";")),
	} {
		type answer struct {
			Text string `json:"text"`
		}
		v := answer{back}
		if err := x.Back(asHost(), &v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text, err := x.BackText(asHost(), back)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, got := range []string{v.Text, text} {
			if !strings.Contains(got, "[Hostname_") {
				t.Errorf("%s: the host has no token in %q", name, got)
			}
			for _, left := range []string{realHost, short, hex.EncodeToString([]byte(realHost)), hex.EncodeToString([]byte(short)), inner(base64.RawStdEncoding, []byte(realHost), 0), inner(base64.RawStdEncoding, []byte(realHost), 2)} {
				if strings.Contains(strings.ToLower(got), strings.ToLower(left)) {
					t.Errorf("%s: %q is left in %q", name, left, got)
				}
			}
		}
	}
	// Look-alikes that a service sends are no tokens of ours.
	if got, err := x.BackText(asHost(), "see "+tok); err != nil || !strings.Contains(got, "[=Hostname_") {
		t.Errorf("a look-alike from outside came back as %q, %v", got, err)
	}
	// A part of a longer word is not the value, and tokens stay whole.
	if got, err := x.BackText(asHost(), "bob77 xbob7 and "+realHost); err != nil || !strings.Contains(got, "bob77 xbob7") || strings.Count(got, "[") != 1 {
		t.Errorf("came back as %q, %v", got, err)
	}
}

func TestHidingLeavesTokensAndRestAlone(t *testing.T) {
	tok := pii.Token{Label: "Email", Ordinal: 3}
	x := &Crossing{restored: map[pii.Token][]byte{tok: []byte("Email"), {Label: "Email", Ordinal: 4}: []byte("a]b[c")}}
	for in, want := range map[string]string{
		"":                        "",
		"[Email_3] Email":         "[Email_3] [Email_3]",
		"[Email_12.2]Email":       "[Email_12.2][Email_3]",
		"[[Email] Email[":         "[[[Email_3]] [Email_3][",
		"x a]b[c y":               "x [Email_4] y",
		"no match [ at all [x_1]": "no match [ at all [x_1]",
	} {
		if got := string(x.hide([]byte(in), false)); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func FuzzHideKeepsTokensAndRemovesValues(f *testing.F) {
	f.Add("db7 [Email_3] db7db7 [db7]", "db7")
	f.Add("[Email_3", "Email_3")
	f.Fuzz(func(t *testing.T, text, value string) {
		if value == "" || strings.ContainsAny(value, "[]") || len(value) < 4 {
			return
		}
		tok := pii.Token{Label: "UserName", Ordinal: 7}
		x := &Crossing{restored: map[pii.Token][]byte{tok: []byte(value)}}
		out := x.hide([]byte(text), false)
		for _, known := range tokensIn([]byte(text)) {
			if !strings.Contains(string(out), known.String()) {
				t.Fatalf("%q: the token %s is gone from %q", text, known, out)
			}
		}
		// Between blanks the value is always found.
		if got := string(x.hide([]byte("a "+value+" b"), false)); strings.Contains(got, " "+value+" ") {
			t.Fatalf("%q is left in %q", value, got)
		}
	})
}

func TestARevelationToAServiceIsOnTheRecordBeforeItLeaves(t *testing.T) {
	g, s := testGate(t)
	tok := shownHost(t, g)
	x := crossing(t, g, asHost(), "servicenow:prod", Trust{Types: []string{"*"}, Fields: []string{"*"}})
	_, out := bodyOf(t, x, asHost(), tok)
	call, err := x.Begin(asHost(), Intent{Action: audit.ActionExternalWrite, EntityType: "incident"}, out)
	if err != nil {
		t.Fatal(err)
	}
	e := lastEntry(t, s, audit.ActionReveal)
	if e.Seq >= call.Seq() || !strings.Contains(string(e.Details), "1 Hostname") || !strings.Contains(string(e.Details), out.Digest) {
		t.Errorf("entry %d: %s", e.Seq, e.Details)
	}
	if err := call.End(asHost(), Outcome{Status: "ok"}); err != nil {
		t.Fatal(err)
	}
	w := Write{Tool: "x", Destination: "servicenow:prod", Payload: []byte("x"), Keyed: out.Digest}
	if w.details(nil)["hmac"] != out.Digest || w.details(nil)["sha256"] != nil {
		t.Errorf("the record would have a plain digest of originals: %v", w.details(nil))
	}
	s.set(errors.New("disk"))
	if _, err := x.Begin(asHost(), Intent{Action: audit.ActionExternalWrite}, out); err == nil {
		t.Error("it may be sent without being recorded")
	}
	s.set(nil)
	other := crossing(t, g, asHost(), "servicenow:dev", Trust{})
	if _, err := other.Begin(asHost(), Intent{Action: audit.ActionExternalWrite}, out); !errors.Is(err, ErrNotCleared) {
		t.Errorf("what was cleared for one instance goes to another: %v", err)
	}
}

func TestATokenThatIsRepeatedIsTheSame(t *testing.T) {
	g, _ := testGate(t)
	tok := shownHost(t, g)
	ctx := asHost()
	x := crossing(t, g, ctx, "mcp:notes", Trust{})
	if _, out := bodyOf(t, x, ctx, map[string]string{"host": tok, "note": "[Email_77]"}); out.Tokens.Total() != 2 {
		t.Fatalf("%v go out as tokens", out.Tokens)
	}
	doc, err := x.BackJSON(ctx, []byte(`{"said":"{\"host\":\"`+tok+`\"} and [Email_77] and [Email_78], mail x@acme-industries.com"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`\"host\":\"` + tok + `\"`, "[=Email_77]", "[=Email_78]", "[Email_1]"} {
		if !strings.Contains(string(doc), want) {
			t.Errorf("no %s in %s", want, doc)
		}
	}
}
