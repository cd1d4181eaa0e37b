package servicenow

import (
	"errors"
	"strings"
	"testing"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/gate/gatetest"
)

const here = gate.Destination("servicenow:prod")

// clear makes a cleared text, which only a gate can.
func clearer(t testing.TB) func(text string) gate.Cleared {
	t.Helper()
	return gatetest.New(t).Clearer(here)
}

// hostile are values that try to end their condition, to begin another query,
// or to be run.
var hostile = []string{
	"^", "x^active=true", "x^ORactive=true", "x^NQactive=true", "x^NQ", "^EQ", "x^^y", "x^ORDERBYnumber", "x^GROUPBYstate", "x^RLQUERYincident.sys_id,>=1^ENDRLQUERY",
	"javascript:gs.getUserID()", "JavaScript:gs.eval('1')", " javascript:1", "x javascript:1", "jAvAsCrIpT:1", "DYNAMIC90d1921e5f510100a9ad2572f2b477fe", "@javascript",
	"a\nb", "a\rb", "a\x00b", "a\x1bb", "a\u0085b", "a\u2028b", "a\u2029b", "a\uff3eNQactive=true", "", "   ", strings.Repeat("a", maxQueryValue+1),
}

func TestHostileValuesDoNotGetIntoAQuery(t *testing.T) {
	clear := clearer(t)
	for _, v := range hostile {
		if text, err := NewQuery(here).Contains(clear(v), "short_description", "description").Encode(); !errors.Is(err, ErrValue) {
			t.Errorf("%q became %q, %v", v, text, err)
		}
		if text, err := NewQuery(here).Equals("short_description", clear(v)).Encode(); !errors.Is(err, ErrValue) {
			t.Errorf("%q became %q, %v", v, text, err)
		}
		if text, err := NewQuery(here).Is("number", v).Encode(); !errors.Is(err, ErrValue) {
			t.Errorf("%q became %q, %v", v, text, err)
		}
	}
}

func TestQueriesAreWhatTheirConditionsSay(t *testing.T) {
	clear := clearer(t)
	for want, q := range map[string]*Query{
		"":                  NewQuery(here),
		"number=INC0010001": NewQuery(here).Is("number", "INC0010001"),
		"state=2^short_descriptionLIKEa=b&c,d^ORdescriptionLIKEa=b&c,d^ORDERBYDESCsys_created_on": NewQuery(here).Is("state", "2").Contains(clear("a=b&c,d"), "short_description", "description").Newest(),
		"category=Größe 5": NewQuery(here).Equals("category", clear("Größe 5")),
	} {
		if got, err := q.Encode(); got != want || err != nil {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	for name, q := range map[string]*Query{
		"an unknown field":       NewQuery(here).Is("password", "x"),
		"a field with operators": NewQuery(here).Is("number=1^NQstate", "x"),
		"text for another place": NewQuery("servicenow:dev").Equals("category", clear("x")),
		"text of nobody":         NewQuery(here).Equals("category", gate.Cleared{}),
	} {
		if got, err := q.Is("state", "1").Encode(); err == nil || got != "" {
			t.Errorf("%s became %q", name, got)
		}
	}
}

// FuzzQueryKeepsItsShape holds that a value never adds a condition.
func FuzzQueryKeepsItsShape(f *testing.F) {
	for _, v := range hostile {
		f.Add(v)
	}
	f.Add("checkout 502")
	f.Fuzz(func(t *testing.T, v string) {
		got, err := safe(v)
		if err != nil {
			return
		}
		q := NewQuery(here).Is("state", "1").add("short_description", "LIKE", got)
		text, err := q.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if parts := strings.Split(text, "^"); len(parts) != 2 || parts[0] != "state=1" || strings.Contains(strings.ToLower(text), "javascript:") {
			t.Fatalf("%q became %q", v, text)
		}
	})
}

func TestSeveritiesBecomeImpactAndUrgency(t *testing.T) {
	for text, ok := range map[string]bool{
		"critical=1/1,high=1/2,medium=2/2,low=3/3": true, "high=2/1": true, "": false, "high": false, "high=0/1": false, "high=1/4": false, "urgent=1/1": false, "high=1/1;low=1/1": false,
	} {
		if _, err := parseSeverity(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
	m, err := parseSeverity("low=3/3")
	if err != nil || m["low"] != (Level{"3", "3"}) || m["critical"] != (Level{"1", "1"}) || severities["low"] != (Level{"2", "3"}) {
		t.Errorf("%v, %v; the defaults are %v", m, err, severities)
	}
}
