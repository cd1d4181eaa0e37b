package sqlite

import (
	"strings"
	"unicode"
)

// Bounds of the text of a query.
const (
	maxQueryBytes = 2048
	maxWords      = 32
	// maxEndings is how many words with the same beginning are looked for.
	maxEndings = 16
)

func cutQuery(query string) string {
	if len(query) > maxQueryBytes {
		query = query[:maxQueryBytes]
	}
	return strings.ToValidUTF8(query, " ")
}

// searchWords returns the words of a query, each as an FTS5 string: within
// double quotes nothing is an operator (https://sqlite.org/fts5.html#fts5_strings).
func searchWords(query string) []string {
	var words []string
	for _, w := range strings.FieldsFunc(query, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		// A word without anything that the tokenizer keeps would match nothing,
		// and with it the whole query.
		if !strings.ContainsFunc(w, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.Co, r) }) {
			continue
		}
		words = append(words, `"`+strings.ReplaceAll(w, `"`, `""`)+`"`)
		if len(words) == maxWords {
			break
		}
	}
	return words
}

// oneLine puts a single space where there is white space.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// endings returns a query for the words that begin as a word does, empty when
// there are none. They come from the list of words, each found from the one
// before: that the index merges all of them costs more than searching.
func (s *search) endings(word, list string) (string, error) {
	begin := strings.ToLower(strings.Trim(word, `"`))
	if len(begin) < 2 || strings.ContainsFunc(begin, func(r rune) bool { return r >= 0x80 || !isWordByte(byte(r)) }) { //nolint:gosec // below 0x80
		return "", nil
	}
	var terms []string
	for from := begin; len(terms) < maxEndings; {
		term := ""
		if _, err := s.c.queryRow("SELECT term FROM "+list+" WHERE term >= ? LIMIT 1", []any{from}, func(r row) error {
			term = r.text(0)
			return nil
		}); err != nil {
			return "", err
		}
		if !strings.HasPrefix(term, begin) {
			break
		}
		terms = append(terms, `"`+strings.ReplaceAll(term, `"`, `""`)+`"`)
		from = term + "\x01" // No word has it, so that this comes before every other that follows.
	}
	return strings.Join(terms, " OR "), nil
}
