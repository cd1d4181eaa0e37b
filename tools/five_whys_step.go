package tools

import (
	"context"
	"errors"
	"fmt"

	"github.com/tftsr/tftsr/internal/triage"
)

type fiveWhysStepIn struct {
	IssueID    string `json:"issue_id,omitempty" gate:"id"`
	AnalysisID string `json:"analysis_id,omitempty" gate:"id" jsonschema_description:"To go on; alone, shows the state"`
	Mode       string `json:"mode,omitempty" gate:"enum" jsonschema:"enum=agent,enum=person,enum=provider" jsonschema_description:"Who proposes"`
	Provider   string `json:"provider,omitempty" gate:"id"`
	triage.StepInput
}

type fiveWhysStepOut struct {
	AnalysisID string `json:"analysis_id"`
	triage.StepResult
	Tree  string     `json:"tree" jsonschema:"example=└─ n1 The pool was exhausted. (supported\\, e1)"`
	Asked *askedView `json:"asked,omitempty"`
}

// The modes of five_whys_step. Without one the agent proposes.
const (
	modeAgent    = "agent"
	modePerson   = "person"
	modeProvider = "provider"
)

func fiveWhysStep() Tool {
	return define(spec{
		name: "five_whys_step", title: "Five whys: next step", toolset: SetTriage,
		description: "One step of a causal analysis. Begin with issue_id and problem; propose causes, evidence and rivals; answer the questions that come back, until done. " +
			"CONFIRMED needs log lines quoted exactly (ref from read_log) and a refuted rival.",
	}, func(ctx context.Context, c *call, in fiveWhysStepIn) (fiveWhysStepOut, error) {
		a, err := c.analysis(ctx, in)
		if err != nil {
			return fiveWhysStepOut{}, err
		}
		switch {
		case in.Provider != "" && in.Mode != modeProvider:
			return fiveWhysStepOut{}, usage("provider is for mode provider: give that mode too, or leave provider out")
		case in.Mode == modePerson:
			return c.askPerson(ctx, in, a)
		case in.Mode == modeProvider:
			return c.askProvider(ctx, in, a)
		case a != nil && in.AnalysisID != "" && in.IsZero():
			res, err := triage.Engine{}.Assess(a)
			if err != nil {
				return fiveWhysStepOut{}, err
			}
			return stepAnswer(a.ID, res), nil
		}
		return c.step(ctx, in.IssueID, a, in.StepInput)
	})
}

// step applies one step to an analysis, or begins one of an issue when a is
// nil, and keeps what came of it.
func (c *call) step(ctx context.Context, issueID string, a *triage.Analysis, in triage.StepInput) (fiveWhysStepOut, error) {
	res, err := c.engine(a, issueID).Step(ctx, a, in, c.resolver())
	if err != nil {
		return fiveWhysStepOut{}, stepError(err)
	}
	if res.Replayed {
		return stepAnswer(a.ID, res), nil
	}
	if a != nil {
		issueID = a.IssueID
	}
	notes, err := c.stepEvents(issueID, len(in.Nodes) > 0, res)
	if err != nil {
		return fiveWhysStepOut{}, err
	}
	if err := c.keep(ctx, issueID, a, &res, notes...); err != nil {
		return fiveWhysStepOut{}, err
	}
	return stepAnswer(res.Analysis.ID, res), nil
}

// keep stores what a step came to, as the successor of a, and what the timeline
// is to say of it.
func (c *call) keep(ctx context.Context, issueID string, a *triage.Analysis, res *triage.StepResult, notes ...triage.TimelineEvent) error {
	if a == nil {
		return c.begin(ctx, issueID, res, notes)
	}
	res.Analysis.UpdatedAt = c.Now().UTC()
	return c.Store.SaveAnalysis(ctx, &res.Analysis, notes...)
}

// engine judges an analysis, which is nil at its first step, of an issue.
func (c *call) engine(a *triage.Analysis, issueID string) triage.Engine {
	if a != nil {
		issueID = a.IssueID
	}
	return triage.Engine{History: &past{store: c.Store, issue: issueID}}
}

// analysis returns the analysis to go on with, or nil to begin one.
func (c *call) analysis(ctx context.Context, in fiveWhysStepIn) (*triage.Analysis, error) {
	switch {
	case in.AnalysisID != "":
		a, err := c.Store.Analysis(ctx, in.AnalysisID)
		if err != nil {
			return nil, missing(err, "analysis", "get_issue")
		}
		if in.IssueID != "" && in.IssueID != a.IssueID {
			return nil, usage("this analysis belongs to another issue; leave issue_id out")
		}
		return a, nil
	case in.IssueID == "":
		return nil, usage("give issue_id to begin an analysis, or analysis_id to go on with one")
	}
	if _, err := c.Store.Issue(ctx, in.IssueID); err != nil {
		return nil, missing(err, "issue", "list_issues")
	}
	// A first step that is repeated finds the analysis that it made.
	if in.StepID != "" {
		known, err := c.Store.AnalysesOf(ctx, in.IssueID)
		if err != nil {
			return nil, err
		}
		for i := range known {
			if triage.BegunBy(&known[i], in.StepID) {
				return &known[i], nil
			}
		}
	}
	return nil, nil //nolint:nilnil // no analysis yet is not an error
}

func (c *call) begin(ctx context.Context, issueID string, res *triage.StepResult, notes []triage.TimelineEvent) error {
	id, err := newID()
	if err != nil {
		return err
	}
	now := c.Now().UTC()
	a := &res.Analysis
	a.ID, a.Owner, a.IssueID, a.CreatedAt, a.UpdatedAt = id, c.caller.ID, issueID, now, now
	return c.Store.CreateAnalysis(ctx, a, notes...)
}

// stepEvents is what the timeline of an issue says of a step.
func (c *call) stepEvents(issueID string, advanced bool, res triage.StepResult) ([]triage.TimelineEvent, error) {
	var list []triage.TimelineEvent
	note := func(eventType, text string) error {
		e, err := c.event(issueID, eventType, text)
		list = append(list, e)
		return err
	}
	if advanced {
		if err := note(triage.EventWhyLevelAdvanced, fmt.Sprintf("Five whys at depth %d with %d claims, %d of them supported.", res.Coverage.Depth, res.Coverage.Claims, res.Coverage.Supported)); err != nil {
			return nil, err
		}
	}
	if res.Done {
		if err := note(triage.EventRootCauseIdentified, fmt.Sprintf("Five whys finished: %s.", res.Verdict)); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// maxDrawn is the most claims of which an answer to a step draws all: some 5 kB.
// Of a larger analysis it draws what the step is about: all of it at every step
// would be more than an answer may hold, and more than anybody reads.
const maxDrawn = 40

func stepAnswer(id string, res triage.StepResult) fiveWhysStepOut {
	return fiveWhysStepOut{AnalysisID: id, StepResult: res, Tree: res.Tree(maxDrawn)}
}

func stepError(err error) error {
	var input *triage.InputError
	if errors.As(err, &input) || errors.Is(err, triage.ErrRevision) || errors.Is(err, triage.ErrStepReused) {
		return usage("%v", err)
	}
	return err
}
