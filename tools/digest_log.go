package tools

import (
	"context"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/internal/triage/digest"
)

type digestLogIn struct {
	LogID        string `json:"log_id" gate:"id"`
	Since        string `json:"since,omitempty" gate:"id" jsonschema:"example=2026-03-01T14:05:00Z"`
	Until        string `json:"until,omitempty" gate:"id"`
	CompareTo    string `json:"compare_to,omitempty" gate:"id"`
	CompareSince string `json:"compare_since,omitempty" gate:"id"`
	CompareUntil string `json:"compare_until,omitempty" gate:"id"`
	Budget       int    `json:"budget,omitempty" jsonschema:"minimum=400,maximum=3500" jsonschema_description:"tokens"`
}

type digestLogOut struct {
	LogID      string             `json:"log_id" jsonschema:"example=0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44"`
	Report     *digest.Report     `json:"report,omitempty"`
	Comparison *digest.Comparison `json:"comparison,omitempty"`
	Note       string             `json:"note,omitempty"`
}

const defaultBudget = 2000

func digestLog() Tool {
	return define(spec{
		name: "digest_log", title: "Digest log", toolset: SetLogs, readOnly: true,
		description: "Sum up a log, or compare it with another or one window: templates, what is severe, rare, new, stopped, bursts.",
	}, func(ctx context.Context, c *call, in digestLogIn) (digestLogOut, error) {
		log, err := c.log(ctx, in.LogID)
		if err != nil {
			return digestLogOut{}, err
		}
		w, err := parseWindow("since", in.Since, "until", in.Until)
		if err != nil {
			return digestLogOut{}, err
		}
		budget := in.Budget
		if budget == 0 {
			budget = defaultBudget
		}
		out := digestLogOut{LogID: log.ID, Note: c.Gate.ReviewNote(log)}
		options := digest.ReportOptions{Budget: budget - jsonTokens(out), RefBytes: refBytes}
		if in.CompareTo != "" || in.CompareSince != "" || in.CompareUntil != "" {
			out.Comparison, err = c.compareLogs(ctx, in, log, w, options)
			return out, err
		}
		m := digest.New(digest.Options{Source: source(log, w)})
		if err := c.mine(ctx, m, log); err != nil {
			return digestLogOut{}, err
		}
		out.Report = m.Finish().Report(0, options)
		for i := range out.Report.Templates {
			e := &out.Report.Templates[i]
			if e.Ref, err = c.cite(ctx, log, e.Line); err != nil {
				return digestLogOut{}, err
			}
		}
		return out, nil
	})
}

// compareLogs compares a log with the one of the time before, or two windows
// of one log.
func (c *call) compareLogs(ctx context.Context, in digestLogIn, log *triage.Log, w window, o digest.ReportOptions) (*digest.Comparison, error) {
	before, err := parseWindow("compare_since", in.CompareSince, "compare_until", in.CompareUntil)
	if err != nil {
		return nil, err
	}
	base := log
	if in.CompareTo != "" && in.CompareTo != log.ID {
		if base, err = c.log(ctx, in.CompareTo); err != nil {
			return nil, err
		}
	}
	if base == log && before == w {
		return nil, usage("a log is compared with itself: give compare_since and compare_until, or another log as compare_to")
	}
	m := digest.New(digest.Options{Source: source(base, before)})
	if err := c.mine(ctx, m, base); err != nil {
		return nil, err
	}
	m.Next(source(log, w))
	if err := c.mine(ctx, m, log); err != nil {
		return nil, err
	}
	diff := m.Finish().Compare(0, 1, o)
	for i := range diff.Changes {
		ch := &diff.Changes[i]
		from := log
		if ch.Kind == digest.ChangeGone {
			from = base
		}
		if ch.Ref, err = c.cite(ctx, from, ch.Line); err != nil {
			return nil, err
		}
	}
	return diff, nil
}

// jsonTokens is what v costs a model, as four bytes of JSON a token.
func jsonTokens(v any) int { return len(mustJSON(v)) / 4 }
