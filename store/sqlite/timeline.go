package sqlite

import (
	"context"
	"fmt"

	"github.com/tftsr/tftsr/internal/triage"
)

// AddEvent implements [store.Timeline].
func (db *DB) AddEvent(ctx context.Context, e *triage.TimelineEvent) error {
	err := db.write(ctx, func(c *conn) error { return addEvents(c, []triage.TimelineEvent{*e}) })
	if err != nil {
		return fmt.Errorf("add timeline event: %w", err)
	}
	return nil
}

func addEvents(c *conn, list []triage.TimelineEvent) error {
	for i := range list {
		e := &list[i]
		if _, err := c.exec(`INSERT INTO timeline_events (id, owner, issue_id, at, type, text, source, caused_by, zone_assumed, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			e.ID, e.Owner, e.IssueID, e.At, e.Type, e.Text, e.Source, e.CausedBy, e.ZoneAssumed, e.CreatedAt); err != nil {
			return constraint(err, "timeline event "+e.ID)
		}
	}
	return nil
}

// Events implements [store.Timeline].
func (db *DB) Events(ctx context.Context, issueID string) ([]triage.TimelineEvent, error) {
	var list []triage.TimelineEvent
	err := db.read(ctx, func(c *conn) error {
		return c.query(`SELECT id, owner, issue_id, at, type, text, source, caused_by, zone_assumed, created_at
			FROM timeline_events WHERE issue_id = ? ORDER BY at, id`, []any{issueID}, func(r row) error {
			list = append(list, triage.TimelineEvent{
				ID: r.text(0), Owner: r.text(1), IssueID: r.text(2), At: r.time(3),
				Type: r.text(4), Text: r.text(5), Source: r.text(6),
				CausedBy: r.text(7), ZoneAssumed: r.bool(8), CreatedAt: r.time(9),
			})
			return nil
		})
	})
	return list, err
}
