package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/providers"
	"github.com/tftsr/tftsr/store"
)

// noTool stands for the name of a tool that there is none of.
const noTool = "unknown_tool"

// toolResult is what came of a call of a provider.
type toolResult struct {
	args json.RawMessage // as they were taken
	text string          // for the provider
	wait *waitingCall    // of a call that waits for a person; text is empty
}

// runCalls runs the tools that an answer asks for, and adds call and result to
// the turn. Those that wait are kept.
func (t *chatTurn) runCalls(ctx context.Context, text string, calls []providers.ReplyCall) error {
	u := utterance{Role: providers.RoleAssistant, Text: text}
	var results []utterance
	dropped := max(len(calls)-maxAnswerCalls, 0)
	for _, call := range calls[:len(calls)-dropped] {
		t.Asked++
		t.conv.Calls++
		t.IDs++
		id := providers.CallID(t.IDs)
		res, err := t.runCall(ctx, call)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(t.tools, func(tool chatTool) bool { return tool.name == call.Name }) {
			call.Name = noTool // What else it says there is not cleared.
		}
		u.Calls = append(u.Calls, saidCall{ID: id, Name: call.Name, Arguments: string(res.args), Signature: call.Signature})
		if res.wait != nil {
			res.wait.CallID = id
			t.Waiting = append(t.Waiting, *res.wait)
		}
		results = append(results, utterance{Role: providers.RoleTool, Text: res.text, CallID: id})
	}
	if dropped > 0 {
		results[len(results)-1].Text += fmt.Sprintf("\n\n%d more calls were not looked at.", dropped)
	}
	t.Said = append(append(t.Said, u), results...)
	return nil
}

// speaking returns ctx for what the provider does itself: the conversation is
// the caller then. It is known under no other channel, can be asked nothing,
// and its approvals are its own.
func (t *chatTurn) speaking(ctx context.Context) context.Context {
	return gate.WithCaller(ctx, gate.Caller{ID: t.conv.ID, Channel: gate.ChannelConversation, Client: "for " + t.caller.ID})
}

// runCall runs one call of a provider: its arguments are cleared as an agent's
// are, it is on the record, what is ours is held to the conversation's issue,
// and a log is read only after its review for this very provider. What went
// wrong is a result that the provider reads.
func (t *chatTurn) runCall(ctx context.Context, call providers.ReplyCall) (toolResult, error) {
	ctx = t.speaking(ctx)
	res := toolResult{args: json.RawMessage("{}")}
	n := slices.IndexFunc(t.tools, func(tool chatTool) bool { return tool.name == call.Name })
	switch {
	case n < 0:
		res.text = "There is no tool of this name that you may call. There are: " + strings.Join(t.toolNames(), ", ") + "."
	case t.Asked > maxTurnCalls:
		res.text = fmt.Sprintf("More than %d calls in a turn: answer now.", maxTurnCalls)
	case t.conv.Calls > maxConversationCalls:
		res.text = fmt.Sprintf("More than %d calls in a conversation: answer now.", maxConversationCalls)
	case t.tools[n].waits && len(t.Waiting) >= maxWaiting:
		res.text = fmt.Sprintf("%d calls wait for a person already: ask for this one after them.", maxWaiting)
	}
	if res.text != "" {
		t.refused(ctx, "tool", noTool)
		return res, nil
	}
	tool := t.tools[n]
	raw := json.RawMessage(call.Arguments)
	if len(raw) == 0 {
		raw = json.RawMessage("{}")
	}
	args, refusal, err := t.taken(ctx, tool, raw)
	if err != nil {
		return res, err
	}
	if refusal != "" {
		t.refused(ctx, "argument", tool.name)
		res.text = refusal
		return res, nil
	}
	res.args = args
	return t.make(ctx, tool, waitingCall{Tool: tool.name, Args: args})
}

func (t *chatTurn) refused(ctx context.Context, why, tool string) {
	t.Gate.Refuse(ctx, why, gate.Intent{Action: audit.ActionToolCall, EntityType: "tool", EntityID: tool, Details: map[string]any{"issue": t.issue.ID}})
}

// toolNames are the names of what the provider that answered was shown.
func (t *chatTurn) toolNames() (names []string) {
	for _, tool := range t.shown {
		names = append(names, tool.name)
	}
	return names
}

// taken clears the arguments of a call, and holds those of our tools to the
// issue.
func (t *chatTurn) taken(ctx context.Context, tool chatTool, raw json.RawMessage) (args json.RawMessage, refusal string, err error) {
	if len(raw) > maxCallArgs {
		return nil, fmt.Sprintf("The arguments have more than %d bytes.", maxCallArgs), nil
	}
	clean, _, _, err := t.Gate.ClearArgs(ctx, tool.args, raw)
	var arg *gate.ArgError
	switch {
	case errors.As(err, &arg), errors.Is(err, gate.ErrArgument):
		return nil, "The arguments do not fit: " + err.Error(), nil
	case err != nil:
		return nil, "", err
	}
	var in map[string]json.RawMessage
	if json.Unmarshal(clean, &in) != nil || in == nil {
		return nil, "The arguments are no JSON object.", nil
	}
	if tool.own != nil || tool.props[approvalArg] == nil {
		delete(in, approvalArg)
	}
	if tool.own == nil {
		return mustJSON(in), "", nil
	}
	if refusal, err := t.scope(ctx, tool, in); err != nil || refusal != "" {
		return nil, refusal, err
	}
	return mustJSON(in), "", nil
}

// scope holds the arguments of one of our tools to the conversation's issue,
// and notes whose text it will return.
func (t *chatTurn) scope(ctx context.Context, tool chatTool, in map[string]json.RawMessage) (refusal string, err error) {
	const other = "This is of another issue. You may read of the issue of this conversation only."
	for _, name := range []string{"log_id", "compare_to"} {
		if _, given := in[name]; !given {
			continue
		}
		var id string
		if json.Unmarshal(in[name], &id) != nil {
			return name + " has to be a text.", nil
		}
		log, err := t.Store.Log(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return "There is no log with this id: list_logs names them.", nil
		}
		if err != nil {
			return "", err
		}
		if log.IssueID != t.issue.ID {
			return other, nil
		}
		if !slices.Contains(t.Logs, log.ID) && t.Gate.MayRead(log, providers.DestinationOf(t.Provider)) == nil {
			t.Logs = append(t.Logs, log.ID)
		}
	}
	if tool.props["issue_id"] != nil {
		in["issue_id"] = mustJSON(t.issue.ID)
	}
	if tool.waits && tool.props["id"] != nil {
		var id string
		if json.Unmarshal(in["id"], &id) != nil {
			return "id has to be a text: the number of what was filed.", nil
		}
		tickets, err := t.Store.TicketsOf(ctx, t.issue.ID)
		if err != nil {
			return "", err
		}
		if !slices.ContainsFunc(tickets, func(k store.Ticket) bool { return id != "" && (k.Number == id || k.RemoteID == id) }) {
			return "This was not filed for the issue of this conversation: you may change only what was.", nil
		}
	}
	return "", nil
}

// make makes a call, whose arguments were taken, on the record. With an
// approval it is one that a person has decided on.
func (t *chatTurn) make(ctx context.Context, tool chatTool, w waitingCall) (toolResult, error) {
	res := toolResult{args: w.Args}
	key, err := t.Gate.KeyFor(ctx, []string{t.issue.ID})
	if err != nil {
		return res, err
	}
	to := providers.DestinationOf(t.Provider)
	details := map[string]any{"for": string(to), "issue": t.issue.ID, "args": key.Digest(w.Args), "args_bytes": len(w.Args), "digest_key": key.Name()}
	if w.Approval != "" {
		details["approval"] = w.Approval
	}
	rec, err := t.Gate.Begin(ctx, gate.Intent{Action: audit.ActionToolCall, EntityType: "tool", EntityID: tool.name, Details: details})
	if err != nil {
		return res, err
	}
	inside := gate.WithDigestKey(rec.Context(ctx), key)
	var out json.RawMessage
	var callErr error
	if tool.own != nil {
		out, callErr = t.callOwn(inside, tool, to, w)
	} else {
		out, callErr = t.callRelayed(inside, tool, w)
	}
	end := gate.Outcome{Status: "ok", Details: map[string]any{"bytes": len(out)}}
	var waits *gate.PendingError
	switch {
	case errors.As(callErr, &waits):
		end.Status = "input_required"
	case callErr != nil:
		end.Status = "error"
	}
	if err := rec.End(context.WithoutCancel(ctx), end); err != nil {
		return res, err
	}
	if !slices.Contains(t.Called, tool.name) || w.Approval == "" {
		t.Called = append(t.Called, tool.name)
	}
	if waits != nil {
		w.Approval, w.Until = waits.ID, waits.ExpiresAt
		res.wait = &w
		return res, nil
	}
	if callErr != nil {
		res.text, err = t.failed(callErr)
		return res, err
	}
	// What leaves for the host is cleared by the chain of the server; this leaves
	// for the provider.
	safe, _, err := t.Gate.RedactJSON(ctx, pii.ModeAgent, out)
	res.text = clip(string(safe), maxToolResult)
	return res, err
}

// failed is what the provider reads of a call that did not work; an error is a
// fault of ours.
func (t *chatTurn) failed(err error) (string, error) {
	var u *usageError
	var review *gate.ReviewError
	switch {
	case errors.As(err, &review):
		// The provider learns that it may not; the person learns how it may.
		if !slices.Contains(t.waiting, review.Error()) {
			t.waiting = append(t.waiting, review.Error())
		}
		return "This log waits for a person's approval before you may read it.", nil
	case errors.Is(err, gate.ErrDeclined):
		return "A person declined it. It was not done; do not ask for it again.", nil
	case errors.Is(err, gate.ErrDenied):
		return "This installation lets nobody do this. It was not done.", nil
	case errors.Is(err, gate.ErrExpired), errors.Is(err, gate.ErrUsed), errors.Is(err, gate.ErrNoApproval), errors.Is(err, gate.ErrMismatch):
		return "The approval does not hold any more, or what it was given for has changed. It was not done; call again if it is still wanted.", nil
	case errors.As(err, &u):
		return u.text, nil
	case gate.Actionable(err):
		return err.Error(), nil
	}
	return "", err
}

// callOwn calls one of our tools.
func (t *chatTurn) callOwn(ctx context.Context, tool chatTool, to gate.Destination, w waitingCall) (json.RawMessage, error) {
	args := w.Args
	switch {
	case tool.note:
		what := pretty(w.Args)
		_, err := t.Gate.Authorize(ctx, nil, gate.Write{
			Tool: tool.name, Destination: gate.Local, IssueID: t.issue.ID, Payload: w.Args,
			Preview:    fmt.Sprintf("%s asks, in a conversation about issue %q, to call %s with:\n%s", t.Provider, t.issue.Title, tool.name, what),
			ApprovalID: w.Approval,
		})
		if err != nil {
			return nil, err
		}
	case tool.waits && w.Approval != "":
		var in map[string]json.RawMessage
		if err := json.Unmarshal(args, &in); err != nil {
			return nil, err
		}
		in[approvalArg] = mustJSON(w.Approval)
		args = mustJSON(in)
	}
	return tool.own.answerTo(ctx, t.Deps, to, args)
}

// pretty writes arguments for a person.
func pretty(args json.RawMessage) string {
	var v any
	if json.Unmarshal(args, &v) != nil {
		return string(args)
	}
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return string(args)
	}
	return string(b)
}

// relayedResult is an answer of a tool of another server, as a provider reads
// it.
type relayedResult struct {
	Text       []string `json:"text,omitempty"`
	Structured any      `json:"structured,omitempty"`
	Failed     bool     `json:"failed,omitempty"`
}

// callRelayed calls a tool of another server.
func (t *chatTurn) callRelayed(ctx context.Context, tool chatTool, w waitingCall) (json.RawMessage, error) {
	res, err := t.Relayed.Call(ctx, tool.name, w.Args, w.Approval)
	if err != nil {
		return nil, err
	}
	out := relayedResult{Structured: res.StructuredContent, Failed: res.IsError}
	for _, c := range res.Content {
		switch c := c.(type) {
		case *mcp.TextContent:
			out.Text = append(out.Text, c.Text)
		case *mcp.EmbeddedResource:
			if c.Resource != nil && c.Resource.Text != "" {
				out.Text = append(out.Text, c.Resource.Text)
			}
		default:
			out.Text = append(out.Text, "[something that is no text, which is not shown]")
		}
	}
	b, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("%w: an answer cannot be encoded", gate.ErrScan)
	}
	return b, nil
}
