package triage

import (
	"context"
	"strconv"
	"strings"

	"github.com/tftsr/tftsr/internal/triage/picture"
)

// Figures returns a function that draws the blocks of Mermaid which documents
// of this package hold: the time axis, from its own text, and the causal graph
// when it is that of one of the analyses, as it is kept or as its evidence
// resolves now. For any other block it returns nil: what was edited is not
// drawn as something else.
func Figures(ctx context.Context, r Resolver, analyses ...*Analysis) (func(language, source string) *picture.Picture, error) {
	graphs := map[string]*Graph{}
	for _, a := range analyses {
		if a == nil {
			continue
		}
		for _, resolved := range []bool{false, true} {
			g, err := LoadGraph(a.State)
			if err != nil {
				return nil, err
			}
			if resolved {
				if err := verifyAll(ctx, g, r); err != nil {
					return nil, err
				}
			}
			graphs[strings.TrimSpace(mermaid(g))] = g
		}
	}
	return func(language, source string) *picture.Picture {
		if language != "mermaid" {
			return nil
		}
		if g, ok := graphs[strings.TrimSpace(source)]; ok {
			return draw(appraise(g))
		}
		if c, ok := parseGantt(source); ok {
			return c.picture()
		}
		return nil
	}, nil
}

var namedRevision = lazyRegexp(`([A-Za-z0-9_-]{1,64}), revision (\d{1,9})\b`)

// AnalysisNamed returns the id and revision of the analysis that a document
// says it was written from, or empty.
func AnalysisNamed(markdown string) (id string, revision int64) {
	m := namedRevision().FindStringSubmatch(markdown)
	if m == nil {
		return "", 0
	}
	revision, err := strconv.ParseInt(m[2], 10, 64)
	if err != nil {
		return "", 0
	}
	return m[1], revision
}
