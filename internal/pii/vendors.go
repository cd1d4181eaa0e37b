package pii

import (
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
)

// issuer is a vendor and the forms of the tokens that it issues. The facts are the vendor's own, and source says where
// it publishes them, or that they are from the rules of gitleaks v8 (MIT, config/gitleaks.toml), named "gitleaks".
type issuer struct {
	name   string
	source string
	// words give away the issuer in the name of a key, in lower case, separated by spaces. They are needed for tokens
	// that do not begin in a way of their own.
	words  string
	tokens []tokenForm
}

// tokenForm is the form of one kind of token: literal text and, in braces, runs of a class of bytes: "ghp_{a36}" is
// "ghp_" and 36 letters or digits, "{x32}-us{d1-2}" has a run of one or two digits. The classes are those of
// formClasses; {uuid} is a UUID. A form that begins with at least two literal bytes is found wherever it stands; any
// other, and one that begins with '~', only behind a key name that holds one of the issuer's words.
type tokenForm struct {
	id    string
	form  string
	check tokenCheck // Nil if the token has no checksum that is published.
}

// tokenCheck reports whether the checksum inside a token holds. A wrong one lowers nothing: issuers' documents and tests
// are full of tokens that only look right, and a leak with a typing error is still a leak.
type tokenCheck func(token []byte) bool

const (
	alnum      = chUpper | chLower | chDigit
	upperDigit = chUpper | chDigit
)

// formClasses are the letters that stand for classes of bytes in a form.
var formClasses = map[byte]uint32{
	'd': chDigit,
	'x': chHex,
	'u': upperDigit,
	'l': chLower | chDigit,
	'a': alnum,
	'w': chWord,          // letters, digits, '_'
	'b': chURL,           // letters, digits, '-', '_'
	'k': chKey,           // letters, digits, '-', '_', '.'
	'B': alnum | chStd,   // base64
	'T': chToken | chKey, // what may stand in an opaque token
	'K': chKey | chTilde,
	'e': chURL | chPad,         // letters, digits, '-', '_', '='
	'z': chKey | chPad,         // letters, digits, '-', '_', '.', '='
	'Y': chURL | chPad | chPct, // base64 in a query: percent runs too
	'p': alnum | chStd | chPad, // base64 with its padding
	'P': chB64 | chPad,         // base64 and base64url with their padding
}

// formPart is a literal, or min to max bytes of a class.
type formPart struct {
	lit      string
	class    uint32
	min, max int
}

// vendorRow is a form made ready.
type vendorRow struct {
	id       string
	prefix   string // The literal that the form begins with; empty if only a key name gives it away.
	alphabet uint32 // What may follow the prefix.
	parts    []formPart
	check    tokenCheck
	vendor   string
	source   string
}

// issuers are all vendors, by kind.
var issuers = slices.Concat(codeIssuers, cloudIssuers, aiIssuers, payIssuers, talkIssuers, watchIssuers, dataIssuers, otherIssuers)

// prefixRows is the number of rows of vendorTable that begin with a prefix. Those that only a key name gives away follow.
var prefixRows int

// vendorTable holds the forms of all issuers. Of the rows that match at one place the first wins.
var vendorTable []vendorRow

func makeVendorTable() []vendorRow {
	// Where each row goes is counted first, so that nothing is made twice or moved: rows are large. The longer prefixes
	// stand before the shorter ones that they begin with, and forms without a prefix at the end.
	var first [maxPrefix + 1]int // by the length of the prefix: how many rows are longer
	rows, parts := 0, 0
	for i := range issuers {
		for _, t := range issuers[i].tokens {
			n := prefixLen(t.form)
			first[n]++
			rows++
			parts += 2*strings.Count(t.form, "{") + 1 + 9*strings.Count(t.form, "{uuid}")
		}
	}
	prefixRows = rows - first[0]
	at := 0
	for n := len(first) - 1; n >= 0; n-- {
		first[n], at = at, at+first[n]
	}
	all := make([]vendorRow, rows)
	room := make([]formPart, 0, parts)
	for i := range issuers {
		v := &issuers[i]
		for _, t := range v.tokens {
			from := len(room)
			var err error
			if room, err = parseForm(room, strings.TrimPrefix(t.form, "~")); err != nil {
				panic("token form " + t.id + ": " + err.Error())
			}
			r := vendorRow{id: t.id, parts: room[from:len(room):len(room)], check: t.check, vendor: v.name, source: v.source}
			n := prefixLen(t.form)
			if n > 0 {
				r.prefix = r.parts[0].lit
				r.parts = r.parts[1:]
				if len(r.parts) > 0 {
					r.alphabet = r.parts[0].class
				}
			}
			all[first[n]] = r
			first[n]++
		}
	}
	return all
}

// maxPrefix is the length of the longest prefix, in bytes; a longer one panics when the tables are made.
const maxPrefix = 255

// prefixLen returns how many bytes a form begins with literally, or 0 if those are no prefix to look for: fewer than two, or
// a form that counts under its issuer's name only.
func prefixLen(form string) int {
	if strings.HasPrefix(form, "~") {
		return 0
	}
	n := strings.IndexByte(form, '{')
	if n < 0 {
		n = len(form)
	}
	if n < 2 {
		return 0
	}
	return n
}

// parseForm reads a form and appends its parts.
func parseForm(parts []formPart, form string) ([]formPart, error) {
	before := len(parts)
	for form != "" {
		lit, rest, braced := strings.Cut(form, "{")
		if lit != "" {
			parts = append(parts, formPart{lit: lit})
		}
		if !braced {
			break
		}
		spec, after, ok := strings.Cut(rest, "}")
		if ok && spec == "uuid" {
			form = "{x8}-{x4}-{x4}-{x4}-{x12}" + after
			continue
		}
		if !ok || len(spec) < 2 || formClasses[spec[0]] == 0 {
			return nil, fmt.Errorf("bad class in %q", form)
		}
		lo, hi, span := strings.Cut(spec[1:], "-")
		if !span {
			hi = lo
		}
		p := formPart{class: formClasses[spec[0]]}
		var err1, err2 error
		p.min, err1 = strconv.Atoi(lo)
		p.max, err2 = strconv.Atoi(hi)
		if err1 != nil || err2 != nil || p.min > p.max || p.max < 1 {
			return nil, fmt.Errorf("bad length in %q", form)
		}
		parts = append(parts, p)
		form = after
	}
	if len(parts) == before {
		return nil, fmt.Errorf("empty form")
	}
	return parts, nil
}

// match returns the end of a token of the row whose text behind the prefix begins at i, or -1.
func (r *vendorRow) match(b []byte, i int) int {
	for k := range r.parts {
		p := &r.parts[k]
		if p.lit != "" {
			if len(b)-i < len(p.lit) || string(b[i:i+len(p.lit)]) != p.lit {
				return -1
			}
			i += len(p.lit)
			continue
		}
		last := k == len(r.parts)-1
		most := p.max
		if last {
			most++
		}
		end := run(b, i, i+most, p.class)
		if last {
			return tokenFormEnd(b, i, end, p)
		}
		if end-i < p.min {
			return -1
		}
		i = end
	}
	if i < len(b) && isWord(b[i]) {
		return -1
	}
	return i
}

// tokenFormEnd returns where a token ends whose last part p begins at i and whose run of bytes of its class ends at
// end, or -1 if it is too short or goes on. The punctuation of a sentence behind the token is not of it.
func tokenFormEnd(b []byte, i, end int, p *formPart) int {
	for end > i && end-i > p.min && (b[end-1] == '.' || b[end-1] == '-') && (end >= len(b) || !isWord(b[end])) {
		end--
	}
	if end-i < p.min || end-i > p.max || end < len(b) && isWord(b[end]) {
		return -1
	}
	if p.class == alnum|chStd {
		for n := 0; n < 2 && end < len(b) && b[end] == '='; n++ {
			end++
		}
	}
	return end
}

// crcBase62 is the checksum of GitHub's tokens and those made like them (github.blog: Behind GitHub's new authentication
// token formats; npm says the same of its own): behind the prefix and its underscore, the last six bytes are the CRC-32
// of those before, in base 62.
func crcBase62(token []byte) bool {
	i := slices.Index(token, '_') + 1
	if len(token)-i < 7 {
		return false
	}
	body, sum := token[i:len(token)-6], token[len(token)-6:]
	n := crc32.ChecksumIEEE(body)
	for k := 5; k >= 0; k-- {
		if sum[k] != base62[n%62] {
			return false
		}
		n /= 62
	}
	return n == 0
}

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
