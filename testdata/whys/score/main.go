// Command score prints the precision and recall of each lint of words over the
// labelled claims in testdata/whys/claims: `make whys-score`.
//
// A claim is "+ " when its lint must be found, "- " when it must not. Claims of
// sound.txt must give no finding of any of these lints. Half of the claims,
// chosen by a digest of their text, is kept aside: -held-out measures it, and
// names none of it, so that lexicons are not fitted to it.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/tftsr/tftsr/internal/triage"
)

func main() {
	heldOut := flag.Bool("held-out", false, "measure the part that is kept aside")
	missed := flag.Int("missed", 0, "name this many wrong claims of each lint; not of what is kept aside")
	only := flag.String("lint", "", "measure this lint alone")
	dir := flag.String("dir", "testdata/whys/claims", "folder with the labelled claims")
	flag.Parse()
	if err := run(os.Stdout, *dir, *only, *heldOut, *missed); err != nil {
		fmt.Fprintln(os.Stderr, "score:", err)
		os.Exit(1)
	}
}

// claim is one labelled claim, with the effect that it is to explain where the
// lint compares the two.
type claim struct {
	lint    string
	effect  string
	text    string
	wanted  bool
	heldOut bool
}

func (c claim) String() string {
	if c.effect == "" {
		return c.text
	}
	return c.effect + " <- " + c.text
}

// count is how often a lint was right and wrong.
type count struct {
	hit, miss, wrong, right int
	errors                  []string
}

func (c count) precision() float64 { return ratio(c.hit, c.hit+c.wrong) }
func (c count) recall() float64    { return ratio(c.hit, c.hit+c.miss) }

func ratio(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

func run(w io.Writer, dir, only string, heldOut bool, missed int) error {
	claims, err := load(dir)
	if err != nil {
		return err
	}
	counts, err := measure(claims, heldOut)
	if err != nil {
		return err
	}
	tab := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tab, "lint\tclaims\tlook-alikes\tprecision\trecall\t")
	for _, lint := range names(claims) {
		if only != "" && lint != only {
			continue
		}
		c := counts[lint]
		fmt.Fprintf(tab, "%s\t%d\t%d\t%.3f\t%.3f\t\n", lint, c.hit+c.miss, c.wrong+c.right, c.precision(), c.recall())
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	if heldOut {
		return nil
	}
	for _, lint := range names(claims) {
		if only == "" || lint == only {
			for _, e := range counts[lint].errors[:min(missed, len(counts[lint].errors))] {
				fmt.Fprintln(w, e)
			}
		}
	}
	return nil
}

func names(claims []claim) []string {
	var out []string
	for _, c := range claims {
		if c.lint != sound && !slices.Contains(out, c.lint) {
			out = append(out, c.lint)
		}
	}
	return out
}

// sound is the file of claims that no lint is for.
const sound = "sound"

func load(dir string) ([]claim, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no claims in %s", dir)
	}
	var out []claim
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(strings.NewReader(string(b)))
		for n := 1; lines.Scan(); n++ {
			line := lines.Text()
			if line == "" || line[0] == '#' {
				continue
			}
			text, wanted := strings.CutPrefix(line, "+ ")
			if !wanted {
				var ok bool
				if text, ok = strings.CutPrefix(line, "- "); !ok {
					return nil, fmt.Errorf("%s:%d: a claim begins with + or -", name, n)
				}
			}
			c := claim{lint: strings.TrimSuffix(filepath.Base(name), ".txt"), text: text, wanted: wanted, heldOut: aside(text)}
			if effect, cause, ok := strings.Cut(text, " <- "); ok {
				c.effect, c.text = effect, cause
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// aside chooses half of all texts.
func aside(text string) bool {
	h := fnv.New32a()
	h.Write([]byte(text))
	return h.Sum32()>>7&1 == 1
}

func measure(claims []claim, heldOut bool) (map[string]*count, error) {
	counts := make(map[string]*count)
	for _, lint := range names(claims) {
		counts[lint] = new(count)
	}
	for _, c := range claims {
		if c.heldOut != heldOut {
			continue
		}
		found, err := lints(c)
		if err != nil {
			return nil, fmt.Errorf("%s: %q: %w", c.lint, c, err)
		}
		for lint, n := range counts {
			if c.lint == lint || c.lint == sound && pairless(claims, lint) {
				n.add(c, slices.Contains(found, lint))
			}
		}
	}
	return counts, nil
}

// pairless reports whether a lint judges a claim by itself.
func pairless(claims []claim, lint string) bool {
	i := slices.IndexFunc(claims, func(c claim) bool { return c.lint == lint })
	return claims[i].effect == ""
}

func (n *count) add(c claim, found bool) {
	switch {
	case c.wanted && found:
		n.hit++
	case c.wanted:
		n.miss++
		n.errors = append(n.errors, fmt.Sprintf("%s misses: %s", c.lint, c))
	case found:
		n.wrong++
		n.errors = append(n.errors, fmt.Sprintf("%s takes wrongly: %s", c.lint, c))
	default:
		n.right++
	}
}

// lints returns the lints that are found on a claim that ends a branch as a
// root cause, as `tftsr whys check` finds them.
func lints(c claim) ([]string, error) {
	node := triage.FileNode{NodeInput: triage.NodeInput{ID: "it", Claim: c.text, Stop: "actionable", ActionableBy: "the team", Why: "without it nothing would have happened"}}
	f := &triage.File{Problem: triage.ProblemInput{What: "Something that this claim has nothing to do with was seen"}}
	if c.effect != "" {
		f.Nodes = append(f.Nodes, triage.FileNode{NodeInput: triage.NodeInput{ID: "effect", Claim: c.effect}})
		node.Parents = []string{"effect"}
	}
	f.Nodes = append(f.Nodes, node)
	r, err := triage.CheckFile(context.Background(), f)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, x := range r.Findings {
		if x.Node == "it" {
			out = append(out, x.Lint)
		}
	}
	return out, nil
}
