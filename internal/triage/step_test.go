package triage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
)

// confirmed returns the transcripts whose last state is CONFIRMED.
func confirmed(t *testing.T) map[*transcript]*Analysis {
	t.Helper()
	out := make(map[*transcript]*Analysis)
	for _, tr := range transcripts(t) {
		a := tr.play(t, nil)
		if a == nil {
			continue
		}
		res, err := Engine{}.Assess(a)
		if err != nil {
			t.Fatal(err)
		}
		if res.Verdict == Confirmed {
			out[tr] = a
		}
	}
	if len(out) < 5 {
		t.Fatalf("only %d confirmed transcripts to mutate", len(out))
	}
	return out
}

// Whatever one claim of a confirmed branch, or the rival that was refuted for
// it, rests on: without it nothing is confirmed.
func TestWithoutItsLogEvidenceNothingStaysConfirmed(t *testing.T) {
	mutations := 0
	for tr, a := range confirmed(t) {
		g, err := LoadGraph(a.State)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range appraise(g).branches {
			if b.Verdict != Confirmed || b.Lane != LaneCause {
				continue
			}
			for _, id := range b.Path {
				var ids []string
				for _, e := range g.Node(id).Evidence {
					if e.Type == EvidenceLog && !e.Withdrawn {
						ids = append(ids, e.ID)
					}
				}
				mutations++
				drop(t, tr, a, ids, "the evidence of "+id, id)
			}
		}
		// All refuting evidence: no rival is rejected any more.
		var refuting []string
		for i := range g.Nodes {
			for e := range g.Nodes[i].pieces() {
				if e.Effect == Refutes && !e.Withdrawn {
					refuting = append(refuting, e.ID)
				}
			}
		}
		mutations++
		drop(t, tr, a, refuting, "what refutes the rivals", "")
	}
	if mutations < 15 {
		t.Errorf("only %d mutations", mutations)
	}
}

func drop(t *testing.T, tr *transcript, a *Analysis, ids []string, what, claim string) {
	t.Helper()
	if len(ids) == 0 {
		t.Errorf("%s: confirmed without %s", tr.path, what)
		return
	}
	for _, finish := range []bool{false, true} {
		res, err := Engine{}.Step(t.Context(), a, StepInput{Revision: a.Revision, Withdraw: ids, Finish: finish}, tr.logs)
		if err != nil {
			t.Fatal(err)
		}
		if res.Verdict == Confirmed {
			t.Errorf("%s: still confirmed without %s", tr.path, what)
		}
		for _, b := range res.Branches {
			if b.Verdict == Confirmed && (claim == "" || slices.Contains(b.Path, claim)) {
				t.Errorf("%s: branch %s still confirmed without %s", tr.path, b.Node, what)
			}
		}
	}
}

// A log that changed, or went, between citing and concluding confirms nothing.
func TestEvidenceIsResolvedAgainAtFinish(t *testing.T) {
	for tr, a := range confirmed(t) {
		for id := range tr.logs {
			for name, lines := range map[string][]string{"gone": nil, "changed": append([]string{"x"}, tr.logs[id]...)} {
				logs := memory{}
				for k, v := range tr.logs {
					logs[k] = v
				}
				if logs[id] = lines; lines == nil {
					delete(logs, id)
				}
				if !bytes.Contains(a.State, []byte("log:"+id+"#")) {
					continue
				}
				res, err := Engine{}.Step(t.Context(), a, StepInput{Revision: a.Revision, Finish: true}, logs)
				if err != nil {
					t.Fatal(err)
				}
				found := slices.ContainsFunc(res.Findings, func(f Finding) bool {
					return f.Lint == string(CheckNoRange) || f.Lint == string(CheckDigest)
				})
				if !found {
					t.Errorf("%s: log %s %s: no finding says so: %v", tr.path, id, name, res.Findings)
				}
				if id == "app" && res.Verdict == Confirmed {
					t.Errorf("%s: log %s %s: still confirmed", tr.path, id, name)
				}
			}
		}
	}
}

type brokenResolver struct{ err error }

func (b brokenResolver) Lines(context.Context, string, int64, int64) ([]string, error) {
	return nil, b.err
}

func TestAFailingResolverFailsTheStep(t *testing.T) {
	tr := readTranscript(t, "testdata/good.txtar")
	broken := errors.New("disk on fire")
	var a *Analysis
	for _, in := range tr.steps[:2] {
		res, err := Engine{}.Step(t.Context(), a, in, nil)
		if err != nil {
			t.Fatal(err)
		}
		a = &res.Analysis
	}
	if _, err := (Engine{}).Step(t.Context(), a, tr.steps[2], brokenResolver{broken}); !errors.Is(err, broken) {
		t.Errorf("error %v, want the resolver's", err)
	}
	if _, err := (Engine{}).Step(t.Context(), a, tr.steps[2], nil); err == nil {
		t.Error("evidence is accepted without a resolver")
	}
	res, err := Engine{}.Step(t.Context(), a, tr.steps[2], brokenResolver{fmt.Errorf("log: %w", ErrNoLines)})
	if err != nil || res.Coverage.Supported != 0 {
		t.Errorf("missing lines: %v, %+v; want a finding and no support", err, res.Coverage)
	}
}

// Same state, same answer, to the byte; and the analysis given is not touched.
func TestStepsAreDeterministicAndLeaveTheirArgumentAlone(t *testing.T) {
	for _, tr := range transcripts(t) {
		var a *Analysis
		for i, in := range tr.steps {
			var before Analysis
			if a != nil {
				before = *a
				before.State = bytes.Clone(a.State)
			}
			first, err1 := Engine{}.Step(t.Context(), a, in, tr.logs)
			second, err2 := Engine{}.Step(t.Context(), a, in, tr.logs)
			trees := first.Tree(3) == second.Tree(3)
			first.draw, second.draw = nil, nil // of functions nothing can be compared
			if fmt.Sprint(err1) != fmt.Sprint(err2) || !trees || !reflect.DeepEqual(first, second) {
				t.Fatalf("%s step %s: two runs differ", tr.path, tr.names[i])
			}
			if a != nil && !reflect.DeepEqual(*a, before) {
				t.Fatalf("%s step %s: the analysis given was changed", tr.path, tr.names[i])
			}
			if err1 != nil {
				continue
			}
			a = &first.Analysis
			// A retry of an accepted step is known and answers the same.
			again, err := Engine{}.Step(t.Context(), a, in, tr.logs)
			if err != nil || !again.Replayed {
				t.Fatalf("%s step %s: the retry is not known: %v", tr.path, tr.names[i], err)
			}
			x, _ := json.Marshal(first)
			y, _ := json.Marshal(again)
			if !bytes.Equal(x, y) || !bytes.Equal(a.State, again.Analysis.State) {
				t.Fatalf("%s step %s: the retry answers\n%s\nnot\n%s", tr.path, tr.names[i], y, x)
			}
			g, err := LoadGraph(a.State)
			if err != nil {
				t.Fatal(err)
			}
			if enc, err := g.Encode(); err != nil || !bytes.Equal(enc, a.State) {
				t.Fatalf("%s step %s: the state is not canonical: %v", tr.path, tr.names[i], err)
			}
		}
	}
}

func TestIdentityOfTheAnalysisIsTheCallers(t *testing.T) {
	tr := readTranscript(t, "testdata/good.txtar")
	res, err := Engine{}.Step(t.Context(), nil, tr.steps[0], tr.logs)
	if err != nil {
		t.Fatal(err)
	}
	if res.Analysis.ID != "" || res.Analysis.Revision != 1 || res.Analysis.Problem != tr.steps[0].Problem.What {
		t.Errorf("first analysis %+v", res.Analysis)
	}
	a := res.Analysis
	a.ID, a.Owner, a.IssueID = "id", "owner", "issue"
	res, err = Engine{}.Step(t.Context(), &a, tr.steps[1], tr.logs)
	if err != nil {
		t.Fatal(err)
	}
	if n := res.Analysis; n.ID != "id" || n.Owner != "owner" || n.IssueID != "issue" || n.Revision != 2 {
		t.Errorf("next analysis %+v", n)
	}
}

func TestUnknownStatesAreRefused(t *testing.T) {
	for name, state := range map[string]string{
		"newer":   `{"version":2,"problem":{"what":"x"},"nodes":[],"steps":[],"next_id":0}`,
		"unknown": `{"version":1,"problem":{"what":"x"},"nodes":[],"steps":[],"next_id":0,"more":1}`,
		"empty":   ``,
		"list":    `[]`,
	} {
		if _, err := (Engine{}).Assess(&Analysis{State: []byte(state)}); err == nil {
			t.Errorf("%s state is read", name)
		}
	}
}

func TestEverythingIsBounded(t *testing.T) {
	start := func() *Analysis {
		res, err := Engine{}.Step(t.Context(), nil, StepInput{Problem: &ProblemInput{What: "p"}, Nodes: []NodeInput{{ID: "a", Claim: "Disk sda1 was full"}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return &res.Analysis
	}
	long := func(n int) string { return strings.Repeat("x", n) }
	said := func(n int) []EvidenceInput {
		var out []EvidenceInput
		for i := range n {
			out = append(out, EvidenceInput{On: "a", Type: "testimony", Text: fmt.Sprint("said ", i)})
		}
		return out
	}
	rivals := func(n int) []NodeInput {
		var out []NodeInput
		for i := range n {
			out = append(out, NodeInput{RivalOf: "a", Claim: fmt.Sprint("Disk sdb", i, " was full")})
		}
		return out
	}
	measures := func(n int) []CountermeasureInput {
		var out []CountermeasureInput
		for i := range n {
			out = append(out, CountermeasureInput{Node: "a", Text: fmt.Sprint("Grow disk ", i), Type: "prevent", Strength: "strong"})
		}
		return out
	}
	for name, c := range map[string]struct{ fits, not StepInput }{
		"claim":          {StepInput{Nodes: []NodeInput{{Claim: long(MaxClaim)}}}, StepInput{Nodes: []NodeInput{{Claim: long(MaxClaim + 1)}}}},
		"node id":        {StepInput{Nodes: []NodeInput{{ID: long(maxNodeID), Claim: "x"}}}, StepInput{Nodes: []NodeInput{{ID: long(maxNodeID + 1), Claim: "x"}}}},
		"why":            {StepInput{Nodes: []NodeInput{{ID: "a", Stop: "external", Why: long(MaxProse)}}}, StepInput{Nodes: []NodeInput{{ID: "a", Stop: "external", Why: long(MaxProse + 1)}}}},
		"actionable_by":  {StepInput{Nodes: []NodeInput{{ID: "a", Stop: "actionable", ActionableBy: long(maxShort)}}}, StepInput{Nodes: []NodeInput{{ID: "a", Stop: "actionable", ActionableBy: long(maxShort + 1)}}}},
		"evidence text":  {StepInput{Evidence: []EvidenceInput{{On: "a", Type: "testimony", Text: long(MaxQuote)}}}, StepInput{Evidence: []EvidenceInput{{On: "a", Type: "testimony", Text: long(MaxQuote + 1)}}}},
		"evidence note":  {StepInput{Evidence: []EvidenceInput{{On: "a", Type: "testimony", Text: "x", Note: long(MaxProse)}}}, StepInput{Evidence: []EvidenceInput{{On: "a", Type: "testimony", Text: "x", Note: long(MaxProse + 1)}}}},
		"evidence ref":   {StepInput{Evidence: []EvidenceInput{{On: "a", Type: "ticket", Text: "x", Ref: long(maxRefID)}}}, StepInput{Evidence: []EvidenceInput{{On: "a", Type: "ticket", Text: "x", Ref: long(maxRefID + 1)}}}},
		"evidence count": {StepInput{Evidence: said(MaxEvidence)}, StepInput{Evidence: said(MaxEvidence + 1)}},
		"rivals":         {StepInput{Nodes: rivals(MaxAlternatives)}, StepInput{Nodes: rivals(MaxAlternatives + 1)}},
		"measures":       {StepInput{Countermeasures: measures(MaxMeasures)}, StepInput{Countermeasures: measures(MaxMeasures + 1)}},
		"step id":        {StepInput{StepID: long(maxStepID), Withdraw: []string{"a"}}, StepInput{StepID: long(maxStepID + 1), Withdraw: []string{"a"}}},
		"batch":          {StepInput{Withdraw: slices.Repeat([]string{"a"}, maxBatch)}, StepInput{Withdraw: slices.Repeat([]string{"a"}, maxBatch+1)}},
		"utf-8":          {StepInput{Nodes: []NodeInput{{Claim: "é"}}}, StepInput{Nodes: []NodeInput{{Claim: "\xff"}}}},
	} {
		for _, s := range []struct {
			in StepInput
			ok bool
		}{{c.fits, true}, {c.not, false}} {
			s.in.Revision = 1
			_, err := Engine{}.Step(t.Context(), start(), s.in, nil)
			var in *InputError
			if s.ok != (err == nil) || err != nil && !errors.As(err, &in) {
				t.Errorf("%s: accepted %v, want %v: %v", name, err == nil, s.ok, err)
			}
			if in != nil && (in.Next == "" && name != "node id" && name != "utf-8" || len(err.Error()) > 400) {
				t.Errorf("%s: the error does not say what to do, or repeats the input: %v", name, err)
			}
		}
	}
	a := start()
	for a.Revision < MaxNodes {
		in := StepInput{Revision: a.Revision}
		for range min(maxBatch, MaxNodes) {
			in.Nodes = append(in.Nodes, NodeInput{Claim: "Disk was full"})
		}
		res, err := Engine{}.Step(t.Context(), a, in, nil)
		if err != nil {
			if !strings.Contains(err.Error(), "500 nodes") {
				t.Fatal(err)
			}
			break
		}
		a = &res.Analysis
	}
	if g, _ := LoadGraph(a.State); len(g.Nodes) > MaxNodes || len(g.Nodes) < MaxNodes-maxBatch {
		t.Errorf("%d nodes, want the bound to hold near %d", len(g.Nodes), MaxNodes)
	}
}

// Chains, diamonds and wide graphs at the bound answer in bounded time: no
// enumeration of paths.
func TestDiamondsDoNotExplode(t *testing.T) {
	var a *Analysis
	in := StepInput{Problem: &ProblemInput{What: "p"}}
	prev := []string(nil)
	rev := int64(0)
	for layer := range 100 {
		l, r := fmt.Sprintf("l%d", layer), fmt.Sprintf("r%d", layer)
		in.Nodes = append(in.Nodes,
			NodeInput{ID: l, Claim: fmt.Sprintf("Left part %d overheated at %d degrees", layer, layer), Parents: prev},
			NodeInput{ID: r, Claim: fmt.Sprintf("Right part %d ran dry of fluid %d", layer, layer), Parents: prev})
		prev = []string{l, r}
		if len(in.Nodes) == maxBatch {
			in.Revision = rev
			res, err := Engine{}.Step(t.Context(), a, in, nil)
			if err != nil {
				t.Fatal(err)
			}
			a, rev, in = &res.Analysis, res.Revision, StepInput{}
		}
	}
	res, err := Engine{}.Assess(a)
	if err != nil || res.Coverage.Depth != 100 || res.Coverage.Claims != 200 {
		t.Fatalf("depth %d, claims %d, %v", res.Coverage.Depth, res.Coverage.Claims, err)
	}
	for _, draw := range []func(*Analysis) (string, error){Tree, Mermaid} {
		if s, err := draw(a); err != nil || len(s) > 1<<18 {
			t.Errorf("drawing of %d bytes, %v", len(s), err)
		}
	}
}

// The gate treats an argument by its tag: one without is a way around it.
func TestEveryStringOfInputAndAnswerIsTagged(t *testing.T) {
	var walk func(path string, typ reflect.Type)
	strings := 0
	walk = func(path string, typ reflect.Type) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			if f.Tag.Get("json") == "-" {
				continue
			}
			ft := f.Type
			for ft.Kind() == reflect.Slice || ft.Kind() == reflect.Pointer {
				ft = ft.Elem()
			}
			switch ft.Kind() {
			case reflect.Struct:
				walk(path+"."+f.Name, ft)
			case reflect.String:
				strings++
				if g := f.Tag.Get("gate"); !slices.Contains([]string{"text", "id", "enum", "path"}, g) {
					t.Errorf("%s.%s has gate tag %q", path, f.Name, g)
				}
			}
		}
	}
	for _, v := range []any{StepInput{}, StepResult{}, Completeness{}} {
		walk(reflect.TypeOf(v).Name(), reflect.TypeOf(v))
	}
	if strings < 40 {
		t.Errorf("only %d strings looked at", strings)
	}
}

// The whole tool may cost 900 tokens, counted as bytes/4, in every request of
// every user; this much of it is ours.
func TestSchemasStayWithinTheirBudget(t *testing.T) {
	r := jsonschema.Reflector{DoNotReference: true, ExpandedStruct: true, Anonymous: true}
	for _, c := range []struct {
		of   any
		most int
	}{{&StepInput{}, 2600}, {&StepResult{}, 1400}} {
		b, err := json.Marshal(r.Reflect(c.of))
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > c.most {
			t.Errorf("the schema of %T has %d bytes, the budget is %d", c.of, len(b), c.most)
		}
		if bytes.Contains(b, []byte("$ref")) {
			t.Errorf("the schema of %T has references", c.of)
		}
	}
}

// The enums of the schema are those that the engine accepts.
func TestSchemaEnumsAreTheEngines(t *testing.T) {
	r := jsonschema.Reflector{DoNotReference: true, ExpandedStruct: true, Anonymous: true}
	b, err := json.Marshal(r.Reflect(&StepInput{}))
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]string{
		enumNames(Lanes()), enumNames(Kinds()[:4]), enumNames(EvidenceTypes()), enumNames(StopReasons()),
		enumNames(MeasureTypes()), enumNames(Strengths()),
		{"supports", "refutes"},
		{"AND", "OR"},
	} {
		want, _ := json.Marshal(list)
		if !bytes.Contains(b, append([]byte(`"enum":`), want...)) {
			t.Errorf("the schema has no enum %s", want)
		}
	}
}
