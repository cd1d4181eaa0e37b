package sqlite

import (
	"context"
	"fmt"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

const documentColumns = "id, owner, issue_id, kind, title, markdown, sha256, version, created_at, updated_at"

func scanDocument(r row) triage.Document {
	return triage.Document{
		ID: r.text(0), Owner: r.text(1), IssueID: r.text(2), Kind: r.text(3), Title: r.text(4), Markdown: r.text(5),
		SHA256: r.text(6), Version: r.int64(7), CreatedAt: r.time(8), UpdatedAt: r.time(9),
	}
}

// CreateDocument implements [store.Documents]. The version becomes 1.
func (db *DB) CreateDocument(ctx context.Context, d *triage.Document) error {
	err := db.write(ctx, func(c *conn) error {
		_, err := c.exec("INSERT INTO documents ("+documentColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?)",
			d.ID, d.Owner, d.IssueID, d.Kind, d.Title, d.Markdown, d.SHA256, d.CreatedAt, d.UpdatedAt)
		return constraint(err, "document "+d.ID)
	})
	if err != nil {
		return fmt.Errorf("create document: %w", err)
	}
	d.Version = 1
	return nil
}

// Document implements [store.Documents].
func (db *DB) Document(ctx context.Context, id string) (*triage.Document, error) {
	var d *triage.Document
	err := db.read(ctx, func(c *conn) (err error) {
		d, err = readDocument(c, id)
		return err
	})
	return d, err
}

func readDocument(c *conn, id string) (*triage.Document, error) {
	var d triage.Document
	found, err := c.queryRow("SELECT "+documentColumns+" FROM documents WHERE id = ?", []any{id}, func(r row) error {
		d = scanDocument(r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, notFound("document " + id)
	}
	return &d, nil
}

// DocumentsOf implements [store.Documents], oldest first.
func (db *DB) DocumentsOf(ctx context.Context, issueID string) ([]triage.Document, error) {
	var list []triage.Document
	err := db.read(ctx, func(c *conn) error {
		return c.query("SELECT "+documentColumns+" FROM documents WHERE issue_id = ? ORDER BY created_at, id", []any{issueID}, func(r row) error {
			list = append(list, scanDocument(r))
			return nil
		})
	})
	return list, err
}

// DocumentVersion implements [store.Documents].
func (db *DB) DocumentVersion(ctx context.Context, id string, version int64) (*triage.Document, error) {
	var d *triage.Document
	err := db.read(ctx, func(c *conn) (err error) {
		if d, err = readDocument(c, id); err != nil || d.Version == version {
			return err
		}
		found, err := c.queryRow("SELECT title, markdown, sha256, updated_at FROM document_versions WHERE document_id = ? AND version = ?", []any{id, version}, func(r row) error {
			d.Title, d.Markdown, d.SHA256, d.UpdatedAt, d.Version = r.text(0), r.text(1), r.text(2), r.time(3), version
			return nil
		})
		if err == nil && !found {
			err = notFound(fmt.Sprintf("version %d of document %s", version, id))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// SaveDocument implements [store.Documents]. The older version is kept as
// history; owner, issue, kind and time of creation stay what they were.
func (db *DB) SaveDocument(ctx context.Context, d *triage.Document) error {
	return db.write(ctx, func(c *conn) error {
		old, err := readDocument(c, d.ID)
		if err != nil {
			return err
		}
		if d.Version != old.Version+1 {
			return fmt.Errorf("document %s is at version %d, so version %d cannot follow: %w", d.ID, old.Version, d.Version, store.ErrConflict)
		}
		if _, err := c.exec("INSERT INTO document_versions (owner, document_id, version, title, markdown, sha256, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
			old.Owner, old.ID, old.Version, old.Title, old.Markdown, old.SHA256, old.UpdatedAt); err != nil {
			return err
		}
		_, err = c.exec("UPDATE documents SET title = ?, markdown = ?, sha256 = ?, version = ?, updated_at = ? WHERE id = ?",
			d.Title, d.Markdown, d.SHA256, d.Version, d.UpdatedAt, d.ID)
		return err
	})
}
