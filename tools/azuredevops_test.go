package tools

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
	fake "github.com/tftsr/tftsr/internal/fakes/azuredevops"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

// adoBench is a bench with an instance prod of Azure DevOps, which is a fake.
func adoBench(t *testing.T, s setup, o fake.Options, change ...func(*store.Integration)) (*bench, *fake.Fake) {
	t.Helper()
	b, f := newBench(t, s), fake.New(o)
	b.project(f, o.Server, change...)
	return b, f
}

// project configures a fake as the instance prod.
func (b *bench) project(f *fake.Fake, server bool, change ...func(*store.Integration)) {
	b.t.Helper()
	dialect := "services"
	if server {
		dialect = "server"
	}
	b.serve(f, "azuredevops.yaml", fake.PAT, &store.Integration{
		Service: "azuredevops", Name: "prod", BaseURL: "/" + fake.Organization, ProjectName: fake.Project, Auth: "pat", Options: map[string]string{"dialect": dialect},
	}, change...)
}

func number(t *testing.T, out map[string]any) int {
	t.Helper()
	n, err := strconv.Atoi(out["id"].(string))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAWorkItemIsFiledOnceAndReadBack(t *testing.T) {
	b, f := adoBench(t, allow, fake.Options{})
	issue := b.issue()
	out := b.call("create_azuredevops_workitem", map[string]any{"issue_id": issue, "severity": "P1", "description": "# Cause\n\n* **disk** full"})
	id := number(t, out)
	got := f.Fields(id)
	if got["System.WorkItemType"] != "Bug" || got["Microsoft.VSTS.TCM.ReproSteps"] != "# Cause\n\n* **disk** full" || f.Format(id, "Microsoft.VSTS.TCM.ReproSteps") != "markdown" ||
		got["Microsoft.VSTS.Common.Priority"] != 1 || got["Microsoft.VSTS.Common.Severity"] != "1 - Critical" || got["System.Tags"] != "tftsr-"+issue {
		t.Fatalf("the service has %v", got)
	}
	if out["type"] != "Bug" || out["state"] != "New" || out["priority"] != float64(1) || out["severity"] != "1 - Critical" || out["rev"] != float64(1) || out["note"] != nil ||
		!strings.HasSuffix(out["url"].(string), fmt.Sprintf("/fabrikam/Fabrikam%%20Fiber/_workitems/edit/%d", id)) {
		t.Errorf("read back as %v", out)
	}
	again := b.call("create_azuredevops_workitem", map[string]any{"issue_id": issue, "severity": "P4"})
	if again["id"] != out["id"] || again["existing"] != true || f.Writes() != 1 {
		t.Errorf("a second create: %v, %d writes", again, f.Writes())
	}
	tickets, err := b.deps.Store.TicketsOf(t.Context(), issue)
	if err != nil || len(tickets) != 1 || tickets[0].Number != out["id"] || tickets[0].Service != "azuredevops" || tickets[0].State != store.TicketFiled {
		t.Errorf("the issue remembers %+v, %v", tickets, err)
	}
	in := b.call("get_azuredevops_workitem", map[string]any{"id": out["id"]})
	item := in["work_item"].(map[string]any)
	if item["issue_id"] != issue || item["description"] != "# Cause\n\n* **disk** full" || item["rev"] != float64(1) || len(in["comments"].([]any)) != 0 {
		t.Errorf("%v", in)
	}
	// Somebody takes the tag away: our own memory says that it was filed.
	f.Touch(id, "System.Tags", "other")
	if _, text := b.try("create_azuredevops_workitem", map[string]any{"issue_id": issue}); !strings.Contains(text, "was filed as "+out["id"].(string)) || f.Writes() != 1 {
		t.Errorf("%q", text)
	}
}

func TestEveryProcessGetsTheTypeThatItHas(t *testing.T) {
	for process, want := range map[string][2]string{"Agile": {"Bug", "2 - High"}, "Scrum": {"Bug", "2 - High"}, "CMMI": {"Bug", "2 - High"}, "Basic": {"Issue", ""}} {
		b, f := adoBench(t, allow, fake.Options{Process: process})
		out := b.call("create_azuredevops_workitem", map[string]any{"issue_id": b.issue(), "severity": "high", "description": "why"})
		got := f.Fields(number(t, out))
		text := "Microsoft.VSTS.TCM.ReproSteps"
		if want[0] != "Bug" {
			text = "System.Description"
		}
		if out["type"] != want[0] || out["severity"] != nil && out["severity"] != want[1] || out["priority"] != float64(2) || got[text] != "why" {
			t.Errorf("%s: %v, %v", process, out, got)
		}
		list := b.call("list_azuredevops_workitem_types", map[string]any{"type": want[0]})
		if list["default_type"] != want[0] || !strings.Contains(fmt.Sprint(list["fields"]), "Microsoft.VSTS.Common.Priority") || strings.Contains(fmt.Sprint(list), "Incident") {
			t.Errorf("%s: %v", process, list)
		}
	}
	// An Incident where a customer has one, and only then.
	configured := func(i *store.Integration) { i.Options["type"] = "Incident" }
	b, _ := adoBench(t, allow, fake.Options{Types: []string{"Incident"}}, configured)
	if out := b.call("create_azuredevops_workitem", map[string]any{"issue_id": b.issue()}); out["type"] != "Incident" {
		t.Errorf("%v", out)
	}
	b, _ = adoBench(t, allow, fake.Options{}, configured)
	if out := b.call("create_azuredevops_workitem", map[string]any{"issue_id": b.issue()}); out["type"] != "Bug" {
		t.Errorf("%v", out)
	}
	if out := b.call("create_azuredevops_workitem", map[string]any{"issue_id": b.issue(), "type": "user story"}); out["type"] != "User Story" || out["severity"] != nil {
		t.Errorf("%v", out)
	}
	if _, text := b.try("create_azuredevops_workitem", map[string]any{"issue_id": b.issue(), "type": "Incident"}); !strings.Contains(text, "has no work item type Incident; it has: Epic, Feature, User Story, Task, Bug, Issue") {
		t.Errorf("%q", text)
	}
}

func TestAServerGetsHTMLAndNoMarkdown(t *testing.T) {
	b, f := adoBench(t, allow, fake.Options{Server: true, MaxVersion: "6.0"})
	out := b.call("create_azuredevops_workitem", map[string]any{"issue_id": b.issue(), "description": "# Cause\n\n**disk** full of <core> files"})
	id := number(t, out)
	if got := f.Fields(id)["Microsoft.VSTS.TCM.ReproSteps"]; got != "<h1>Cause</h1>\n<p><strong>disk</strong> full of &lt;core&gt; files</p>" {
		t.Errorf("%q", got)
	}
	b.call("update_azuredevops_workitem", map[string]any{"id": out["id"], "comment": "a **comment**"})
	if got := f.Comments(id); !slices.Equal(got, []string{"<p>a <strong>comment</strong></p>"}) {
		t.Errorf("%q", got)
	}
	in := b.call("get_azuredevops_workitem", map[string]any{"id": out["id"]})
	if in["work_item"].(map[string]any)["description"] != "Cause\n\ndisk full of <core> files" || !strings.Contains(fmt.Sprint(in["comments"]), "a comment") {
		t.Errorf("%v", in)
	}
}

func TestAPersonSeesThePatchAndWhatTheServiceWouldMakeOfIt(t *testing.T) {
	b, f := adoBench(t, setup{}, fake.Options{})
	issue := b.issue()
	args := map[string]any{"issue_id": issue, "severity": "low", "description": "mail from jane.roe@acme-widgets.com"}
	_, text := b.try("create_azuredevops_workitem", args)
	if !strings.Contains(text, "tftsr approvals approve") || f.Writes() != 0 || f.Checks() != 1 {
		t.Fatalf("%q, %d writes, %d checks", text, f.Writes(), f.Checks())
	}
	list, err := b.deps.Store.ListApprovals(t.Context(), store.ApprovalPending, time.Now())
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	a := list[0]
	for _, want := range []string{"File a Bug in the project Fabrikam Fiber at http", `"path": "/fields/Microsoft.VSTS.TCM.ReproSteps"`, `"value": "4 - Low"`, "would make: Bug, state New, priority 4, severity 4 - Low.", "tftsr-" + issue} {
		if !strings.Contains(a.Preview, want) {
			t.Errorf("the preview lacks %q:\n%s", want, a.Preview)
		}
	}
	if a.Destination != "azuredevops:prod/workitem" || strings.Contains(a.Preview, "jane.roe") {
		t.Errorf("the approval is %+v", a)
	}
	if _, err := b.gate.AnswerApproval(b.person(), a.ID, true); err != nil {
		t.Fatal(err)
	}
	other := map[string]any{"issue_id": issue, "description": "something else", "approval_id": a.ID}
	if _, text := b.try("create_azuredevops_workitem", other); !strings.Contains(text, "given for something else") || f.Writes() != 0 {
		t.Fatalf("%q, %d writes", text, f.Writes())
	}
	args["approval_id"] = a.ID
	out := b.call("create_azuredevops_workitem", args)
	if f.Writes() != 1 || f.Checks() != 1 {
		t.Fatalf("%d writes, %d checks", f.Writes(), f.Checks())
	}
	entries, err := b.deps.Store.ListEntries(t.Context(), store.EntryFilter{Action: audit.ActionExternalWrite})
	if err != nil || len(entries) != 2 || !strings.Contains(string(entries[1].Details), a.PayloadSHA256) || !strings.Contains(string(entries[0].Details), `"status":"ok"`) {
		t.Errorf("%+v, %v", entries, err)
	}
	// An approval of a change holds for the revision that it was asked for.
	change := map[string]any{"id": out["id"], "state": "active", "comment": "cause found"}
	_, text = b.try("update_azuredevops_workitem", change)
	_, approval, _ := strings.Cut(text, "approve ")
	approval = approval[:36]
	if _, err := b.gate.AnswerApproval(b.person(), approval, true); err != nil {
		t.Fatal(err)
	}
	f.Touch(number(t, out), "System.Title", "changed by a colleague")
	change["approval_id"] = approval
	if _, text := b.try("update_azuredevops_workitem", change); !strings.Contains(text, "is at revision 2 now, and an approval holds for one revision") || f.Writes() != 1 {
		t.Errorf("%q, %d writes", text, f.Writes())
	}
}

func TestWhatTheServiceWouldRefuseIsToldBeforeAPersonIsAsked(t *testing.T) {
	require := fake.Options{Require: map[string][]string{"Custom.Environment": {"Production", "Staging"}}}
	b, f := adoBench(t, setup{}, require)
	if _, text := b.try("create_azuredevops_workitem", map[string]any{"issue_id": b.issue()}); !strings.Contains(text, "needs more fields: Custom.Environment (Production, Staging)") || f.Checks() != 0 {
		t.Errorf("%q", text)
	}
	b, f = adoBench(t, setup{}, require, func(i *store.Integration) { i.Options["fields"] = "Custom.Environment=Moon" })
	_, text := b.try("create_azuredevops_workitem", map[string]any{"issue_id": b.issue()})
	if !strings.Contains(text, "TF401320: Rule Error for field Environment") || !strings.Contains(text, "Fields: Custom.Environment") || f.Writes() != 0 {
		t.Errorf("%q", text)
	}
	if list, err := b.deps.Store.ListApprovals(t.Context(), store.ApprovalPending, time.Now()); err != nil || len(list) > 0 {
		t.Errorf("a person was asked: %v, %v", list, err)
	}
	b, f = adoBench(t, allow, require, func(i *store.Integration) { i.Options["fields"] = "Custom.Environment=Production" })
	out := b.call("create_azuredevops_workitem", map[string]any{"issue_id": b.issue()})
	if f.Fields(number(t, out))["Custom.Environment"] != "Production" {
		t.Errorf("%v", f.Fields(number(t, out)))
	}
	b, _ = adoBench(t, setup{}, fake.Options{ReadOnly: true})
	if _, text := b.try("create_azuredevops_workitem", map[string]any{"issue_id": b.issue()}); !strings.Contains(text, "TF237111") || !strings.Contains(text, "does not allow this") {
		t.Errorf("%q", text)
	}
}

func TestALostAnswerOfAnyWriteIsLookedFor(t *testing.T) {
	b, f := adoBench(t, allow, fake.Options{})
	f.DropAnswers(1)
	out := b.call("create_azuredevops_workitem", map[string]any{"issue_id": b.issue(), "description": "x"})
	if f.Writes() != 1 || f.Fields(number(t, out)) == nil {
		t.Fatalf("%v, %d writes", out, f.Writes())
	}
	f.DropAnswers(1)
	out = b.call("update_azuredevops_workitem", map[string]any{"id": out["id"], "state": "Active", "severity": "P3", "description": "a *new* text", "comment": "see <above>"})
	if f.Writes() != 2 || out["state"] != "Active" || out["priority"] != float64(3) || out["rev"] != float64(2) {
		t.Errorf("%v, %d writes", out, f.Writes())
	}
	f.DropAnswers(1)
	b.call("update_azuredevops_workitem", map[string]any{"id": out["id"], "comment": "and *another* one"})
	if got := f.Comments(number(t, out)); f.Writes() != 3 || len(got) != 2 || got[1] != "and *another* one" {
		t.Errorf("%q, %d writes", got, f.Writes())
	}
	// Nothing was done: it is not sent again, and the caller knows.
	for _, in := range []map[string]any{{"id": out["id"], "state": "Closed"}, {"id": out["id"], "comment": "third"}} {
		f.FailWrites(1)
		if _, text := b.try("update_azuredevops_workitem", in); !strings.Contains(text, "HTTP 503") || !strings.Contains(text, "may have been done all the same") || f.Writes() != 3 {
			t.Errorf("%q, %d writes", text, f.Writes())
		}
	}
}

func TestAFailedCreateIsNotRepeated(t *testing.T) {
	b, f := adoBench(t, allow, fake.Options{})
	issue := b.issue()
	f.FailWrites(1)
	_, text := b.try("create_azuredevops_workitem", map[string]any{"issue_id": issue})
	if !strings.Contains(text, "HTTP 503") || !strings.Contains(text, "looks again before it files") || f.Writes() != 0 {
		t.Fatalf("%q, %d writes", text, f.Writes())
	}
	if _, text = b.try("create_azuredevops_workitem", map[string]any{"issue_id": issue}); !strings.Contains(text, "another call is filing") {
		t.Fatalf("%q", text)
	}
	b.deps.Now = func() time.Time { return time.Now().Add(claimTime + time.Second) }
	b.call("create_azuredevops_workitem", map[string]any{"issue_id": issue})
	if f.Writes() != 1 {
		t.Errorf("%d writes", f.Writes())
	}
}

func TestAConflictIsExplainedAndOverwritesNothing(t *testing.T) {
	b, f := adoBench(t, allow, fake.Options{})
	id := f.Seed(fake.Project, "Bug", map[string]any{"System.Title": "db down"}, false)
	name := strconv.Itoa(id)
	f.Touch(id, "System.State", "Active")
	if _, text := b.try("update_azuredevops_workitem", map[string]any{"id": name, "rev": 1, "state": "Closed"}); !strings.Contains(text, "at revision 2 now, not 1") {
		t.Errorf("%q", text)
	}
	f.Race(1)
	_, text := b.try("update_azuredevops_workitem", map[string]any{"id": name, "rev": 2, "state": "Closed"})
	if !strings.Contains(text, "HTTP 409") || !strings.Contains(text, "Work item "+name+" is at revision 3 now") || !strings.Contains(text, "TF26071") || f.Fields(id)["System.State"] != "Active" || f.Writes() != 0 {
		t.Errorf("%q, %v", text, f.Fields(id))
	}
	f.Outrun(1)
	_, text = b.try("update_azuredevops_workitem", map[string]any{"id": name, "rev": 3, "state": "Closed"})
	if !strings.Contains(text, "HTTP 412") || !strings.Contains(text, "Work item "+name+" is at revision 4 now") || !strings.Contains(text, "VS403351") || f.Writes() != 0 {
		t.Errorf("%q", text)
	}
	out := b.call("update_azuredevops_workitem", map[string]any{"id": name, "rev": 4, "state": "closed"})
	if out["state"] != "Closed" || out["rev"] != float64(5) {
		t.Errorf("%v", out)
	}
	// Rules of the process are told.
	f.Rule(func(fields map[string]any) { fields["Microsoft.VSTS.Common.Priority"] = 4 })
	out = b.call("update_azuredevops_workitem", map[string]any{"id": name, "severity": "critical"})
	if out["priority"] != float64(4) || out["note"] != "the service has priority 4, not 1 as was sent" {
		t.Errorf("%v", out)
	}
	for want, in := range map[string]map[string]any{
		"at least one thing": {"id": name}, "one of the states: New, Active, Resolved, Closed": {"id": name, "state": "Done"}, "severity is": {"id": name, "severity": "urgent"},
		"by its number": {"id": "INC0010001", "comment": "x"}, "there is no such thing": {"id": "99999", "comment": "x"},
	} {
		if _, text := b.try("update_azuredevops_workitem", in); !strings.Contains(text, want) {
			t.Errorf("%v: %q", in, text)
		}
	}
}

func TestSearchesFindWhatTheAccountMayReadInTheProject(t *testing.T) {
	b, f := adoBench(t, allow, fake.Options{})
	for n := range 14 {
		f.Seed(fake.Project, "Bug", map[string]any{"System.Title": "checkout 502", "Microsoft.VSTS.TCM.ReproSteps": "text"}, n == 3)
	}
	f.Seed(fake.OtherProject, "Bug", map[string]any{"System.Title": "checkout of salaries"}, false)
	f.Seed(fake.Project, "Task", map[string]any{"System.Title": "it's late", "System.AreaPath": fake.Project + `\Ops`}, false)
	out := b.call("search_azuredevops_workitems", map[string]any{"text": "checkout", "state": "New", "type": "Bug"})
	rest := b.call("search_azuredevops_workitems", map[string]any{"text": "checkout", "offset": 10})
	if a, c := len(out["work_items"].([]any)), len(rest["work_items"].([]any)); a+c != 13 || out["next_offset"] != float64(10) || rest["next_offset"] != nil || strings.Contains(fmt.Sprint(out, rest), "salaries") {
		t.Errorf("%d and %d: %v, %v", a, c, out, rest)
	}
	if out := b.call("search_azuredevops_workitems", map[string]any{"text": "it's", "area_path": fake.Project + `\Ops`}); len(out["work_items"].([]any)) != 1 {
		t.Errorf("%v", out)
	}
	if out := b.call("search_azuredevops_workitems", map[string]any{"text": "' OR [System.Id] > 0 OR [System.Title] = '"}); len(out["work_items"].([]any)) != 0 {
		t.Errorf("%v", out)
	}
	before := f.Calls()
	for in, want := range map[string]string{"a\nb": "cannot stand in a query", strings.Repeat("é", 150): "longer than 200 bytes"} {
		if _, text := b.try("search_azuredevops_workitems", map[string]any{"text": in}); !strings.Contains(text, want) {
			t.Errorf("%q: %q", in, text)
		}
	}
	if _, text := b.try("search_azuredevops_workitems", map[string]any{"wiql": "SELECT [System.Id] FROM WorkItems WHERE [System.Id] > 0"}); !strings.Contains(text, "raw_wiql=allow") {
		t.Errorf("%q", text)
	}
	if f.Calls() != before {
		t.Error("what is refused reached the service")
	}
	f.Set(func(o *fake.Options) { o.Cap = 5 })
	if _, text := b.try("search_azuredevops_workitems", map[string]any{"text": "checkout"}); !strings.Contains(text, "narrow the search") || !strings.Contains(text, "VS402337") {
		t.Errorf("%q", text)
	}
}

func TestQueriesOfAgentsStayInTheProjectWhereTheyAreAllowed(t *testing.T) {
	const host = "db7.prod.corp.internal"
	b, f := adoBench(t, allow, fake.Options{}, func(i *store.Integration) {
		i.Options["raw_wiql"] = "allow"
		i.TrustTypes, i.TrustFields = []string{"Hostname"}, []string{"query"}
	})
	mine := f.Seed(fake.Project, "Bug", map[string]any{"System.Title": "disk of " + host + " full"}, false)
	f.Seed(fake.OtherProject, "Bug", map[string]any{"System.Title": "salaries"}, false)
	out := b.call("search_azuredevops_workitems", map[string]any{"wiql": "SELECT [System.Id] FROM WorkItems WHERE [System.Id] = 0 OR [System.TeamProject] <> 'x'"})
	if list := out["work_items"].([]any); len(list) != 1 || list[0].(map[string]any)["id"] != strconv.Itoa(mine) {
		t.Errorf("%v", out)
	}
	// The agent saw a token in what came back, and searches by it.
	title := out["work_items"].([]any)[0].(map[string]any)["title"].(string)
	token := strings.TrimSuffix(strings.TrimPrefix(title, "disk of "), " full")
	if !strings.HasPrefix(token, "[Hostname_") {
		t.Fatalf("the agent reads %q", title)
	}
	if err := b.gate.NoteShown(gate.WithCaller(t.Context(), gate.Caller{ID: "agent", Channel: gate.ChannelStdio}), []byte(title)); err != nil {
		t.Fatal(err)
	}
	out = b.call("search_azuredevops_workitems", map[string]any{"wiql": "SELECT [System.Id] FROM WorkItems WHERE [System.Title] CONTAINS '" + token + "'"})
	if len(out["work_items"].([]any)) != 1 || strings.Contains(fmt.Sprint(out), host) {
		t.Errorf("%v", out)
	}
	if _, text := b.try("search_azuredevops_workitems", map[string]any{"wiql": "SELECT [System.Id] FROM WorkItems WHERE [System.Id] > 0 ASOF '2020-01-01'"}); !strings.Contains(text, "ASOF and MODE are not taken") {
		t.Errorf("%q", text)
	}
}

func TestATrustedProjectGetsTheRealHostWhenAPersonSaidSo(t *testing.T) {
	const host = "db7.prod.corp.internal"
	for _, trusted := range []bool{false, true} {
		b, f := adoBench(t, setup{}, fake.Options{}, func(i *store.Integration) {
			if trusted {
				i.TrustTypes, i.TrustFields = []string{"Hostname"}, []string{"description"}
			}
		})
		agent := gate.WithCaller(t.Context(), gate.Caller{ID: "agent", Channel: gate.ChannelStdio})
		tok, _, err := b.gate.RedactText(agent, pii.ModeRaw, host)
		if err != nil || tok == host {
			t.Fatal(tok, err)
		}
		if err := b.gate.NoteShown(agent, []byte(tok)); err != nil {
			t.Fatal(err)
		}
		args := map[string]any{"issue_id": b.issue(), "title": "down: " + tok, "description": "cannot reach " + tok}
		var dry string
		f.Rule(func(fields map[string]any) { dry = fmt.Sprint(fields) })
		_, text := b.try("create_azuredevops_workitem", args)
		if strings.Contains(dry, host) || !strings.Contains(dry, tok) {
			t.Errorf("trusted %v: before a person said so, the service has %q", trusted, dry)
		}
		_, approval, _ := strings.Cut(text, "approve ")
		if _, err := b.gate.AnswerApproval(b.person(), approval[:36], true); err != nil {
			t.Fatal(err)
		}
		args["approval_id"] = approval[:36]
		out := b.call("create_azuredevops_workitem", args)
		got := f.Fields(number(t, out))
		if strings.Contains(got["Microsoft.VSTS.TCM.ReproSteps"].(string), host) != trusted || strings.Contains(got["System.Title"].(string), host) || !strings.Contains(got["System.Title"].(string), tok) {
			t.Errorf("trusted %v: the service has %v", trusted, got)
		}
		in := b.call("get_azuredevops_workitem", map[string]any{"id": out["id"]})
		if strings.Contains(fmt.Sprint(in), host) || trusted && !strings.Contains(fmt.Sprint(in), tok) {
			t.Errorf("trusted %v: the model reads %v", trusted, in)
		}
	}
}

func TestValuesHiddenInMarkupAreRedacted(t *testing.T) {
	b, f := adoBench(t, allow, fake.Options{})
	id := f.Seed(fake.Project, "Bug", map[string]any{"System.Title": "x", "System.Description": "<p>mail jane&#46;roe&#64;acme-widgets&#46;com</p>", "System.AssignedTo": "max.power@fabrikam.example"}, false)
	f.Touch(id, "System.History", "<i>or joe.bloggs</i>&commat;acme-widgets.com")
	out := fmt.Sprint(b.call("get_azuredevops_workitem", map[string]any{"id": strconv.Itoa(id)}))
	for _, hidden := range []string{"jane", "joe.bloggs", "max.power"} {
		if strings.Contains(out, hidden) {
			t.Errorf("the model reads %s", out)
		}
	}
	if strings.Count(out, "[Email_") != 3 {
		t.Errorf("%s", out)
	}
}

func TestACutGoesThroughNoValue(t *testing.T) {
	b, f := adoBench(t, setup{}, fake.Options{})
	const mail = "jane.roe@acme-widgets.com"
	at := func(limit int) string { return strings.Repeat("word ", (limit-8)/5) + mail + " and more" }
	id := strconv.Itoa(f.Seed(fake.Project, "Bug", map[string]any{"System.Title": "x", "System.Description": at(maxText)}, false))
	for n := range 5 {
		f.Touch(1, "System.History", at(maxComment+n))
	}
	if out := fmt.Sprint(b.call("get_azuredevops_workitem", map[string]any{"id": id})); strings.Contains(out, "jane") || !strings.Contains(out, "[cut]") {
		t.Errorf("…%s", out[len(out)-300:])
	}
	// A person sees how a text begins that is replaced.
	f.Touch(1, "Microsoft.VSTS.TCM.ReproSteps", at(maxOld))
	b.try("update_azuredevops_workitem", map[string]any{"id": id, "description": "new"})
	list, err := b.deps.Store.ListApprovals(t.Context(), store.ApprovalPending, time.Now())
	if err != nil || len(list) != 1 || strings.Contains(list[0].Preview, "jane") || !strings.Contains(list[0].Preview, "It replaces the text that is there, of 324 characters, which begins: word word") {
		t.Errorf("%v, %v", list, err)
	}
}

func TestEveryRefusalOfAProjectSaysWhatItIs(t *testing.T) {
	b, f := adoBench(t, allow, fake.Options{})
	other := f.Seed(fake.OtherProject, "Bug", map[string]any{"System.Title": "salaries"}, false)
	for name, tc := range map[string]struct {
		want   string
		args   map[string]any
		change func(*fake.Options)
	}{
		"of another project": {"there is no such thing there", map[string]any{"id": strconv.Itoa(other)}, nil},
		"no number":          {"by its number", map[string]any{"id": "46D44A5D"}, nil},
		"limited":            {"try again in 1h", map[string]any{"id": "1"}, func(o *fake.Options) { o.Limit, o.RetryAfter = 1, time.Hour }},
		"instance":           {"the instances of azuredevops are: prod", map[string]any{"id": "1", "instance": "dev"}, nil},
	} {
		f.Set(func(o *fake.Options) { o.Limit = 0 })
		if tc.change != nil {
			f.Set(tc.change)
			b.try("get_azuredevops_workitem", tc.args) // the one call that is allowed
		}
		if _, text := b.try("get_azuredevops_workitem", tc.args); !strings.Contains(text, tc.want) || strings.Contains(text, "salaries") {
			t.Errorf("%s: %q", name, text)
		}
	}
	f.Set(func(o *fake.Options) { o.Limit, o.Server = 0, true })
	if out := b.call("test_azuredevops_connection", nil); out["success"] != false || !strings.Contains(out["message"].(string), "dialect=server") {
		t.Errorf("%v", out)
	}
	f.Set(func(o *fake.Options) { o.Server = false })
	if out := b.call("test_azuredevops_connection", nil); out["success"] != true {
		t.Errorf("%v", out)
	}
}
