package tools

import (
	"strings"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	adofake "github.com/tftsr/tftsr/internal/fakes/azuredevops"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

func autoCreate(i *store.Integration) { i.AutoCreate, i.Categories = true, []string{"databases"} }

// open opens an issue and returns what was prepared for it.
func (b *bench) open(category, description string) (issue string, prepared []any) {
	b.t.Helper()
	out := b.call("create_issue", map[string]any{"title": "Replica lags", "severity": "high", "category": category, "description": description})
	prepared, _ = out["prepared"].([]any)
	return at[string](b.t, out, "issue", "id"), prepared
}

func TestATicketIsPreparedWhenAnIssueOpensAndSentWhenAPersonWantsIt(t *testing.T) {
	b, f := snowBench(t, setup{}, autoCreate)
	issue, prepared := b.open("databases", "since noon")
	if len(prepared) != 1 {
		t.Fatalf("prepared: %v", prepared)
	}
	id := at[string](t, prepared[0], "approval_id")
	if at[string](t, prepared[0], "tool") != "create_servicenow_incident" || at[string](t, prepared[0], "instance") != "prod" {
		t.Errorf("prepared: %v", prepared)
	}
	list, err := b.deps.Store.ListApprovals(t.Context(), store.ApprovalPending, time.Now())
	if err != nil || len(list) != 1 || list[0].ID != id || list[0].IssueID != issue || list[0].Destination != "servicenow:prod/incident" ||
		!strings.Contains(list[0].Preview, "Prepared when the issue was opened") || !strings.Contains(list[0].Preview, `"correlation_id": "`+issue) {
		t.Fatalf("%+v, %v", list, err)
	}
	entries, err := b.deps.Store.ListEntries(t.Context(), store.EntryFilter{Action: audit.ActionApprovalNew})
	if err != nil || len(entries) != 1 || !strings.Contains(string(entries[0].Details), `"prepared":true`) {
		t.Errorf("the record: %+v, %v", entries, err)
	}
	if f.Calls() != 0 {
		t.Fatalf("opening an issue called the service %d times", f.Calls())
	}
	// Nobody has approved it: a call with its id sends nothing, and a call without
	// finds the same one waiting.
	for _, args := range []map[string]any{{"issue_id": issue, "approval_id": id}, {"issue_id": issue}} {
		if _, text := b.try("create_servicenow_incident", args); !strings.Contains(text, id) || f.Writes() != 0 {
			t.Fatalf("%v: %q, %d writes", args, text, f.Writes())
		}
	}
	if _, err := b.gate.AnswerApproval(b.person(), id, true); err != nil {
		t.Fatal(err)
	}
	if f.Writes() != 0 {
		t.Fatal("an approval alone sends something")
	}
	out := b.call("create_servicenow_incident", map[string]any{"issue_id": issue, "approval_id": id})
	if got := f.Fields(at[string](t, out, "id")); f.Writes() != 1 || got["short_description"] != "Replica lags" || got["description"] != "since noon" || got["urgency"] != "2" {
		t.Errorf("filed %v, %d writes", got, f.Writes())
	}
}

func TestWhatWasPreparedCanBeTakenBack(t *testing.T) {
	b, f := snowBench(t, setup{}, autoCreate)
	for _, approveFirst := range []bool{false, true} {
		issue, prepared := b.open("databases", "")
		id := at[string](t, prepared[0], "approval_id")
		if approveFirst {
			if _, err := b.gate.AnswerApproval(b.person(), id, true); err != nil {
				t.Fatal(err)
			}
		}
		agent := gate.WithCaller(t.Context(), gate.Caller{ID: "agent", Channel: gate.ChannelStdio})
		if _, err := b.gate.RevokeApproval(agent, id); err == nil {
			t.Fatal("an agent takes approvals back")
		}
		if _, err := b.gate.RevokeApproval(b.person(), id); err != nil {
			t.Fatal(err)
		}
		if _, text := b.try("create_servicenow_incident", map[string]any{"issue_id": issue, "approval_id": id}); !strings.Contains(text, "declined") || f.Writes() != 0 {
			t.Errorf("approved first %v: %q, %d writes", approveFirst, text, f.Writes())
		}
	}
}

func TestNothingIsPreparedWhereNobodyWantsIt(t *testing.T) {
	for name, tc := range map[string]struct {
		config   func(*config.Config)
		instance func(*store.Integration)
		category string
	}{
		"off":                   {nil, func(i *store.Integration) { i.Categories = []string{"databases"} }, "databases"},
		"tool left out":         {func(c *config.Config) { c.ExcludeTools = []string{"create_servicenow_incident"} }, autoCreate, "databases"},
		"toolset not chosen":    {func(c *config.Config) { c.Toolsets = []string{"issues"} }, autoCreate, "databases"},
		"only tools are chosen": {func(c *config.Config) { c.Tools = []string{"create_issue"} }, autoCreate, "databases"},
	} {
		b, f := snowBench(t, setup{config: tc.config}, tc.instance)
		if _, prepared := b.open(tc.category, ""); prepared != nil || f.Calls() != 0 {
			t.Errorf("%s: %v", name, prepared)
		}
		if list, err := b.deps.Store.ListApprovals(t.Context(), "", time.Now()); err != nil || len(list) != 0 {
			t.Errorf("%s: %v, %v", name, list, err)
		}
	}
	// Of two instances, the one for the category decides.
	b, f := snowBench(t, setup{}, autoCreate)
	b.instance(f, "other", func(i *store.Integration) { i.Categories = []string{"linux"} })
	if _, prepared := b.open("linux", ""); prepared != nil {
		t.Errorf("for an instance that has it off: %v", prepared)
	}
	if _, prepared := b.open("kubernetes", ""); prepared != nil {
		t.Errorf("for a category of nobody's: %v", prepared)
	}
}

func TestAPolicyOrAFaultLeavesTheIssueAndSaysSo(t *testing.T) {
	for name, tc := range map[string]struct {
		config   func(*config.Config)
		instance func(*store.Integration)
		says     string
	}{
		"allowed without asking": {func(c *config.Config) { c.Writes.Default = config.WriteAllow }, autoCreate, "nothing was sent"},
		"denied":                 {func(c *config.Config) { c.Writes.Default = config.WriteDeny }, autoCreate, "denies it"},
		"a name not looked up": {nil, func(i *store.Integration) {
			autoCreate(i)
			i.Options = map[string]string{"assignment_group": "Service Desk"}
		}, "tftsr integration test servicenow prod"},
		"no credential": {nil, autoCreate, "does not accept the credential"},
	} {
		b, f := snowBench(t, setup{config: tc.config}, tc.instance)
		if name == "no credential" {
			if err := b.deps.Store.DeleteSecret(t.Context(), "servicenow/prod"); err != nil {
				t.Fatal(err)
			}
		}
		issue, prepared := b.open("databases", "")
		if len(prepared) != 1 || f.Writes() != 0 || f.Calls() != 0 {
			t.Fatalf("%s: %v, %d calls", name, prepared, f.Calls())
		}
		if note, _ := prepared[0].(map[string]any)["note"].(string); !strings.Contains(note, tc.says) {
			t.Errorf("%s: %q", name, note)
		}
		b.call("get_issue", map[string]any{"issue_id": issue})
	}
}

// TestWhatIsPreparedForATrustedInstanceIsWhatIsSent: its bytes hold originals,
// for which the approval must hold as well.
func TestWhatIsPreparedForATrustedInstanceIsWhatIsSent(t *testing.T) {
	const host = "db7.prod.corp.internal"
	b, f := snowBench(t, setup{}, autoCreate, func(i *store.Integration) {
		i.TrustTypes, i.TrustFields = []string{"Hostname"}, []string{"description"}
	})
	agent := gate.WithCaller(t.Context(), gate.Caller{ID: "agent", Channel: gate.ChannelStdio})
	tok, _, err := b.gate.RedactText(agent, pii.ModeRaw, host) // As the chain of the server does with arguments.
	if err != nil || tok == host {
		t.Fatal(tok, err)
	}
	issue, prepared := b.open("databases", "cannot reach "+tok)
	id := at[string](t, prepared[0], "approval_id")
	a, err := b.gate.AnswerApproval(b.person(), id, true)
	if err != nil || strings.Contains(a.Preview, host) || !strings.Contains(a.Preview, tok) {
		t.Fatalf("%+v, %v", a, err)
	}
	out := b.call("create_servicenow_incident", map[string]any{"issue_id": issue, "approval_id": id})
	if got := f.Fields(at[string](t, out, "id")); got["description"] != "cannot reach "+host {
		t.Errorf("the instance has %q", got["description"])
	}
}

func TestAWorkItemIsPreparedAsItWouldBeFiled(t *testing.T) {
	b, f := adoBench(t, setup{}, adofake.Options{}, autoCreate)
	issue, prepared := b.open("databases", "since noon")
	if len(prepared) != 1 || at[string](t, prepared[0], "tool") != "create_azuredevops_workitem" || f.Writes() != 0 {
		t.Fatalf("prepared %v, %d writes", prepared, f.Writes())
	}
	id := at[string](t, prepared[0], "approval_id")
	if _, err := b.gate.AnswerApproval(b.person(), id, true); err != nil {
		t.Fatal(err)
	}
	out := b.call("create_azuredevops_workitem", map[string]any{"issue_id": issue, "approval_id": id})
	if got := f.Fields(number(t, out)); f.Writes() != 1 || got["System.Title"] != "Replica lags" {
		t.Errorf("filed %v, %d writes", got, f.Writes())
	}
}
