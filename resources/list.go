package resources

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/store"
)

// Bounds of the list of resources. Hosts read all of its pages, so that it
// ends with the newest issues; older ones have an address all the same, and
// completions, search and list_issues find them.
const (
	listPage   = 100
	listIssues = 1_000
)

// listCursor begins the cursors of the pages with issues. Those of the SDK
// have no full stop.
const listCursor = "i."

// legacyNotFound is the code for a resource that is not there, in the
// revisions of the protocol before 2026-07-28.
const legacyNotFound = -32002

// modern is the first revision of the protocol without sessions.
const modern = "2026-07-28"

// middleware puts the issues behind the resources that the SDK lists, and
// gives what is not found the code of the revision that the request follows.
func (s *Set) middleware(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		if r, ok := req.(*mcp.ListResourcesRequest); ok {
			return s.list(ctx, r, func() (mcp.Result, error) { return next(ctx, method, req) })
		}
		res, err := next(ctx, method, req)
		var rpc *jsonrpc.Error
		if err == nil || !strings.HasPrefix(method, "resources/") || !errors.As(err, &rpc) {
			return res, err
		}
		if rpc.Message == errNotFound.Message && rpc.Code == errNotFound.Code && revision(req) < modern {
			return res, &jsonrpc.Error{Code: legacyNotFound, Message: rpc.Message, Data: rpc.Data}
		}
		return res, err
	}
}

// errNotFound is what the SDK makes of a resource that is not there.
var errNotFound = func() *jsonrpc.Error {
	var rpc *jsonrpc.Error
	if !errors.As(mcp.ResourceNotFoundError(""), &rpc) {
		panic("resources: the SDK's error for a missing resource is no protocol error")
	}
	return rpc
}()

// revision returns the revision of the protocol that a request follows.
func revision(req mcp.Request) string {
	if p := req.GetParams(); p != nil {
		if v, ok := p.GetMeta()[mcp.MetaKeyProtocolVersion].(string); ok {
			return v
		}
	}
	if ss, ok := req.GetSession().(*mcp.ServerSession); ok && ss != nil && ss.InitializeParams() != nil {
		return ss.InitializeParams().ProtocolVersion
	}
	return ""
}

func (s *Set) list(ctx context.Context, req *mcp.ListResourcesRequest, next func() (mcp.Result, error)) (mcp.Result, error) {
	cursor := ""
	if req.Params != nil {
		cursor = req.Params.Cursor
	}
	_, offered := s.offered[kindIssue]
	if rest, ours := strings.CutPrefix(cursor, listCursor); ours && offered {
		// The SDK's own answer is what the issues are put into: only it can say
		// in the answer what kind of result it is.
		req.Params.Cursor = ""
		res, err := next()
		if out, ok := res.(*mcp.ListResourcesResult); ok && err == nil {
			if err := s.listIssues(ctx, rest, out); err != nil {
				return nil, err
			}
		}
		return res, err
	}
	res, err := next()
	if out, ok := res.(*mcp.ListResourcesResult); ok && err == nil && out.NextCursor == "" && offered {
		first, _, err := s.deps.Store.ListIssues(ctx, store.IssueFilter{Limit: 1})
		if err != nil {
			return nil, s.failure(ctx, "", err)
		}
		if len(first) > 0 {
			out.NextCursor = listCursor + "0."
		}
	}
	return res, err
}

// listIssues fills a page with issues. The cursor says how many were before
// it, and where the store goes on.
func (s *Set) listIssues(ctx context.Context, cursor string, out *mcp.ListResourcesResult) error {
	before, at, _ := strings.Cut(cursor, ".")
	n, err := strconv.Atoi(before)
	if err != nil || n < 0 || n >= listIssues {
		return badRequest("%v", store.ErrCursor)
	}
	issues, next, err := s.deps.Store.ListIssues(ctx, store.IssueFilter{Limit: min(listPage, listIssues-n), Cursor: at})
	if errors.Is(err, store.ErrCursor) {
		return badRequest("%v", store.ErrCursor)
	}
	if err != nil {
		return s.failure(ctx, "", err)
	}
	out.Resources, out.NextCursor = []*mcp.Resource{}, ""
	for i := range issues {
		out.Resources = append(out.Resources, &mcp.Resource{
			URI: address{kind: kindIssue, id: issues[i].ID}.String(), Name: "issue-" + issues[i].ID, Title: issues[i].Title,
			Description: string(issues[i].Severity) + ", " + string(issues[i].Status) + ", " + issues[i].Category, MIMEType: typeJSON,
		})
	}
	if n += len(issues); next != "" && n < listIssues {
		out.NextCursor = listCursor + strconv.Itoa(n) + "." + next
	}
	return nil
}
