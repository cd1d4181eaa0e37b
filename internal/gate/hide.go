package gate

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"slices"

	"github.com/tftsr/tftsr/internal/pii"
)

// minEncoded is the length of the shortest encoded form that is searched for:
// a shorter one is in any text by chance.
const minEncoded = 6

// form is one way in which a value can come back.
type form struct {
	text  []byte // in lower case where fold is set
	token []byte
	fold  bool // upper and lower case are the same
	word  bool // it ends where a word ends
}

// formsOf returns the forms of a value: as it is, and as JSON, URLs, HTML,
// hexadecimal and base64 in its three alignments write it. What a service
// makes of it otherwise is not found: SECURITY.md says so.
func formsOf(value []byte, t pii.Token, inJSON bool) []form {
	token := []byte(t.String())
	v := string(value)
	plain := []string{v, url.QueryEscape(v), url.PathEscape(v), html.EscapeString(v)}
	if b, err := json.Marshal(v); err == nil {
		plain = append(plain, string(b[1:len(b)-1]))
	}
	if b, err := encodeJSON(v); err == nil {
		plain = append(plain, string(b[1:len(b)-1]))
	}
	var forms []form
	add := func(text string, fold, word bool) {
		if inJSON {
			if b, err := encodeJSON(text); err == nil {
				text = string(b[1 : len(b)-1])
			}
		}
		f := form{[]byte(text), token, fold, word}
		if fold {
			f.text = asciiLower(f.text)
		}
		if text != "" && !slices.ContainsFunc(forms, func(o form) bool { return bytes.Equal(o.text, f.text) }) {
			forms = append(forms, f)
		}
	}
	for _, p := range plain {
		add(p, true, true)
	}
	if h := hex.EncodeToString(value); len(h) >= minEncoded {
		add(h, true, false)
	}
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for shift := range 3 {
			if b := inner(enc, value, shift); len(b) >= minEncoded {
				add(b, false, false)
			}
		}
	}
	return forms
}

// inner returns the characters of base64 that a value alone decides, when it
// stands behind shift other bytes.
func inner(enc *base64.Encoding, value []byte, shift int) string {
	text := enc.EncodeToString(append(make([]byte, shift), value...))
	end := len(text)
	if (shift+len(value))%3 != 0 {
		end--
	}
	return text[min([]int{0, 2, 3}[shift], end):end]
}

// hide replaces what was restored in this exchange by its tokens. text has
// been redacted; the tokens in it stay as they are.
func (x *Crossing) hide(text []byte, inJSON bool) []byte {
	x.mu.Lock()
	var forms []form
	for t, v := range x.restored {
		forms = append(forms, formsOf(v, t, inJSON)...)
	}
	x.mu.Unlock()
	if len(forms) == 0 {
		return text
	}
	// The longest first: a name may be within another. Of equal length the order
	// is fixed, so that the same answer is the same text.
	slices.SortFunc(forms, func(a, b form) int {
		if len(a.text) != len(b.text) {
			return len(b.text) - len(a.text)
		}
		return bytes.Compare(a.text, b.text)
	})
	// Most forms are not there, and each text is folded once.
	lower := asciiLower(text)
	for _, f := range forms {
		in := text
		if f.fold {
			in = lower
		}
		if next, found := f.replace(text, in); found {
			text, lower = next, asciiLower(next)
		}
	}
	return text
}

// replace puts the token in the place of the form, in text, which in is or is
// the lower case of, and reports whether it was there.
func (f form) replace(text, in []byte) (_ []byte, found bool) {
	var out []byte
	last := 0
	for i := 0; i < len(text); {
		n := bytes.Index(in[i:], f.text)
		if n < 0 {
			break
		}
		// A token before the match moves the search behind it.
		if b := bytes.IndexByte(text[i:i+n+len(f.text)], '['); b >= 0 {
			if _, size, ok := pii.ParseToken(text[i+b:]); ok {
				i += b + size
				continue
			}
			if b < n {
				i += b + 1
				continue
			}
		}
		start, end := i+n, i+n+len(f.text)
		if f.word && (start > 0 && wordAt(text, start-1) && wordAt(text, start) && !escapeBefore(text, start) || end < len(text) && wordAt(text, end-1) && wordAt(text, end)) {
			i = start + 1
			continue
		}
		out = append(append(out, text[last:start]...), f.token...)
		i, last = end, end
	}
	if last == 0 {
		return text, false
	}
	return append(out, text[last:]...), true
}

// escapeBefore reports whether an escape ends at i: of a URL (%26) or of JSON
// (\n, \u0026). Its letters and digits are of no word.
func escapeBefore(b []byte, i int) bool {
	return i >= 3 && b[i-3] == '%' || i >= 2 && b[i-2] == '\\' || i >= 6 && b[i-6] == '\\' && b[i-5] == 'u'
}

func wordAt(b []byte, i int) bool {
	c := b[i]
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}

// asciiLower keeps the length, which [bytes.ToLower] does not.
func asciiLower(b []byte) []byte {
	out := slices.Clone(b)
	for i, c := range out {
		if 'A' <= c && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return out
}
