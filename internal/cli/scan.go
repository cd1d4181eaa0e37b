package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/pii"
)

type scanOptions struct {
	files      []string
	json       bool
	jsonl      bool
	showValues bool
	check      bool
	once       bool
	explain    bool
	stats      bool
	preset     string
}

func (a *app) scanCmd() *cobra.Command {
	var o scanOptions
	cmd := &cobra.Command{
		Use:   "scan [FILE…|-]",
		Short: "Find what is sensitive in text",
		Long: `Scan prints what is sensitive in files or stdin (plain or gzip): one line a
finding, with its place in bytes, and never the value unless --show-values is
given. It needs no key and no data folder, and sends nothing anywhere. The
configuration's detection settings hold: preset, released types and values,
rules of your own. Places in UTF-16 and UTF-32 are those in their UTF-8.

--explain says for each finding which rule made it, on what grounds, what
decided its type, and why it is redacted or only suspected. --stats sums up
instead: how many findings and distinct values of each type, and where each
value is seen first, by the token that "tftsr redact" would put in its place.

Values that their context gives away are found again where they stand bare:
files are read twice for it, streams once, as with "tftsr redact".

With --jsonl, stdin has one {"id":…,"text":…} a line. The answers come in the
same order: {"id":…,"findings":[{"start":…,"end":…,"type":…}]}, with byte
offsets into the UTF-8 text.`,
		Example: `  tftsr scan /var/log/nginx/access.log
  journalctl -b | tftsr scan --json - | jq -r .type | sort | uniq -c`,
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, pair := range [][2]string{{"json", "jsonl"}, {"explain", "jsonl"}, {"stats", "jsonl"}, {"explain", "stats"}, {"stats", "show-values"}} {
				if err := oneOf(cmd, pair[0], pair[1]); err != nil {
					return err
				}
			}
			o.files = names(args)
			return a.scan(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.json, "json", false, "one JSON object a finding")
	f.BoolVar(&o.jsonl, "jsonl", false, "read texts as JSON lines and answer each with its findings")
	f.BoolVar(&o.showValues, "show-values", false, "print the values too; they are what must not leave")
	f.BoolVar(&o.check, "check", false, "exit with 3 when something is found")
	f.BoolVar(&o.once, "one-pass", false, "read files once: faster, and bare values are found behind their context only")
	f.BoolVar(&o.explain, "explain", false, "say why: the rule, its grounds, what decided type and level")
	f.BoolVar(&o.stats, "stats", false, "sum up by type and by distinct value, which is not shown")
	f.StringVar(&o.preset, "preset", "", "strict, balanced or secrets-only (default: as configured, else balanced)")
	return cmd
}

// finding is the JSON form of a finding. Offsets are bytes, half-open.
type finding struct {
	File       string  `json:"file,omitempty"`
	Line       int64   `json:"line,omitempty"`
	Start      int64   `json:"start"`
	End        int64   `json:"end"`
	Type       string  `json:"type"`
	Class      string  `json:"class"`
	Rule       string  `json:"rule"`
	Confidence int     `json:"confidence"`
	Reason     string  `json:"reason"`
	Level      string  `json:"level,omitempty"` // "suspect" or "shadow" for what is reported and not redacted
	Value      *string `json:"value,omitempty"`

	Explanation *explanation `json:"explanation,omitempty"`
}

func newFinding(s *pii.Scanner, f pii.Finding, value []byte, show bool) finding {
	out := finding{
		Start: f.Start, End: f.End, Type: f.Type.String(), Class: f.Type.Class().String(),
		Rule: s.RuleName(f.Rule), Confidence: int(f.Confidence), Reason: f.Reason.String(),
	}
	if f.Level != pii.LevelRedact {
		out.Level = f.Level.String()
	}
	if show {
		v := string(value)
		out.Value = &v
	}
	return out
}

func (a *app) scan(ctx context.Context, o scanOptions) (err error) {
	options, err := a.detection(o.preset)
	if err != nil {
		return err
	}
	options.Parallel = a.atRest(o.files...)
	var readings map[string]*pii.Reading
	if options.Known, readings, err = a.learnFiles(ctx, "scan", options, o.files, o.once || o.jsonl); err != nil {
		return err
	}
	scanner, err := pii.NewScanner(options)
	if err != nil {
		return err
	}
	harvest := forward(o.files, o.once)
	out := bufio.NewWriterSize(a.out, 64<<10)
	defer func() { err = errors.Join(err, out.Flush()) }()

	var sum *summary
	if o.stats {
		sum = newSummary()
	}
	var total int64
	for _, name := range o.files {
		n, err := a.scanFile(ctx, scanner, harvest, readings[name], name, o, sum, out)
		if err != nil {
			return fmt.Errorf("scan %s: %w", name, err)
		}
		total += n
	}
	if sum != nil {
		if err := sum.print(out, o.json); err != nil {
			return err
		}
	}
	if o.check && total > 0 {
		return &exitError{exitFindings, nil}
	}
	return nil
}

func (a *app) scanFile(ctx context.Context, s *pii.Scanner, harvest *pii.KnownSet, first *pii.Reading, name string, o scanOptions, sum *summary, out *bufio.Writer) (int64, error) {
	in, err := a.input(name)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	if o.jsonl {
		return scanLines(s, in, o.showValues, out)
	}
	enc, lines := encoder(out), newFindingLines(s, name, o.json)
	stats, err := s.ScanAgain(ctx, sameLength(in, first), harvest, first, func(f pii.Finding, x pii.Excerpt) error {
		if sum != nil {
			return sum.add(s, f, x, name)
		}
		if !o.showValues && !o.explain {
			return lines.write(out, f, x.Line)
		}
		v := newFinding(s, f, x.Value, o.showValues)
		v.File, v.Line = name, x.Line
		if o.explain {
			v.Explanation = explain(s, f)
		}
		if o.json {
			return enc.Encode(v)
		}
		line := fmt.Sprintf("%s:%d: %d-%d %s", v.File, v.Line, v.Start, v.End, v.kind())
		if v.Value != nil {
			line += fmt.Sprintf(" %q", *v.Value)
			if v.Level != "" {
				line += " [" + v.Level + "]"
			}
		}
		if v.Explanation != nil {
			line += v.Explanation.text()
		}
		_, err := out.WriteString(line + "\n")
		return err
	})
	if sum != nil {
		sum.Files++
		sum.Bytes += stats.Bytes
		sum.Lines += stats.Lines
	}
	return stats.Redacted.Total() + stats.Suspect.Total(), err
}

type textLine struct {
	ID   json.RawMessage `json:"id"`
	Text *string         `json:"text"`
}

type textFindings struct {
	ID       json.RawMessage `json:"id"`
	Findings []finding       `json:"findings"`
}

// scanLines answers JSON lines. A line that is none of them ends the run and
// is named by its number: an answer short of one line would go unseen.
func scanLines(s *pii.Scanner, in io.Reader, showValues bool, out *bufio.Writer) (int64, error) {
	br := bufio.NewReaderSize(in, 1<<20)
	enc := encoder(out)
	var found []pii.Finding
	var total int64
	for n := 1; ; n++ {
		line, err := br.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) == 0 {
			if errors.Is(err, io.EOF) {
				return total, nil
			}
			if err != nil {
				return total, err
			}
			continue
		}
		var t textLine
		if json.Unmarshal(line, &t) != nil || t.Text == nil {
			return total, usageError(fmt.Errorf(`line %d is not a JSON object {"id":…,"text":"…"}`, n))
		}
		if t.ID == nil {
			t.ID = json.RawMessage("null")
		}
		text := []byte(*t.Text)
		answer := textFindings{ID: t.ID, Findings: []finding{}}
		found = s.Scan(found[:0], text)
		for _, f := range found {
			answer.Findings = append(answer.Findings, newFinding(s, f, text[f.Start:f.End], showValues))
		}
		total += int64(len(found))
		if err := enc.Encode(answer); err != nil {
			return total, err
		}
		if errors.Is(err, io.EOF) {
			return total, nil
		}
	}
}

func encoder(w io.Writer) *json.Encoder {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc
}
