package storetest

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

func aProvider(name string) *store.Provider {
	return &store.Provider{
		Name: name, Kind: "custom", Owner: "ada", BaseURL: "https://llm.example.com", Model: "m-1",
		Options: map[string]string{"custom_auth_prefix": "", "user_id": "u"}, Fallback: []string{"other"}, Fingerprint: "0123456789abcdef",
		ExpiresAt: t0.Add(time.Hour), CreatedAt: t0, UpdatedAt: t0,
	}
}

func aConversation(n, issue int) *store.Conversation {
	return &store.Conversation{
		ID: id(n), IssueID: id(issue), Owner: "ada", Provider: "a", Model: "m-1", Domain: "linux", SessionID: "s-1",
		CreatedAt: t0.Add(time.Duration(n) * time.Second), UpdatedAt: t0.Add(time.Duration(n) * time.Second),
	}
}

func aMessage(role, text string) store.ChatMessage {
	return store.ChatMessage{Owner: "ada", Role: role, Text: text, Provider: "a", Model: "m-1-2026", WhyLevel: 2, CreatedAt: t0}
}

// fillProviders is the part of [Fill] that has to do with providers.
func fillProviders(t testing.TB, s store.Store) {
	t.Helper()
	ok(t, s.SaveProvider(ctx, aProvider("provider-1")))
	v := aConversation(20, 1)
	ok(t, s.CreateConversation(ctx, v))
	v.Calls, v.Parked = 3, "parked-1"
	ok(t, s.SaveConversation(ctx, v, []store.ChatMessage{aMessage("user", "message-1")}))
	ok(t, s.SetBudget(ctx, store.Budget{Scope: store.BudgetIssue, Owner: "budget-1", Tokens: 1000}))
	ok(t, s.Reserve(ctx, store.Spending{Provider: "spent-1", IssueID: id(1), Day: "2026-03-04", Calls: 1, Input: 1}))
}

var providerTests = tests{
	"AreKeptByName": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		before := must(s.Generation(ctx))(t)
		a, b := aProvider("a"), aProvider("b")
		b.Options, b.Fallback, b.ExpiresAt = nil, nil, time.Time{}
		ok(t, s.SaveProvider(ctx, a))
		ok(t, s.SaveProvider(ctx, b))
		if !a.Default || b.Default {
			t.Error("the first one is not the default")
		}
		same(t, "one", must(s.Provider(ctx, "a"))(t), a)
		same(t, "all", must(s.ListProviders(ctx))(t), []store.Provider{*a, *b})
		if must(s.Generation(ctx))(t) <= before {
			t.Error("a running server does not see it")
		}
		b.Default, b.Model = true, "m-2"
		ok(t, s.SaveProvider(ctx, b))
		a.Default = false
		same(t, "another default", must(s.ListProviders(ctx))(t), []store.Provider{*a, *b})
		ok(t, s.DeleteProvider(ctx, "b"))
		a.Default = true
		same(t, "the default left", must(s.ListProviders(ctx))(t), []store.Provider{*a})
		wantErr(t, s.DeleteProvider(ctx, "b"), store.ErrNotFound)
		_, err := s.Provider(ctx, "b")
		wantErr(t, err, store.ErrNotFound)
	},
	"AConversationKeepsItsMessagesInOrder": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		v := aConversation(2, 1)
		ok(t, s.CreateConversation(ctx, v))
		wantErr(t, s.CreateConversation(ctx, aConversation(2, 1)), store.ErrConflict)
		wantErr(t, s.CreateConversation(ctx, aConversation(3, 9)), store.ErrNotFound)
		ms := []store.ChatMessage{aMessage("user", "why does the pool run dry"), aMessage("assistant", "connections are never returned")}
		v.Provider, v.SessionID = "b", "s-2"
		ok(t, s.SaveConversation(ctx, v, ms))
		v.Calls, v.Parked = 2, `{"waits":1}`
		more := []store.ChatMessage{aMessage("user", "and why that")}
		more[0].Logs = []string{id(7), id(8)}
		ok(t, s.SaveConversation(ctx, v, more))
		same(t, "numbers", []int64{ms[0].Seq, ms[1].Seq, more[0].Seq, v.Messages}, []int64{1, 2, 3, 3})
		same(t, "conversation", must(s.Conversation(ctx, id(2)))(t), v)
		same(t, "all", must(s.Messages(ctx, id(2), 0))(t), append(ms, more...))
		same(t, "the last", must(s.Messages(ctx, id(2), 1))(t), more)
		same(t, "of the issue", must(s.ConversationsOf(ctx, id(1)))(t), []store.Conversation{*v})
		_, err := s.Conversation(ctx, id(8))
		wantErr(t, err, store.ErrNotFound)
		wantErr(t, s.SaveConversation(ctx, aConversation(8, 1), nil), store.ErrNotFound)
	},
	"OneOfTwoTurnsAtTheSameTimeIsTold": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		ok(t, s.CreateConversation(ctx, aConversation(2, 1)))
		var won, lost atomic.Int32
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				switch err := s.SaveConversation(ctx, aConversation(2, 1), []store.ChatMessage{aMessage("user", "x"), aMessage("assistant", "y")}); {
				case err == nil:
					won.Add(1)
				case errors.Is(err, store.ErrConflict):
					lost.Add(1)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || lost.Load() != 3 || len(must(s.Messages(ctx, id(2), 0))(t)) != 2 {
			t.Errorf("%d turns were kept, %d refused", won.Load(), lost.Load())
		}
	},
	"AProcessThatOnlyTalksKeepsWhatIsSaid": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		ok(t, s.CreateConversation(ctx, aConversation(2, 1)))
		other := open(t) // It has searched for nothing and made no issue.
		ok(t, other.SaveConversation(ctx, aConversation(2, 1), []store.ChatMessage{aMessage("user", "pool")}))
		same(t, "found", len(must(other.SearchMessages(ctx, "pool", "", 0))(t)), 1)
	},
	"MessagesAreFound": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		addIssue(t, s, 2)
		for n, text := range map[int]string{1: "The connections of the pool are never returned", 2: "No connection left; \"quoted\" OR NOT"} {
			v := aConversation(10+n, n)
			ok(t, s.CreateConversation(ctx, v))
			ok(t, s.SaveConversation(ctx, v, []store.ChatMessage{aMessage("assistant", text)}))
		}
		found := func(query, issue string) (of []string) {
			for _, h := range must(s.SearchMessages(ctx, query, issue, 0))(t) {
				of = append(of, h.IssueID)
			}
			return of
		}
		same(t, "both", len(found("connection", "")), 2)
		same(t, "one issue", found("connection", id(2)), []string{id(2)})
		same(t, "all words", found("pool connections", ""), []string{id(1)})
		same(t, "operators are words", found(`NOT "quoted" OR`, ""), []string{id(2)})
		same(t, "nothing", found(" ", ""), []string(nil))
		h := must(s.SearchMessages(ctx, "pool", "", 0))(t)[0]
		if h.ConversationID != id(11) || h.Message.Seq != 1 || h.Snippet != "The connections of the «pool» are never returned" {
			t.Errorf("hit: %+v", h)
		}
		ok(t, s.DeleteIssue(ctx, id(1)))
		same(t, "after the deletion", found("pool", ""), []string(nil))
	},
	"AnIssueIsFoundByWhatWasSaidOfItUnlessItsLogWasRejected": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		addIssue(t, s, 2)
		addLog(t, s, id(30), id(1), "the zeppelin landed\n")
		v := aConversation(10, 1)
		ok(t, s.CreateConversation(ctx, v))
		said := aMessage("assistant", "The quokka of the scheduler was never fed")
		said.Logs = []string{id(30)}
		ok(t, s.SaveConversation(ctx, v, []store.ChatMessage{aMessage("user", "Who feeds the wombat?"), said}))
		found := func(query string, f store.IssueFilter) (of []string) {
			for _, h := range must(s.SearchIssues(ctx, query, f))(t) {
				of = append(of, h.Issue.ID+" "+h.ConversationID+" "+h.LogID+" "+h.Snippet)
			}
			return of
		}
		same(t, "an answer", found("quokka scheduler", store.IssueFilter{}), []string{id(1) + " " + id(10) + "  The «quokka» of the «scheduler» was never fed"})
		same(t, "the log", found("zeppelin", store.IssueFilter{}), []string{id(1) + "  " + id(30) + " the «zeppelin» landed"})
		same(t, "a beginning", len(found("wombat quok", store.IssueFilter{})), 1)
		same(t, "another status", found("quokka", store.IssueFilter{Status: triage.StatusClosed}), []string(nil))
		if h := must(s.SearchIssues(ctx, "quokka", store.IssueFilter{}))(t)[0]; !slices.Equal(h.Logs, []string{id(30)}) {
			t.Errorf("it rests on %v", h.Logs)
		}
		ok(t, s.SetReview(ctx, id(30), triage.Rejected, "ada", t0))
		for _, query := range []string{"quokka scheduler", "zeppelin"} {
			same(t, query+" after the rejection", found(query, store.IssueFilter{}), []string(nil))
		}
		same(t, "messages after the rejection", len(must(s.SearchMessages(ctx, "quokka", "", 0))(t)), 0)
		same(t, "what rests on no log", len(found("wombat", store.IssueFilter{})), 1)
	},
	"ABudgetIsNotOverdrawn": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		addIssue(t, s, 2)
		call := store.Spending{Provider: "a", IssueID: id(1), Day: "2026-03-04", Calls: 1, Input: 60, Output: 40, MicroUSD: 1000}
		ok(t, s.Reserve(ctx, call)) // Without a budget.
		ok(t, s.SetBudget(ctx, store.Budget{Scope: store.BudgetIssue, Owner: "ada", Tokens: 300}))
		ok(t, s.SetBudget(ctx, store.Budget{Scope: store.BudgetDay, Owner: "ada", MicroUSD: 4000}))
		var taken atomic.Int32
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if s.Reserve(ctx, call) == nil {
					taken.Add(1)
				}
			})
		}
		wg.Wait()
		same(t, "calls that the issue's budget allowed", taken.Load(), int32(2))
		var over *store.BudgetError
		if err := s.Reserve(ctx, call); !errors.As(err, &over) || over.Budget.Scope != store.BudgetIssue || over.Spent.Input != 180 || !errors.Is(err, store.ErrBudget) {
			t.Errorf("over the budget of the issue: %v", err)
		}
		other := call
		other.IssueID = id(2)
		ok(t, s.Reserve(ctx, other))
		if err := s.Reserve(ctx, other); !errors.As(err, &over) || over.Budget.Scope != store.BudgetDay {
			t.Errorf("over the budget of the day: %v", err)
		}
		cheap := call
		cheap.Input, cheap.Output, cheap.MicroUSD = 10, 0, 0
		ok(t, s.Settle(ctx, call, cheap)) // 210 of 300 tokens, 3000 of 4000 then.
		same(t, "issue", must(s.Spent(ctx, "", id(1)))(t), store.Spending{IssueID: id(1), Calls: 3, Input: 130, Output: 80, MicroUSD: 2000})
		ok(t, s.Reserve(ctx, cheap))
		next := other
		next.Day, next.MicroUSD = "2026-03-05", 3500
		ok(t, s.Reserve(ctx, next))
		same(t, "budgets", must(s.Budgets(ctx))(t), []store.Budget{
			{Scope: store.BudgetDay, Owner: "ada", MicroUSD: 4000}, {Scope: store.BudgetIssue, Owner: "ada", Tokens: 300},
		})
	},
	"WhatADayCostStaysWhenItsIssueGoes": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		call := store.Spending{Provider: "a", IssueID: id(1), Day: "2026-03-04", Calls: 1, Input: 60, MicroUSD: 1000}
		ok(t, s.Reserve(ctx, call))
		ok(t, s.DeleteIssue(ctx, id(1)))
		ok(t, s.Settle(ctx, call, call))
		same(t, "day", must(s.Spent(ctx, "2026-03-04", ""))(t), store.Spending{Day: "2026-03-04", Calls: 1, Input: 60, MicroUSD: 1000})
		same(t, "issue", must(s.Spent(ctx, "", id(1)))(t), store.Spending{IssueID: id(1)})
		if text := (&store.BudgetError{Budget: store.Budget{Scope: "day", MicroUSD: 1_500_000}}).Error(); text != "the budget of the day does not allow this call: 0 tokens and $0.0000 are spent, of $1.5000; the owner changes it with `tftsr provider budget`" {
			t.Error(text)
		}
	},
}
