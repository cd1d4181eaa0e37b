package server

import (
	"context"
	"fmt"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// maxRounds bounds how often one call may ask. The SDK's own client gives up
// after as many.
const maxRounds = 10

// rounds calls a handler until it asks nothing more of a client that knows no
// multi-round-trip results. The SDK does the first round for such a client
// and would then send it the second question as an empty answer.
func rounds(ctx context.Context, next mcp.MethodHandler, method string, req mcp.Request) (mcp.Result, error) {
	res, err := next(ctx, method, req)
	ss, ok := req.GetSession().(*mcp.ServerSession)
	if !ok || protocolVersion(req) >= modern {
		return res, err
	}
	for range maxRounds {
		if err != nil {
			return res, err
		}
		asked, state := questions(res)
		if len(asked) == 0 {
			return res, nil
		}
		answers := make(mcp.InputResponseMap, len(asked))
		for key, q := range asked {
			p, ok := q.(*mcp.ElicitParams)
			if !ok {
				return nil, fmt.Errorf("a handler asked for %T, which this server does not offer", q)
			}
			if answers[key], err = ss.Elicit(ctx, p); err != nil {
				return nil, err
			}
		}
		if req, err = again(req, answers, state); err != nil {
			return nil, err
		}
		res, err = next(ctx, method, req)
	}
	return nil, fmt.Errorf("the call asked more than %d times", maxRounds)
}

// questions returns what a result asks of the client.
func questions(res mcp.Result) (mcp.InputRequestMap, string) {
	switch r := res.(type) {
	case *mcp.CallToolResult:
		if r != nil {
			return r.InputRequests, r.RequestState
		}
	case *mcp.GetPromptResult:
		if r != nil {
			return r.InputRequests, r.RequestState
		}
	case *mcp.ReadResourceResult:
		if r != nil {
			return r.InputRequests, r.RequestState
		}
	}
	return nil, ""
}

// again returns the request of the next round. The old one is left as it is.
func again(req mcp.Request, answers mcp.InputResponseMap, state string) (mcp.Request, error) {
	switch r := req.(type) {
	case *mcp.CallToolRequest:
		p := *r.Params
		p.InputResponses, p.RequestState = answers, state
		return &mcp.CallToolRequest{Session: r.Session, Params: &p, Extra: r.Extra}, nil
	case *mcp.GetPromptRequest:
		p := *r.Params
		p.InputResponses, p.RequestState = answers, state
		return &mcp.GetPromptRequest{Session: r.Session, Params: &p, Extra: r.Extra}, nil
	case *mcp.ReadResourceRequest:
		p := *r.Params
		p.InputResponses, p.RequestState = answers, state
		return &mcp.ReadResourceRequest{Session: r.Session, Params: &p, Extra: r.Extra}, nil
	}
	return nil, fmt.Errorf("a request of type %T cannot be asked again", req)
}
