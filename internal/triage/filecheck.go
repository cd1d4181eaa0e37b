package triage

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// fileResolver resolves evidence within a file.
type fileResolver struct{ *File }

func (f fileResolver) Lines(_ context.Context, id string, from, to int64) ([]string, error) {
	if lines, ok := f.Logs[id].lines(from, to); ok {
		return lines, nil
	}
	return nil, ErrNoLines
}

func (f fileResolver) Called(_ context.Context, seq int64) (bool, error) {
	return slices.Contains(f.Calls, seq), nil
}

func (f fileResolver) PastCauses(context.Context, string) ([]PastCause, error) {
	out := make([]PastCause, len(f.History))
	for i, p := range f.History {
		out[i] = PastCause{IssueID: p.IssueID, Claim: p.Claim}
		for _, m := range p.Measures {
			out[i].Measures = append(out[i].Measures, Countermeasure{Text: m})
		}
	}
	return out, nil
}

// step makes one step of everything in the file but its links that close a
// loop, which it returns as findings.
func (f *File) step() (StepInput, []Finding) {
	in := StepInput{Problem: &f.Problem, Withdraw: f.Withdraw, Countermeasures: slices.Clone(f.Countermeasures)}
	evidence := func(on string, list []FileEvidence) {
		for _, e := range list {
			if e.Type == "" && strings.HasPrefix(e.Ref, "log:") {
				e.Type = string(EvidenceLog)
			}
			in.Evidence = append(in.Evidence, EvidenceInput{On: on, Type: e.Type, Effect: e.Effect, Ref: f.digested(e.Ref), Text: e.Text, Note: e.Note})
		}
	}
	taken := make(map[string]bool)
	for _, n := range f.Nodes {
		taken[n.ID] = true
		for _, r := range n.Rivals {
			taken[r.ID] = true
		}
	}
	free := func(prefix string) string {
		for i := 1; ; i++ {
			if id := fmt.Sprintf("%s%d", prefix, i); !taken[id] {
				taken[id] = true
				return id
			}
		}
	}
	for _, n := range f.Nodes {
		node := n.NodeInput
		node.Parents = slices.Clone(node.Parents)
		if node.ID == "" {
			node.ID = free("n")
		}
		in.Nodes = append(in.Nodes, node)
		evidence(node.ID, n.Evidence)
		for _, r := range n.Rivals {
			if r.ID == "" {
				r.ID = free("a")
			}
			in.Nodes = append(in.Nodes, NodeInput{ID: r.ID, Claim: r.Claim, RivalOf: node.ID})
			evidence(r.ID, r.Evidence)
		}
		for _, m := range n.Countermeasures {
			in.Countermeasures = append(in.Countermeasures, CountermeasureInput{
				Node: node.ID, Text: m.Text, Type: m.Type, Strength: m.Strength, Owner: m.Owner, Due: m.Due, EffectCheck: m.EffectCheck,
			})
		}
	}
	for _, e := range f.Evidence {
		e.Ref = f.digested(e.Ref)
		in.Evidence = append(in.Evidence, e)
	}
	return in, cutLoops(in.Nodes)
}

// digested adds the digest to a reference that has none.
func (f *File) digested(ref string) string {
	bare, ok := strings.CutSuffix(ref, "@?")
	if !ok && strings.Contains(ref, "@") || !strings.HasPrefix(ref, "log:") {
		return ref
	}
	// Any digest makes the form complete; the right one follows from the lines.
	r, err := ParseLogRef(bare + "@" + strings.Repeat("0", digestLen))
	if err != nil {
		return ref
	}
	if lines, ok := f.Logs[r.LogID].lines(r.From, r.To); ok {
		r.Digest = LinesDigest(lines)
	}
	return r.String()
}

// cutLoops removes from nodes every link that closes a loop, in the order of
// the nodes, and returns a finding for each.
func cutLoops(nodes []NodeInput) []Finding {
	var out []Finding
	at := make(map[string]int, len(nodes))
	for i, n := range nodes {
		if n.RivalOf == "" {
			at[n.ID] = i
		}
	}
	const open, closed = 1, 2
	state := make([]int, len(nodes))
	var visit func(int)
	visit = func(i int) {
		state[i] = open
		nodes[i].Parents = slices.DeleteFunc(nodes[i].Parents, func(p string) bool {
			j, ok := at[p]
			if !ok {
				return false // an unknown id is refused later
			}
			if state[j] == open {
				out = append(out, Finding{
					LintLoop, severityError, nodes[i].ID, "the claim is a cause of itself by way of " + p,
					"name as parents the effects that it explains, nearer to the problem",
				})
				return true
			}
			if state[j] == 0 {
				visit(j)
			}
			return false
		})
		state[i] = closed
	}
	for i, n := range nodes {
		if n.RivalOf == "" && state[i] == 0 {
			visit(i)
		}
	}
	return out
}

// Report is what the engine says of a [File]: all of it, uncapped.
type Report struct {
	Verdict   Verdict        `json:"verdict"`
	Branches  []ReportBranch `json:"branches"`
	Findings  []Finding      `json:"findings"`
	Questions []Question     `json:"questions"`
	Coverage  ReportCoverage `json:"coverage"`
	Tree      string         `json:"tree"`
}

// ReportBranch is a [Branch] with what steps leave out.
type ReportBranch struct {
	Node    string   `json:"node"`
	Lane    Lane     `json:"lane"`
	Path    []string `json:"path"`
	Root    bool     `json:"root"`
	Verdict Verdict  `json:"verdict"`
	Lacks   []string `json:"lacks"`
}

// ReportCoverage is a [Coverage] with what steps leave out.
type ReportCoverage struct {
	Coverage
	Rejected int `json:"rejected"`
	Evidence int `json:"evidence"`
	Depth    int `json:"depth"`
}

// CheckFile judges an analysis kept as JSON as its last step would have been
// judged. Logs that lie in files of their own must have been read into f
// before. Input that makes no sense is an [InputError].
func CheckFile(ctx context.Context, f *File) (Report, error) {
	in, loops := f.step()
	g := &Graph{Version: stateVersion}
	c := newChange(g)
	if err := c.problem(in.Problem); err != nil {
		return Report{}, err
	}
	if err := c.all(ctx, in, fileResolver{f}); err != nil {
		return Report{}, err
	}
	settle(g)
	if err := recur(ctx, g, fileResolver{f}); err != nil {
		return Report{}, err
	}
	a := appraise(g)
	r := Report{
		Verdict: a.verdict, Findings: slices.Concat(loops, a.findings), Questions: a.questions(math.MaxInt),
		Branches: []ReportBranch{}, Tree: drawTree(a, nil),
	}
	for _, b := range a.branches {
		r.Branches = append(r.Branches, ReportBranch{b.Node, b.Lane, b.Path, b.Root, b.Verdict, capped(b.Lacks, len(b.Lacks))})
	}
	r.Findings, r.Questions = capped(r.Findings, len(r.Findings)), capped(r.Questions, len(r.Questions))
	if len(loops) > 0 {
		r.Verdict = InconclusiveVerdict // What was cut may be what it rests on.
	}
	cov := a.coverage
	r.Coverage = ReportCoverage{cov, cov.Rejected, cov.Evidence, cov.Depth}
	return r, nil
}

// FileOf returns an analysis as it stands, kept as a file: what was replaced or
// withdrawn is left out. r gives the cited lines, so that the file can be
// judged by itself; lines that r does not have are left out, and the check
// says so.
func FileOf(ctx context.Context, a *Analysis, r Resolver) (*File, error) {
	g, err := LoadGraph(a.State)
	if err != nil {
		return nil, err
	}
	v := newView(g)
	f := &File{Problem: ProblemInput(g.Problem), Nodes: []FileNode{}, Logs: make(map[string]FileLog)}
	for i := range g.Nodes {
		n := &g.Nodes[i]
		if !v.live[i] {
			continue
		}
		out := FileNode{NodeInput: NodeInput{
			ID: n.ID, Claim: n.Claim, Lane: string(n.Lane), Kind: string(n.Kind), At: n.At, Gate: string(n.Gate),
			Stop: string(n.Stop), Why: n.StopWhy, ActionableBy: n.ActionableBy,
		}}
		for _, p := range v.parents[i] {
			out.Parents = append(out.Parents, g.Nodes[p].ID)
		}
		if out.Evidence, err = f.keep(ctx, n.Evidence, r); err != nil {
			return nil, err
		}
		for _, alt := range n.Alternatives {
			if alt.Withdrawn {
				continue
			}
			kept, err := f.keep(ctx, alt.Evidence, r)
			if err != nil {
				return nil, err
			}
			out.Rivals = append(out.Rivals, FileRival{alt.ID, alt.Claim, kept})
		}
		for _, m := range n.Countermeasures {
			if !m.Withdrawn {
				out.Countermeasures = append(out.Countermeasures, FileMeasure{m.Text, string(m.Type), string(m.Strength), m.Owner, m.Due, m.EffectCheck})
			}
		}
		f.Nodes = append(f.Nodes, out)
	}
	return f, nil
}

func (f *File) keep(ctx context.Context, list []Evidence, r Resolver) ([]FileEvidence, error) {
	var out []FileEvidence
	for i := range list {
		e := &list[i]
		if e.Withdrawn {
			continue
		}
		out = append(out, FileEvidence{string(e.Type), string(e.Effect), e.Ref, e.Text, e.Note})
		if seq, ok := callRef(e.Ref); ok && e.Check == CheckOK && !slices.Contains(f.Calls, seq) {
			f.Calls = append(f.Calls, seq)
		}
		ref, err := ParseLogRef(e.Ref)
		if err != nil || r == nil {
			continue
		}
		lines, err := r.Lines(ctx, ref.LogID, ref.From, ref.To)
		if errors.Is(err, ErrNoLines) {
			continue
		} else if err != nil {
			return nil, fmt.Errorf("read %s: %w", ref, err)
		}
		l := f.Logs[ref.LogID]
		if _, known := l.lines(ref.From, ref.To); !known {
			l.Parts = append(l.Parts, FilePart{ref.From, lines})
			f.Logs[ref.LogID] = l
		}
	}
	return out, nil
}
