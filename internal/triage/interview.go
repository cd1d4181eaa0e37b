package triage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Interview asks a person what the engine would ask an agent, one question at
// a time, in words that need no knowledge of the form of a step. What they
// answer is proposed as an agent's proposals are: what they know counts as
// testimony. It is not safe for concurrent use; the same answers to the same
// analysis give the same questions.
type Interview struct {
	Engine   Engine
	Resolver Resolver

	a       *Analysis
	skipped map[string]bool
	trouble string // why the last answer could not be taken
	done    bool
}

// NewInterview goes on with an analysis, or begins one when a is nil.
func NewInterview(a *Analysis, e Engine, r Resolver) *Interview {
	return &Interview{Engine: e, Resolver: r, a: a, skipped: make(map[string]bool)}
}

// Analysis returns the analysis as it is now; nil before the problem is
// stated.
func (iv *Interview) Analysis() *Analysis { return iv.a }

// Prompt is a question to a person with the fields of its form.
type Prompt struct {
	Title   string
	Message string
	Fields  []PromptField

	about string // what is skipped when nothing is answered
	kind  promptKind
	node  string
	lane  Lane
}

// PromptField is a field of a form; its texts hold nothing of the analysis.
type PromptField struct {
	Name        string
	Title       string
	Description string
	Choices     []string // when not empty, one of these
	Required    bool
}

type promptKind int

const (
	promptProblem promptKind = iota
	promptWhy
	promptRival
	promptMeasure
)

// goOn is the choice of who does not end a branch.
const goOn = "go on"

var (
	problemFields = []PromptField{
		{Name: "what", Title: "What was observed?", Description: "The effect, without a cause", Required: true},
		{Name: "expected", Title: "What was expected instead?"},
		{Name: "where", Title: "Where?"},
		{Name: "when", Title: "From when to when?"},
		{Name: "extent", Title: "How many, how much?"},
		{Name: "is_not", Title: "What might be affected too, and is not?"},
	}
	whyFields = []PromptField{
		{Name: "because", Title: "Because …", Description: "One specific cause; empty if you do not know"},
		{Name: "how_known", Title: "How do you know?", Description: "What you saw, and where"},
		{Name: "end", Title: "Does the branch end here?", Choices: append([]string{goOn}, enumNames(StopReasons())...)},
		{Name: "end_why", Title: "Why does it end?", Description: "For actionable: why the problem would not have happened without it"},
		{Name: "who", Title: "Who can act on it?"},
	}
	rivalFields = []PromptField{
		{Name: "claim", Title: "What else could explain it?"},
		{Name: "against", Title: "What speaks against that?"},
	}
	measureFields = []PromptField{
		{Name: "text", Title: "What will be done?"},
		{Name: "type", Title: "What does it do?", Choices: enumNames(MeasureTypes())},
		{Name: "owner", Title: "Who does it?"},
		{Name: "due", Title: "By when?", Description: "YYYY-MM-DD"},
		{Name: "effect_check", Title: "How will its effect be checked?"},
	}
)

// Next returns the next question, and false when there is none left.
func (iv *Interview) Next() (Prompt, bool, error) {
	if iv.a == nil {
		return iv.prompt(Prompt{Title: "Five whys: the problem", Message: "State the problem, as it was observed.", Fields: problemFields, kind: promptProblem}), true, nil
	}
	g, err := LoadGraph(iv.a.State)
	if err != nil {
		return Prompt{}, false, err
	}
	a := appraise(g)
	for _, find := range []func(*appraisal) (Prompt, bool){iv.why, iv.rival, iv.measure, iv.lane} {
		if p, ok := find(&a); ok && !iv.done {
			return iv.prompt(p), true, nil
		}
	}
	return Prompt{}, false, nil
}

func (iv *Interview) prompt(p Prompt) Prompt {
	if iv.trouble != "" {
		p.Message = "That could not be taken: " + iv.trouble + "\n\n" + p.Message
	}
	return p
}

// why asks for the cause of the newest claim that has none.
func (iv *Interview) why(a *appraisal) (Prompt, bool) {
	v := a.v
	if len(v.order) == 0 {
		return Prompt{
			Title: "Five whys", Message: "Why did this happen: " + v.g.Problem.What + "?", Fields: whyFields, kind: promptWhy, about: "why", lane: LaneCause,
		}, !iv.skipped["why"]
	}
	for _, i := range slices.Backward(v.order) {
		n := &v.g.Nodes[i]
		if n.Stop == "" && v.ends(i) && !iv.skipped["why "+n.ID] {
			return Prompt{
				Title: "Five whys, step " + fmt.Sprint(iv.depth(v, i)+1), Message: whyOf(n) + iv.faults(a, n.ID), Fields: whyFields,
				kind: promptWhy, about: "why " + n.ID, node: n.ID, lane: n.Lane,
			}, true
		}
	}
	return Prompt{}, false
}

func whyOf(n *Node) string {
	switch n.Lane {
	case LaneDetection:
		return "Why was that so, so that it was not noticed sooner: " + n.Claim + "?"
	case LaneDuration:
		return "Why was that so, so that it lasted or spread: " + n.Claim + "?"
	}
	return "Why: " + n.Claim + "?"
}

func (iv *Interview) depth(v *view, i int) int {
	w := v.ways()
	return w.length[i]
}

// faults tells a person what is wrong with a claim.
func (iv *Interview) faults(a *appraisal, node string) string {
	var b strings.Builder
	for _, f := range a.findings {
		if f.Node == node && slices.ContainsFunc(textLints, func(l textLint) bool { return l.name == f.Lint }) {
			b.WriteString("\nBut " + f.Message + ": " + f.Hint + ".")
		}
	}
	return b.String()
}

func (iv *Interview) rival(a *appraisal) (Prompt, bool) {
	for _, b := range a.branches {
		n := a.v.node(b.Node)
		if n.Stop != "" && len(n.Alternatives) == 0 && !iv.skipped["rival "+n.ID] {
			return Prompt{
				Title: "Another explanation", Message: "What else could explain the same as this: " + n.Claim + "? What speaks against that?",
				Fields: rivalFields, kind: promptRival, about: "rival " + n.ID, node: n.ID,
			}, true
		}
	}
	return Prompt{}, false
}

func (iv *Interview) measure(a *appraisal) (Prompt, bool) {
	for _, b := range a.branches {
		n := a.v.node(b.Node)
		has := slices.ContainsFunc(n.Countermeasures, func(m Countermeasure) bool { return !m.Withdrawn })
		if n.Root && !has && !iv.skipped["measure "+n.ID] {
			return Prompt{
				Title: "Countermeasure", Message: "What will be done about this: " + n.Claim + "?",
				Fields: measureFields, kind: promptMeasure, about: "measure " + n.ID, node: n.ID,
			}, true
		}
	}
	return Prompt{}, false
}

func (iv *Interview) lane(a *appraisal) (Prompt, bool) {
	for _, l := range a.coverage.LanesEmpty {
		if about := "lane " + l; !iv.skipped[about] && l != string(LaneCause) {
			return Prompt{
				Title: "Five whys", Message: laneTitle(Lane(l)) + " " + a.v.g.Problem.What, Fields: whyFields,
				kind: promptWhy, about: about, lane: Lane(l),
			}, true
		}
	}
	return Prompt{}, false
}

// Answer takes the answer to a question. An answer that the engine refuses is
// told to the person with the next question; an empty one leaves the question.
// The returned result is nil when nothing was changed.
func (iv *Interview) Answer(ctx context.Context, p Prompt, content map[string]any) (*StepResult, error) {
	text := func(name string) string {
		s, _ := content[name].(string)
		return strings.TrimSpace(s)
	}
	in := iv.step(p, text)
	iv.trouble = ""
	if in.IsZero() {
		iv.skipped[p.about] = true
		return nil, nil //nolint:nilnil // nothing was answered, and nothing is wrong
	}
	return iv.apply(ctx, in)
}

func (iv *Interview) apply(ctx context.Context, in StepInput) (*StepResult, error) {
	if iv.a != nil {
		in.Revision = iv.a.Revision
	}
	res, err := iv.Engine.Step(ctx, iv.a, in, iv.Resolver)
	var bad *InputError
	if errors.As(err, &bad) {
		iv.trouble = bad.Error() + "."
		return nil, nil //nolint:nilnil // as above
	}
	if err != nil {
		return nil, err
	}
	iv.a = &res.Analysis
	return &res, nil
}

// Finish concludes the analysis as it is.
func (iv *Interview) Finish(ctx context.Context) (*StepResult, error) {
	iv.done = true
	return iv.apply(ctx, StepInput{Finish: true})
}

// step makes a step of an answer; the zero step when nothing was answered.
func (iv *Interview) step(p Prompt, text func(string) string) StepInput {
	switch p.kind {
	case promptProblem:
		return StepInput{Problem: &ProblemInput{
			What: text("what"), Expected: text("expected"), Where: text("where"), When: text("when"), Extent: text("extent"), IsNot: text("is_not"),
		}}
	case promptRival:
		if text("claim") == "" {
			return StepInput{}
		}
		id := iv.freeID("a")
		in := StepInput{Nodes: []NodeInput{{ID: id, RivalOf: p.node, Claim: text("claim")}}}
		if s := text("against"); s != "" {
			in.Evidence = []EvidenceInput{{On: id, Type: string(EvidenceTestimony), Effect: string(Refutes), Text: s}}
		}
		return in
	case promptMeasure:
		if text("text") == "" {
			return StepInput{}
		}
		kind := text("type")
		if kind == "" {
			kind = "prevent"
		}
		return StepInput{Countermeasures: []CountermeasureInput{{
			Node: p.node, Text: text("text"), Type: kind, Owner: text("owner"), Due: text("due"), EffectCheck: text("effect_check"),
		}}}
	}
	return iv.cause(p, text)
}

// cause makes a claim of an answer to why, or an end of the claim that was
// asked about when no further one is given.
func (iv *Interview) cause(p Prompt, text func(string) string) StepInput {
	n := NodeInput{ID: p.node}
	var in StepInput
	if s := text("because"); s != "" {
		n = NodeInput{ID: iv.freeID("n"), Claim: s, Lane: string(p.lane)}
		if p.node != "" {
			n.Parents = []string{p.node}
		}
	}
	if s := text("how_known"); s != "" && n.ID != "" {
		in.Evidence = []EvidenceInput{{On: n.ID, Type: string(EvidenceTestimony), Text: s}}
	}
	if s := text("end"); s != "" && s != goOn {
		n.Stop, n.Why, n.ActionableBy = s, text("end_why"), text("who")
	}
	if n.ID != "" && (n.Claim != "" || n.Stop != "") {
		in.Nodes = []NodeInput{n}
	}
	return in
}

func (iv *Interview) freeID(prefix string) string {
	g, err := LoadGraph(iv.a.State)
	if err != nil {
		return "" // the step finds it out
	}
	return newChange(g).freeID(prefix)
}
