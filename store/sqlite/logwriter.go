package sqlite

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

const (
	// chunkSize is how much text is compressed in one piece, and so what
	// reading a single line costs.
	chunkSize = 64 << 10
	// flushSize is how many compressed bytes are gathered before they go to
	// the database, in a transaction of their own: a log of a gigabyte neither
	// fills the memory nor keeps other writers waiting.
	flushSize = 1 << 20
	// blockSpans is how many spans are stored in one row.
	blockSpans = 4096
)

var errLogDone = errors.New("log is committed or aborted already")

// logWriter stages a log: its row carries the instance until Commit, so that
// no reader sees it, and so that what a dead process left can be told.
type logWriter struct {
	db  *DB
	ctx context.Context // of NewLog, for the writes before Commit
	id  string

	mu      sync.Mutex
	n       int64 // row of the log; 0 before the first flush
	text    []byte
	line    int64 // number of the line that text begins in
	mid     bool  // text begins within that line
	start   int64 // offset of text
	seq     int64
	chunks  []chunk
	pending int
	words   logWords

	spans      []byte // encoded spans of the block under way
	spanTypes  []string
	spanCount  int
	spanBase   int64 // what the next distance in the block is counted from
	lastStart  int64
	spanSeq    int64
	spanBlocks []spanBlock

	err  error // the first error; nothing is stored after it
	done bool
}

type chunk struct {
	seq, line, start, size int64
	mid                    bool
	data                   []byte
}

type spanBlock struct {
	seq   int64
	count int
	data  []byte
}

// NewLog implements [store.Logs]. Text and spans that are written before
// Commit go to the database under ctx.
func (db *DB) NewLog(ctx context.Context, id string) (store.LogWriter, error) {
	if id == "" {
		return nil, errors.New("new log: no id was given")
	}
	return &logWriter{db: db, ctx: ctx, id: id, line: 1}, nil
}

// Write implements [io.Writer].
func (w *logWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.usable(); err != nil {
		return 0, err
	}
	for rest := p; len(rest) > 0; {
		n := min(len(rest), chunkSize-len(w.text))
		w.text = append(w.text, rest[:n]...)
		rest = rest[n:]
		if len(w.text) == chunkSize {
			cut := bytes.LastIndexByte(w.text, '\n') + 1
			if cut == 0 { // one line longer than a piece
				cut = chunkSize
			}
			w.cut(cut)
		}
		if w.pending >= flushSize {
			if err := w.store(w.ctx, w.flush); err != nil {
				return len(p) - len(rest), err
			}
			w.chunks, w.spanBlocks, w.pending = w.chunks[:0], w.spanBlocks[:0], 0
		}
	}
	return len(p), nil
}

func (w *logWriter) usable() error {
	if w.done {
		return errLogDone
	}
	return w.err
}

// cut makes a chunk of the first n bytes of text.
func (w *logWriter) cut(n int) {
	text := w.text[:n]
	w.words.add(text)
	data := compress(text)
	w.chunks = append(w.chunks, chunk{seq: w.seq, line: w.line, mid: w.mid, start: w.start, size: int64(n), data: data})
	w.pending += len(data)
	w.seq++
	w.line += int64(bytes.Count(text, []byte{'\n'}))
	w.mid = text[n-1] != '\n'
	w.start += int64(n)
	w.text = append(w.text[:0], w.text[n:]...)
}

// Span implements [store.LogWriter].
func (w *logWriter) Span(s store.LogSpan) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.usable(); err != nil {
		return err
	}
	if s.Start < w.lastStart || s.End < s.Start {
		w.err = fmt.Errorf("store log: span %d..%d after one at %d: spans must come in order of their start", s.Start, s.End, w.lastStart)
		return w.err
	}
	w.appendSpan(s)
	if w.spanCount == blockSpans {
		w.cutSpans()
	}
	return nil
}

// A block of spans is the names of its types, each as a length and the bytes,
// with their number before them; then for each span the distance of its start
// from the start before (from 0 for the first of a block), its length, and
// the index of its type. All numbers are unsigned varints.
func (w *logWriter) appendSpan(s store.LogSpan) {
	t := -1
	for i, name := range w.spanTypes {
		if name == s.Type {
			t = i
			break
		}
	}
	if t < 0 {
		t = len(w.spanTypes)
		w.spanTypes = append(w.spanTypes, strings.Clone(s.Type))
	}
	w.spans = binary.AppendUvarint(w.spans, uint64(s.Start-w.spanBase)) //nolint:gosec // Span has checked the order
	w.spans = binary.AppendUvarint(w.spans, uint64(s.End-s.Start))      //nolint:gosec // as above
	w.spans = binary.AppendUvarint(w.spans, uint64(t))
	w.spanCount++
	w.spanBase, w.lastStart = s.Start, s.Start
}

func (w *logWriter) cutSpans() {
	data := binary.AppendUvarint(nil, uint64(len(w.spanTypes)))
	for _, name := range w.spanTypes {
		data = binary.AppendUvarint(data, uint64(len(name)))
		data = append(data, name...)
	}
	data = append(data, w.spans...)
	w.spanBlocks = append(w.spanBlocks, spanBlock{w.spanSeq, w.spanCount, data})
	w.pending += len(data)
	w.spanSeq++
	w.spans, w.spanTypes, w.spanCount, w.spanBase = w.spans[:0], nil, 0, 0
}

// flush stores what has been gathered, in the transaction of c.
func (w *logWriter) flush(c *conn) error {
	if w.n == 0 {
		if err := c.fullText(); err != nil { // for the trigger of what is removed
			return err
		}
		if err := w.db.removeDeadStages(c); err != nil {
			return err
		}
		if _, err := c.exec(`INSERT INTO logs (id, owner, staged_by, name, original_sha256, redacted_sha256, original_bytes, redacted_bytes,
			lines, compressed, counts, review, reviewed_by, created_at) VALUES (?, '', ?, '', '', '', 0, 0, 0, 0, '', '', '', 0)`,
			w.id, w.db.instance.id); err != nil {
			return constraint(err, "log "+w.id)
		}
		w.n = c.LastInsertRowID()
	}
	for _, k := range w.chunks {
		if _, err := c.exec("INSERT INTO log_chunks (owner, log_n, seq, first_line, mid, start, size, data) VALUES ('', ?, ?, ?, ?, ?, ?, ?)",
			w.n, k.seq, k.line, k.mid, k.start, k.size, k.data); err != nil {
			return constraint(err, "text of log "+w.id)
		}
	}
	for _, b := range w.spanBlocks {
		if _, err := c.exec("INSERT INTO log_spans (owner, log_n, seq, spans, data) VALUES ('', ?, ?, ?, ?)", w.n, b.seq, b.count, b.data); err != nil {
			return constraint(err, "spans of log "+w.id)
		}
	}
	return nil
}

// store runs fn in a transaction. When that is undone, the row that it made
// is gone, and its number may become another log's.
func (w *logWriter) store(ctx context.Context, fn func(*conn) error) error {
	n := w.n
	if err := w.db.write(ctx, fn); err != nil {
		w.n = n
		w.err = fmt.Errorf("store log: %w", err)
	}
	return w.err
}

// Commit implements [store.LogWriter].
func (w *logWriter) Commit(ctx context.Context, l *triage.Log, findings []store.LogFinding) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.usable(); err != nil {
		return err
	}
	if l.ID != w.id {
		return fmt.Errorf("store log: writer of log %s cannot commit log %s", w.id, l.ID)
	}
	if len(w.text) > 0 {
		w.cut(len(w.text))
	}
	if w.spanCount > 0 {
		w.cutSpans()
	}
	counts, err := json.Marshal(l.Counts)
	if err != nil {
		return fmt.Errorf("store log: %w", err)
	}
	err = w.store(ctx, func(c *conn) error {
		if err := w.flush(c); err != nil {
			return err
		}
		if _, err := c.exec(`UPDATE logs SET owner = ?, staged_by = NULL, issue_id = ?, name = ?, original_sha256 = ?, redacted_sha256 = ?,
			original_bytes = ?, redacted_bytes = ?, lines = ?, compressed = ?, counts = ?, review = ?, reviewed_by = ?, reviewed_at = ?, created_at = ?
			WHERE n = ?`,
			l.Owner, l.IssueID, l.Name, l.OriginalSHA256, l.RedactedSHA256, l.OriginalBytes, l.RedactedBytes, l.Lines, l.Compressed,
			rawText(counts), string(l.Review), l.ReviewedBy, optTime(l.ReviewedAt), l.CreatedAt, w.n); err != nil {
			return constraint(err, "log "+l.ID)
		}
		for _, sql := range [...]string{"UPDATE log_chunks SET owner = ? WHERE log_n = ?", "UPDATE log_spans SET owner = ? WHERE log_n = ?"} {
			if _, err := c.exec(sql, l.Owner, w.n); err != nil {
				return err
			}
		}
		if err := c.fullText(); err != nil {
			return err
		}
		if _, err := c.exec("INSERT INTO logs_fts (rowid, words) VALUES (?, ?)", w.n, w.words.text.String()); err != nil {
			return err
		}
		for _, f := range findings {
			if _, err := c.exec(`INSERT INTO log_findings (owner, log_n, token, type, class, rule, reason, confidence, count, first_line)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
				l.Owner, w.n, f.Token, f.Type, f.Class, f.Rule, f.Reason, f.Confidence, f.Count, f.FirstLine); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	w.done = true
	w.text, w.chunks, w.spanBlocks, w.spans, w.words = nil, nil, nil, nil, logWords{}
	return nil
}

// Abort implements [store.LogWriter]. After Commit it does nothing.
func (w *logWriter) Abort() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done {
		return nil
	}
	w.done = true
	w.text, w.chunks, w.spanBlocks, w.spans, w.words = nil, nil, nil, nil, logWords{}
	if w.n == 0 {
		return nil
	}
	// Dropping must not depend on a context that may have ended already.
	return w.db.write(context.WithoutCancel(w.ctx), func(c *conn) error {
		if err := c.fullText(); err != nil {
			return err
		}
		_, err := c.exec("DELETE FROM logs WHERE n = ? AND staged_by = ?", w.n, w.db.instance.id)
		return err
	})
}

// dropStaged removes the logs that this instance has not committed.
func (db *DB) dropStaged() error {
	if db.writer == nil || !db.staged.Load() {
		return nil
	}
	return db.transact(context.Background(), func(c *conn) error {
		if err := c.fullText(); err != nil {
			return err
		}
		_, err := c.exec("DELETE FROM logs WHERE staged_by = ?", db.instance.id)
		return err
	})
}

// removeDeadStages removes the logs that dead instances have not committed.
func (db *DB) removeDeadStages(c *conn) error {
	db.staged.Store(true)
	var dead []string
	if err := c.query("SELECT DISTINCT staged_by FROM logs WHERE staged_by IS NOT NULL", nil, func(r row) error {
		if id := r.text(0); !db.instance.alive(id) {
			dead = append(dead, id)
		}
		return nil
	}); err != nil {
		return err
	}
	for _, id := range dead {
		if _, err := c.exec("DELETE FROM logs WHERE staged_by = ?", id); err != nil {
			return err
		}
	}
	return nil
}
