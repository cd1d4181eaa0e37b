package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/providers"
)

// read reads the claims of an answer, which is cleared first as what an agent
// says is.
func (a *logReading) read(ctx context.Context, text string) ([]rawClaim, error) {
	raw, err := providers.Object(text)
	if err != nil {
		return nil, usage("%s answered with no JSON object, which it was asked for: another model may do better, or the option json_mode=prompt of the provider", a.provider)
	}
	clean, _, err := a.Gate.RedactJSON(ctx, pii.ModeAgent, raw)
	if err != nil {
		return nil, err
	}
	var out struct {
		Claims []json.RawMessage `json:"claims"`
	}
	if err := json.Unmarshal(clean, &out); err != nil {
		return nil, usage("%s answered in another form than it was asked for: another model may do better", a.provider)
	}
	var claims []rawClaim
	for _, one := range out.Claims {
		var c rawClaim
		if json.Unmarshal(one, &c) != nil {
			c = rawClaim{} // It cites nothing, and is counted as that.
		}
		claims = append(claims, c)
	}
	return claims, nil
}

// check keeps the claims whose citation holds: the line was shown to the
// provider, and the quoted words stand in it.
func (a *logReading) check() ([]claimView, *dropped) {
	claims := []claimView{}
	out := &dropped{}
	seen := map[string]bool{}
	for _, c := range a.raw {
		line, ok := a.shown[c.Line]
		quote := squeeze(c.Quote)
		switch {
		case !ok:
			out.NotShown++
		case strings.TrimSpace(c.Statement) == "", !quotes(squeeze(line), quote):
			out.NoQuote++
		case seen[fmt.Sprint(c.Line, c.Statement)], len(claims) == maxClaimsKept:
			out.Repeated++
		default:
			seen[fmt.Sprint(c.Line, c.Statement)] = true
			claims = append(claims, claimView{
				Statement: clip(c.Statement, maxStatement), Line: c.Line, Quote: clip(quote, maxQuote),
				Ref: triage.NewLogRef(a.log.ID, c.Line, []string{line}).String(), Confidence: confidence(c.Confidence),
			})
			continue
		}
		out.Claims++
	}
	if out.Claims == 0 {
		return claims, nil
	}
	return claims, out
}

const (
	maxStatement = 600 // bytes
	maxQuote     = 300
	// minQuote is how long a quote of a longer line has to be, in bytes: a word or
	// two stand in any line.
	minQuote = 12
)

// quotes reports whether a quote stands in a line and says something of it.
func quotes(line, quote string) bool {
	return quote != "" && strings.Contains(line, quote) && (len(quote) >= minQuote || len(quote) == len(line))
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

func confidence(s string) string {
	switch s {
	case "low", "medium", "high":
		return s
	}
	return ""
}

// answer is what came of the analysis.
func (a *logReading) answer() analyzeLogOut {
	out := analyzeLogOut{
		LogID: a.log.ID, Provider: a.provider, Model: a.model, Lines: int64(len(a.shown)), Total: a.log.Lines, Pieces: len(a.pieces),
		Passed: a.passed, Usage: viewUsage(a.usage),
	}
	out.Claims, out.Dropped = a.check()
	if a.partial {
		out.Note = "only the lines around those that the digest names were sent: what no template shows was not looked at"
	}
	if len(out.Claims) == 0 {
		out.Note = strings.TrimPrefix(out.Note+"; nothing that the provider claimed holds: read the lines yourself", "; ")
	}
	return out
}
