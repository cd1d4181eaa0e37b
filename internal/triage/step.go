package triage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// Errors of [Engine.Step] that callers test for with [errors.Is]. What is
// wrong with the input itself is an [InputError].
var (
	// ErrRevision: the analysis has moved on since the expected revision.
	// errors.As with *RevisionError gives the current one.
	ErrRevision = errors.New("the analysis has changed")
	// ErrStepReused: the step id was used before, with another input.
	ErrStepReused = errors.New("the step id was used for another step")
)

// RevisionError is the [ErrRevision] of a step, with what to send instead.
type RevisionError struct {
	Expected, Current int64
}

func (e *RevisionError) Error() string {
	return fmt.Sprintf("the analysis is at revision %d, not %d; look at it again and repeat the step with revision %d",
		e.Current, e.Expected, e.Current)
}

// Is reports whether target is [ErrRevision].
func (e *RevisionError) Is(target error) bool { return target == ErrRevision }

// StepInput is one step of the dialogue. Everything in it is applied in the
// order of the fields, all or nothing. The first step of an analysis holds the
// problem; every later one the revision that the last answer gave.
type StepInput struct {
	StepID          string                `json:"step_id,omitempty" gate:"id" jsonschema:"description=For retries"`
	Revision        int64                 `json:"revision,omitempty" jsonschema:"example=1"`
	Problem         *ProblemInput         `json:"problem,omitempty"`
	Nodes           []NodeInput           `json:"nodes,omitempty"`
	Evidence        []EvidenceInput       `json:"evidence,omitempty"`
	Countermeasures []CountermeasureInput `json:"countermeasures,omitempty"`
	Withdraw        []string              `json:"withdraw,omitempty" gate:"id"`
	Undo            string                `json:"undo,omitempty" gate:"id" jsonschema:"description=last or a revision"`
	Finish          bool                  `json:"finish,omitempty"`
}

// ProblemInput states the problem: what was observed instead of what was
// expected, and its bounds. Only What is required.
type ProblemInput struct {
	What     string `json:"what" gate:"text"`
	Where    string `json:"where,omitempty" gate:"text"`
	When     string `json:"when,omitempty" gate:"text"`
	Extent   string `json:"extent,omitempty" gate:"text"` // how many, how much
	Expected string `json:"expected,omitempty" gate:"text"`
	Actual   string `json:"actual,omitempty" gate:"text"`
	Is       string `json:"is,omitempty" gate:"text"`     // what is affected
	IsNot    string `json:"is_not,omitempty" gate:"text"` // what might be expected to be affected too, and is not
}

// NodeInput proposes a claim. Lane, kind and id have defaults: the parent's
// lane, the lane's kind, the next free "n1". The id of a standing node without
// a claim adds parents to it, sets its gate or ends the branch at it.
//
// Stop ends a branch: actionable makes the node a root cause, and Why is then
// the counterfactual (why the problem would not have happened without it),
// otherwise the reason to go no further.
//
// With RivalOf it proposes another explanation of what that node explains, to
// be refuted; it then has an id and a claim only.
type NodeInput struct {
	ID           string   `json:"id,omitempty" gate:"id"`
	Claim        string   `json:"claim,omitempty" gate:"text"`
	Parents      []string `json:"parents,omitempty" gate:"id" jsonschema:"description=Effects; none = problem"`
	Lane         string   `json:"lane,omitempty" gate:"enum" jsonschema:"enum=cause,enum=detection,enum=duration"`
	Kind         string   `json:"kind,omitempty" gate:"enum" jsonschema:"enum=cause,enum=contributing,enum=condition,enum=trigger"`
	At           string   `json:"at,omitempty" gate:"id"`
	Gate         string   `json:"gate,omitempty" gate:"enum" jsonschema:"enum=AND,enum=OR"`
	Stop         string   `json:"stop,omitempty" gate:"enum" jsonschema:"enum=actionable,enum=external,enum=unknowable,enum=too-costly,description=actionable = root cause"`
	Why          string   `json:"why,omitempty" gate:"text" jsonschema:"description=Counterfactual\\, or why stop"`
	ActionableBy string   `json:"actionable_by,omitempty" gate:"text"`
	Replaces     string   `json:"replaces,omitempty" gate:"id"`
	RivalOf      string   `json:"rival_of,omitempty" gate:"id"`
}

// EvidenceInput gives evidence for or against a node or a rival. A log
// excerpt has a [LogRef] as Ref and the exact quote as Text, and so has
// anything else that was kept as a log; a tool call has audit:SEQ and what it
// showed; another metric, change, diff or ticket its id and what it says;
// testimony what was said.
type EvidenceInput struct {
	On     string `json:"on" gate:"id"`
	Type   string `json:"type" gate:"enum" jsonschema:"enum=log_excerpt,enum=tool_call,enum=config_diff,enum=metric,enum=change,enum=ticket,enum=testimony"`
	Effect string `json:"effect,omitempty" gate:"enum" jsonschema:"enum=supports,enum=refutes"`
	Ref    string `json:"ref,omitempty" gate:"id" jsonschema:"description=log:ID#L1-L9@DIGEST\\, audit:SEQ\\, or an id"`
	Text   string `json:"text" gate:"text" jsonschema:"description=Exact quote"`
	Note   string `json:"note,omitempty" gate:"text"`
}

// CountermeasureInput says what will be done about a node. Without a strength
// the engine grades it by its words.
type CountermeasureInput struct {
	Node        string `json:"node" gate:"id"`
	Text        string `json:"text" gate:"text"`
	Type        string `json:"type" gate:"enum" jsonschema:"enum=prevent,enum=detect,enum=mitigate,enum=respond,enum=learn"`
	Strength    string `json:"strength,omitempty" gate:"enum" jsonschema:"enum=strong,enum=intermediate,enum=weak"`
	Owner       string `json:"owner,omitempty" gate:"text"`
	Due         string `json:"due,omitempty" gate:"id"`
	EffectCheck string `json:"effect_check,omitempty" gate:"text"`
}

// Verdict says how far the evidence carries a branch or the whole analysis.
type Verdict string

// The verdicts, strongest first.
const (
	Confirmed           Verdict = "CONFIRMED"
	Likely              Verdict = "LIKELY"
	InconclusiveVerdict Verdict = "INCONCLUSIVE"
)

// Branch is a chain of claims from the problem to where it ends. That what is
// always set may be left out, here and below, only spares the schema a list.
type Branch struct {
	Node    string   `json:"node,omitempty" gate:"id"` // where it ends
	Verdict Verdict  `json:"verdict,omitempty" gate:"enum"`
	Lacks   []string `json:"lacks,omitempty" gate:"text"` // what keeps it from CONFIRMED
	Lane    Lane     `json:"-"`
	Root    bool     `json:"-"` // it ends at a root cause
	Path    []string `json:"-"` // ids from the first node to Node
}

// Question is what to find out next, most useful first.
type Question struct {
	Node  string `json:"node,omitempty" gate:"id"` // empty for the analysis as a whole
	Ask   string `json:"ask,omitempty" gate:"text"`
	Why   string `json:"why,omitempty" gate:"text"`
	Check string `json:"check,omitempty" gate:"text"` // the cheapest thing that would tell
}

// Finding is a weakness that the engine sees without knowing the world.
type Finding struct {
	Lint     string `json:"lint,omitempty" gate:"enum"`
	Severity string `json:"severity,omitempty" gate:"enum"` // "error" keeps a branch from CONFIRMED; "warning" does not
	Node     string `json:"node,omitempty" gate:"id"`
	Message  string `json:"message,omitempty" gate:"text"`
	Hint     string `json:"hint,omitempty" gate:"text"`
}

// Coverage counts the live part of the graph.
type Coverage struct {
	Claims       int      `json:"claims"`
	Supported    int      `json:"supported"`                         // claims that verified log excerpts support
	Verified     int      `json:"verified,omitempty"`                // log excerpts that resolve
	Open         int      `json:"open"`                              // branches that neither end nor are refuted
	Rejected     int      `json:"-"`                                 // rivals and branches that evidence refutes
	LanesEmpty   []string `json:"lanes_empty,omitempty" gate:"enum"` // lanes without a claim
	Evidence     int      `json:"-"`                                 // pieces of evidence
	Depth        int      `json:"-"`                                 // claims in the longest chain
	MoreFindings int      `json:"more_findings,omitempty"`           // beyond those listed
	MoreBranches int      `json:"more_branches,omitempty"`           // beyond those listed
}

// StepResult answers a step. It is a function of the state alone, so that a
// repeated step gets the same answer.
type StepResult struct {
	Revision  int64      `json:"revision"`
	Verdict   Verdict    `json:"verdict" gate:"enum"`
	Done      bool       `json:"done"`
	Branches  []Branch   `json:"branches"`
	Questions []Question `json:"questions"`
	Findings  []Finding  `json:"findings"`
	Coverage  Coverage   `json:"coverage"`

	// Analysis is the new state to store; ID, Owner, IssueID and the times are
	// those of the analysis given, zero for a first step.
	Analysis Analysis `json:"-"`
	// Replayed reports that the state held the step already: there is nothing
	// to store.
	Replayed bool `json:"-"`

	draw func(most int) string // see Tree
}

// The most of each that an answer lists.
const (
	maxListedBranches  = 10
	maxListedQuestions = 6
	maxListedFindings  = 20
)

// Engine judges analyses. The zero value is ready; it keeps no state and is
// safe for concurrent use.
type Engine struct {
	// History, when not nil, is asked when an analysis is finished whether its
	// root causes were found before.
	History History
}

// Step applies in to an analysis, or begins one when a is nil. It never
// changes a. Evidence that does not resolve is kept and named in the findings;
// input that makes no sense is an [InputError] and changes nothing; an error of
// r that is not [ErrNoLines] fails the step.
func (eng Engine) Step(ctx context.Context, a *Analysis, in StepInput, r Resolver) (StepResult, error) {
	sum, err := in.sum()
	if err != nil {
		return StepResult{}, err
	}
	var next Analysis
	g := &Graph{Version: stateVersion}
	if a != nil {
		next = *a
		if g, err = sharedGraph(a.State); err != nil {
			return StepResult{}, err
		}
	}
	id := in.StepID
	if id == "" {
		id = "sha256-" + sum[:16]
	} else if !validID(id, maxStepID) {
		return StepResult{}, inputErr("step_id", "is not an id of letters, digits, - and _", "send any short unique id, or none")
	}
	for _, s := range g.Steps {
		if s.ID != id {
			continue
		}
		if s.SHA256 != sum {
			return StepResult{}, fmt.Errorf("%w: send a new step_id, or none", ErrStepReused)
		}
		res := assess(g)
		res.Revision, res.Analysis, res.Replayed = next.Revision, next, true
		return res, nil
	}
	if in.Revision != next.Revision {
		return StepResult{}, &RevisionError{Expected: in.Revision, Current: next.Revision}
	}
	if len(g.Steps) >= maxSteps {
		return StepResult{}, inputErr("analysis", fmt.Sprintf("has had %d steps, the most that one may have", maxSteps), "finish it and start another")
	}
	g = g.clone()
	did, err := apply(ctx, g, in, r)
	if err != nil {
		return StepResult{}, err
	}
	next.Revision++
	g.Steps = append(g.Steps, appliedStep{ID: id, SHA256: sum, Revision: next.Revision, Did: did})
	if in.Finish {
		if err := verifyAll(ctx, g, r); err != nil {
			return StepResult{}, err
		}
		if err := recur(ctx, g, eng.History); err != nil {
			return StepResult{}, err
		}
	}
	judged := appraise(g)
	res := judged.answer()
	if in.Finish && res.Coverage.Claims > 0 && res.Coverage.Open == 0 {
		g.Finished = true
		res = judged.answer()
	}
	next.Problem = g.Problem.What
	if next.State, err = g.Encode(); err != nil {
		return StepResult{}, err
	}
	if len(next.State) > MaxState {
		return StepResult{}, inputErr("analysis", fmt.Sprintf("would hold more than %d bytes", MaxState), "cite shorter quotes, or start another analysis for the rest")
	}
	remember(next.State, g)
	res.Revision, res.Analysis = next.Revision, next
	return res, nil
}

// Assess answers as the last step did, without a step: for a reader of the
// analysis.
func (Engine) Assess(a *Analysis) (StepResult, error) {
	g, err := sharedGraph(a.State)
	if err != nil {
		return StepResult{}, err
	}
	res := assess(g)
	res.Revision, res.Analysis = a.Revision, *a
	return res, nil
}

// sum is the digest of the canonical input, by which a repetition is known.
func (in StepInput) sum() (string, error) {
	in.StepID = ""
	b, err := json.Marshal(in)
	if err != nil {
		return "", fmt.Errorf("read the step: %w", err)
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:]), nil
}
