package server

import (
	"context"
	"fmt"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// tooLargeAnswer is the structured content of the answer that stands for one
// that is too large, so that nothing is said in text only.
type tooLargeAnswer struct {
	Error      string `json:"error"`
	ResultID   string `json:"result_id"`
	TotalBytes int    `json:"total_bytes"`
	MaxBytes   int64  `json:"max_bytes"`
	ReadWith   string `json:"read_with"`
}

// tooLarge keeps a redacted result that is larger than limits.max_result_bytes
// and returns what is sent in its place. Only results that a tool, a resource
// or a prompt makes are bounded: lists are the server's own and are paged by
// the SDK.
func (s *Server) tooLarge(ctx context.Context, name string, res mcp.Result, body []byte) (mcp.Result, []byte, error) {
	maxBytes := s.config.Limits.MaxResultBytes
	switch r := res.(type) {
	case *mcp.CallToolResult:
		if r.NeedsInput() { // A question cannot be kept for later.
			return nil, nil, errTooLarge(len(body), maxBytes)
		}
		id, err := s.gate.KeepResult(ctx, name, body)
		if err != nil {
			return nil, nil, err
		}
		text := fmt.Sprintf("The answer has %d bytes, more than the %d that are sent at once. It is kept as result %s: read it in pages with read_result, or ask for less.", len(body), maxBytes, id)
		out := *r // Its kind, which only the SDK can set.
		out.Meta, out.IsError = nil, true
		out.Content = []mcp.Content{&mcp.TextContent{Text: text}}
		out.StructuredContent = tooLargeAnswer{
			Error: "result_too_large", ResultID: id, TotalBytes: len(body), MaxBytes: maxBytes, ReadWith: "read_result",
		}
		body, err = encode(&out)
		return &out, body, err
	case *mcp.ReadResourceResult, *mcp.GetPromptResult, *mcp.CompleteResult:
		return nil, nil, errTooLarge(len(body), maxBytes)
	}
	return res, body, nil
}

func errTooLarge(n int, maxBytes int64) error {
	return &jsonrpc.Error{
		Code:    jsonrpc.CodeInternalError,
		Message: fmt.Sprintf("the answer has %d bytes, more than the %d that are sent at once; use a tool that pages, such as read_log", n, maxBytes),
	}
}
