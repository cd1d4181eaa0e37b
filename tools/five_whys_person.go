package tools

import (
	"context"
	"errors"
	"fmt"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/triage"
)

// askedView says how asking the person ended.
type askedView struct {
	Answered int    `json:"answered"` // questions that the person answered
	Ended    string `json:"ended" gate:"enum"`
	Next     string `json:"next,omitempty"`
}

// How asking ends. That the person said no, that they put the question away,
// and that nobody could be asked are different answers.
const (
	askedDone      = "done"          // there is nothing left to ask
	askedMore      = "more"          // there is: call again
	askedDeclined  = "declined"      // the person does not want to be asked
	askedCancelled = "cancelled"     // the person put the question away
	askedCannot    = "could_not_ask" // the host went silent after some answers
)

// The most questions of one call. Clients that answer by retrying the call
// give up after ten rounds, and a call that ends keeps what was answered.
const (
	maxRetriedQuestions = 9
	maxSessionQuestions = 40
)

// modernProtocol is the revision since which a handler runs anew with each
// answer; see [gate.Gate.Ask].
const modernProtocol = "2026-07-28"

// askPerson lets the person at the host propose. In a session every answer is
// kept at once. Where the handler runs anew with each, it is kept with the
// last: until then the answers travel sealed, and nothing changes.
func (c *call) askPerson(ctx context.Context, in fiveWhysStepIn, a *triage.Analysis) (fiveWhysStepOut, error) {
	iv, out, err := c.interview(ctx, in, a)
	if err != nil {
		return fiveWhysStepOut{}, err
	}
	retried := c.req.ProtocolVersion() >= modernProtocol
	most := maxSessionQuestions
	if retried {
		most = maxRetriedQuestions
	}
	d := dialogue{call: c, iv: iv, issueID: in.IssueID, last: a, deferred: retried}
	if out != nil { // The problem came with the call.
		if err := d.took(ctx, out); err != nil {
			return fiveWhysStepOut{}, err
		}
	}
	asked, err := d.run(ctx, most)
	if err != nil {
		return fiveWhysStepOut{}, err
	}
	if err := d.flush(ctx); err != nil {
		return fiveWhysStepOut{}, err
	}
	if d.last == nil {
		return fiveWhysStepOut{}, usage("nothing was begun: the person %s", map[string]string{
			askedDeclined: "declined to state the problem; do not ask again unless they want it", askedCancelled: "put the question away; state the problem yourself, or ask later",
		}[asked.Ended])
	}
	res, err := triage.Engine{}.Assess(d.last)
	if err != nil {
		return fiveWhysStepOut{}, err
	}
	notes, err := c.stepEvents(d.last.IssueID, d.advanced, res)
	if err != nil {
		return fiveWhysStepOut{}, err
	}
	for i := range notes {
		if err := c.Store.AddEvent(ctx, &notes[i]); err != nil {
			return fiveWhysStepOut{}, err
		}
	}
	answer := stepAnswer(d.last.ID, res)
	answer.Asked = asked
	return answer, nil
}

// interview begins the questions: of an analysis as it is, or after a first
// step that states the problem.
func (c *call) interview(ctx context.Context, in fiveWhysStepIn, a *triage.Analysis) (*triage.Interview, *triage.StepResult, error) {
	only := in.StepInput
	only.StepID, only.Revision, only.Problem = "", 0, nil
	if !only.IsZero() {
		return nil, nil, usage("in mode person the person proposes: send analysis_id and revision, or issue_id and problem, and nothing else")
	}
	e := c.engine(a, in.IssueID)
	if a != nil {
		if in.Problem != nil {
			return nil, nil, usage("the problem is already stated: leave it out")
		}
		if in.Revision != a.Revision {
			return nil, nil, usage("%v", &triage.RevisionError{Expected: in.Revision, Current: a.Revision})
		}
		return triage.NewInterview(a, e, c.resolver()), nil, nil
	}
	if in.Problem == nil {
		return triage.NewInterview(nil, e, c.resolver()), nil, nil
	}
	res, err := e.Step(ctx, nil, triage.StepInput{StepID: in.StepID, Problem: in.Problem}, c.resolver())
	if err != nil {
		return nil, nil, stepError(err)
	}
	return triage.NewInterview(&res.Analysis, e, c.resolver()), &res, nil
}

// dialogue is a run of questions and what came of it.
type dialogue struct {
	*call
	iv       *triage.Interview
	issueID  string
	last     *triage.Analysis // as it is stored; nil before the first step
	deferred bool             // keep steps back until flush
	waiting  []*triage.StepResult
	advanced bool
}

func (d *dialogue) run(ctx context.Context, most int) (*askedView, error) {
	asked := new(askedView)
	for n := 1; ; n++ {
		p, ok, err := d.iv.Next()
		if err != nil {
			return nil, err
		}
		if !ok {
			asked.Ended = askedDone
			res, err := d.iv.Finish(ctx)
			if err == nil && res != nil {
				err = d.took(ctx, res)
			}
			return asked, err
		}
		if n > most {
			asked.Ended, asked.Next = askedMore, "call again with mode person and this revision"
			return asked, nil
		}
		ans, next, err := d.Gate.Ask(ctx, d.req, gate.Question{Key: fmt.Sprintf("why-%d", n), Title: p.Title, Message: p.Message, Schema: formOf(p)})
		switch {
		case errors.Is(err, gate.ErrCannotAsk) && asked.Answered == 0:
			return nil, usage("%v; propose the causes yourself in mode agent, or use a host that can ask", err)
		case errors.Is(err, gate.ErrCannotAsk):
			asked.Ended, asked.Next = askedCannot, err.Error()
			return asked, nil
		case err != nil:
			return nil, err
		case next != nil:
			return nil, &interrupt{next}
		case ans.Action == gate.Decline:
			asked.Ended, asked.Next = askedDeclined, "do not ask again unless the person wants it"
			return asked, nil
		case ans.Action == gate.Cancel:
			asked.Ended, asked.Next = askedCancelled, "go on in mode agent, or ask later"
			return asked, nil
		}
		res, err := d.iv.Answer(ctx, p, ans.Content)
		if err != nil {
			return nil, stepError(err)
		}
		if res != nil {
			if err := d.took(ctx, res); err != nil {
				return nil, err
			}
		}
		asked.Answered++
	}
}

// took keeps a step, now or later.
func (d *dialogue) took(ctx context.Context, res *triage.StepResult) error {
	d.advanced = true
	d.waiting = append(d.waiting, res)
	if d.deferred {
		return nil
	}
	return d.flush(ctx)
}

// flush stores the steps that wait, in their order.
func (d *dialogue) flush(ctx context.Context) error {
	for _, res := range d.waiting {
		if d.last != nil { // What the store gave the first step, the others have.
			a := &res.Analysis
			a.ID, a.Owner, a.IssueID, a.CreatedAt = d.last.ID, d.last.Owner, d.last.IssueID, d.last.CreatedAt
		}
		if err := d.keep(ctx, d.issueID, d.last, res); err != nil {
			return err
		}
		d.last = &res.Analysis
	}
	d.waiting = nil
	return nil
}

// formOf is the schema of the form of a question. It holds texts of ours only.
func formOf(p triage.Prompt) map[string]any {
	var properties formFields
	required := []string{}
	for _, f := range p.Fields {
		field := map[string]any{"type": "string", "title": f.Title}
		if f.Description != "" {
			field["description"] = f.Description
		}
		if len(f.Choices) > 0 {
			field["enum"] = f.Choices
		}
		if f.Required {
			required = append(required, f.Name)
		}
		properties = append(properties, formField{f.Name, field})
	}
	form := map[string]any{"type": "object", "properties": properties}
	if len(required) > 0 {
		form["required"] = required
	}
	return form
}

type formField struct {
	name   string
	schema map[string]any
}

// formFields are written in their order, in which hosts show them.
type formFields []formField

// MarshalJSON writes an object.
func (fields formFields) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, f := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, mustJSON(f.name)...)
		b = append(b, ':')
		b = append(b, mustJSON(f.schema)...)
	}
	return append(b, '}'), nil
}
