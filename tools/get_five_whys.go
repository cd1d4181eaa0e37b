package tools

import (
	"context"

	"github.com/tftsr/tftsr/internal/triage"
)

type getFiveWhysIn struct {
	AnalysisID string `json:"analysis_id" gate:"id" jsonschema:"example=0197a1f1-9f02-7a10-8d3b-54c0d1f0aa10"`
	Format     string `json:"format,omitempty" gate:"enum" jsonschema:"enum=tree,enum=mermaid,enum=svg,enum=json"`
}

type getFiveWhysOut struct {
	Revision int64          `json:"revision"`
	Verdict  triage.Verdict `json:"verdict"`
	Content  string         `json:"content" jsonschema:"example=└─ n1 The pool was exhausted. (supported\\, e1)"`
}

func getFiveWhys() Tool {
	return define(spec{
		name: "get_five_whys", title: "Five whys: draw", toolset: SetTriage, readOnly: true,
		description: "Draw an analysis as a text tree (default), Mermaid or SVG, or write it as JSON that `tftsr whys check` judges.",
	}, func(ctx context.Context, c *call, in getFiveWhysIn) (getFiveWhysOut, error) {
		a, err := c.Store.Analysis(ctx, in.AnalysisID)
		if err != nil {
			return getFiveWhysOut{}, missing(err, "analysis", "get_issue")
		}
		res, err := triage.Engine{}.Assess(a)
		if err != nil {
			return getFiveWhysOut{}, err
		}
		out := getFiveWhysOut{Revision: a.Revision, Verdict: res.Verdict}
		switch in.Format {
		case "mermaid":
			out.Content, err = triage.Mermaid(a)
		case "svg":
			var b []byte
			b, err = triage.DrawSVG(a)
			out.Content = string(b)
		case "json":
			var f *triage.File
			if f, err = triage.FileOf(ctx, a, c.resolver()); err == nil {
				out.Content = string(mustJSON(f))
			}
		default:
			out.Content, err = triage.Tree(a)
		}
		return out, err
	})
}
