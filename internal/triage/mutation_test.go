package triage

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// files returns every transcript as a file: those that are one, and what the
// dialogues came to.
func files(t *testing.T) map[string]*File {
	t.Helper()
	out := map[string]*File{}
	for _, tr := range transcripts(t) {
		f := tr.file
		if f == nil {
			a := tr.play(t, nil)
			if a == nil {
				continue
			}
			var err error
			if f, err = FileOf(t.Context(), a, tr.logs); err != nil {
				t.Fatal(err)
			}
		}
		out[tr.path] = f
	}
	return out
}

// mutant is a copy of a file.
func mutant(t *testing.T, f *File) *File {
	t.Helper()
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	out, err := ParseFile(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (f *File) node(id string) *FileNode {
	i := slices.IndexFunc(f.Nodes, func(n FileNode) bool { return n.ID == id })
	if i < 0 {
		return nil
	}
	return &f.Nodes[i]
}

func checked(t *testing.T, f *File) Report {
	t.Helper()
	r, err := CheckFile(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// falls fails the test when a branch over the claim is still confirmed, or the
// finding is not there.
func falls(t *testing.T, what string, f *File, claim, lint string) {
	t.Helper()
	r := checked(t, f)
	for _, b := range r.Branches {
		if b.Verdict == Confirmed && slices.Contains(b.Path, claim) {
			t.Errorf("%s: branch %v is still confirmed", what, b.Path)
		}
	}
	if lint != "" && !slices.ContainsFunc(r.Findings, func(x Finding) bool { return x.Lint == lint && x.Node == claim }) {
		t.Errorf("%s: no finding %s on %s: %+v", what, lint, claim, r.Findings)
	}
}

// Over every transcript: whatever is taken from a confirmed branch, it is
// confirmed no more, and the finding says why.
func TestNoMutationOfAConfirmedBranchStaysConfirmed(t *testing.T) {
	mutations := map[string]int{}
	for path, f := range files(t) {
		for _, b := range checked(t, f).Branches {
			if b.Verdict != Confirmed {
				continue
			}
			for _, id := range b.Path {
				m := mutant(t, f)
				m.node(id).Evidence = nil
				falls(t, path+": without the evidence of "+id, m, id, LintNoEvidence)

				m = mutant(t, f)
				for i := range m.node(id).Evidence {
					e := &m.node(id).Evidence[i]
					if strings.HasPrefix(e.Ref, "log:") {
						bare, _, _ := strings.Cut(e.Ref, "@")
						e.Ref = bare + "@00000000deadbeef"
					}
				}
				falls(t, path+": with other digests on "+id, m, id, string(CheckDigest))

				m = mutant(t, f)
				for i := range m.node(id).Evidence {
					e := &m.node(id).Evidence[i]
					e.Text = "it was said that " + e.Text
				}
				falls(t, path+": with reworded quotes on "+id, m, id, string(CheckNoQuote))

				m = mutant(t, f)
				for i := range m.node(id).Evidence {
					m.node(id).Evidence[i].Type = string(EvidenceTestimony)
					m.node(id).Evidence[i].Ref = ""
				}
				falls(t, path+": on somebody's word for "+id, m, id, LintTestimony)
				mutations["evidence"]++
			}
			end := b.Node
			for _, claim := range []string{"[PersonName_1] forgot to check it", "Human error", "The administrator did not follow the runbook"} {
				m := mutant(t, f)
				m.node(end).Claim = claim
				falls(t, path+": ending at a person", m, end, LintBlame)
				mutations["blame"]++
			}
			if b.Root {
				m := mutant(t, f)
				m.node(end).ActionableBy = ""
				falls(t, path+": when nobody can act", m, end, "")
				m = mutant(t, f)
				m.node(end).Claim = "Network issue"
				falls(t, path+": ending at something vague", m, end, LintVague)
				m = mutant(t, f)
				m.node(end).Claim = "Lack of monitoring"
				if b.Lane == LaneCause {
					falls(t, path+": ending at a remedy", m, end, LintSolution)
				}
			}
			m := mutant(t, f)
			for i := range m.Nodes {
				m.Nodes[i].Rivals = nil
				m.Nodes[i].Evidence = slices.DeleteFunc(m.Nodes[i].Evidence, func(e FileEvidence) bool { return e.Effect == string(Refutes) })
			}
			m.Evidence = nil
			falls(t, path+": without a rival that was refuted", m, end, "")
			mutations["rival"]++
		}
		// Two times swapped.
		for _, n := range f.Nodes {
			for _, p := range n.Parents {
				effect := f.node(p)
				if effect == nil || effect.At == "" || n.At == "" || !later(effect.At, n.At) {
					continue
				}
				m := mutant(t, f)
				m.node(n.ID).At, m.node(p).At = effect.At, n.At
				falls(t, path+": with the times of "+n.ID+" and "+p+" swapped", m, n.ID, LintOrder)
				mutations["order"]++
			}
		}
	}
	for kind, least := range map[string]int{"evidence": 60, "blame": 60, "rival": 20, "order": 5} {
		if mutations[kind] < least {
			t.Errorf("only %d mutations of kind %s", mutations[kind], kind)
		}
	}
}

func TestThereAreTranscriptsOfEverything(t *testing.T) {
	all := transcripts(t)
	if len(all) < 40 {
		t.Errorf("%d transcripts", len(all))
	}
	seen := map[string]bool{}
	for _, tr := range all {
		want := string(tr.arc.Files[len(tr.arc.Files)-1].Data)
		for l := range strings.Lines(want) {
			if f := strings.Fields(l); len(f) >= 2 && (f[0] == "error" || f[0] == "warning") {
				seen[f[1]] = true
			}
		}
		for _, v := range []Verdict{Confirmed, Likely, InconclusiveVerdict} {
			seen[string(v)] = seen[string(v)] || strings.Contains(want, string(v))
		}
	}
	for _, want := range []string{
		LintBlame, LintCircular, LintVague, LintCompound, LintSolution, LintAbsence, LintOrder, LintOutOfReach, LintSameEvidence, LintUnrelated, LintNoEvidence,
		LintTestimony, LintConflict, LintNoRival, LintShallow, LintNoMeasure, LintWeakMeasures, LintStrength, LintIncomplete, LintRecurrence, LintLeap, LintLoop,
		string(CheckNoRange), string(CheckDigest), string(CheckNoQuote), string(CheckNoRecord), string(Confirmed), string(Likely), string(InconclusiveVerdict),
	} {
		if !seen[want] {
			t.Errorf("no transcript has %s", want)
		}
	}
}

// later reports whether one time of RFC 3339 is after another.
func later(a, b string) bool {
	x, errX := time.Parse(time.RFC3339, a)
	y, errY := time.Parse(time.RFC3339, b)
	return errX == nil && errY == nil && x.After(y)
}
