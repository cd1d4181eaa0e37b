package gate

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

// reviewing calls a tool that asks for the review of a log, through a host
// whose person does what answer says, or that cannot ask when it is empty. It
// returns the questions asked and the error that the handler ended with.
func reviewing(t *testing.T, g *Gate, s store.Store, protocol string, l *triage.Log, answer string) (asked []string, last error) {
	t.Helper()
	srv := mcp.NewServer(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	srv.AddTool(&mcp.Tool{Name: "send", InputSchema: map[string]any{"type": "object"}}, func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		ctx = WithCaller(ctx, Caller{ID: "agent", Channel: ChannelStdio})
		cur, err := s.Log(ctx, l.ID)
		if err != nil {
			return nil, err
		}
		findings, err := s.Findings(ctx, l.ID)
		if err != nil {
			return nil, err
		}
		next, err := g.AskReview(ctx, req, cur, findings, "ai:provider/x")
		last = err
		if next != nil || err != nil {
			return next, err
		}
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "sent"}}}, nil
	})
	opts := &mcp.ClientOptions{}
	if answer != "" {
		opts.ElicitationHandler = func(_ context.Context, req *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			asked = append(asked, req.Params.Message)
			return &mcp.ElicitResult{Action: answer, Content: map[string]any{}}, nil
		}
	}
	a, b := mcp.NewInMemoryTransports()
	if _, err := srv.Connect(t.Context(), a, nil); err != nil {
		t.Fatal(err)
	}
	cs, err := mcp.NewClient(&mcp.Implementation{Name: "host", Version: "1"}, opts).Connect(t.Context(), b, &mcp.ClientSessionOptions{ProtocolVersion: protocol})
	if err != nil {
		t.Fatal(err)
	}
	defer cs.Close()
	_, _ = cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "send"}) // The handler keeps its error.
	return asked, last
}

func TestLogsAreReviewedInTheHost(t *testing.T) {
	for _, protocol := range []string{"2025-11-25", "2026-07-28"} {
		for _, tc := range []struct {
			answer string
			want   error
			state  triage.ReviewState
		}{
			{Accept, nil, triage.Approved},
			{Decline, ErrDeclined, triage.Unreviewed},
			{Cancel, ErrReview, triage.Unreviewed},
			{"", ErrReview, triage.Unreviewed},
		} {
			t.Run(protocol+"/"+tc.answer, func(t *testing.T) {
				g, s := testGate(t)
				l := testLog(t, g, testIssue(t, s))
				asked, err := reviewing(t, g, s, protocol, l, tc.answer)
				if !errors.Is(err, tc.want) {
					t.Errorf("error is %v, want %v", err, tc.want)
				}
				got, err := s.Log(context.Background(), l.ID)
				if err != nil || got.Review != tc.state {
					t.Errorf("log is %+v, %v", got, err)
				}
				if tc.answer == "" {
					return
				}
				if len(asked) != 1 || !strings.Contains(asked[0], "[Email_1], 1 in all, first in line 1") || !strings.Contains(asked[0], "ai:provider/x") {
					t.Fatalf("asked %q", asked)
				}
				wantNothingPlanted(t, "the question", asked[0])
				if tc.state == triage.Approved {
					if d := details(t, lastEntry(t, s, audit.ActionReview)); d["answered"] != "elicitation" || d["state"] != "approved" {
						t.Errorf("entry is %v", d)
					}
				}
			})
		}
	}
}

func TestOnlyLogsThatWaitAreAskedAbout(t *testing.T) {
	g, s := testGate(t)
	l := testLog(t, g, testIssue(t, s))
	if next, err := g.AskReview(asHost(), nil, l, nil, Host); next != nil || err != nil {
		t.Errorf("policy ask, to the host: %v", err)
	}
	l.Review = triage.Rejected
	if next, err := g.AskReview(asHost(), nil, l, nil, Host); next != nil || !errors.Is(err, ErrReview) {
		t.Errorf("rejected: %v", err)
	}
	l.Review = triage.Unreviewed
	g.config.Review = config.ReviewAuto
	if next, err := g.AskReview(asHost(), nil, l, nil, "ai:provider/x"); next != nil || err != nil {
		t.Errorf("policy auto: %v", err)
	}
}

// After everything that the clearer does, a planted value is in no table but
// those of the vault.
func TestNothingPlantedIsStoredOutsideTheVault(t *testing.T) {
	g, s := testGate(t)
	l := testLog(t, g, testIssue(t, s))
	text, _, err := g.RedactText(asHost(), pii.ModeRaw, allPlanted())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.KeepResult(asHost(), "tool", []byte(allPlanted())); err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.Restore(asPerson(), Terminal, text); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"[Email_1]", "[Password_1]"} {
		if _, err := g.Release(asPerson(), ReleaseRequest{Token: token}); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.ApproveLog(asPerson(), l.ID); err != nil {
		t.Fatal(err)
	}
	values := 0
	err = s.Dump(context.Background(), func(table, column string, value []byte) error {
		values++
		wantNothingPlanted(t, table+"."+column, string(value))
		return nil
	})
	if err != nil || values == 0 {
		t.Errorf("%d values, %v", values, err)
	}
}
