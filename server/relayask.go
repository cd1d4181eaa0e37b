package server

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/client"
	"github.com/tftsr/tftsr/client/pins"
	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
)

// parkedPrefix begins the states that a host carries while a server waits for
// an answer. What follows is sealed by the gate.
const parkedPrefix = "tftsr-call-v1."

func isParked(state string) bool { return strings.HasPrefix(state, parkedPrefix) }

// parkedCall is what this process knows of a call that waits: its exchange, so
// that what was restored for it is hidden in what comes back, and the forms
// that were shown.
type parkedCall struct {
	e       *exchange
	keys    map[string]string         // of the server's questions, by ours
	schemas map[string]map[string]any // by our keys
	expires time.Time
}

// parkedState is what a host carries.
type parkedState struct {
	ID   string `json:"i"`
	Name string `json:"n"` // of what was called, and with what
}

// asked is a question to the person, for whatever kind of request it is in.
type asked struct {
	requests mcp.InputRequestMap
	state    string
}

func (q *asked) tool() *mcp.CallToolResult {
	if q == nil {
		return nil
	}
	return &mcp.CallToolResult{InputRequests: q.requests, RequestState: q.state}
}

// ask puts the questions of a server to the person at the host. Where nobody
// can be asked, or must not be, it returns the answers for them instead.
func (e *exchange) ask(ctx context.Context, req mcp.Request, p *client.Parked) (*asked, map[string]client.Answer, error) {
	answer := func(action, note string) (*asked, map[string]client.Answer, error) {
		e.notes = append(e.notes, note)
		answers := map[string]client.Answer{}
		for key := range p.Questions {
			answers[key] = client.Answer{Action: action}
		}
		return nil, answers, e.noted(ctx, action, len(p.Questions))
	}
	if why := cannotAsk(ctx, req); why != "" {
		return answer("cancel", fmt.Sprintf("%s asked a person something; nobody could be asked: %s.", e.t.server.Name, why))
	}
	q := &asked{requests: mcp.InputRequestMap{}}
	c := &parkedCall{e: e, keys: map[string]string{}, schemas: map[string]map[string]any{}, expires: p.Expires}
	for i, key := range slices.Sorted(maps.Keys(p.Questions)) {
		form, ours, ok, err := e.form(ctx, key, p.Questions[key])
		switch {
		case err != nil:
			return nil, nil, err
		case !ok:
			return answer("decline", fmt.Sprintf("%s asked a person for a credential, or with a form that cannot be shown; it was declined without asking.", e.t.server.Name))
		}
		if ours == "" || q.requests[ours] != nil {
			ours = fmt.Sprintf("mcp_%d", i+1)
			for q.requests[ours] != nil || p.Questions[ours] != nil {
				ours += "_"
			}
		}
		q.requests[ours], c.keys[ours] = form, key
		c.schemas[ours], _ = form.RequestedSchema.(map[string]any)
	}
	state, err := json.Marshal(parkedState{p.ID, e.args})
	if err != nil {
		return nil, nil, err
	}
	sealed, err := e.r.s.gate.Seal(ctx, e.t.dest(), registry.UseCall, state, max(time.Until(p.Expires), time.Second))
	if err != nil {
		return nil, nil, err
	}
	q.state = parkedPrefix + e.t.server.Name + "." + base64.RawURLEncoding.EncodeToString(sealed)
	e.r.mu.Lock()
	e.r.parked[p.ID] = c
	e.r.mu.Unlock()
	return q, nil, e.noted(ctx, "asked", len(q.requests))
}

// noted puts on the record what became of questions of a server.
func (e *exchange) noted(ctx context.Context, what string, n int) error {
	return e.r.s.gate.Note(ctx, gate.Intent{Action: audit.ActionElicit, EntityType: "mcp_server", EntityID: e.t.server.Name, Details: map[string]any{
		"server_id": e.t.server.ID, "name": e.t.pin.Alias, "answer": what, "questions": n,
	}})
}

// cannotAsk says why no person can be asked.
func cannotAsk(ctx context.Context, req mcp.Request) string {
	caller, ok := gate.CallerFrom(ctx)
	if !ok || !caller.Attended {
		return "no person is known to sit at this client"
	}
	c, ok := req.(interface {
		ClientCapabilities() *mcp.ClientCapabilities
	})
	if !ok {
		return "the request is of no session"
	}
	caps := c.ClientCapabilities()
	if caps == nil || caps.Elicitation == nil || caps.Elicitation.Form == nil && caps.Elicitation.URL != nil {
		return "the host offers no elicitation with forms"
	}
	return ""
}

// resume brings the answers of a person to a call that waits, and goes on.
func (r *relay) resume(ctx context.Context, req mcp.Request, t *relayed, kind string, args json.RawMessage, state string, in mcp.InputResponseMap) (*exchange, client.Reply, *asked, error) {
	e, err := r.begin(ctx, t, kind, args)
	if err != nil {
		return e, client.Reply{}, nil, err
	}
	body, ok := strings.CutPrefix(state, parkedPrefix+t.server.Name+".")
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(body)
	if !ok || err != nil {
		return e, client.Reply{}, nil, r.strange(ctx, t)
	}
	plain, err := r.s.gate.Unseal(ctx, t.dest(), registry.UseCall, sealed)
	var st parkedState
	if err != nil || json.Unmarshal(plain, &st) != nil || st.Name != e.args {
		return e, client.Reply{}, nil, r.strange(ctx, t)
	}
	r.mu.Lock()
	c := r.parked[st.ID]
	delete(r.parked, st.ID)
	r.mu.Unlock()
	if c == nil {
		return e, client.Reply{}, nil, mistaken("the question that this answers is not open any more: call again")
	}
	e = c.e
	if _, _, err := r.live(ctx, t); err != nil {
		r.hub.Set().Drop(st.ID, owner(ctx))
		return e, client.Reply{}, nil, err
	}
	answers := map[string]client.Answer{}
	for ours, theirs := range c.keys {
		a, err := e.answer(ctx, c.schemas[ours], in[ours])
		if err != nil {
			r.hub.Set().Drop(st.ID, owner(ctx))
			return e, client.Reply{}, nil, err
		}
		answers[theirs] = a
	}
	rec, err := r.s.gate.Begin(ctx, gate.Intent{Action: audit.ActionMCPToolCall, EntityType: "mcp_answer", EntityID: e.name(), Details: map[string]any{
		"server_id": t.server.ID, "server": t.server.Name, "name": t.pin.Name, "destination": string(t.dest()), "answers": len(answers),
	}})
	if err != nil {
		return e, client.Reply{}, nil, err
	}
	reply, q, err := e.recorded(ctx, rec, req, func(ctx context.Context, call client.Call) (client.Reply, error) {
		return r.hub.Set().Resume(ctx, call, st.ID, answers)
	})
	return e, reply, q, err
}

// strange turns away a state that is not the caller's, or not of this call: with
// an error of the protocol, as the specification has it (2026-07-28, multi
// round-trip requests: a server must reject a state whose integrity it cannot
// verify).
func (r *relay) strange(ctx context.Context, t *relayed) error {
	r.s.gate.Refuse(ctx, "request state", gate.Intent{Action: audit.ActionElicit, EntityType: "mcp_server", EntityID: t.server.Name})
	return &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: gate.ErrHandle.Error()}
}

// answer clears what a person answered for the server.
func (e *exchange) answer(ctx context.Context, schema map[string]any, in mcp.InputResponse) (client.Answer, error) {
	res, ok := in.(*mcp.ElicitResult)
	if !ok || res == nil {
		return client.Answer{Action: "cancel"}, e.noted(ctx, "cancel", 1)
	}
	if res.Action != "accept" {
		action := "cancel"
		if res.Action == "decline" {
			action = "decline"
		}
		return client.Answer{Action: action}, e.noted(ctx, action, 1)
	}
	content, err := gate.CheckAnswer(schema, res.Content)
	if err != nil {
		return client.Answer{}, err
	}
	out, err := e.x.JSON(ctx, content)
	if err != nil {
		return client.Answer{}, err
	}
	was := e.sent
	e.sent = out
	if err := e.refuse(); err != nil {
		return client.Answer{}, err
	}
	rec, err := e.x.Begin(ctx, gate.Intent{Action: audit.ActionElicit, EntityType: "mcp_server", EntityID: e.t.server.Name, Details: map[string]any{
		"server_id": e.t.server.ID, "name": e.t.pin.Alias, "answer": "accept", "restored": out.Restored.List(), "tokens": out.Tokens.List(),
	}}, out)
	if err != nil {
		return client.Answer{}, err
	}
	if err := rec.End(ctx, gate.Outcome{Status: "ok"}); err != nil {
		return client.Answer{}, err
	}
	// The answer of the call speaks of all that went out for it.
	e.sent.Restored, e.sent.Tokens = sum(maps.Clone(was.Restored), out.Restored), sum(maps.Clone(was.Tokens), out.Tokens)
	return client.Answer{Action: "accept", Content: out.Body}, nil
}

// forgetParked drops what nobody came back for.
func (r *relay) forgetParked(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.parked, func(_ string, c *parkedCall) bool { return now.After(c.expires) })
}

// digestOf names what was asked for.
func digestOf(kind, name string, args []byte) string {
	h := sha256.New()
	for _, part := range []string{kind, name, string(args)} {
		_, _ = fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// back clears a JSON document of a server: first what nobody sees goes, or it
// could cut a value in two, then what is sensitive.
func (e *exchange) back(ctx context.Context, doc []byte) ([]byte, error) {
	var tree any
	if err := decode(doc, &tree); err != nil {
		return nil, err
	}
	tree, err := pins.CleanTree(tree)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", gate.ErrScan, err)
	}
	if doc, err = encode(tree); err != nil {
		return nil, fmt.Errorf("%w: an answer cannot be encoded", gate.ErrScan)
	}
	return e.x.BackJSON(ctx, doc)
}
