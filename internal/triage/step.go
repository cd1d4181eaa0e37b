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
	StepID          string                `json:"step_id,omitempty" gate:"id" jsonschema:"description=Your id of this step; repeating it is harmless"`
	Revision        int64                 `json:"revision,omitempty" jsonschema:"description=From the last answer"`
	Problem         *ProblemInput         `json:"problem,omitempty" jsonschema:"description=First step only: the effect\\, not a cause"`
	Nodes           []NodeInput           `json:"nodes,omitempty" jsonschema:"description=Claimed causes; a known id without claim gets more parents or a gate"`
	Alternatives    []AlternativeInput    `json:"alternatives,omitempty" jsonschema:"description=Rival explanations to refute"`
	Evidence        []EvidenceInput       `json:"evidence,omitempty"`
	Stops           []StopInput           `json:"stops,omitempty" jsonschema:"description=Where branches end; actionable = root cause"`
	Countermeasures []CountermeasureInput `json:"countermeasures,omitempty"`
	Withdraw        []string              `json:"withdraw,omitempty" gate:"id" jsonschema:"description=Ids of anything to undo"`
	Finish          bool                  `json:"finish,omitempty" jsonschema:"description=Verify all and conclude"`
}

// ProblemInput states the problem. Only What is required.
type ProblemInput struct {
	What     string `json:"what" gate:"text"`
	Where    string `json:"where,omitempty" gate:"text"`
	When     string `json:"when,omitempty" gate:"text"`
	Extent   string `json:"extent,omitempty" gate:"text"`
	Expected string `json:"expected,omitempty" gate:"text"`
	IsNot    string `json:"is_not,omitempty" gate:"text"`
}

// NodeInput proposes a claim. Lane, kind and id have defaults: the parent's
// lane, the lane's kind, the next free "n1".
type NodeInput struct {
	ID       string   `json:"id,omitempty" gate:"id"`
	Claim    string   `json:"claim,omitempty" gate:"text" jsonschema:"description=One specific cause\\, one sentence"`
	Parents  []string `json:"parents,omitempty" gate:"id" jsonschema:"description=Ids of the effects it explains; none = the problem"`
	Lane     string   `json:"lane,omitempty" gate:"enum" jsonschema:"enum=cause,enum=detection,enum=duration"`
	Kind     string   `json:"kind,omitempty" gate:"enum" jsonschema:"enum=cause,enum=contributing,enum=condition,enum=trigger,enum=detection-gap,enum=response-gap"`
	Question string   `json:"question,omitempty" gate:"text"`
	At       string   `json:"at,omitempty" gate:"id" jsonschema:"description=RFC 3339"`
	Gate     string   `json:"gate,omitempty" gate:"enum" jsonschema:"enum=AND,enum=OR,description=How its causes combine"`
	Replaces string   `json:"replaces,omitempty" gate:"id"`
}

// AlternativeInput proposes a rival explanation of what a node explains.
type AlternativeInput struct {
	ID    string `json:"id,omitempty" gate:"id"`
	Node  string `json:"node" gate:"id"`
	Claim string `json:"claim" gate:"text"`
}

// EvidenceInput gives evidence for or against a node or an alternative.
type EvidenceInput struct {
	On     string `json:"on" gate:"id" jsonschema:"description=Id of a node or an alternative"`
	Type   string `json:"type" gate:"enum" jsonschema:"enum=log_excerpt,enum=metric,enum=change,enum=ticket,enum=testimony"`
	Effect string `json:"effect,omitempty" gate:"enum" jsonschema:"enum=supports,enum=refutes"`
	Ref    string `json:"ref,omitempty" gate:"id" jsonschema:"description=log:ID#L1-L9@DIGEST from read_log; or an id"`
	Text   string `json:"text" gate:"text" jsonschema:"description=Exact quote from the cited lines; or what was said"`
	Note   string `json:"note,omitempty" gate:"text"`
}

// StopInput ends a branch at a node.
type StopInput struct {
	Node           string `json:"node" gate:"id"`
	Stop           string `json:"stop" gate:"enum" jsonschema:"enum=actionable,enum=external,enum=unknowable,enum=too-costly"`
	Reason         string `json:"reason,omitempty" gate:"text" jsonschema:"description=Unless actionable"`
	ActionableBy   string `json:"actionable_by,omitempty" gate:"text"`
	Counterfactual string `json:"counterfactual,omitempty" gate:"text" jsonschema:"description=Why without it the problem would not have happened"`
}

// CountermeasureInput says what will be done about a node.
type CountermeasureInput struct {
	Node        string `json:"node" gate:"id"`
	Text        string `json:"text" gate:"text"`
	Type        string `json:"type" gate:"enum" jsonschema:"enum=prevent,enum=detect,enum=mitigate,enum=respond,enum=learn"`
	Strength    string `json:"strength" gate:"enum" jsonschema:"enum=strong,enum=intermediate,enum=weak"`
	Owner       string `json:"owner,omitempty" gate:"text"`
	Due         string `json:"due,omitempty" gate:"id" jsonschema:"description=YYYY-MM-DD"`
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

// Branch is a chain of claims from the problem to where it ends.
type Branch struct {
	Node    string   `json:"node" gate:"id"` // where it ends
	Lane    Lane     `json:"lane" gate:"enum"`
	Root    bool     `json:"root"`
	Verdict Verdict  `json:"verdict" gate:"enum"`
	Lacks   []string `json:"lacks,omitempty" gate:"text"` // what keeps it from CONFIRMED
	Path    []string `json:"-"`                           // ids from the first node to Node
}

// Question is what to find out next, most useful first.
type Question struct {
	Node  string `json:"node,omitempty" gate:"id"` // empty for the analysis as a whole
	Ask   string `json:"ask" gate:"text"`
	Why   string `json:"why" gate:"text"`
	Check string `json:"check,omitempty" gate:"text"` // the cheapest thing that would tell
}

// Finding is a weakness that the engine sees without knowing the world.
type Finding struct {
	Lint     string `json:"lint" gate:"enum"`
	Severity string `json:"severity" gate:"enum"` // "error" keeps a branch from CONFIRMED; "warning" does not
	Node     string `json:"node,omitempty" gate:"id"`
	Message  string `json:"message" gate:"text"`
	Hint     string `json:"hint,omitempty" gate:"text"`
}

// Coverage counts the live part of the graph.
type Coverage struct {
	Claims       int      `json:"claims"`
	Supported    int      `json:"supported"`     // claims that verified log excerpts support
	Evidence     int      `json:"evidence"`      // pieces of evidence
	Verified     int      `json:"verified"`      // log excerpts that resolve
	Open         int      `json:"open"`          // branches that neither end nor are refuted
	Rejected     int      `json:"rejected"`      // alternatives and branches that evidence refutes
	Depth        int      `json:"depth"`         // claims in the longest chain
	LanesEmpty   []string `json:"lanes_empty"`   // lanes without a claim
	MoreFindings int      `json:"more_findings"` // findings beyond those listed
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
}

// The most of each that an answer lists.
const (
	maxListedBranches  = 20
	maxListedQuestions = 6
	maxListedFindings  = 20
)

// Engine judges analyses. The zero value is ready; it keeps no state and is
// safe for concurrent use.
type Engine struct{}

// Step applies in to an analysis, or begins one when a is nil. It never
// changes a. Evidence that does not resolve is kept and named in the findings;
// input that makes no sense is an [InputError] and changes nothing; an error of
// r that is not [ErrNoLines] fails the step.
func (Engine) Step(ctx context.Context, a *Analysis, in StepInput, r Resolver) (StepResult, error) {
	sum, err := in.sum()
	if err != nil {
		return StepResult{}, err
	}
	var next Analysis
	g := &Graph{Version: stateVersion}
	if a != nil {
		next = *a
		if g, err = LoadGraph(a.State); err != nil {
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
	if err := apply(ctx, g, in, r); err != nil {
		return StepResult{}, err
	}
	next.Revision++
	g.Steps = append(g.Steps, appliedStep{ID: id, SHA256: sum, Revision: next.Revision})
	if in.Finish {
		if err := verifyAll(ctx, g, r); err != nil {
			return StepResult{}, err
		}
	}
	res := assess(g)
	if in.Finish && res.Coverage.Claims > 0 && res.Coverage.Open == 0 {
		g.Finished = true
		res = assess(g)
	}
	next.Problem = g.Problem.What
	if next.State, err = g.Encode(); err != nil {
		return StepResult{}, err
	}
	if len(next.State) > MaxState {
		return StepResult{}, inputErr("analysis", fmt.Sprintf("would hold more than %d bytes", MaxState), "cite shorter quotes, or start another analysis for the rest")
	}
	res.Revision, res.Analysis = next.Revision, next
	return res, nil
}

// Assess answers as the last step did, without a step: for a reader of the
// analysis.
func (Engine) Assess(a *Analysis) (StepResult, error) {
	g, err := LoadGraph(a.State)
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
