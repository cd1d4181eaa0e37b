// Package storetest holds every engine of the store to the same behaviour.
// It is for tests only and knows no engine.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

// Run runs the contract suite. open opens the database of t: calls with the
// same t give handles on one database, which is empty at the first call, and
// another t has another database. open sees to it that what it opened is
// closed when t ends.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, group := range []struct {
		name  string
		tests map[string]func(*testing.T, func(*testing.T) store.Store)
	}{
		{"Issues", issueTests},
		{"Search", searchTests},
		{"Timeline", timelineTests},
		{"Logs", logTests},
		{"Analyses", analysisTests},
		{"Documents", documentTests},
		{"Approvals", approvalTests},
		{"Vault", vaultTests},
		{"Record", recordTests},
		{"Integrations", integrationTests},
		{"Servers", serverTests},
		{"Providers", providerTests},
		{"Small", smallTests},
		{"Whole", wholeTests},
	} {
		t.Run(group.name, func(t *testing.T) {
			for name, test := range group.tests {
				t.Run(name, func(t *testing.T) { test(t, open) })
			}
		})
	}
}

// t0 has microseconds, which a store keeps, and nothing finer.
var t0 = time.Date(2026, 3, 4, 5, 6, 7, 891234000, time.UTC)

var ctx = context.Background()

// id returns an identifier in the form of a UUIDv7 whose order is that of n.
func id(n int) string { return fmt.Sprintf("0195f000-0000-7000-8000-%012x", n) }

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// addIssue stores an issue number n.
func addIssue(t testing.TB, s store.Store, n int, change ...func(*triage.Issue)) *triage.Issue {
	t.Helper()
	i := &triage.Issue{
		ID: id(n), Owner: "ada", Title: fmt.Sprintf("issue %d", n), Description: "requests time out", Severity: triage.SeverityHigh,
		Status: triage.StatusOpen, Category: "Database", Tags: []string{"postgres"},
		CreatedAt: t0.Add(time.Duration(n) * time.Second), UpdatedAt: t0.Add(time.Duration(n) * time.Second),
	}
	for _, c := range change {
		c(i)
	}
	ok(t, s.CreateIssue(ctx, i))
	return i
}
