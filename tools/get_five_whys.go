package tools

import (
	"context"

	"github.com/tftsr/tftsr/internal/triage"
)

type getFiveWhysIn struct {
	AnalysisID string `json:"analysis_id" gate:"id"`
	Format     string `json:"format,omitempty" gate:"enum" jsonschema:"enum=tree,enum=mermaid,enum=svg,enum=json,example=tree"`
}

type getFiveWhysOut struct {
	Revision int64          `json:"revision"`
	Verdict  triage.Verdict `json:"verdict"`
	Content  string         `json:"content" jsonschema:"example=└─ n1 The pool was exhausted. (supported\\, e1)"`
}

func getFiveWhys() Tool {
	return define(spec{
		name: "get_five_whys", title: "Five whys: draw", toolset: SetTriage, readOnly: true,
		description: "Get an analysis as text tree (default), Mermaid, SVG, or JSON for `tftsr whys check`.",
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
