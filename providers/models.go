package providers

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tftsr/tftsr/store"
)

// Models lists the models that the provider says it has; nil where its
// interface cannot say. The names are text from outside.
func (c *Client) Models(ctx context.Context) ([]string, error) {
	if c.dialect.format == formatGenAI {
		return slices.Clone(genAIModels), nil
	}
	if c.dialect.models == "" {
		return nil, nil
	}
	base, err := url.Parse(c.provider.BaseURL)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.provider.BaseURL, http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := c.httpAt(base.JoinPath(c.dialect.models)).Do(r)
	if err != nil {
		return nil, failed(c.Destination(), err, false)
	}
	defer resp.Body.Close()
	var list struct {
		Data   []struct{ ID string }
		Models []struct{ Name string }
	}
	if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
		return nil, failed(c.Destination(), err, true)
	}
	var names []string
	for _, m := range list.Data {
		names = append(names, strings.TrimPrefix(m.ID, "models/")) // Gemini
	}
	for _, m := range list.Models {
		names = append(names, m.Name)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// KnownModels are models of a provider that are known without asking it.
func KnownModels(p *store.Provider) []string {
	if v, err := vendorNamed(p.Kind); err == nil && dialectOf(v, p.Options).format == formatGenAI {
		return slices.Clone(genAIModels)
	}
	return nil
}
