package tools

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/providers"
)

// Relayed are the tools of other MCP servers that people approved, for the
// providers of conversations.
type Relayed interface {
	// Offered lists those that may be called now, by their names.
	Offered(ctx context.Context) ([]RelayedTool, error)
	// Call calls one for the caller of ctx: it goes through everything that a call
	// of a host goes through. A write that waits for a person is a
	// [*gate.PendingError]; approval is the id of the approval when it is made again.
	// What a caller can mend is in the result or an error that [gate.Actionable]
	// knows.
	Call(ctx context.Context, name string, args json.RawMessage, approval string) (*mcp.CallToolResult, error)
}

// RelayedTool is one of them.
type RelayedTool struct {
	Name, Description string // of the approved definition: text from outside
	Schema            json.RawMessage
	Confirm           bool // a person approves each call
}

// chatTool is a tool as the provider of a conversation may call it.
type chatTool struct {
	name, description string
	parameters        json.RawMessage
	args              gate.ArgSpec
	waits             bool  // a person approves each call
	own               *Tool // nil where another server has it
	props             map[string]json.RawMessage
	note              bool // its write is asked for here, since a host need not ask for it
}

// chatReads are our own tools that read, and read of one issue only. They are
// always offered.
var chatReads = sync.OnceValue(func() []chatTool {
	var list []chatTool
	for _, t := range []Tool{listLogs(), digestLog(), searchLog(), readLog(), listTimelineEvents()} {
		list = append(list, ownTool(t, t.Definition.Description, false))
	}
	return list
})

// afterApproval is what a provider is told of a tool that writes.
const afterApproval = " A person approves it first: it happens later, or not at all."

// chatWrites are our own tools that write for one issue. They are offered where
// hosts are offered them.
var chatWrites = sync.OnceValue(func() []chatTool {
	event := ownTool(addTimelineEvent(), "Note something that happened during the incident."+afterApproval, true)
	event.note = true
	return []chatTool{
		event,
		ownTool(createServiceNowIncident(), "File an incident in ServiceNow for the issue, once."+afterApproval, true),
		ownTool(createAzureDevOpsWorkItem(), "File a work item in Azure DevOps for the issue, once."+afterApproval, true),
		ownTool(updateServiceNowIncident(), "Add notes to the incident of the issue in ServiceNow, or change it."+afterApproval, true),
		ownTool(updateAzureDevOpsWorkItem(), "Comment on the work item of the issue in Azure DevOps, or change it."+afterApproval, true),
	}
})

// approvalArg is the argument of our tools that carries an approval. No model
// of a provider is told of it, and what it gives there is dropped.
const approvalArg = "approval_id"

// ownTool describes one of our tools for a provider. The issue is that of the
// conversation, whatever is asked for.
func ownTool(t Tool, description string, waits bool) chatTool {
	out := chatTool{name: t.Name, description: description, args: t.Args, own: &t, waits: waits, parameters: json.RawMessage(`{"type":"object"}`)}
	raw, ok := t.Definition.InputSchema.(json.RawMessage)
	var schema map[string]json.RawMessage
	if !ok || json.Unmarshal(raw, &schema) != nil {
		return out
	}
	if err := json.Unmarshal(schema["properties"], &out.props); err != nil {
		return out
	}
	shown := map[string]json.RawMessage{}
	for name, p := range out.props {
		if name != approvalArg && name != "issue_id" {
			shown[name] = p
		}
	}
	schema["properties"] = mustJSON(shown)
	var required []string
	if json.Unmarshal(schema["required"], &required) == nil {
		if required = slices.DeleteFunc(required, func(name string) bool { return shown[name] == nil }); len(required) > 0 {
			schema["required"] = mustJSON(required)
		} else {
			delete(schema, "required")
		}
	}
	out.parameters = mustJSON(schema)
	return out
}

// size is about what a tool takes of a request, in bytes.
func (t chatTool) size() int { return len(t.name) + len(t.description) + len(t.parameters) }

// offer finds the tools that the provider may call in this turn.
func (t *chatTurn) offer(ctx context.Context) error {
	t.tools = slices.Clone(chatReads())
	if t.conv.Calls >= maxConversationCalls {
		t.tools = nil
		return nil
	}
	allowed, err := t.writable(ctx)
	if err != nil {
		return err
	}
	for _, w := range chatWrites() {
		if allowed[w.name] {
			t.tools = append(t.tools, w)
		}
	}
	if t.Relayed == nil {
		return nil
	}
	others, err := t.Relayed.Offered(ctx)
	if err != nil {
		return err
	}
	// Those that only read come first: where not all fit, they are of more use.
	for _, confirm := range []bool{false, true} {
		for _, o := range others {
			if o.Confirm != confirm {
				continue
			}
			description := o.Description
			if confirm {
				description += afterApproval
			}
			tool := chatTool{name: o.Name, description: description, parameters: o.Schema, waits: confirm}
			var schema struct {
				Properties map[string]json.RawMessage `json:"properties"`
			}
			if json.Unmarshal(o.Schema, &schema) == nil {
				tool.props = schema.Properties
			}
			t.tools = append(t.tools, tool)
		}
	}
	return nil
}

// described is every tool, described once.
var described struct {
	once sync.Once
	all  []Tool
}

func allTools() []Tool {
	described.once.Do(func() { described.all = All() })
	return described.all
}

// writable are the names of our tools that hosts are offered here, of services
// only where there is an instance.
func (t *chatTurn) writable(ctx context.Context) (map[string]bool, error) {
	cfg := t.Config
	sel := Selection{Toolsets: cfg.Toolsets, Tools: cfg.Tools, Exclude: cfg.ExcludeTools, ReadOnly: cfg.ReadOnly}
	if t.Services != nil {
		var err error
		if sel.Configured, err = t.Services.Configured(ctx); err != nil {
			return nil, err
		}
	}
	names := map[string]bool{}
	chosen, err := Select(allTools(), sel)
	if err != nil {
		return names, nil //nolint:nilerr // The server did not start with it; at a terminal nothing is offered.
	}
	services := []string{setServiceNow, setConfluence, setAzureDevOps}
	for _, tool := range chosen {
		if !slices.Contains(services, tool.Toolset) || slices.Contains(sel.Configured, tool.Toolset) {
			names[tool.Name] = true
		}
	}
	return names, nil
}

// fitting are the tools that a provider is shown: the first ones, in a third of
// what it reads.
func (t *chatTurn) fitting(traits providers.Traits) []chatTool {
	if !traits.Tools {
		return nil
	}
	const bytesPerToken = 3
	room := traits.ContextTokens * bytesPerToken / 3
	for i, tool := range t.tools {
		if room -= tool.size(); room < 0 && i >= len(chatReads()) || i == maxOffered {
			return t.tools[:i]
		}
	}
	return t.tools
}
