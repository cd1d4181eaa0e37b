package pii

import "bytes"

// Resolver maps tokens back to values.
type Resolver interface {
	// Value returns the value that a token stands for, spelled as in the text that the token was put into. ok is false
	// if the token is unknown or its value must not be restored.
	Value(t Token) (value []byte, ok bool, err error)
}

// Restore appends text to dst with its tokens replaced by their values. Tokens without a value stay. Tokens of class
// secret always stay: the resolver is not asked. With [ModeRaw] the escapes of look-alikes are undone too, so that text
// from [Scanner.Redact] becomes what it was. Values are put in as they are: in a JSON document a value that the
// resolver did not take from it in its spelling must be escaped by the caller. After an error it returns nil.
func Restore(dst, text []byte, r Resolver, m Mode) ([]byte, error) {
	for {
		i := bytes.IndexByte(text, '[')
		if i < 0 {
			return append(dst, text...), nil
		}
		dst = append(dst, text[:i]...)
		text = text[i:]
		if m == ModeRaw {
			if n := escapedToken(text); n > 0 {
				dst = append(dst, '[')
				dst = append(dst, text[2:n]...)
				text = text[n:]
				continue
			}
		}
		tok, n, ok := ParseToken(text[:min(len(text), maxTokenLen)])
		if !ok {
			dst = append(dst, '[')
			text = text[1:]
			continue
		}
		if tok.Type().Class() != ClassSecret {
			value, known, err := r.Value(tok)
			if err != nil {
				return nil, err
			}
			if known {
				dst = append(dst, value...)
				text = text[n:]
				continue
			}
		}
		dst = append(dst, text[:n]...)
		text = text[n:]
	}
}
