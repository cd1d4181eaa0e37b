// Package tools holds the tools that agents call: one file per tool, with its
// arguments, its schema and its handler side by side. [All] lists them in the
// fixed order in which hosts see them.
//
// A tool decides what happens in the domain. It never redacts, records or
// asks by itself: arguments arrive cleared, results are cleared after it, and
// the gate asks the person.
package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/triage/view"
	"github.com/tftsr/tftsr/providers"
	"github.com/tftsr/tftsr/providers/ollama"
	"github.com/tftsr/tftsr/store"
)

// The toolsets of this version, in their order.
const (
	SetIssues    = "issues"
	SetLogs      = "logs"
	SetTriage    = "triage"
	SetDocuments = "documents"
	SetAudit     = "audit"
	SetGateway   = "gateway" // offered when another server is registered
)

// DefaultToolsets are offered when nothing was chosen.
var DefaultToolsets = []string{SetIssues, SetLogs, SetTriage, SetDocuments, SetAudit}

// Deps are what handlers work with. All fields but Log, Proposers, Services,
// Gateway, Relayed, Ollama, Providers and LookAgain are required.
type Deps struct {
	Log    *slog.Logger // faults of ours, which hold no value; nil discards
	Gate   *gate.Gate
	Store  store.Store
	Config *config.Config
	Now    func() time.Time
	// Proposers gives the AI providers that may propose causes; nil where none is
	// configured.
	Proposers Proposers
	// Services opens what is configured outside; nil when nothing can be.
	Services *integrations.Registry
	// Gateway keeps the connections to other MCP servers; nil where none is
	// registered.
	Gateway *registry.Hub
	// Relayed are the tools of those servers, for AI providers; nil where none is.
	Relayed Relayed
	// Ollama serves local models; nil when nothing can be.
	Ollama *ollama.Server
	// Providers reaches AI providers; nil when nothing can.
	Providers *providers.Sender
	// LookAgain is the wait before a service is asked once more for what it did
	// not answer; 0 means a second.
	LookAgain time.Duration
}

// Tool is one tool: how hosts see it and what it does.
type Tool struct {
	Name       string
	Toolset    string
	ReadOnly   bool         // changes nothing, here or outside
	NewIssue   bool         // makes an issue, which its arguments are of
	Args       gate.ArgSpec // what each argument is, for the inbound scan
	Definition *mcp.Tool
	Answer     func() json.RawMessage // the whole schema of the answer, of which Definition has the outline
	reflected  func() toolSchemas     // what its types say now, which the written schemas must equal
	register   func(*mcp.Server, *Deps)
	// answerTo runs the tool for an AI provider: its text is for that destination
	// only, and nobody is asked. Args were cleared.
	answerTo func(ctx context.Context, d *Deps, to gate.Destination, args json.RawMessage) (json.RawMessage, error)
}

// anyObject stands for the schema of a tool inside the SDK, which would take
// each one apart twice before the first answer. Hosts are shown Definition, by
// whoever lists the tools, and [handle] checks the arguments against it.
var anyObject = &jsonschema.Schema{Type: "object"}

// Register adds the tool to s under its name and with its handler. What it is
// otherwise must be listed from Definition.
func (t Tool) Register(s *mcp.Server, d *Deps) { t.register(s, d) }

// All returns every tool in the order in which they are listed.
func All() []Tool {
	return []Tool{
		createIssue(), getIssue(), listIssues(), updateIssue(), deleteIssue(), searchIssues(), findSimilarIssues(),
		addTimelineEvent(), listTimelineEvents(),
		redactLog(), listLogs(), digestLog(), searchLog(), correlateLogs(), readLog(),
		fiveWhysStep(), getFiveWhys(),
		generateRCA(), generatePostmortem(), getDocument(), updateDocument(), listDocuments(), exportDocument(),
		listAudit(), verifyAudit(), getAuditProof(), readResult(),
		listMCPServers(), mcpServerStatus(), discoverMCPServer(),
		testServiceNowConnection(), searchServiceNowIncidents(), createServiceNowIncident(), getServiceNowIncident(), updateServiceNowIncident(), resolveServiceNowIncident(),
		testConfluenceConnection(), listConfluenceSpaces(), searchConfluencePages(), publishToConfluence(), updateConfluencePage(),
		testAzureDevOpsConnection(), listAzureDevOpsTypes(), searchAzureDevOpsWorkItems(), createAzureDevOpsWorkItem(), getAzureDevOpsWorkItem(), updateAzureDevOpsWorkItem(),
		ollamaStatus(), listOllamaModels(), showOllamaModel(), pullOllamaModel(), deleteOllamaModel(), ollamaInstallGuide(), detectHardware(), recommendModels(),
		listProviders(), setProvider(), testProvider(), analyzeLog(), triageChat(), draftSection(),
	}
}

// Selection chooses tools at start. The zero value chooses the default
// toolsets.
type Selection struct {
	Toolsets []string // names of toolsets, or "all"
	Tools    []string // single tools, added to the toolsets; alone when Toolsets is empty
	Exclude  []string // never offered
	ReadOnly bool     // leave out whatever changes something
	// Configured are the toolsets of services that have an instance: the default
	// has them too.
	Configured []string
}

// Select returns the chosen tools in their fixed order. An unknown name is an
// error that lists the known ones.
func Select(all []Tool, sel Selection) ([]Tool, error) {
	sets := sel.Toolsets
	if len(sets) == 0 && len(sel.Tools) == 0 {
		sets = slices.Concat(DefaultToolsets, sel.Configured)
	}
	var known, names []string
	for _, t := range all {
		if !slices.Contains(known, t.Toolset) {
			known = append(known, t.Toolset)
		}
		names = append(names, t.Name)
	}
	for _, s := range sets {
		if s != "all" && !slices.Contains(known, s) {
			return nil, fmt.Errorf("unknown toolset %q; there are: all, %s", s, strings.Join(known, ", "))
		}
	}
	for _, n := range slices.Concat(sel.Tools, sel.Exclude) {
		if !slices.Contains(names, n) {
			return nil, fmt.Errorf("unknown tool %q; there are: %s", n, strings.Join(names, ", "))
		}
	}
	var out []Tool
	for _, t := range all {
		chosen := slices.Contains(sets, "all") || slices.Contains(sets, t.Toolset) || slices.Contains(sel.Tools, t.Name)
		if !chosen || slices.Contains(sel.Exclude, t.Name) || sel.ReadOnly && !t.ReadOnly {
			continue
		}
		out = append(out, t)
	}
	if len(out) == 0 {
		return nil, errors.New("the chosen toolsets, tools and exclusions leave no tool to offer")
	}
	return out, nil
}

// spec is what a tool says of itself beside its types.
type spec struct {
	name        string
	title       string
	toolset     string
	description string
	readOnly    bool
	destructive bool // removes or overwrites; implies a person's approval
	idempotent  bool // the same call twice is the same as once
	openWorld   bool // reaches a service outside
	newIssue    bool // makes an issue, by [gate.Gate.CreateIssue]
}

// destructiveHint is left out where it says nothing: a tool that changes
// nothing destroys nothing.
func (s spec) destructiveHint() *bool {
	if s.readOnly {
		return nil
	}
	return &s.destructive
}

// call is one call of a tool, for its handler.
type call struct {
	*Deps
	req    *mcp.CallToolRequest
	caller gate.Caller
	to     gate.Destination // where the answer goes; the host's model unless an AI provider calls
}

// handler does the work of a tool. An error made by [usage], or one of the
// gate's or the store's that a caller can act on, becomes a tool error that
// the model reads; anything else is a fault of ours and a protocol error.
type handler[In, Out any] func(ctx context.Context, c *call, in In) (Out, error)

// define builds a tool from its types. It panics on types that cannot be
// described, which the tests of this package would show.
func define[In, Out any](s spec, h handler[In, Out]) Tool {
	args, err := gate.ArgsOf(reflect.TypeFor[In]())
	if err != nil {
		panic(fmt.Sprintf("tools: %s: %v", s.name, err))
	}
	schemas, ok := writtenSchemas(s.name)
	if !ok {
		schemas = reflected[In, Out]()
	}
	def := &mcp.Tool{
		Name:         s.name,
		Title:        s.title,
		Description:  s.description,
		InputSchema:  json.RawMessage(schemas.input),
		OutputSchema: json.RawMessage(schemas.output),
		Annotations: &mcp.ToolAnnotations{
			ReadOnlyHint:    s.readOnly,
			DestructiveHint: s.destructiveHint(),
			IdempotentHint:  s.idempotent || s.readOnly,
			OpenWorldHint:   &s.openWorld,
		},
	}
	return Tool{
		Name: s.name, Toolset: s.toolset, ReadOnly: s.readOnly, NewIssue: s.newIssue, Args: args, Definition: def, Answer: func() json.RawMessage { return schemaOf[Out](false) },
		reflected: reflected[In, Out],
		register: func(srv *mcp.Server, d *Deps) {
			srv.AddTool(&mcp.Tool{Name: def.Name, InputSchema: anyObject}, handle(d, def, h))
		},
		answerTo: answerTo(def, h),
	}
}

// interrupt carries a result that must be returned as it is: the question of
// a multi-round-trip request.
type interrupt struct{ result *mcp.CallToolResult }

func (*interrupt) Error() string { return "input required" }

// timestamp is how times are given to models: RFC 3339 in UTC, or empty.
func timestamp(t time.Time) string { return view.Time(t) }

// parseTime reads an RFC 3339 time that a model gave for an argument.
func parseTime(argument, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, usage("%s must be a time like 2026-03-01T14:05:00Z", argument)
	}
	return t.UTC(), nil
}
