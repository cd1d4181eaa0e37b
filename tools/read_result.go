package tools

import "context"

type readResultIn struct {
	ResultID string `json:"result_id" gate:"id" jsonschema:"example=0197a1f5-70aa-7be3-8d3c-95b1b7a4e0d2"`
	Offset   int    `json:"offset,omitempty" jsonschema:"minimum=0" jsonschema_description:"byte to go on from: next_offset of the page before"`
	Limit    int    `json:"limit,omitempty" jsonschema:"minimum=1,maximum=20000" jsonschema_description:"bytes; 16000 unless given"`
}

type readResultOut struct {
	Text       string `json:"text"`
	Total      int    `json:"total_bytes"`
	NextOffset int    `json:"next_offset,omitempty" jsonschema:"example=16000"`
}

func readResult() Tool {
	return define(spec{
		name: "read_result", title: "Read large result", toolset: SetAudit, readOnly: true,
		description: "Read, in pages, an answer that was too large to send. Its id is in that answer; it is kept for an hour.",
	}, func(ctx context.Context, c *call, in readResultIn) (readResultOut, error) {
		if in.Limit == 0 {
			in.Limit = 16000
		}
		chunk, total, err := c.Gate.ReadResult(ctx, in.ResultID, in.Offset, in.Limit)
		if err != nil {
			return readResultOut{}, missing(err, "result of this caller", "the call that made it, repeated,")
		}
		out := readResultOut{Text: string(chunk), Total: total}
		if next := in.Offset + len(chunk); next < total {
			out.NextOffset = next
		}
		return out, nil
	})
}
