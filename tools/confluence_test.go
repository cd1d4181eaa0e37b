package tools

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/triage/export"
	"github.com/tftsr/tftsr/store"

	wikifake "github.com/tftsr/tftsr/internal/fakes/confluence"
)

// wiki configures a fake as the instance wiki, of either dialect.
func (b *bench) wiki(f *wikifake.Fake, server bool, change ...func(*store.Integration)) {
	b.t.Helper()
	i := &store.Integration{
		Service: "confluence", Name: "wiki", Username: wikifake.User, Auth: integrations.AuthBasic, SpaceKey: "OPS", Options: map[string]string{"dialect": "cloud"},
	}
	contract, credential := "confluence.yaml", wikifake.Token
	if server {
		contract, credential, i.Auth = "confluence-datacenter.yaml", wikifake.PAT, integrations.AuthPAT
		i.Options["dialect"] = "datacenter"
	}
	probe := *i
	probe.Options = maps.Clone(i.Options)
	for _, c := range change {
		c(&probe)
	}
	if probe.Options["token"] == "scoped" {
		credential = wikifake.ScopedToken
	}
	b.serve(f, contract, credential, i, change...)
}

// eachDialect runs a test with a wiki of the cloud and one of one's own.
func eachDialect(t *testing.T, s setup, test func(b *bench, f *wikifake.Fake), change ...func(*store.Integration)) {
	t.Helper()
	for _, server := range []bool{false, true} {
		t.Run(map[bool]string{false: "cloud", true: "server"}[server], func(t *testing.T) {
			b := newBench(t, s)
			f := wikifake.New(wikifake.Options{DataCenter: server})
			b.wiki(f, server, change...)
			test(b, f)
		})
	}
}

// rca writes an RCA and returns its id.
func (b *bench) rca() (issue, id string) {
	b.t.Helper()
	issue, _ = b.confirmed()
	return issue, at[string](b.t, b.call("generate_rca", map[string]any{"issue_id": issue}), "document_id")
}

func notes(out map[string]any) string { return fmt.Sprint(out["notes"]) }

func TestADocumentIsPublishedOnceWithItsGraphs(t *testing.T) {
	eachDialect(t, allow, func(b *bench, f *wikifake.Fake) {
		t := b.t.(*testing.T)
		issue, doc := b.rca()
		args := map[string]any{"document_id": doc, "labels": []any{"incident", "checkout"}}
		out := b.call("publish_to_confluence", args)
		id := out["id"].(string)
		page := f.Get(id)
		if page == nil || page.Space != "OPS" || page.Title != out["title"] || !slices.Equal(page.Labels, []string{"checkout", "incident"}) || out["existing"] != nil || out["version"] != float64(1) {
			t.Fatalf("the wiki has %+v, the answer is %v", page, out)
		}
		if !strings.HasSuffix(strings.Split(out["url"].(string), "/pages/")[0], "/spaces/OPS") {
			t.Errorf("people find it at %s", out["url"])
		}
		if err := export.CheckConfluence([]byte(page.Body)); err != nil || !strings.Contains(page.Body, "All 50 connections") {
			t.Errorf("%v: %s", err, page.Body)
		}
		var mark struct {
			Correlation string `json:"correlation_id"`
			Version     int    `json:"page_version"`
		}
		if err := json.Unmarshal([]byte(page.Properties["tftsr"]), &mark); err != nil || mark.Correlation != doc || mark.Version != 1 {
			t.Errorf("the page carries %v", page.Properties)
		}
		if len(page.Files) == 0 {
			t.Error("no graph is attached")
		}
		for name, svg := range page.Files {
			if !strings.Contains(page.Body, `<ri:attachment ri:filename="`+name+`"`) || !strings.HasPrefix(svg, "<svg ") {
				t.Errorf("%s is attached and not shown, or no picture", name)
			}
		}
		before := f.Writes()
		again := b.call("publish_to_confluence", args)
		if again["id"] != id || again["existing"] != true || f.Writes() != before || len(f.Pages()) != 1 {
			t.Errorf("a second publish: %v, %d writes", again, f.Writes()-before)
		}
		tickets, err := b.deps.Store.TicketsOf(t.Context(), issue)
		if err != nil || len(tickets) != 1 || tickets[0].RemoteID != id || tickets[0].CorrelationID != doc || tickets[0].URL != out["url"] {
			t.Errorf("the issue remembers %+v, %v", tickets, err)
		}
		if elsewhere := b.call("publish_to_confluence", map[string]any{"document_id": doc, "space": "DOC"}); elsewhere["id"] != id || !strings.Contains(notes(elsewhere), "in another space than DOC") {
			t.Errorf("%v", elsewhere)
		}
		// The postmortem of the same issue is another page.
		other := at[string](t, b.call("generate_postmortem", map[string]any{"issue_id": issue}), "document_id")
		if second := b.call("publish_to_confluence", map[string]any{"document_id": other, "parent_id": id}); second["id"] == id || f.Get(second["id"].(string)).Parent != id {
			t.Errorf("the postmortem is %v", second)
		}
		entries, err := b.deps.Store.ListEntries(t.Context(), store.EntryFilter{Action: audit.ActionPublish})
		if err != nil || len(entries) < 4 {
			t.Errorf("%d entries, %v", len(entries), err)
		}
	})
}

func TestALostAnswerOfAPublishIsResolvedByLookingAgain(t *testing.T) {
	eachDialect(t, allow, func(b *bench, f *wikifake.Fake) {
		_, doc := b.rca()
		f.DropAnswers(1)
		out := b.call("publish_to_confluence", map[string]any{"document_id": doc})
		if len(f.Pages()) != 1 || f.Get(out["id"].(string)).Properties["tftsr"] == "" {
			b.t.Fatalf("%v, pages %v", out, f.Pages())
		}
		// So is that of an update.
		f.DropAnswers(1)
		out = b.call("update_confluence_page", map[string]any{"page_id": out["id"], "expected_version": 1, "content": "All is well.", "title": "Now"})
		if page := f.Get(out["id"].(string)); out["version"] != float64(2) || page.Version != 2 || page.Title != "Now" {
			b.t.Errorf("%v, %+v", out, page)
		}
	})
}

func TestAPublishThatFailsIsNotRepeated(t *testing.T) {
	b := newBench(t, allow)
	f := wikifake.New(wikifake.Options{})
	b.wiki(f, false)
	_, doc := b.rca()
	f.FailWrites(1)
	_, text := b.try("publish_to_confluence", map[string]any{"document_id": doc})
	if !strings.Contains(text, "HTTP 503") || !strings.Contains(text, "looks again before it files") || f.Writes() != 0 {
		t.Fatalf("%q, %d writes", text, f.Writes())
	}
	if _, text = b.try("publish_to_confluence", map[string]any{"document_id": doc}); !strings.Contains(text, "another call is filing") {
		t.Fatalf("%q", text)
	}
	b.deps.Now = func() time.Time { return time.Now().Add(claimTime + time.Second) }
	b.call("publish_to_confluence", map[string]any{"document_id": doc})
	if len(f.Pages()) != 1 {
		t.Errorf("pages %v", f.Pages())
	}
}

func TestWhatWasInterruptedIsCompletedAndNothingElse(t *testing.T) {
	b := newBench(t, allow)
	f := wikifake.New(wikifake.Options{})
	b.wiki(f, false)
	_, doc := b.rca()
	args := map[string]any{"document_id": doc, "labels": []any{"incident"}}
	// What is refused after the page: it stands, and the answer says what it lacks.
	out := b.call("publish_to_confluence", map[string]any{"document_id": doc})
	id := out["id"].(string)
	f.Hide(id, false, true)
	refused := b.call("publish_to_confluence", args)
	if !strings.Contains(notes(refused), "not done: Label it") || !strings.Contains(notes(refused), "restricted") && !strings.Contains(notes(refused), "not permitted") {
		t.Errorf("%v", refused)
	}
	f.Hide(id, false, false)
	before := f.Writes()
	out = b.call("publish_to_confluence", args)
	if f.Writes() != before+1 || !slices.Equal(f.Get(id).Labels, []string{"incident"}) || out["notes"] != nil && strings.Contains(notes(out), "not done") {
		t.Errorf("%v, %d writes", out, f.Writes()-before)
	}
	if out = b.call("publish_to_confluence", args); out["existing"] != true || f.Writes() != before+1 {
		t.Errorf("%v", out)
	}
}

func TestAPublishWaitsForAPersonAndHoldsForItsBytesOnly(t *testing.T) {
	b := newBench(t, setup{})
	f := wikifake.New(wikifake.Options{})
	b.wiki(f, false)
	issue, doc := b.rca()
	_, text := b.try("publish_to_confluence", map[string]any{"document_id": doc, "labels": []any{"incident"}})
	if !strings.Contains(text, "tftsr approvals approve") || f.Writes() != 0 {
		t.Fatalf("%q, %d writes", text, f.Writes())
	}
	list, err := b.deps.Store.ListApprovals(t.Context(), store.ApprovalPending, time.Now())
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	a := list[0]
	for _, want := range []string{"1. Create the page in the space OPS", `"title": "Root cause analysis`, `"value": "(below)"`, "<h2>", "2. Mark the page", "3. Label it", `"name": "incident"`, "4. Attach the picture figure-", "bytes of SVG, in which one reads", "ROOT CAUSE"} {
		if !strings.Contains(a.Preview, want) {
			t.Errorf("the preview lacks %q:\n%s", want, a.Preview)
		}
	}
	if a.Destination != "confluence:wiki/space/OPS" || a.IssueID != issue || strings.Contains(a.Preview, "<svg") {
		t.Errorf("the approval is %+v", a)
	}
	if _, err := b.gate.AnswerApproval(b.person(), a.ID, true); err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string]map[string]any{
		"another label": {"document_id": doc, "labels": []any{"public"}, "approval_id": a.ID},
		"no label":      {"document_id": doc, "approval_id": a.ID},
		"another title": {"document_id": doc, "labels": []any{"incident"}, "title": "Other", "approval_id": a.ID},
		"another space": {"document_id": doc, "labels": []any{"incident"}, "space": "DOC", "approval_id": a.ID},
	} {
		if _, text := b.try("publish_to_confluence", other); !strings.Contains(text, "given for something else") || f.Writes() != 0 {
			t.Errorf("%s: %q, %d writes", name, text, f.Writes())
		}
	}
	b.call("publish_to_confluence", map[string]any{"document_id": doc, "labels": []any{"incident"}, "approval_id": a.ID})
	if len(f.Pages()) != 1 {
		t.Errorf("pages %v", f.Pages())
	}
	// Each request is on the record before it leaves, by its digest.
	entries, err := b.deps.Store.ListEntries(t.Context(), store.EntryFilter{Action: audit.ActionPublish})
	if err != nil || len(entries) != 2*f.Writes() {
		t.Errorf("%d entries for %d writes, %v", len(entries), f.Writes(), err)
	}
	for _, e := range entries {
		if !strings.Contains(string(e.Details), `"sha256"`) && !strings.Contains(string(e.Details), `"status":"ok"`) {
			t.Errorf("%s", e.Details)
		}
	}
}

func TestPagesThatPeopleWroteAreOnlyAddedTo(t *testing.T) {
	eachDialect(t, allow, func(b *bench, f *wikifake.Fake) {
		t := b.t.(*testing.T)
		_, doc := b.rca()
		const theirs = `<p>call jane.roe@acme-widgets.com, 10.20.30.41 <ac:structured-macro ac:name="jira"><ac:parameter ac:name="key">OPS-1</ac:parameter></ac:structured-macro></p>`
		id := f.Seed("OPS", "Runbook of jane.roe@acme-widgets.com", theirs, false)
		args := map[string]any{"page_id": id, "expected_version": 1, "document_id": doc}
		out := b.call("update_confluence_page", args)
		page := f.Get(id)
		if body := strings.NewReplacer(` ac:schema-version="1"`, "").Replace(page.Body); !strings.HasPrefix(body, theirs[:52]) || strings.Contains(page.Body, "[Email_") || !strings.Contains(page.Body, "<hr/>\n<h1>") || page.Title != "Runbook of jane.roe@acme-widgets.com" {
			t.Fatalf("what people wrote became %s: %s", page.Title, page.Body)
		}
		if out["version"] != float64(2) || strings.Contains(fmt.Sprint(out), "jane.roe") || len(page.Files) == 0 || page.Properties["tftsr"] != "" {
			t.Errorf("%v, %+v", out, page.Properties)
		}
		// The same part is not added twice.
		args["expected_version"] = 2
		if again := b.call("update_confluence_page", args); again["existing"] != true || f.Get(id).Version != 2 {
			t.Errorf("%v", again)
		}
		// A second part goes behind the first, and keeps it.
		b.call("update_confluence_page", map[string]any{"page_id": id, "expected_version": 2, "title": "Follow-up", "content": "Done since."})
		if now := f.Get(id).Body; !strings.Contains(now, "<h1>Follow-up</h1>") || !strings.Contains(now, "All 50 connections") || !strings.Contains(now, "jane.roe@") {
			t.Errorf("%s", now)
		}
	})
}

func TestAPageOfOursThatPeopleChangedIsTheirs(t *testing.T) {
	b := newBench(t, allow)
	f := wikifake.New(wikifake.Options{})
	b.wiki(f, false)
	_, doc := b.rca()
	out := b.call("publish_to_confluence", map[string]any{"document_id": doc})
	id := out["id"].(string)
	md := at[string](t, b.call("get_document", map[string]any{"document_id": doc}), "markdown")
	b.call("update_document", map[string]any{"document_id": doc, "version": 1, "markdown": md + "\n\nOne more line.\n"})
	if again := b.call("publish_to_confluence", map[string]any{"document_id": doc}); again["existing"] != true || !strings.Contains(notes(again), "expected_version 1 brings it up to date") {
		t.Errorf("%v", again)
	}
	b.call("update_confluence_page", map[string]any{"page_id": id, "expected_version": 1, "document_id": doc})
	if page := f.Get(id); page.Version != 2 || strings.Count(page.Body, "One more line.") != 1 || strings.Contains(page.Body, "<hr/>\n<h1>") {
		t.Fatalf("an update of ours is %+v", page)
	}
	// A name that it was given stays unless another is given.
	f.Rename(id, "Checkout, November")
	b.call("update_document", map[string]any{"document_id": doc, "version": 2, "markdown": md + "\n\nOne more line.\n\nAnd another.\n"})
	b.call("update_confluence_page", map[string]any{"page_id": id, "expected_version": 2, "document_id": doc})
	if page := f.Get(id); page.Title != "Checkout, November" || !strings.Contains(page.Body, "And another.") {
		t.Errorf("%+v", page)
	}
	out = b.call("update_confluence_page", map[string]any{"page_id": id, "expected_version": 3, "document_id": doc, "title": "Checkout"})
	if page := f.Get(id); page.Title != "Checkout" || out["existing"] != nil || page.Version != 4 {
		t.Errorf("%+v", page)
	}
	f.Edit(id, "<p>rewritten by a person</p>")
	_, text := b.try("update_confluence_page", map[string]any{"page_id": id, "expected_version": 4, "document_id": doc})
	if !strings.Contains(text, "is at version 5 and not at 4") || !strings.Contains(text, "expected_version 5") {
		t.Errorf("%q", text)
	}
	if again := b.call("publish_to_confluence", map[string]any{"document_id": doc}); !strings.Contains(notes(again), "people have changed the page") {
		t.Errorf("%v", again)
	}
	b.call("update_confluence_page", map[string]any{"page_id": id, "expected_version": 5, "document_id": doc})
	if page := f.Get(id); !strings.HasPrefix(page.Body, "<p>rewritten by a person</p>") || !strings.Contains(page.Body, "One more line.") {
		t.Errorf("a person's words are gone: %s", page.Body)
	}
}

func TestWhoeverIsFasterKeepsTheirWords(t *testing.T) {
	eachDialect(t, allow, func(b *bench, f *wikifake.Fake) {
		id := f.Seed("OPS", "Runbook", "<p>x</p>", false)
		f.BeforeWrite(func() { f.Edit(id, "<p>theirs</p>") })
		_, text := b.try("update_confluence_page", map[string]any{"page_id": id, "expected_version": 1, "title": "T", "content": "ours"})
		if !strings.Contains(text, "theirs stands") || !strings.Contains(text, "Version must be incremented") || f.Get(id).Body != "<p>theirs</p>" {
			b.t.Errorf("%q: %s", text, f.Get(id).Body)
		}
	})
}

func TestATitleThatIsTakenIsTold(t *testing.T) {
	eachDialect(t, allow, func(b *bench, f *wikifake.Fake) {
		id := f.Seed("OPS", "Checkout", "<p>x</p>", false)
		_, text := b.try("publish_to_confluence", map[string]any{"title": "checkout", "content": "text"})
		if !strings.Contains(text, "is another's") || !strings.Contains(text, "page_id "+id) || len(f.Pages()) != 1 {
			b.t.Errorf("%q", text)
		}
		// One that the account may not see is told by the service.
		f.Hide(id, true, false)
		if _, text = b.try("publish_to_confluence", map[string]any{"title": "Checkout", "content": "text"}); !strings.Contains(text, "title already exists") || len(f.Pages()) != 1 {
			b.t.Errorf("%q", text)
		}
	})
}

func TestAPageThatWasRemovedIsNotMadeAgain(t *testing.T) {
	b := newBench(t, allow)
	f := wikifake.New(wikifake.Options{})
	b.wiki(f, false)
	_, doc := b.rca()
	id := b.call("publish_to_confluence", map[string]any{"document_id": doc})["id"].(string)
	f.Hide(id, true, false)
	if _, text := b.try("publish_to_confluence", map[string]any{"document_id": doc}); !strings.Contains(text, "can no longer find") || len(f.Pages()) != 1 {
		t.Errorf("%q", text)
	}
}

func TestASearchFindsWhatTheAccountMaySee(t *testing.T) {
	eachDialect(t, allow, func(b *bench, f *wikifake.Fake) {
		t := b.t.(*testing.T)
		for n := range 12 {
			f.Seed("OPS", fmt.Sprint("Checkout ", n), "<p>502 &amp; mail of jane.roe@acme-widgets.com</p>", n == 3)
		}
		f.Seed("DOC", "Merger", "<p>secret</p>", false)
		out := b.call("search_confluence_pages", map[string]any{"text": "checkout 502", "space": "OPS"})
		pages := out["pages"].([]any)
		if len(pages) != 10 || out["next_offset"] != float64(10) || strings.Contains(fmt.Sprint(out), "jane.roe") || strings.Contains(fmt.Sprint(out), "@@@") {
			t.Errorf("%v", out)
		}
		if p := pages[0].(map[string]any); p["title"] != "Checkout 11" || p["space"] != "OPS" || p["version"] != float64(1) || !strings.Contains(p["url"].(string), "/pages/") {
			t.Errorf("%v", p)
		}
		rest := b.call("search_confluence_pages", map[string]any{"text": "checkout 502", "space": "OPS", "offset": 10})
		if len(rest["pages"].([]any)) != 1 || rest["next_offset"] != nil {
			t.Errorf("%v", rest)
		}
		for _, v := range []string{`x" or type = page or title ~ "`, `x\" or space = DOC or text ~ \"y`, "*", `x OR secret`} {
			found, text := b.try("search_confluence_pages", map[string]any{"text": v, "space": "OPS"})
			if found != nil && len(found["pages"].([]any)) > 0 || found == nil && !strings.Contains(text, "cannot stand in a Confluence query") {
				t.Errorf("%q finds %v, %q", v, found, text)
			}
		}
		for want, args := range map[string]map[string]any{
			"name what to look for": {}, "key of a space": {"space": "x"}, "a label is one word": {"label": `x" or type = page`},
		} {
			if want == "key of a space" {
				args["space"] = "-OPS"
			}
			if _, text := b.try("search_confluence_pages", args); !strings.Contains(text, want) {
				t.Errorf("%v: %q", args, text)
			}
		}
		spaces := b.call("list_confluence_spaces", map[string]any{"limit": 1})
		if s := spaces["spaces"].([]any); len(s) != 1 || s[0].(map[string]any)["key"] != "OPS" || spaces["next_offset"] != float64(1) {
			t.Errorf("%v", spaces)
		}
	})
}

func TestASearchThatWasWithdrawnFindsTitles(t *testing.T) {
	b := newBench(t, allow)
	f := wikifake.New(wikifake.Options{SearchGone: true})
	b.wiki(f, false, func(i *store.Integration) { i.Options["token"] = "scoped" })
	if _, text := b.try("search_confluence_pages", map[string]any{"text": "x"}); !strings.Contains(text, "tftsr integration test confluence") {
		t.Fatalf("%q", text)
	}
	i, err := b.deps.Store.Integration(t.Context(), "confluence", "wiki")
	if err != nil {
		t.Fatal(err)
	}
	i.Options["cloud_id"] = wikifake.CloudID
	if err := b.deps.Store.SaveIntegration(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	id := f.Seed("OPS", "Checkout runbook", "<p>x</p>", false)
	out := b.call("search_confluence_pages", map[string]any{"text": "checkout runbook", "space": "OPS"})
	if pages := out["pages"].([]any); len(pages) != 1 || pages[0].(map[string]any)["id"] != id || !strings.Contains(out["note"].(string), "exactly the text") {
		t.Errorf("%v", out)
	}
	if out = b.call("search_confluence_pages", map[string]any{"text": "runbook"}); len(out["pages"].([]any)) != 0 || !strings.Contains(out["note"].(string), "needs a space") {
		t.Errorf("%v", out)
	}
	// Pages are written there all the same.
	if out := b.call("publish_to_confluence", map[string]any{"title": "T", "content": "x"}); f.Get(out["id"].(string)) == nil {
		t.Errorf("%v", out)
	}
}

func TestATrustedWikiGetsTheRealHostAndItsFormatHolds(t *testing.T) {
	const host = "db7.prod.corp.internal"
	for _, trusted := range []bool{false, true} {
		eachDialect(t, allow, func(b *bench, f *wikifake.Fake) {
			t := b.t.(*testing.T)
			agent := gate.WithCaller(t.Context(), gate.Caller{ID: "agent", Channel: gate.ChannelStdio})
			tok, _, err := b.gate.RedactText(agent, pii.ModeRaw, host)
			if err != nil || tok == host {
				t.Fatal(tok, err)
			}
			if err := b.gate.NoteShown(agent, []byte(tok)); err != nil {
				t.Fatal(err)
			}
			out := b.call("publish_to_confluence", map[string]any{"title": "Down: " + tok, "content": "cannot reach " + tok + "\n\n```\nping " + tok + "\n```\n"})
			page := f.Get(out["id"].(string))
			if n := strings.Count(page.Body, host); (n == 2) != trusted || n == 1 || !strings.Contains(page.Title, tok) {
				t.Errorf("trusted %v: the wiki has %q: %s", trusted, page.Title, page.Body)
			}
			if strings.Contains(fmt.Sprint(out), host) {
				t.Errorf("the model reads %v", out)
			}
			found := b.call("search_confluence_pages", map[string]any{"text": "reach", "space": "OPS"})
			if strings.Contains(fmt.Sprint(found), host) {
				t.Errorf("the model reads %v", found)
			}
		}, func(i *store.Integration) {
			if trusted {
				i.TrustTypes, i.TrustFields = []string{"Hostname"}, []string{"body.value", "body.storage.value"}
			}
		})
	}
}

func TestARequestWithARedactedIDIsNotSent(t *testing.T) {
	b := newBench(t, allow)
	f := wikifake.New(wikifake.Options{})
	b.wiki(f, false)
	_, text := b.try("publish_to_confluence", map[string]any{"title": "T", "content": "x", "parent_id": "4111111111111111"})
	if !strings.Contains(text, "reads like something that must be redacted (CreditCard)") || !strings.Contains(text, "pii.allow_values") || f.Writes() != 0 {
		t.Errorf("%q", text)
	}
}

func TestATitleIsOneLineThatTheServiceTakes(t *testing.T) {
	for in, want := range map[string]string{
		" a\nb\t c ": "a b c", "a\x1b[31mb": "ab", "": "", " \u2028 ": "", strings.Repeat("ä", 255): strings.Repeat("ä", 255), strings.Repeat("ä", 256): strings.Repeat("ä", 254) + "…",
	} {
		if got := pageTitle(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestEachMistakeIsTold(t *testing.T) {
	b := newBench(t, allow)
	f := wikifake.New(wikifake.Options{})
	b.wiki(f, false)
	_, doc := b.rca()
	hidden := f.Seed("OPS", "Secret", "<p>x</p>", true)
	for _, tc := range []struct {
		tool, want string
		args       map[string]any
	}{
		{"publish_to_confluence", "one of both", map[string]any{}},
		{"publish_to_confluence", "one of both", map[string]any{"document_id": doc, "content": "x"}},
		{"publish_to_confluence", "needs a title", map[string]any{"content": "x"}},
		{"publish_to_confluence", "neither may be empty", map[string]any{"content": "x", "title": " \n\x1b "}},
		{"publish_to_confluence", "neither may be empty", map[string]any{"content": " \n", "title": "x"}},
		{"publish_to_confluence", "is of its issue", map[string]any{"document_id": doc, "issue_id": "x"}},
		{"publish_to_confluence", "no document with this id", map[string]any{"document_id": "0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44"}},
		{"publish_to_confluence", "no issue with this id", map[string]any{"issue_id": "0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44", "title": "x", "content": "x"}},
		{"publish_to_confluence", "named by its number", map[string]any{"document_id": doc, "parent_id": "RCA"}},
		{"publish_to_confluence", "a label is one word", map[string]any{"document_id": doc, "labels": []any{"Two Words"}}},
		{"publish_to_confluence", "has no space NONE", map[string]any{"document_id": doc, "space": "NONE"}},
		{"publish_to_confluence", "no such thing there, or the account may not see it", map[string]any{"document_id": doc, "space": "DOC"}},
		{"publish_to_confluence", "parent with id", map[string]any{"document_id": doc, "parent_id": hidden}},
		{"publish_to_confluence", "the instances of confluence are: wiki", map[string]any{"document_id": doc, "instance": "other"}},
		{"update_confluence_page", "no such thing there", map[string]any{"page_id": hidden, "expected_version": 1, "document_id": doc}},
		{"update_confluence_page", "named by its number", map[string]any{"page_id": "https://x", "expected_version": 1, "document_id": doc}},
	} {
		if _, text := b.try(tc.tool, tc.args); !strings.Contains(text, tc.want) {
			t.Errorf("%s %v: %q", tc.tool, tc.args, text)
		}
	}
	if f.Writes() != 0 {
		t.Errorf("%d writes", f.Writes())
	}
	f.Set(func(o *wikifake.Options) { o.RateLimit = 1 })
	if out := b.call("test_confluence_connection", nil); out["success"] != false || !strings.Contains(out["message"].(string), "try again in 1m0s") {
		t.Errorf("%v", out)
	}
	f.Set(func(o *wikifake.Options) { o.RateLimit = 0 })
	if out := b.call("test_confluence_connection", nil); out["success"] != true {
		t.Errorf("%v", out)
	}
}
