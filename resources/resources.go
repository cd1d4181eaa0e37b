// Package resources holds what hosts read and what they offer to people:
// resources and their templates under tftsr://, subscriptions to them, and
// the prompts. [Register] adds them to a server.
//
// A resource shows what a tool shows, and is offered only where one of those
// tools is: leaving a tool out leaves no other door open. Nothing here
// changes anything, redacts or records: requests arrive cleared, and answers
// are cleared after it, like those of tools.
package resources

import (
	"context"
	"log/slog"
	"slices"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

// Deps are what resources and prompts work with. All fields but Log are
// required.
type Deps struct {
	Gate  *gate.Gate
	Store store.Store
	Log   *slog.Logger // faults of ours, which hold no value; nil discards
}

// Kind is a kind of resource.
type Kind struct {
	Name        string
	Template    string // RFC 6570, or the address itself where there is but one
	Title       string
	Description string
	MIMEType    string
	Tools       []string // that show the same: one of them must be offered. None: always offered
	Subscribe   bool     // whether a change can be subscribed to
}

// The names of the kinds.
const (
	kindIssue    = "issue"
	kindTimeline = "timeline"
	kindWhys     = "whys"
	kindDocument = "document"
	kindLog      = "log"
	kindHead     = "audit-head"
	kindDomain   = "domain"
)

const (
	typeJSON     = "application/json"
	typeMarkdown = "text/markdown"
	typeText     = "text/plain"
)

// Kinds returns every kind of resource in the order in which it is listed.
func Kinds() []Kind {
	return []Kind{
		{
			kindIssue, "tftsr://issues/{issue}", "Issue",
			"An issue with its logs, analyses, documents and known times, by name.", typeJSON,
			[]string{"get_issue"},
			true,
		},
		{
			kindTimeline, "tftsr://issues/{issue}/timeline{?from}", "Timeline of an issue",
			"Events, derived times with what they rest on, and findings; from the event of that number on.", typeJSON,
			[]string{"list_timeline_events"},
			true,
		},
		{
			kindWhys, "tftsr://issues/{issue}/whys{?from}", "Five whys of an issue",
			"The causal analyses of an issue as text; from that line on.", typeText,
			[]string{"get_five_whys", "five_whys_step"},
			true,
		},
		{
			kindDocument, "tftsr://issues/{issue}/documents/{document}{?from}", "Document of an issue",
			"An RCA or postmortem as Markdown; from that line on.", typeMarkdown,
			[]string{"get_document", "export_document"},
			true,
		},
		{
			kindLog, "tftsr://logs/{log}{?from,to}", "Redacted log",
			"Numbered lines of a redacted log, with the reference that cites them.", typeText,
			[]string{"read_log"},
			true,
		},
		{
			kindHead, "tftsr://audit/head", "Head of the record",
			"The newest signed head of the audit record.", typeJSON,
			[]string{"verify_audit", "list_audit"},
			true,
		},
		{
			kindDomain, "tftsr://domains/{name}", "Domain prompt",
			"What to ask, gather and look for in an IT domain, and which commands only read.", typeMarkdown,
			nil, false,
		},
	}
}

// Set are the resources and prompts of one server.
type Set struct {
	deps    *Deps
	offered map[string]Kind // by name
	tools   map[string]bool
	*watcher
}

// New chooses what is offered beside the given tools.
func New(d *Deps, tools []string) *Set {
	if d.Log == nil {
		cp := *d
		cp.Log = slog.New(slog.DiscardHandler)
		d = &cp
	}
	s := &Set{deps: d, offered: map[string]Kind{}, tools: map[string]bool{}}
	for _, t := range tools {
		s.tools[t] = true
	}
	for _, k := range Kinds() {
		if len(k.Tools) == 0 || slices.ContainsFunc(k.Tools, func(t string) bool { return s.tools[t] }) {
			s.offered[k.Name] = k
		}
	}
	s.watcher = newWatcher(s)
	return s
}

// Options sets what the SDK wants to know before there is a server.
func (s *Set) Options(o *mcp.ServerOptions) {
	// The lists of prompts and of templates are fixed at start, and that of
	// resources is what the store holds: no change of a list is announced.
	o.Capabilities.Prompts = &mcp.PromptCapabilities{}
	o.Capabilities.Resources = &mcp.ResourceCapabilities{}
	o.CompletionHandler = s.complete
	o.SubscribeHandler = s.subscribe
	o.UnsubscribeHandler = s.unsubscribe
}

// Register adds the resources and prompts to a server that was made with
// [Set.Options], and begins to watch for changes. It must come before the
// middleware that clears requests and answers.
func (s *Set) Register(srv *mcp.Server) {
	srv.AddReceivingMiddleware(s.middleware)
	for _, k := range Kinds() {
		if _, ok := s.offered[k.Name]; !ok {
			continue
		}
		if k.Name == kindHead {
			srv.AddResource(&mcp.Resource{URI: k.Template, Name: k.Name, Title: k.Title, Description: k.Description, MIMEType: k.MIMEType}, s.read)
			continue
		}
		srv.AddResourceTemplate(&mcp.ResourceTemplate{URITemplate: k.Template, Name: k.Name, Title: k.Title, Description: k.Description, MIMEType: k.MIMEType}, s.read)
	}
	for _, c := range triage.Categories() {
		srv.AddResource(&mcp.Resource{
			URI: address{kind: kindDomain, id: c.Name}.String(), Name: "domain-" + c.Name, Title: c.Title,
			Description: "Expert notes for triage: " + c.Title + ".", MIMEType: typeMarkdown,
		}, s.read)
	}
	for _, p := range prompts() {
		srv.AddPrompt(p.definition, func(ctx context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return s.prompt(ctx, p, req)
		})
	}
	s.server = srv
}
