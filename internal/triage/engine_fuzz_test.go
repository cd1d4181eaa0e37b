package triage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
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

// BenchmarkStep adds one claim with evidence to an analysis of 200 claims.
func BenchmarkStep(b *testing.B) {
	logs := memory{"app": nil}
	for i := range 400 {
		logs["app"] = append(logs["app"], fmt.Sprintf("2026-03-01T04:%02d:%02dZ worker %d kept a connection for %d s", i/60, i%60, i, i))
	}
	var a *Analysis
	for i := 0; i < 200; i += 40 {
		in := StepInput{Revision: int64(i / 40)}
		if a == nil {
			in.Problem = &ProblemInput{What: "Requests timed out"}
		}
		for j := i; j < i+40; j++ {
			n := NodeInput{ID: fmt.Sprintf("w%d", j), Claim: fmt.Sprintf("Worker %d of the export job kept its connection for %d s while others waited", j, j)}
			if j >= 4 {
				n.Parents = []string{fmt.Sprintf("w%d", j/4)}
			}
			in.Nodes = append(in.Nodes, n)
			in.Evidence = append(in.Evidence, EvidenceInput{
				On: n.ID, Type: "log_excerpt", Text: fmt.Sprintf("worker %d kept a connection", j),
				Ref: NewLogRef("app", int64(j+1), logs["app"][j:j+1]).String(),
			})
		}
		res, err := Engine{}.Step(b.Context(), a, in, logs)
		if err != nil {
			b.Fatal(err)
		}
		a = &res.Analysis
	}
	for name, in := range map[string]StepInput{
		"claim":  {Revision: a.Revision, Nodes: []NodeInput{{Claim: "The export job has no limit of workers", Parents: []string{"w150"}}}},
		"finish": {Revision: a.Revision, Finish: true},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := (Engine{}).Step(b.Context(), a, in, logs); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
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
