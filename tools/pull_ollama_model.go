package tools

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/providers/ollama"
	"github.com/tftsr/tftsr/providers/ollama/sizing"
)

type pullOllamaModelIn struct {
	Model      string `json:"model" gate:"text" jsonschema:"maxLength=600,example=qwen3:8b"`
	Stop       bool   `json:"stop,omitempty" jsonschema_description:"stop the pull that runs"`
	ApprovalID string `json:"approval_id,omitempty" gate:"id"`
}

type pullOllamaModelOut struct {
	Model     string  `json:"model" jsonschema:"example=qwen3:8b"`
	State     string  `json:"state" jsonschema_description:"done, pulling (call again to follow it) or stopped"`
	Phase     string  `json:"phase,omitempty"`
	Completed float64 `json:"completed_gib"`
	Total     float64 `json:"total_gib" jsonschema_description:"of the files begun so far"`
	Percent   int     `json:"percent"`
	Note      string  `json:"note,omitempty"`
}

// followTime is how long a call follows a pull: less than hosts wait for an
// answer, which is often a minute.
const followTime = 45 * time.Second

func pullOllamaModel() Tool {
	return define(spec{
		name: "pull_ollama_model", title: "Pull an Ollama model", toolset: SetModels, openWorld: true, idempotent: true,
		description: "Load a model onto the Ollama server. A person approves; if that is pending, call again with approval_id. " +
			"It takes long: while the answer says pulling, call again to follow it. Stopped or cut off, it goes on from there.",
	}, func(ctx context.Context, c *call, in pullOllamaModelIn) (pullOllamaModelOut, error) {
		n, err := modelName(in.Model)
		if err != nil {
			return pullOllamaModelOut{}, err
		}
		m, err := c.models(ctx)
		if err != nil {
			return pullOllamaModelOut{}, err
		}
		q := c.Ollama.Pulls.Find(n)
		switch {
		case q == nil && in.Stop:
			return pullOllamaModelOut{}, usage("no pull of %s runs here", n)
		case q != nil && q.Owner != c.caller.ID && in.Stop:
			return pullOllamaModelOut{}, usage("the pull of %s is somebody else's", n)
		case q != nil && in.Stop:
			q.Stop()
			return m.follow(ctx, q)
		case q != nil:
			return m.follow(ctx, q)
		}
		if q, err = m.begin(ctx, n, in.ApprovalID); err != nil {
			return pullOllamaModelOut{}, m.failed(ctx, err)
		}
		return m.follow(ctx, q)
	})
}

// begin asks the person and begins a pull. The record has it before Ollama is
// told, and its end when it has ended, whoever waits for it then.
func (m *models) begin(ctx context.Context, n ollama.Name, approval string) (*ollama.Pull, error) {
	body, err := m.client.PullBody(n)
	if err != nil {
		return nil, err
	}
	if err := m.Ollama.Pulls.Room(); err != nil {
		return nil, err
	}
	// Nobody is asked for what cannot be done.
	list, err := m.client.List(ctx)
	if err != nil {
		return nil, err
	}
	next, err := m.Gate.Authorize(ctx, m.req, gate.Write{
		Tool: "pull_ollama_model", Destination: m.target(n), Payload: body, ApprovalID: approval, Preview: m.preview(n, ollama.Has(list, n)),
	})
	if err != nil {
		return nil, err
	}
	if next != nil {
		return nil, &interrupt{next}
	}
	rec, err := m.Gate.Begin(ctx, gate.Intent{
		Action: audit.ActionExternalWrite, EntityType: "ollama_model", EntityID: n.String(),
		Details: map[string]any{"tool": "pull_ollama_model", "destination": string(m.target(n)), "registry": n.Registry()},
	})
	if err != nil {
		return nil, err
	}
	q, began, err := m.Ollama.Pulls.Start(m.caller.ID, n, func(ctx context.Context, on func(ollama.Progress)) error {
		err := m.client.Pull(ctx, n, on)
		return errors.Join(err, rec.End(ctx, endOf(err)))
	})
	if err != nil || !began {
		// Another call was faster, or the server ends.
		err = errors.Join(err, rec.End(ctx, gate.Outcome{Status: "cancelled"}))
	}
	return q, err
}

// endOf is how a write to Ollama ended, for the record.
func endOf(err error) gate.Outcome {
	switch {
	case err == nil:
		return gate.Outcome{Status: "ok"}
	case errors.Is(err, context.Canceled):
		return gate.Outcome{Status: "cancelled"}
	}
	return gate.Outcome{Status: "error", Details: map[string]any{"kind": string(ollama.KindOf(err))}}
}

// preview is what the person sees.
func (m *models) preview(n ollama.Name, there *ollama.Model) string {
	text := fmt.Sprintf("Pull the model %s from %s to the Ollama server %s.", n, n.Registry(), m.client.Host())
	for _, s := range sizing.Models().Models {
		if o, err := ollama.ParseName(s.Name); err == nil && o.Is(n) {
			text += fmt.Sprintf(" It has about %s.", sizing.GiB(s.Size))
		}
	}
	if there != nil {
		return text + fmt.Sprintf(" It is there already, with %s: what the registry has changed since replaces it.", sizing.GiB(there.Size))
	}
	return text + " It will fill the disk of that machine by its size."
}

// follow tells the host how far a pull is, until it has ended or the call has
// lasted long enough. A call that is cancelled stops the pull that is its
// caller's.
func (m *models) follow(ctx context.Context, q *ollama.Pull) (pullOllamaModelOut, error) {
	tell := m.progress(ctx)
	over, err := q.Wait(ctx, min(followTime, m.Config.Limits.CallTimeout/2), time.Second, func(p ollama.Progress) {
		tell(float64(p.Completed>>20), float64(p.Total>>20), string(p.Phase)) // MiB: see gib.
	})
	p := q.Progress()
	out := pullOllamaModelOut{Model: q.Name.String(), Phase: string(p.Phase), Completed: gib(p.Completed), Total: gib(p.Total)}
	if p.Total > 0 {
		out.Percent = int(math.Floor(100 * float64(p.Completed) / float64(p.Total)))
	}
	switch {
	case over:
		m.Ollama.Pulls.Forget(q)
		if errors.Is(err, context.Canceled) {
			out.State, out.Note = "stopped", "what has come is kept by Ollama: a later pull goes on from there"
			return out, nil
		}
		if err != nil {
			return out, m.failed(ctx, err)
		}
		out.State = "done"
		return out, nil
	case err != nil:
		// Time that is up, unlike a caller who cancels, leaves the pull alone.
		if errors.Is(context.Cause(ctx), context.Canceled) && q.Owner == m.caller.ID {
			q.Stop()
		}
		return out, err
	}
	out.State, out.Note = "pulling", "it goes on; call again to follow it, or with stop to end it. Nobody has to approve it again"
	return out, nil
}
