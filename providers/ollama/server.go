package ollama

import (
	"context"
	"slices"
	"sync"

	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/providers/ollama/sizing"
)

// Server is the server of a configuration, with the pulls that this process
// makes there.
type Server struct {
	Pulls  Pulls
	client func() (*Client, error)
}

// NewServer returns the server that cfg names, or the one at the base URL
// other, if not empty, where cfg names none. Its client is made when it is
// first asked for: most processes never do.
func NewServer(cfg *config.Config, other string) *Server {
	return &Server{client: sync.OnceValues(func() (*Client, error) { return FromConfig(cfg, other) })}
}

// Client returns the client.
func (s *Server) Client() (*Client, error) { return s.client() }

// maxLooked bounds how many models are looked at in one go.
const maxLooked = 40

// Specs returns what is needed to size those models on the server that can
// call tools, and how many others there are.
func (c *Client) Specs(ctx context.Context) (specs []sizing.Spec, left int, err error) {
	list, err := c.List(ctx)
	if err != nil {
		return nil, 0, err
	}
	for i := range list {
		m := &list[i]
		n, err := ParseName(m.Name)
		if err != nil || m.RemoteHost != "" || i >= maxLooked {
			left++
			continue
		}
		s, err := c.Show(ctx, n)
		switch {
		case ctx.Err() != nil:
			return nil, 0, ctx.Err()
		case err != nil || !slices.Contains(s.Capabilities, "tools"):
			left++ // Gone meanwhile, or no model for this.
		default:
			specs = append(specs, sizing.FromShown(n.String(), m.Size, m.Details.Quantization, s.ModelInfo))
		}
	}
	return specs, left, nil
}
