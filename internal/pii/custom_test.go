package pii

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

var badge = CustomRule{Name: "badge", Keyword: "badge", Window: 20, Pattern: `\b(E[0-9]{5})\b`}

func TestRulesFindTheirValueNearTheirWord(t *testing.T) {
	s := newScanner(t, Options{Rules: []CustomRule{
		badge,
		{Name: "vault-pin", Keyword: "safe", Pattern: `[0-9]{6}`, Secret: true},
		{Name: "never", Keyword: "badge", Pattern: `lost`, Mode: RuleOff},
	}})
	for _, marked := range []string{
		"badge «Custom|E12345» lost",
		"BADGE=«Custom|E12345»",
		"«Custom|E12345» is her badge",
		"employeeBadge: \"«Custom|E12345»\"",
		"badges «Custom|E12345» and «Custom|E54321»",
		"the safe opens with «CustomSecret|123456»",
		"badge number of that guard: E12345", // Too far away.
		"E12345 and no word", "badge E123456", "badge e12345", "badg E12345",
	} {
		checkMarked(t, s, marked)
	}
	f := s.Scan(nil, []byte("badge E12345"))
	if len(f) != 1 || s.RuleName(f[0].Rule) != "custom:badge" || f[0].Rule.String() != "custom" || s.RuleName(ruleEmail) != "email" {
		t.Errorf("%+v is made by %s", f, s.RuleName(f[0].Rule))
	}
}

func TestRulesOnTrialCountAndLeaveTheTextAlone(t *testing.T) {
	shadow := badge
	shadow.Mode = RuleShadow
	s := newScanner(t, Options{Rules: []CustomRule{shadow, {Name: "mail", Keyword: "badge", Pattern: `\S+@corp`, Mode: RuleShadow}}})
	const text = "badge E12345 mail x@corp.example.org badge E11111"
	var out bytes.Buffer
	r := NewRedactor(s, NewMemoryAllocator(), ModeRaw, &out)
	if _, err := r.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	st := r.Stats()
	if out.String() != "badge E12345 mail [Email_1] badge E11111" || st.Shadow.Of(Custom) != 2 || st.Redacted.Of(Custom) != 0 || st.Suspect.Total() != 0 {
		t.Errorf("%q, %+v", out.String(), st)
	}
	for _, f := range s.Scan(nil, []byte(text)) {
		if (f.Type == Custom) != (f.Level == LevelShadow) {
			t.Errorf("%+v", f)
		}
	}
	if found := s.ScanMode(nil, []byte(text), ModeCleared); len(found) != 1 || found[0].Type != Email {
		t.Errorf("in cleared text found %+v", found)
	}
}

func TestRulesFindTheirValueUnderNamesOfDocuments(t *testing.T) {
	s := newScanner(t, Options{Rules: []CustomRule{badge, {Name: "safe", Keyword: "safe", Pattern: `[0-9]{6}`, Secret: true}, {Name: "host", Keyword: "phone", Pattern: `srv[0-9]{3}`}}})
	for in, want := range map[string]string{
		`{"badge":"E12345","x":"E12345"}`:               `{"badge":"[Custom_1]","x":"E12345"}`,
		`{"employeeBadge":["E12345",1]}`:                `{"employeeBadge":["[Custom_1]",1]}`,
		`{"safe":123456,"other":123456}`:                `{"safe":"[CustomSecret_1]","other":123456}`,
		`{"SAFE":{"code":{"a":"123456"}},"b":"123456"}`: `{"SAFE":{"code":{"a":"[CustomSecret_1]"}},"b":"123456"}`,
		`{"phone":"srv123"}`:                            `{"phone":"[Custom_1]"}`,
		`{"a":"badge E12345"}`:                          `{"a":"badge [Custom_1]"}`,
		`{"safe":"\u0031\u0032\u0033456"}`:              `{"safe":"[CustomSecret_1]"}`,
		`{"badge":"none","E12345":1}`:                   `{"badge":"none","E12345":1}`,
		`{"badge":{"E12345":1}}`:                        `{"badge":{"[Custom_1]":1}}`,
	} {
		out, _, err := s.RedactJSON(NewMemoryAllocator(), ModeRaw, []byte(in))
		if err != nil || string(out) != want {
			t.Errorf("%s: %s, %v, want %s", in, out, err, want)
		}
	}
}

func TestRulesHoldInEveryPreset(t *testing.T) {
	for p := range numPresets {
		out, _, err := newScanner(t, Options{Preset: p, Rules: []CustomRule{badge}}).RedactString(NewMemoryAllocator(), ModeRaw, "badge E12345")
		if err != nil || out != "badge [Custom_1]" {
			t.Errorf("%s: %q, %v", p, out, err)
		}
	}
	out, _, err := newScanner(t, Options{AllowTypes: []Type{Custom}, Rules: []CustomRule{badge}}).RedactString(NewMemoryAllocator(), ModeRaw, "badge E12345")
	if err != nil || out != "badge E12345" {
		t.Errorf("released: %q, %v", out, err)
	}
}

func TestFaultsOfRulesAreNamed(t *testing.T) {
	with := func(change func(*CustomRule)) []CustomRule {
		r := badge
		change(&r)
		return []CustomRule{r}
	}
	many := make([]CustomRule, MaxRules+1)
	for _, c := range []struct {
		rules []CustomRule
		want  string
	}{
		{with(func(r *CustomRule) { r.Name = "" }), "rule 1: its name"},
		{with(func(r *CustomRule) { r.Name = "two words" }), "rule 1: its name"},
		{with(func(r *CustomRule) { r.Keyword = "" }), `rule "badge": it has no keyword`},
		{with(func(r *CustomRule) { r.Keyword = "ab" }), `rule "badge": its keyword has 2 bytes`},
		{with(func(r *CustomRule) { r.Keyword = "    " }), `rule "badge": its keyword is white space`},
		{with(func(r *CustomRule) { r.Keyword = strings.Repeat("k", 65) }), `rule "badge": its keyword has 65 bytes`},
		{with(func(r *CustomRule) { r.Window = 513 }), `rule "badge": its window of 513 bytes`},
		{with(func(r *CustomRule) { r.Window = -1 }), `rule "badge": its window of -1 bytes`},
		{with(func(r *CustomRule) { r.Pattern = "" }), `rule "badge": it has no pattern`},
		{with(func(r *CustomRule) { r.Pattern = "(" }), `rule "badge": its pattern does not compile: missing closing )`},
		{with(func(r *CustomRule) { r.Pattern = `(?=x)` }), `rule "badge": its pattern does not compile: invalid or unsupported Perl syntax`},
		{with(func(r *CustomRule) { r.Pattern = "x*" }), `rule "badge": its pattern matches the empty text`},
		{with(func(r *CustomRule) { r.Pattern = strings.Repeat("x", 513) }), `rule "badge": its pattern has 513 bytes`},
		{with(func(r *CustomRule) { r.Pattern = "[a-z0-9]{500}[a-z]{900}x{1000}" }), `rule "badge": its pattern needs`},
		{with(func(r *CustomRule) { r.Mode = 7 }), `rule "badge": its mode`},
		{[]CustomRule{badge, badge}, `rule "badge": there is another one`},
		{many, "65 rules are too many"},
	} {
		if _, err := NewScanner(Options{Rules: c.rules}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}

func TestReleasedValuesStay(t *testing.T) {
	s := newScanner(t, Options{AllowValues: []string{"Support@Example.org", "10.001.2.3", "10.1.2.3", "hunter2hunter2", "+1 (415) 555-0132"}})
	for in, want := range map[string]string{
		"to support@example.org now":        "to support@example.org now",
		"to SUPPORT@example.org now":        "to SUPPORT@example.org now",
		"to other@example.org now":          "to [Email_1] now",
		"from 10.1.2.3 to 10.1.2.4":         "from 10.1.2.3 to [PrivateIPv4_1]",
		"password=hunter2hunter2 x":         "password=hunter2hunter2 x",
		"password=Hunter2hunter2 x":         "password=[Password_1] x",
		"call +14155550132 or +14155550133": "call +14155550132 or [PhoneNumber_1]",
	} {
		out, _, err := s.RedactString(NewMemoryAllocator(), ModeRaw, in)
		if err != nil || out != want {
			t.Errorf("%q: %q, %v, want %q", in, out, err, want)
		}
	}
}

// ruleTexts hold words of the rules close together, at all distances from what they look for.
func ruleTexts(r *rand.Rand) []byte {
	var b bytes.Buffer
	for b.Len() < 400<<10 {
		b.WriteString([]string{"badge", "BADGE ", "safe", "E12345", " ", "123456", "x", "\n", "a@b.example.org", "[Email_1]", "[=", strings.Repeat("-", r.IntN(40)), "é"}[r.IntN(13)])
	}
	return b.Bytes()
}

func TestRulesDoNotDependOnHowTheTextIsCutAndLeaveNothing(t *testing.T) {
	s := newScanner(t, Options{Rules: []CustomRule{
		{Name: "badge", Keyword: "badge", Window: 30, Pattern: `E[0-9]{5}\b`},
		{Name: "safe", Keyword: "safe", Window: 512, Pattern: `\b[0-9]{6}\b`, Secret: true},
	}})
	r := rand.New(rand.NewPCG(1, 2))
	text := ruleTexts(r)
	want := s.Scan(nil, text)
	checkFindings(t, want, len(text))
	got := scanStream(t, s, text, func() int { return 1 + r.IntN(100_000) })
	if len(want) < 1000 || len(got) != len(want) {
		t.Fatalf("%d findings in a stream, %d in one piece", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("finding %d is %+v in a stream, %+v in one piece", i, got[i], want[i])
		}
	}
	out, _, err := s.Redact(NewMemoryAllocator(), ModeRaw, text)
	if err != nil {
		t.Fatal(err)
	}
	if found := s.ScanMode(nil, out, ModeCleared); len(found) != 0 {
		t.Errorf("cleared text has findings, the first %q", out[found[0].Start:found[0].End])
	}
}
