package tools

import (
	"context"
	"errors"
	"math"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/providers/ollama"
)

// SetModels is the toolset of local models.
const SetModels = "models"

// models is an exchange with the Ollama server, for one call of a tool.
type models struct {
	*call
	client *ollama.Client
	x      *gate.Crossing
}

func (c *call) models(ctx context.Context) (*models, error) {
	if c.Ollama == nil {
		return nil, usage("local models are not configured; the owner does that with ollama.host")
	}
	client, err := c.Ollama.Client()
	if err != nil {
		return nil, err
	}
	x, err := c.Gate.Cross(ctx, gate.Destination("ollama:"+client.Addr()), gate.Trust{}, "")
	return &models{c, client, x}, err
}

// modelName reads the name of a model that an agent gave. What the gate has
// put a token into is none any more.
func modelName(text string) (ollama.Name, error) {
	n, err := ollama.ParseName(text)
	if err != nil {
		return n, usage("model: %v; a name that holds a sensitive value can be used only by a person, with `tftsr models`", err)
	}
	return n, nil
}

// failed makes of an error what the model reads. What Ollama says is cleared
// first: it is text from outside.
func (m *models) failed(ctx context.Context, err error) error {
	var e *ollama.Error
	switch {
	case errors.As(err, &e):
		text := e.Error()
		if e.Reason != "" {
			said, clearErr := m.x.BackText(context.WithoutCancel(ctx), clip(e.Reason, maxReason))
			if clearErr != nil {
				return clearErr
			}
			text += "; Ollama says: " + said
		}
		return usage("%s", text)
	case errors.Is(err, ollama.ErrRegistry), errors.Is(err, ollama.ErrPulls), errors.Is(err, ollama.ErrClosed):
		return usage("%v", err)
	}
	return err
}

// target is the model as approvals and the record have it.
func (m *models) target(n ollama.Name) gate.Destination {
	return m.x.Destination() + gate.Destination("/"+n.String())
}

// gib is a size as models read it: GiB with two decimals. Sizes in bytes are
// long numbers, which can look like those of cards and documents.
func gib(bytes int64) float64 { return math.Round(float64(bytes)/(1<<30)*100) / 100 }

// page cuts a redacted text at the end of a line where there is one, and never
// within a token. next is 0 at the end.
func page(text string, offset, limit int) (chunk string, next int) {
	offset = min(max(offset, 0), len(text))
	rest := text[offset:]
	if len(rest) <= limit {
		return rest, 0
	}
	cut := limit
	for i := limit; i > limit/2; i-- {
		if rest[i-1] == '\n' {
			cut = i
			return rest[:cut], offset + cut
		}
	}
	const longest = 60 // bytes of a token, at least
	for i := cut - 1; i > max(0, cut-longest); i-- {
		if rest[i] == ']' {
			break
		}
		if rest[i] == '[' {
			cut = i
			break
		}
	}
	for cut > 0 && rest[cut]&0xC0 == 0x80 { // Within a rune.
		cut--
	}
	return rest[:cut], offset + cut
}
