package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/server"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/tools"
)

func (a *app) chatCmd() *cobra.Command {
	var in tools.TalkIn
	cmd := &cobra.Command{
		Use:   "chat ISSUE",
		Short: "Talk an issue over with an AI provider",
		Long: `Chat sends each line that you type to an AI provider, redacted, with the notes
on the issue's domain and what was said before, and shows the answer as it
comes. The provider may read the issue's logs, each after its "tftsr review",
and call tools: yours that only read, and others after you have seen what they
would do and said yes. Without a terminal those wait for "tftsr approvals", and
"tftsr chat ISSUE --conversation ID" goes on afterwards.

What was said is kept with the issue. An empty line does nothing; ctrl-C gives
up the answer that is coming and nothing else; the end of input (ctrl-D) ends
it. Without a terminal, each line of stdin is one message, and the first
failure ends it.`,
		Example: `  tftsr chat 0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44 --provider local
  echo 'What should I look at first?' | tftsr chat 0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in.IssueID = args[0]
			ctx, typed, stop := a.typing(cmd.Context())
			defer stop()
			return a.with(ctx, func(ctx context.Context, w *workspace) error { return a.chat(ctx, w, typed, in) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&in.Provider, "provider", "", "`name` of the provider; the default one unless given")
	f.StringVar(&in.ConversationID, "conversation", "", "`id` of a conversation to go on with")
	f.StringSliceVar(&in.LogIDs, "log", nil, "`id` of a reviewed log whose digest goes with the first message")
	return cmd
}

func (a *app) chat(ctx context.Context, w *workspace, typed *typed, in tools.TalkIn) error {
	if _, err := w.store.Issue(ctx, in.IssueID); errors.Is(err, store.ErrNotFound) {
		return usageError(errors.New("there is no issue with this id"))
	} else if err != nil {
		return err
	}
	if _, err := w.providers().Pick(ctx, in.Provider); err != nil {
		return usageError(err)
	}
	d := &tools.Deps{Gate: w.gate, Store: w.store, Config: w.config, Now: now, Log: w.log, Services: w.registry()}
	w.askProviders(d)
	stop, err := a.relayed(ctx, w, d)
	if err != nil {
		return err
	}
	defer stop()
	talk := &talk{app: a, w: w, d: d, in: in, typed: typed}
	if in.ConversationID != "" {
		if err := talk.try(ctx, talk.resume); err != nil {
			return err
		}
	}
	for {
		message, more := talk.typed.line(ctx, "> ")
		if !more {
			break
		}
		if message == "" {
			continue
		}
		talk.in.Message = message
		if err := talk.try(ctx, talk.turn); err != nil {
			return err
		}
	}
	return typed.failure(ctx)
}

// relayed gives d the tools of other servers, where there are some.
func (a *app) relayed(ctx context.Context, w *workspace, d *tools.Deps) (stop func(), err error) {
	servers, err := w.store.ListServers(ctx)
	if err != nil || len(servers) == 0 {
		return func() {}, err
	}
	// What the owner does not offer to hosts is not offered here either.
	all := tools.All()
	chosen, err := tools.Select(all, tools.Selection{
		Configured: []string{tools.SetGateway}, Toolsets: w.config.Toolsets, Tools: w.config.Tools, Exclude: w.config.ExcludeTools, ReadOnly: w.config.ReadOnly,
	})
	if err != nil {
		return nil, usageError(err)
	}
	reg := w.relays(all, chosen, true)
	if reg == nil {
		return func() {}, nil
	}
	s, err := server.New(ctx, server.Options{Gate: w.gate, Store: w.store, Config: w.config, Deps: d, Version: Version(), Logger: w.log, Gateway: reg})
	if err != nil {
		return nil, err
	}
	return s.Close, nil
}

// talk is a conversation at the terminal.
type talk struct {
	app   *app
	w     *workspace
	d     *tools.Deps
	in    tools.TalkIn
	typed *typed
}

// try runs a turn, which ctrl-C gives up. At a terminal a turn that fails is
// told, and the conversation goes on.
func (t *talk) try(ctx context.Context, turn func(context.Context) error) error {
	during, done := t.typed.interruptible(ctx)
	err := turn(during)
	givenUp := done()
	switch {
	case err == nil || !t.app.onTerminal() || ctx.Err() != nil:
		return err
	case givenUp:
		t.app.sayf("given up: nothing of this turn is kept but what tools have done")
	default:
		t.app.say(err)
	}
	return nil
}

// resume goes on with what a conversation waited for, if it did.
func (t *talk) resume(ctx context.Context) error {
	v, err := t.w.store.Conversation(ctx, t.in.ConversationID)
	if errors.Is(err, store.ErrNotFound) {
		return usageError(errors.New("there is no conversation with this id"))
	}
	if err != nil || v.Parked == "" {
		return err
	}
	in := t.in
	t.in.Message, t.in.LogIDs, t.in.Provider = "", nil, ""
	err = t.turn(ctx)
	t.in.LogIDs, t.in.Provider = in.LogIDs, in.Provider
	return err
}

// turn is one turn: until there is an answer, or nobody decides what it waits
// for.
func (t *talk) turn(ctx context.Context) error {
	for {
		a := t.app
		streamed := false
		t.in.OnText = func(piece string) {
			streamed = streamed || piece != ""
			a.printf("%s", printable(piece))
		}
		out, err := tools.Talk(ctx, t.d, t.in)
		if streamed {
			a.printf("\n")
		}
		if err != nil {
			return err
		}
		if !streamed && out.Answer != "" {
			a.printf("%s\n", printable(out.Answer))
		}
		if t.in.ConversationID == "" {
			a.sayf("conversation %s with %s", out.ConversationID, out.Provider)
		}
		t.in.ConversationID, t.in.LogIDs, t.in.Provider, t.in.Message = out.ConversationID, nil, "", ""
		decided := false
		if a.onTerminal() && len(out.Approvals) > 0 {
			if decided, err = t.decide(ctx, out.Approvals); err != nil {
				return err
			}
		}
		if !decided {
			for _, text := range out.Waiting {
				a.sayf("%s", printable(text))
			}
			if len(out.Approvals) > 0 {
				a.sayf("afterwards, tftsr chat %s --conversation %s goes on; a message goes on without it", t.in.IssueID, out.ConversationID)
			}
			return nil
		}
	}
}

// decide asks the person at the terminal for each approval, and reports whether
// all were answered.
func (t *talk) decide(ctx context.Context, ids []string) (bool, error) {
	for _, id := range ids {
		p, err := t.w.store.Approval(ctx, id, now())
		if err != nil {
			return false, noApproval(err, id)
		}
		if p.Status != store.ApprovalPending {
			continue
		}
		t.app.sayf("%s wants to call %s at %s:\n%s", printable(t.answering(ctx)), p.Tool, p.Destination, printable(p.Preview))
		for answered := false; !answered; {
			text, more := t.typed.answer(ctx, "Let it happen, once, as shown? [yes/no] ")
			if !more {
				return false, nil
			}
			yes := strings.EqualFold(text, "yes") || strings.EqualFold(text, "y")
			if !yes && !strings.EqualFold(text, "no") && !strings.EqualFold(text, "n") {
				continue
			}
			if _, err := t.w.gate.AnswerApproval(ctx, id, yes); err != nil {
				return false, noApproval(err, id)
			}
			answered = true
		}
	}
	return true, nil
}

// answering names the provider of the conversation.
func (t *talk) answering(ctx context.Context) string {
	if v, err := t.w.store.Conversation(ctx, t.in.ConversationID); err == nil {
		return v.Provider
	}
	return "the provider"
}
