package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/triage/digest"
)

type digestOptions struct {
	files   []string
	compare string
	since   string
	until   string
	zone    string
	preset  string
	budget  int
	json    bool
	assign  bool
}

func (a *app) digestCmd() *cobra.Command {
	var o digestOptions
	cmd := &cobra.Command{
		Use:   "digest [FILE…|-]",
		Short: "Sum up a log by its templates, or compare two",
		Long: `Digest says what is in a log (plain or gzip; several files are parts of one):
the templates of its messages with counts, times and lines, severe and rare
ones first; which are new, stopped or came in a burst; gaps in time, changes of
rate, the worst minutes. What it prints is redacted, as "tftsr redact" would. It
needs no key and no data folder, and sends nothing anywhere.

--compare OTHER says what is new, gone, more or less frequent than in OTHER,
given how busy both are, and leaves out what chance explains.

--assign prints the template of each input line, by its id and nothing else. A
stack trace has the template of the line that it belongs to. Ids are those of
the report, and stay the same for the same text of a template.

Stamps without a year are placed before the file's last change, those without a
zone are taken as UTC or --zone; the report says so.`,
		Example: `  tftsr digest /var/log/syslog
  kubectl logs deploy/web | tftsr digest
  tftsr digest --compare yesterday.log.gz today.log
  tftsr digest --json --budget 4000 app.log | jq '.templates[].text'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, pair := range [][2]string{{"assign", "json"}, {"assign", "compare"}, {"assign", "budget"}, {"assign", "since"}, {"assign", "until"}} {
				if err := oneOf(cmd, pair[0], pair[1]); err != nil {
					return err
				}
			}
			o.files = names(args)
			return a.digest(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.json, "json", false, "the report as JSON")
	f.BoolVar(&o.assign, "assign", false, "one template id for each input line, instead of a report")
	f.IntVar(&o.budget, "budget", 2000, "room for the report in `tokens` of four bytes of JSON, at least 400")
	f.StringVar(&o.compare, "compare", "", "compare with this `file`, of the time before")
	f.StringVar(&o.since, "since", "", "count lines from this `time` on, such as 2026-03-01T14:05:00Z")
	f.StringVar(&o.until, "until", "", "count lines before this `time`")
	f.StringVar(&o.zone, "zone", "", "`zone` of stamps that name none, such as Europe/Berlin (default UTC)")
	f.StringVar(&o.preset, "preset", "", "strict, balanced or secrets-only (default: as configured, else balanced)")
	return cmd
}

func (a *app) digest(ctx context.Context, o digestOptions) error {
	source, err := o.source()
	if err != nil {
		return err
	}
	inputs := [][]string{o.files}
	if o.compare != "" {
		inputs = [][]string{{o.compare}, o.files}
	}
	all := slices.Concat(inputs...)
	options, err := a.detection(o.preset)
	if err != nil {
		return err
	}
	options.Parallel = a.atRest(all...)
	var readings map[string]*pii.Reading
	if options.Known, readings, err = a.learnFiles(ctx, "digest", options, all, false); err != nil {
		return err
	}
	scanner, err := pii.NewScanner(options)
	if err != nil {
		return err
	}
	d := digesting{app: a, scanner: scanner, readings: readings, harvest: forward(all, false), tokens: pii.NewMemoryAllocator()}
	for i, files := range inputs {
		source.Reference = changed(files)
		if i == 0 {
			d.miner = digest.New(digest.Options{Source: source, Lines: o.assign})
		} else {
			d.miner.Next(source)
		}
		if err := d.read(ctx, i, files); err != nil {
			return err
		}
	}
	r := d.miner.Finish()
	if err := d.hide(r); err != nil {
		return err
	}
	switch {
	case o.assign:
		return a.printAssigned(r)
	case o.compare != "":
		return a.printComparison(r.Compare(0, 1, digest.ReportOptions{Budget: o.budget}), o.json)
	}
	return a.printDigest(r.Report(0, digest.ReportOptions{Budget: o.budget}), o)
}

// source reads what flags say of the log's times.
func (o digestOptions) source() (s digest.Source, err error) {
	if o.budget < digest.MinBudget {
		return s, usageError(fmt.Errorf("--budget is %d tokens; a report needs %d", o.budget, digest.MinBudget))
	}
	if o.zone != "" {
		if s.Zone, err = time.LoadLocation(o.zone); err != nil {
			return s, usageError(withHint(fmt.Errorf("--zone %q is no zone of this machine", o.zone), "use a name such as Europe/Berlin, or UTC"))
		}
	}
	for _, t := range []struct {
		flag, text string
		to         *time.Time
	}{{"since", o.since, &s.Since}, {"until", o.until, &s.Until}} {
		if t.text == "" {
			continue
		}
		if *t.to, err = time.Parse(time.RFC3339Nano, t.text); err != nil {
			return s, usageError(fmt.Errorf("--%s must be a time like 2026-03-01T14:05:00Z", t.flag))
		}
	}
	if !s.Since.IsZero() && !s.Until.IsZero() && !s.Since.Before(s.Until) {
		return s, usageError(errors.New("--since must be before --until"))
	}
	return s, nil
}

// changed returns when the last of the files changed, or now for a stream.
func changed(files []string) time.Time {
	var last time.Time
	for _, name := range files {
		info, err := os.Stat(name)
		if name == "-" || err != nil || !info.Mode().IsRegular() {
			return time.Now()
		}
		if t := info.ModTime(); t.After(last) {
			last = t
		}
	}
	return last
}

// digesting is a digest under way. The miner gets the lines as they are, so
// that their numbers are those of the file; what is sensitive in the few that
// may be shown is remembered by its place.
type digesting struct {
	app      *app
	scanner  *pii.Scanner
	readings map[string]*pii.Reading // What was found in the files, by name.
	harvest  *pii.KnownSet
	tokens   pii.Allocator
	miner    *digest.Miner
	spans    [][]span // of each log, in order
}

// span is something sensitive, by its place in a log.
type span struct {
	from, to int64
	kind     pii.Type
	value    []byte
}

// maxSpans is how many spans are kept before those are dropped that no example holds.
const maxSpans = 1 << 15

func (d *digesting) read(ctx context.Context, log int, files []string) error {
	d.spans = append(d.spans, nil)
	limit := maxSpans
	var base int64 // of the file in the log
	for _, name := range files {
		in, err := d.app.input(name)
		if err != nil {
			return fmt.Errorf("digest %s: %w", name, err)
		}
		ended := &endsLine{w: d.miner}
		first := d.readings[name]
		stats, err := d.scanner.ScanAgain(ctx, io.TeeReader(sameLength(in, first), ended), d.harvest, first, func(f pii.Finding, x pii.Excerpt) error {
			if f.Level != pii.LevelRedact {
				return nil
			}
			d.spans[log] = append(d.spans[log], span{base + f.Start, base + f.End, f.Type, bytes.Clone(x.Value)})
			if len(d.spans[log]) > limit {
				d.prune(log)
				limit = max(maxSpans, 2*len(d.spans[log]))
			}
			return nil
		})
		if err = errors.Join(err, in.Close()); err != nil {
			return fmt.Errorf("digest %s: %w", name, err)
		}
		base += stats.Bytes
		if ended.open {
			_, _ = d.miner.Write([]byte{'\n'}) // A miner does not fail.
			base++
		}
	}
	return nil
}

// endsLine remembers whether the last line that was written is open.
type endsLine struct {
	w    io.Writer
	open bool
}

func (e *endsLine) Write(p []byte) (int, error) {
	if len(p) > 0 {
		e.open = p[len(p)-1] != '\n'
	}
	return e.w.Write(p)
}

// prune drops the spans that lie in no example.
func (d *digesting) prune(log int) {
	type place struct{ from, to int64 }
	var examples []place
	counted := d.miner.Examples(func(from, to int64) { examples = append(examples, place{from, to}) })
	slices.SortFunc(examples, func(a, b place) int { return int(a.from - b.from) })
	d.spans[log] = slices.DeleteFunc(d.spans[log], func(s span) bool {
		i, _ := slices.BinarySearchFunc(examples, s.to, func(p place, to int64) int {
			if p.from < to {
				return -1
			}
			return 1
		})
		inside := i > 0 && examples[i-1].to > s.from
		return !inside && s.to <= counted
	})
}

// hide redacts what of a result may be shown.
func (d *digesting) hide(r *digest.Result) (err error) {
	r.Hide(func(t *digest.Template) (values [][]byte, example string) {
		from := t.ExampleOffset
		text := []byte(t.Example)
		var out []byte
		end := int64(0)
		spans := d.spans[t.ExampleSide]
		i, _ := slices.BinarySearchFunc(spans, from, func(s span, from int64) int {
			if s.to <= from {
				return -1
			}
			return 1
		})
		for ; i < len(spans) && spans[i].from < from+int64(len(text)); i++ {
			s := spans[i]
			token, tokenErr := d.tokens.Token(s.kind, s.value)
			if tokenErr != nil {
				err = tokenErr
				return nil, ""
			}
			values = append(values, s.value)
			start := max(s.from-from, end)
			out = append(out, text[end:start]...)
			out = append(out, token.String()...)
			end = min(s.to-from, int64(len(text)))
		}
		return values, string(append(out, text[end:]...))
	})
	if err != nil {
		return err
	}
	// What is printed is looked at once more, as everything is that leaves.
	return r.Rewrite(func(text string) (string, error) {
		text, _, err := d.scanner.RedactString(d.tokens, pii.ModeCleared, text)
		return text, err
	})
}

// printAssigned prints the template of every line.
func (a *app) printAssigned(r *digest.Result) error {
	out := bufio.NewWriterSize(a.out, 64<<10)
	for n := int64(1); ; n++ {
		i := r.TemplateOf(n)
		if i < 0 {
			return out.Flush()
		}
		if _, err := out.WriteString(r.Templates[i].ID + "\n"); err != nil {
			return err
		}
	}
}
