package triage

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
)

// What a dialogue came to, kept as a file, is judged as the dialogue was.
func TestAFileIsJudgedAsTheDialogueThatItKeeps(t *testing.T) {
	for _, tr := range transcripts(t) {
		a := tr.play(t, nil)
		if a == nil {
			continue
		}
		f, err := FileOf(t.Context(), a, tr.logs)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseFile(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v", tr.path, err)
		}
		got, err := CheckFile(t.Context(), again)
		if err != nil {
			t.Fatalf("%s: %v\n%s", tr.path, err, b)
		}
		g, err := LoadGraph(a.State)
		if err != nil {
			t.Fatal(err)
		}
		want := appraise(g)
		if got.Verdict != want.verdict {
			t.Errorf("%s: the file gives %s, the dialogue %s", tr.path, got.Verdict, want.verdict)
		}
		lints := func(list []Finding) []string {
			var out []string
			for _, f := range list {
				out = append(out, f.Severity+" "+f.Lint+" "+f.Node)
			}
			slices.Sort(out)
			return out
		}
		if x, y := lints(got.Findings), lints(want.findings); !slices.Equal(x, y) {
			t.Errorf("%s: findings %q, in the dialogue %q", tr.path, x, y)
		}
	}
}

func TestAFileMayHaveItsLogsInAnyForm(t *testing.T) {
	for name, log := range map[string]string{
		"text":  `"one\n04:09 pool exhausted: 50 of 50 in use\nthree\n"`,
		"lines": `["one","04:09 pool exhausted: 50 of 50 in use","three"]`,
		"parts": `{"parts":[{"from":2,"lines":["04:09 pool exhausted: 50 of 50 in use"]}]}`,
	} {
		for _, ref := range []string{"log:app#L2-L2", "log:app#L2", "log:app#L2-L2@?", "log:app#L2-L2@" + LinesDigest([]string{"04:09 pool exhausted: 50 of 50 in use"})} {
			f, err := ParseFile(strings.NewReader(`{"problem":{"what":"Logins failed"},"logs":{"app":` + log + `},
				"nodes":[{"claim":"All 50 connections were in use","evidence":[{"ref":"` + ref + `","text":"pool exhausted: 50 of 50"}]}]}`))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			r, err := CheckFile(t.Context(), f)
			if err != nil || r.Coverage.Supported != 1 {
				t.Errorf("%s, %s: %v, %+v", name, ref, err, r.Findings)
			}
		}
	}
}

func TestAFileThatMakesNoSenseIsRefusedAndSaysWhy(t *testing.T) {
	for _, c := range []struct{ file, says string }{
		{`{"problem":{"what":"x"},"nodes":[],"colour":"red"}`, "colour"},
		{`{"problem":{"what":"x"},"nodes":[]} {}`, "after the JSON object"},
		{`{"problem":{"what":"x"},"nodes":[],"logs":{"a":{"file":"x","parts":[{"from":1,"lines":[]}]}}}`, "either file or parts"},
		{`{"problem":{"what":"x"},"nodes":[],"logs":{"a":7}}`, "logs is a JSON number"},
		{`{"problem":{"what":""},"nodes":[]}`, "problem.what"},
		{`{"problem":{"what":"x"},"nodes":[{"claim":"y","parents":["nobody"]}]}`, "does not exist"},
		{`{"problem":{"what":"x"},"nodes":[{"id":"a","claim":"y"},{"id":"a","claim":"z"}]}`, "is taken"},
		{`{"problem":{"what":"x"},"nodes":[{"id":"a","claim":"y","evidence":[{"text":"z"}]}]}`, "type"},
	} {
		f, err := ParseFile(strings.NewReader(c.file))
		if err == nil {
			_, err = CheckFile(t.Context(), f)
		}
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want an error about %q", c.file, err, c.says)
		}
	}
}

func TestALoopInAFileIsAFindingAndConfirmsNothing(t *testing.T) {
	f, err := ParseFile(strings.NewReader(`{"problem":{"what":"Logins failed"},"nodes":[
		{"id":"a","claim":"The pool of sso was used up","parents":["c"]},
		{"id":"b","claim":"Sessions were held for 180 s","parents":["a"]},
		{"id":"c","claim":"Retries doubled the sessions","parents":["b"]},
		{"id":"d","claim":"The retry limit is 40","parents":["d","c"]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := CheckFile(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	var at []string
	for _, x := range r.Findings {
		if x.Lint == LintLoop {
			at = append(at, x.Node)
		}
	}
	if !slices.Equal(at, []string{"b", "d"}) || r.Verdict != InconclusiveVerdict {
		t.Errorf("loops at %v, verdict %s", at, r.Verdict)
	}
}

// The schema in docs is what the types say.
func TestTheFormOfAFileIsPublished(t *testing.T) {
	r := jsonschema.Reflector{DoNotReference: true, ExpandedStruct: true, Anonymous: true, Mapper: func(t reflect.Type) *jsonschema.Schema {
		if t != reflect.TypeFor[FileLog]() {
			return nil
		}
		line := &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Type: "string"}}
		object := (&jsonschema.Reflector{DoNotReference: true, ExpandedStruct: true, Anonymous: true}).Reflect(fileLogObject{})
		object.Version = ""
		object.Description = "either the name of a file beside the analysis, or the lines that are cited"
		return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string", Description: "the whole log"}, line, object}}
	}}
	s := r.Reflect(new(File))
	s.Title = "A causal analysis that tftsr whys check judges"
	got, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	const path = "../../docs/whys.schema.json"
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is out of date; run `make golden`", path)
	}
}

// What a person reads of a file that is none names no type of this program.
func TestAFileThatIsNoneIsToldInWordsOfJSON(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "it is empty",
		`{"problem":{"what":"x"}`:         "it ends in the middle of the JSON",
		`[]`:                              "it is a JSON array and no object",
		`42`:                              "it is a JSON number and no object",
		`{"problem":"x"}`:                 "problem is a JSON string, which does not belong there",
		`{"nodes":[{"parents":"a"}]}`:     "parents is a JSON string, which does not belong there",
		`{"problem":{"bogus":1}}`:         `unknown field "bogus"`,
		`{"problem":{"what":"x"}} {}`:     "there is something after the JSON object",
		"\xff\xfe{}":                      "invalid character",
		strings.Repeat(`[`, 200_000):      "exceeded max depth",
		`{"problem":{"what":"x"},"\ud8"}`: "invalid character",
	} {
		_, err := ParseFile(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "Go ") || strings.Contains(err.Error(), "triage.") {
			t.Errorf("%.40q: the error is %v, want %q", text, err, want)
		}
	}
}
