package providers_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/fakes/script"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/providers"
	"github.com/tftsr/tftsr/store"
)

func (b *bed) sender() *providers.Sender {
	return &providers.Sender{Gate: b.gate, Store: b.db, Now: time.Now, Open: func(ctx context.Context, name string) (providers.Provider, error) { return b.registry.Open(ctx, name) }}
}

// job asks for the answer to a text.
func (b *bed) job(provider, text string) providers.Job {
	return providers.Job{Provider: provider, EntityType: "conversation", EntityID: "c", Build: func(ctx context.Context, p providers.Provider) (*providers.Request, error) {
		c, err := b.gate.Clear(ctx, p.Destination(), text)
		return &providers.Request{Messages: []providers.Message{{Role: providers.RoleUser, Text: c}}}, err
	}}
}

// sends returns what the record says of what was sent, oldest first: details
// of intents, and of their outcomes.
func (b *bed) sends() (out []map[string]any) {
	b.t.Helper()
	err := b.db.Entries(b.ctx(), 1, 0, func(e audit.Entry) error {
		if e.Action == audit.ActionAISend {
			var d map[string]any
			if err := json.Unmarshal(e.Details, &d); err != nil {
				return err
			}
			out = append(out, d)
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func TestWhatIsSentIsOnTheRecordBeforeAndAfter(t *testing.T) {
	b := newBed(t)
	f := fakes(says(said))[0]
	c := b.start(f)
	answer, err := b.sender().Send(b.ctx(), b.job("openai", "mail to ada.lovelace@example.com"))
	if err != nil || answer.Provider != "openai" || answer.Text != said {
		t.Fatalf("%+v, %v", answer, err)
	}
	sends := b.sends()
	if len(sends) != 2 {
		t.Fatalf("the record has %v", sends)
	}
	want := b.clear(c, "mail to ada.lovelace@example.com").SHA256()
	if sums, ok := sends[0]["sha256"].([]any); !ok || len(sums) != 1 || sums[0] != want || sends[0]["provider"] != "openai" || sends[0]["model"] != "gpt-5.2" {
		t.Errorf("intent: %v", sends[0])
	}
	if wire, ok := sends[1]["wire_sha256"].([]any); !ok || len(wire) != 1 || sends[1]["status"] != "ok" || sends[1]["answered_by"] != "gpt-5.2-2026-01" {
		t.Errorf("outcome: %v", sends[1])
	}
	if seen := string(f.wire.Seen()[0]); strings.Contains(seen, "lovelace") || !strings.Contains(seen, "[Email_1]") {
		t.Errorf("sent: %s", seen)
	}
	f.wire.Next(script.Refused)
	_, err = b.sender().Send(b.ctx(), b.job("openai", "x"))
	if sends = b.sends(); err == nil || len(sends) != 4 || sends[3]["status"] != "error" || sends[3]["kind"] != "refused" {
		t.Errorf("%v; the record has %v", err, sends)
	}
}

func TestTheChainOfFallbacksIsAskedWhereItHelps(t *testing.T) {
	b := newBed(t)
	list := fakes(says(said))
	var first fake
	for _, f := range list {
		switch f.name {
		case "openai":
			f.add.Fallback = []string{"gone", "anthropic", "mistral"}
			first = f
			b.start(f)
		case "anthropic":
			f.key, f.add.Fallback = "wrong", []string{"openai"} // It cannot answer either, and its chain is a circle.
			b.start(f)
		case "mistral":
			b.start(f)
		}
	}
	first.wire.Next(script.Quota)
	answer, err := b.sender().Send(b.ctx(), b.job("", "Why?"))
	if err != nil || answer.Provider != "mistral" || !slices.Equal(answer.Passed, []string{"openai (budget)", "anthropic (auth)"}) {
		t.Fatalf("%+v, %v", answer, err)
	}
	// Each was sent text that was cleared for itself, on the record.
	if sends := b.sends(); len(sends) != 6 || sends[4]["destination"] != "ai:provider/mistral" {
		t.Errorf("the record has %v", sends)
	}
	for _, trouble := range []script.Trouble{script.Refused, script.TooLong} {
		first.wire.Next(trouble)
		if _, err := b.sender().Send(b.ctx(), b.job("", "Why?")); kind(t, err).Destination != "ai:provider/openai" {
			t.Errorf("%s: %v", trouble, err)
		}
	}
	first.wire.Next(script.Quota)
	only := b.job("openai", "Why?")
	only.Only = true
	if _, err := b.sender().Send(b.ctx(), only); kind(t, err).Kind != providers.KindBudget {
		t.Errorf("%v", err)
	}
	if _, err := b.sender().Send(b.ctx(), b.job("nobody", "Why?")); !errors.Is(err, providers.ErrProvider) {
		t.Errorf("%v", err)
	}
}

func TestALogGoesToAProviderAfterItsReviewOnly(t *testing.T) {
	b := newBed(t)
	f := fakes(says(said))[0]
	b.start(f)
	issue := &triage.Issue{ID: "0195f000-0000-7000-8000-000000000001", Owner: "ops", Title: "x", Severity: triage.SeverityHigh, Status: triage.StatusOpen, CreatedAt: time.Now(), UpdatedAt: time.Now()}
	if err := b.db.CreateIssue(b.ctx(), issue); err != nil {
		t.Fatal(err)
	}
	log := &triage.Log{ID: "0195f000-0000-7000-8000-000000000002", IssueID: issue.ID, Owner: "ops", Name: "app.log", Review: triage.Unreviewed, Lines: 1, CreatedAt: time.Now()}
	w, err := b.db.NewLog(b.ctx(), log.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("line\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(b.ctx(), log, nil); err != nil {
		t.Fatal(err)
	}
	job := b.job("openai", "line")
	job.Logs = []string{log.ID}
	_, err = b.sender().Send(b.ctx(), job)
	var waits *gate.ReviewError
	if !errors.As(err, &waits) || waits.Destination != "ai:provider/openai" || len(f.wire.Seen()) != 0 || len(b.sends()) != 0 {
		t.Fatalf("unreviewed: %v", err)
	}
	person := gate.WithCaller(t.Context(), gate.Caller{ID: "ops", Channel: gate.ChannelTerminal, Attended: true})
	if err := b.gate.ApproveLog(person, log.ID); err != nil {
		t.Fatal(err)
	}
	if _, err = b.sender().Send(b.ctx(), job); err != nil {
		t.Errorf("approved: %v", err)
	}
	if logs, ok := b.sends()[0]["logs"].([]any); !ok || len(logs) != 1 || logs[0] != log.ID {
		t.Errorf("the record has %v", b.sends()[0])
	}
	if err := b.gate.RejectLog(person, log.ID); err != nil {
		t.Fatal(err)
	}
	if _, err = b.sender().Send(b.ctx(), job); !errors.Is(err, gate.ErrReview) {
		t.Errorf("rejected: %v", err)
	}
}

func TestTheBudgetCountsWhatWasSpent(t *testing.T) {
	b := newBed(t)
	f := fakes(says(said))[0]
	f.add.Options = map[string]string{"price_in": "2", "price_out": "8", "max_tokens": "1000"}
	b.start(f)
	day := func() store.Spending {
		s, err := b.db.Spent(t.Context(), time.Now().UTC().Format(time.DateOnly), "")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	answer, err := b.sender().Send(b.ctx(), b.job("openai", "Why?"))
	if err != nil {
		t.Fatal(err)
	}
	u := answer.Usage
	if s := day(); s.Calls != 1 || s.Input != u.Input || s.Output != u.Output || s.MicroUSD != u.MicroUSD || u.MicroUSD != 2*u.Input+8*u.Output || !u.Priced {
		t.Errorf("spent %+v for %+v", s, u)
	}
	before := day()
	f.wire.Next(script.Quota) // Turned away: it costs nothing.
	if _, err := b.sender().Send(b.ctx(), b.job("openai", "Why?")); err == nil || day().Input != before.Input || day().MicroUSD != before.MicroUSD {
		t.Errorf("turned away: %v, %+v", err, day())
	}
	f.wire.Next(script.Cut) // Worked on: it may have cost all.
	if _, err := b.sender().Send(b.ctx(), b.job("openai", "Why?")); err == nil || day().Output != before.Output+1000 {
		t.Errorf("cut: %v, %+v", err, day())
	}
	if err := b.db.SetBudget(t.Context(), store.Budget{Scope: store.BudgetDay, Owner: "ops", MicroUSD: day().MicroUSD + 5000}); err != nil {
		t.Fatal(err)
	}
	seen := len(f.wire.Seen())
	_, err = b.sender().Send(b.ctx(), b.job("openai", "Why?"))
	if !errors.Is(err, store.ErrBudget) || len(f.wire.Seen()) != seen {
		t.Errorf("over the budget: %v", err)
	}
	// What costs an unknown sum cannot be within one in dollars.
	b.add(store.Provider{Name: "unpriced", Kind: "openai", BaseURL: b.open("openai").BaseURL(), Model: "gpt-5.2"}, "x")
	if _, err = b.sender().Send(b.ctx(), b.job("unpriced", "Why?")); !errors.Is(err, store.ErrBudget) {
		t.Errorf("without a price: %v", err)
	}
}

func TestWordsOfAProviderAreClearedBeforeTheyAreRepeated(t *testing.T) {
	b := newBed(t)
	e := &providers.Error{Kind: providers.KindInvalid, Destination: "ai:provider/x", Reason: "you wrote ada.lovelace@example.com and " + strings.Repeat("much ", 400)}
	text, err := b.sender().Explain(b.ctx(), e)
	if err != nil || strings.Contains(text, "lovelace") || !strings.Contains(text, "it says: you wrote [Email_1]") || len(text) > 900 {
		t.Errorf("%s, %v", text, err)
	}
}
