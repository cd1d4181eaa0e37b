package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
)

// clearAnswer redacts a result or an error, bounds it, and returns it with
// the outcome to record. Whatever goes wrong here withholds the answer.
func (s *Server) clearAnswer(ctx context.Context, tool string, res mcp.Result, err error) (mcp.Result, gate.Outcome, error) {
	// The call has run: its answer is redacted and recorded even if nobody
	// waits for it any more.
	cancelled := ctx.Err() != nil
	ctx = context.WithoutCancel(ctx)
	out := gate.Outcome{Status: "ok", Details: map[string]any{}}
	if err == nil && isNil(res) {
		err = errNoResult
	}
	if err != nil {
		rpc, counts := s.clearError(ctx, err)
		out.Status = "error"
		if cancelled || errors.Is(err, context.Canceled) {
			out.Status = "cancelled"
		}
		out.Details["code"] = rpc.Code
		body, _ := encode(rpc)
		describe(out.Details, body, counts)
		return nil, out, rpc
	}
	clean, counts, err := s.clearValue(ctx, pii.ModeCleared, false, res)
	if err != nil {
		return s.withheld(ctx, out, err)
	}
	res = clean.(mcp.Result)
	body, err := encode(res)
	if err != nil {
		return s.withheld(ctx, out, fmt.Errorf("%w: the result cannot be encoded", gate.ErrScan))
	}
	if int64(len(body)) > s.config.Limits.MaxResultBytes {
		if res, body, err = s.tooLarge(ctx, tool, res, body); err != nil {
			return s.withheld(ctx, out, err)
		}
		out.Details["kept"] = true
	}
	if err := s.gate.NoteShown(ctx, body); err != nil {
		return s.withheld(ctx, out, err)
	}
	if r, ok := res.(*mcp.CallToolResult); ok {
		switch {
		case r.NeedsInput():
			out.Status = "input_required"
		case r.IsError:
			out.Status = "error"
		}
	}
	describe(out.Details, body, counts)
	return res, out, nil
}

// arrange mends what the SDK makes of a result: it lists tools by their names,
// not in the order in which they were chosen, knows of ours no more than the
// name (see [tools.Tool.Register]), and writes the content of a question as
// null, which strict clients do not take for a list.
func (s *Server) arrange(res mcp.Result) mcp.Result {
	switch r := res.(type) {
	case *mcp.ListToolsResult:
		if r != nil {
			for i, t := range r.Tools {
				if p, ours := s.tools[t.Name]; ours {
					r.Tools[i] = p.def
				} else if s.relay != nil {
					r.Tools[i] = s.relay.listed(t.Name)
				}
			}
			r.Tools = slices.DeleteFunc(r.Tools, func(t *mcp.Tool) bool { return t == nil })
			slices.SortStableFunc(r.Tools, func(a, b *mcp.Tool) int { return s.order(a.Name) - s.order(b.Name) })
		}
	case *mcp.CallToolResult:
		if r != nil && r.Content == nil {
			cp := *r
			cp.Content = []mcp.Content{}
			return &cp
		}
	}
	return res
}

// order is the place of a tool in the listing: what is relayed comes last, by
// its names.
func (s *Server) order(name string) int {
	if p, ours := s.tools[name]; ours {
		return p.order
	}
	return len(s.tools)
}

// withheld is the outcome of a call whose answer must not leave.
func (s *Server) withheld(ctx context.Context, out gate.Outcome, err error) (mcp.Result, gate.Outcome, error) {
	rpc := failure(&withheldError{err})
	out.Status = "error"
	out.Details["code"], out.Details["withheld"] = rpc.Code, true
	s.fault(ctx, "an answer was withheld", err)
	return nil, out, rpc
}

// describe puts into details what left, and where to, without its text: the
// digest of the exact bytes as the chain released them. Since [modern], the SDK adds the
// type of the result and the name of this server to them.
func describe(details map[string]any, body []byte, counts gate.Counts) {
	sum := sha256.Sum256(body)
	details["sha256"], details["bytes"] = hex.EncodeToString(sum[:]), len(body)
	details["destination"] = string(gate.Host)
	if counts.Total() > 0 {
		details["redacted_out"] = counts.List()
	}
}
