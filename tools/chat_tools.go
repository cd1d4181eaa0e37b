package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/providers"
)

// chatTools are the tools that a provider may call: they read, and they read
// of one issue only.
var chatTools = sync.OnceValue(func() []Tool { return []Tool{listLogs(), digestLog(), searchLog(), readLog(), listTimelineEvents()} })

// runCall runs one call of a provider: its arguments are cleared as an agent's
// are, it is on the record, it reads of the conversation's issue only, and a
// log only after its review for this very provider. What went wrong is a
// result that the provider reads.
func (t *chatTurn) runCall(ctx context.Context, to gate.Destination, call providers.ReplyCall) (args json.RawMessage, result string, err error) {
	args = json.RawMessage("{}")
	tools := chatTools()
	n := slices.IndexFunc(tools, func(tool Tool) bool { return tool.Name == call.Name })
	switch {
	case n < 0:
		return args, "There is no tool of this name that you may call. What changes something, a person does.", nil
	case t.calls > maxTurnCalls:
		return args, fmt.Sprintf("More than %d calls in a turn: answer now.", maxTurnCalls), nil
	}
	tool := tools[n]
	raw := json.RawMessage(call.Arguments)
	if len(raw) == 0 {
		raw = json.RawMessage("{}")
	}
	clean, _, _, err := t.Gate.ClearArgs(ctx, tool.Args, raw)
	var arg *gate.ArgError
	if errors.As(err, &arg) || errors.Is(err, gate.ErrArgument) {
		return args, "The arguments do not fit: " + err.Error(), nil
	}
	if err != nil {
		return args, "", err
	}
	scoped, refusal, err := t.scope(ctx, clean)
	if err != nil || refusal != "" {
		return args, refusal, err
	}
	args = scoped
	rec, err := t.Gate.Begin(ctx, gate.Intent{Action: audit.ActionToolCall, EntityType: "tool", EntityID: tool.Name, Details: map[string]any{"for": string(to), "issue": t.issue.ID}})
	if err != nil {
		return args, "", err
	}
	out, callErr := tool.answerTo(ctx, t.Deps, to, args)
	end := gate.Outcome{Status: "ok", Details: map[string]any{"bytes": len(out)}}
	if callErr != nil {
		end.Status = "error"
	}
	if err := rec.End(context.WithoutCancel(ctx), end); err != nil {
		return args, "", err
	}
	t.called = append(t.called, tool.Name)
	var u *usageError
	var waits *gate.ReviewError
	switch {
	case callErr == nil:
	case errors.As(callErr, &waits):
		// The provider learns that it may not; the person learns how it may.
		if !slices.Contains(t.waiting, waits.Error()) {
			t.waiting = append(t.waiting, waits.Error())
		}
		return args, "This log waits for a person's approval before you may read it.", nil
	case errors.As(callErr, &u):
		return args, u.text, nil
	default:
		return args, "", callErr
	}
	// What leaves for the host is cleared by the chain of the server; this leaves
	// for the provider.
	safe, _, err := t.Gate.RedactJSON(ctx, pii.ModeAgent, out)
	return args, clip(string(safe), maxToolResult), err
}

// scope holds the arguments of a call to the conversation's issue, and notes
// whose text it will return.
func (t *chatTurn) scope(ctx context.Context, args json.RawMessage) (_ json.RawMessage, refusal string, err error) {
	var in map[string]json.RawMessage
	if json.Unmarshal(args, &in) != nil || in == nil {
		return nil, "The arguments are no JSON object.", nil
	}
	const other = "This is of another issue. You may read of the issue of this conversation only."
	for _, name := range []string{"log_id", "compare_to"} {
		if _, given := in[name]; !given {
			continue
		}
		var id string
		if json.Unmarshal(in[name], &id) != nil {
			return nil, name + " has to be a text.", nil
		}
		log, err := t.Store.Log(ctx, id)
		if err != nil {
			if errors.Is(missing(err, "log", "list_logs"), err) {
				return nil, "", err
			}
			return nil, "There is no log with this id.", nil
		}
		if log.IssueID != t.issue.ID {
			return nil, other, nil
		}
		if !slices.Contains(t.logs, log.ID) && t.Gate.MayRead(log, providers.DestinationOf(t.answeredBy)) == nil {
			t.logs = append(t.logs, log.ID)
		}
	}
	if _, ofLog := in["log_id"]; !ofLog {
		in["issue_id"] = mustJSON(t.issue.ID)
	}
	return mustJSON(in), "", nil
}
