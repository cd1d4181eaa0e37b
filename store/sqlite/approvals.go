package sqlite

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tftsr/tftsr/store"
)

const approvalColumns = "id, owner, issue_id, tool, destination, payload_sha256, preview, status, channel, answered_by, created_at, expires_at, answered_at, used_at"

// scanApproval derives the state that time alone brings: an approval that
// nobody answered or used in time is expired.
func scanApproval(r row, now time.Time) store.Approval {
	a := store.Approval{
		ID: r.text(0), Owner: r.text(1), IssueID: r.text(2), Tool: r.text(3), Destination: r.text(4), PayloadSHA256: r.text(5),
		Preview: r.text(6), Status: store.ApprovalStatus(r.text(7)), Channel: r.text(8), AnsweredBy: r.text(9),
		CreatedAt: r.time(10), ExpiresAt: r.time(11), AnsweredAt: r.time(12), UsedAt: r.time(13),
	}
	if (a.Status == store.ApprovalPending || a.Status == store.ApprovalApproved) && !now.Before(a.ExpiresAt) {
		a.Status = store.ApprovalExpired
	}
	return a
}

// CreateApproval implements [store.Approvals]. It is pending, whatever
// a.Status says.
func (db *DB) CreateApproval(ctx context.Context, a *store.Approval) error {
	err := db.write(ctx, func(c *conn) error {
		_, err := c.exec("INSERT INTO approvals ("+approvalColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', '', ?, ?, NULL, NULL)",
			a.ID, a.Owner, a.IssueID, a.Tool, a.Destination, a.PayloadSHA256, a.Preview, string(store.ApprovalPending), a.CreatedAt, a.ExpiresAt)
		return constraint(err, "approval "+a.ID)
	})
	if err != nil {
		return fmt.Errorf("create approval: %w", err)
	}
	a.Status = store.ApprovalPending
	return nil
}

// Approval implements [store.Approvals].
func (db *DB) Approval(ctx context.Context, id string, now time.Time) (*store.Approval, error) {
	var a *store.Approval
	err := db.read(ctx, func(c *conn) (err error) {
		a, err = readApproval(c, id, now)
		return err
	})
	return a, err
}

func readApproval(c *conn, id string, now time.Time) (*store.Approval, error) {
	var a store.Approval
	found, err := c.queryRow("SELECT "+approvalColumns+" FROM approvals WHERE id = ?", []any{id}, func(r row) error {
		a = scanApproval(r, now)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, notFound("approval " + id)
	}
	return &a, nil
}

// ListApprovals implements [store.Approvals].
func (db *DB) ListApprovals(ctx context.Context, s store.ApprovalStatus, now time.Time) ([]store.Approval, error) {
	var list []store.Approval
	err := db.read(ctx, func(c *conn) error {
		return c.query("SELECT "+approvalColumns+" FROM approvals ORDER BY created_at DESC, id DESC", nil, func(r row) error {
			if a := scanApproval(r, now); s == "" || a.Status == s {
				list = append(list, a)
			}
			return nil
		})
	})
	return list, err
}

// AnswerApproval implements [store.Approvals].
func (db *DB) AnswerApproval(ctx context.Context, id string, approved bool, by, channel string, now time.Time) (*store.Approval, error) {
	status := store.ApprovalDeclined
	if approved {
		status = store.ApprovalApproved
	}
	return db.answer(ctx, id, status, by, channel, now, store.ApprovalPending)
}

// RevokeApproval implements [store.Approvals].
func (db *DB) RevokeApproval(ctx context.Context, id, by, channel string, now time.Time) (*store.Approval, error) {
	return db.answer(ctx, id, store.ApprovalDeclined, by, channel, now, store.ApprovalPending, store.ApprovalApproved)
}

// answer gives an approval the status that a person wants, from one of those
// that it may have.
func (db *DB) answer(ctx context.Context, id string, status store.ApprovalStatus, by, channel string, now time.Time, from ...store.ApprovalStatus) (*store.Approval, error) {
	var a *store.Approval
	err := db.write(ctx, func(c *conn) (err error) {
		if a, err = readApproval(c, id, now); err != nil {
			return err
		}
		if !slices.Contains(from, a.Status) {
			return fmt.Errorf("approval %s is %s: %w", id, a.Status, store.ErrSpent)
		}
		a.Status = status
		a.AnsweredBy, a.Channel, a.AnsweredAt = by, channel, now.UTC().Truncate(time.Microsecond)
		_, err = c.exec("UPDATE approvals SET status = ?, answered_by = ?, channel = ?, answered_at = ? WHERE id = ?",
			string(a.Status), by, channel, now, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// UseApproval implements [store.Approvals]: [store.ErrConflict] when owner,
// tool, destination or digest is another than what was approved, and
// [store.ErrSpent] when the approval is not open.
func (db *DB) UseApproval(ctx context.Context, a store.Approval, now time.Time) error {
	return db.write(ctx, func(c *conn) error {
		was, err := readApproval(c, a.ID, now)
		if err != nil {
			return err
		}
		if was.Owner != a.Owner || was.Tool != a.Tool || was.Destination != a.Destination || was.PayloadSHA256 != a.PayloadSHA256 {
			return fmt.Errorf("approval %s was given for something else: %w", a.ID, store.ErrConflict)
		}
		if was.Status != store.ApprovalApproved {
			return fmt.Errorf("approval %s is %s: %w", a.ID, was.Status, store.ErrSpent)
		}
		_, err = c.exec("UPDATE approvals SET status = ?, used_at = ? WHERE id = ?", string(store.ApprovalUsed), now, a.ID)
		return err
	})
}
