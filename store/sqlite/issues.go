package sqlite

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

const issueColumns = "i.id, i.owner, i.title, i.description, i.severity, i.status, i.category, i.root_cause, i.tags, i.created_at, i.updated_at, i.resolved_at, i.revision"

func scanIssue(r row) triage.Issue {
	return triage.Issue{
		ID: r.text(0), Owner: r.text(1), Title: r.text(2), Description: r.text(3),
		Severity: triage.Severity(r.text(4)), Status: triage.Status(r.text(5)), Category: r.text(6),
		RootCause: r.text(7), Tags: splitTags(r.text(8)),
		CreatedAt: r.time(9), UpdatedAt: r.time(10), ResolvedAt: r.time(11), Revision: r.int64(12),
	}
}

// CreateIssue implements [store.Issues].
func (db *DB) CreateIssue(ctx context.Context, i *triage.Issue) error {
	var salt [32]byte
	rand.Read(salt[:]) // never fails
	return db.CreateIssueWithSalt(ctx, i, salt)
}

// CreateIssueWithSalt implements [store.Issues].
func (db *DB) CreateIssueWithSalt(ctx context.Context, i *triage.Issue, salt [32]byte) error {
	err := db.write(ctx, func(c *conn) error {
		if err := c.fullText(); err != nil {
			return err
		}
		_, err := c.exec(`INSERT INTO issues (id, owner, title, description, severity, status, category, root_cause, tags, created_at, updated_at, resolved_at, revision)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
			i.ID, i.Owner, i.Title, i.Description, string(i.Severity), string(i.Status), i.Category, i.RootCause, joinTags(i.Tags),
			i.CreatedAt, i.UpdatedAt, optTime(i.ResolvedAt))
		if err != nil {
			return constraint(err, "issue "+i.ID)
		}
		_, err = c.exec("INSERT INTO vault_salts (issue_id, owner, salt) VALUES (?, ?, ?)", i.ID, i.Owner, salt[:])
		return err
	})
	if err != nil {
		return fmt.Errorf("create issue: %w", err)
	}
	i.Revision = 1
	return nil
}

// Issue implements [store.Issues].
func (db *DB) Issue(ctx context.Context, id string) (*triage.Issue, error) {
	var i *triage.Issue
	err := db.read(ctx, func(c *conn) (err error) {
		i, err = readIssue(c, id)
		return err
	})
	return i, err
}

func readIssue(c *conn, id string) (*triage.Issue, error) {
	var i triage.Issue
	found, err := c.queryRow("SELECT "+issueColumns+" FROM issues i WHERE i.id = ?", []any{id}, func(r row) error {
		i = scanIssue(r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, notFound("issue " + id)
	}
	return &i, nil
}

// issueOf names the issue that an id is of, or belongs to. Each id is looked up
// by itself: for the few that a call names, that costs a tenth of what one query
// over a list of them does.
const issueOf = `?1,
	(SELECT issue_id FROM logs WHERE id = ?1),
	(SELECT issue_id FROM analyses WHERE id = ?1),
	(SELECT issue_id FROM documents WHERE id = ?1),
	(SELECT issue_id FROM timeline_events WHERE id = ?1),
	(SELECT issue_id FROM approvals WHERE id = ?1),
	(SELECT issue_id FROM conversations WHERE id = ?1)`

// IssueSalts implements [store.Issues].
func (db *DB) IssueSalts(ctx context.Context, ids []string) (map[string][]byte, error) {
	salts := map[string][]byte{}
	err := db.read(ctx, func(c *conn) error {
		each := func() error {
			for _, id := range ids {
				if err := c.query("SELECT issue_id, salt FROM vault_salts WHERE issue_id IN ("+issueOf+")", []any{id}, func(r row) error {
					salts[r.text(0)] = r.blob(1)
					return nil
				}); err != nil {
					return err
				}
			}
			return nil
		}
		if len(ids) < 2 {
			return each()
		}
		return c.snapshot(each)
	})
	return salts, err
}

// UpdateIssue implements [store.Issues].
func (db *DB) UpdateIssue(ctx context.Context, id string, revision int64, change func(*triage.Issue) error) (*triage.Issue, error) {
	var i *triage.Issue
	err := db.write(ctx, func(c *conn) (err error) {
		if err := c.fullText(); err != nil {
			return err
		}
		if i, err = readIssue(c, id); err != nil {
			return err
		}
		current := i.Revision
		if revision != 0 && revision != current {
			return fmt.Errorf("issue %s is at revision %d, not %d: %w", id, current, revision, store.ErrConflict)
		}
		if err := change(i); err != nil {
			return err
		}
		i.ID, i.Revision = id, current+1
		_, err = c.exec(`UPDATE issues SET owner = ?, title = ?, description = ?, severity = ?, status = ?, category = ?, root_cause = ?, tags = ?,
			created_at = ?, updated_at = ?, resolved_at = ?, revision = ? WHERE id = ?`,
			i.Owner, i.Title, i.Description, string(i.Severity), string(i.Status), i.Category, i.RootCause, joinTags(i.Tags),
			i.CreatedAt, i.UpdatedAt, optTime(i.ResolvedAt), i.Revision, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return i, nil
}

// DeleteIssue implements [store.Issues].
func (db *DB) DeleteIssue(ctx context.Context, id string) error {
	return db.write(ctx, func(c *conn) error {
		if err := c.fullText(); err != nil {
			return err
		}
		n, err := c.exec("DELETE FROM issues WHERE id = ?", id)
		if err == nil && n == 0 {
			return notFound("issue " + id)
		}
		return err
	})
}

const (
	defaultIssues = 20
	maxIssues     = 200
)

func pageSizeOf(limit int) int {
	if limit <= 0 {
		return defaultIssues
	}
	return min(limit, maxIssues)
}

// ListIssues implements [store.Issues].
func (db *DB) ListIssues(ctx context.Context, f store.IssueFilter) ([]triage.Issue, string, error) {
	where, args := filterIssues(f)
	if f.Cursor != "" {
		at, id, err := parseCursor(f.Cursor)
		if err != nil {
			return nil, "", err
		}
		where += " AND (i.created_at, i.id) < (?, ?)"
		args = append(args, at, id)
	}
	limit := pageSizeOf(f.Limit)
	args = append(args, limit+1)
	var list []triage.Issue
	err := db.read(ctx, func(c *conn) error {
		return c.query("SELECT "+issueColumns+" FROM issues i WHERE "+where+" ORDER BY i.created_at DESC, i.id DESC LIMIT ?", args, func(r row) error {
			list = append(list, scanIssue(r))
			return nil
		})
	})
	if err != nil {
		return nil, "", err
	}
	if len(list) <= limit {
		return list, "", nil
	}
	list = list[:limit]
	return list, cursor(list[limit-1]), nil
}

// filterIssues returns the condition of a filter, with i for the issue.
func filterIssues(f store.IssueFilter) (string, []any) {
	where, args := []string{"TRUE"}, []any(nil)
	add := func(cond string, arg any) {
		where, args = append(where, cond), append(args, arg)
	}
	if f.Status != "" {
		add("i.status = ?", string(f.Status))
	}
	if f.Severity != "" {
		add("i.severity = ?", string(f.Severity))
	}
	if f.Category != "" {
		add("i.category = ?", f.Category)
	}
	if !f.Since.IsZero() {
		add("i.created_at >= ?", f.Since)
	}
	if !f.Until.IsZero() {
		add("i.created_at < ?", f.Until)
	}
	return strings.Join(where, " AND "), args
}

// A cursor names the last issue of a page, so that issues made meanwhile
// neither repeat nor hide any.
func cursor(last triage.Issue) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(last.CreatedAt.UnixMicro()))
	return base64.RawURLEncoding.EncodeToString(append(b, last.ID...))
}

func parseCursor(s string) (at time.Time, id string, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) < 9 {
		return time.Time{}, "", store.ErrCursor
	}
	return time.UnixMicro(int64(binary.BigEndian.Uint64(b))), string(b[8:]), nil //nolint:gosec // any bits are some time
}

var (
	tagEscaper   = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	tagUnescaper = strings.NewReplacer(`\\`, `\`, `\n`, "\n")
)

// joinTags writes tags as lines: plain words for the full-text index.
func joinTags(tags []string) string {
	var b strings.Builder
	for _, t := range tags {
		b.WriteString(tagEscaper.Replace(t))
		b.WriteByte('\n')
	}
	return b.String()
}

func splitTags(s string) []string {
	var tags []string
	for line := range strings.Lines(s) {
		tags = append(tags, tagUnescaper.Replace(strings.TrimSuffix(line, "\n")))
	}
	return tags
}
