package sqlite

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

const (
	// maxTokenText is the length of the longest token text, generously.
	maxTokenText = 64
	// purgeTries is how often the log is tried to be emptied while somebody reads
	// from it.
	purgeTries = 5
)

// IssueTokens implements [store.Vault].
func (db *DB) IssueTokens(ctx context.Context, issueID string) ([]pii.Token, error) {
	var tokens []pii.Token
	err := db.readLong(ctx, func(c *conn) error {
		return c.snapshot(func() error {
			found, err := c.queryRow("SELECT 1 FROM issues WHERE id = ?", []any{issueID}, func(row) error { return nil })
			if err == nil && !found {
				return notFound("issue " + issueID)
			}
			if err != nil {
				return err
			}
			tokens, err = issueTokens(c, issueID)
			return err
		})
	})
	return tokens, err
}

// issueTexts are the queries that return every text of an issue, old versions
// too.
var issueTexts = []string{
	"SELECT title || ' ' || description || ' ' || root_cause || ' ' || tags || ' ' || category FROM issues WHERE id = ?",
	"SELECT text || ' ' || source FROM timeline_events WHERE issue_id = ?",
	"SELECT name FROM logs WHERE issue_id = ?",
	"SELECT token FROM log_findings WHERE log_n IN (SELECT n FROM logs WHERE issue_id = ?)",
	"SELECT problem FROM analyses WHERE issue_id = ?",
	"SELECT problem FROM analysis_revisions WHERE analysis_id IN (SELECT id FROM analyses WHERE issue_id = ?)",
	"SELECT state FROM analysis_revisions WHERE analysis_id IN (SELECT id FROM analyses WHERE issue_id = ?)",
	"SELECT title || ' ' || markdown FROM documents WHERE issue_id = ?",
	"SELECT title || ' ' || markdown FROM document_versions WHERE document_id IN (SELECT id FROM documents WHERE issue_id = ?)",
	"SELECT preview FROM approvals WHERE issue_id = ?",
	"SELECT parked FROM conversations WHERE issue_id = ?",
	"SELECT text FROM messages WHERE conversation_id IN (SELECT id FROM conversations WHERE issue_id = ?)",
}

func issueTokens(c *conn, issueID string) ([]pii.Token, error) {
	var tokens []pii.Token
	seen := map[pii.Token]bool{}
	look := func(text []byte) {
		for i := range text {
			if text[i] != '[' {
				continue
			}
			tok, _, ok := pii.ParseToken(text[i:])
			if tok.Variant == 1 {
				tok.Variant = 0
			}
			if ok && !seen[tok] {
				seen[tok] = true
				tokens = append(tokens, tok)
			}
		}
	}
	for _, sql := range issueTexts {
		if err := c.query(sql, []any{issueID}, func(r row) error { look(r.raw(0)); return nil }); err != nil {
			return nil, err
		}
	}
	x := inflaters.Get().(*inflater)
	defer inflaters.Put(x)
	var tail []byte // The end of a piece may be the start of a token.
	err := c.query(`SELECT k.data, k.size, k.mid FROM log_chunks k JOIN logs l ON l.n = k.log_n WHERE l.issue_id = ? ORDER BY k.log_n, k.seq`,
		[]any{issueID}, func(r row) error {
			text, err := x.inflate(r.raw(0), r.int64(1))
			if err != nil {
				return err
			}
			if r.bool(2) {
				look(append(tail, text[:min(len(text), maxTokenText)]...))
			}
			look(text)
			tail = append(tail[:0], text[max(0, len(text)-maxTokenText):]...)
			return nil
		})
	return tokens, err
}

// notSeen are the values of which an original is kept, and no spelling was seen
// since a time.
const notSeen = "SELECT identity_id FROM vault_values GROUP BY identity_id HAVING max(seen_at) < ? AND count(value) > 0"

// Forgettable implements [store.Vault].
func (db *DB) Forgettable(ctx context.Context, since time.Time) (due bool, err error) {
	err = db.readLong(ctx, func(c *conn) error {
		due, err = c.queryRow(notSeen+" LIMIT 1", []any{since}, func(row) error { return nil })
		return err
	})
	return due, err
}

// Forget implements [store.Vault].
func (db *DB) Forget(ctx context.Context, f store.ForgetRequest) (*store.Forgotten, error) {
	out := &store.Forgotten{Counts: map[pii.Type]int{}}
	err := db.write(ctx, func(c *conn) error {
		ids, err := identitiesOf(c, f)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := forgetIdentity(c, id, f.At, out); err != nil {
				return err
			}
		}
		if f.NotSeenSince.IsZero() {
			return renewSalts(c, out, "SELECT issue_id FROM vault_salts WHERE issue_id = ?", f.IssueID)
		}
		return renewSalts(c, out, `SELECT s.issue_id FROM vault_salts s JOIN issues i ON i.id = s.issue_id WHERE i.updated_at < ?`, f.NotSeenSince)
	})
	if err != nil {
		return nil, fmt.Errorf("forget: %w", err)
	}
	out.Purged, err = db.purge(ctx)
	if err != nil {
		return out, fmt.Errorf("forget: the originals left the vault, and are still in the write-ahead log: %w", err)
	}
	return out, nil
}

// identitiesOf returns the values that are meant, each once.
func identitiesOf(c *conn, f store.ForgetRequest) ([]int64, error) {
	var ids []int64
	seen := map[int64]bool{}
	add := func(r row) error {
		if id := r.int64(0); !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
		return nil
	}
	for _, t := range f.Tokens {
		if err := c.query("SELECT id FROM vault_identities WHERE label = ? AND ordinal = ?", []any{t.Label, t.Ordinal}, add); err != nil {
			return nil, err
		}
	}
	for _, h := range f.Identities {
		if err := c.query("SELECT id FROM vault_identities WHERE identity = ?", []any{h[:]}, add); err != nil {
			return nil, err
		}
	}
	for _, h := range f.Spellings {
		if err := c.query("SELECT identity_id FROM vault_values WHERE spelling = ?", []any{h[:]}, add); err != nil {
			return nil, err
		}
	}
	if !f.NotSeenSince.IsZero() {
		if err := c.query(notSeen, []any{f.NotSeenSince}, add); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// forgetIdentity removes every spelling of a value. Its token, and the keyed
// hashes by which it is found again, stay.
func forgetIdentity(c *conn, id int64, at time.Time, out *store.Forgotten) error {
	var tok pii.Token
	var typ pii.Type
	if _, err := c.queryRow("SELECT label, ordinal, type FROM vault_identities WHERE id = ?", []any{id}, func(r row) error {
		tok = pii.Token{Label: r.text(0), Ordinal: r.int(1)}
		var ok bool
		if typ, ok = pii.ParseType(r.text(2)); !ok {
			return fmt.Errorf("%w: the vault holds a value of type %s, which this program does not know", store.ErrNewer, r.text(2))
		}
		return nil
	}); err != nil {
		return err
	}
	lengths := map[int64]int{}
	if err := c.query("SELECT seq, value FROM vault_values WHERE identity_id = ? AND value IS NOT NULL", []any{id}, func(r row) error {
		lengths[r.int64(0)] = knownLength(typ, r.raw(1))
		return nil
	}); err != nil {
		return err
	}
	for seq, length := range lengths {
		if _, err := c.exec("UPDATE vault_values SET value = NULL, length = ? WHERE seq = ?", length, seq); err != nil {
			return err
		}
	}
	if typ.Class() == pii.ClassSecret {
		return nil // There was nothing.
	}
	if _, err := c.exec("UPDATE vault_identities SET forgotten_at = ? WHERE id = ? AND forgotten_at IS NULL", at, id); err != nil {
		return err
	}
	if len(lengths) == 0 {
		out.Before++
		return nil
	}
	out.Tokens = append(out.Tokens, tok)
	out.Counts[typ]++
	return nil
}

// knownLength is the length that is kept of a value whose fingerprint alone is
// looked for: 0, which no value has, when it is too short or too common.
func knownLength(t pii.Type, value []byte) int {
	if !pii.Knowable(t, value) {
		return 0
	}
	return len(value)
}

// renewSalts replaces the salts that keyed the digests of issues: nobody can
// test a guess against a digest of before any more.
func renewSalts(c *conn, out *store.Forgotten, sql string, arg any) error {
	var issues []string
	if err := c.query(sql, []any{arg}, func(r row) error { issues = append(issues, r.text(0)); return nil }); err != nil {
		return err
	}
	for _, id := range issues {
		var salt [32]byte
		rand.Read(salt[:]) // never fails
		if _, err := c.exec("UPDATE vault_salts SET salt = ? WHERE issue_id = ?", salt[:], id); err != nil {
			return err
		}
		out.DigestKeys++
	}
	return nil
}

// purge copies the log into the file and empties it, so that pages of before
// are nowhere any more: what is deleted from the file is overwritten with
// zeroes (secure_delete). It reports false when others read from the log all
// the time.
func (db *DB) purge(ctx context.Context) (done bool, err error) {
	release, err := db.use()
	if err != nil {
		return false, err
	}
	defer release()
	for range purgeTries {
		select {
		case db.writing <- struct{}{}:
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
		err := func() error {
			defer func() { <-db.writing }()
			if db.writer == nil {
				return errors.New("the connection was given up")
			}
			_, err := db.writer.queryRow("PRAGMA wal_checkpoint(TRUNCATE)", nil, func(r row) error {
				done = r.int64(0) == 0
				return nil
			})
			return err
		}()
		if err != nil {
			return false, db.fault(ctx, err)
		}
		if done {
			return true, nil
		}
	}
	return false, nil
}
