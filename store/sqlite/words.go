package sqlite

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

// Bounds of what is indexed of one log, which can be a gigabyte: its distinct
// words, and not all of those either. Words with digits, request ids above
// all, have a bound of their own, so that they do not crowd out the others.
const (
	maxPlainWords = 32_768
	maxDigitWords = 16_384
	maxWordBytes  = 64
	// maxNumber is the length of the longest number that is indexed: status codes
	// and ports, not times and sizes.
	maxNumber = 5
)

// logWords collects the distinct words of a log.
type logWords struct {
	seen   map[string]struct{}
	text   strings.Builder
	plain  int
	digits int
	buf    [maxWordBytes]byte
}

// add takes the words of a piece of text.
func (w *logWords) add(text []byte) {
	for i := 0; i < len(text); {
		c := text[i]
		if c == '[' {
			if tok, n, ok := pii.ParseToken(text[i:]); ok {
				w.keep(tokenWord(tok), true)
				i += n
				continue
			}
		}
		if !isWordByte(c) {
			i++
			continue
		}
		start := i
		digits := 0
		for i < len(text) && isWordByte(text[i]) {
			if c := text[i]; c >= '0' && c <= '9' {
				digits++
			}
			i++
		}
		if word := text[start:i]; indexed(len(word), digits) {
			for j, c := range word {
				if c >= 'A' && c <= 'Z' {
					c += 'a' - 'A'
				}
				w.buf[j] = c
			}
			if _, ok := w.seen[string(w.buf[:len(word)])]; !ok {
				w.keep(string(w.buf[:len(word)]), digits > 0)
			}
		}
	}
}

func (w *logWords) keep(word string, digits bool) {
	if _, ok := w.seen[word]; ok {
		return
	}
	if n := &w.plain; digits {
		if w.digits == maxDigitWords {
			return
		}
		w.digits++
	} else {
		if *n == maxPlainWords {
			return
		}
		*n++
	}
	if w.seen == nil {
		w.seen = make(map[string]struct{})
	}
	w.seen[word] = struct{}{}
	w.text.WriteString(word)
	w.text.WriteByte(' ')
}

// indexed reports whether a word of this length, with so many digits, is.
func indexed(length, digits int) bool {
	return length >= 2 && length <= maxWordBytes && (digits < length || length <= maxNumber)
}

// isWordByte errs on the side of words: the tokenizer of the index parts them
// further.
func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

// tokenWord is a pseudonym as one word of the index, whatever its variant.
func tokenWord(t pii.Token) string {
	return "tk" + strings.ToLower(t.Label) + strconv.Itoa(t.Ordinal)
}

// logTerms returns the words of a query as the index of logs has them, each as
// an FTS5 string. ok is false when one of them cannot be in it.
func logTerms(query string) (terms []string, ok bool) {
	w := logWords{}
	text := []byte(query)
	w.add(text)
	for word := range strings.FieldsSeq(w.text.String()) {
		terms = append(terms, `"`+word+`"`)
		if len(terms) == maxWords {
			break
		}
	}
	// A long number or word is in no index. Single characters do not count.
	for i := 0; i < len(text); i++ {
		start, digits := i, 0
		for i < len(text) && isWordByte(text[i]) {
			if text[i] >= '0' && text[i] <= '9' {
				digits++
			}
			i++
		}
		if n := i - start; n > 1 && !indexed(n, digits) {
			return nil, false
		}
	}
	return terms, len(terms) > 0
}

// indexOldLogs indexes the logs from before there was an index of them, each in
// a transaction of its own that notes how far it has come: a process that dies
// over it leaves the rest to the next.
func (db *DB) indexOldLogs(ctx context.Context) error {
	for !db.indexed.Load() {
		var id string
		var n int64
		if err := db.read(ctx, func(c *conn) error {
			_, err := c.queryRow(`SELECT id, n FROM logs WHERE n <= (SELECT value FROM meta WHERE key = 'logs_to_index') AND staged_by IS NULL
				ORDER BY n DESC LIMIT 1`, nil, func(r row) error { id, n = r.text(0), r.int64(1); return nil })
			return err
		}); err != nil {
			return err
		}
		if id == "" {
			db.indexed.Store(true)
			return nil
		}
		var w logWords
		err := db.Lines(ctx, id, 1, 0, func(_ int64, line []byte) error {
			w.add(line)
			return nil
		})
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err := db.write(ctx, func(c *conn) error {
			if err := c.fullText(); err != nil {
				return err
			}
			// Another process may have been faster, and the log may be gone.
			mine, err := c.exec("UPDATE meta SET value = ? WHERE key = 'logs_to_index' AND value >= ?", n-1, n)
			if err != nil || mine == 0 {
				return err
			}
			_, err = c.exec("INSERT INTO logs_fts (rowid, words) SELECT n, ? FROM logs WHERE n = ?", w.text.String(), n)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}
