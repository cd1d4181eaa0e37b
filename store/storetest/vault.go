package storetest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

// value makes a value as the gate would: identity over the canonical form,
// here the part before a slash, and spelling over all of it.
func value(typ pii.Type, label, canonical, spelled string) store.VaultValue {
	v := store.VaultValue{Type: typ, Label: label, Value: []byte(spelled), Length: len(spelled), Recoverable: typ.Class() != pii.ClassSecret}
	i, s := sha256.Sum256([]byte("i"+typ.String()+canonical)), sha256.Sum256([]byte("s"+spelled))
	copy(v.Identity[:], i[:])
	copy(v.Spelling[:], s[:])
	if !v.Recoverable {
		v.Value = nil
	}
	return v
}

func email(name string) store.VaultValue { return value(pii.Email, "Email", name, name+"@example.com") }

func dated(id string, at time.Time) *triage.Issue {
	return &triage.Issue{ID: id, Title: id, CreatedAt: at, UpdatedAt: at}
}

var vaultTests = tests{
	"TokensCountFromOneForEachLabel": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		batch := []store.VaultValue{
			email("a"),
			email("b"),
			value(pii.IPv4, "PrivateIPv4", "10.0.0.1", "10.0.0.1"),
			value(pii.IPv4, "PublicIPv4", "8.8.8.8", "8.8.8.8"),
			email("a"),
			value(pii.Email, "Email", "b", "B@EXAMPLE.com"),
			value(pii.Email, "Email", "b", "b@Example.com"),
			value(pii.Password, "Password", "hunter2", "hunter2"),
			value(pii.Email, "Email", "b", "B@EXAMPLE.com"),
		}
		want := []string{"[Email_1]", "[Email_2]", "[PrivateIPv4_1]", "[PublicIPv4_1]", "[Email_1]", "[Email_2.2]", "[Email_2.3]", "[Password_1]", "[Email_2.2]"}
		for range 2 { // The second time nothing is new.
			var got []string
			for _, tok := range must(s.Allocate(ctx, batch))(t) {
				if !tok.Valid() {
					t.Fatalf("token %+v has no text form", tok)
				}
				got = append(got, tok.String())
			}
			same(t, "tokens", got, want)
		}
		if got := must(s.Allocate(ctx, nil))(t); len(got) != 0 {
			t.Fatalf("tokens for nothing: %v", got)
		}
		if got := must(s.Allocate(ctx, []store.VaultValue{email("c")}))(t); got[0].Ordinal != 3 {
			t.Fatalf("the next value is %v", got[0])
		}
	},
	"OriginalsComeBackAsSpelledButForSecrets": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		secret := value(pii.ApiKey, "ApiKey", "k", "AKIA0000")
		secret.Value, secret.Recoverable = []byte("AKIA0000"), true // A mistake of the caller must not store it.
		batch := []store.VaultValue{email("a"), value(pii.Email, "Email", "a", "A@example.com"), secret, value(pii.Password, "Password", "p", "p")}
		tokens := must(s.Allocate(ctx, batch))(t)
		same(t, "first spelling", string(must(s.Original(ctx, tokens[0]))(t)), "a@example.com")
		same(t, "second spelling", string(must(s.Original(ctx, tokens[1]))(t)), "A@example.com")
		first := tokens[0]
		first.Variant = 0
		same(t, "no variant", string(must(s.Original(ctx, first))(t)), "a@example.com")
		for _, tok := range []pii.Token{
			tokens[2], tokens[3],
			{Label: "Email", Ordinal: 2},
			{Label: "Email", Ordinal: 1, Variant: 3},
			{Label: "Nothing", Ordinal: 1},
			{},
		} {
			_, err := s.Original(ctx, tok)
			wantErr(t, err, store.ErrNotFound)
		}
		for i, tok := range tokens {
			same(t, "spelling", must(s.Spelling(ctx, tok))(t), batch[i].Spelling)
		}
		same(t, "spelling without variant", must(s.Spelling(ctx, first))(t), batch[0].Spelling)
		_, err := s.Spelling(ctx, pii.Token{Label: "Email", Ordinal: 9})
		wantErr(t, err, store.ErrNotFound)
	},
	"KnownValuesComeInOrderAndOnce": func(t *testing.T, open func(*testing.T) store.Store) {
		a, b := open(t), open(t)
		var seq int64
		seen := make(map[string]bool)
		for round := range 3 {
			var batch []store.VaultValue
			for i := range 700 {
				batch = append(batch, email(fmt.Sprint(round, "-", i)))
			}
			batch = append(batch, value(pii.Password, "Password", fmt.Sprint(round), "hunter2222"))
			must(a.Allocate(ctx, batch))(t)
			n := 0
			ok(t, b.KnownValues(ctx, seq, func(k store.KnownValue) error {
				if k.Seq <= seq {
					t.Fatalf("sequence %d after %d", k.Seq, seq)
				}
				seq = k.Seq
				if k.Type == pii.Password {
					if k.Value != nil || k.Length != 10 || k.Spelling == [16]byte{} {
						t.Fatalf("secret %+v", k)
					}
				} else if seen[string(k.Value)] || k.Type != pii.Email || k.Length != len(k.Value) {
					t.Fatalf("value %+v", k)
				}
				seen[string(k.Value)] = true
				n++
				return nil
			}))
			if n == 0 || round == 0 && n != 701 {
				t.Fatalf("%d values in round %d", n, round)
			}
		}
		same(t, "distinct values", len(seen), 3*700+1)
		failed := errors.New("failed")
		wantErr(t, a.KnownValues(ctx, 0, func(store.KnownValue) error { return failed }), failed)
	},
	"EveryProcessGivesTheSameToken": func(t *testing.T, open func(*testing.T) store.Store) {
		stores := []store.Store{open(t), open(t)}
		got := make([][]pii.Token, 8)
		var wg sync.WaitGroup
		for g := range got {
			wg.Go(func() {
				var batch []store.VaultValue
				for i := range 100 {
					batch = append(batch, email(fmt.Sprint((i*7+g*13)%100)))
				}
				tokens, err := stores[g%2].Allocate(ctx, batch)
				if err != nil {
					t.Error(err)
					return
				}
				got[g] = make([]pii.Token, 100)
				for i, tok := range tokens {
					got[g][(i*7+g*13)%100] = tok
				}
			})
		}
		wg.Wait()
		ordinals := make(map[int]bool)
		for i, tok := range got[0] {
			ordinals[tok.Ordinal] = true
			for g := range got {
				same(t, fmt.Sprint("token ", i, " of caller ", g), got[g][i], tok)
			}
		}
		for n := 1; n <= 100; n++ {
			if !ordinals[n] {
				t.Fatalf("ordinal %d was never given", n)
			}
		}
	},
	"ABatchIsWholeOrAbsent": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		if _, err := s.Allocate(ctx, []store.VaultValue{email("a"), {Type: pii.Email, Identity: [16]byte{1}}}); err == nil {
			t.Fatal("a value without a label was taken")
		}
		n := 0
		ok(t, s.KnownValues(ctx, 0, func(store.KnownValue) error { n++; return nil }))
		same(t, "values after a failed batch", n, 0)
		same(t, "ordinal", must(s.Allocate(ctx, []store.VaultValue{email("b")}))(t)[0].Ordinal, 1)
	},
	"ForgottenOriginalsAreGoneAndTheirTokensStay": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
		batch := []store.VaultValue{
			email("anna.longname"), value(pii.Email, "Email", "anna.longname", "Anna.Longname@example.com"),
			email("bert.longname"), value(pii.Password, "Password", "hunter2", "hunter2"), value(pii.IPv4, "PrivateIPv4", "10.0", "10.0"),
		}
		tokens := must(s.Allocate(ctx, batch))(t)
		done := must(s.Forget(ctx, store.ForgetRequest{Tokens: []pii.Token{tokens[1]}, Identities: [][16]byte{batch[4].Identity}, At: now}))(t)
		same(t, "forgotten", done.Counts, map[pii.Type]int{pii.Email: 1, pii.IPv4: 1})
		same(t, "purged", done.Purged, true)
		for i, gone := range []bool{true, true, false, true, true} {
			_, err := s.Original(ctx, tokens[i])
			if errors.Is(err, store.ErrNotFound) != gone {
				t.Errorf("original of %s: %v", tokens[i], err)
			}
		}
		// Each is recognised by its hash, but the one too short to be looked for.
		lengths := map[[16]byte]int{}
		ok(t, s.KnownValues(ctx, 0, func(k store.KnownValue) error {
			if len(k.Value) == 0 {
				lengths[k.Spelling] = k.Length
			}
			return nil
		}))
		same(t, "known by hash", lengths, map[[16]byte]int{
			batch[0].Spelling: batch[0].Length, batch[1].Spelling: batch[1].Length, batch[3].Spelling: batch[3].Length, batch[4].Spelling: 0,
		})
		// The same tokens again, also for a spelling that is new; none is kept.
		same(t, "tokens", must(s.Allocate(ctx, batch))(t), tokens)
		third := must(s.Allocate(ctx, []store.VaultValue{value(pii.Email, "Email", "anna.longname", "ANNA.LONGNAME@example.com")}))(t)[0]
		same(t, "token of a new spelling", third, pii.Token{Label: "Email", Ordinal: 1, Variant: 3})
		if _, err := s.Original(ctx, third); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another spelling of a forgotten value was kept: %v", err)
		}
		again := must(s.Forget(ctx, store.ForgetRequest{Spellings: [][16]byte{batch[0].Spelling}, At: now}))(t)
		same(t, "the second time", []int{len(again.Tokens), again.Before}, []int{0, 1})
		none := must(s.Forget(ctx, store.ForgetRequest{Spellings: [][16]byte{{7}}, At: now}))(t)
		same(t, "a value that was never seen", []int{len(none.Tokens), none.Before}, []int{0, 0})
	},
	"WhatIsNotSeenAnyMoreIsForgottenByAge": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		seen := func(name string, at time.Time) store.VaultValue {
			v := email(name)
			v.SeenAt = at
			return v
		}
		old := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		tokens := must(s.Allocate(ctx, []store.VaultValue{seen("old.longname", old), seen("used.longname", old), seen("new.longname", old.AddDate(0, 3, 0))}))(t)
		ok(t, s.CreateIssue(ctx, dated("stale", old)))
		ok(t, s.CreateIssue(ctx, dated("fresh", old.AddDate(0, 3, 0))))
		salts := must(s.IssueSalts(ctx, []string{"stale", "fresh"}))(t)
		must(s.Allocate(ctx, []store.VaultValue{seen("used.longname", old.AddDate(0, 2, 0))}))(t)
		cut := old.AddDate(0, 1, 0)
		same(t, "due", must(s.Forgettable(ctx, cut))(t), true)
		done := must(s.Forget(ctx, store.ForgetRequest{NotSeenSince: cut, At: cut}))(t)
		same(t, "forgotten", done.Tokens, []pii.Token{{Label: "Email", Ordinal: 1}})
		same(t, "digest keys", done.DigestKeys, 1)
		same(t, "due afterwards", must(s.Forgettable(ctx, cut))(t), false)
		if _, err := s.Original(ctx, tokens[1]); err != nil {
			t.Errorf("a value that is in use was forgotten: %v", err)
		}
		after := must(s.IssueSalts(ctx, []string{"stale", "fresh"}))(t)
		if len(salts) != 2 || len(after) != 2 || string(after["stale"]) == string(salts["stale"]) || string(after["fresh"]) != string(salts["fresh"]) {
			t.Error("the wrong digest key was destroyed")
		}
	},
	"TheTokensOfAnIssueAreThoseOfAllItsTexts": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		i := dated("one", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		i.Title, i.Description, i.RootCause, i.Tags = "[Email_1] down", "[Email_2.2]", "[Hostname_1]", []string{"[MacAddress_1]"}
		ok(t, s.CreateIssue(ctx, i))
		ok(t, s.CreateIssue(ctx, dated("two", i.CreatedAt)))
		ok(t, s.AddEvent(ctx, &triage.TimelineEvent{ID: "e", IssueID: "one", Text: "called [PhoneNumber_1]"}))
		w := must(s.NewLog(ctx, "l"))(t)
		long := strings.Repeat("x", 64<<10-5) + "[PrivateIPv4_7] and literally [=Email_99]" // across the pieces of an engine
		must(io.WriteString(w, long))(t)
		ok(t, w.Commit(ctx, &triage.Log{ID: "l", IssueID: "one", Name: "[Hostname_2].log"}, []store.LogFinding{{Token: "[PublicIPv4_1]"}})) //nolint:gosec // A pseudonym.
		ok(t, s.CreateDocument(ctx, &triage.Document{ID: "d", IssueID: "one", Version: 1, Markdown: "[Email_5]"}))
		ok(t, s.SaveDocument(ctx, &triage.Document{ID: "d", IssueID: "one", Version: 2, Markdown: "[Email_6]"}))
		got := map[string]bool{}
		for _, tok := range must(s.IssueTokens(ctx, "one"))(t) {
			got[tok.String()] = true
		}
		for _, want := range []string{"[Email_1]", "[Email_2.2]", "[Hostname_1]", "[MacAddress_1]", "[PhoneNumber_1]", "[PrivateIPv4_7]", "[Hostname_2]", "[PublicIPv4_1]", "[Email_5]", "[Email_6]"} {
			if !got[want] {
				t.Errorf("%s is not among %v", want, got)
			}
		}
		if got["[Email_99]"] {
			t.Error("a look-alike that was escaped is taken for a token")
		}
		same(t, "tokens of another issue", len(must(s.IssueTokens(ctx, "two"))(t)), 0)
		if _, err := s.IssueTokens(ctx, "three"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("tokens of no issue: %v", err)
		}
	},
}
