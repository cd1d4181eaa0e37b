package sqlite

import (
	"context"
	"fmt"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

// wholeEvery bounds deltas: one that is longer than this part of the state that
// it makes is not worth a second read, and the state is kept whole. A dialogue
// keeps one step in a dozen or two so.
const wholeEvery = 8

// CreateAnalysis implements [store.Analyses]. The revision becomes 1.
func (db *DB) CreateAnalysis(ctx context.Context, a *triage.Analysis, notes ...triage.TimelineEvent) error {
	err := db.write(ctx, func(c *conn) error {
		if _, err := c.exec("INSERT INTO analyses (id, owner, issue_id, problem, revision, created_at, updated_at) VALUES (?, ?, ?, ?, 1, ?, ?)",
			a.ID, a.Owner, a.IssueID, a.Problem, a.CreatedAt, a.UpdatedAt); err != nil {
			return constraint(err, "analysis "+a.ID)
		}
		if err := putRevision(c, a, a.Owner, 1, 0, a.State); err != nil {
			return err
		}
		return addEvents(c, notes)
	})
	if err != nil {
		return fmt.Errorf("create analysis: %w", err)
	}
	a.Revision = 1
	return nil
}

// putRevision keeps a revision of an analysis, whose state is whole or a delta
// of the revision base.
func putRevision(c *conn, a *triage.Analysis, owner string, revision, base int64, state []byte) error {
	_, err := c.exec("INSERT INTO analysis_revisions (owner, analysis_id, revision, base, problem, state, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		owner, a.ID, revision, base, a.Problem, state, a.UpdatedAt)
	return err
}

// analysisQuery is followed by a condition. The newest revision of an analysis
// is the one that its own row names.
const analysisQuery = `SELECT a.id, a.owner, a.issue_id, r.problem, r.state, r.revision, a.created_at, r.updated_at, r.base, b.state
	FROM analyses a JOIN analysis_revisions r ON r.analysis_id = a.id
	LEFT JOIN analysis_revisions b ON b.analysis_id = a.id AND b.revision = r.base AND b.base = 0 WHERE `

func scanAnalysis(r row) (triage.Analysis, error) {
	a := triage.Analysis{
		ID: r.text(0), Owner: r.text(1), IssueID: r.text(2), Problem: r.text(3),
		Revision: r.int64(5), CreatedAt: r.time(6), UpdatedAt: r.time(7),
	}
	if r.int64(8) == 0 {
		a.State = r.blob(4)
		return a, nil
	}
	var err error
	if a.State, err = undelta(r.raw(9), r.raw(4), triage.MaxState); err != nil {
		return a, fmt.Errorf("revision %d of analysis %s cannot be read: %w", a.Revision, a.ID, err)
	}
	return a, nil
}

// oneAnalysis returns what the query finds, or a not-found error of what.
func (db *DB) oneAnalysis(ctx context.Context, what, where string, args ...any) (a *triage.Analysis, err error) {
	err = db.read(ctx, func(c *conn) error {
		found, err := c.queryRow(analysisQuery+where, args, func(r row) error {
			v, err := scanAnalysis(r)
			a = &v
			return err
		})
		if err == nil && !found {
			return notFound(what)
		}
		return err
	})
	return a, err
}

// Analysis implements [store.Analyses].
func (db *DB) Analysis(ctx context.Context, id string) (*triage.Analysis, error) {
	return db.oneAnalysis(ctx, "analysis "+id, "a.id = ? AND r.revision = a.revision", id)
}

// AnalysisAt implements [store.Analyses].
func (db *DB) AnalysisAt(ctx context.Context, id string, revision int64) (*triage.Analysis, error) {
	return db.oneAnalysis(ctx, fmt.Sprintf("revision %d of analysis %s", revision, id), "a.id = ? AND r.revision = ?", id, revision)
}

// AnalysesOf implements [store.Analyses], oldest first.
func (db *DB) AnalysesOf(ctx context.Context, issueID string) ([]triage.Analysis, error) {
	var list []triage.Analysis
	err := db.read(ctx, func(c *conn) error {
		return c.query(analysisQuery+"a.issue_id = ? AND r.revision = a.revision ORDER BY a.created_at, a.id", []any{issueID}, func(r row) error {
			a, err := scanAnalysis(r)
			list = append(list, a)
			return err
		})
	})
	return list, err
}

// SaveAnalysis implements [store.Analyses]. Owner, issue and time of creation
// stay what they were.
func (db *DB) SaveAnalysis(ctx context.Context, a *triage.Analysis, notes ...triage.TimelineEvent) error {
	return db.write(ctx, func(c *conn) error {
		var owner string
		var current int64
		found, err := c.queryRow("SELECT owner, revision FROM analyses WHERE id = ?", []any{a.ID}, func(r row) error {
			owner, current = r.text(0), r.int64(1)
			return nil
		})
		switch {
		case err != nil:
			return err
		case !found:
			return notFound("analysis " + a.ID)
		case a.Revision != current+1:
			return fmt.Errorf("analysis %s is at revision %d, so revision %d cannot follow: %w", a.ID, current, a.Revision, store.ErrConflict)
		}
		// The newest state that is whole is the base of all that follow it.
		base, state := int64(0), a.State
		if _, err := c.queryRow("SELECT revision, state FROM analysis_revisions WHERE analysis_id = ? AND base = 0 ORDER BY revision DESC LIMIT 1", []any{a.ID}, func(r row) error {
			if delta := deltaOf(r.raw(1), a.State); len(delta) <= len(a.State)/wholeEvery {
				base, state = r.int64(0), delta
			}
			return nil
		}); err != nil {
			return err
		}
		if err := putRevision(c, a, owner, a.Revision, base, state); err != nil {
			return err
		}
		if _, err := c.exec("UPDATE analyses SET problem = ?, revision = ?, updated_at = ? WHERE id = ?", a.Problem, a.Revision, a.UpdatedAt, a.ID); err != nil {
			return err
		}
		return addEvents(c, notes)
	})
}
