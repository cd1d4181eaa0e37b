package sqlite

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

const logColumns = "id, owner, issue_id, name, original_sha256, redacted_sha256, original_bytes, redacted_bytes, lines, compressed, counts, review, reviewed_by, reviewed_at, created_at"

func scanLog(r row) (triage.Log, error) {
	l := triage.Log{
		ID: r.text(0), Owner: r.text(1), IssueID: r.text(2), Name: r.text(3), OriginalSHA256: r.text(4), RedactedSHA256: r.text(5),
		OriginalBytes: r.int64(6), RedactedBytes: r.int64(7), Lines: r.int64(8), Compressed: r.bool(9),
		Review: triage.ReviewState(r.text(11)), ReviewedBy: r.text(12), ReviewedAt: r.time(13), CreatedAt: r.time(14),
	}
	if err := json.Unmarshal(r.raw(10), &l.Counts); err != nil {
		return l, fmt.Errorf("%w: counts of log %s: %w", store.ErrDamaged, l.ID, err)
	}
	return l, nil
}

// Log implements [store.Logs].
func (db *DB) Log(ctx context.Context, id string) (*triage.Log, error) {
	var l triage.Log
	err := db.read(ctx, func(c *conn) error {
		found, err := c.queryRow("SELECT "+logColumns+" FROM logs WHERE id = ? AND staged_by IS NULL", []any{id}, func(r row) (err error) {
			l, err = scanLog(r)
			return err
		})
		if err == nil && !found {
			return notFound("log " + id)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &l, nil
}

// LogsOf implements [store.Logs].
func (db *DB) LogsOf(ctx context.Context, issueID string) ([]triage.Log, error) {
	sql, args := "SELECT "+logColumns+" FROM logs WHERE staged_by IS NULL", []any(nil)
	if issueID != "" {
		sql, args = sql+" AND issue_id = ?", []any{issueID}
	}
	var list []triage.Log
	err := db.read(ctx, func(c *conn) error {
		return c.query(sql+" ORDER BY created_at, id", args, func(r row) error {
			l, err := scanLog(r)
			list = append(list, l)
			return err
		})
	})
	return list, err
}

// logRow returns the row number of a committed log.
func logRow(c *conn, id string) (n int64, err error) {
	found, err := c.queryRow("SELECT n FROM logs WHERE id = ? AND staged_by IS NULL", []any{id}, func(r row) error {
		n = r.int64(0)
		return nil
	})
	if err == nil && !found {
		err = notFound("log " + id)
	}
	return n, err
}

// Lines implements [store.Logs]. No connection is held while fn runs.
func (db *DB) Lines(ctx context.Context, id string, from, to int64, fn func(n int64, line []byte) error) error {
	from = max(from, 1)
	var n, seq int64
	err := db.read(ctx, func(c *conn) (err error) {
		if n, err = logRow(c, id); err != nil {
			return err
		}
		// The piece that line from begins in: the last one that begins at or
		// before the start of that line.
		_, err = c.queryRow("SELECT seq FROM log_chunks WHERE log_n = ?1 AND first_line <= ?2 AND (first_line < ?2 OR mid = 0) ORDER BY first_line DESC, seq DESC LIMIT 1",
			[]any{n, from}, func(r row) error {
				seq = r.int64(0)
				return nil
			})
		return err
	})
	if err != nil || to != 0 && to < from {
		return err
	}
	x := inflaters.Get().(*inflater)
	defer inflaters.Put(x)
	var (
		carry []byte // the beginning of a line that the piece before did not end
		line  int64  // number of the line that carry and the rest belong to
	)
	emit := func(text []byte) (more bool, err error) {
		if line >= from {
			if err := fn(line, text); err != nil {
				if errors.Is(err, io.EOF) {
					return false, nil
				}
				return false, err
			}
		}
		line++
		return to == 0 || line <= to, nil
	}
	for ; ; seq++ {
		var text []byte
		found := false
		err := db.read(ctx, func(c *conn) (err error) {
			found, err = c.queryRow("SELECT first_line, size, data FROM log_chunks WHERE log_n = ? AND seq = ?", []any{n, seq}, func(r row) (err error) {
				if line == 0 {
					line = r.int64(0)
				}
				text, err = x.inflate(r.raw(2), r.int64(1))
				return err
			})
			return err
		})
		if err != nil {
			return fmt.Errorf("read log %s: %w", id, err)
		}
		if !found {
			break
		}
		for {
			i := bytes.IndexByte(text, '\n')
			if i < 0 {
				break
			}
			whole := text[:i]
			text = text[i+1:]
			if len(carry) > 0 {
				whole = append(carry, whole...)
				carry = carry[:0]
			}
			if more, err := emit(whole); err != nil || !more {
				return err
			}
		}
		carry = append(carry, text...)
	}
	if len(carry) > 0 {
		_, err = emit(carry)
	}
	return err
}

// Findings implements [store.Logs], in the order in which they were given.
func (db *DB) Findings(ctx context.Context, logID string) ([]store.LogFinding, error) {
	var list []store.LogFinding
	err := db.read(ctx, func(c *conn) error {
		n, err := logRow(c, logID)
		if err != nil {
			return err
		}
		return c.query("SELECT token, type, class, rule, reason, confidence, count, first_line FROM log_findings WHERE log_n = ? ORDER BY id", []any{n}, func(r row) error {
			list = append(list, store.LogFinding{
				Token: r.text(0), Type: r.text(1), Class: r.text(2), Rule: r.text(3), Reason: r.text(4),
				Confidence: r.int(5), Count: r.int64(6), FirstLine: r.int64(7),
			})
			return nil
		})
	})
	return list, err
}

// Spans implements [store.Logs].
func (db *DB) Spans(ctx context.Context, logID string) ([]store.LogSpan, error) {
	var list []store.LogSpan
	err := db.read(ctx, func(c *conn) error {
		n, err := logRow(c, logID)
		if err != nil {
			return err
		}
		return c.query("SELECT spans, data FROM log_spans WHERE log_n = ? ORDER BY seq", []any{n}, func(r row) error {
			return decodeSpans(r.raw(1), r.int(0), func(s store.LogSpan) error {
				list = append(list, s)
				return nil
			})
		})
	})
	return list, err
}

// SetReview implements [store.Logs].
func (db *DB) SetReview(ctx context.Context, logID string, s triage.ReviewState, by string, at time.Time) error {
	return db.write(ctx, func(c *conn) error {
		n, err := c.exec("UPDATE logs SET review = ?, reviewed_by = ?, reviewed_at = ? WHERE id = ? AND staged_by IS NULL",
			string(s), by, optTime(at), logID)
		if err == nil && n == 0 {
			return notFound("log " + logID)
		}
		return err
	})
}

// inflater decompresses pieces into a buffer of its own.
type inflater struct {
	src  bytes.Reader
	r    io.ReadCloser
	text []byte
}

var inflaters = sync.Pool{New: func() any {
	x := new(inflater)
	x.r = flate.NewReader(&x.src)
	return x
}}

// inflate returns the text of a piece, valid until the next call. It never
// makes more than a piece can hold.
func (x *inflater) inflate(data []byte, size int64) ([]byte, error) {
	if size < 0 || size > chunkSize {
		return nil, fmt.Errorf("%w: a piece of a log has a length that none can have", store.ErrDamaged)
	}
	if x.text == nil {
		x.text = make([]byte, chunkSize)
	}
	x.src.Reset(data)
	if err := x.r.(flate.Resetter).Reset(&x.src, nil); err != nil {
		return nil, err
	}
	text := x.text[:size]
	if _, err := io.ReadFull(x.r, text); err != nil {
		return nil, fmt.Errorf("%w: a piece of a log cannot be read: %w", store.ErrDamaged, err)
	}
	return text, nil
}
