package gate

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/store"
)

func deletion() Write {
	return Write{
		Tool: "delete_issue", Destination: Local, IssueID: "i1", Payload: []byte(`{"delete":"i1","revision":3}`),
		Preview: "Delete issue i1 with 2 logs.",
	}
}

// writes makes the tool do w when it is authorized, and counts how often.
func (h *host) writes(w *Write) *atomic.Int32 {
	var done atomic.Int32
	h.handle = func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		next, err := h.gate.Authorize(ctx, req, *w)
		if err != nil || next != nil {
			return next, err
		}
		done.Add(1)
		return succeeded(), nil
	}
	return &done
}

func approvals(t *testing.T, g *Gate) []store.Approval {
	t.Helper()
	list, err := g.opts.Store.ListApprovals(context.Background(), "", g.opts.Now())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// trail lists what the record says about approvals, with the phase of each.
func trail(t *testing.T, g *Gate) string {
	t.Helper()
	var out []string
	for _, e := range allEntries(t, g.opts.Store) {
		switch e.Action {
		case audit.ActionApprovalNew, audit.ActionApprovalAnswer, audit.ActionApprovalUse:
			d := details(t, e)
			s := string(e.Action) + ":" + d["phase"].(string)
			if st, ok := d["status"].(string); ok {
				s += ":" + st
			}
			out = append(out, s)
		case audit.ActionRefused:
			out = append(out, "refused:"+details(t, e)["reason"].(string))
		}
	}
	return strings.Join(out, " ")
}

func TestAcceptedWriteHappensOnce(t *testing.T) {
	inEras(t, func(t *testing.T, era string) {
		g := newFolder(t).gate()
		h := connect(t, g, era, says(Accept))
		w := deletion()
		done := h.writes(&w)
		if res := h.call(nil); res.IsError || done.Load() != 1 {
			t.Fatalf("%v, done %d times", h.err(), done.Load())
		}
		list := approvals(t, g)
		if len(list) != 1 || list[0].Status != store.ApprovalUsed || list[0].Channel != "elicitation" || list[0].AnsweredBy != "ana" || list[0].Owner != "stdio:ana" {
			t.Errorf("%+v", list)
		}
		if m := h.asked()[0].Message; !strings.Contains(m, w.Preview) || !strings.Contains(m, "delete_issue") || !strings.Contains(m, "local") {
			t.Errorf("asked %q", m)
		}
		want := "approval_create:event approval_answer:intent approval_answer:outcome:ok approval_use:intent approval_use:outcome:ok"
		if got := trail(t, g); got != want {
			t.Errorf("record: %s", got)
		}
		w.ApprovalID = list[0].ID
		if h.call(nil); !errors.Is(h.err(), ErrUsed) || done.Load() != 1 {
			t.Errorf("second use: %v, done %d times", h.err(), done.Load())
		}
		// Without the id, the person is asked anew.
		w.ApprovalID = ""
		if h.call(nil); h.err() != nil || done.Load() != 2 || len(h.asked()) != 2 {
			t.Errorf("%v, done %d times, asked %d times", h.err(), done.Load(), len(h.asked()))
		}
	})
}

func TestReplayedAcceptanceWritesNothing(t *testing.T) {
	g := newFolder(t).gate()
	h := connect(t, g, "modern", says(Accept), manual)
	w := deletion()
	done := h.writes(&w)
	first := h.call(nil)
	var key string
	for key = range first.InputRequests {
	}
	if h.again(nil, accepted(key), first.RequestState); h.err() != nil || done.Load() != 1 {
		t.Fatalf("%v, done %d times", h.err(), done.Load())
	}
	for range 3 {
		if h.again(nil, accepted(key), first.RequestState); !errors.Is(h.err(), ErrUsed) || done.Load() != 1 {
			t.Errorf("%v, done %d times", h.err(), done.Load())
		}
	}
	// What was accepted is not what would be written now.
	second := h.call(nil)
	w.Payload = []byte(`{"delete":"i1","revision":4}`)
	if res := h.again(nil, accepted(key), second.RequestState); !res.NeedsInput() || done.Load() != 1 {
		t.Errorf("%v, done %d times", h.err(), done.Load())
	}
}

func TestConcurrentReplaysWriteOnce(t *testing.T) {
	g := newFolder(t).gate()
	h := connect(t, g, "modern", says(Accept), manual)
	w := deletion()
	done := h.writes(&w)
	first := h.call(nil)
	var wg sync.WaitGroup
	for key := range first.InputRequests {
		for range 16 {
			wg.Go(func() { h.again(nil, accepted(key), first.RequestState) })
		}
	}
	wg.Wait()
	if done.Load() != 1 {
		t.Errorf("done %d times", done.Load())
	}
}

func TestDeclinedDismissedAndUnaskedAreDifferent(t *testing.T) {
	inEras(t, func(t *testing.T, era string) {
		g := newFolder(t).gate()
		w := deletion()
		h := connect(t, g, era, says(Decline))
		done := h.writes(&w)
		if h.call(nil); !errors.Is(h.err(), ErrDeclined) || errors.Is(h.err(), ErrPending) {
			t.Errorf("declined: %v", h.err())
		}
		w.ApprovalID = approvals(t, g)[0].ID
		if h.call(nil); !errors.Is(h.err(), ErrDeclined) {
			t.Errorf("use of what was declined: %v", h.err())
		}
		w.ApprovalID = ""
		var dismissed, unasked *PendingError
		h = connect(t, g, era, says(Cancel))
		h.writes(&w)
		if h.call(nil); !errors.As(h.err(), &dismissed) || !strings.Contains(h.err().Error(), "dismissed") {
			t.Fatalf("dismissed: %v", h.err())
		}
		w.IssueID = "i2"
		h = connect(t, g, era, nil)
		h.writes(&w)
		if h.call(nil); !errors.As(h.err(), &unasked) || !strings.Contains(h.err().Error(), "cannot be asked") || unasked.ID == dismissed.ID {
			t.Fatalf("unasked: %v", h.err())
		}
		if !strings.Contains(unasked.Error(), "tftsr approvals approve "+unasked.ID) || !Actionable(unasked) {
			t.Errorf("%v says not what to do", unasked)
		}
		if done.Load() != 0 {
			t.Error("it was done")
		}
	})
}

func TestPendingWriteIsApprovedInTheTerminal(t *testing.T) {
	inEras(t, func(t *testing.T, era string) {
		g := newFolder(t).gate()
		h := connect(t, g, era, nil)
		w := deletion()
		w.Preview = "Delete what jane.roe@acme-widgets.com made."
		done := h.writes(&w)
		var p, again *PendingError
		if h.call(nil); !errors.As(h.err(), &p) {
			t.Fatal(h.err())
		}
		if h.call(nil); !errors.As(h.err(), &again) || again.ID != p.ID {
			t.Errorf("the repeated call has another approval: %v", h.err())
		}
		w.ApprovalID = p.ID
		if h.call(nil); !errors.Is(h.err(), ErrPending) {
			t.Errorf("before the answer: %v", h.err())
		}
		for _, ctx := range []context.Context{asHost(), WithCaller(context.Background(), Caller{ID: "ana", Channel: ChannelHTTP, Attended: true})} {
			if _, err := g.AnswerApproval(ctx, p.ID, true); !errors.Is(err, ErrTerminalOnly) {
				t.Errorf("an agent answered: %v", err)
			}
		}
		if _, err := g.AnswerApproval(asPerson(), "no-such-id", true); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("unknown id: %v", err)
		}
		a, err := g.AnswerApproval(asPerson(), p.ID, true)
		if err != nil || a.Status != store.ApprovalApproved || a.AnsweredBy != "ops" || a.Channel != "terminal" {
			t.Fatalf("%+v, %v", a, err)
		}
		if strings.Contains(a.Preview, "jane.roe") {
			t.Errorf("preview %q", a.Preview)
		}
		if _, err := g.AnswerApproval(asPerson(), p.ID, false); !errors.Is(err, store.ErrSpent) {
			t.Errorf("answered twice: %v", err)
		}
		if h.call(nil); h.err() != nil || done.Load() != 1 {
			t.Errorf("%v, done %d times", h.err(), done.Load())
		}
		if h.call(nil); !errors.Is(h.err(), ErrUsed) || done.Load() != 1 {
			t.Errorf("used twice: %v, done %d times", h.err(), done.Load())
		}
	})
}

func TestPendingWriteIsDeclinedInTheTerminal(t *testing.T) {
	g := newFolder(t).gate()
	h := connect(t, g, "modern", nil)
	w := deletion()
	done := h.writes(&w)
	var p *PendingError
	if h.call(nil); !errors.As(h.err(), &p) {
		t.Fatal(h.err())
	}
	if a, err := g.AnswerApproval(asPerson(), p.ID, false); err != nil || a.Status != store.ApprovalDeclined {
		t.Fatalf("%+v, %v", a, err)
	}
	w.ApprovalID = p.ID
	if h.call(nil); !errors.Is(h.err(), ErrDeclined) || done.Load() != 0 {
		t.Errorf("%v, done %d times", h.err(), done.Load())
	}
}

func TestAnswerInTheTerminalCountsBeforeTheOneInTheHost(t *testing.T) {
	g := newFolder(t).gate()
	h := connect(t, g, "legacy", func(*mcp.ElicitParams) (*mcp.ElicitResult, error) {
		if _, err := g.AnswerApproval(asPerson(), approvals(t, g)[0].ID, false); err != nil {
			t.Error(err)
		}
		return &mcp.ElicitResult{Action: Accept}, nil
	})
	w := deletion()
	done := h.writes(&w)
	if h.call(nil); !errors.Is(h.err(), ErrDeclined) || done.Load() != 0 {
		t.Errorf("%v, done %d times", h.err(), done.Load())
	}
}

func TestApprovalIsBoundToItsWrite(t *testing.T) {
	f := newFolder(t)
	now := time.Now()
	f.now = func() time.Time { return now }
	g := f.gate()
	h := connect(t, g, "modern", nil)
	w := deletion()
	done := h.writes(&w)
	var p *PendingError
	if h.call(nil); !errors.As(h.err(), &p) {
		t.Fatal(h.err())
	}
	if _, err := g.AnswerApproval(asPerson(), p.ID, true); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*Write)
		want   error
	}{
		"payload":      {func(w *Write) { w.Payload = append(slices.Clone(w.Payload), ' ') }, ErrMismatch},
		"destination":  {func(w *Write) { w.Destination = "servicenow:prod" }, ErrMismatch},
		"tool":         {func(w *Write) { w.Tool = "create_page" }, ErrMismatch},
		"id":           {func(w *Write) { w.ApprovalID = "01890a5d-ac96-774b-bcce-b302099a8057" }, ErrNoApproval},
		"no id at all": {func(w *Write) { w.ApprovalID = "x' OR 1=1" }, ErrNoApproval},
	} {
		w = deletion()
		w.ApprovalID = p.ID
		c.change(&w)
		if h.call(nil); !errors.Is(h.err(), c.want) || done.Load() != 0 {
			t.Errorf("%s: %v", name, h.err())
		}
	}
	w = deletion()
	w.ApprovalID = p.ID
	mine := h.caller
	for _, c := range []Caller{{ID: "bob", Channel: ChannelStdio}, {ID: "ana", Channel: ChannelHTTP}, {ID: "ana", Channel: ChannelTerminal}} {
		h.caller = c
		if h.call(nil); !errors.Is(h.err(), ErrNoApproval) || done.Load() != 0 {
			t.Errorf("%+v: %v", c, h.err())
		}
	}
	h.caller = mine
	was := now
	now = now.Add(g.ttl)
	if h.call(nil); !errors.Is(h.err(), ErrExpired) || done.Load() != 0 {
		t.Errorf("expired: %v", h.err())
	}
	now = was.Add(g.ttl - time.Second)
	if h.call(nil); h.err() != nil || done.Load() != 1 {
		t.Errorf("just in time: %v", h.err())
	}
}

func TestPolicyDecidesWhoIsAsked(t *testing.T) {
	inEras(t, func(t *testing.T, era string) {
		f := newFolder(t)
		f.conf.Writes = config.Writes{Default: config.WriteDeny, Tools: map[string]config.WritePolicy{
			"freely": config.WriteAllow, "asks": config.WriteConfirm, "odd": "sometimes",
		}}
		g := f.gate()
		h := connect(t, g, era, says(Accept))
		w := deletion()
		done := h.writes(&w)
		if h.call(nil); !errors.Is(h.err(), ErrDenied) || done.Load() != 0 || len(h.asked()) != 0 {
			t.Errorf("deny: %v", h.err())
		}
		w.Tool = "odd"
		if h.call(nil); !errors.Is(h.err(), ErrDenied) || done.Load() != 0 {
			t.Errorf("unknown policy: %v", h.err())
		}
		w.Tool = "freely"
		if h.call(nil); h.err() != nil || done.Load() != 1 || len(h.asked()) != 0 {
			t.Errorf("allow: %v", h.err())
		}
		w.Tool = "asks"
		if h.call(nil); h.err() != nil || done.Load() != 2 || len(h.asked()) != 1 {
			t.Errorf("confirm: %v", h.err())
		}
		if got := trail(t, g); !strings.HasPrefix(got, "refused:write policy refused:write policy approval_use:event approval_create:event") {
			t.Errorf("record: %s", got)
		}
	})
}

func TestIncompleteWritesAreRefused(t *testing.T) {
	f := newFolder(t)
	f.conf.Writes = config.Writes{Default: config.WriteAllow}
	g := f.gate()
	for name, change := range map[string]func(*Write){
		"tool": func(w *Write) { w.Tool = "" }, "destination": func(w *Write) { w.Destination = "" }, "payload": func(w *Write) { w.Payload = nil },
	} {
		w := deletion()
		change(&w)
		if next, err := g.Authorize(asHost(), &mcp.CallToolRequest{}, w); err == nil || next != nil {
			t.Errorf("without its %s", name)
		}
	}
	if _, err := g.Authorize(context.Background(), &mcp.CallToolRequest{}, deletion()); !errors.Is(err, ErrNoCaller) {
		t.Errorf("without a caller: %v", err)
	}
}

func TestPendingApprovalsAreBounded(t *testing.T) {
	g := newFolder(t).gate()
	h := connect(t, g, "legacy", nil)
	w := deletion()
	h.writes(&w)
	for i := range maxPending {
		w.Payload = []byte{byte(i + 1)}
		if h.call(nil); !errors.Is(h.err(), ErrPending) {
			t.Fatalf("%d: %v", i, h.err())
		}
	}
	w.Payload = []byte("one more")
	if h.call(nil); !errors.Is(h.err(), ErrLimit) || !Actionable(h.err()) {
		t.Errorf("%v", h.err())
	}
	h.caller.ID = "bob"
	if h.call(nil); !errors.Is(h.err(), ErrPending) {
		t.Errorf("somebody else: %v", h.err())
	}
}

func TestUnwritableRecordAuthorizesNothing(t *testing.T) {
	inEras(t, func(t *testing.T, era string) {
		f := newFolder(t)
		db := &tap{Store: f.store()}
		g, err := New(asPerson(), f.options(db))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { g.batch.stop(); <-g.batch.ended })
		w := deletion()
		for _, policy := range []config.WritePolicy{config.WriteAllow, config.WriteConfirm} {
			f.conf.Writes.Default = policy
			h := connect(t, g, era, says(Accept))
			done := h.writes(&w)
			db.set(store.ErrFull)
			if h.call(nil); !errors.Is(h.err(), ErrRecord) || done.Load() != 0 || len(h.asked()) != 0 {
				t.Errorf("%s: %v, asked %d times", policy, h.err(), len(h.asked()))
			}
			db.set(nil)
		}
		// The record fails after the person was asked: the answer is not used.
		h := connect(t, g, era, func(*mcp.ElicitParams) (*mcp.ElicitResult, error) {
			db.set(store.ErrFull)
			return &mcp.ElicitResult{Action: Accept}, nil
		})
		done := h.writes(&w)
		if h.call(nil); !errors.Is(h.err(), ErrRecord) || done.Load() != 0 {
			t.Errorf("after the answer: %v", h.err())
		}
		db.set(nil)
	})
}

func TestUnscannablePreviewAsksNobody(t *testing.T) {
	g := newFolder(t).gate()
	g.texts = blind{}
	h := connect(t, g, "legacy", says(Accept))
	w := deletion()
	done := h.writes(&w)
	if h.call(nil); !errors.Is(h.err(), ErrScan) || done.Load() != 0 || len(approvals(t, g)) != 0 {
		t.Errorf("%v", h.err())
	}
}

func TestOnlyDecisionsAreActionable(t *testing.T) {
	for _, err := range []error{errors.New("x"), ErrRecord, ErrScan, store.ErrFull, ErrTampered, ErrNoCaller} {
		if Actionable(err) {
			t.Errorf("%v is shown to the caller", err)
		}
	}
	for _, err := range []error{ErrDeclined, &PendingError{}, ErrUsed, ErrState, ErrCannotAsk} {
		if !Actionable(err) {
			t.Errorf("%v is kept from the caller", err)
		}
	}
}
