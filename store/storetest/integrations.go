package storetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

func anIntegration(service, name string) *store.Integration {
	return &store.Integration{
		Service: service, Name: name, Owner: "ada", BaseURL: "https://acme.service-now.com", Username: "triage", ProjectName: "Ops", SpaceKey: "OPS",
		Auth: "basic", ClientID: "client", Options: map[string]string{"close_code": "Solved"}, AutoCreate: true, Categories: []string{"databases", "linux"},
		TrustTypes: []string{"Hostname"}, TrustFields: []string{"*"}, Fingerprint: "0123456789abcdef", ExpiresAt: t0.Add(time.Hour), CreatedAt: t0, UpdatedAt: t0,
	}
}

var integrationTests = tests{
	"AreKeptByServiceAndName": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		before := must(s.Generation(ctx))(t)
		a, b, c := anIntegration("servicenow", "prod"), anIntegration("servicenow", "dev"), anIntegration("confluence", "prod")
		b.Categories, b.ExpiresAt, b.Options, b.TrustTypes = nil, time.Time{}, nil, nil
		for _, i := range []*store.Integration{a, b, c} {
			ok(t, s.SaveIntegration(ctx, i))
		}
		same(t, "one", must(s.Integration(ctx, "servicenow", "prod"))(t), a)
		same(t, "all", must(s.ListIntegrations(ctx, ""))(t), []store.Integration{*c, *b, *a})
		same(t, "of a service", must(s.ListIntegrations(ctx, "servicenow"))(t), []store.Integration{*b, *a})
		if must(s.Generation(ctx))(t) <= before {
			t.Error("a running server does not see it")
		}
		a.BaseURL, a.Categories, a.UpdatedAt = "https://other.service-now.com", []string{"linux"}, t0.Add(time.Minute)
		ok(t, s.SaveIntegration(ctx, a))
		same(t, "changed", must(s.Integration(ctx, "servicenow", "prod"))(t), a)
		ok(t, s.DeleteIntegration(ctx, "servicenow", "prod"))
		wantErr(t, s.DeleteIntegration(ctx, "servicenow", "prod"), store.ErrNotFound)
		_, err := s.Integration(ctx, "servicenow", "prod")
		wantErr(t, err, store.ErrNotFound)
		b.Categories = []string{"linux"} // It is free again.
		ok(t, s.SaveIntegration(ctx, b))
	},
	"ACategoryHasOneDefaultInAService": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		a, b := anIntegration("servicenow", "prod"), anIntegration("servicenow", "dev")
		ok(t, s.SaveIntegration(ctx, a))
		b.Categories = []string{"network", "linux"}
		wantErr(t, s.SaveIntegration(ctx, b), store.ErrConflict)
		_, err := s.Integration(ctx, "servicenow", "dev")
		wantErr(t, err, store.ErrNotFound) // Nothing of it stays.
	},
	"ATicketIsSentByOneCallAtATime": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		claim := store.Ticket{IssueID: id(1), Service: "servicenow", Instance: "prod", Owner: "ada", CorrelationID: id(1), CreatedAt: t0, UpdatedAt: t0}
		var won atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			other := open(t)
			wg.Go(func() {
				_, mine, err := other.ClaimTicket(ctx, claim, t0)
				if err != nil {
					t.Error(err)
				}
				if mine {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Fatalf("%d calls may send the same ticket", won.Load())
		}
		later := claim
		later.Owner, later.UpdatedAt = "eve", t0.Add(time.Hour)
		got, mine, err := s.ClaimTicket(ctx, later, t0.Add(time.Microsecond))
		ok(t, err)
		if !mine || got.Owner != "eve" || got.State != store.TicketSending {
			t.Fatalf("a stale claim cannot be taken over: %+v", got)
		}
		got.State, got.RemoteID, got.Number, got.URL = store.TicketFiled, "46d44a5dc0a8010e0026c6b7b2cd9d45", "INC0010001", "https://acme.service-now.com/x"
		ok(t, s.SaveTicket(ctx, got))
		was, mine, err := s.ClaimTicket(ctx, later, t0.Add(time.Hour*9))
		ok(t, err)
		if mine {
			t.Fatal("a filed ticket can be claimed again")
		}
		same(t, "what is there", was, got)
		ok(t, s.DropTicket(ctx, claim))
		same(t, "tickets", must(s.TicketsOf(ctx, id(1)))(t), []store.Ticket{got})
		_, _, err = s.ClaimTicket(ctx, store.Ticket{IssueID: id(9), Service: "servicenow", Instance: "prod"}, t0)
		wantErr(t, err, store.ErrNotFound)
		ok(t, s.DeleteIssue(ctx, id(1)))
		same(t, "tickets of a deleted issue", len(must(s.TicketsOf(ctx, id(1)))(t)), 0)
	},
	"AnIssueHasATicketOfEachCorrelationID": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		page := func(correlation string) store.Ticket {
			return store.Ticket{IssueID: id(1), Service: "confluence", Instance: "wiki", CorrelationID: correlation, CreatedAt: t0, UpdatedAt: t0}
		}
		for _, correlation := range []string{"rca", "postmortem"} {
			got, mine, err := s.ClaimTicket(ctx, page(correlation), t0)
			ok(t, err)
			if !mine || got.CorrelationID != correlation {
				t.Fatalf("%s: %+v", correlation, got)
			}
		}
		filed := page("rca")
		filed.State, filed.RemoteID = store.TicketFiled, "98305"
		ok(t, s.SaveTicket(ctx, filed))
		ok(t, s.DropTicket(ctx, page("postmortem")))
		same(t, "tickets", must(s.TicketsOf(ctx, id(1)))(t), []store.Ticket{filed})
	},
	"AClaimThatWasNotSentIsDropped": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		claim := store.Ticket{IssueID: id(1), Service: "servicenow", Instance: "prod", CreatedAt: t0, UpdatedAt: t0}
		_, _, err := s.ClaimTicket(ctx, claim, t0)
		ok(t, err)
		ok(t, s.DropTicket(ctx, claim))
		_, mine, err := s.ClaimTicket(ctx, claim, t0)
		ok(t, err)
		if !mine {
			t.Fatal("the claim is still there")
		}
	},
	"WhatACallerWasShownIsItsOwn": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		a, b := pii.Token{Label: "Email", Ordinal: 1}, pii.Token{Label: "Email", Ordinal: 1, Variant: 2}
		ok(t, s.NoteShown(ctx, "stdio:ada", []pii.Token{a}))
		ok(t, s.NoteShown(ctx, "stdio:ada", []pii.Token{a}))
		same(t, "ada", must(open(t).WereShown(ctx, "stdio:ada", []pii.Token{b, a}))(t), []pii.Token{a})
		same(t, "eve", len(must(s.WereShown(ctx, "http:ada", []pii.Token{a}))(t)), 0)
	},
}
