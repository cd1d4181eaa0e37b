package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/client"
	"github.com/tftsr/tftsr/client/pins"
	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/store"
)

// exchange is one call of something of another server, from its arguments to
// its answer, over all rounds of questions.
type exchange struct {
	r    *relay
	t    *relayed
	x    *gate.Crossing
	kind string // of the request: "tools/call" and so on
	args string // digest of what was asked, which a later round must ask again
	sent gate.Outgoing
	// checked is the catalog in which the definition was compared: the call is not
	// sent to a server that offers something else by then.
	checked *client.Catalog
	// notes are what the answer must say besides what the server said.
	notes []string
}

// mistake is an error that the caller of a tool reads and can act on. server is
// whose words it repeats, if it does; cause is the decision of the gate that it
// tells of, if it is one.
type mistake struct {
	text, server string
	cause        error
}

func (e *mistake) Error() string { return e.text }

func mistaken(format string, args ...any) error { return &mistake{text: fmt.Sprintf(format, args...)} }

// callTool handles tools/call.
func (r *relay) callTool(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	res, err := r.tool(ctx, req)
	var wrong *mistake
	if errors.As(err, &wrong) {
		out := &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: wrong.text}}}
		if wrong.server != "" {
			out.Meta = label(wrong.server)
		}
		return out, nil
	}
	return res, err
}

func (r *relay) tool(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	t, err := r.find(store.PinTool, req.Params.Name)
	if err != nil {
		return nil, mistaken("%v", err)
	}
	args, approval, err := t.split(req.Params.Arguments)
	if err != nil {
		return nil, err
	}
	if isParked(req.Params.RequestState) {
		e, reply, asked, err := r.resume(ctx, req, t, "tools/call", args, req.Params.RequestState, req.Params.InputResponses)
		if err != nil || asked != nil {
			return asked.tool(), e.failed(ctx, err)
		}
		return e.toolAnswer(ctx, reply.Tool)
	}
	if req.Params.RequestState != "" && t.pin.Policy != store.ToolConfirm { // One of an approval is the gate's.
		return nil, r.strange(ctx, t)
	}
	e, err := r.begin(ctx, t, "tools/call", args)
	if err != nil {
		return nil, err
	}
	if e.sent, err = e.x.JSON(ctx, args); err != nil {
		return nil, e.failed(ctx, err)
	}
	if err := e.refuse(); err != nil {
		return nil, err
	}
	if _, _, err := r.live(ctx, t); err != nil {
		return nil, e.failed(ctx, err)
	}
	if t.pin.Policy == store.ToolConfirm {
		next, err := r.s.gate.Authorize(ctx, req, gate.Write{
			Tool: t.pin.Alias, Destination: t.dest(), Payload: e.payload(), Keyed: e.keyed(), Preview: e.preview(), ApprovalID: approval,
		})
		if err != nil || next != nil {
			return next, e.failed(ctx, err)
		}
	}
	// Again: a person takes their time, and the server may have changed meanwhile.
	raw, checked, err := r.live(ctx, t)
	if err != nil {
		return nil, e.failed(ctx, err)
	}
	e.checked = checked
	reply, asked, err := e.run(ctx, req, audit.ActionMCPToolCall, "mcp_tool", func(ctx context.Context, c client.Call) (client.Reply, error) {
		return r.hub.Set().CallTool(ctx, client.ToolCall{Call: c, Tool: raw, Arguments: e.sent.Body})
	})
	if err != nil || asked != nil {
		return asked.tool(), e.failed(ctx, err)
	}
	return e.toolAnswer(ctx, reply.Tool)
}

// begin opens an exchange.
func (r *relay) begin(ctx context.Context, t *relayed, kind string, args json.RawMessage) (*exchange, error) {
	x, err := r.s.gate.Cross(ctx, t.dest(), registry.TrustOf(&t.server, t.pin.Name), "")
	if err != nil {
		return nil, err
	}
	return &exchange{r: r, t: t, x: x, kind: kind, args: digestOf(kind, t.pin.Alias, args)}, nil
}

// split takes the argument that is ours out of the arguments, and writes the
// rest in one form: a model that calls again with an approval may give them in
// another order.
func (t *relayed) split(args json.RawMessage) (rest json.RawMessage, approval string, err error) {
	if b := bytes.TrimSpace(args); len(b) == 0 || string(b) == "null" {
		return json.RawMessage("{}"), "", nil
	}
	var m map[string]any
	if decode(args, &m) != nil || m == nil {
		return nil, "", mistaken("the arguments are not a JSON object")
	}
	_, name, err := t.tool()
	if err != nil {
		return nil, "", mistaken("%v", err)
	}
	if v, given := m[name]; given && name != "" {
		var ok bool
		if approval, ok = v.(string); !ok {
			return nil, "", mistaken("%s is the id of an approval, a text", name)
		}
		delete(m, name)
	}
	rest, err = encode(m)
	return rest, approval, err
}

// payload is what an approval is bound to: the exact bytes that leave, and the
// definition that the person knew the tool by.
func (e *exchange) payload() []byte {
	text, err := e.sent.Body.Text(e.t.dest())
	if err != nil { // It was cleared for no other place.
		return nil
	}
	return []byte(e.t.pin.ApprovedDigest + "\n" + text)
}

// keyed is the digest of the payload where it holds originals.
func (e *exchange) keyed() string {
	if !e.sent.Keyed {
		return ""
	}
	return digestOf(e.t.pin.ApprovedDigest, e.sent.Digest, nil)
}

// maxPreview bounds the arguments that a person is shown, in bytes. More is
// counted.
const maxPreview = 4000

func (e *exchange) preview() string {
	text := pins.Visible(e.sent.Preview)
	if len(text) > maxPreview {
		text = strings.ToValidUTF8(text[:maxPreview], "") + fmt.Sprintf("… and %d bytes more", len(text)-maxPreview)
	}
	out := fmt.Sprintf("Call %s of the MCP server %s (%s) with:\n%s", pins.Visible(e.t.pin.Name), e.t.server.Name, registry.Host(&e.t.server), text)
	if n := e.sent.Restored.Total(); n > 0 {
		out += fmt.Sprintf("\n\nIt gets the originals of %s.", strings.Join(e.sent.Restored.List(), ", "))
	}
	return out
}

// refuse is for servers that get nothing rather than tokens.
func (e *exchange) refuse() error {
	if e.t.server.OnSensitive != store.SensitiveRefuse || e.sent.Tokens.Total() == 0 {
		return nil
	}
	return mistaken("nothing was sent: the arguments hold what is sensitive (%s), and %s is not trusted with it there. "+
		"Leave it out, or the owner trusts it with `tftsr server edit %s --trust TYPE=PATH`", strings.Join(e.sent.Tokens.List(), ", "), e.t.server.Name, e.t.server.Name)
}

// told says what went where, in the answer.
func (e *exchange) told() []string {
	out := e.notes
	if e.sent.Restored.Total() > 0 {
		out = append(out, fmt.Sprintf("%s got originals: %s.", e.t.server.Name, strings.Join(e.sent.Restored.List(), ", ")))
	}
	if e.sent.Tokens.Total() > 0 {
		out = append(out, fmt.Sprintf("%s got tokens in the place of values: %s.", e.t.server.Name, strings.Join(e.sent.Tokens.List(), ", ")))
	}
	return out
}

// run makes the call on the record, and puts the questions of the server to the
// person. asked is what the handler must return then.
func (e *exchange) run(ctx context.Context, req mcp.Request, action audit.Action, entity string, do func(context.Context, client.Call) (client.Reply, error)) (client.Reply, *asked, error) {
	rec, err := e.x.Begin(ctx, gate.Intent{Action: action, EntityType: entity, EntityID: e.name(), Details: map[string]any{
		"server_id": e.t.server.ID, "server": e.t.server.Name, "name": e.t.pin.Name, "definition": e.t.pin.ApprovedDigest,
		"restored": e.sent.Restored.List(), "tokens": e.sent.Tokens.List(),
	}}, e.sent)
	if err != nil {
		return client.Reply{}, nil, err
	}
	return e.recorded(ctx, rec, req, do)
}

func (e *exchange) name() string {
	if e.t.pin.Alias != "" {
		return e.t.pin.Alias
	}
	return e.t.server.Name
}

// recorded makes a call whose intent is on the record.
func (e *exchange) recorded(ctx context.Context, rec *gate.Call, req mcp.Request, do func(context.Context, client.Call) (client.Reply, error)) (client.Reply, *asked, error) {
	tell, rest := e.progress(ctx, req)
	call := client.Call{Server: e.t.server.Name, Owner: owner(ctx), Progress: tell, Checked: e.checked}
	reply, err := do(ctx, call)
	var q *asked
	for range maxRounds {
		if err != nil || reply.Parked == nil {
			break
		}
		var answers map[string]client.Answer
		if q, answers, err = e.ask(ctx, req, reply.Parked); q != nil || err != nil {
			break
		}
		reply, err = e.r.hub.Set().Resume(ctx, call, reply.Parked.ID, answers)
	}
	if err == nil && q == nil && reply.Parked != nil {
		e.r.hub.Set().Drop(reply.Parked.ID, call.Owner)
		err = mistaken("%s asked more than %d times without anybody to answer, and was given up", e.t.server.Name, maxRounds)
	}
	rest()
	out := gate.Outcome{Status: "ok"}
	switch {
	case q != nil:
		out.Status = "input_required"
	case err != nil && ctx.Err() != nil:
		out.Status = "cancelled"
	case err != nil, reply.Tool != nil && reply.Tool.IsError:
		out.Status = "error"
	}
	var failed *client.Error
	if errors.As(err, &failed) {
		out.Details = map[string]any{"kind": string(failed.Kind), "lost": failed.Lost}
	}
	// The answer leaves after the outcome of the whole call, and that of a read goes
	// with it. What became of anything else is on the record as soon as it is known.
	end := rec.EndWithin
	if e.t.pin.Policy == store.ToolConfirm {
		end = rec.End
	}
	if endErr := end(ctx, out); endErr != nil {
		return client.Reply{}, nil, endErr
	}
	return reply, q, err
}

// Bounds of the texts of a server that are repeated beside its answers, in
// bytes.
const (
	maxProgress = 500
	maxReason   = 2000
)

func clipText(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// failed makes of an error what the caller may read: the server's own words
// cleared, and what the owner can do.
func (e *exchange) failed(ctx context.Context, err error) error {
	var wrong *mistake
	var down *registry.StateError
	var rpc *client.Error
	switch {
	case err == nil, errors.As(err, &wrong), ctx.Err() != nil, errors.Is(err, gate.ErrScan), errors.Is(err, gate.ErrOutcome):
		return err
	case errors.As(err, &down):
		return mistaken("%v", down)
	case gate.Actionable(err):
		return &mistake{text: err.Error(), cause: err}
	case errors.Is(err, registry.ErrHidden), errors.Is(err, gate.ErrHandle), errors.Is(err, gate.ErrForm):
		return mistaken("%v", err)
	case errors.As(err, &rpc):
		return e.said(ctx, rpc)
	}
	return err
}

// said is what a caller reads of a call that failed.
func (e *exchange) said(ctx context.Context, failed *client.Error) error {
	text := failed.Error()
	if failed.Reason != "" {
		reason, err := e.x.BackText(context.WithoutCancel(ctx), clipText(pins.Clean(failed.Reason), maxReason))
		if err != nil {
			return err
		}
		text += "; it says: " + reason
	}
	switch failed.Kind {
	case client.KindNeedsAuth:
		text += fmt.Sprintf("; the owner logs in with `tftsr server login %s`", e.t.server.Name)
	case client.KindBlocked:
		text += fmt.Sprintf("; the owner looks at it with `tftsr server approve %s`", e.t.server.Name)
	}
	return &mistake{text: text, server: e.t.server.Name}
}

// protocolError is how a failure is told where there are no results that say
// so: of resources, prompts and completions.
func protocolError(err error) error {
	var wrong *mistake
	if errors.As(err, &wrong) {
		return &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: wrong.text}
	}
	return err
}
