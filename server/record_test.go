//lint:file-ignore SA1019 The server scans what hosts still use, deprecated or not.

//nolint:staticcheck // SA1019, as above.
package server

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/store/sqlite"
)

func (f *fixture) lockDatabase(t *testing.T) (free func()) {
	t.Helper()
	other, err := sqlite.Open(t.Context(), f.options)
	if err != nil {
		t.Fatal(err)
	}
	issue := &triage.Issue{ID: "0197f3c2-0000-7000-8000-000000000001", Owner: "tester", Title: "x", Severity: triage.SeverityLow, Status: triage.StatusOpen, CreatedAt: time.Now(), UpdatedAt: time.Now()}
	if err := other.CreateIssue(t.Context(), issue); err != nil {
		t.Fatal(err)
	}
	held, release, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		_, err := other.UpdateIssue(context.Background(), issue.ID, 0, func(*triage.Issue) error {
			close(held)
			<-release
			return nil
		})
		if err != nil {
			t.Errorf("hold the lock: %v", err)
		}
		other.Close()
	}()
	<-held
	return func() { close(release); <-done }
}

type hookStore struct {
	store.Store
	appending   atomic.Pointer[func([]audit.Draft) error]
	allocating  atomic.Pointer[func() error]
	tokenFailed atomic.Bool
}

func (h *hookStore) Append(ctx context.Context, d []audit.Draft) ([]audit.Entry, error) {
	if f := h.appending.Load(); f != nil {
		if err := (*f)(d); err != nil {
			return nil, err
		}
	}
	return h.Store.Append(ctx, d)
}

func (h *hookStore) TokenByHash(ctx context.Context, hash [32]byte) (*store.Token, error) {
	if h.tokenFailed.Load() {
		return nil, store.ErrLocked
	}
	return h.Store.TokenByHash(ctx, hash)
}

func (f *fixture) entries(t testing.TB) []audit.Entry {
	t.Helper()
	var out []audit.Entry
	err := f.store.Entries(context.Background(), 1, 0, func(e audit.Entry) error {
		e.Details = bytes.Clone(e.Details)
		out = append(out, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func detail(t testing.TB, e audit.Entry) map[string]any {
	t.Helper()
	var d map[string]any
	if err := json.Unmarshal(e.Details, &d); err != nil {
		t.Fatalf("details of entry %d: %v", e.Seq, err)
	}
	return d
}

func (f *fixture) lastOf(t testing.TB, a audit.Action, phase audit.Phase) (audit.Entry, map[string]any, bool) {
	t.Helper()
	es := f.entries(t)
	for i := len(es) - 1; i >= 0; i-- {
		if d := detail(t, es[i]); es[i].Action == a && d["phase"] == string(phase) {
			return es[i], d, true
		}
	}
	return audit.Entry{}, nil, false
}

func (f *fixture) refused(t testing.TB, reason string) bool {
	t.Helper()
	for range 100 {
		for _, e := range f.entries(t) {
			if e.Action == audit.ActionRefused && detail(t, e)["reason"] == reason {
				return true
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

func (f *fixture) nothingLeaked(t testing.TB) {
	t.Helper()
	if l := leaks(f.wire.Bytes()); l != nil {
		t.Errorf("on the wire: %s\n%s", strings.Join(l, ", "), f.wire.Bytes())
	}
	if l := leaks(f.log.Bytes()); l != nil {
		t.Errorf("in the log: %s\n%s", strings.Join(l, ", "), f.log.Bytes())
	}
	err := f.store.Dump(context.Background(), func(table, column string, value []byte) error {
		if l := leaks(value); l != nil {
			t.Errorf("in %s.%s: %s", table, column, strings.Join(l, ", "))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) paired(t testing.TB) {
	t.Helper()
	open := map[float64]audit.Action{}
	for _, e := range f.entries(t) {
		d := detail(t, e)
		switch d["phase"] {
		case string(audit.PhaseIntent):
			open[float64(e.Seq)] = e.Action
		case string(audit.PhaseOutcome):
			seq, _ := d["intent"].(float64)
			if open[seq] != e.Action {
				t.Errorf("entry %d is the outcome of %v, which is no open %s", e.Seq, seq, e.Action)
			}
			delete(open, seq)
			if e.Action == audit.ActionToolCall && d["sha256"] == nil && d["withheld"] != true {
				t.Errorf("outcome %d does not say what left: %v", e.Seq, d)
			}
		}
	}
	for seq, a := range open {
		t.Errorf("%s of entry %v has no outcome", a, seq)
	}
}
