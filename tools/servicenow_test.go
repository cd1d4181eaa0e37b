package tools

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"

	fake "github.com/tftsr/tftsr/internal/fakes/servicenow"
)

// snowBench is a bench with an instance prod, which is a fake.
func snowBench(t *testing.T, s setup, change ...func(*store.Integration)) (*bench, *fake.Fake) {
	t.Helper()
	b := newBench(t, s)
	f := fake.New(fake.Options{})
	b.instance(f, "prod", change...)
	return b, f
}

// instance configures a fake as an instance.
func (b *bench) instance(f *fake.Fake, name string, change ...func(*store.Integration)) {
	b.t.Helper()
	b.serve(f, "servicenow.yaml", fake.Password, &store.Integration{Service: "servicenow", Name: name, Username: fake.User, Auth: "basic"}, change...)
}

var allow = setup{config: func(c *config.Config) { c.Writes.Default = config.WriteAllow }}

func TestAnIncidentIsFiledOnceAndReadBack(t *testing.T) {
	b, f := snowBench(t, allow)
	issue := b.issue()
	out := b.call("create_servicenow_incident", map[string]any{"issue_id": issue, "severity": "P2"})
	id, number := out["id"].(string), out["ticket_number"].(string)
	got := f.Fields(id)
	if got == nil || got["number"] != number || got["impact"] != "1" || got["urgency"] != "2" || got["correlation_id"] != issue {
		t.Fatalf("the instance has %v, the answer is %v", got, out)
	}
	if out["priority"] != "2 - High" || out["state"] != "New" || out["state_code"] != "1" || !strings.HasSuffix(out["url"].(string), "/nav_to.do?uri=incident.do%3Fsys_id%3D"+id) {
		t.Errorf("read back as %v", out)
	}
	again := b.call("create_servicenow_incident", map[string]any{"issue_id": issue, "severity": "P1"})
	if again["id"] != id || again["existing"] != true || f.Writes() != 1 {
		t.Errorf("a second create: %v, %d writes", again, f.Writes())
	}
	tickets, err := b.deps.Store.TicketsOf(t.Context(), issue)
	if err != nil || len(tickets) != 1 || tickets[0].Number != number || tickets[0].State != store.TicketFiled {
		t.Errorf("the issue remembers %+v, %v", tickets, err)
	}
	for _, named := range []string{id, number} {
		in := b.call("get_servicenow_incident", map[string]any{"id": named})["incident"].(map[string]any)
		if in["id"] != id || in["issue_id"] != issue || in["priority_code"] != "2" {
			t.Errorf("%s is %v", named, in)
		}
	}
}

func TestALostAnswerIsResolvedByTheCorrelationID(t *testing.T) {
	b, f := snowBench(t, allow)
	issue := b.issue()
	f.DropAnswers(1)
	out := b.call("create_servicenow_incident", map[string]any{"issue_id": issue})
	if f.Writes() != 1 || f.Fields(out["id"].(string)) == nil {
		t.Fatalf("%v, %d writes", out, f.Writes())
	}
}

func TestAWriteThatFailsIsNotRepeated(t *testing.T) {
	b, f := snowBench(t, allow)
	issue := b.issue()
	f.FailWrites(1)
	_, text := b.try("create_servicenow_incident", map[string]any{"issue_id": issue})
	if !strings.Contains(text, "HTTP 503") || !strings.Contains(text, "looks again before it files") || f.Writes() != 0 {
		t.Fatalf("%q, %d writes", text, f.Writes())
	}
	// Whether it was done is not known: another call waits rather than file twice.
	if _, text = b.try("create_servicenow_incident", map[string]any{"issue_id": issue}); !strings.Contains(text, "another call is filing") {
		t.Fatalf("%q", text)
	}
	b.deps.Now = func() time.Time { return time.Now().Add(claimTime + time.Second) }
	b.call("create_servicenow_incident", map[string]any{"issue_id": issue})
	if f.Writes() != 1 {
		t.Errorf("%d writes", f.Writes())
	}
	// A clear no leaves nothing behind.
	other := b.issue()
	f.Set(func(o *fake.Options) { o.RateLimit = 1 })
	if _, text = b.try("create_servicenow_incident", map[string]any{"issue_id": other}); !strings.Contains(text, "too many calls") || !strings.Contains(text, "try again in 1h") || !strings.Contains(text, "Number of requests for the hour exceeded") {
		t.Errorf("%q", text)
	}
	f.Set(func(o *fake.Options) { o.RateLimit = 0 })
	b.call("create_servicenow_incident", map[string]any{"issue_id": other})
}

func TestAWriteWaitsForAPersonAndHoldsForItsBytesOnly(t *testing.T) {
	b, f := snowBench(t, setup{})
	issue := b.issue()
	args := map[string]any{"issue_id": issue, "description": "mail from jane.roe@acme-widgets.com"}
	_, text := b.try("create_servicenow_incident", args)
	if !strings.Contains(text, "tftsr approvals approve") || f.Writes() != 0 {
		t.Fatalf("%q, %d writes", text, f.Writes())
	}
	list, err := b.deps.Store.ListApprovals(t.Context(), store.ApprovalPending, time.Now())
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	a := list[0]
	if a.Destination != "servicenow:prod/incident" || !strings.Contains(a.Preview, `"correlation_id": "`+issue) || strings.Contains(a.Preview, "jane.roe") {
		t.Errorf("the approval is %+v", a)
	}
	if _, err := b.gate.AnswerApproval(b.person(), a.ID, true); err != nil {
		t.Fatal(err)
	}
	other := map[string]any{"issue_id": issue, "description": "something else", "approval_id": a.ID}
	if _, text := b.try("create_servicenow_incident", other); !strings.Contains(text, "given for something else") || f.Writes() != 0 {
		t.Fatalf("%q, %d writes", text, f.Writes())
	}
	args["approval_id"] = a.ID
	out := b.call("create_servicenow_incident", args)
	if f.Writes() != 1 {
		t.Fatalf("%d writes", f.Writes())
	}
	// The record has the exact bytes' digest before the write, and its outcome.
	entries, err := b.deps.Store.ListEntries(t.Context(), store.EntryFilter{Action: audit.ActionExternalWrite})
	if err != nil || len(entries) != 2 || !strings.Contains(string(entries[1].Details), a.PayloadSHA256) || !strings.Contains(string(entries[0].Details), `"status":"ok"`) {
		t.Errorf("%+v, %v", entries, err)
	}
	// An approval for one incident is none for another.
	id := f.Seed(map[string]string{"short_description": "another"}, false)
	note := map[string]any{"id": out["id"], "work_notes": "cause found"}
	_, text = b.try("update_servicenow_incident", note)
	_, approval, _ := strings.Cut(text, "approve ")
	approval = approval[:36]
	if _, err := b.gate.AnswerApproval(b.person(), approval, true); err != nil {
		t.Fatal(err)
	}
	if _, text := b.try("update_servicenow_incident", map[string]any{"id": id, "work_notes": "cause found", "approval_id": approval}); !strings.Contains(text, "given for something else") {
		t.Errorf("%q", text)
	}
}

func TestUpdatesAndResolutionsAreReadBack(t *testing.T) {
	b, f := snowBench(t, allow)
	id := f.Seed(map[string]string{"short_description": "db down"}, false)
	out := b.call("update_servicenow_incident", map[string]any{"id": "INC0010001", "work_notes": "looking", "severity": "critical", "state": "in_progress"})
	if out["priority"] != "1 - Critical" || out["state_code"] != "2" || !slices.Equal(f.Journal(id), []string{"work_notes: looking"}) {
		t.Errorf("%v, journal %v", out, f.Journal(id))
	}
	// The instance has rules of its own.
	f.Rule(func(r map[string]string) { r["urgency"] = "3" })
	out = b.call("update_servicenow_incident", map[string]any{"id": id, "severity": "high"})
	if out["priority"] != "3 - Moderate" || !strings.Contains(out["note"].(string), "urgency 3") {
		t.Errorf("%v", out)
	}
	if _, text := b.try("resolve_servicenow_incident", map[string]any{"id": id, "close_notes": "restarted"}); !strings.Contains(text, "close_code") {
		t.Errorf("%q", text)
	}
	out = b.call("resolve_servicenow_incident", map[string]any{"id": id, "close_notes": "restarted", "close_code": "Solution provided"})
	if out["state"] != "Resolved" || out["state_code"] != "6" || f.Fields(id)["close_notes"] != "restarted" {
		t.Errorf("%v", out)
	}
	for args, want := range map[[2]string]string{
		{"state", "closed"}: "state is new", {"severity", "urgent"}: "severity is", {"", ""}: "at least one field",
	} {
		in := map[string]any{"id": id}
		if args[0] != "" {
			in[args[0]] = args[1]
		}
		if _, text := b.try("update_servicenow_incident", in); !strings.Contains(text, want) {
			t.Errorf("%v: %q", args, text)
		}
	}
}

func TestSearchesAreBoundedAndRefuseWhatEndsAValue(t *testing.T) {
	b, f := snowBench(t, allow)
	for n := range 12 {
		f.Seed(map[string]string{"short_description": "checkout 502", "state": "2"}, n == 3)
	}
	f.Seed(map[string]string{"short_description": "secret merger", "state": "1"}, false)
	out := b.call("search_servicenow_incidents", map[string]any{"text": "checkout", "state": "in_progress"})
	if n := len(out["incidents"].([]any)); n != 9 {
		t.Errorf("%d incidents on the first page", n)
	}
	// A row that is hidden makes the page shorter and is not its end.
	if out["next_offset"] != float64(10) {
		t.Fatalf("next_offset is %v", out["next_offset"])
	}
	rest := b.call("search_servicenow_incidents", map[string]any{"text": "checkout", "state": "in_progress", "offset": 10})
	if rest["next_offset"] != nil || len(out["incidents"].([]any))+len(rest["incidents"].([]any)) != 11 {
		t.Errorf("%v", rest)
	}
	before := f.Calls()
	for _, hostile := range []string{"x^NQactive=true", "x^ORnumberISNOTEMPTY", "javascript:gs.getUserID()", "a\nb"} {
		if _, text := b.try("search_servicenow_incidents", map[string]any{"text": hostile}); !strings.Contains(text, "cannot stand in a ServiceNow query") {
			t.Errorf("%q: %q", hostile, text)
		}
	}
	if f.Calls() != before {
		t.Error("a hostile value reached the instance")
	}
}

func TestATrustedInstanceGetsTheRealHostAndTheModelDoesNot(t *testing.T) {
	const host = "db7.prod.corp.internal"
	for _, trusted := range []bool{false, true} {
		b, f := snowBench(t, allow, func(i *store.Integration) {
			if trusted {
				i.TrustTypes, i.TrustFields = []string{"Hostname"}, []string{"description"}
			}
		})
		issue := b.issue()
		agent := gate.WithCaller(t.Context(), gate.Caller{ID: "agent", Channel: gate.ChannelStdio})
		tok, _, err := b.gate.RedactText(agent, pii.ModeRaw, host)
		if err != nil || tok == host {
			t.Fatal(tok, err)
		}
		if err := b.gate.NoteShown(agent, []byte(tok)); err != nil { // The chain of the server does.
			t.Fatal(err)
		}
		out := b.call("create_servicenow_incident", map[string]any{"issue_id": issue, "short_description": "down: " + tok, "description": "cannot reach " + tok})
		got := f.Fields(out["id"].(string))
		if strings.Contains(got["description"], host) != trusted || strings.Contains(got["short_description"], host) || !strings.Contains(got["short_description"], tok) {
			t.Errorf("trusted %v: the instance has %q and %q", trusted, got["short_description"], got["description"])
		}
		in := b.call("get_servicenow_incident", map[string]any{"id": out["id"]})["incident"].(map[string]any)
		if strings.Contains(in["description"].(string), host) || trusted && !strings.Contains(in["description"].(string), tok) {
			t.Errorf("trusted %v: the model reads %q", trusted, in["description"])
		}
	}
}

func TestEveryRefusalOfAnInstanceSaysWhatItIs(t *testing.T) {
	b, f := snowBench(t, allow)
	hidden := f.Seed(map[string]string{"short_description": "x"}, true)
	for name, tc := range map[string]struct {
		tool, want string
		args       map[string]any
		change     func(*fake.Options)
	}{
		"hibernating": {"get_servicenow_incident", "hibernates", map[string]any{"id": "INC0010001"}, func(o *fake.Options) { o.Hibernating = true }},
		"hidden":      {"get_servicenow_incident", "ACL restricts", map[string]any{"id": hidden}, nil},
		"no number":   {"get_servicenow_incident", "there is no such thing", map[string]any{"id": "INC9999999"}, nil},
		"no id":       {"get_servicenow_incident", "sys_id of 32 hexadecimal digits", map[string]any{"id": "46D44A5D-c0a8"}, nil},
		"instance":    {"get_servicenow_incident", "the instances of servicenow are: prod", map[string]any{"id": "INC0010001", "instance": "dev"}, nil},
	} {
		f.Set(func(o *fake.Options) { *o = fake.Options{Now: time.Now} })
		if tc.change != nil {
			f.Set(tc.change)
		}
		if _, text := b.try(tc.tool, tc.args); !strings.Contains(text, tc.want) {
			t.Errorf("%s: %q", name, text)
		}
	}
	f.Set(func(o *fake.Options) { o.Hibernating = true })
	if out := b.call("test_servicenow_connection", nil); out["success"] != false || !strings.Contains(out["message"].(string), "hibernates") {
		t.Errorf("%v", out)
	}
	f.Set(func(o *fake.Options) { o.Hibernating = false })
	if out := b.call("test_servicenow_connection", nil); out["success"] != true {
		t.Errorf("%v", out)
	}
}

func TestTheInstanceOfACategoryIsItsDefault(t *testing.T) {
	b, prod := snowBench(t, allow, func(i *store.Integration) { i.Categories = []string{"linux", "*"} })
	db := fake.New(fake.Options{})
	b.instance(db, "db", func(i *store.Integration) { i.Categories = []string{"databases"} })
	for category, want := range map[string]*fake.Fake{"databases": db, "linux": prod, "network": prod} {
		before := want.Writes()
		out := b.call("create_issue", map[string]any{"title": "Orders fail since noon", "severity": "low", "category": category})
		b.call("create_servicenow_incident", map[string]any{"issue_id": out["issue"].(map[string]any)["id"]})
		if want.Writes() != before+1 {
			t.Errorf("an issue of category %s went elsewhere", category)
		}
	}
	if _, text := b.try("get_servicenow_incident", map[string]any{"id": "INC0010001", "instance": "db"}); text != "" {
		t.Errorf("%q", text)
	}
}

func TestWithoutAnInstanceNothingIsListedOrCalled(t *testing.T) {
	chosen, err := Select(All(), Selection{})
	if err != nil {
		t.Fatal(err)
	}
	with, err := Select(All(), Selection{Configured: []string{"servicenow"}})
	if err != nil || len(with) != len(chosen)+6 {
		t.Errorf("%d tools, %d with an instance, %v", len(chosen), len(with), err)
	}
	b := newBench(t, setup{})
	if _, text := b.try("search_servicenow_incidents", map[string]any{"text": "x"}); !strings.Contains(text, "tftsr integration add servicenow") {
		t.Errorf("%q", text)
	}
}
