package pii

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Roster is a list of persons who are found wherever they stand, in any case and in the orders "First Last",
// "Last, First", "Last First" and "F. Last". It is immutable and safe for concurrent use.
type Roster struct {
	filter [1 << 10]uint64         // A bit for the hash of each first word.
	forms  map[uint64][]rosterForm // By formKey.
	people int
}

// rosterForm is one way to write a name or an account, in small letters; a space stands for any separator.
type rosterForm struct {
	text string
	typ  Type
}

// The bounds of a roster: at most some 40 MB.
const (
	MaxRoster     = 100_000 // Persons.
	maxRosterName = 96      // Bytes.
)

// ParseRoster reads a roster: one name on each line, "John Smith" or "Smith, John", or the export of a directory as
// comma, semicolon or tab separated values. Such an export has a first line that names its columns; displayName, name,
// cn, givenName with sn, first name with last name, and sAMAccountName, userPrincipalName or user name are read, and
// others passed over. Empty lines and lines that begin with '#' are passed over. Errors name the line and do not quote
// it.
func ParseRoster(r io.Reader) (*Roster, error) {
	ro := &Roster{forms: make(map[uint64][]rosterForm)}
	br := bufio.NewReader(r)
	if bom, err := br.Peek(3); err == nil && string(bom) == "\ufeff" {
		_, _ = br.Discard(3)
	}
	head, err := br.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, fmt.Errorf("read roster: %w", err)
	}
	first, _, _ := strings.Cut(string(head), "\n")
	if sep, columns := rosterColumns(first); columns != nil {
		err = ro.readTable(br, sep, columns)
	} else {
		err = ro.readLines(br)
	}
	if err != nil {
		return nil, err
	}
	if ro.people == 0 {
		return nil, errors.New("roster has no names: give one name on each line, or a table with a column displayName")
	}
	return ro, nil
}

// Len returns the number of names and accounts on the roster.
func (r *Roster) Len() int { return r.people }

// rosterColumn says what a column of an export is.
type rosterColumn uint8

const (
	columnNone rosterColumn = iota
	columnName
	columnGiven
	columnSurname
	columnUser
)

// rosterColumns returns the separator of a table and what its columns are, or nil if line is not the head of one.
func rosterColumns(line string) (sep rune, columns []rosterColumn) {
	for _, sep := range ",;\t" {
		known := false
		var columns []rosterColumn
		for _, name := range strings.Split(strings.TrimRight(line, "\r"), string(sep)) {
			c := columnNone
			switch strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "", `"`, "").Replace(name)) {
			case "displayname", "name", "cn", "fullname", "commonname":
				c = columnName
			case "givenname", "firstname", "first", "vorname", "prenom":
				c = columnGiven
			case "sn", "surname", "lastname", "last", "familyname", "nachname", "nom":
				c = columnSurname
			case "samaccountname", "username", "uid", "userprincipalname", "login", "account":
				c = columnUser
			}
			known = known || c != columnNone
			columns = append(columns, c)
		}
		if known {
			return sep, columns
		}
	}
	return 0, nil
}

func (r *Roster) readLines(in io.Reader) error {
	sc := bufio.NewScanner(in)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		if err := r.addPerson(line); err != nil {
			return fmt.Errorf("roster line %d: %w", n, err)
		}
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("read roster: %w", err)
	}
	return nil
}

func (r *Roster) readTable(in io.Reader, sep rune, columns []rosterColumn) error {
	cr := csv.NewReader(in)
	cr.Comma, cr.FieldsPerRecord, cr.LazyQuotes, cr.ReuseRecord = sep, -1, true, true
	if _, err := cr.Read(); err != nil {
		return errors.New("roster line 1: the head of the table cannot be read")
	}
	for {
		row, err := cr.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		line, _ := cr.FieldPos(0)
		if err != nil {
			return fmt.Errorf("roster: a row of the table cannot be read after %d names: check its quotes", r.people)
		}
		var given, surname string
		for i, value := range row {
			if value = strings.TrimSpace(value); value == "" || i >= len(columns) {
				continue
			}
			err = nil
			switch columns[i] {
			case columnName:
				err = r.addPerson(value)
			case columnGiven:
				given = value
			case columnSurname:
				surname = value
			case columnUser:
				err = r.addAccount(value)
			}
			if err != nil {
				return fmt.Errorf("roster line %d: %w", line, err)
			}
		}
		if given != "" && surname != "" {
			if err := r.addPerson(given + " " + surname); err != nil {
				return fmt.Errorf("roster line %d: %w", line, err)
			}
		}
	}
}

// addPerson adds a name in all forms in which it is looked for.
func (r *Roster) addPerson(name string) error {
	if len(name) > maxRosterName {
		return fmt.Errorf("name of more than %d bytes", maxRosterName)
	}
	if !utf8.ValidString(name) {
		return errors.New("not UTF-8")
	}
	last, first, inverted := strings.Cut(name, ",")
	if inverted {
		name = strings.TrimSpace(first) + " " + strings.TrimSpace(last)
	}
	words := strings.Fields(strings.Map(unicode.ToLower, name))
	if len(words) == 0 {
		return errors.New("no name")
	}
	if len(words) == 1 {
		w := words[0]
		if utf8.RuneCountInString(w) < 3 || lookupName([]byte(w)).word() || commonWords()[w] {
			return errors.New("a single word that is too short or a word of English: give first and last name")
		}
		r.add(w, PersonName)
		return r.count()
	}
	if err := r.count(); err != nil {
		return err
	}
	split := len(words) - 1
	if inverted {
		split = len(strings.Fields(first))
	}
	given, surname := strings.Join(words[:split], " "), strings.Join(words[split:], " ")
	initial, _ := utf8.DecodeRuneInString(given)
	for _, form := range []string{given + " " + surname, surname + ", " + given, surname + " " + given, string(initial) + ". " + surname} {
		r.add(form, PersonName)
	}
	if split > 1 { // Without the middle names.
		r.add(words[0]+" "+surname, PersonName)
	}
	return nil
}

// addAccount adds the name of an account, without its domain.
func (r *Roster) addAccount(name string) error {
	name, _, _ = strings.Cut(strings.ToLower(name), "@")
	if i := strings.LastIndexByte(name, '\\'); i >= 0 {
		name = name[i+1:]
	}
	if len(name) < 3 || len(name) > maxUser || !isPerson([]byte(name)) || lookupName([]byte(name)).word() {
		return nil // An account of the system, or one that would erase a word: it is found in context.
	}
	r.add(name, UserName)
	return r.count()
}

func (r *Roster) add(form string, t Type) {
	first, second := formKey([]byte(form), 0)
	forms := r.forms[second]
	for _, f := range forms {
		if f.text == form && f.typ == t {
			return
		}
	}
	r.forms[second] = append(forms, rosterForm{form, t})
	r.filter[first>>6&(1<<10-1)] |= 1 << (first & 63)
}

// formKey returns the hash of the word at i and that of it and the word behind, if there is one a separator away. The
// forms of a name are few under the second: many people have an initial or a given name in common, and few both words.
func formKey(b []byte, i int) (first, both uint64) {
	first, end := wordHashFold(b, i)
	next := separators(b, end)
	if next == end || next >= len(b) || !wordByte(b[next]) {
		return first, first
	}
	second, _ := wordHashFold(b, next)
	return first, first*31 ^ second
}

// separators returns the end of one to four bytes that may stand between the words of a name: spaces, a comma or a full
// stop before one, '+' and %20 of forms, and what joins words in identifiers.
func separators(b []byte, i int) int {
	for n := 0; i < len(b) && n < 4; n++ {
		if encodedSpace(b, i) {
			i += 3
			continue
		}
		switch b[i] {
		case ' ', '\t', '+', '_', '.', '-', ',', '\'':
			i++
			continue
		}
		break
	}
	return i
}

// count counts a person or an account.
func (r *Roster) count() error {
	if r.people++; r.people > MaxRoster {
		return fmt.Errorf("more than %d names and accounts", MaxRoster)
	}
	return nil
}

// wordHashFold returns the hash of the word at i in lower case, and the end of the word.
func wordHashFold(b []byte, i int) (h uint64, end int) {
	h = 14695981039346656037 // FNV-1a
	for i < len(b) && wordByte(b[i]) {
		r, n := lowerRune(b, i)
		h = (h ^ uint64(r)) * 1099511628211 //nolint:gosec // Runes are not negative.
		i += n
	}
	return h ^ h>>32, i
}

// lowerRune returns the character at i in lower case and its length, or 0, 0 behind the end.
func lowerRune(b []byte, i int) (rune, int) {
	if i >= len(b) {
		return 0, 0
	}
	if b[i] < 0x80 {
		return rune(lower(b[i])), 1
	}
	r, n := utf8.DecodeRune(b[i:])
	return unicode.ToLower(r), n
}

// findRoster looks for the persons of the roster at words that start before limit.
func (e *engine) findRoster(limit int) {
	r, b := e.s.roster, e.b
	for i := e.known; i < limit; i++ {
		if !wordByte(b[i]) || i > 0 && wordByte(b[i-1]) && !escapedBefore(b, i) ||
			i > 0 && b[i-1] == '\\' && (b[i] == 'n' || b[i] == 'r' || b[i] == 't') {
			continue
		}
		win := b[:min(len(b), i+2*maxRosterName)]
		first, next := wordHashFold(win, i)
		if r.filter[first>>6&(1<<10-1)]>>(first&63)&1 != 0 {
			_, both := formKey(win, i)
			e.matchForms(i, r.forms[both])
			if both != first {
				e.matchForms(i, r.forms[first])
			}
		}
		i = max(i, next-1)
	}
}

func (e *engine) matchForms(i int, forms []rosterForm) {
	for _, f := range forms {
		if end := matchForm(e.b, i, f.text); end > 0 {
			e.add(i, end, f.typ, ruleRoster, Reason{Bits: ReasonKnown}, 92)
		}
	}
}

// matchForm returns the end of form at i, or 0. A space of form stands for one to three separators of text, forms and
// identifiers.
func matchForm(b []byte, i int, form string) int {
	for k := 0; k < len(form); {
		if form[k] == ' ' {
			j := i
			for n := 0; j < len(b) && n < 3; n++ {
				if encodedSpace(b, j) {
					j += 3
				} else if c := b[j]; c == ' ' || c == '\t' || c == '+' || c == '_' || c == '.' || c == '-' {
					j++
				} else {
					break
				}
			}
			if j == i && form[k-1] != ',' && form[k-1] != '.' {
				return 0
			}
			i = j
			k++
			continue
		}
		want, n := utf8.DecodeRuneInString(form[k:])
		got, m := lowerRune(b, i)
		if m == 0 || got != want {
			return 0
		}
		k += n
		i += m
	}
	if i < len(b) && wordByte(b[i]) {
		return 0
	}
	return i
}
