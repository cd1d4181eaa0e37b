package tools

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// incident is a log in which a pool leaks: healthy for an hour, then errors.
func incident() string {
	var sb strings.Builder
	at := time.Date(2026, 3, 1, 13, 0, 0, 0, time.UTC)
	for i := range 1200 {
		at = at.Add(6 * time.Second)
		stamp := at.Format("2006-01-02T15:04:05.000Z")
		fmt.Fprintf(&sb, "%s INFO [exec-%d] a.b.Filter: request %d from 10.1.%d.%d done in %d ms\n", stamp, i%8, i, i%3, i%200+1, i%90)
		if i >= 600 && i%2 == 0 {
			fmt.Fprintf(&sb, "%s ERROR [exec-%d] a.b.Pool: no connection after %d ms\n\tat a.b.Pool.get(Pool.java:12)\n", stamp, i%8, 30000+i)
		}
		if i < 600 && i%10 == 0 {
			fmt.Fprintf(&sb, "%s INFO [cron] a.b.Janitor: returned %d connections\n", stamp, i%5)
		}
	}
	fmt.Fprintf(&sb, "%s FATAL [main] a.b.App: giving up, mail sent to jane.roe@acme-widgets.com\n", at.Format("2006-01-02T15:04:05.000Z"))
	return sb.String()
}

func TestADigestKeepsWhatMattersWithinItsBudget(t *testing.T) {
	b := newBench(t, setup{})
	issue := b.issue()
	log := b.log(issue, incident())
	for _, budget := range []int{400, 800, 2000, 3500} {
		out := b.call("digest_log", map[string]any{"log_id": log, "budget": budget})
		raw, err := json.Marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		if len(raw)/4 > budget {
			t.Errorf("budget %d: %d tokens", budget, len(raw)/4)
		}
		if strings.Contains(string(raw), "jane.roe") || strings.Contains(string(raw), "10.1.") {
			t.Error("an original is in the digest")
		}
		if text := at[string](t, out, "report", "templates", 0, "text"); !strings.Contains(text, "giving up") {
			t.Errorf("budget %d: first of all %q", budget, text)
		}
	}
	out := b.call("digest_log", map[string]any{"log_id": log})
	flags := map[string]string{}
	for _, x := range at[[]any](t, out, "report", "templates") {
		e := x.(map[string]any)
		flags[e["text"].(string)] = fmt.Sprint(e["flags"])
	}
	if f := flags["no connection after <*>"]; !strings.Contains(f, "new") {
		t.Errorf("the leak is not told of as new: %v", flags)
	}
	if f := flags["returned <*> connections"]; !strings.Contains(f, "stopped") {
		t.Errorf("what stopped is not told of: %v", flags)
	}
	// What a digest cites is evidence.
	ref := at[string](t, out, "report", "templates", 0, "ref")
	step := b.call("five_whys_step", map[string]any{
		"issue_id": issue, "step_id": "s1", "problem": map[string]any{"what": "Checkout answers 502 to every request since 14:05"},
		"nodes":    []any{map[string]any{"id": "n1", "claim": "The application ended because it had no connection left"}},
		"evidence": []any{map[string]any{"on": "n1", "type": "log_excerpt", "effect": "supports", "ref": ref, "text": "giving up"}},
	})
	if n := at[float64](t, step, "coverage", "verified"); n != 1 {
		t.Errorf("%v citations of a digest are verified", n)
	}
}

// A template shows <*> where a value was; that must not pass for a secret,
// which would then be looked for everywhere.
func TestTemplatesOfSecretsAreNoSecrets(t *testing.T) {
	b := newBench(t, setup{})
	log := b.log(b.issue(), strings.Repeat("2026-03-01T14:00:00Z INFO connecting with password=Tr0ub4dor-and-3 to 10.1.2.3\n", 3))
	out := b.call("digest_log", map[string]any{"log_id": log})
	if text := at[string](t, out, "report", "templates", 0, "text"); text != "connecting with password=<*> to <*>" {
		t.Errorf("text %q", text)
	}
}

func TestTwoWindowsAreCompared(t *testing.T) {
	b := newBench(t, setup{})
	log := b.log(b.issue(), incident())
	out := b.call("digest_log", map[string]any{"log_id": log, "since": "2026-03-01T14:00:00Z", "compare_until": "2026-03-01T14:00:00Z"})
	kinds := map[string]string{}
	for _, x := range at[[]any](t, out, "comparison", "changes") {
		ch := x.(map[string]any)
		kinds[ch["text"].(string)] = ch["kind"].(string)
		if ch["ref"] == nil {
			t.Errorf("no reference: %v", ch)
		}
	}
	if kinds["no connection after <*>"] != "new" || kinds["returned <*> connections"] != "gone" || kinds["request <*> from <*> done in <*>"] != "" {
		t.Errorf("changes: %v", kinds)
	}
}

func TestSearchMeetsAllItsConditions(t *testing.T) {
	b := newBench(t, setup{})
	log := b.log(b.issue(), incident())
	digest := b.call("digest_log", map[string]any{"log_id": log})
	var leak string
	for _, x := range at[[]any](t, digest, "report", "templates") {
		if e := x.(map[string]any); strings.HasPrefix(e["text"].(string), "no connection") {
			leak = e["id"].(string)
		}
	}
	for _, test := range []struct {
		name string
		args map[string]any
		want float64
	}{
		{"text", map[string]any{"text": "returned"}, 60},
		{"pattern", map[string]any{"pattern": "done in 1 ms$"}, 14},
		{"template, with its traces", map[string]any{"template": leak}, 600},
		{"level, with its traces", map[string]any{"level": "error"}, 601},
		{"fatal", map[string]any{"level": "fatal"}, 1},
		{"window", map[string]any{"since": "2026-03-01T13:00:00Z", "until": "2026-03-01T13:01:00Z"}, 10},
		{"text and pattern", map[string]any{"text": "returned", "pattern": "returned 0"}, 60},
		{"level and text", map[string]any{"level": "warning", "text": "Pool.java"}, 300},
		{"from a line on", map[string]any{"text": "returned", "from": 600}, 5},
		{"nothing", map[string]any{"text": "not there"}, 0},
	} {
		test.args["log_id"] = log
		out := b.call("search_log", test.args)
		if got := at[float64](t, out, "matches"); got != test.want {
			t.Errorf("%s: %v matches, want %v", test.name, got, test.want)
		}
	}
	out := b.call("search_log", map[string]any{"log_id": log, "level": "fatal", "context": 2})
	lines := at[[]any](t, out, "lines")
	if len(lines) != 3 || lines[0].(map[string]any)["ref"] != nil || lines[2].(map[string]any)["ref"] == nil {
		t.Errorf("lines around a match: %v", lines)
	}
	page := b.call("search_log", map[string]any{"log_id": log, "text": "no connection", "max_lines": 7})
	next := at[float64](t, page, "next_from")
	rest := b.call("search_log", map[string]any{"log_id": log, "text": "no connection", "max_lines": 7, "from": next})
	if a, b := at[float64](t, page, "matches"), at[float64](t, rest, "matches"); a != 300 || b != 293 {
		t.Errorf("%v matches, then %v", a, b)
	}
}

func TestLogsAreLaidOverOneTimeAxis(t *testing.T) {
	b := newBench(t, setup{})
	issue := b.issue()
	app := b.log(issue, incident())
	// Another machine, whose clock and zone are an hour ahead.
	var sb strings.Builder
	for i := range 30 {
		fmt.Fprintf(&sb, "Mar  1 15:%02d:10 db-1 postgres[%d]: FATAL: too many clients already\n", i+1, 100+i)
	}
	db := b.log(issue, sb.String())
	args := map[string]any{"logs": []any{map[string]any{"log_id": app}, map[string]any{"log_id": db, "offset_seconds": -3600}}}
	out := b.call("correlate_logs", args)
	if from := at[string](t, out, "logs", 1, "from"); from != "2026-03-01T14:01:10Z" {
		t.Errorf("the shifted log begins at %s", from)
	}
	var app2, db2 float64
	for _, x := range at[[]any](t, out, "buckets") {
		e := x.(map[string]any)["events"].([]any)
		app2 += e[0].(float64)
		db2 += e[1].(float64)
	}
	if app2 != at[float64](t, out, "logs", 0, "events") || db2 != 30 {
		t.Errorf("%v and %v events in the buckets", app2, db2)
	}
	args["since"], args["until"] = "2026-03-01T14:01:00Z", "2026-03-01T14:01:20Z"
	out = b.call("correlate_logs", args)
	last, logs := "", ""
	for _, x := range at[[]any](t, out, "lines") {
		l := x.(map[string]any)
		if s := l["at"].(string); s < last {
			t.Errorf("%s behind %s", s, last)
		} else {
			last = s
		}
		logs += fmt.Sprint(l["log"])
	}
	if !strings.Contains(logs, "1") || !strings.Contains(logs, "0") || !strings.Contains(at[string](t, out, "note"), "all events") {
		t.Errorf("lines of logs %q, note %v", logs, out["note"])
	}
}
