package audit

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pythonVerifier returns a command that runs the verifier which docs/audit.md
// shows, word for word, on a file.
func pythonVerifier(t *testing.T) func(path string) (string, error) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("NOT RUN: python3 is not installed")
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "audit.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```python\n(.*?)^```$").FindAllSubmatch(page, -1)
	if len(blocks) != 1 {
		t.Fatalf("docs/audit.md has %d blocks of Python, want one", len(blocks))
	}
	script := filepath.Join(t.TempDir(), "verify.py")
	if err := os.WriteFile(script, blocks[0][1], 0o600); err != nil {
		t.Fatal(err)
	}
	return func(path string) (string, error) {
		cmd := exec.CommandContext(t.Context(), python, "-I", script, path)
		var out, problem bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &problem
		err := cmd.Run()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return strings.TrimSpace(out.String() + problem.String()), err
	}
}

// The verifier that docs/audit.md gives to those who do not trust this program
// accepts what this program exports, gives the same root, and accepts nothing
// that was changed in it.
func TestTheDocumentedVerifierWithoutTftsrWorks(t *testing.T) {
	run := pythonVerifier(t)
	skey, vkey := testKeys(t)
	e := chain(301)
	e[7].UserID, e[8].EntityID = "a \"quoted\" <name> & \u2028 \x7f ünï", ""
	e[9].Details = []byte("{\"k\" : \"\u00e9\"}\n")
	e[10].Timestamp = e[10].Timestamp.AddDate(-70, 0, 0) // before 1970
	e[11].Timestamp = e[11].Timestamp.Truncate(1e9)      // no part of a second
	relink(e)
	var doc bytes.Buffer
	var kept []Checkpoint
	for _, n := range []int{1, 2, 3, 7, 64, 100, 256} {
		note, err := SignHead(skey, at(e, n))
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, Checkpoint{Head: at(e, n), Note: note})
	}
	end, err := SignHead(skey, headOf(e))
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteExport(&doc, func(yield func(Entry, error) bool) {
		for _, x := range e {
			if !yield(x, nil) {
				return
			}
		}
	}, kept, end, vkey); err != nil {
		t.Fatal(err)
	}
	verify := func(lines []string) (string, error) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "record.jsonl")
		if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600); err != nil {
			t.Fatal(err)
		}
		return run(path)
	}
	lines := slices.Collect(strings.Lines(doc.String()))
	if got, err := verify(lines); err != nil || got != fmt.Sprintf("301 entries, root %s", headOf(e).Root.Hex()) {
		t.Fatalf("%v: %s", err, got)
	}
	if r, err := VerifyExport(&doc, vkey); err != nil || !r.OK() {
		t.Fatal(r, err)
	}
	edit := func(i int, old, new string) []string {
		t.Helper()
		out := slices.Clone(lines)
		if out[i] = strings.Replace(out[i], old, new, 1); out[i] == lines[i] {
			t.Fatalf("line %d holds no %q: %s", i, old, lines[i])
		}
		return out
	}
	swapped := slices.Clone(lines)
	swapped[20], swapped[21] = swapped[21], swapped[20]
	// A whole chain of other entries under the checkpoints of these.
	var forged bytes.Buffer
	other := slices.Clone(e)
	other[50].UserID = "bob"
	relink(other)
	if err := WriteExport(&forged, func(yield func(Entry, error) bool) {
		for _, x := range other {
			if !yield(x, nil) {
				return
			}
		}
	}, kept, end, vkey); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]string{
		"edited":     edit(30, `"ana"`, `"eve"`),
		"a time":     edit(30, `T12:`, `T13:`),
		"a hash":     edit(30, `"entry_hash":"`, `"entry_hash":"0`),
		"removed":    slices.Delete(slices.Clone(lines), 40, 41),
		"replayed":   slices.Insert(slices.Clone(lines), 40, lines[39]),
		"swapped":    swapped,
		"cut off":    append(slices.Clone(lines[:200]), lines[len(lines)-1]),
		"rewritten":  slices.Collect(strings.Lines(forged.String())),
		"other size": edit(len(lines)-1, `\n301\n`, `\n300\n`),
	} {
		if got, err := verify(bad); err == nil {
			t.Errorf("%s: accepted: %s", name, got)
		}
	}
}
