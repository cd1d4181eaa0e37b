// Command score measures how well lines are grouped by their statements.
//
//	make digest-score                          # the kinds for development
//	make digest-score ARGS='-wrong 5 -kind mac' # with templates that are wrong
//	make digest-score ARGS=-held-out           # the kinds that are kept aside
//	make digest-score ARGS=-write=DIR          # the logs and their labels as files
package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tftsr/tftsr/internal/triage/digest"
	logs "github.com/tftsr/tftsr/testdata/digest"
)

func main() {
	seed := flag.Uint64("seed", 1, "of the draw")
	lines := flag.Int("lines", 2000, "of each kind")
	held := flag.Bool("held-out", false, "measure the kinds that are kept aside")
	wrong := flag.Int("wrong", 0, "show so many wrong groups of each kind")
	only := flag.String("kind", "", "measure this kind alone")
	dir := flag.String("write", "", "write the logs and labels to this folder instead")
	flag.Parse()
	if err := run(os.Stdout, *seed, *lines, *held, *wrong, *only, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "score:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, seed uint64, lines int, held bool, wrong int, only, dir string) error {
	var sum score
	kinds := 0
	fmt.Fprintf(w, "%-12s %9s %9s %9s %9s\n", "kind", "GA", "FGA", "found", "true")
	for _, l := range logs.Draw(seed, lines) {
		if l.Held != held || only != "" && l.Kind != only {
			continue
		}
		if dir != "" {
			if err := write(dir, l); err != nil {
				return err
			}
			continue
		}
		found, texts := assign(l)
		s := measure(found, l.Truth)
		fmt.Fprintf(w, "%-12s %9.4f %9.4f %9d %9d\n", l.Kind, s.ga, s.fga, s.found, s.true)
		sum.ga += s.ga
		sum.fga += s.fga
		kinds++
		if wrong > 0 {
			explain(w, l, found, texts, wrong)
		}
	}
	if kinds > 0 {
		fmt.Fprintf(w, "%-12s %9.4f %9.4f\n", "average", sum.ga/float64(kinds), sum.fga/float64(kinds))
	}
	return nil
}

func write(dir string, l logs.Log) error {
	var labels strings.Builder
	for _, t := range l.Truth {
		fmt.Fprintln(&labels, t)
	}
	return cmp.Or(
		os.WriteFile(filepath.Join(dir, l.Kind+".log"), []byte(strings.Join(l.Lines, "\n")+"\n"), 0o644),
		os.WriteFile(filepath.Join(dir, l.Kind+".labels"), []byte(labels.String()), 0o644))
}

// assign returns the template of each line, and the texts of the templates.
func assign(l logs.Log) ([]int, []string) {
	m := digest.New(digest.Options{Source: digest.Source{Reference: time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC)}, Lines: true})
	for _, line := range l.Lines {
		m.AddLine([]byte(line))
	}
	r := m.Finish()
	found := make([]int, len(l.Lines))
	for i := range found {
		found[i] = r.TemplateOf(int64(i) + 1)
	}
	var texts []string
	for _, t := range r.Templates {
		texts = append(texts, t.Text)
	}
	return found, texts
}

// score is how well a log was grouped. GA, the grouping accuracy of Zhu et
// al., "Tools and Benchmarks for Automated Log Parsing" (2019), is the share
// of lines whose group holds exactly the lines of their statement. FGA, of
// Jiang et al., "A Large-Scale Evaluation for Log Parsing Techniques" (2024),
// is the harmonic mean of precision and recall over groups.
type score struct {
	ga, fga     float64
	found, true int
}

func measure(found, truth []int) score {
	size := func(labels []int) map[int]int {
		m := map[int]int{}
		for _, l := range labels {
			m[l]++
		}
		return m
	}
	type pair struct{ found, truth int }
	both := map[pair]int{}
	for i := range found {
		both[pair{found[i], truth[i]}]++
	}
	inFound, inTruth := size(found), size(truth)
	lines, groups := 0, 0
	for p, n := range both {
		if inFound[p.found] == n && inTruth[p.truth] == n {
			lines += n
			groups++
		}
	}
	s := score{found: len(inFound), true: len(inTruth), ga: float64(lines) / float64(len(found))}
	if groups > 0 {
		p, r := float64(groups)/float64(s.found), float64(groups)/float64(s.true)
		s.fga = 2 * p * r / (p + r)
	}
	return s
}

// explain prints the statements that cost most, with the templates that their
// lines got.
func explain(w io.Writer, l logs.Log, found []int, texts []string, limit int) {
	byTruth := map[int]map[int]int{}
	byFound := map[int]map[int]int{}
	example := map[int]string{}
	for i := range found {
		if byTruth[l.Truth[i]] == nil {
			byTruth[l.Truth[i]] = map[int]int{}
			example[l.Truth[i]] = l.Lines[i]
		}
		if byFound[found[i]] == nil {
			byFound[found[i]] = map[int]int{}
		}
		byTruth[l.Truth[i]][found[i]]++
		byFound[found[i]][l.Truth[i]]++
	}
	type loss struct{ truth, lines int }
	var losses []loss
	for t, groups := range byTruth {
		n, right := 0, len(groups) == 1
		for g, k := range groups {
			n += k
			right = right && len(byFound[g]) == 1
		}
		if !right {
			losses = append(losses, loss{t, n})
		}
	}
	slices.SortFunc(losses, func(a, b loss) int { return cmp.Or(b.lines-a.lines, a.truth-b.truth) })
	for _, x := range losses[:min(limit, len(losses))] {
		fmt.Fprintf(w, "    %d lines such as %s\n", x.lines, example[x.truth])
		shown := 0
		for g := range texts {
			if n := byTruth[x.truth][g]; n > 0 && shown < 6 {
				fmt.Fprintf(w, "        %5d of %d  %s\n", n, len(byFound[g]), texts[g])
				shown++
			}
		}
	}
}
