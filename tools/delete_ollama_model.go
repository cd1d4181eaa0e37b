package tools

import (
	"context"
	"errors"
	"fmt"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/providers/ollama"
	"github.com/tftsr/tftsr/providers/ollama/sizing"
)

type deleteOllamaModelIn struct {
	Model      string `json:"model" gate:"text" jsonschema:"maxLength=600,example=qwen3:8b"`
	ApprovalID string `json:"approval_id,omitempty" gate:"id"`
}

type deleteOllamaModelOut struct {
	Deleted string  `json:"deleted" jsonschema:"example=qwen3:8b"`
	Freed   float64 `json:"size_gib" jsonschema_description:"of the model; files that others share stay"`
}

func deleteOllamaModel() Tool {
	return define(spec{
		name: "delete_ollama_model", title: "Delete an Ollama model", toolset: SetModels, destructive: true, openWorld: true,
		description: "Delete a model from the Ollama server. A person approves; if that is pending, call again with approval_id.",
	}, func(ctx context.Context, c *call, in deleteOllamaModelIn) (deleteOllamaModelOut, error) {
		n, err := modelName(in.Model)
		if err != nil {
			return deleteOllamaModelOut{}, err
		}
		m, err := c.models(ctx)
		if err != nil {
			return deleteOllamaModelOut{}, err
		}
		there, err := m.there(ctx, n)
		if err != nil {
			return deleteOllamaModelOut{}, m.failed(ctx, err)
		}
		// As the server spells it, so that one approval holds for every spelling.
		if n, err = modelName(there.Name); err != nil {
			return deleteOllamaModelOut{}, err
		}
		next, err := c.Gate.Authorize(ctx, c.req, gate.Write{
			Tool: "delete_ollama_model", Destination: m.target(n), ApprovalID: in.ApprovalID,
			// Bound to what the person sees: another model of that name is another deletion.
			Payload: mustJSON(map[string]string{"delete": n.String(), "digest": there.Digest}),
			Preview: fmt.Sprintf("Delete the model %s, of %s, from the Ollama server %s. It can be pulled again only where a registry has it.", n, sizing.GiB(there.Size), m.client.Host()),
		})
		if err != nil {
			return deleteOllamaModelOut{}, err
		}
		if next != nil {
			return deleteOllamaModelOut{}, &interrupt{next}
		}
		rec, err := c.Gate.Begin(ctx, gate.Intent{
			Action: audit.ActionExternalWrite, EntityType: "ollama_model", EntityID: n.String(),
			Details: map[string]any{"tool": "delete_ollama_model", "destination": string(m.target(n))},
		})
		if err != nil {
			return deleteOllamaModelOut{}, err
		}
		err = m.client.Delete(ctx, n)
		if err := errors.Join(err, rec.End(ctx, endOf(err))); err != nil {
			return deleteOllamaModelOut{}, m.failed(ctx, err)
		}
		return deleteOllamaModelOut{n.String(), gib(there.Size)}, nil
	})
}

// there finds a model on the server.
func (m *models) there(ctx context.Context, n ollama.Name) (*ollama.Model, error) {
	list, err := m.client.List(ctx)
	if err != nil {
		return nil, err
	}
	if found := ollama.Has(list, n); found != nil {
		return found, nil
	}
	// Ollama's own answer, with the names that are like it.
	if _, err = m.client.Show(ctx, n); err == nil {
		err = usage("%s has just come: call again", n)
	}
	return nil, err
}
