package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/triage"
)

// maxWhysFile bounds what is read of one analysis, and of each log beside it.
const maxWhysFile = 64 << 20

func (a *app) whysCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "whys",
		Short: "Judge a causal analysis kept as JSON",
	}
	family(cmd)
	cmd.AddCommand(a.whysCheckCmd())
	return cmd
}

type whysCheckOptions struct {
	files   []string
	json    bool
	require string
}

func (a *app) whysCheckCmd() *cobra.Command {
	var o whysCheckOptions
	cmd := &cobra.Command{
		Use:   "check FILE…",
		Short: "Print what the evidence carries, and what is wrong with the claims",
		Long: `Check judges an analysis as five_whys_step does: every branch with its verdict
and what it lacks, and every finding. The form of the file is described in
docs/five-whys.md and docs/whys.schema.json. Cited logs stand in the file, or
in files that it names; those are looked for beside it and nowhere else.

It needs no key and no data folder, and sends nothing anywhere.`,
		Example: `  tftsr whys check outage.json
  tftsr whys check --json *.json | jq -r 'select(.verdict != "CONFIRMED").file'
  tftsr whys check --require likely outage.json || echo 'not there yet'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError(errors.New("name a file with an analysis, or - for stdin"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.files = args
			if o.require != "" && !slices.Contains(verdictNames, o.require) {
				return usageError(fmt.Errorf("unknown verdict %q: use %s", o.require, strings.Join(verdictNames, " or ")))
			}
			return a.whysCheck(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.json, "json", false, "one JSON object a file")
	f.StringVar(&o.require, "require", "", "exit with 3 unless every verdict is at least this: likely or confirmed")
	return cmd
}

// verdictNames are what --require takes, weakest first.
var verdictNames = []string{"likely", "confirmed"}

// whysReport is the JSON form of what check says of one file.
type whysReport struct {
	File string `json:"file"`
	triage.Report
}

func (a *app) whysCheck(ctx context.Context, o whysCheckOptions) error {
	weak := false
	for _, name := range o.files {
		report, err := a.whysReport(ctx, name)
		if err != nil {
			return fmt.Errorf("check %s: %w", name, err)
		}
		weak = weak || o.require != "" && rankOf(report.Verdict) < slices.Index(verdictNames, o.require)
		if o.json {
			err = encoder(a.out).Encode(whysReport{name, report})
		} else {
			err = printWhys(a.out, name, report)
		}
		if err != nil {
			return err
		}
	}
	if weak {
		return &exitError{exitFindings, nil}
	}
	return nil
}

func rankOf(v triage.Verdict) int { return slices.Index(verdictNames, strings.ToLower(string(v))) }

func (a *app) whysReport(ctx context.Context, name string) (triage.Report, error) {
	b, err := a.readWhole(name)
	if err != nil {
		return triage.Report{}, err
	}
	f, err := triage.ParseFile(bytes.NewReader(b))
	if err != nil {
		return triage.Report{}, withHint(err, "docs/five-whys.md describes the form of the file")
	}
	if err := a.readLogs(f, name); err != nil {
		return triage.Report{}, err
	}
	return triage.CheckFile(ctx, f)
}

// readWhole reads a file or stdin of at most maxWhysFile bytes.
func (a *app) readWhole(name string) ([]byte, error) {
	in, err := a.input(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return readBounded(in)
}

func readBounded(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxWhysFile+1))
	if err == nil && len(b) > maxWhysFile {
		err = fmt.Errorf("it has more than %d bytes", maxWhysFile)
	}
	return b, err
}

// readLogs reads the logs that an analysis names. They lie in its folder or
// below it: whoever wrote the analysis may not be who runs the check.
func (a *app) readLogs(f *triage.File, name string) error {
	dir := filepath.Dir(name)
	if name == "-" {
		dir = "."
	}
	var root *os.Root
	for id, l := range f.Logs {
		if l.Name == "" {
			continue
		}
		if root == nil {
			var err error
			if root, err = os.OpenRoot(dir); err != nil {
				return bare(err)
			}
			defer root.Close()
		}
		in, err := root.Open(filepath.FromSlash(l.Name))
		if err != nil {
			return withHint(fmt.Errorf("log %s: %w", id, bare(err)), "logs lie beside the analysis, or in folders below it")
		}
		b, err := readBounded(in)
		if err := errors.Join(err, in.Close()); err != nil {
			return fmt.Errorf("log %s: %w", id, bare(err))
		}
		f.Logs[id] = triage.LogOf(string(b))
	}
	return nil
}

func printWhys(w io.Writer, name string, r triage.Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\n%s\n", name, r.Verdict, r.Tree)
	for _, br := range r.Branches {
		fmt.Fprintf(&b, "%s  %s: %s\n", br.Verdict, br.Lane, strings.Join(br.Path, " < "))
		for _, l := range br.Lacks {
			fmt.Fprintf(&b, "    lacks %s\n", l)
		}
	}
	if len(r.Findings) > 0 {
		b.WriteByte('\n')
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s %s [%s]: %s; %s\n", f.Severity, f.Node, f.Lint, f.Message, f.Hint)
	}
	c := r.Coverage
	fmt.Fprintf(&b, "\n%d claims, %d supported, %d excerpts verified, %d branches open, %d explanations rejected\n",
		c.Claims, c.Supported, c.Verified, c.Open, c.Rejected)
	_, err := io.WriteString(w, b.String())
	return err
}
