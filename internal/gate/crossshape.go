package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tftsr/tftsr/internal/pii"
)

// Shape says what is particular to texts of a value, by the names of
// [Crossing.JSON].
type Shape struct {
	// XML are texts in XML: an original that is restored there is escaped for its
	// place, so that it stays text, whatever it holds.
	XML []string
	// Kept are texts that stand, unchanged, before those of the value. They must
	// be what the destination itself gave for that field in this exchange: it
	// gets back what is its own. Redacting them would put pseudonyms into what
	// people wrote there. No preview shows them, and their bytes are known by a
	// keyed digest only.
	Kept map[string]string
}

// Shaped is [Crossing.JSON] for a value whose texts are as s says.
func (x *Crossing) Shaped(ctx context.Context, v any, s Shape) (Outgoing, error) {
	doc, err := encodeJSON(v)
	if err != nil {
		return Outgoing{}, fmt.Errorf("clear for %s: %w", x.dest, err)
	}
	clean, counts, err := x.g.RedactJSON(ctx, pii.ModeAgent, doc)
	if err != nil {
		return Outgoing{}, fmt.Errorf("clear for %s: %w", x.dest, err)
	}
	clean = bytes.TrimSpace(clean)
	r, err := x.resolver(ctx, clean)
	if err != nil {
		return Outgoing{}, err
	}
	r.xml = s.XML
	body := clean
	if len(r.values) > 0 || len(s.Kept) > 0 {
		tree, err := decodeTree(clean)
		if err != nil {
			return Outgoing{}, fmt.Errorf("clear for %s: %w: the redacted text is not JSON", x.dest, ErrScan)
		}
		if tree, err = x.restoreTree(r, "", tree); err != nil {
			return Outgoing{}, err
		}
		if body, err = withKept(tree, s.Kept, func(text string) string { return text }); err != nil {
			return Outgoing{}, fmt.Errorf("clear for %s: %w", x.dest, err)
		}
	}
	if len(s.Kept) > 0 {
		tree, err := decodeTree(clean)
		if err != nil {
			return Outgoing{}, err
		}
		if clean, err = withKept(tree, s.Kept, func(text string) string { return fmt.Sprintf("… %d bytes that are there stay … ", len(text)) }); err != nil {
			return Outgoing{}, err
		}
	}
	return x.outgoing(ctx, body, clean, counts, r, len(s.Kept) > 0)
}

func decodeTree(doc []byte) (tree any, err error) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	return tree, dec.Decode(&tree)
}

// withKept puts what show makes of kept texts before those of the tree.
func withKept(tree any, kept map[string]string, show func(string) string) ([]byte, error) {
	for path, text := range kept {
		at := tree
		names := strings.Split(path, ".")
		for _, name := range names[:len(names)-1] {
			inner, _ := at.(map[string]any)
			at = inner[name]
		}
		object, _ := at.(map[string]any)
		last := names[len(names)-1]
		own, ok := object[last].(string)
		if !ok {
			return nil, fmt.Errorf("there is no text %s to keep something before", path)
		}
		object[last] = show(text) + own
	}
	return encodeJSON(tree)
}

// The marks of a section that is not parsed (XML 1.0, section 2.7).
const (
	cdataOpen  = "<![CDATA["
	cdataClose = "]]>"
)

// restoreXML restores tokens in XML.
func (r *fieldResolver) restoreXML(text string) (string, error) {
	defer func() { r.escape = nil }()
	var out []byte
	for text != "" {
		part := text
		if at := strings.Index(text, cdataOpen); at > 0 {
			part = text[:at]
		} else if at == 0 {
			part, text = cdata(text)
			r.escape = printable
			inner, err := pii.Restore(nil, []byte(part), r, pii.ModeAgent)
			if err != nil {
				return "", err
			}
			// The end mark in a value is cut in two.
			out = append(out, cdataOpen+strings.ReplaceAll(string(inner), cdataClose, "]]]]><![CDATA[>")+cdataClose...)
			continue
		}
		text = text[len(part):]
		r.escape = escapeXML
		var err error
		if out, err = pii.Restore(out, []byte(part), r, pii.ModeAgent); err != nil {
			return "", err
		}
	}
	return string(out), nil
}

// cdata returns what the section holds that text begins with, and what follows
// it.
func cdata(text string) (inner, rest string) {
	inner, rest, _ = strings.Cut(text[len(cdataOpen):], cdataClose)
	return inner, rest
}

// escapeXML escapes for character data and for values of attributes.
func escapeXML(v []byte) []byte {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, v) // A bytes.Buffer takes everything.
	return b.Bytes()
}

// printable drops what XML 1.0 cannot hold (section 2.2).
func printable(v []byte) []byte {
	return bytes.Map(func(c rune) rune {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0xfffe || c == 0xffff || c == utf8.RuneError {
			return -1
		}
		return c
	}, v)
}
