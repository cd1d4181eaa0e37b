package sqlite

import (
	"strconv"
	"strings"

	"github.com/tftsr/tftsr/internal/pii"
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
