package tools

import "context"

type listOllamaModelsIn struct{}

type listOllamaModelsOut struct {
	Models []ollamaModel `json:"models"`
}

// ollamaModel is a model on the server.
type ollamaModel struct {
	Model        string  `json:"model" jsonschema:"example=qwen3:8b"`
	Size         float64 `json:"size_gib"`
	Parameters   string  `json:"parameters"`
	Quantization string  `json:"quantization"`
	Family       string  `json:"family"`
	RunsAt       string  `json:"runs_at,omitempty" jsonschema_description:"the host that runs it, if not this server: what it is asked goes there"`
	ModifiedAt   string  `json:"modified_at"`
}

func listOllamaModels() Tool {
	return define(spec{
		name: "list_ollama_models", title: "List Ollama models", toolset: SetModels, readOnly: true, openWorld: true,
		description: "List the models that the Ollama server has, the newest first.",
	}, func(ctx context.Context, c *call, _ listOllamaModelsIn) (listOllamaModelsOut, error) {
		m, err := c.models(ctx)
		if err != nil {
			return listOllamaModelsOut{}, err
		}
		list, err := m.client.List(ctx)
		if err == nil {
			list, err = m.cleared(ctx, list)
		}
		if err != nil {
			return listOllamaModelsOut{}, m.failed(ctx, err)
		}
		out := listOllamaModelsOut{Models: []ollamaModel{}}
		for i := range list {
			l := &list[i]
			out.Models = append(out.Models, ollamaModel{
				l.Name, gib(l.Size), l.Details.ParameterSize, l.Details.Quantization, l.Details.Family, l.RemoteHost, timestamp(l.ModifiedAt.UTC()),
			})
		}
		return out, nil
	})
}
