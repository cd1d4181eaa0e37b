package triage

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what the engine says into testdata")

// memory resolves lines of logs that tests hold in memory.
type memory map[string][]string

func (m memory) Lines(_ context.Context, id string, from, to int64) ([]string, error) {
	lines, ok := m[id]
	if !ok || from < 1 || to > int64(len(lines)) {
		return nil, fmt.Errorf("log %s: %w", id, ErrNoLines)
	}
	return lines[from-1 : to], nil
}

// transcript is an analysis from testdata: logs, then either the steps of a
// dialogue or an analysis kept as a file, and what the engine is to say. In a
// step "log:app#L1-L2@?" stands for the reference with its digest.
type transcript struct {
	path  string
	arc   *txtar.Archive
	logs  memory
	names []string
	steps []StepInput
	file  *File // nil for a dialogue
}

// report says what the check of a file says.
func (tr *transcript) report(t testing.TB) string {
	t.Helper()
	r, err := CheckFile(t.Context(), tr.file)
	if err != nil {
		return fmt.Sprintf("error: %v\n", err)
	}
	res := StepResult{Verdict: r.Verdict, Findings: r.Findings}
	for _, b := range r.Branches {
		res.Branches = append(res.Branches, Branch{b.Node, b.Verdict, b.Lacks, b.Lane, b.Root, b.Path})
	}
	return describe("file", res, nil) + "tree:\n" + r.Tree
}

// transcriptDir is where the transcripts lie, for this package and for whoever
// reads the repository.
const transcriptDir = "../../testdata/whys"

var openRef = regexp.MustCompile(`log:([\w-]+)#L(\d+)-L(\d+)@\?`)

func readTranscript(t testing.TB, path string) *transcript {
	t.Helper()
	path = filepath.Join(transcriptDir, filepath.Base(path))
	arc, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tr := &transcript{path: path, arc: arc, logs: memory{}}
	for _, f := range arc.Files {
		if id, ok := strings.CutPrefix(f.Name, "log "); ok {
			tr.logs[id] = strings.Split(strings.TrimSuffix(string(f.Data), "\n"), "\n")
		}
	}
	for _, f := range arc.Files {
		if f.Name == "analysis.json" {
			tr.file, err = ParseFile(bytes.NewReader(f.Data))
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			if tr.file.Logs == nil {
				tr.file.Logs = make(map[string]FileLog)
			}
			for id, lines := range tr.logs {
				tr.file.Logs[id] = FileLog{Parts: []FilePart{{1, lines}}}
			}
		}
		name, ok := strings.CutPrefix(f.Name, "step ")
		if !ok {
			continue
		}
		data := openRef.ReplaceAllFunc(f.Data, func(m []byte) []byte {
			p := openRef.FindSubmatch(m)
			from, _ := strconv.ParseInt(string(p[2]), 10, 64)
			to, _ := strconv.ParseInt(string(p[3]), 10, 64)
			lines, err := tr.logs.Lines(t.Context(), string(p[1]), from, to)
			if err != nil {
				t.Fatalf("%s: step %s: %v", path, name, err)
			}
			return []byte(NewLogRef(string(p[1]), from, lines).String())
		})
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.DisallowUnknownFields()
		var in StepInput
		if err := dec.Decode(&in); err != nil {
			t.Fatalf("%s: step %s: %v", path, name, err)
		}
		tr.names, tr.steps = append(tr.names, name), append(tr.steps, in)
	}
	return tr
}

func transcripts(t testing.TB) []*transcript {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(transcriptDir, "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	var out []*transcript
	for _, p := range paths {
		out = append(out, readTranscript(t, p))
	}
	return out
}

// play applies all steps and returns the analysis as it is at the end; steps
// that are refused leave it as it was. each, when not nil, sees every answer.
func (tr *transcript) play(t testing.TB, each func(name string, res StepResult, err error)) *Analysis {
	t.Helper()
	var a *Analysis
	for i, in := range tr.steps {
		res, err := Engine{}.Step(t.Context(), a, in, tr.logs)
		if each != nil {
			each(tr.names[i], res, err)
		}
		if err == nil {
			a = &res.Analysis
		}
	}
	return a
}

// describe writes an answer as testdata keeps it.
func describe(name string, res StepResult, err error) string {
	var b strings.Builder
	if err != nil {
		fmt.Fprintf(&b, "%s: error: %v\n", name, err)
		return b.String()
	}
	fmt.Fprintf(&b, "%s: revision %d, %s", name, res.Revision, res.Verdict)
	if res.Done {
		b.WriteString(", done")
	}
	if res.Replayed {
		b.WriteString(", replayed")
	}
	b.WriteByte('\n')
	for _, br := range res.Branches {
		root := ""
		if br.Root {
			root = " root"
		}
		fmt.Fprintf(&b, "  branch %s %s%s %s\n", br.Lane, strings.Join(br.Path, ">"), root, br.Verdict)
		for _, l := range br.Lacks {
			fmt.Fprintf(&b, "    lacks %s\n", l)
		}
	}
	for _, f := range res.Findings {
		fmt.Fprintf(&b, "  %s %s %s\n", f.Severity, f.Lint, f.Node)
	}
	for _, q := range res.Questions {
		fmt.Fprintf(&b, "  ask %s: %s | %s\n", q.Node, q.Ask, q.Check)
	}
	return b.String()
}

func TestTranscripts(t *testing.T) {
	for _, tr := range transcripts(t) {
		t.Run(strings.TrimSuffix(filepath.Base(tr.path), ".txtar"), func(t *testing.T) {
			var got strings.Builder
			a := tr.play(t, func(name string, res StepResult, err error) { got.WriteString(describe(name, res, err)) })
			if a != nil {
				text, err := Tree(a)
				if err != nil {
					t.Fatal(err)
				}
				got.WriteString("tree:\n" + text)
			}
			if tr.file != nil {
				got.WriteString(tr.report(t))
			}
			at := len(tr.arc.Files) - 1
			if at < 0 || tr.arc.Files[at].Name != "want" {
				t.Fatalf("%s does not end with a file want", tr.path)
			}
			if *update {
				tr.arc.Files[at].Data = []byte(got.String())
				if err := os.WriteFile(tr.path, txtar.Format(tr.arc), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := string(tr.arc.Files[at].Data); got.String() != want {
				t.Errorf("the engine says (run with -update to accept)\n%s\nwant\n%s", got.String(), want)
			}
		})
	}
}
