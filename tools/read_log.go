package tools

import (
	"context"
	"io"

	"github.com/tftsr/tftsr/internal/triage"
)

type readLogIn struct {
	LogID    string `json:"log_id" gate:"id"`
	From     int64  `json:"from,omitempty" jsonschema:"minimum=1,example=120"`
	To       int64  `json:"to,omitempty" jsonschema:"minimum=1"`
	MaxLines int    `json:"max_lines,omitempty" jsonschema:"minimum=1,maximum=500"`
}

type readLogOut struct {
	LogID   string     `json:"log_id"`
	Name    string     `json:"name"`
	Total   int64      `json:"total_lines"`
	Lines   []lineView `json:"lines"`
	Ref     string     `json:"ref,omitempty" jsonschema:"example=log:0197…#L12-L40@9f2c41d07be8a635"`
	NextRow int64      `json:"next_from,omitempty"`
	Note    string     `json:"note,omitempty"`
}

func readLog() Tool {
	return define(spec{
		name: "read_log", title: "Read log", toolset: SetLogs, readOnly: true,
		description: "Read lines of a log by range, with a ref to cite.",
	}, func(ctx context.Context, c *call, in readLogIn) (readLogOut, error) {
		log, err := c.log(ctx, in.LogID)
		if err != nil {
			return readLogOut{}, err
		}
		if in.To != 0 && in.To < in.From {
			return readLogOut{}, usage("to must not be before from; the log has %d lines", log.Lines)
		}
		if in.From > log.Lines {
			return readLogOut{}, usage("the log has %d lines; from is after its end", log.Lines)
		}
		limit := in.MaxLines
		if limit == 0 {
			limit = defaultLines
		}
		out := readLogOut{LogID: log.ID, Name: log.Name, Total: log.Lines, Lines: []lineView{}, Note: c.Gate.ReviewNote(log)}
		var shown []string // whole lines, for the reference
		size := 0
		err = c.Store.Lines(ctx, log.ID, max(in.From, 1), in.To, func(n int64, b []byte) error {
			v := viewLine(log.ID, n, b, false)
			if len(out.Lines) == limit || size+v.size() > maxTextBytes && len(out.Lines) > 0 {
				out.NextRow = n
				return io.EOF
			}
			size += v.size()
			out.Lines = append(out.Lines, v)
			shown = append(shown, string(b))
			return nil
		})
		if err != nil {
			return readLogOut{}, err
		}
		if len(shown) > 0 {
			out.Ref = triage.NewLogRef(log.ID, out.Lines[0].N, shown).String()
		}
		return out, nil
	})
}
