package storetest

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

var analysisTests = tests{
	"RevisionsFollowEachOtherAndStay": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		a := &triage.Analysis{ID: id(2), Owner: "ada", IssueID: id(1), Problem: "p", State: []byte(`{"v":1}`), CreatedAt: t0, UpdatedAt: t0}
		ok(t, s.CreateAnalysis(ctx, a))
		same(t, "revision", a.Revision, int64(1))
		same(t, "analysis", must(s.Analysis(ctx, id(2)))(t), a)
		first := *a
		second := *a
		second.Revision, second.State, second.Problem, second.UpdatedAt = 2, []byte{0, 255, 10}, "q", t0.Add(time.Minute)
		ok(t, s.SaveAnalysis(ctx, &second))
		same(t, "second", must(s.Analysis(ctx, id(2)))(t), &second)
		same(t, "first, later", must(s.AnalysisAt(ctx, id(2), 1))(t), &first)
		same(t, "second, by number", must(s.AnalysisAt(ctx, id(2), 2))(t), &second)
		_, err := s.AnalysisAt(ctx, id(2), 3)
		wantErr(t, err, store.ErrNotFound)
		for _, revision := range []int64{0, 1, 2, 4} {
			again := second
			again.Revision = revision
			wantErr(t, s.SaveAnalysis(ctx, &again), store.ErrConflict)
		}
		same(t, "second, still", must(s.Analysis(ctx, id(2)))(t), &second)
		_, err = s.Analysis(ctx, id(9))
		wantErr(t, err, store.ErrNotFound)
		wantErr(t, s.SaveAnalysis(ctx, &triage.Analysis{ID: id(9), Revision: 2}), store.ErrNotFound)
		wantErr(t, s.CreateAnalysis(ctx, &first), store.ErrConflict)
		wantErr(t, s.CreateAnalysis(ctx, &triage.Analysis{ID: id(3), IssueID: id(9), State: []byte("{}")}), store.ErrNotFound)

		ok(t, s.CreateAnalysis(ctx, &triage.Analysis{ID: id(4), IssueID: id(1), State: []byte("{}"), CreatedAt: t0.Add(-time.Second)}))
		list := must(s.AnalysesOf(ctx, id(1)))(t)
		if len(list) != 2 || list[0].ID != id(4) || list[1].ID != id(2) {
			t.Fatalf("analyses %+v", list)
		}
	},
	"EveryRevisionOfALongDialogueIsReadBack": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		a := &triage.Analysis{ID: id(2), IssueID: id(1), CreatedAt: t0, UpdatedAt: t0}
		var nodes []string
		state := func(n int) []byte {
			nodes = append(nodes, fmt.Sprintf(`{"id":"n%d","claim":"claim %d of [Email_%d]"}`, n, n, n))
			if n%3 == 0 { // One that is there already changes too.
				nodes[len(nodes)/2] = fmt.Sprintf(`{"claim":"said better at %d"}`, n)
			}
			if n == 70 { // Nearly all is new.
				nodes = nodes[:1]
			}
			return []byte(`{"nodes":[` + strings.Join(nodes, ",") + `]}`)
		}
		a.State = state(0)
		ok(t, s.CreateAnalysis(ctx, a))
		want := []triage.Analysis{*a}
		for n := 1; n < 120; n++ {
			next := *a
			next.Revision, next.State, next.Problem, next.UpdatedAt = a.Revision+1, state(n), fmt.Sprint("p", n), t0.Add(time.Duration(n)*time.Second)
			ok(t, s.SaveAnalysis(ctx, &next))
			same(t, "newest", must(s.Analysis(ctx, id(2)))(t), &next)
			a, want = &next, append(want, next)
		}
		for i := range want {
			same(t, "revision", must(s.AnalysisAt(ctx, id(2), int64(i+1)))(t), &want[i])
		}
		same(t, "of the issue", must(s.AnalysesOf(ctx, id(1)))(t), want[len(want)-1:])
	},
	"AStepAndWhatTheTimelineSaysOfItAreOne": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		event := func(n int) triage.TimelineEvent {
			return triage.TimelineEvent{ID: id(n), IssueID: id(1), At: t0, Type: "free", Text: "t", CreatedAt: t0}
		}
		a := &triage.Analysis{ID: id(2), IssueID: id(1), State: []byte("{}"), CreatedAt: t0, UpdatedAt: t0}
		ok(t, s.CreateAnalysis(ctx, a, event(10)))
		next := *a
		next.Revision = 2
		wantErr(t, s.SaveAnalysis(ctx, &next, event(11), event(10)), store.ErrConflict)
		same(t, "analysis", must(s.Analysis(ctx, id(2)))(t), a)
		same(t, "events", must(s.Events(ctx, id(1)))(t), []triage.TimelineEvent{event(10)})
		ok(t, s.SaveAnalysis(ctx, &next, event(11)))
		same(t, "events", must(s.Events(ctx, id(1)))(t), []triage.TimelineEvent{event(10), event(11)})
		// A step that is late says nothing.
		wantErr(t, s.SaveAnalysis(ctx, &next, event(12)), store.ErrConflict)
		wantErr(t, s.CreateAnalysis(ctx, a, event(12)), store.ErrConflict)
		same(t, "events", must(s.Events(ctx, id(1)))(t), []triage.TimelineEvent{event(10), event(11)})
	},
	"OfTwoSuccessorsOneWins": func(t *testing.T, open func(*testing.T) store.Store) {
		a, b := open(t), open(t)
		addIssue(t, a, 1)
		ok(t, a.CreateAnalysis(ctx, &triage.Analysis{ID: id(2), IssueID: id(1), State: []byte("0")}))
		var won atomic.Int32
		var wg sync.WaitGroup
		for n := range 16 {
			wg.Go(func() {
				err := []store.Store{a, b}[n%2].SaveAnalysis(ctx, &triage.Analysis{ID: id(2), Revision: 2, State: []byte{byte('a' + n)}})
				if err == nil {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		same(t, "winners", won.Load(), int32(1))
	},
}

var documentTests = tests{
	"VersionsFollowEachOther": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		d := &triage.Document{ID: id(2), Owner: "ada", IssueID: id(1), Kind: "rca", Title: "RCA", Markdown: "# a", SHA256: "aa", CreatedAt: t0, UpdatedAt: t0}
		ok(t, s.CreateDocument(ctx, d))
		same(t, "version", d.Version, int64(1))
		same(t, "document", must(s.Document(ctx, id(2)))(t), d)
		old := *d
		d.Version, d.Markdown, d.SHA256, d.UpdatedAt = 2, "# b", "bb", t0.Add(time.Second)
		ok(t, s.SaveDocument(ctx, d))
		same(t, "document", must(s.Document(ctx, id(2)))(t), d)
		same(t, "version 1", must(s.DocumentVersion(ctx, id(2), 1))(t), &old)
		same(t, "version 2", must(s.DocumentVersion(ctx, id(2), 2))(t), d)
		for _, v := range []int64{-1, 0, 3} {
			_, err := s.DocumentVersion(ctx, id(2), v)
			wantErr(t, err, store.ErrNotFound)
		}
		_, err := s.DocumentVersion(ctx, id(9), 1)
		wantErr(t, err, store.ErrNotFound)
		wantErr(t, s.SaveDocument(ctx, d), store.ErrConflict)
		wantErr(t, s.SaveDocument(ctx, &triage.Document{ID: id(9), Version: 2}), store.ErrNotFound)
		wantErr(t, s.CreateDocument(ctx, d), store.ErrConflict)
		wantErr(t, s.CreateDocument(ctx, &triage.Document{ID: id(3), IssueID: id(9)}), store.ErrNotFound)
		_, err = s.Document(ctx, id(9))
		wantErr(t, err, store.ErrNotFound)
		ok(t, s.CreateDocument(ctx, &triage.Document{ID: id(4), IssueID: id(1), CreatedAt: t0.Add(time.Second)}))
		list := must(s.DocumentsOf(ctx, id(1)))(t)
		if len(list) != 2 || list[0].ID != id(2) || list[1].ID != id(4) {
			t.Fatalf("documents %+v", list)
		}
	},
}

func anApproval(n int) store.Approval {
	return store.Approval{
		ID: id(n), Owner: "ada", IssueID: id(1), Tool: "delete_issue", Destination: "store", PayloadSHA256: "aa", Preview: "Delete?",
		CreatedAt: t0.Add(time.Duration(n) * time.Second), ExpiresAt: t0.Add(time.Hour),
	}
}

var approvalTests = tests{
	"AnApprovalIsAnsweredOnceAndUsedOnce": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		a := anApproval(2)
		ok(t, s.CreateApproval(ctx, &a))
		same(t, "status", a.Status, store.ApprovalPending)
		same(t, "approval", must(s.Approval(ctx, id(2), t0))(t), &a)
		wantErr(t, s.CreateApproval(ctx, &a), store.ErrConflict)
		wantErr(t, s.UseApproval(ctx, a, t0), store.ErrSpent)

		got := must(s.AnswerApproval(ctx, id(2), true, "bob", "terminal", t0.Add(time.Minute)))(t)
		a.Status, a.AnsweredBy, a.Channel, a.AnsweredAt = store.ApprovalApproved, "bob", "terminal", t0.Add(time.Minute)
		same(t, "answered", got, &a)
		same(t, "answered, read", must(s.Approval(ctx, id(2), t0))(t), &a)
		_, err := s.AnswerApproval(ctx, id(2), false, "bob", "terminal", t0)
		wantErr(t, err, store.ErrSpent)

		for _, change := range []func(*store.Approval){
			func(a *store.Approval) { a.Owner = "eve" },
			func(a *store.Approval) { a.Tool = "other" },
			func(a *store.Approval) { a.Destination = "other" },
			func(a *store.Approval) { a.PayloadSHA256 = "bb" },
		} {
			other := a
			change(&other)
			wantErr(t, s.UseApproval(ctx, other, t0), store.ErrConflict)
		}
		ok(t, s.UseApproval(ctx, a, t0.Add(2*time.Minute)))
		wantErr(t, s.UseApproval(ctx, a, t0.Add(2*time.Minute)), store.ErrSpent)
		a.Status, a.UsedAt = store.ApprovalUsed, t0.Add(2*time.Minute)
		same(t, "used", must(s.Approval(ctx, id(2), t0.Add(48*time.Hour)))(t), &a)
		for _, missing := range []func() error{
			func() error { _, err := s.Approval(ctx, id(9), t0); return err },
			func() error { _, err := s.AnswerApproval(ctx, id(9), true, "bob", "", t0); return err },
			func() error { return s.UseApproval(ctx, store.Approval{ID: id(9)}, t0) },
		} {
			wantErr(t, missing(), store.ErrNotFound)
		}
	},
	"AnApprovalCanBeTakenBackUntilItIsUsed": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		waiting, approved, used := anApproval(2), anApproval(3), anApproval(4)
		for _, a := range []*store.Approval{&waiting, &approved, &used} {
			ok(t, s.CreateApproval(ctx, a))
		}
		must(s.AnswerApproval(ctx, id(3), true, "bob", "elicitation", t0))(t)
		must(s.AnswerApproval(ctx, id(4), true, "bob", "", t0))(t)
		ok(t, s.UseApproval(ctx, used, t0))
		for _, a := range []store.Approval{waiting, approved} {
			got := must(s.RevokeApproval(ctx, a.ID, "eve", "terminal", t0.Add(time.Minute)))(t)
			a.Status, a.AnsweredBy, a.Channel, a.AnsweredAt = store.ApprovalDeclined, "eve", "terminal", t0.Add(time.Minute)
			same(t, "taken back", got, &a)
			wantErr(t, s.UseApproval(ctx, a, t0), store.ErrSpent)
			_, err := s.RevokeApproval(ctx, a.ID, "eve", "terminal", t0)
			wantErr(t, err, store.ErrSpent)
		}
		_, err := s.RevokeApproval(ctx, id(4), "eve", "terminal", t0)
		wantErr(t, err, store.ErrSpent)
		_, err = s.RevokeApproval(ctx, id(9), "eve", "terminal", t0)
		wantErr(t, err, store.ErrNotFound)
	},
	"DeclinedAndExpiredOnesAreOfNoUse": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		declined, late, unused := anApproval(2), anApproval(3), anApproval(4)
		for _, a := range []*store.Approval{&declined, &late, &unused} {
			ok(t, s.CreateApproval(ctx, a))
		}
		must(s.AnswerApproval(ctx, id(2), false, "bob", "", t0))(t)
		wantErr(t, s.UseApproval(ctx, declined, t0), store.ErrSpent)
		_, err := s.AnswerApproval(ctx, id(3), true, "bob", "", t0.Add(time.Hour))
		wantErr(t, err, store.ErrSpent)
		must(s.AnswerApproval(ctx, id(4), true, "bob", "", t0))(t)
		wantErr(t, s.UseApproval(ctx, unused, t0.Add(time.Hour)), store.ErrSpent)

		for status, want := range map[store.ApprovalStatus][]string{
			"":                     {id(4), id(3), id(2)},
			store.ApprovalDeclined: {id(2)},
			store.ApprovalExpired:  {id(4), id(3)},
			store.ApprovalPending:  nil,
		} {
			var got []string
			for _, a := range must(s.ListApprovals(ctx, status, t0.Add(time.Hour)))(t) {
				got = append(got, a.ID)
			}
			same(t, "approvals "+string(status), got, want)
		}
	},
	"OfManyUsesOneSucceeds": func(t *testing.T, open func(*testing.T) store.Store) {
		a, b := open(t), open(t)
		ap := anApproval(2)
		ok(t, a.CreateApproval(ctx, &ap))
		must(b.AnswerApproval(ctx, id(2), true, "bob", "", t0))(t)
		var used atomic.Int32
		var wg sync.WaitGroup
		for n := range 16 {
			wg.Go(func() {
				if []store.Store{a, b}[n%2].UseApproval(ctx, ap, t0) == nil {
					used.Add(1)
				}
			})
		}
		wg.Wait()
		same(t, "uses", used.Load(), int32(1))
	},
}
