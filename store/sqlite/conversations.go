package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tftsr/tftsr/store"
)

const (
	conversationColumns = "id, issue_id, owner, provider, model, domain, session_id, messages, calls, parked, revision, created_at, updated_at"
	messageColumns      = "m.seq, m.owner, m.role, m.text, m.provider, m.model, m.why_level, m.logs, m.created_at"
	// messageSnippet is how many words of a message a hit shows.
	messageSnippet = 24
)

func scanConversation(r row) store.Conversation {
	return store.Conversation{
		ID: r.text(0), IssueID: r.text(1), Owner: r.text(2), Provider: r.text(3), Model: r.text(4), Domain: r.text(5), SessionID: r.text(6),
		Messages: r.int64(7), Calls: r.int64(8), Parked: r.text(9), Revision: r.int64(10), CreatedAt: r.time(11), UpdatedAt: r.time(12),
	}
}

func scanMessage(r row) (store.ChatMessage, error) {
	m := store.ChatMessage{
		Seq: r.int64(0), Owner: r.text(1), Role: r.text(2), Text: r.text(3), Provider: r.text(4), Model: r.text(5), WhyLevel: r.int(6), CreatedAt: r.time(8),
	}
	if err := json.Unmarshal(r.raw(7), &m.Logs); err != nil {
		return m, fmt.Errorf("logs of a message: %w", err)
	}
	if len(m.Logs) == 0 {
		m.Logs = nil
	}
	return m, nil
}

// released is the condition that a message m rests on no log that a person
// rejected, or that is no more.
const released = `NOT EXISTS (SELECT 1 FROM json_each(m.logs) j LEFT JOIN logs l ON l.id = j.value WHERE l.id IS NULL OR l.review = 'rejected')`

// CreateConversation implements [store.Conversations].
func (db *DB) CreateConversation(ctx context.Context, v *store.Conversation) error {
	err := db.write(ctx, func(c *conn) error {
		_, err := c.exec("INSERT INTO conversations ("+conversationColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, 0, ?, ?)",
			v.ID, v.IssueID, v.Owner, v.Provider, v.Model, v.Domain, v.SessionID, v.Calls, v.Parked, v.CreatedAt, v.UpdatedAt)
		return constraint(err, "conversation "+v.ID)
	})
	if err != nil {
		return fmt.Errorf("create conversation: %w", err)
	}
	v.Messages, v.Revision = 0, 0
	return nil
}

// Conversation implements [store.Conversations].
func (db *DB) Conversation(ctx context.Context, id string) (*store.Conversation, error) {
	list, err := db.conversations(ctx, "id = ?", id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, notFound("conversation " + id)
	}
	return &list[0], nil
}

// ConversationsOf implements [store.Conversations].
func (db *DB) ConversationsOf(ctx context.Context, issueID string) ([]store.Conversation, error) {
	return db.conversations(ctx, "issue_id = ?", issueID)
}

func (db *DB) conversations(ctx context.Context, where, arg string) ([]store.Conversation, error) {
	var list []store.Conversation
	err := db.read(ctx, func(c *conn) error {
		list = nil
		return c.query("SELECT "+conversationColumns+" FROM conversations WHERE "+where+" ORDER BY created_at, id", []any{arg}, func(r row) error {
			list = append(list, scanConversation(r))
			return nil
		})
	})
	return list, err
}

// SaveConversation implements [store.Conversations].
func (db *DB) SaveConversation(ctx context.Context, v *store.Conversation, added []store.ChatMessage) error {
	err := db.write(ctx, func(c *conn) error {
		if err := c.fullText(); err != nil { // for the trigger of what is added
			return err
		}
		n, err := c.exec("UPDATE conversations SET provider = ?, model = ?, domain = ?, session_id = ?, messages = ?, calls = ?, parked = ?, revision = revision + 1, updated_at = ? WHERE id = ? AND revision = ?",
			v.Provider, v.Model, v.Domain, v.SessionID, v.Messages+int64(len(added)), v.Calls, v.Parked, v.UpdatedAt, v.ID, v.Revision)
		if err != nil {
			return err
		}
		if n == 0 {
			found, err := c.queryRow("SELECT 1 FROM conversations WHERE id = ?", []any{v.ID}, func(row) error { return nil })
			if err == nil && !found {
				return notFound("conversation " + v.ID)
			}
			if err != nil {
				return err
			}
			return fmt.Errorf("conversation %s: %w", v.ID, store.ErrConflict)
		}
		for i, m := range added {
			logs := "[]"
			if len(m.Logs) > 0 {
				b, err := json.Marshal(m.Logs)
				if err != nil {
					return err
				}
				logs = string(b)
			}
			if _, err := c.exec("INSERT INTO messages (conversation_id, seq, owner, role, text, provider, model, why_level, logs, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
				v.ID, v.Messages+int64(i)+1, m.Owner, m.Role, m.Text, m.Provider, m.Model, m.WhyLevel, logs, m.CreatedAt); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save conversation: %w", err)
	}
	for i := range added {
		added[i].Seq = v.Messages + int64(i) + 1
	}
	v.Messages += int64(len(added))
	v.Revision++
	return nil
}

// Messages implements [store.Conversations].
func (db *DB) Messages(ctx context.Context, conversationID string, limit int) ([]store.ChatMessage, error) {
	if limit <= 0 {
		limit = -1
	}
	var list []store.ChatMessage
	err := db.read(ctx, func(c *conn) error {
		list = nil
		return c.query("SELECT "+messageColumns+" FROM messages m WHERE m.conversation_id = ? ORDER BY m.seq DESC LIMIT ?", []any{conversationID, limit}, func(r row) error {
			m, err := scanMessage(r)
			list = append(list, m)
			return err
		})
	})
	slices.Reverse(list)
	return list, err
}

// SearchMessages implements [store.Conversations].
func (db *DB) SearchMessages(ctx context.Context, query, issueID string, limit int) ([]store.MessageHit, error) {
	words := searchWords(cutQuery(query))
	if len(words) == 0 {
		return nil, nil
	}
	var hits []store.MessageHit
	err := db.read(ctx, func(c *conn) error {
		if err := c.fullText(); err != nil {
			return err
		}
		hits = nil
		return c.query(`SELECT `+messageColumns+`, m.conversation_id, v.issue_id, snippet(messages_fts, 0, '«', '»', '…', ?)
			FROM messages_fts f JOIN messages m ON m.n = f.rowid JOIN conversations v ON v.id = m.conversation_id
			WHERE messages_fts MATCH ? AND `+released+` AND (?3 = '' OR v.issue_id = ?3) ORDER BY f.rank, m.n DESC LIMIT ?`,
			[]any{messageSnippet, strings.Join(words, " AND "), issueID, pageSizeOf(limit)}, func(r row) error {
				m, err := scanMessage(r)
				hits = append(hits, store.MessageHit{Message: m, ConversationID: r.text(9), IssueID: r.text(10), Snippet: oneLine(r.text(11))})
				return err
			})
	})
	return hits, err
}
