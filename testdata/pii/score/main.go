// Score measures detection on the labelled corpus: `make pii-score`. See testdata/pii/README.md.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/tftsr/tftsr/internal/pii"
	corpus "github.com/tftsr/tftsr/testdata/pii"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "score:", err)
		os.Exit(1)
	}
}

func run(args []string, w io.Writer) error {
	f := flag.NewFlagSet("score", flag.ContinueOnError)
	seed := f.Uint64("seed", 1, "of the corpus")
	held := f.Bool("held-out", false, "score the tenth that is kept aside, and show no example of it")
	only := f.String("group", "", "score these groups only, comma-separated")
	missed := f.Int("missed", 0, "show up to this many missed labels and hit look-alikes of each group")
	preset := f.String("preset", "balanced", "strict, balanced or secrets-only")
	clean := f.Bool("clean", true, "count what is found in clean logs too")
	size := f.Int("size", 1_000_000, "bytes of each clean log")
	write := f.Bool("write", false, "write the texts as JSON lines instead of scoring them")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *held && *missed > 0 {
		return errors.New("-held-out shows no examples: what was seen is tuned on")
	}
	p, ok := pii.ParsePreset(*preset)
	if !ok {
		return fmt.Errorf("unknown preset %q: use strict, balanced or secrets-only", *preset)
	}
	scanner, err := pii.NewScanner(pii.Options{Preset: p})
	if err != nil {
		return err
	}
	texts, err := corpus.Generate(*seed)
	if err != nil {
		return err
	}
	texts = slices.DeleteFunc(texts, func(x corpus.Example) bool {
		return x.Held != *held || *only != "" && !slices.Contains(strings.Split(*only, ","), x.Group())
	})
	if *write {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		for _, x := range texts {
			if err := enc.Encode(x); err != nil {
				return err
			}
		}
		return nil
	}
	res := score(scanner, texts)
	res.print(w)
	if *missed > 0 {
		for _, name := range res.order {
			g := res.groups[name]
			show(w, name+": missed", g.missed, *missed)
			show(w, name+": hit", g.hit, *missed)
		}
	}
	if *clean && *only == "" {
		logSeed := *seed
		if *held {
			logSeed += 1 << 32
		}
		printLogs(w, scanner, logSeed, *size, *missed)
	}
	return nil
}

// show prints some of the examples, spread over all of them.
func show(w io.Writer, title string, examples []string, n int) {
	if len(examples) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s (%d)\n", title, len(examples))
	n = min(n, len(examples))
	for i := range n {
		fmt.Fprintln(w, "  ", examples[i*len(examples)/n])
	}
}
