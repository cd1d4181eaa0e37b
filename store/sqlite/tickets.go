package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

const ticketColumns = "issue_id, service, instance, correlation_id, owner, state, remote_id, number, url, created_at, updated_at"

func scanTicket(r row) store.Ticket {
	return store.Ticket{
		IssueID: r.text(0), Service: r.text(1), Instance: r.text(2), CorrelationID: r.text(3), Owner: r.text(4), State: store.TicketState(r.text(5)),
		RemoteID: r.text(6), Number: r.text(7), URL: r.text(8), CreatedAt: r.time(9), UpdatedAt: r.time(10),
	}
}

const putTicket = "INSERT OR REPLACE INTO tickets (" + ticketColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

func ticketRow(t *store.Ticket) []any {
	return []any{t.IssueID, t.Service, t.Instance, t.CorrelationID, t.Owner, string(t.State), t.RemoteID, t.Number, t.URL, t.CreatedAt, t.UpdatedAt}
}

// ClaimTicket implements [store.Tickets].
func (db *DB) ClaimTicket(ctx context.Context, t store.Ticket, staleBefore time.Time) (store.Ticket, bool, error) {
	claimed := false
	was := store.Ticket{}
	err := db.write(ctx, func(c *conn) error {
		found, err := c.queryRow("SELECT "+ticketColumns+" FROM tickets WHERE issue_id = ? AND service = ? AND instance = ? AND correlation_id = ?",
			[]any{t.IssueID, t.Service, t.Instance, t.CorrelationID}, func(r row) error {
				was = scanTicket(r)
				return nil
			})
		if err != nil || found && (was.State != store.TicketSending || !was.UpdatedAt.Before(staleBefore)) {
			return err
		}
		t.State, claimed = store.TicketSending, true
		_, err = c.exec(putTicket, ticketRow(&t)...)
		return constraint(err, "ticket of issue "+t.IssueID)
	})
	if err != nil {
		return store.Ticket{}, false, fmt.Errorf("claim ticket: %w", err)
	}
	if claimed {
		return t, true, nil
	}
	return was, false, nil
}

// SaveTicket implements [store.Tickets].
func (db *DB) SaveTicket(ctx context.Context, t store.Ticket) error {
	err := db.write(ctx, func(c *conn) error {
		_, err := c.exec(putTicket, ticketRow(&t)...)
		return constraint(err, "ticket of issue "+t.IssueID)
	})
	if err != nil {
		return fmt.Errorf("save ticket: %w", err)
	}
	return nil
}

// DropTicket implements [store.Tickets].
func (db *DB) DropTicket(ctx context.Context, t store.Ticket) error {
	return db.write(ctx, func(c *conn) error {
		_, err := c.exec("DELETE FROM tickets WHERE issue_id = ? AND service = ? AND instance = ? AND correlation_id = ? AND state = ?",
			t.IssueID, t.Service, t.Instance, t.CorrelationID, string(store.TicketSending))
		return err
	})
}

// TicketsOf implements [store.Tickets].
func (db *DB) TicketsOf(ctx context.Context, issueID string) ([]store.Ticket, error) {
	var list []store.Ticket
	err := db.read(ctx, func(c *conn) error {
		list = nil
		return c.query("SELECT "+ticketColumns+" FROM tickets WHERE issue_id = ? ORDER BY service, instance, correlation_id", []any{issueID}, func(r row) error {
			list = append(list, scanTicket(r))
			return nil
		})
	})
	return list, err
}

// NoteShown implements [store.Shown].
func (db *DB) NoteShown(ctx context.Context, owner string, tokens []pii.Token) error {
	return db.write(ctx, func(c *conn) error {
		for _, t := range tokens {
			if _, err := c.exec("INSERT OR IGNORE INTO shown_tokens (owner, token) VALUES (?, ?)", owner, t.String()); err != nil {
				return err
			}
		}
		return nil
	})
}

// WereShown implements [store.Shown].
func (db *DB) WereShown(ctx context.Context, owner string, tokens []pii.Token) ([]pii.Token, error) {
	var shown []pii.Token
	err := db.read(ctx, func(c *conn) error {
		shown = nil
		for _, t := range tokens {
			found, err := c.queryRow("SELECT 1 FROM shown_tokens WHERE owner = ? AND token = ?", []any{owner, t.String()}, func(row) error { return nil })
			if err != nil {
				return err
			}
			if found {
				shown = append(shown, t)
			}
		}
		return nil
	})
	return shown, err
}
