package demo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Model is a stand-in for an AI provider, which is asked about the incident.
type Model struct {
	Kind, Path, Model string // as in `tftsr provider add`: kind, path of the base URL, model
	Handler           http.Handler
	Key               string
}

// hire starts the stand-in and configures it as an owner does.
func (r *run) hire(ctx context.Context) error {
	if r.Model == nil {
		return nil
	}
	m := r.Model()
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("a stand-in for %s: %w", m.Kind, err)
	}
	r.model = &station{Outside: Outside{Service: "the AI provider", Handler: m.Handler}, url: "http://" + l.Addr().String()}
	r.model.srv = &http.Server{Handler: r.model, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = r.model.srv.Serve(l) }() // It ends with Close.
	return r.person(ctx, m.Key, "provider", "add", m.Kind, "demo", "--url", r.model.url+m.Path, "--model", m.Model)
}

var reviewCommand = regexp.MustCompile(`tftsr review ([0-9a-f-]{36})`)

// askModel asks the AI provider in each of the ways that there are. A log goes to
// it after a person's review, and what it wants to write waits for a person.
func (r *run) askModel(ctx context.Context) error {
	if r.model == nil {
		return nil
	}
	file := slices.Sorted(maps.Keys(r.logs))[0]
	if len(r.answers.Search) > 0 {
		file = r.answers.Search[0].Log
	}
	args := map[string]any{"log_id": r.logs[file], "question": "What happened? " + r.summary()}
	_, err := call[map[string]any](ctx, r.host, "analyze_log", args)
	if err == nil {
		return errors.New("analyze_log: a log went to a provider before its review")
	}
	if reviewCommand.FindStringSubmatch(err.Error()) == nil {
		return err
	}
	for _, id := range r.logs {
		if err := r.person(ctx, "", "review", id, "--approve"); err != nil {
			return err
		}
	}
	read, err := call[struct {
		Claims []struct {
			Quote string `json:"quote"`
		} `json:"claims"`
		Lines int64 `json:"lines_sent"`
	}](ctx, r.host, "analyze_log", args)
	if err != nil {
		return err
	}
	r.say("analysed", "%-24s %6d lines were sent after their review; %d claims, whose lines hold what they quote", file, read.Lines, len(read.Claims))
	if err := r.converse(ctx); err != nil {
		return err
	}
	step, err := call[stepAnswer](ctx, r.host, "five_whys_step", map[string]any{"issue_id": r.issue, "mode": "provider", "problem": map[string]any{"what": r.incident.Title}})
	if err != nil {
		return err
	}
	if !strings.Contains(step.Tree, "(hypothesis)") {
		return fmt.Errorf("five_whys_step: the provider's proposal is not in the tree:\n%s", step.Tree)
	}
	draft, err := call[struct {
		Markdown string `json:"markdown"`
	}](ctx, r.host, "draft_section", map[string]any{"issue_id": r.issue, "section": "Impact", "wishes": r.summary()})
	if err != nil {
		return err
	}
	r.say("proposed", "a cause, which stays a hypothesis, and a section of %d bytes", len(draft.Markdown))
	return nil
}

type talkAnswer struct {
	ConversationID string   `json:"conversation_id"`
	Answer         string   `json:"answer"`
	Calls          []string `json:"tools_called"`
	Waiting        []string `json:"waiting"`
}

// converse is a turn in which the provider reads with a tool, and wants to write.
func (r *run) converse(ctx context.Context) error {
	first, err := call[talkAnswer](ctx, r.host, "triage_chat", map[string]any{"issue_id": r.issue, "message": "Look for errors, and note it.\n" + r.summary()})
	if err != nil {
		return err
	}
	m := approveCommand.FindStringSubmatch(strings.Join(first.Waiting, "\n"))
	if m == nil {
		return fmt.Errorf("triage_chat: the provider wrote something that nobody had approved, or nothing: %+v", first)
	}
	if err := r.person(ctx, "", "approvals", "approve", m[1]); err != nil {
		return err
	}
	second, err := call[talkAnswer](ctx, r.host, "triage_chat", map[string]any{"conversation_id": first.ConversationID})
	if err != nil {
		return err
	}
	if !strings.Contains(second.Answer, "It is noted") || len(second.Calls) != 2 {
		return fmt.Errorf("triage_chat: it did not go on where it stood: %+v", second)
	}
	r.say("talked", "the provider called %s, and %s once a person had approved it", second.Calls[0], second.Calls[1])
	return nil
}
