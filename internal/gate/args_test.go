package gate

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tftsr/tftsr/internal/pii"
)

type embeddedArgs struct {
	Note string `json:"note" gate:"text"`
}

type sampleArgs struct {
	embeddedArgs
	IssueID string            `json:"issue_id" gate:"id"`
	Title   *string           `json:"title,omitempty" gate:"text"`
	Log     string            `json:"log" gate:"raw"`
	Path    string            `json:"path" gate:"path"`
	Level   string            `json:"level" gate:"enum"`
	Find    string            `json:"find" gate:"pattern"`
	Limit   int               `json:"limit"`
	Exact   bool              `json:"exact"`
	Tags    []string          `json:"tags" gate:"text"`
	Labels  map[string]string `json:"labels" gate:"text"`
	At      time.Time         `json:"at" gate:"id"`
	Events  []struct {
		Text string `json:"text" gate:"text"`
		Kind string `json:"kind" gate:"enum"`
	} `json:"events"`
	Extra  json.RawMessage `json:"extra" gate:"text"`
	Hidden string          `json:"-"`
}

func sampleSpec(t *testing.T) ArgSpec {
	t.Helper()
	spec, err := ArgsOf(reflect.TypeFor[*sampleArgs]())
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func TestArgsOfRefusesWhatIsNotTagged(t *testing.T) {
	type inner struct{ S string }
	type recursive struct {
		Text string       `gate:"text"`
		Next []*recursive `json:"next"`
	}
	for _, tc := range []struct {
		name string
		typ  reflect.Type
		ok   bool
	}{
		{"numbers and bools", reflect.TypeFor[struct {
			A int
			B float64
			C bool
			D *uint8
		}](), true},
		{"recursive", reflect.TypeFor[recursive](), true},
		{"unexported", reflect.TypeFor[struct{ s string }](), true},
		{"string", reflect.TypeFor[struct{ S string }](), false},
		{"pointer", reflect.TypeFor[struct{ S *string }](), false},
		{"slice", reflect.TypeFor[struct{ S []string }](), false},
		{"map", reflect.TypeFor[struct{ S map[string]string }](), false},
		{"nested", reflect.TypeFor[struct{ I inner }](), false},
		{"nested in a slice", reflect.TypeFor[struct{ I []inner }](), false},
		{"nested in a map", reflect.TypeFor[struct{ I map[string]inner }](), false},
		{"embedded", reflect.TypeFor[struct{ inner }](), false},
		{"raw message", reflect.TypeFor[struct{ S json.RawMessage }](), false},
		{"any", reflect.TypeFor[struct{ S any }](), false},
		{"bytes", reflect.TypeFor[struct{ S []byte }](), false},
		{"time", reflect.TypeFor[struct{ S time.Time }](), false},
		{"defined string", reflect.TypeFor[struct{ S reflect.ChanDir }](), true}, // An int.
		{"wrong kind", reflect.TypeFor[struct {
			S string `gate:"prose"`
		}](), false},
		{"raw message as id", reflect.TypeFor[struct {
			S json.RawMessage `gate:"id"`
		}](), false},
		{"number as string", reflect.TypeFor[struct {
			N int `json:"n,string"`
		}](), false},
		{"name twice", reflect.TypeFor[struct {
			A string `json:"a" gate:"id"`
			B string `json:"A" gate:"text"`
		}](), false},
		{"function", reflect.TypeFor[struct{ F func() }](), false},
		{"no struct", reflect.TypeFor[string](), false},
	} {
		if _, err := ArgsOf(tc.typ); (err == nil) != tc.ok {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

func TestArgumentsReachTheHandlerByKind(t *testing.T) {
	c := testClearer(t, testOptions(t))
	spec := sampleSpec(t)
	const original = "jane.roe@acme-widgets.com"
	// So that its token is not the first of its label, as every stand-in is.
	if _, _, err := c.RedactText(asHost(), pii.ModeAgent, "first@acme-widgets.com password=0ther-Secret-7"); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, in, want string // In want, EMAIL is the token.
	}{
		{"nothing to do", "{ \"title\":\"caf\\u00e9 \\/ x\", \"limit\": 1e2 ,\"exact\":true,\"tags\":[ ],\"at\":null}\n", ""},
		{"text", `{"title":"ask ` + original + `"}`, `{"title":"ask EMAIL"}`},
		{"escaped text", `{"title":"ask jane.roe\u0040acme-widgets.com \"now\""}`, `{"title":"ask EMAIL \"now\""}`},
		{"token in text", `{"title":"ask [Email_2]"}`, ""},
		{"embedded struct", `{"note":"` + original + `"}`, `{"note":"EMAIL"}`},
		{"slice", `{"tags":["a","` + original + `"]}`, `{"tags":["a","EMAIL"]}`},
		{"map", `{"labels":{"` + original + `":"` + original + `"}}`, `{"labels":{"EMAIL":"EMAIL"}}`},
		{"nested", `{"events":[{"kind":"note","text":"` + original + `"}]}`, `{"events":[{"kind":"note","text":"EMAIL"}]}`},
		{"free form", `{"extra":{"n":1.50,"x":["` + original + `"]}}`, `{"extra":{"n":1.50,"x":["EMAIL"]}}`},
		{"raw", `{"log":"` + original + `"}`, ""},
		{"path", `{"path":"/home/` + original + `/x.log"}`, ""},
		{"id", `{"issue_id":"01890a5d-ac96-774b-bcce-b302099a8057"}`, ""},
		{"unknown", `{"limit":3, "` + original + `" : "` + original + `" }`, `{"limit":3, "EMAIL":"EMAIL" }`},
		{"unknown in a nested one", `{"events":[{"who":"` + original + `"}]}`, `{"events":[{"who":"EMAIL"}]}`},
		{"text where a number belongs", `{"limit":"` + original + `"}`, `{"limit":"EMAIL"}`},
		{"object where text belongs", `{"title":{"a":"` + original + `"}}`, `{"title":{"a":"EMAIL"}}`},
		{"array where a path belongs", `{"path":["` + original + `"]}`, `{"path":["EMAIL"]}`},
		{"pattern", `{"find":"^from ` + original + `$"}`, `{"find":"^from (?:\\[Email_2\\])$"}`},
		{"escaped pattern", `{"find":"jane\\.roe\\@acme-widgets\\.com.*"}`, `{"find":"(?:\\[Email_2\\]).*"}`},
		{"token in a pattern", `{"find":"[Email_2] .*"}`, `{"find":"(?:\\[Email_2\\]) .*"}`},
		{"class in a pattern", `{"find":"[a-z]+\\d{3}"}`, ""},
		{"expression in a pattern", `{"find":"password=\\S+"}`, ""},
		{"secret in a pattern", `{"find":"password=Tr0ub4dor\\-und\\-3x$"}`, `{"find":"password=(?:\\[Password_2\\])$"}`},
		{"empty", ``, `{}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			out, ids, counts, err := c.ClearArgs(asHost(), spec, json.RawMessage(tc.in))
			if err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(tc.want, "EMAIL", "[Email_2]")
			if want == "" {
				want = tc.in
			}
			if string(out) != want {
				t.Errorf("got  %s\nwant %s", out, want)
			}
			if found := strings.Count(want, "_2"); tc.want != "" && !strings.Contains(tc.in, "_2") && counts.Total() != found {
				t.Errorf("counts are %v, want %d", counts, found)
			}
			if (len(ids) > 0) != strings.Contains(tc.in, "issue_id") {
				t.Errorf("ids %v are named", ids)
			}
		})
	}
}

func TestArgumentsAreRefusedByName(t *testing.T) {
	c := testClearer(t, testOptions(t))
	spec := sampleSpec(t)
	for _, tc := range []struct{ name, in, arg string }{
		{"id with a space", `{"issue_id":"a b-SECRET"}`, "issue_id"},
		{"id too long", `{"issue_id":"` + strings.Repeat("SECRET", 40) + `"}`, "issue_id"},
		{"id that is an address", `{"issue_id":"jane.SECRET@acme-widgets.com"}`, "issue_id"},
		{"enum", `{"events":[{"kind":"note"},{"kind":"SECRET\n"}]}`, "events[1].kind"},
		{"path with NUL", `{"path":"/tmp/SECRET\u0000"}`, "path"},
		{"capitals", `{"ISSUE_ID":"SECRET"}`, "issue_id"},
		{"twice", `{"limit":1,"lim\u0069t":2}`, ""},
		{"twice within", `{"SECRET":{"a":1,"a":2}}`, ""},
		{"no object", `["SECRET"]`, ""},
		{"no JSON", `{"SECRET"`, ""},
		{"two values", `{} {"SECRET":1}`, ""},
		{"no UTF-8", "{\"title\":\"SECRET\xff\"}", ""},
		{"deep", `{"SECRET":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, ""},
		{"large", `{"title":"SECRET` + strings.Repeat("x", 5<<20) + `"}`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			out, _, _, err := c.ClearArgs(asHost(), spec, json.RawMessage(tc.in))
			var arg *ArgError
			if !errors.As(err, &arg) || !errors.Is(err, ErrArgument) {
				t.Fatalf("got %s, %v", out, err)
			}
			if arg.Arg != tc.arg {
				t.Errorf("names %q, want %q", arg.Arg, tc.arg)
			}
			if out != nil || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("the value is in %s, %v", out, err)
			}
		})
	}
}

func TestDigestOfArgumentsIsKeyedByIssue(t *testing.T) {
	o := testOptions(t)
	c := testClearer(t, o)
	spec := sampleSpec(t)
	id := testIssue(t, o.Store)
	digest := func(args string) string {
		t.Helper()
		_, ids, _, err := c.ClearArgs(asHost(), spec, json.RawMessage(args))
		if err != nil {
			t.Fatal(err)
		}
		key, err := c.KeyFor(asHost(), ids)
		if err != nil {
			t.Fatal(err)
		}
		return key.Digest([]byte(args))
	}
	with := `{"issue_id":"` + id + `"}`
	if first := digest(with); first != digest(with) {
		t.Error("the same arguments have two digests")
	}
	if digest(`{"limit":1}`) == digest(`{"limit":2}`) {
		t.Error("different arguments have one digest")
	}
	before := digest(with)
	if err := o.Store.DeleteIssue(asHost(), id); err != nil {
		t.Fatal(err)
	}
	if digest(with) == before {
		t.Error("the digest can still be made after the issue is forgotten")
	}
}

// Whatever the shape of the arguments: what was planted goes, and the rest
// means what it meant.
func TestNothingPlantedSurvivesClearArgs(t *testing.T) {
	c := testClearer(t, testOptions(t))
	spec := sampleSpec(t)
	r := rand.New(rand.NewPCG(1, 2))
	var value func(depth int) any
	value = func(depth int) any {
		switch n := r.IntN(8); {
		case n < 3:
			return planted[r.IntN(len(planted))].text
		case n == 3:
			return r.IntN(1000)
		case n == 4 && depth < 5:
			return []any{value(depth + 1), value(depth + 1)}
		case n == 5 && depth < 5:
			return map[string]any{planted[r.IntN(len(planted))].text: value(depth + 1), "k": value(depth + 1)}
		case n == 6:
			return nil
		}
		return "plain \u2028 \" text"
	}
	for range 300 {
		args := map[string]any{"x": value(0)}
		for _, name := range []string{"note", "title", "limit", "exact", "tags", "labels", "events", "extra"} {
			if r.IntN(3) == 0 {
				args[name] = value(0)
			}
		}
		doc, err := json.Marshal(args)
		if err != nil {
			t.Fatal(err)
		}
		out, _, _, err := c.ClearArgs(asHost(), spec, doc)
		if errors.Is(err, ErrArgument) { // An enum was hit.
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		wantNothingPlanted(t, string(out), string(out))
		var a, b any
		if json.Unmarshal(doc, &a) != nil || json.Unmarshal(out, &b) != nil {
			t.Fatalf("not JSON any more: %s", out)
		}
		if !sameShape(a, b) {
			t.Fatalf("the shape changed from\n%s to\n%s", doc, out)
		}
	}
}

func sameShape(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		m, ok := b.(map[string]any)
		return ok && len(m) == len(a)
	case []any:
		l, ok := b.([]any)
		if !ok || len(l) != len(a) {
			return false
		}
		for i := range a {
			if !sameShape(a[i], l[i]) {
				return false
			}
		}
		return true
	case string:
		_, ok := b.(string)
		return ok
	}
	return reflect.DeepEqual(a, b)
}

func FuzzClearArgs(f *testing.F) {
	o := testOptions(f)
	c := testClearer(f, o)
	spec, err := ArgsOf(reflect.TypeFor[sampleArgs]())
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"title":"x","tags":["a"],"labels":{"a":"b"},"extra":{"a":[1,{}]},"find":"[a-z]","nope":{"a":null}}`))
	f.Add([]byte(`{"password":"Tr0ub4dor-und-3x","events":[{"text":"\ud800"}]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		out, _, counts, err := c.ClearArgs(asHost(), spec, in)
		if err != nil {
			if !errors.Is(err, ErrArgument) {
				t.Fatal(err)
			}
			return
		}
		if !json.Valid(out) || !utf8.Valid(out) {
			t.Fatalf("%q became %q", in, out)
		}
		if counts.Total() == 0 && len(strings.TrimSpace(string(in))) > 0 && !strings.Contains(string(in), "[") && string(out) != string(in) {
			t.Fatalf("nothing was found in %q, and it became %q", in, out)
		}
		again, _, _, err := c.ClearArgs(asHost(), spec, out)
		if err != nil && !errors.Is(err, ErrArgument) {
			t.Fatal(err)
		}
		if err == nil && !strings.Contains(string(in), "find") && string(again) != string(out) {
			t.Fatalf("cleared twice, %q became %q", out, again)
		}
	})
}
