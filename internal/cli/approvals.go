package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/store"
)

func (a *app) approvalsCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "approvals",
		Short: "Answer the writes that wait for you",
		Long: `What an agent wants to change outside, or delete, waits here for a person when
the host could not ask. An approval holds for exactly the bytes that are shown,
once, and expires.`,
	}
	var asJSON, all bool
	list := &cobra.Command{
		Use:   "list",
		Short: "List what waits, newest first",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				status := store.ApprovalPending
				if all {
					status = ""
				}
				list, err := w.store.ListApprovals(ctx, status, now())
				if err != nil {
					return err
				}
				if asJSON {
					views := []approvalView{}
					for i := range list {
						views = append(views, viewApproval(&list[i]))
					}
					return encoder(a.out).Encode(views)
				}
				if len(list) == 0 {
					a.sayf("nothing waits")
					return nil
				}
				tw := a.table()
				for _, p := range list {
					tw.row("%s\t%s\t%s\t%s\t%s\tuntil %s\n", p.ID, p.Status, p.Tool, p.Destination, p.Owner, shortTime(p.ExpiresAt))
				}
				return tw.Flush()
			})
		},
	}
	list.Flags().BoolVar(&asJSON, "json", false, "as a JSON array")
	list.Flags().BoolVar(&all, "all", false, "answered, used and expired ones too")

	var showJSON bool
	show := &cobra.Command{
		Use:   "show ID",
		Short: "Show what would happen",
		Args:  exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				p, err := w.store.Approval(ctx, args[0], now())
				if err != nil {
					return noApproval(err, args[0])
				}
				if showJSON {
					return encoder(a.out).Encode(viewApproval(p))
				}
				a.printApproval(p)
				return nil
			})
		},
	}
	show.Flags().BoolVar(&showJSON, "json", false, "as a JSON object")
	family(cmd)
	cmd.AddCommand(list, show,
		a.answerCmd("approve", "Let it happen, once, as shown", func(ctx context.Context, w *workspace, id string) (*store.Approval, error) {
			return w.gate.AnswerApproval(ctx, id, true)
		}),
		a.answerCmd("decline", "Refuse it", func(ctx context.Context, w *workspace, id string) (*store.Approval, error) {
			return w.gate.AnswerApproval(ctx, id, false)
		}),
		a.answerCmd("revoke", "Take an approval back that was not used yet", func(ctx context.Context, w *workspace, id string) (*store.Approval, error) {
			return w.gate.RevokeApproval(ctx, id)
		}))
	return cmd
}

func (a *app) answerCmd(verb, short string, answer func(context.Context, *workspace, string) (*store.Approval, error)) *cobra.Command {
	return &cobra.Command{
		Use:   verb + " ID",
		Short: short,
		Args:  exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				p, err := answer(ctx, w, args[0])
				if err != nil {
					return noApproval(err, args[0])
				}
				a.printApproval(p)
				return nil
			})
		},
	}
}

func noApproval(err error, id string) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return withHint(fmt.Errorf("there is no approval %q", id), "tftsr approvals list shows what waits")
	case errors.Is(err, store.ErrSpent):
		return withHint(fmt.Errorf("approval %s is answered, used or expired already", id), "the agent can ask anew by repeating its call")
	}
	return err
}

func (a *app) printApproval(p *store.Approval) {
	a.printf("%s  %s\n  tool         %s\n  destination  %s\n  asked by     %s\n  sha256       %s\n  expires      %s\n",
		p.ID, p.Status, p.Tool, p.Destination, p.Owner, p.PayloadSHA256, shortTime(p.ExpiresAt))
	if p.AnsweredBy != "" {
		a.printf("  answered by  %s (%s) %s\n", p.AnsweredBy, p.Channel, shortTime(p.AnsweredAt))
	}
	a.printf("\n%s\n", printable(p.Preview))
}

type approvalView struct {
	ID          string `json:"id"`
	Status      string `json:"status"`
	Tool        string `json:"tool"`
	Destination string `json:"destination"`
	AskedBy     string `json:"asked_by"`
	IssueID     string `json:"issue_id,omitempty"`
	SHA256      string `json:"payload_sha256"`
	Preview     string `json:"preview"`
	Channel     string `json:"channel,omitempty"`
	AnsweredBy  string `json:"answered_by,omitempty"`
	CreatedAt   string `json:"created_at"`
	ExpiresAt   string `json:"expires_at"`
	AnsweredAt  string `json:"answered_at,omitempty"`
}

func viewApproval(p *store.Approval) approvalView {
	v := approvalView{
		p.ID, string(p.Status), p.Tool, p.Destination, p.Owner, p.IssueID, p.PayloadSHA256, p.Preview,
		p.Channel, p.AnsweredBy, shortTime(p.CreatedAt), shortTime(p.ExpiresAt), "",
	}
	if !p.AnsweredAt.IsZero() {
		v.AnsweredAt = shortTime(p.AnsweredAt)
	}
	return v
}
