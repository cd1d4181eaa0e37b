package tools

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

// resolver reads cited lines for the engine, as far as the review allows, and
// looks cited calls up in the record.
type resolver struct {
	store store.Store
	gate  *gate.Gate
	user  string                 // whose calls may be cited
	logs  map[string]*triage.Log // those that were looked up and may be read
}

func (c *call) resolver() resolver {
	return newResolver(c.Store, c.Gate, c.caller.ID)
}

func newResolver(s store.Store, g *gate.Gate, user string) resolver {
	return resolver{s, g, user, make(map[string]*triage.Log)}
}

// log returns a log that may be read. A step that finishes an analysis asks for
// hundreds of pieces of the same few.
func (r resolver) log(ctx context.Context, id string) (*triage.Log, error) {
	if log := r.logs[id]; log != nil {
		return log, nil
	}
	log, err := r.store.Log(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := r.gate.MayRead(log, gate.Host); err != nil {
		return nil, err
	}
	r.logs[id] = log
	return log, nil
}

func (r resolver) Lines(ctx context.Context, logID string, from, to int64) ([]string, error) {
	log, err := r.log(ctx, logID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, triage.ErrNoLines
	}
	if err != nil {
		return nil, err
	}
	if to > log.Lines {
		return nil, triage.ErrNoLines
	}
	var lines []string
	err = r.store.Lines(ctx, logID, from, to, func(_ int64, line []byte) error {
		lines = append(lines, string(line))
		return nil
	})
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return lines, err
}

// maxCallEntries bounds how far behind the intent of a cited call its outcome
// is looked for, in entries of the record.
const maxCallEntries = 2000

// Called reports whether seq is a call of a tool, by its intent or its
// outcome, that this caller made and that did not fail.
func (r resolver) Called(ctx context.Context, seq int64) (bool, error) {
	var intent int64
	done := false
	err := r.store.Entries(ctx, seq, seq+maxCallEntries, func(e audit.Entry) error {
		var d struct {
			Phase  audit.Phase `json:"phase"`
			Intent int64       `json:"intent"`
			Status string      `json:"status"`
		}
		if err := json.Unmarshal(e.Details, &d); err != nil {
			return err
		}
		if e.Seq == seq {
			if e.UserID != r.user || e.Action != audit.ActionToolCall && e.Action != audit.ActionMCPToolCall {
				return io.EOF
			}
			if d.Phase == audit.PhaseIntent {
				intent = seq
				return nil
			}
			done = d.Phase == audit.PhaseOutcome && d.Status == "ok"
			return io.EOF
		}
		if d.Phase == audit.PhaseOutcome && d.Intent == intent {
			done = d.Status == "ok"
			return io.EOF
		}
		return nil
	})
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return done, err
}

// past gives the root causes of other issues: the newest, and older ones that
// have rare words of a claim in common. One value serves one step: what it has
// read it keeps.
type past struct {
	store store.Store
	issue string // left out
	read  []triage.PastCause
	seen  map[string]bool // issues that were read
}

// The issues whose analyses are read when one is finished: the newest, and
// those like each of its root causes.
const (
	maxPastIssues = 100
	maxPastLike   = 20
)

// PastCauses implements [triage.History]. What is like the claim the engine
// decides.
func (p *past) PastCauses(ctx context.Context, claim string) ([]triage.PastCause, error) {
	var issues []triage.Issue
	if p.seen == nil {
		p.seen = map[string]bool{p.issue: true}
		newest, _, err := p.store.ListIssues(ctx, store.IssueFilter{Limit: maxPastIssues})
		if err != nil {
			return nil, err
		}
		issues = newest
	}
	like, err := p.store.IssuesLike(ctx, claim, maxPastLike)
	if err != nil {
		return nil, err
	}
	for _, i := range append(issues, like.Issues...) {
		if p.seen[i.ID] {
			continue
		}
		p.seen[i.ID] = true
		list, err := p.store.AnalysesOf(ctx, i.ID)
		if err != nil {
			return nil, err
		}
		for j := range list {
			p.read = append(p.read, triage.PastCausesOf(&list[j])...)
		}
	}
	return p.read, nil
}
