package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

var smallTests = tests{
	// A turn that a dead process had taken up is free at once.
	"AHolderIsHeldAsLongAsItIsOpen": func(t *testing.T, open func(*testing.T) store.Store) {
		a, b := open(t), open(t)
		if a.Holder() == "" || a.Holder() == b.Holder() {
			t.Errorf("holders %q and %q", a.Holder(), b.Holder())
		}
		if !a.Held(a.Holder()) || !a.Held(b.Holder()) || !b.Held(a.Holder()) {
			t.Error("an open store is not held")
		}
		held := b.Holder()
		ok(t, b.Close())
		if a.Held(held) || a.Held("") || a.Held(id(1)) || a.Held("../data") {
			t.Error("what is not open is held")
		}
	},
	"Tokens": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		a := store.Token{Name: "b", Owner: "ada", Hash: [32]byte{1}, Attended: true, CreatedAt: t0, ExpiresAt: t0.Add(time.Hour)}
		b := store.Token{Name: "a", Owner: "ada", Hash: [32]byte{2}, CreatedAt: t0}
		ok(t, s.CreateToken(ctx, a))
		ok(t, s.CreateToken(ctx, b))
		wantErr(t, s.CreateToken(ctx, store.Token{Name: "a", Hash: [32]byte{3}}), store.ErrConflict)
		wantErr(t, s.CreateToken(ctx, store.Token{Name: "c", Hash: a.Hash}), store.ErrConflict)
		same(t, "tokens", must(s.ListTokens(ctx))(t), []store.Token{b, a})
		same(t, "token", must(s.TokenByHash(ctx, a.Hash))(t), &a)
		ok(t, s.RevokeToken(ctx, "b"))
		wantErr(t, s.RevokeToken(ctx, "b"), store.ErrNotFound)
		_, err := s.TokenByHash(ctx, a.Hash)
		wantErr(t, err, store.ErrNotFound)
	},
	"Releases": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		a := store.Release{ID: id(2), Owner: "ada", Type: "Email", Spelling: [16]byte{1}, Note: "[Email_1]", CreatedAt: t0}
		b := store.Release{ID: id(1), Owner: "ada", Type: "Hostname", Note: "Hostname", CreatedAt: t0}
		ok(t, s.AddRelease(ctx, a))
		ok(t, s.AddRelease(ctx, b))
		wantErr(t, s.AddRelease(ctx, a), store.ErrConflict)
		same(t, "releases", must(s.ListReleases(ctx))(t), []store.Release{a, b})
		ok(t, s.RemoveRelease(ctx, id(2)))
		wantErr(t, s.RemoveRelease(ctx, id(2)), store.ErrNotFound)
		same(t, "releases", must(s.ListReleases(ctx))(t), []store.Release{b})
	},
	"Results": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		a := store.Result{ID: id(1), Owner: "ada", Tool: "read_log", Body: []byte("x\x00\xff"), CreatedAt: t0, ExpiresAt: t0.Add(time.Hour)}
		ok(t, s.PutResult(ctx, a))
		wantErr(t, s.PutResult(ctx, a), store.ErrConflict)
		same(t, "result", must(s.Result(ctx, id(1), "ada", t0))(t), &a)
		for _, read := range []func() (*store.Result, error){
			func() (*store.Result, error) { return s.Result(ctx, id(1), "eve", t0) },
			func() (*store.Result, error) { return s.Result(ctx, id(1), "ada", t0.Add(time.Hour)) },
			func() (*store.Result, error) { return s.Result(ctx, id(2), "ada", t0) },
		} {
			_, err := read()
			wantErr(t, err, store.ErrNotFound)
		}
		// The next one takes expired ones away.
		ok(t, s.PutResult(ctx, store.Result{ID: id(2), Owner: "ada", CreatedAt: t0.Add(2 * time.Hour), ExpiresAt: t0.Add(3 * time.Hour)}))
		_, err := s.Result(ctx, id(1), "ada", t0)
		wantErr(t, err, store.ErrNotFound)
	},
	"Secrets": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		a := secrets.SecretRow{Name: "b", Owner: "ada", Place: "sealed", Fingerprint: "f", Sealed: "AAAA", ExpiresAt: t0.Add(time.Hour), CreatedAt: t0}
		b := secrets.SecretRow{Name: "a", Owner: "ada", Place: "keyring", Fingerprint: "g", CreatedAt: t0}
		ok(t, s.PutSecret(ctx, a))
		ok(t, s.PutSecret(ctx, b))
		same(t, "secrets", must(s.Secrets(ctx))(t), []secrets.SecretRow{b, a})
		a.Sealed = "BBBB"
		ok(t, s.PutSecret(ctx, a))
		same(t, "secret", must(s.Secret(ctx, "b"))(t), a)
		ok(t, s.DeleteSecret(ctx, "b"))
		_, err := s.Secret(ctx, "b")
		wantErr(t, err, secrets.ErrNotFound)
		if err := s.DeleteSecret(ctx, "b"); err != nil {
			wantErr(t, err, secrets.ErrNotFound)
		}
	},
	"GenerationShowsChangesOfOtherHandles": func(t *testing.T, open func(*testing.T) store.Store) {
		a, b := open(t), open(t)
		last := must(b.Generation(ctx))(t)
		for name, change := range map[string]func() error{
			"bump":    func() error { return a.Bump(ctx) },
			"token":   func() error { return a.CreateToken(ctx, store.Token{Name: "t", Hash: [32]byte{1}}) },
			"release": func() error { return a.AddRelease(ctx, store.Release{ID: id(1)}) },
		} {
			ok(t, change())
			now := must(b.Generation(ctx))(t)
			if now <= last {
				t.Fatalf("%s left the generation at %d", name, now)
			}
			last = now
		}
		for name, change := range map[string]func() error{
			"token":   func() error { return a.RevokeToken(ctx, "t") },
			"release": func() error { return a.RemoveRelease(ctx, id(1)) },
		} {
			ok(t, change())
			now := must(b.Generation(ctx))(t)
			if now <= last {
				t.Fatalf("removing a %s left the generation at %d", name, now)
			}
			last = now
		}
	},
}

var wholeTests = tests{
	"DumpShowsEverythingButTheVault": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		Fill(t, s)
		tables := make(map[string]bool)
		var all strings.Builder
		ok(t, s.Dump(ctx, func(table, _ string, value []byte) error {
			tables[table] = true
			all.Write(value)
			all.WriteByte('\n')
			return nil
		}))
		for _, planted := range []string{
			"title-1", "description-1", "cause-1", "tag-1", "event-1", "logname-1", "text-1", "finding-1", "problem-1", "state-1", "state-2",
			"markdown-1", "markdown-2", "preview-1", "details-1", "token-1", "note-1", "body-1", "sealed-1",
			"instance-1", "ticket-1", "shown-1",
		} {
			if !strings.Contains(all.String(), planted) {
				t.Errorf("the dump does not show %s", planted)
			}
		}
		if strings.Contains(all.String(), "vault-original") {
			t.Error("the dump shows an original of the vault")
		}
		for table := range tables {
			if strings.HasPrefix(table, "vault_") {
				t.Errorf("the dump shows %s", table)
			}
		}
		stop := errors.New("stop")
		wantErr(t, s.Dump(ctx, func(string, string, []byte) error { return stop }), stop)
		ok(t, s.Check(ctx))
	},
	"ClosedStoreRefusesEverything": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		w := must(s.NewLog(ctx, id(2)))(t)
		ok(t, s.Close())
		ok(t, s.Close())
		if _, err := s.Issue(ctx, id(1)); err == nil {
			t.Error("a closed store reads")
		}
		if err := s.Bump(ctx); err == nil {
			t.Error("a closed store writes")
		}
		if _, err := s.Append(ctx, drafts(event("issue", "x"))); err == nil {
			t.Error("a closed store appends")
		}
		if err := w.Commit(ctx, aLog(id(2), id(1)), nil); err == nil {
			t.Error("a closed store commits a log")
		}
		again := open(t)
		same(t, "title", must(again.Issue(ctx, id(1)))(t).Title, "issue 1")
		ok(t, again.Check(ctx))
	},
	"APanicInACallbackUndoesAndLeavesTheStoreUsable": func(t *testing.T, open func(*testing.T) store.Store) {
		a, b := open(t), open(t)
		want := addIssue(t, a, 1)
		addLog(t, a, id(2), id(1), "x\n")
		panics := func(f func()) {
			t.Helper()
			defer func() {
				if r := recover(); r != "callback" {
					t.Fatalf("recovered %v", r)
				}
			}()
			f()
		}
		for range 5 { // more often than there are connections
			panics(func() {
				_, _ = a.UpdateIssue(ctx, id(1), 0, func(i *triage.Issue) error { i.Title = "changed"; panic("callback") })
			})
			panics(func() { _ = a.Lines(ctx, id(2), 1, 0, func(int64, []byte) error { panic("callback") }) })
			panics(func() { _ = a.Dump(ctx, func(string, string, []byte) error { panic("callback") }) })
		}
		same(t, "issue", must(a.Issue(ctx, id(1)))(t), want)
		ok(t, b.Bump(ctx)) // No lock is left behind.
		must(a.UpdateIssue(ctx, id(1), 1, func(i *triage.Issue) error { i.Title = "changed"; return nil }))(t)
		ok(t, a.Check(ctx))
	},
	"EndedContextsEndCalls": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		ended, cancel := context.WithCancel(ctx)
		cancel()
		_, err := s.Issue(ended, id(1))
		wantErr(t, err, context.Canceled)
		wantErr(t, s.Bump(ended), context.Canceled)
		wantErr(t, s.DeleteIssue(ended, id(1)), context.Canceled)
		_, err = s.SearchIssues(ended, "issue", store.IssueFilter{})
		wantErr(t, err, context.Canceled)
		must(s.Issue(ctx, id(1)))(t)
	},
}

// Fill puts something into every table of an empty store.
func Fill(t testing.TB, s store.Store) {
	t.Helper()
	addIssue(t, s, 1, func(i *triage.Issue) {
		i.Title, i.Description, i.RootCause, i.Tags = "title-1", "description-1", "cause-1", []string{"tag-1"}
	})
	ok(t, s.AddEvent(ctx, &triage.TimelineEvent{ID: id(2), IssueID: id(1), Text: "event-1", At: t0, CreatedAt: t0}))
	w := must(s.NewLog(ctx, id(3)))(t)
	must(w.Write([]byte("text-1\n")))(t)
	ok(t, w.Span(store.LogSpan{Start: 1, End: 2, Type: "Email"}))
	l := aLog(id(3), id(1))
	l.Name = "logname-1"
	ok(t, w.Commit(ctx, l, []store.LogFinding{{Token: "[Email_1]", Reason: "finding-1"}}))
	a := &triage.Analysis{ID: id(4), IssueID: id(1), Problem: "problem-1", State: []byte("state-1")}
	ok(t, s.CreateAnalysis(ctx, a))
	a.Revision, a.State = 2, []byte("state-2")
	ok(t, s.SaveAnalysis(ctx, a))
	d := &triage.Document{ID: id(5), IssueID: id(1), Markdown: "markdown-1"}
	ok(t, s.CreateDocument(ctx, d))
	d.Version, d.Markdown = 2, "markdown-2"
	ok(t, s.SaveDocument(ctx, d))
	ok(t, s.CreateApproval(ctx, &store.Approval{ID: id(6), IssueID: id(1), Preview: "preview-1", CreatedAt: t0, ExpiresAt: t0.Add(time.Hour)}))
	in := intent()
	in.Details = []byte(`{"x":"details-1"}`)
	must(s.Append(ctx, drafts(in)))(t)
	ok(t, s.CreateToken(ctx, store.Token{Name: "token-1", Hash: [32]byte{1}, CreatedAt: t0}))
	ok(t, s.AddRelease(ctx, store.Release{ID: id(7), Note: "note-1", CreatedAt: t0}))
	ok(t, s.PutResult(ctx, store.Result{ID: id(8), Owner: "ada", Body: []byte("body-1"), CreatedAt: t0, ExpiresAt: t0.Add(time.Hour)}))
	ok(t, s.PutSecret(ctx, secrets.SecretRow{Name: "n", Sealed: "sealed-1", CreatedAt: t0}))
	i := anIntegration("servicenow", "instance-1")
	ok(t, s.SaveIntegration(ctx, i))
	_, _, err := s.ClaimTicket(ctx, store.Ticket{IssueID: id(1), Service: "servicenow", Instance: "prod", CorrelationID: "ticket-1", CreatedAt: t0, UpdatedAt: t0}, t0)
	ok(t, err)
	fillProviders(t, s)
	fillServers(t, s)
	ok(t, s.NoteShown(ctx, "shown-1", []pii.Token{{Label: "Email", Ordinal: 1}}))
	must(s.Allocate(ctx, []store.VaultValue{value(pii.Email, "Email", "v", "vault-original@example.com")}))(t)
}
