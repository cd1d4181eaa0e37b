package gate

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

// testGate is a whole gate on a new folder, and the store under it.
func testGate(t *testing.T) (*Gate, *tap) {
	t.Helper()
	f := newFolder(t)
	s := &tap{Store: f.store()}
	g, err := New(context.Background(), f.options(s))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close(context.Background()) })
	return g, s
}

// lastEntry returns the newest entry of an action.
func lastEntry(t *testing.T, s store.Record, a audit.Action) audit.Entry {
	t.Helper()
	list, err := s.ListEntries(context.Background(), store.EntryFilter{Action: a, Limit: 1})
	if err != nil || len(list) == 0 {
		t.Fatalf("no entry of action %s, %v", a, err)
	}
	return list[0]
}

// testLog puts a log with all planted values into the store.
func testLog(t *testing.T, g *Gate, issue string) *triage.Log {
	t.Helper()
	l, _, err := g.RedactLog(asHost(), LogRequest{IssueID: issue, Name: "app.log", R: strings.NewReader(allPlanted())})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestReviewPolicyDecidesWhoMayRead(t *testing.T) {
	const provider = Destination("ai:provider/x")
	for _, tc := range []struct {
		policy config.ReviewPolicy
		state  triage.ReviewState
		host   bool
		other  bool
		note   string
	}{
		{config.ReviewAsk, triage.Unreviewed, true, false, "unreviewed"},
		{config.ReviewAsk, triage.Approved, true, true, ""},
		{config.ReviewAsk, triage.Rejected, false, false, "rejected"},
		{config.ReviewRequired, triage.Unreviewed, false, false, "unreviewed"},
		{config.ReviewRequired, triage.Approved, true, true, ""},
		{config.ReviewRequired, triage.Rejected, false, false, "rejected"},
		{config.ReviewAuto, triage.Unreviewed, true, true, ""},
		{config.ReviewAuto, triage.Approved, true, true, ""},
		{config.ReviewAuto, triage.Rejected, false, false, "rejected"},
		{"", triage.Unreviewed, true, false, "unreviewed"}, // Nothing set is the default.
	} {
		c := &clearer{config: config.Default()}
		c.config.Review = tc.policy
		l := &triage.Log{ID: "7", Review: tc.state}
		for d, want := range map[Destination]bool{Terminal: true, Host: tc.host, provider: tc.other, "servicenow:x": tc.other} {
			err := c.MayRead(l, d)
			if (err == nil) != want {
				t.Errorf("%s, %s, to %s: %v", tc.policy, tc.state, d, err)
			}
			if err != nil && (!errors.Is(err, ErrReview) || !strings.Contains(err.Error(), "tftsr review 7")) {
				t.Errorf("error is %v", err)
			}
			if err != nil && strings.Contains(err.Error(), "rejected") != (tc.state == triage.Rejected) {
				t.Errorf("%s: error is %v", tc.state, err)
			}
		}
		note := c.ReviewNote(l)
		if !strings.HasPrefix(note, tc.note) || (note == "") != (tc.note == "") {
			t.Errorf("%s, %s: note is %q", tc.policy, tc.state, note)
		}
	}
}

func TestLogsAreReviewedOnTheRecord(t *testing.T) {
	g, s := testGate(t)
	l := testLog(t, g, testIssue(t, s))
	for _, step := range []struct {
		do   func(context.Context, string) error
		want triage.ReviewState
	}{{g.ApproveLog, triage.Approved}, {g.RejectLog, triage.Rejected}} {
		if err := step.do(asPerson(), l.ID); err != nil {
			t.Fatal(err)
		}
		got, err := s.Log(context.Background(), l.ID)
		if err != nil || got.Review != step.want || got.ReviewedBy != "ops" || got.ReviewedAt.IsZero() {
			t.Errorf("log is %+v, %v", got, err)
		}
		e := lastEntry(t, s, audit.ActionReview)
		if d := details(t, e); e.EntityID != l.ID || e.UserID != "ops" || d["state"] != string(step.want) || d["channel"] != ChannelTerminal {
			t.Errorf("entry is %+v, %v", e, d)
		}
	}
	if err := g.ApproveLog(asPerson(), "no-such-log"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("error is %v", err)
	}
}

// What only a person at a terminal may do, and leaves its mark on the record
// first.
var personal = map[string]func(g *Gate, ctx context.Context, log string) error{
	"ApproveLog": func(g *Gate, ctx context.Context, log string) error { return g.ApproveLog(ctx, log) },
	"RejectLog":  func(g *Gate, ctx context.Context, log string) error { return g.RejectLog(ctx, log) },
	"Release a value": func(g *Gate, ctx context.Context, _ string) error {
		_, err := g.Release(ctx, ReleaseRequest{Token: "[Email_1]"})
		return err
	},
	"Release a type": func(g *Gate, ctx context.Context, _ string) error {
		_, err := g.Release(ctx, ReleaseRequest{Type: "Hostname"})
		return err
	},
	"Restore": func(g *Gate, ctx context.Context, _ string) error {
		text, _, err := g.Restore(ctx, Terminal, "[Email_1]")
		if err != nil && text != "" {
			return errors.New("text came with the error")
		}
		return err
	},
	"RestoreStream": func(g *Gate, ctx context.Context, _ string) error {
		var out strings.Builder
		_, err := g.RestoreStream(ctx, Terminal, &out, strings.NewReader("[Email_1]"))
		if err != nil && out.Len() > 0 {
			return errors.New("text came with the error")
		}
		return err
	},
}

func TestAgentsDecideNothing(t *testing.T) {
	g, s := testGate(t)
	l := testLog(t, g, testIssue(t, s))
	for name, do := range personal {
		for ctx, want := range map[context.Context]error{
			context.Background(): ErrNoCaller,
			asHost():             ErrTerminalOnly,
			WithCaller(context.Background(), Caller{ID: "x", Channel: ChannelHTTP, Attended: true}): ErrTerminalOnly,
		} {
			if err := do(g, ctx, l.ID); !errors.Is(err, want) {
				t.Errorf("%s: error is %v, want %v", name, err, want)
			}
		}
	}
	if releases, err := s.ListReleases(context.Background()); err != nil || len(releases) > 0 {
		t.Errorf("releases are %v, %v", releases, err)
	}
}

func TestWithoutARecordNothingIsDecided(t *testing.T) {
	g, s := testGate(t)
	l := testLog(t, g, testIssue(t, s))
	s.mu.Lock()
	s.fail = store.ErrFull
	s.mu.Unlock()
	for name, do := range personal {
		if err := do(g, asPerson(), l.ID); !errors.Is(err, ErrRecord) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	got, err := s.Log(context.Background(), l.ID)
	if err != nil || got.Review != triage.Unreviewed {
		t.Errorf("log is %+v, %v", got, err)
	}
	if releases, err := s.ListReleases(context.Background()); err != nil || len(releases) > 0 {
		t.Errorf("releases are %v, %v", releases, err)
	}
}

func TestReleasedValuesPassAtOnce(t *testing.T) {
	g, _ := testGate(t)
	clear := func(text string) string {
		t.Helper()
		out, _, err := g.RedactText(asHost(), pii.ModeAgent, text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	const mail, secret = "jane.roe@acme-widgets.com", "password=Tr0ub4dor-und-3x"
	if out := clear(mail + " " + secret); out != "[Email_1] password=[Password_1]" {
		t.Fatalf("got %q", out)
	}
	release := func(token string) *store.Release {
		t.Helper()
		r, err := g.Release(asPerson(), ReleaseRequest{Token: token})
		if err != nil {
			t.Fatal(err)
		}
		if r.Note != token || r.Owner != "ops" {
			t.Errorf("release is %+v", r)
		}
		return r
	}
	r := release("[Email_1]")
	e := lastEntry(t, g.opts.Store, audit.ActionRelease)
	if d := details(t, e); d["what"] != "[Email_1]" || d["change"] != "added" || strings.Contains(string(e.Details), "jane") {
		t.Errorf("entry is %s", e.Details)
	}
	if out := clear(mail + " " + secret); out != mail+" password=[Password_1]" {
		t.Errorf("after the release of an address: %q", out)
	}
	release("[Password_1]")
	if out := clear(mail + " " + secret); out != mail+" "+secret {
		t.Errorf("after the release of a password: %q", out)
	}
	if err := g.Unrelease(asHost(), r.ID); !errors.Is(err, ErrTerminalOnly) {
		t.Errorf("error is %v", err)
	}
	if err := g.Unrelease(asPerson(), r.ID); err != nil {
		t.Fatal(err)
	}
	if e := lastEntry(t, g.opts.Store, audit.ActionRelease); details(t, e)["what"] != "[Email_1]" || details(t, e)["change"] != "removed" {
		t.Errorf("entry is %s", e.Details)
	}
	if out := clear(mail + " " + secret); out != "[Email_1] "+secret {
		t.Errorf("after one was taken back: %q", out)
	}
	if err := g.Unrelease(asPerson(), r.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("error is %v", err)
	}
}

func TestReleasesAreRefused(t *testing.T) {
	g, _ := testGate(t)
	if _, _, err := g.RedactText(asHost(), pii.ModeAgent, "jane.roe@acme-widgets.com"); err != nil {
		t.Fatal(err)
	}
	for _, req := range []ReleaseRequest{
		{},
		{Token: "[Email_1]", Type: "Email"},
		{Token: "[Email_2]"}, // Never given.
		{Token: "[Email_1] and more"},
		{Token: "jane.roe@acme-widgets.com"},
		{Type: "Nonsense"},
		{Type: "Password"},
		{Type: "Jwt"},
	} {
		r, err := g.Release(asPerson(), req)
		if err == nil {
			t.Errorf("%+v was released: %+v", req, r)
		} else if strings.Contains(err.Error(), "jane") {
			t.Errorf("error is %v", err)
		}
	}
}

func TestRestoreIsForPeopleAndOnTheRecord(t *testing.T) {
	g, s := testGate(t)
	text, _, err := g.RedactText(asHost(), pii.ModeRaw, "[=Email_9] "+allPlanted()+"a look-alike: [Email_1]\n")
	if err != nil {
		t.Fatal(err)
	}
	text = "[Email_9] " + text // Never given, and before all that were.
	for _, d := range []Destination{Host, "", "ai:provider/x", "servicenow:x"} {
		if out, _, err := g.Restore(asPerson(), d, text); out != "" || !errors.Is(err, ErrNoRestore) {
			t.Errorf("restored for %q: %v", d, err)
		}
	}
	before := time.Now()
	out, counts, err := g.Restore(asPerson(), Terminal, text)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range planted {
		if has := strings.Contains(out, p.value); has != (p.typ.Class() != pii.ClassSecret) {
			t.Errorf("a %s is restored: %t", p.typ, has)
		}
		if p.typ.Class() == pii.ClassSecret && counts[p.typ.String()] != 0 {
			t.Errorf("counts are %v", counts)
		}
	}
	if !strings.HasPrefix(out, "[Email_9] [=Email_9] ") || !strings.Contains(out, "a look-alike: [Email_1]") || counts["Email"] != 1 {
		t.Errorf("%v: %s", counts, out)
	}
	e := lastEntry(t, s, audit.ActionReveal)
	d := details(t, e)
	if e.UserID != "ops" || d["destination"] != string(Terminal) || e.Timestamp.Before(before.Add(-time.Second)) {
		t.Errorf("entry is %+v, %v", e, d)
	}
	wantNothingPlanted(t, "the record", string(e.Details))
	if sum, _ := d["sha256"].(string); len(sum) != 64 || sum != e.EntityID {
		t.Errorf("the digest of the text is %q, the entity %q", sum, e.EntityID)
	}
	if n, _ := d["restored"].([]any); !slices.Contains(n, any("1 Email")) {
		t.Errorf("details are %v", d)
	}
}

func TestStreamsAreRestoredLikeTexts(t *testing.T) {
	g, s := testGate(t)
	text, _, err := g.RedactText(asHost(), pii.ModeRaw, allPlanted()+" [Email_1][[=Email_7]\n")
	if err != nil {
		t.Fatal(err)
	}
	text = strings.Repeat(text, 2000) + "[Email_1"
	want, counts, err := g.Restore(asPerson(), Terminal, text)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	got, err := g.RestoreStream(asPerson(), Terminal, &out, onlyReader{strings.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Error("the stream is restored differently")
	}
	if got["Email"] != counts["Email"] || got.Total() != counts.Total() {
		t.Errorf("counts are %v, want %v", got, counts)
	}
	if d := details(t, lastEntry(t, s, audit.ActionReveal)); d["status"] != "ok" || d["restored"] == nil || d["bytes"] != float64(len(text)) {
		t.Errorf("the outcome is %v", d)
	}
	if _, err := g.RestoreStream(asPerson(), Host, &out, strings.NewReader("")); !errors.Is(err, ErrNoRestore) {
		t.Errorf("error is %v", err)
	}
}
