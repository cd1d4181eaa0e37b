package pii

import "testing"

func TestEveryRuleIsDescribed(t *testing.T) {
	for r := RuleID(1); r.String() != "unknown"; r++ {
		if d := RuleDoc(r); d.Finds == "" || d.Misses == "" || d.Reasons == 0 {
			t.Errorf("%s is not described", r)
		}
	}
}

// TestFindingsStandOnTheirRulesGrounds holds the grounds in the descriptions to those of the findings in all cases.
func TestFindingsStandOnTheirRulesGrounds(t *testing.T) {
	s := newScanner(t, Options{Preset: PresetStrict})
	n := 0
	for _, tables := range []map[string][]string{positives, contexts} {
		for _, cases := range tables {
			for _, marked := range cases {
				text, _ := parseMarked(t, marked)
				for _, f := range s.Scan(nil, []byte(text)) {
					n++
					if extra := f.Reason.Bits &^ RuleDoc(f.Rule).Reasons; extra != 0 {
						t.Errorf("%q: %s stands on %s, which its description lacks", text, f.Rule, Reason{Bits: extra})
					}
				}
			}
		}
	}
	if n < 300 {
		t.Errorf("only %d findings", n)
	}
}
