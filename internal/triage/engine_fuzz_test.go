package triage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// Any JSON that is a step is applied or refused, never more: no panic, no
// state that cannot be read back, no confirmation without a verified excerpt.
func FuzzStep(f *testing.F) {
	paths, err := filepath.Glob(filepath.Join(transcriptDir, "*.txtar"))
	if err != nil {
		f.Fatal(err)
	}
	for _, p := range paths {
		for _, in := range readTranscript(f, p).steps {
			b, err := json.Marshal(in)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	base := readTranscript(f, "testdata/good.txtar")
	a := base.play(f, nil)
	f.Fuzz(func(t *testing.T, data []byte) {
		var in StepInput
		if json.Unmarshal(data, &in) != nil {
			return
		}
		for _, from := range []*Analysis{nil, a} {
			if from != nil {
				in.Revision = from.Revision
			} else {
				in.Revision = 0
			}
			res, err := Engine{}.Step(t.Context(), from, in, base.logs)
			if err != nil {
				var ie *InputError
				if !errors.As(err, &ie) && !errors.Is(err, ErrRevision) && !errors.Is(err, ErrStepReused) {
					t.Fatalf("neither input, revision nor reuse: %v", err)
				}
				continue
			}
			if _, err := LoadGraph(res.Analysis.State); err != nil {
				t.Fatal(err)
			}
			if res.Verdict == Confirmed && res.Coverage.Verified < 2 {
				t.Fatalf("confirmed with %d verified excerpts", res.Coverage.Verified)
			}
			if _, err := Tree(&res.Analysis); err != nil {
				t.Fatal(err)
			}
			if _, _, _, err := Render(t.Context(), DocumentInput{Analysis: &res.Analysis}, base.logs, nil); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// analysisOf makes an analysis of 200 claims and the logs that it cites.
func analysisOf(b *testing.B, claim func(i int) (NodeInput, []EvidenceInput), logs memory) *Analysis {
	b.Helper()
	var a *Analysis
	for i := 0; i < 200; i += 20 {
		in := StepInput{Revision: int64(i / 20)}
		if a == nil {
			in.Problem = &ProblemInput{What: "Requests timed out"}
		}
		for j := i; j < i+20; j++ {
			n, e := claim(j)
			in.Nodes, in.Evidence = append(in.Nodes, n), append(in.Evidence, e...)
		}
		res, err := Engine{}.Step(b.Context(), a, in, logs)
		if err != nil {
			b.Fatal(err)
		}
		a = &res.Analysis
	}
	return a
}

// BenchmarkStep adds a claim to an analysis of 200, finishes it, adds the first
// claim after a start of the program, and adds claims one after the other, up
// to 240. Then it adds one to analyses of other shapes: claims of nothing in
// common, each with a chain of its own, and none with lines of a log.
func BenchmarkStep(b *testing.B) {
	logs := memory{"app": nil}
	for i := range 400 {
		logs["app"] = append(logs["app"], fmt.Sprintf("2026-03-01T04:%02d:%02dZ worker %d kept a connection for %d s", i/60, i%60, i, i))
	}
	a := analysisOf(b, func(j int) (NodeInput, []EvidenceInput) {
		n := NodeInput{ID: fmt.Sprintf("w%d", j), Claim: fmt.Sprintf("Worker %d of the export job kept its connection for %d s while others waited", j, j)}
		if j >= 4 {
			n.Parents = []string{fmt.Sprintf("w%d", j/4)}
		}
		return n, []EvidenceInput{{
			On: n.ID, Type: "log_excerpt", Text: fmt.Sprintf("worker %d kept a connection", j),
			Ref: NewLogRef("app", int64(j+1), logs["app"][j:j+1]).String(),
		}}
	}, logs)
	things := strings.Fields("disk cable certificate lease queue shard mailbox trunk volume token index cache socket thread route fan")
	states := strings.Fields("expired full slow stale locked missing doubled truncated frozen misread")
	apart := analysisOf(b, func(j int) (NodeInput, []EvidenceInput) {
		n := NodeInput{ID: fmt.Sprintf("w%d", j), Claim: fmt.Sprintf("The %s of unit%d was %s", things[j%len(things)], j, states[j/7%len(states)])}
		if j%10 > 0 {
			n.Parents = []string{fmt.Sprintf("w%d", j-1)}
		}
		return n, []EvidenceInput{
			{On: n.ID, Type: "metric", Ref: fmt.Sprintf("panel-%d", j), Text: fmt.Sprintf("The graph of the %s shows %d at noon and nothing unusual before", things[j%len(things)], j)},
			{On: n.ID, Type: "testimony", Text: "An operator saw it blinking, and the one of the night shift did not"},
		}
	}, nil)
	step := func(a *Analysis, in StepInput) *Analysis {
		in.Revision = a.Revision
		res, err := Engine{}.Step(b.Context(), a, in, logs)
		if err != nil {
			b.Fatal(err)
		}
		return &res.Analysis
	}
	claim := StepInput{Nodes: []NodeInput{{Claim: "The export job has no limit of workers", Parents: []string{"w150"}}}}
	for _, c := range []struct {
		name string
		a    *Analysis
		in   StepInput
		cold bool
	}{
		{"claim", a, claim, false},
		{"finish", a, StepInput{Finish: true}, false},
		{"first", a, claim, true},
		{"apart", apart, claim, false},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if c.cold {
					forget()
				}
				step(c.a, c.in)
			}
		})
	}
	b.Run("dialogue", func(b *testing.B) {
		b.ReportAllocs()
		at := a
		for i := 0; b.Loop(); i++ {
			if i%40 == 0 {
				at = a
			}
			at = step(at, StepInput{Nodes: []NodeInput{{Claim: fmt.Sprintf("The export job has no limit of workers in zone %d", i%40), Parents: []string{"w150"}}}})
		}
	})
}

// Any JSON that is a file is judged or refused: no panic, no confirmation
// without a verified excerpt, and what is judged can be drawn and kept again.
func FuzzCheckFile(f *testing.F) {
	for _, tr := range transcripts(f) {
		file := tr.file
		if file == nil {
			a := tr.play(f, nil)
			if a == nil {
				continue
			}
			var err error
			if file, err = FileOf(f.Context(), a, tr.logs); err != nil {
				f.Fatal(err)
			}
		}
		b, err := json.Marshal(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := ParseFile(bytes.NewReader(data))
		if err != nil {
			return
		}
		r, err := CheckFile(t.Context(), file)
		if err != nil {
			var ie *InputError
			if !errors.As(err, &ie) {
				t.Fatalf("not an input error: %v", err)
			}
			return
		}
		if r.Verdict == Confirmed && r.Coverage.Verified < 2 {
			t.Fatalf("confirmed with %d verified excerpts", r.Coverage.Verified)
		}
		again, err := CheckFile(t.Context(), file)
		if err != nil || again.Tree != r.Tree || len(again.Findings) != len(r.Findings) {
			t.Fatalf("judged twice, it differs: %v", err)
		}
	})
}
