package tools

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/triage"
)

// Proposer is a configured AI provider that proposes steps of an analysis. The
// engine judges what it proposes as it judges everybody.
type Proposer interface {
	// Destination is the provider's, "ai:provider/<name>": the brief is cleared
	// for it and for nothing else.
	Destination() gate.Destination
	// Names are what the record has it under: the provider's, and its model's.
	Names() (provider, model string)
	// Propose answers a brief with a step as JSON, as the brief describes it.
	// It holds to the context's end. The issue is the one whose budget it is.
	Propose(ctx context.Context, issueID string, brief gate.Cleared) (string, error)
}

// Proposers gives the configured provider of a name, or the default one for an
// empty name. An error says what there is and how to configure more; it is
// shown to the agent.
type Proposers func(name string) (Proposer, error)

// The bounds of a proposal.
const (
	maxProposal     = 256 << 10 // bytes
	maxProposalTime = 2 * time.Minute
	maxProposals    = 2 // the second is told what was wrong with the first
)

// stepArgs describes a step for the gate, which clears what a provider says as
// it clears what an agent says.
var stepArgs = sync.OnceValues(func() (gate.ArgSpec, error) { return gate.ArgsOf(reflect.TypeFor[triage.StepInput]()) })

// askProvider lets a provider propose the next step.
func (c *call) askProvider(ctx context.Context, in fiveWhysStepIn, a *triage.Analysis) (fiveWhysStepOut, error) {
	only := in.StepInput
	only.StepID, only.Revision, only.Problem = "", 0, nil
	switch {
	case !only.IsZero():
		return fiveWhysStepOut{}, usage("in mode provider the provider proposes: send analysis_id and revision, or issue_id and problem, and nothing else")
	case c.Proposers == nil:
		return fiveWhysStepOut{}, usage("mode provider needs a configured AI provider, and this installation has none: propose the causes yourself in mode agent, or let the user answer in mode person")
	}
	p, err := c.Proposers(in.Provider)
	if err != nil {
		return fiveWhysStepOut{}, usage("%v", err)
	}
	if a == nil {
		begun, err := c.step(ctx, in.IssueID, nil, triage.StepInput{StepID: in.StepID, Problem: in.Problem})
		if err != nil {
			return fiveWhysStepOut{}, err
		}
		if a, err = c.Store.Analysis(ctx, begun.AnalysisID); err != nil {
			return fiveWhysStepOut{}, err
		}
	} else if in.Revision != a.Revision {
		return fiveWhysStepOut{}, usage("%v", &triage.RevisionError{Expected: in.Revision, Current: a.Revision})
	}
	var wrong error
	for range maxProposals {
		reply, err := c.send(ctx, p, a, wrong)
		if err != nil {
			return fiveWhysStepOut{}, err
		}
		step, err := c.readProposal(ctx, reply, a)
		if err == nil {
			var out fiveWhysStepOut
			if out, err = c.step(ctx, "", a, step); err == nil {
				return out, nil
			}
		}
		var told *usageError
		if !errors.As(err, &told) {
			return fiveWhysStepOut{}, err
		}
		wrong = err
	}
	return fiveWhysStepOut{}, usage("the provider proposed nothing that the engine takes, %d times; the last time: %v. Analysis %s stands at revision %d: go on in mode agent or person",
		maxProposals, wrong, a.ID, a.Revision)
}

// send sends a brief between a durable intent and its outcome, and returns the
// reply. wrong is what was wrong with the last one.
func (c *call) send(ctx context.Context, p Proposer, a *triage.Analysis, wrong error) (string, error) {
	said, err := triage.Brief(a)
	if err != nil {
		return "", err
	}
	if wrong != nil {
		said += "\nYour last proposal was refused: " + wrong.Error() + "\n"
	}
	brief, err := c.Gate.Clear(ctx, p.Destination(), said)
	if err != nil {
		return "", err
	}
	text, err := brief.Text(p.Destination())
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(text))
	provider, model := p.Names()
	rec, err := c.Gate.Begin(ctx, gate.Intent{
		Action: audit.ActionAISend, EntityType: "analysis", EntityID: a.ID,
		Details: map[string]any{
			"destination": string(p.Destination()), "provider": provider, "model": model, "issue": a.IssueID, "sha256": []string{hex.EncodeToString(sum[:])}, "bytes": len(text),
		},
	})
	if err != nil {
		return "", err
	}
	wait, cancel := context.WithTimeout(ctx, maxProposalTime)
	defer cancel()
	reply, err := p.Propose(wait, a.IssueID, brief)
	out := gate.Outcome{Status: "ok", Details: map[string]any{"bytes": len(reply)}}
	if err != nil {
		out.Status = "error"
	}
	if err := rec.End(context.WithoutCancel(ctx), out); err != nil {
		return "", err
	}
	switch {
	case err != nil:
		return "", usage("the provider did not answer: %v; go on in mode agent or person, or try again later", err)
	case len(reply) > maxProposal:
		return "", usage("the provider answered with %d bytes, more than %d", len(reply), maxProposal)
	}
	return reply, nil
}

// readProposal reads the step of a reply, which may stand among prose. The
// gate clears it first; the revision is ours.
func (c *call) readProposal(ctx context.Context, reply string, a *triage.Analysis) (triage.StepInput, error) {
	from, to := strings.IndexByte(reply, '{'), strings.LastIndexByte(reply, '}')
	if from < 0 || to < from || !json.Valid([]byte(reply[from:to+1])) {
		return triage.StepInput{}, usage("the reply holds no JSON object")
	}
	spec, err := stepArgs()
	if err != nil {
		return triage.StepInput{}, fmt.Errorf("describe a step: %w", err)
	}
	clean, _, _, err := c.Gate.ClearArgs(ctx, spec, json.RawMessage(reply[from:to+1]))
	if errors.Is(err, gate.ErrArgument) {
		return triage.StepInput{}, usage("%v", err)
	}
	if err != nil {
		return triage.StepInput{}, err
	}
	dec := json.NewDecoder(bytes.NewReader(clean))
	dec.DisallowUnknownFields()
	var step triage.StepInput
	if err := dec.Decode(&step); err != nil {
		return triage.StepInput{}, usage("the reply is no step: %v", err)
	}
	step.Revision, step.StepID = a.Revision, ""
	return step, nil
}
