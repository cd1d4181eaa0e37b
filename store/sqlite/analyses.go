package sqlite

import (
	"context"
	"fmt"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

const analysisColumns = "id, owner, issue_id, problem, state, revision, created_at, updated_at"

func scanAnalysis(r row) triage.Analysis {
	return triage.Analysis{
		ID: r.text(0), Owner: r.text(1), IssueID: r.text(2), Problem: r.text(3),
		State: r.blob(4), Revision: r.int64(5), CreatedAt: r.time(6), UpdatedAt: r.time(7),
	}
}

// CreateAnalysis implements [store.Analyses]. The revision becomes 1.
func (db *DB) CreateAnalysis(ctx context.Context, a *triage.Analysis) error {
	err := db.write(ctx, func(c *conn) error {
		_, err := c.exec("INSERT INTO analyses ("+analysisColumns+") VALUES (?, ?, ?, ?, ?, 1, ?, ?)",
			a.ID, a.Owner, a.IssueID, a.Problem, a.State, a.CreatedAt, a.UpdatedAt)
		return constraint(err, "analysis "+a.ID)
	})
	if err != nil {
		return fmt.Errorf("create analysis: %w", err)
	}
	a.Revision = 1
	return nil
}

// Analysis implements [store.Analyses].
func (db *DB) Analysis(ctx context.Context, id string) (*triage.Analysis, error) {
	var a *triage.Analysis
	err := db.read(ctx, func(c *conn) (err error) {
		a, err = readAnalysis(c, id)
		return err
	})
	return a, err
}

func readAnalysis(c *conn, id string) (*triage.Analysis, error) {
	var a triage.Analysis
	found, err := c.queryRow("SELECT "+analysisColumns+" FROM analyses WHERE id = ?", []any{id}, func(r row) error {
		a = scanAnalysis(r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, notFound("analysis " + id)
	}
	return &a, nil
}

// AnalysesOf implements [store.Analyses], oldest first.
func (db *DB) AnalysesOf(ctx context.Context, issueID string) ([]triage.Analysis, error) {
	var list []triage.Analysis
	err := db.read(ctx, func(c *conn) error {
		return c.query("SELECT "+analysisColumns+" FROM analyses WHERE issue_id = ? ORDER BY created_at, id", []any{issueID}, func(r row) error {
			list = append(list, scanAnalysis(r))
			return nil
		})
	})
	return list, err
}

// SaveAnalysis implements [store.Analyses]. Owner, issue and time of creation
// stay what they were.
func (db *DB) SaveAnalysis(ctx context.Context, a *triage.Analysis) error {
	return db.write(ctx, func(c *conn) error {
		old, err := readAnalysis(c, a.ID)
		if err != nil {
			return err
		}
		if a.Revision != old.Revision+1 {
			return fmt.Errorf("analysis %s is at revision %d, so revision %d cannot follow: %w", a.ID, old.Revision, a.Revision, store.ErrConflict)
		}
		if _, err := c.exec("INSERT INTO analysis_revisions (owner, analysis_id, revision, problem, state, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
			old.Owner, old.ID, old.Revision, old.Problem, old.State, old.UpdatedAt); err != nil {
			return err
		}
		_, err = c.exec("UPDATE analyses SET problem = ?, state = ?, revision = ?, updated_at = ? WHERE id = ?",
			a.Problem, a.State, a.Revision, a.UpdatedAt, a.ID)
		return err
	})
}

// AnalysisAt implements [store.Analyses].
func (db *DB) AnalysisAt(ctx context.Context, id string, revision int64) (*triage.Analysis, error) {
	var a *triage.Analysis
	err := db.read(ctx, func(c *conn) error {
		found, err := c.queryRow(`SELECT `+analysisColumns+` FROM analyses WHERE id = ?1 AND revision = ?2
			UNION ALL
			SELECT a.id, a.owner, a.issue_id, r.problem, r.state, r.revision, a.created_at, r.updated_at
			FROM analysis_revisions r JOIN analyses a ON a.id = r.analysis_id WHERE r.analysis_id = ?1 AND r.revision = ?2`,
			[]any{id, revision}, func(r row) error {
				v := scanAnalysis(r)
				a = &v
				return nil
			})
		if err == nil && !found {
			return notFound(fmt.Sprintf("revision %d of analysis %s", revision, id))
		}
		return err
	})
	return a, err
}
