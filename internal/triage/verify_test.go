package triage

import (
	"strings"
	"testing"
)

func TestQuotesMustOccurInTheCitedLines(t *testing.T) {
	logs := memory{"a": {
		"04:09:30 ERROR pool exhausted: 50 of 50 in use\r",
		"\tat com.example.Pool.take(Pool.java:88)",
		"",
		"04:09:31 ERROR timeout   after 30000 ms",
		"ok",
	}}
	ref := func(from, to int64) string { return NewLogRef("a", from, logs["a"][from-1:to]).String() }
	other := strings.Replace(ref(1, 2), "#L1-L2", "#L2-L3", 1)
	for _, c := range []struct {
		name, ref, quote string
		want             Check
		line             int64
	}{
		{"part of a line", ref(1, 4), "pool exhausted: 50 of 50", CheckOK, 1},
		{"whole line without its carriage return", ref(1, 1), "04:09:30 ERROR pool exhausted: 50 of 50 in use", CheckOK, 1},
		{"over two lines", ref(1, 2), "50 of 50 in use\n\tat com.example.Pool.take", CheckOK, 1},
		{"in the last line", ref(1, 4), "timeout after 30000 ms", CheckOK, 4},
		{"other white space", ref(4, 4), "ERROR  timeout\tafter 30000", CheckOK, 4},
		{"outside of the range", ref(1, 2), "timeout after 30000 ms", CheckNoQuote, 0},
		{"other letter case", ref(1, 2), "Pool Exhausted: 50", CheckNoQuote, 0},
		{"words left out", ref(1, 2), "pool exhausted in use", CheckNoQuote, 0},
		{"an ellipsis", ref(1, 2), "pool … in use", CheckNoQuote, 0},
		{"too short", ref(1, 2), "ERROR", CheckTooShort, 0},
		{"short but all there is", ref(5, 5), "ok", CheckOK, 5},
		{"punctuation only", ref(1, 2), ": .", CheckNoQuote, 0},
		{"digest of other lines", other, "com.example.Pool.take", CheckDigest, 0},
		{"lines that are not there", "log:a#L5-L6@0123456789abcdef", "com.example.Pool", CheckNoRange, 0},
		{"another log", "log:b#L1-L1@0123456789abcdef", "com.example.Pool", CheckNoRange, 0},
	} {
		e := Evidence{Type: EvidenceLog, Ref: c.ref, Text: c.quote, Line: 77}
		if err := verify(t.Context(), &e, logs); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if e.Check != c.want || e.Line != c.line {
			t.Errorf("%s: %s at line %d, want %s at %d", c.name, e.Check, e.Line, c.want, c.line)
		}
	}
}

func TestStatusFollowsTheWeightOfEvidence(t *testing.T) {
	log := func(f Effect, c Check) Evidence { return Evidence{Type: EvidenceLog, Effect: f, Check: c} }
	record := func(f Effect) Evidence {
		return Evidence{Type: EvidenceMetric, Effect: f, Text: "connections 100 of 100"}
	}
	said := Evidence{Type: EvidenceTestimony, Effect: Supports, Text: "I saw it"}
	gone := log(Supports, CheckOK)
	gone.Withdrawn = true
	absent := Evidence{Type: EvidenceMetric, Effect: Refutes, Text: "no errors were seen"}
	for name, c := range map[string]struct {
		list []Evidence
		want ClaimStatus
	}{
		"nothing":                    {nil, Hypothesis},
		"testimony":                  {[]Evidence{said, said}, Hypothesis},
		"record":                     {[]Evidence{record(Supports)}, Hypothesis},
		"log":                        {[]Evidence{log(Supports, CheckOK)}, Supported},
		"log and testimony":          {[]Evidence{log(Supports, CheckOK), said}, Supported},
		"log that fails":             {[]Evidence{log(Supports, CheckDigest)}, Hypothesis},
		"log withdrawn":              {[]Evidence{gone}, Hypothesis},
		"log against":                {[]Evidence{log(Refutes, CheckOK)}, Refuted},
		"log against, failing for":   {[]Evidence{log(Refutes, CheckOK), log(Supports, CheckNoQuote)}, Refuted},
		"log against, testimony for": {[]Evidence{log(Refutes, CheckOK), said}, Refuted},
		"logs both ways":             {[]Evidence{log(Refutes, CheckOK), log(Supports, CheckOK)}, Inconclusive},
		"log for, record against":    {[]Evidence{log(Supports, CheckOK), record(Refutes)}, Inconclusive},
		"record against":             {[]Evidence{record(Refutes)}, Inconclusive},
		"absence against":            {[]Evidence{log(Supports, CheckOK), absent}, Supported},
	} {
		if got := weigh(c.list).status(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestAnInterruptedBeginningIsFoundByItsStep(t *testing.T) {
	tr := readTranscript(t, "testdata/good.txtar")
	a := tr.play(t, nil)
	for id, want := range map[string]bool{"s1": true, "s2": false, "": false} {
		if got := BegunBy(a, id); got != want {
			t.Errorf("BegunBy(%q) = %v", id, got)
		}
	}
	if BegunBy(&Analysis{State: []byte("{")}, "s1") {
		t.Error("a state that cannot be read was begun by somebody")
	}
	if !(StepInput{}).IsZero() || (StepInput{Finish: true}).IsZero() {
		t.Error("IsZero")
	}
}
