package gate

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

func redacted(t *testing.T, g *Gate, text string) string {
	t.Helper()
	out, _, err := g.RedactText(asHost(), pii.ModeCleared, text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What is forgotten cannot be restored, stays what it was in every text, and is
// found again: by the process that forgot it, by one that runs, and by one that
// starts.
func TestForgottenValuesAreStillRedactedAndNeverRestored(t *testing.T) {
	f := newFolder(t)
	s := f.store()
	g, err := New(context.Background(), f.options(s))
	if err != nil {
		t.Fatal(err)
	}
	running, err := New(context.Background(), f.options(s))
	if err != nil {
		t.Fatal(err)
	}
	defer running.Close(context.Background())
	const text = "from jane.roe@acme-widgets.com"
	token := strings.TrimPrefix(redacted(t, g, text), "from ")
	if got := redacted(t, running, text); got != "from "+token {
		t.Fatalf("the other process says %q", got)
	}
	person := WithCaller(context.Background(), Caller{ID: "ops", Channel: ChannelTerminal, Attended: true})
	if _, err := g.Forget(asHost(), ForgetRequest{Tokens: []string{token}}); !errors.Is(err, ErrTerminalOnly) {
		t.Errorf("an agent forgets: %v", err)
	}
	done, err := g.Forget(person, ForgetRequest{Values: [][]byte{[]byte("Jane.Roe@acme-widgets.com")}}) // another spelling
	if err != nil || len(done.Tokens) != 1 || done.Tokens[0].String() != token {
		t.Fatalf("%+v, %v", done, err)
	}
	e := lastEntry(t, s, audit.ActionForget)
	if d := string(e.Details); !strings.Contains(d, `"status":"ok"`) || !strings.Contains(d, `"Email":1`) || strings.Contains(d, "jane") {
		t.Errorf("on the record: %s", d)
	}
	if out, counts, err := g.Restore(person, Terminal, "x "+token); err != nil || out != "x "+token || counts.Total() != 0 {
		t.Errorf("restored: %q, %v, %v", out, counts, err)
	}
	if err := g.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	fresh, err := New(context.Background(), f.options(s))
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close(context.Background())
	for name, g := range map[string]*Gate{"running": running, "fresh": fresh} {
		// Bare of what gives it away, too.
		for _, again := range []string{text, "jane.roe@acme-widgets.com", "q=jane.roe@acme-widgets.com;"} {
			if got := redacted(t, g, again); !strings.Contains(got, token) || strings.Contains(got, "jane") {
				t.Errorf("%s process: %q", name, got)
			}
		}
	}
	if _, err := fresh.Forget(person, ForgetRequest{Values: [][]byte{[]byte("nobody@acme-widgets.com")}}); !errors.Is(err, ErrNothingToForget) {
		t.Errorf("a value that was never seen: %v", err)
	}
	for _, bad := range []ForgetRequest{{}, {IssueID: "x", OlderThan: time.Hour}, {Tokens: []string{"Email_1"}}, {Tokens: []string{"[Email_99]"}}, {Tokens: []string{"[Password_1]"}}, {OlderThan: -1}} {
		if _, err := fresh.Forget(person, bad); err == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
}

// Forgetting an issue takes its digest key along: a digest of the same bytes
// is another one afterwards, so that no guess can be tested against the old.
func TestForgettingAnIssueDestroysItsDigestKey(t *testing.T) {
	g, s := testGate(t)
	id := testIssue(t, s)
	l := testLog(t, g, id)
	before, err := s.IssueSalts(context.Background(), []string{id})
	if err != nil {
		t.Fatal(err)
	}
	done, err := g.Forget(asPerson(), ForgetRequest{IssueID: id})
	if err != nil || done.DigestKeys != 1 || len(done.Tokens) < 6 {
		t.Fatalf("%+v, %v", done, err)
	}
	after, err := s.IssueSalts(context.Background(), []string{id})
	if err != nil || len(before[id]) != 32 || string(after[id]) == string(before[id]) {
		t.Errorf("the digest key is still there: %v", err)
	}
	again := testLog(t, g, id)
	if again.OriginalSHA256 == l.OriginalSHA256 {
		t.Error("the digest of the same log is the same")
	}
	if again.RedactedSHA256 != l.RedactedSHA256 {
		t.Error("the same log is redacted differently after its values were forgotten")
	}
	tokens, err := s.IssueTokens(context.Background(), id)
	if err != nil || len(tokens) == 0 {
		t.Fatal(err)
	}
	for _, tok := range tokens {
		if v, err := s.Original(context.Background(), tok); err == nil {
			t.Errorf("%s can be restored: %d bytes", tok, len(v))
		}
	}
}

// Without originals the same value is still the same token, in every process,
// and nothing can be restored, because nothing is there.
func TestWithoutOriginalsThereAreConsistentPlaceholdersOnly(t *testing.T) {
	f := newFolder(t)
	s := f.store()
	o := f.options(s)
	o.Config = config.Default()
	o.Config.Vault.Originals = false
	var tokens []string
	for range 2 {
		g, err := New(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		out := redacted(t, g, "mail jane.roe@acme-widgets.com at 10.20.30.41, password=Tr0ub4dor-und-3x")
		if strings.Contains(out, "jane") || strings.Contains(out, "10.20") || strings.Contains(out, "Tr0ub4dor") {
			t.Fatalf("%q", out)
		}
		// Known bare of its context.
		if again := redacted(t, g, "again jane.roe@acme-widgets.com"); !strings.Contains(out, strings.TrimPrefix(again, "again ")) {
			t.Errorf("%q after %q", again, out)
		}
		tokens = append(tokens, out)
		if back, counts, err := g.Restore(asPerson(), Terminal, out); err != nil || back != out || counts.Total() != 0 {
			t.Errorf("restored: %q %v %v", back, counts, err)
		}
		if err := g.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if tokens[0] != tokens[1] {
		t.Errorf("%q, then %q", tokens[0], tokens[1])
	}
	stats, err := s.Stats(context.Background())
	if err != nil || len(stats.Originals) != 0 || stats.Fingerprints < 3 {
		t.Errorf("%+v, %v", stats, err)
	}
}

// The retention forgets by itself what was not seen for that long, says so on
// the record, and leaves no entry where there is nothing to forget.
func TestRetentionForgetsWhatIsNotSeenAnyMore(t *testing.T) {
	f := newFolder(t)
	s := f.store()
	now := time.Now()
	o := f.options(s)
	o.Now = func() time.Time { return now }
	g, err := New(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close(context.Background())
	old := redacted(t, g, "old.friend@acme-widgets.com")
	used := redacted(t, g, "daily.user@acme-widgets.com")
	const keep = 30 * 24 * time.Hour
	ctx := WithCaller(context.Background(), system)
	for range 20 { // days on which one of the two occurs
		now = now.Add(48 * time.Hour)
		redacted(t, g, "daily.user@acme-widgets.com")
	}
	for range 2 {
		if err := g.retain(ctx, keep); err != nil {
			t.Fatal(err)
		}
	}
	if out, _, err := g.Restore(asPerson(), Terminal, old+" "+used); err != nil || out != old+" daily.user@acme-widgets.com" {
		t.Errorf("afterwards: %q, %v", out, err)
	}
	list, err := s.ListEntries(context.Background(), storeFilter(audit.ActionForget))
	if err != nil || len(list) != 2 || list[0].UserID != system.ID {
		t.Errorf("%d entries, want an intent and an outcome: %v", len(list), err)
	}
}

func storeFilter(a audit.Action) store.EntryFilter { return store.EntryFilter{Action: a} }
