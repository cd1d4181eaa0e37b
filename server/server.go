// Package server is the MCP server: it offers tools, resources and prompts to hosts over stdio and
// Streamable HTTP, in the protocol eras before and since 2026-07-28, and puts
// every message through the gate. All methods and both transports share one
// chain of middleware (chain.go); what the SDK answers before middleware
// runs, and every frame that leaves, passes a wrapper of the connection
// (frames.go, stdio.go, http.go).
//
// It never decides what a tool does, never restores an original, never
// listens outside the machine without TLS or a proxy that ends it, and never
// answers HTTP without a token, but for its health. When text cannot be
// scanned or a call not be recorded, nothing is sent and nothing runs.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/user"
	"strconv"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/resources"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/tools"
)

// Name is how the server names itself to hosts.
const Name = "tftsr"

// modern is the first revision of the protocol without sessions; newestLegacy
// is the last one with them.
const (
	modern       = "2026-07-28"
	newestLegacy = "2025-11-25"
)

// instructions tell a model what the tools are together, which the
// descriptions of single tools cannot.
const instructions = `Incident triage with redacted logs. Order of work: create_issue; redact_log for each log file; digest_log to see what is in it; search_log, correlate_logs and read_log for lines; five_whys_step until it says that the analysis is done; generate_rca; export_document.
Sensitive values never reach you. A token such as [Email_3] or [PrivateIPv4_1] stands for one value, the same everywhere: use it in arguments and searches as if it were the value, and do not ask for what it hides.
Cite evidence as log and line ranges that you have read; a cause without them stays a hypothesis.
Deleting waits for a person. When an answer says that it waits, tell the user the command that it names and call again with the approval_id.
An answer that is too large names a result id for read_result.`

// Options configures a [Server]. Gate, Store and Config are required.
type Options struct {
	Gate    *gate.Gate
	Store   store.Store
	Config  *config.Config
	Tools   []tools.Tool // what is offered, in this order; see [tools.Select]
	Deps    *tools.Deps  // nil means made of the fields above
	Version string       // version of the program; empty means "dev"
	Logger  *slog.Logger // nil discards. It is never given a value of a message.
	User    string       // who calls over stdio; empty means the OS user
	// Gateway gives other MCP servers whose tools, prompts and resources are
	// offered; nil where none is registered, or they are not to be offered.
	Gateway *registry.Registry

	more func(*mcp.ServerOptions) // tests add handlers of features that have none yet
}

// Server serves any number of hosts. It is safe for concurrent use.
type Server struct {
	gate    *gate.Gate
	store   store.Store
	config  *config.Config
	log     *slog.Logger
	version string
	user    string
	now     func() time.Time

	mcp       *mcp.Server
	tools     map[string]toolPolicy
	resources *resources.Set
	relay     *relay // nil without a gateway
	frames    frameTable
	notes     *notebook
	rest      rest
	ready     sync.Map // weak pointers to the sessions that are initialized
	listens   listens

	// readHeaderTimeout bounds the header of an HTTP request.
	readHeaderTimeout time.Duration
	// streamTime bounds an event stream that waits for nothing in particular.
	streamTime time.Duration
}

// toolPolicy is what the chain knows of a tool before it runs.
type toolPolicy struct {
	args     gate.ArgSpec
	readOnly bool
	newIssue bool // it makes an issue, which its arguments are of
	// recordsItself: it reads at another server, and does nothing before that is on
	// the record by itself.
	recordsItself bool
	order         int // place in the listing
	def           *mcp.Tool
}

// New makes a server of the given tools, and of the resources and prompts that
// go with them. It opens nothing and is quick:
// hosts give up on a server that takes half a second to answer.
func New(_ context.Context, o Options) (*Server, error) {
	if o.Gate == nil || o.Store == nil || o.Config == nil {
		return nil, errors.New("the server needs a gate, a store and a configuration")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Version == "" {
		o.Version = "dev"
	}
	if o.User == "" {
		o.User = osUser()
	}
	if o.Deps == nil {
		o.Deps = &tools.Deps{Gate: o.Gate, Store: o.Store, Config: o.Config, Now: time.Now, Log: o.Logger}
	}
	s := &Server{
		gate: o.Gate, store: o.Store, config: o.Config, log: o.Logger, version: o.Version, user: o.User, now: time.Now,
		tools:             make(map[string]toolPolicy, len(o.Tools)),
		readHeaderTimeout: 10 * time.Second,
		streamTime:        sessionTimeout,
	}
	s.notes = newNotebook(s)
	opts := &mcp.ServerOptions{
		Instructions: instructions,
		Logger:       slog.New(slog.DiscardHandler), // The SDK's log lines quote parts of messages.
		// Our own lists are fixed at start, so no change of them is ever announced.
		Capabilities: &mcp.ServerCapabilities{Tools: &mcp.ToolCapabilities{}},
		// The SDK's default lets shared caches keep answers.
		SetCacheable: func(_ context.Context, _ mcp.Request, c *mcp.Cacheable) { c.CacheScope = "private" },
	}
	names := make([]string, len(o.Tools))
	for i, t := range o.Tools {
		names[i] = t.Name
	}
	s.resources = resources.New(&resources.Deps{Gate: o.Gate, Store: o.Store, Log: o.Logger}, names)
	s.resources.Options(opts)
	if o.Gateway != nil {
		s.relay = newRelay(s, o.Gateway)
		s.relay.options(opts)
		o.Deps.Gateway, o.Deps.Relayed = s.relay.hub, conversations{s.relay}
	}
	if o.more != nil {
		o.more(opts)
	}
	s.mcp = mcp.NewServer(&mcp.Implementation{Name: Name, Title: "tftsr incident triage", Version: o.Version}, opts)
	s.resources.Register(s.mcp)
	s.mcp.AddReceivingMiddleware(s.receive)
	s.mcp.AddSendingMiddleware(s.send)
	for i, t := range o.Tools {
		if _, twice := s.tools[t.Name]; twice {
			return nil, fmt.Errorf("tool %s is registered twice", t.Name)
		}
		s.tools[t.Name] = toolPolicy{args: t.Args, readOnly: t.ReadOnly, newIssue: t.NewIssue, order: i, def: t.Definition}
		t.Register(s.mcp, o.Deps)
	}
	if s.relay != nil {
		s.mcp.AddResourceTemplate(&mcp.ResourceTemplate{
			URITemplate: handleTemplate, Name: "mcp-address", Title: "Address of another MCP server",
			Description: "What another MCP server named in an answer, under an address that was given there.",
		}, s.relay.readHandle)
	}
	return s, nil
}

// Close ends the watching of resources and writes what is still to be noted.
// The transports must have ended.
func (s *Server) Close() {
	s.rest.close()
	if s.relay != nil {
		s.relay.close()
	}
	s.resources.Close()
	s.notes.close()
}

// osUser names who runs this process, by number where the name is not known.
func osUser() string {
	u, err := user.Current()
	switch {
	case err != nil:
		return "uid:" + strconv.Itoa(os.Getuid())
	case u.Username != "":
		return u.Username
	}
	return "uid:" + u.Uid
}
