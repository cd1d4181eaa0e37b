package demo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/tftsr/tftsr/testdata/incidents"
)

// The parts of the tools' answers that the demo looks at.
type (
	issueAnswer struct {
		Issue struct {
			ID string `json:"id"`
		} `json:"issue"`
	}
	logAnswer struct {
		Log struct {
			ID       string `json:"id"`
			Name     string `json:"name"`
			Lines    int64  `json:"lines"`
			Findings []struct {
				Type  string `json:"type"`
				Count int    `json:"count"`
			} `json:"findings"`
		} `json:"log"`
		Distinct int `json:"distinct"`
	}
	digestAnswer struct {
		Report struct {
			Lines     int64 `json:"lines"`
			Templates []struct {
				Count int64  `json:"count"`
				Level string `json:"level"`
				Text  string `json:"text"`
			} `json:"templates"`
			Omitted struct {
				Templates int `json:"templates"`
			} `json:"omitted"`
		} `json:"report"`
	}
	readAnswer struct {
		Matches int64 `json:"matches"`
		Lines   []struct {
			N    int64  `json:"n"`
			Text string `json:"text"`
			Ref  string `json:"ref"`
		} `json:"lines"`
	}
	stepAnswer struct {
		AnalysisID string `json:"analysis_id"`
		Revision   int64  `json:"revision"`
		Verdict    string `json:"verdict"`
		Done       bool   `json:"done"`
		Tree       string `json:"tree"`
		Questions  []struct {
			Ask string `json:"ask"`
			Why string `json:"why"`
		} `json:"questions"`
		Findings []struct {
			Lint    string `json:"lint"`
			Node    string `json:"node"`
			Message string `json:"message"`
		} `json:"findings"`
		Coverage struct {
			Claims    int `json:"claims"`
			Supported int `json:"supported"`
			Verified  int `json:"verified"`
		} `json:"coverage"`
	}
	documentAnswer struct {
		DocumentID string   `json:"document_id"`
		Title      string   `json:"title"`
		Missing    []string `json:"missing"`
	}
	exportAnswer struct {
		File   string `json:"file"`
		SHA256 string `json:"sha256"`
	}
	verifyAnswer struct {
		Intact   bool  `json:"intact"`
		Entries  int64 `json:"entries"`
		Findings []struct {
			Kind string `json:"kind"`
			Text string `json:"text"`
		} `json:"findings"`
	}
)

// triage plays the agent.
func (r *run) triage(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		r.openIssue, r.redactLogs, r.readLogs, r.addTimeline, r.askWhys, r.writeRCA, r.askModel, r.fileOutside, r.verify,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) openIssue(ctx context.Context) error {
	out, err := call[issueAnswer](ctx, r.host, "create_issue", map[string]any{
		"title": r.incident.Title, "description": r.incident.Summary, "severity": r.incident.Severity, "category": r.incident.Domain,
	})
	r.issue = out.Issue.ID
	if err == nil {
		r.say("issue", "%s", r.issue)
	}
	return err
}

func (r *run) redactLogs(ctx context.Context) error {
	r.logs = map[string]string{}
	total := map[string]int{}
	for _, l := range r.incident.Logs {
		out, err := call[logAnswer](ctx, r.host, "redact_log", map[string]any{
			"issue_id": r.issue, "path": filepath.Join(r.logFolder(), filepath.Base(l.File)),
		})
		if err != nil {
			return err
		}
		r.logs[l.File] = out.Log.ID
		n := 0
		for _, f := range out.Log.Findings {
			total[f.Type] += f.Count
			n += f.Count
		}
		r.say("redacted", "%-24s %6d lines, %6d values, %5d of them distinct", l.File, out.Log.Lines, n, out.Distinct)
	}
	var types []string
	for _, t := range slices.Sorted(maps.Keys(total)) {
		types = append(types, fmt.Sprintf("%s %d", t, total[t]))
	}
	r.say("findings", "%s", strings.Join(types, ", "))
	return nil
}

func (r *run) readLogs(ctx context.Context) error {
	for _, file := range slices.Sorted(maps.Keys(r.logs)) {
		out, err := call[digestAnswer](ctx, r.host, "digest_log", map[string]any{"log_id": r.logs[file], "budget": 1000})
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		said := ""
		if worst := out.Report.Templates[0]; worst.Level == "error" || worst.Level == "fatal" {
			said = fmt.Sprintf(", the worst %d times: %.60q", worst.Count, worst.Text)
		}
		r.say("digested", "%-24s %6d lines as %d templates%s", file, out.Report.Lines, len(out.Report.Templates)+out.Report.Omitted.Templates, said)
	}
	for _, s := range r.answers.Search {
		out, err := call[readAnswer](ctx, r.host, "search_log", map[string]any{"log_id": r.logs[s.Log], "pattern": s.Pattern, "context": 2, "max_lines": 20})
		if err != nil {
			return err
		}
		if out.Matches == 0 {
			return fmt.Errorf("search_log: nothing in %s matches %q", s.Log, s.Pattern)
		}
		r.say("searched", "%-24s %6d matches of %q", s.Log, out.Matches, s.Pattern)
	}
	// An agent also reads on from where something was found, and looks up what
	// it has seen before.
	for file, id := range r.logs {
		if _, err := call[readAnswer](ctx, r.host, "read_log", map[string]any{"log_id": id, "from": 1, "to": 200}); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	_, err := call[map[string]any](ctx, r.host, "search_issues", map[string]any{"query": r.incident.Title})
	return err
}

func (r *run) addTimeline(ctx context.Context) error {
	for _, e := range r.answers.Timeline {
		line, err := r.find(ctx, e.Source.Log, e.Source.Find)
		if err != nil {
			return err
		}
		if _, err := call[map[string]any](ctx, r.host, "add_timeline_event", map[string]any{
			"issue_id": r.issue, "at": e.At, "type": e.Type, "text": e.Text, "source": line.ref,
		}); err != nil {
			return err
		}
	}
	out, err := call[map[string]any](ctx, r.host, "list_timeline_events", map[string]any{"issue_id": r.issue})
	if err != nil {
		return err
	}
	if events, ok := out["events"].([]any); ok {
		r.say("timeline", "%d events", len(events))
	}
	return nil
}

// cited is a line of a redacted log as evidence.
type cited struct{ ref, quote string }

// find looks a line up in the redacted log, as an agent does before it cites.
func (r *run) find(ctx context.Context, log, text string) (cited, error) {
	out, err := call[readAnswer](ctx, r.host, "search_log", map[string]any{
		"log_id": r.logs[log], "pattern": regexp.QuoteMeta(text), "max_lines": 1,
	})
	if err != nil {
		return cited{}, err
	}
	if len(out.Lines) == 0 {
		return cited{}, fmt.Errorf("search_log: no line of the redacted %s holds %q", log, text)
	}
	return cited{out.Lines[0].Ref, text}, nil
}

// step sends one step of the analysis and keeps its revision.
func (r *run) step(ctx context.Context, last *stepAnswer, args map[string]any) error {
	if last.AnalysisID == "" {
		args["issue_id"] = r.issue
	} else {
		args["analysis_id"], args["revision"] = last.AnalysisID, last.Revision
	}
	out, err := call[stepAnswer](ctx, r.host, "five_whys_step", args)
	if err == nil {
		*last = out
	}
	return err
}

func (r *run) askWhys(ctx context.Context) error {
	var last stepAnswer
	if err := r.step(ctx, &last, map[string]any{"step_id": "begin", "problem": map[string]any{"what": r.incident.Title}}); err != nil {
		return err
	}
	for _, w := range r.answers.Whys {
		if err := r.answerWhy(ctx, &last, w); err != nil {
			return err
		}
	}
	if err := r.step(ctx, &last, map[string]any{"step_id": "finish", "finish": true}); err != nil {
		return err
	}
	if !last.Done {
		err := errors.New("five_whys_step: the analysis is not done")
		for _, q := range last.Questions {
			err = fmt.Errorf("%w\n  still asked: %s (%s)", err, q.Ask, q.Why)
		}
		for _, f := range last.Findings {
			err = fmt.Errorf("%w\n  finding %s on %s: %s", err, f.Lint, f.Node, f.Message)
		}
		return err
	}
	r.say("five whys", "%s: %d claims, %d supported by %d cited lines that resolve", last.Verdict, last.Coverage.Claims, last.Coverage.Supported, last.Coverage.Verified)
	for line := range strings.Lines(last.Tree) {
		r.say("", "%s", strings.TrimRight(line, "\n"))
	}
	return nil
}

// kinds are the kinds of claims on the cause lane; those of the other lanes
// have one each, which the engine gives by itself.
var kinds = []string{"cause", "contributing", "condition", "trigger"}

// answerWhy proposes one cause with its evidence and its refuted rivals.
func (r *run) answerWhy(ctx context.Context, last *stepAnswer, w incidents.Why) error {
	node := map[string]any{"id": w.ID, "claim": w.Claim, "lane": w.Lane}
	if slices.Contains(kinds, w.Kind) {
		node["kind"] = w.Kind
	}
	if w.Parent != "" {
		node["parents"] = []string{w.Parent}
	}
	if w.Root {
		node["stop"], node["why"], node["actionable_by"] = "actionable", w.Counterfactual, w.ActionableBy
	}
	nodes := []any{node}
	var evidence, measures []any
	cite := func(on, effect string, list []incidents.Evidence) error {
		for _, e := range list {
			line, err := r.find(ctx, e.Log, e.Find)
			if err != nil {
				return err
			}
			evidence = append(evidence, map[string]any{
				"on": on, "type": "log_excerpt", "effect": effect, "ref": line.ref, "text": line.quote, "note": e.Note,
			})
		}
		return nil
	}
	if err := cite(w.ID, "supports", w.Evidence); err != nil {
		return err
	}
	for i, alt := range w.Alternatives {
		id := fmt.Sprintf("%s-rival%d", w.ID, i+1)
		nodes = append(nodes, map[string]any{"id": id, "claim": alt.Claim, "rival_of": w.ID})
		if err := cite(id, "refutes", alt.Evidence); err != nil {
			return err
		}
	}
	for _, m := range w.Countermeasures {
		measures = append(measures, map[string]any{
			"node": w.ID, "text": m.Text, "type": m.Type, "strength": m.Strength, "owner": m.Owner, "due": m.Due,
		})
	}
	args := map[string]any{"step_id": "why-" + w.ID, "nodes": nodes}
	if len(evidence) > 0 {
		args["evidence"] = evidence
	}
	if len(measures) > 0 {
		args["countermeasures"] = measures
	}
	return r.step(ctx, last, args)
}

func (r *run) writeRCA(ctx context.Context) error {
	doc, err := call[documentAnswer](ctx, r.host, "generate_rca", map[string]any{
		"issue_id": r.issue, "impact": r.answers.Impact, "resolution": r.answers.Resolution,
	})
	if err != nil {
		return err
	}
	r.document = doc.DocumentID
	out, err := call[exportAnswer](ctx, r.host, "export_document", map[string]any{"document_id": doc.DocumentID, "format": "md"})
	if err != nil {
		return err
	}
	return r.keepRCA(filepath.Join(r.dataFolder(), filepath.FromSlash(out.File)))
}

// keepRCA leaves the document where a person can read it after the data folder
// is gone.
func (r *run) keepRCA(exported string) error {
	text, err := os.ReadFile(exported)
	if err != nil {
		return fmt.Errorf("read the exported RCA: %w", err)
	}
	f, err := os.CreateTemp("", "tftsr-rca-"+r.incident.Name+"-*.md")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	r.say("RCA", "%s", f.Name())
	return nil
}

func (r *run) verify(ctx context.Context) error {
	if _, err := call[map[string]any](ctx, r.host, "list_audit", map[string]any{"limit": 50}); err != nil {
		return err
	}
	out, err := call[verifyAnswer](ctx, r.host, "verify_audit", nil)
	if err != nil {
		return err
	}
	for _, f := range out.Findings {
		r.say("audit", "%s: %s", f.Kind, f.Text)
	}
	if !out.Intact {
		return errors.New("verify_audit: the record does not verify")
	}
	r.print("  audit: %d entries verified\n", out.Entries)
	return nil
}
