package triage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
)

// forget empties all that is remembered between steps.
func forget() {
	kept.Lock()
	kept.graphs, kept.bytes = nil, 0
	kept.Unlock()
	readings.Lock()
	clear(readings.known)
	readings.Unlock()
	absences.forget()
	linksOf.forget()
}

// heldTo checks that every kept graph is still what its state says.
func heldTo(t *testing.T) {
	t.Helper()
	kept.Lock()
	defer kept.Unlock()
	size := 0
	for _, k := range kept.graphs {
		if b := plainJSON(t, k.g); sha256.Sum256(b) != k.sum {
			t.Fatalf("a kept graph has changed, to\n%s", b)
		}
		size += k.size
	}
	if size != kept.bytes || size > maxKeptBytes || len(kept.graphs) > maxKeptGraphs {
		t.Fatalf("%d graphs of %d bytes are kept, noted as %d", len(kept.graphs), size, kept.bytes)
	}
}

// plainJSON is the state of a graph as encoding/json writes it.
func plainJSON(t *testing.T, g *Graph) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(g); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}

// stepBoth makes a step with what is remembered and with nothing remembered,
// and fails unless both say the same.
func stepBoth(t *testing.T, a *Analysis, in StepInput, r Resolver) (StepResult, error) {
	t.Helper()
	res, err := Engine{}.Step(t.Context(), a, in, r)
	heldTo(t)
	before := slices.Clone(kept.graphs)
	size := kept.bytes
	forget()
	fresh, freshErr := Engine{}.Step(t.Context(), a, in, r)
	if fmt.Sprint(err) != fmt.Sprint(freshErr) {
		t.Fatalf("remembered, the error is %v; fresh, %v", err, freshErr)
	}
	drawn, freshDrawn := "", ""
	if err == nil {
		drawn, freshDrawn = res.Tree(2), fresh.Tree(2)
	}
	res.draw, fresh.draw = nil, nil
	if drawn != freshDrawn || !reflect.DeepEqual(res, fresh) {
		t.Fatalf("remembered, the step says\n%s\n%s\nfresh\n%s\n%s", describe("", res, nil), res.Analysis.State, describe("", fresh, nil), fresh.Analysis.State)
	}
	if err == nil {
		shown, err := Tree(&res.Analysis)
		if err != nil {
			t.Fatal(err)
		}
		g, err := LoadGraph(res.Analysis.State)
		if err != nil {
			t.Fatal(err)
		}
		if want := tree(g); shown != want {
			t.Fatalf("remembered, the tree is\n%s\nfresh\n%s", shown, want)
		}
		if want := plainJSON(t, g); !bytes.Equal(res.Analysis.State, want) {
			t.Fatalf("the state is\n%s\nand read back\n%s", res.Analysis.State, want)
		}
	}
	kept.graphs, kept.bytes = before, size
	return res, err
}

// The engine is pure: what it remembers changes no answer.
func TestWhatIsRememberedChangesNoAnswer(t *testing.T) {
	forget()
	steps := 0
	for _, tr := range transcripts(t) {
		var a *Analysis
		for _, in := range tr.steps {
			res, err := stepBoth(t, a, in, tr.logs)
			if err == nil {
				a = &res.Analysis
			}
			steps++
		}
	}
	if steps < 100 {
		t.Errorf("only %d steps were made", steps)
	}
}

// randomStep draws a step that has a fair chance to make sense: claims, links,
// ends, rivals, evidence that resolves and that does not, replacements,
// withdrawals and undoing.
func randomStep(r *rand.Rand, a *Analysis, g *Graph, logs memory) StepInput {
	in := StepInput{Revision: a.Revision}
	var ids []string
	dead := r.IntN(8) == 0 // what was replaced is named too
	for _, n := range g.Nodes {
		if n.SupersededBy == "" || dead {
			ids = append(ids, n.ID)
		}
	}
	any := func(list []string) string {
		if len(list) == 0 {
			return ""
		}
		return list[r.IntN(len(list))]
	}
	claims := []string{
		"The pool of connections was exhausted", "All connections of the pool were in use", "Worker 7 kept its connection for 180 s", "Human error",
		"The disk /var was full because logs were not rotated", "Nobody saw an error, so the switch was fine", "There was no monitoring",
		"The <b>cache</b> & the \u2028 queue were slow", "bad \xff byte", "a literal � and \\ufffd", "The vendor had an outage", "At 04:10 UTC the job began", "Misconfiguration",
	}
	for range 1 + r.IntN(2) {
		n := NodeInput{Claim: any(claims)}
		if len(ids) > 0 && r.IntN(3) > 0 {
			n.Parents = []string{any(ids)}
		}
		kind := r.IntN(9)
		if len(ids) == 0 {
			kind = 9
		}
		switch kind {
		case 0:
			n = NodeInput{ID: any(ids), Gate: any([]string{"AND", "OR"})}
		case 1:
			n = NodeInput{ID: any(ids), Stop: any([]string{"actionable", "external", "unknowable"}), Why: "It would not have run", ActionableBy: "orders team"}
		case 2:
			n.Replaces = any(ids)
		case 3:
			n = NodeInput{ID: fmt.Sprintf("alt%d", r.IntN(1000)), Claim: any(claims), RivalOf: any(ids)}
		case 4:
			n = NodeInput{ID: any(ids), Parents: []string{any(ids)}}
		case 5:
			n.Lane, n.At = any([]string{"cause", "detection", "duration"}), any([]string{"", "2026-03-01T04:05:06Z", "2026-03-01T04:05:06+01:00"})
		}
		in.Nodes = append(in.Nodes, n)
	}
	for range r.IntN(3) {
		at := r.IntN(len(logs["app"]))
		if len(ids) == 0 {
			break
		}
		e := EvidenceInput{On: any(ids), Type: "log_excerpt", Effect: any([]string{"", "refutes"}), Ref: NewLogRef("app", int64(at+1), logs["app"][at:at+1]).String(), Text: logs["app"][at]}
		switch r.IntN(5) {
		case 0:
			e.Text = "is not in the log"
		case 1:
			e = EvidenceInput{On: any(ids), Type: any([]string{"testimony", "metric", "ticket"}), Ref: "CHG-1", Text: any(claims)}
		}
		in.Evidence = append(in.Evidence, e)
	}
	if r.IntN(4) == 0 && len(ids) > 0 {
		in.Countermeasures = []CountermeasureInput{{Node: any(ids), Text: any([]string{"Remind everybody", "Return the connection after each batch"}), Type: "prevent", Due: "2026-03-20"}}
	}
	if r.IntN(6) == 0 {
		in.Withdraw = []string{any(append([]string{"e1", "e2"}, ids...))}
	}
	if r.IntN(4) == 0 {
		in.Undo = any([]string{"last", "last", "2", "3", fmt.Sprint(a.Revision - 1)})
	}
	in.Finish = r.IntN(6) == 0
	if r.IntN(10) == 0 {
		in.Revision-- // a stale step
	}
	return in
}

func TestWhatIsRememberedChangesNoAnswerOfRandomSteps(t *testing.T) {
	forget()
	logs := memory{"app": {"04:09:01 pool exhausted: 50 of 50 in use", "04:09:02 connection of worker 7 not returned after 180 s", "04:10:00 SELECT 1 took 0.4 ms", "04:11:00 disk /var is full"}}
	kinds := make(map[string]int)
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 5))
		res, err := stepBoth(t, nil, StepInput{Problem: &ProblemInput{What: "Requests timed out", When: "2026-03-01"}}, logs)
		if err != nil {
			t.Fatal(err)
		}
		a := &res.Analysis
		var last StepInput
		for range 25 {
			g, err := LoadGraph(a.State)
			if err != nil {
				t.Fatal(err)
			}
			in := randomStep(r, a, g, logs)
			if r.IntN(12) == 0 {
				in = last // a replay
			}
			res, err := stepBoth(t, a, in, logs)
			var bad *InputError
			switch {
			case err == nil && res.Replayed:
				kinds["replayed"]++
			case err == nil:
				kinds["made"]++
				if in.Undo != "" {
					kinds["undone"]++
				}
				if slices.ContainsFunc(in.Nodes, func(n NodeInput) bool { return n.Replaces != "" }) {
					kinds["replaced"]++
				}
				a, last = &res.Analysis, in
			case errors.As(err, &bad):
				kinds["refused"]++
			}
		}
	}
	for _, kind := range []string{"made", "replayed", "undone", "replaced", "refused"} {
		if kinds[kind] < 20 {
			t.Errorf("too few steps were %s: %v", kind, kinds)
		}
	}
}

// Who holds a state may do with it what they like.
func TestAStateThatItsHolderChangesHarmsNothing(t *testing.T) {
	forget()
	first, err := Engine{}.Step(t.Context(), nil, StepInput{Problem: &ProblemInput{What: "Requests timed out"}, Nodes: []NodeInput{{ID: "a", Claim: "The pool was exhausted"}}}, memory{})
	if err != nil {
		t.Fatal(err)
	}
	clean := bytes.Clone(first.Analysis.State)
	for i := range first.Analysis.State {
		first.Analysis.State[i] = 'x'
	}
	first.Analysis.State = clean
	next, err := stepBoth(t, &first.Analysis, StepInput{Revision: 1, Nodes: []NodeInput{{ID: "b", Claim: "Worker 7 kept its connection", Parents: []string{"a"}}}}, memory{})
	if err != nil || !strings.Contains(string(next.Analysis.State), "The pool was exhausted") {
		t.Errorf("the next step has %s, %v", next.Analysis.State, err)
	}
}

// Many may go on from one state at once.
func TestStepsFromOneStateAtOnce(t *testing.T) {
	forget()
	base, err := Engine{}.Step(t.Context(), nil, StepInput{Problem: &ProblemInput{What: "Requests timed out"}, Nodes: []NodeInput{{ID: "a", Claim: "The pool was exhausted"}}}, memory{})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			in := StepInput{Revision: 1, Nodes: []NodeInput{{ID: "a", Gate: "OR", Stop: "actionable"}, {ID: fmt.Sprintf("b%d", i), Claim: "Worker kept its connection", Parents: []string{"a"}}}}
			res, err := Engine{}.Step(context.Background(), &base.Analysis, in, memory{})
			if err != nil || res.Coverage.Claims != 2 {
				t.Errorf("%d claims, %v", res.Coverage.Claims, err)
			}
		})
	}
	all.Wait()
	heldTo(t)
}

func TestTheStateIsWhatEncodingJSONWrites(t *testing.T) {
	g := new(Graph)
	fill(reflect.ValueOf(g).Elem(), new(int))
	g.Version, g.Nodes = stateVersion, append(g.Nodes, Node{ID: "bare"})
	for _, g := range []*Graph{g, {}, {Nodes: []Node{}, Steps: []appliedStep{}}} {
		if got, err := g.Encode(); err != nil || !bytes.Equal(got, plainJSON(t, g)) {
			t.Errorf("%s, %v\nwant %s", got, err, plainJSON(t, g))
		}
	}
	next := g.clone()
	next.Nodes[0].Claim, next.Nodes[1].Status = "<another>", Supported
	next.Nodes, next.Steps = append(next.Nodes, Node{ID: "new"}), append(next.Steps, appliedStep{ID: "s", Revision: 99})
	if got, err := next.Encode(); err != nil || !bytes.Equal(got, plainJSON(t, next)) {
		t.Errorf("after a change %s, %v\nwant %s", got, err, plainJSON(t, next))
	}
}

// A field that is added to a node and forgotten where nodes are compared would
// keep its old value in the state.
func TestNodesThatDifferInAnyFieldAreNotTheSame(t *testing.T) {
	filled := func() *Node {
		n := new(Node)
		fill(reflect.ValueOf(n).Elem(), new(int))
		return n
	}
	if !sameNode(filled(), filled()) {
		t.Fatal("a node is not the same as itself")
	}
	for i := range leaves(reflect.ValueOf(filled()).Elem()) {
		n := filled()
		leaf := leaves(reflect.ValueOf(n).Elem())[i]
		switch leaf.Kind() {
		case reflect.String:
			leaf.SetString(leaf.String() + "!")
		case reflect.Bool:
			leaf.SetBool(!leaf.Bool())
		default:
			leaf.SetInt(leaf.Int() + 1)
		}
		if sameNode(filled(), n) {
			t.Errorf("two nodes are the same though one has %+v", n)
		}
	}
}

// fill sets every exported field to a value of its own.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("<%d>", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), n)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), n)
			}
		}
	default:
		panic("fill a " + v.Type().String())
	}
}

func leaves(v reflect.Value) []reflect.Value {
	var out []reflect.Value
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			out = append(out, leaves(v.Index(i))...)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			out = append(out, leaves(v.Field(i))...)
		}
	default:
		out = append(out, v)
	}
	return out
}
