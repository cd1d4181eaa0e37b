// Devset measures internal/pii against the rule examples of gitleaks (MIT), as a development set: the true and false
// positives in the generators of the module github.com/zricethezav/gitleaks/v8. It copies that module to a temporary
// folder, puts a recorder in the place of the function that checks the examples there, runs the generators, and scans
// each example. The examples themselves are never kept: many are made anew in each run.
//
// It is a module of its own, so that the product does not depend on gitleaks.
package main

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"

	"github.com/tftsr/tftsr/internal/pii"
)

const gitleaks = "github.com/zricethezav/gitleaks/v8@v8.30.1"

// The bars that make the command succeed, in percent.
const (
	minCovered = 99.5
	maxHit     = 6.0
)

//go:embed recorder.go.txt
var recorder []byte

// example is what the recorder writes.
type example struct {
	Rule      string
	Positive  bool
	Text      string
	Secrets   []string
	Elsewhere bool // Another rule of gitleaks finds something in it.
}

func main() {
	runs := flag.Int("runs", 3, "how often to run the generators: their examples are random in part")
	verbose := flag.Bool("v", false, "show the examples that are missed or hit")
	flag.Parse()
	if err := run(*runs, *verbose); err != nil {
		fmt.Fprintln(os.Stderr, "devset:", err)
		os.Exit(1)
	}
}

func run(runs int, verbose bool) error {
	examples, err := generate(runs)
	if err != nil {
		return err
	}
	s, err := pii.NewScanner(pii.Options{})
	if err != nil {
		return err
	}
	var positives, covered, negatives, hit, others, othersHit, unclear int
	failed := map[string][]string{}
	for _, x := range examples {
		got := redacted(s, []byte(x.Text))
		switch {
		case x.Positive && strings.Join(x.Secrets, "") == "": // Its own rule does not say where the secret is.
			unclear++
		case x.Positive:
			positives++
			if covers(x.Rule, got, x.Text, x.Secrets) {
				covered++
			} else {
				failed[x.Rule] = append(failed[x.Rule], "missed "+x.Text)
			}
		case x.Elsewhere:
			others++
			if len(got) > 0 {
				othersHit++
			}
		default:
			negatives++
			if len(got) > 0 {
				hit++
				f := got[0]
				failed[x.Rule] = append(failed[x.Rule], fmt.Sprintf("hit (%s, %s) %s", f.Rule, f.Reason, x.Text))
			}
		}
	}
	rules := make([]string, 0, len(failed))
	for r := range failed {
		rules = append(rules, r)
	}
	sort.Strings(rules)
	for _, r := range rules {
		fmt.Printf("%s: %d\n", r, len(failed[r]))
		if verbose {
			for _, t := range failed[r] {
				fmt.Printf("    %q\n", t)
			}
		}
	}
	p, n := percent(covered, positives), percent(hit, negatives)
	fmt.Printf("true positives: %d of %d covered byte for byte, %.2f %% (at least %.1f)\n", covered, positives, p, minCovered)
	fmt.Printf("false positives: %d of %d hit, %.2f %% (at most %.1f)\n", hit, negatives, n, maxHit)
	fmt.Printf("besides: %d of %d that are false for their own rule but that gitleaks finds by another one\n", othersHit, others)
	if unclear > 0 {
		fmt.Printf("left out: %d true positives in which their own rule names no bytes (it looks at file names)\n", unclear)
	}
	if p < minCovered || n > maxHit {
		return fmt.Errorf("below the bar: see the rules above, and -v for their examples")
	}
	return nil
}

func percent(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }

// redacted returns the findings of class secret that a caller would never see.
func redacted(s *pii.Scanner, text []byte) []pii.Finding {
	var out []pii.Finding
	for _, f := range s.Scan(nil, text) {
		if f.Level == pii.LevelRedact && f.Type.Class() == pii.ClassSecret {
			out = append(out, f)
		}
	}
	return out
}

// covers reports whether every byte of each secret, wherever it stands in text, lies in a finding.
func covers(rule string, found []pii.Finding, text string, secrets []string) bool {
	in := make([]bool, len(text))
	for _, f := range found {
		for i := f.Start; i < f.End; i++ {
			in[i] = true
		}
	}
	for _, s := range secrets {
		// Some rules take bytes beside the secret for part of it: a quote, a key name and a colon, a user name and a colon.
		s = strings.Trim(s, "\"'`;, \t\r\n\\<>&")
		if i := strings.LastIndexAny(s, " \t\n"); i >= 0 && rule == "kubernetes-secret-yaml" {
			s = strings.Trim(s[i+1:], "\"'")
		}
		if i := strings.Index(s, ":"); i >= 0 && rule == "curl-auth-user" && i+1 < len(s) {
			s = strings.Trim(s[i+1:], "\"'")
		}
		for at := 0; s != ""; {
			i := strings.Index(text[at:], s)
			if i < 0 {
				break
			}
			for j := at + i; j < at+i+len(s); j++ {
				if !in[j] && !strings.ContainsRune(" \t\r\n", rune(text[j])) {
					return false
				}
			}
			at += i + len(s)
		}
	}
	return true
}

// generate runs gitleaks' generators and returns their examples.
func generate(runs int) ([]example, error) {
	answer, err := exec.Command("go", "mod", "download", "-json", gitleaks).Output()
	if err != nil {
		return nil, fmt.Errorf("download %s: %w: %s", gitleaks, err, answer)
	}
	var src struct{ Dir string }
	if err := json.Unmarshal(answer, &src); err != nil {
		return nil, fmt.Errorf("download %s: %w", gitleaks, err)
	}
	tmp, err := os.MkdirTemp("", "devset")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	dir := filepath.Join(tmp, "gitleaks")
	if err := os.CopyFS(dir, os.DirFS(src.Dir)); err != nil {
		return nil, fmt.Errorf("copy gitleaks: %w", err)
	}
	validate := filepath.Join(dir, "cmd/generate/config/utils/validate.go")
	if err := os.Chmod(validate, 0o600); err != nil {
		return nil, fmt.Errorf("this version of gitleaks is built otherwise: %w", err)
	}
	if err := os.WriteFile(validate, recorder, 0o600); err != nil {
		return nil, err
	}
	bin := filepath.Join(tmp, "generate")
	build := exec.Command("go", "build", "-mod=mod", "-o", bin, "./cmd/generate/config")
	build.Dir = dir
	if text, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build gitleaks' generators: %w\n%s", err, text)
	}
	var all []example
	for range runs {
		one, err := generateOnce(bin, filepath.Join(dir, "cmd/generate/config"), tmp)
		if err != nil {
			return nil, err
		}
		all = append(all, one...)
	}
	return all, nil
}

func generateOnce(bin, dir, tmp string) ([]example, error) {
	out, err := os.Create(filepath.Join(tmp, "examples"))
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.Command(bin, filepath.Join(tmp, "config.toml"))
	cmd.Dir = dir
	cmd.ExtraFiles = []*os.File{out}
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("run gitleaks' generators: %w\n%s", err, text)
	}
	b, err := os.ReadFile(out.Name())
	if err != nil {
		return nil, err
	}
	var all []example
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		var x example
		if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
			return nil, err
		}
		all = append(all, x)
	}
	return all, nil
}
