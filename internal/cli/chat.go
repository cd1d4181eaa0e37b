package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/tools"
)

// maxSaid is the longest line that a person types, in bytes.
const maxSaid = 20_000

func (a *app) chatCmd() *cobra.Command {
	var in tools.TalkIn
	cmd := &cobra.Command{
		Use:   "chat ISSUE",
		Short: "Talk an issue over with an AI provider",
		Long: `Chat sends each line that you type to an AI provider, redacted, with the notes
on the issue's domain and what was said before, and shows the answer as it
comes. The provider may read the issue's logs, each after its "tftsr review".
What was said is kept with the issue. An empty line does nothing; the end of
input (ctrl-D) ends it. Without a terminal, each line of stdin is one message.`,
		Example: `  tftsr chat 0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44 --provider local
  echo 'What should I look at first?' | tftsr chat 0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in.IssueID = args[0]
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error { return a.chat(ctx, w, in) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&in.Provider, "provider", "", "`name` of the provider; the default one unless given")
	f.StringVar(&in.ConversationID, "conversation", "", "`id` of a conversation to go on with")
	f.StringSliceVar(&in.LogIDs, "log", nil, "`id` of a reviewed log whose digest goes with the first message")
	return cmd
}

func (a *app) chat(ctx context.Context, w *workspace, in tools.TalkIn) error {
	if _, err := w.store.Issue(ctx, in.IssueID); errors.Is(err, store.ErrNotFound) {
		return usageError(errors.New("there is no issue with this id"))
	} else if err != nil {
		return err
	}
	if _, err := w.providers().Pick(ctx, in.Provider); err != nil {
		return usageError(err)
	}
	d := &tools.Deps{Gate: w.gate, Store: w.store, Config: w.config, Now: now, Log: w.log}
	w.askProviders(d)
	lines := bufio.NewScanner(a.in)
	lines.Buffer(nil, maxSaid)
	for {
		if a.onTerminal() {
			a.ask("> ")
		}
		if !lines.Scan() {
			break
		}
		in.Message = strings.TrimSpace(lines.Text())
		if in.Message == "" {
			continue
		}
		streamed := false
		in.OnText = func(piece string) {
			streamed = streamed || piece != ""
			a.printf("%s", printable(piece))
		}
		out, err := tools.Talk(ctx, d, in)
		if streamed {
			a.printf("\n")
		}
		if err != nil {
			return err
		}
		if !streamed {
			a.printf("%s\n", printable(out.Answer))
		}
		for _, text := range out.Waiting {
			a.sayf("%s", printable(text))
		}
		if in.ConversationID == "" {
			a.sayf("conversation %s with %s", out.ConversationID, out.Provider)
		}
		in.ConversationID, in.LogIDs, in.Provider = out.ConversationID, nil, ""
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read what you type: %w; a message has at most %d bytes", err, maxSaid)
	}
	return nil
}
