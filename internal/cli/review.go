package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

type reviewOptions struct {
	log        string
	json       bool
	showValues bool
	approve    bool
	reject     bool
	release    []string
	revoke     []string
	releases   bool
}

func (a *app) reviewCmd() *cobra.Command {
	var o reviewOptions
	cmd := &cobra.Command{
		Use:   "review [LOG]",
		Short: "Look at what was redacted in a log, approve it, release what is harmless",
		Long: `Without LOG, review lists the logs that wait. With the id of a log it shows each
distinct value by its token and, at a terminal, asks what to do.

Releasing a token's value, or a whole type, leaves it in the clear in everything
that is redacted from then on. What is redacted already stays so; run redact_log
again to take the log in anew. --releases lists what was released, and --revoke
takes it back.`,
		Example: `  tftsr review
  tftsr review 0192… --show-values
  tftsr review 0192… --release '[Hostname_4]' --approve`,
		Args: between(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.log = args[0]
			}
			if err := oneOf(cmd, "approve", "reject"); err != nil {
				return err
			}
			if o.log == "" && (o.approve || o.reject || o.showValues) {
				return usageError(withHint(errors.New("--approve, --reject and --show-values need the id of a log"), "tftsr review lists the logs that wait"))
			}
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error { return a.review(ctx, w, o) })
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.json, "json", false, "as JSON")
	f.BoolVar(&o.showValues, "show-values", false, "show the originals too; needs a terminal, and is on the record")
	f.BoolVar(&o.approve, "approve", false, "approve the log's findings")
	f.BoolVar(&o.reject, "reject", false, "reject them: nobody may read the log")
	f.StringArrayVar(&o.release, "release", nil, "release the value of this `token`, or this type, as harmless")
	f.BoolVar(&o.releases, "releases", false, "list what was released")
	f.StringArrayVar(&o.revoke, "revoke", nil, "take the release with this `id` back")
	return cmd
}

func (a *app) review(ctx context.Context, w *workspace, o reviewOptions) error {
	for _, what := range o.release {
		if err := a.release(ctx, w, what); err != nil {
			return err
		}
	}
	for _, id := range o.revoke {
		if err := a.unrelease(ctx, w, id); err != nil {
			return err
		}
	}
	if o.releases {
		return a.listReleases(ctx, w, o.json)
	}
	if o.log == "" {
		return a.listReviews(ctx, w, o.json)
	}
	log, err := w.store.Log(ctx, o.log)
	if errors.Is(err, store.ErrNotFound) {
		return withHint(fmt.Errorf("there is no log %q", o.log), "tftsr review lists those that wait")
	}
	if err != nil {
		return err
	}
	if err := a.showFindings(ctx, w, log, o); err != nil {
		return err
	}
	switch {
	case o.approve:
		return a.decide(ctx, w, log, true)
	case o.reject:
		return a.decide(ctx, w, log, false)
	case a.onTerminal() && log.Review == triage.Unreviewed && !o.json:
		return a.askReview(ctx, w, log)
	}
	return nil
}

func (a *app) listReviews(ctx context.Context, w *workspace, asJSON bool) error {
	logs, err := w.store.LogsOf(ctx, "")
	if err != nil {
		return err
	}
	type view struct {
		ID      string             `json:"id"`
		IssueID string             `json:"issue_id"`
		Name    string             `json:"name"`
		Lines   int64              `json:"lines"`
		Review  triage.ReviewState `json:"review"`
		Counts  map[string]int     `json:"findings"`
	}
	views := []view{}
	for _, l := range logs {
		if l.Review == triage.Unreviewed {
			views = append(views, view{l.ID, l.IssueID, l.Name, l.Lines, l.Review, l.Counts})
		}
	}
	if asJSON {
		return encoder(a.out).Encode(views)
	}
	if len(views) == 0 {
		a.sayf("no log waits for review")
		return nil
	}
	tw := a.table()
	for _, v := range views {
		n := 0
		for _, c := range v.Counts {
			n += c
		}
		tw.row("%s\t%s\t%d lines\t%d values redacted\n", v.ID, printable(v.Name), v.Lines, n)
	}
	return tw.Flush()
}

func (a *app) showFindings(ctx context.Context, w *workspace, log *triage.Log, o reviewOptions) error {
	if err := a.person(); o.showValues && err != nil {
		return withHint(err, "leave --show-values out, or run it in a terminal")
	}
	findings, err := w.store.Findings(ctx, log.ID)
	if err != nil {
		return err
	}
	values := map[string]string{}
	if o.showValues {
		if values, err = w.originals(ctx, findings); err != nil {
			return err
		}
	}
	if o.json {
		views := []logFinding{}
		for _, f := range findings {
			views = append(views, logFinding{f.Token, f.Type, f.Class, f.Rule, f.Reason, f.Confidence, f.Count, f.FirstLine, values[f.Token]})
		}
		return encoder(a.out).Encode(map[string]any{"log": log.ID, "name": log.Name, "lines": log.Lines, "review": log.Review, "findings": views})
	}
	a.printf("%s  %s  %d lines  %s\n\n", log.ID, printable(log.Name), log.Lines, log.Review)
	tw := a.table()
	for _, f := range findings {
		tw.row("%s\t%s\t%d times\tfirst in line %d\t%d%%\t%s\t%s\n",
			f.Token, f.Class, f.Count, f.FirstLine, f.Confidence, f.Reason, printable(values[f.Token]))
	}
	return tw.Flush()
}

// logFinding is the JSON form of a distinct value in a log.
type logFinding struct {
	Token      string `json:"token"`
	Type       string `json:"type"`
	Class      string `json:"class"`
	Rule       string `json:"rule"`
	Reason     string `json:"reason"`
	Confidence int    `json:"confidence"`
	Count      int64  `json:"count"`
	FirstLine  int64  `json:"first_line"`
	Value      string `json:"value,omitempty"`
}

// originals looks up the values of findings by their tokens. Secrets have
// none. The separator cannot occur in a value that is found within a line.
func (w *workspace) originals(ctx context.Context, findings []store.LogFinding) (map[string]string, error) {
	const separator = "\x00\n"
	tokens := make([]string, len(findings))
	for i, f := range findings {
		tokens[i] = f.Token
	}
	text, _, err := w.gate.Restore(ctx, gate.Terminal, strings.Join(tokens, separator))
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for i, v := range strings.Split(text, separator) {
		if i < len(tokens) && v != tokens[i] {
			values[tokens[i]] = v
		}
	}
	return values, nil
}

// release releases a token's value, or all values of a type.
func (a *app) release(ctx context.Context, w *workspace, what string) error {
	req := gate.ReleaseRequest{Type: what}
	if strings.HasPrefix(what, "[") {
		req = gate.ReleaseRequest{Token: what}
		if _, n, ok := pii.ParseToken([]byte(what)); !ok || n != len(what) {
			return usageError(withHint(fmt.Errorf("%q is not a token", what), "write it as it stands in the log, as in '[Hostname_4]'"))
		}
	} else if _, ok := pii.ParseType(what); !ok {
		return usageError(withHint(fmt.Errorf("there is no type %q", what), fmt.Sprintf("there are: %s; or name a token, as in '[Hostname_4]'", typeNames())))
	}
	_, err := w.gate.Release(ctx, req)
	if errors.Is(err, store.ErrNotFound) {
		return withHint(fmt.Errorf("no value is kept for %s", what), "tftsr review LOG shows the tokens of a log")
	}
	if err != nil {
		return err
	}
	a.sayf("released %s", printable(what))
	return nil
}

func typeNames() string {
	var names []string
	for _, t := range pii.Types() {
		names = append(names, t.String())
	}
	return strings.Join(names, ", ")
}

func (a *app) decide(ctx context.Context, w *workspace, log *triage.Log, approve bool) error {
	verb, act := "rejected", w.gate.RejectLog
	if approve {
		verb, act = "approved", w.gate.ApproveLog
	}
	if err := act(ctx, log.ID); err != nil {
		return err
	}
	a.printf("%s %s\n", verb, log.ID)
	return nil
}

func (a *app) askReview(ctx context.Context, w *workspace, log *triage.Log) error {
	in := bufio.NewReader(a.in)
	for {
		a.ask("\napprove, reject, release TOKEN, or quit? ")
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch verb {
		case "approve", "a":
			return a.decide(ctx, w, log, true)
		case "reject":
			return a.decide(ctx, w, log, false)
		case "quit", "q", "":
			return nil
		case "release":
			if err := a.release(ctx, w, strings.TrimSpace(rest)); err != nil {
				a.sayf("%v", err)
			}
		default:
			a.sayf("say approve, reject, release TOKEN or quit")
		}
	}
}
