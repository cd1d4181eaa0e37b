package tools

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// maxListTokens is the budget of the default list: every user pays for it in
// every conversation. A token is counted as four bytes of JSON.
const maxListTokens = 6000

func TestToolsLookAsTheirSnapshotsSay(t *testing.T) {
	dir := filepath.Join("testdata", "snaps")
	seen := map[string]bool{}
	for _, tool := range All() {
		t.Run(tool.Name, func(t *testing.T) {
			got := indented(t, tool.Definition)
			file := filepath.Join(dir, tool.Name+".json")
			seen[tool.Name+".json"] = true
			if *update {
				if err := os.MkdirAll(dir, 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v; run `make golden` and read what it wrote", err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("the tool changed; run `make golden` and read the difference.\ngot:\n%s", got)
			}
		})
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !seen[f.Name()] {
			t.Errorf("%s is the snapshot of no tool", f.Name())
		}
	}
}

func TestDefaultListStaysWithinItsTokenBudget(t *testing.T) {
	chosen, err := Select(All(), Selection{})
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, tool := range chosen {
		b, err := json.Marshal(tool.Definition)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%5d tokens  %s", len(b)/4, tool.Name)
		total += len(b)
	}
	t.Logf("%5d tokens in all, of %d", total/4, maxListTokens)
	if total/4 > maxListTokens {
		t.Errorf("the default list costs %d tokens, more than %d: shorten descriptions", total/4, maxListTokens)
	}
}

var toolName = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)+$`)

func TestEveryToolSaysWhatItIs(t *testing.T) {
	names := map[string]bool{}
	for _, tool := range All() {
		d := tool.Definition
		if !toolName.MatchString(tool.Name) || len(tool.Name) > 40 {
			t.Errorf("%s: the name is not a short snake_case verb with its object", tool.Name)
		}
		if names[tool.Name] {
			t.Errorf("%s: two tools have this name", tool.Name)
		}
		names[tool.Name] = true
		if d.Title == "" || len(d.Description) < 30 || d.InputSchema == nil || d.OutputSchema == nil || d.Annotations == nil {
			t.Errorf("%s: title, description, schemas or annotations are missing", tool.Name)
			continue
		}
		if d.Annotations.ReadOnlyHint != tool.ReadOnly {
			t.Errorf("%s: the annotation and the selection disagree on whether it changes anything", tool.Name)
		}
		if tool.ReadOnly && d.Annotations.DestructiveHint != nil && *d.Annotations.DestructiveHint {
			t.Errorf("%s: read-only and destructive", tool.Name)
		}
		if !slices.Contains(DefaultToolsets, tool.Toolset) && !slices.Contains(whenConfigured, tool.Toolset) {
			t.Errorf("%s: toolset %q is none", tool.Name, tool.Toolset)
		}
	}
}

// TestSchemasArePortable keeps out the constructs that some hosts refuse, with
// the whole list of tools: references, combinators at the top, unions with
// null, schemas that are booleans, and required lists that are null.
func TestSchemasArePortable(t *testing.T) {
	for _, tool := range All() {
		for side, schema := range map[string]any{"input": tool.Definition.InputSchema, "output": tool.Answer(), "listed output": tool.Definition.OutputSchema} {
			raw, ok := schema.(json.RawMessage)
			if !ok {
				t.Fatalf("%s: the %s schema is a %T", tool.Name, side, schema)
			}
			var v map[string]any
			if err := json.Unmarshal(raw, &v); err != nil {
				t.Fatalf("%s: %s: %v", tool.Name, side, err)
			}
			if props, ok := v["properties"].(map[string]any); ok && len(props) > 0 && side != "listed output" && !bytes.Contains(raw, []byte(`"examples":[`)) {
				t.Errorf("%s: the %s schema shows no example", tool.Name, side)
			}
			for _, problem := range lintSchema(v, "", true, side != "input") {
				t.Errorf("%s: %s schema: %s", tool.Name, side, problem)
			}
		}
	}
}

func TestSchemaLintFindsWhatItForbids(t *testing.T) {
	for name, schema := range map[string]string{
		"reference":         `{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}}}`,
		"top combinator":    `{"type":"object","anyOf":[{}]}`,
		"null union":        `{"type":"object","properties":{"a":{"type":["null","array"]}}}`,
		"boolean schema":    `{"type":"object","properties":{"a":true}}`,
		"null required":     `{"type":"object","required":null}`,
		"no type":           `{"type":"object","properties":{"a":{}}}`,
		"array of anything": `{"type":"object","properties":{"a":{"type":"array","items":true}}}`,
		"output format":     `{"type":"object","properties":{"a":{"type":"string","format":"email"}}}`,
	} {
		var v map[string]any
		if err := json.Unmarshal([]byte(schema), &v); err != nil {
			t.Fatal(err)
		}
		if len(lintSchema(v, "", true, true)) == 0 {
			t.Errorf("%s passes the lint", name)
		}
	}
}

func lintSchema(v map[string]any, path string, top, output bool) (problems []string) {
	add := func(format string, args ...any) {
		problems = append(problems, path+": "+fmt.Sprintf(format, args...))
	}
	for key := range v {
		switch key {
		case "$ref", "$defs", "definitions", "$dynamicRef", "$schema", "$id":
			add("%s", key)
		case "anyOf", "oneOf", "allOf", "not":
			if top {
				add("%s at the top", key)
			}
		case "format", "pattern", "enum":
			// A redacted value must still fit the schema of the answer.
			if output && !top {
				add("%s in an answer: a token would not fit it", key)
			}
		}
	}
	if r, ok := v["required"]; ok {
		if _, ok := r.([]any); !ok {
			add("required is not a list")
		}
	}
	kind, ok := v["type"].(string)
	if !ok {
		add("type is %v, not one name", v["type"])
	}
	if top && kind != "object" {
		add("the top is no object")
	}
	props, _ := v["properties"].(map[string]any)
	for name, p := range props {
		sub, ok := p.(map[string]any)
		if !ok {
			add("property %s is a boolean schema", name)
			continue
		}
		problems = append(problems, lintSchema(sub, path+"/"+name, false, output)...)
	}
	if items, ok := v["items"]; ok {
		if sub, ok := items.(map[string]any); ok {
			problems = append(problems, lintSchema(sub, path+"/items", false, output)...)
		} else {
			add("items is a boolean schema")
		}
	}
	if extra, ok := v["additionalProperties"]; ok {
		switch sub := extra.(type) {
		case bool:
			if sub {
				add("additionalProperties is true: leave it out")
			}
		case map[string]any:
			if len(sub) > 0 {
				problems = append(problems, lintSchema(sub, path+"/*", false, output)...)
			}
		}
	}
	return problems
}

// whenConfigured are the toolsets that are listed when there is something that
// they are for.
var whenConfigured = []string{SetGateway, setServiceNow, setConfluence, setAzureDevOps, SetModels, SetProviders}

func TestSelectionFollowsTheFixedOrder(t *testing.T) {
	var all, usual []string
	for _, tool := range All() {
		all = append(all, tool.Name)
		if !slices.Contains(whenConfigured, tool.Toolset) {
			usual = append(usual, tool.Name)
		}
	}
	for _, test := range []struct {
		name string
		sel  Selection
		want []string
		err  string
	}{
		{name: "default is everything but outside services", want: usual},
		{name: "and those of services that are configured", sel: Selection{Configured: whenConfigured}, want: all},
		{name: "all", sel: Selection{Toolsets: []string{"all"}}, want: all},
		{name: "one toolset", sel: Selection{Toolsets: []string{SetDocuments}}, want: []string{"generate_rca", "generate_postmortem", "get_document", "update_document", "list_documents", "export_document"}},
		{name: "single tools, in the list's order", sel: Selection{Tools: []string{"read_log", "get_issue"}}, want: []string{"get_issue", "read_log"}},
		{name: "a toolset and a tool", sel: Selection{Toolsets: []string{SetTriage}, Tools: []string{"get_issue"}}, want: []string{"get_issue", "five_whys_step", "get_five_whys"}},
		{name: "exclusion wins", sel: Selection{Toolsets: []string{SetTriage}, Exclude: []string{"five_whys_step"}, Tools: []string{"five_whys_step", "get_issue"}}, want: []string{"get_issue", "get_five_whys"}},
		{name: "read-only wins", sel: Selection{Toolsets: []string{SetLogs}, Tools: []string{"redact_log"}, ReadOnly: true}, want: []string{"list_logs", "digest_log", "search_log", "correlate_logs", "read_log"}},
		{name: "unknown toolset", sel: Selection{Toolsets: []string{"log"}}, err: "there are: all, issues, logs, triage, documents, audit, " + strings.Join(whenConfigured, ", ")},
		{name: "unknown tool", sel: Selection{Exclude: []string{"delete_isue"}}, err: `unknown tool "delete_isue"`},
		{name: "nothing left", sel: Selection{Tools: []string{"redact_log"}, ReadOnly: true}, err: "leave no tool"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Select(All(), test.sel)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error %v, want one that says %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, tool := range got {
				names = append(names, tool.Name)
			}
			if !reflect.DeepEqual(names, test.want) {
				t.Errorf("got %v, want %v", names, test.want)
			}
		})
	}
}

func indented(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}
