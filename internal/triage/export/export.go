// Package export writes a document that is kept as Markdown in the forms that
// people read: HTML that stands alone, PDF, and the storage format of
// Confluence.
//
// A document is untrusted text: parts of it are from logs and from models. So
// nothing in it reaches an output as markup. HTML in it is shown as the text
// that it is, links go to http, https and mailto only, pictures of other
// places are named and not loaded, and terminal sequences and control
// characters are dropped. The outputs request nothing and run nothing.
//
// The package is pure: no files, no clock, no network. The same document and
// options give the same bytes. What is seen of a document is given to
// [Options.Redact] once more before anything is written; without a Redact it
// is written as it is. All of it is safe for concurrent use.
package export

import (
	"errors"
	"fmt"
	"time"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/internal/triage/picture"
)

// Document is what is written.
type Document struct {
	Title    string // plain text
	Markdown string // CommonMark with GitHub's tables, task lists and strikethrough
	ID       string // shown in the footer of a PDF; may be empty
	Version  int64  // likewise, when not 0
	Date     time.Time
}

// Options are what the caller lends. The zero value is useful.
type Options struct {
	// Figure draws a code block of a language ("mermaid"), or returns nil where
	// it cannot; then the block is shown as code.
	Figure func(language, source string) *picture.Picture
	// Redact returns text with everything sensitive replaced. It is given what a
	// reader sees and where links lead, one line for each paragraph, row or line
	// of code. An error stops the export.
	Redact func(text string) (string, error)
	// Restore, for a file that a person asked for, puts originals in place of
	// tokens. It is given all text at once, in parts that U+001F separates, which
	// it must leave alone. It comes after Redact; without one nothing is restored.
	Restore func(text string) (string, error)
	// Font is the data of a TrueType font for what the built-in fonts of a PDF
	// lack; nil means none.
	Font []byte
}

// Notes say what could not be shown as it was meant, each a sentence.
type Notes []string

// MaxBytes bounds the Markdown of a document. A document of an issue has some
// 100 KiB; what is larger is a mistake or an attack.
const MaxBytes = 4 << 20

// ErrTooLarge is returned for a document of more than [MaxBytes].
var ErrTooLarge = errors.New("the document is too large to export")

// Markdown returns the source of a document, without terminal sequences and
// the like. It restores nothing: see [Options.Restore] for the other formats. Where the scan finds something that markup hid, it fails: what is
// hidden in the source cannot be cut out of it.
func Markdown(d Document, o Options) ([]byte, error) {
	if len(d.Markdown) > MaxBytes {
		return nil, tooLarge(d)
	}
	if o.Redact != nil {
		seen := joined(parse(Document{Markdown: d.Markdown}).leaves())
		now, err := o.Redact(seen)
		if err != nil {
			return nil, fmt.Errorf("clear the document: %w", err)
		}
		if now != seen {
			return nil, ErrHidden
		}
	}
	return []byte(triage.Plain(d.Markdown)), nil
}

// ErrHidden is wrapped in the error for a document whose formatting hides what
// the scan would have found, so that it cannot be cut out.
var ErrHidden = errors.New("formatting hides something sensitive in the document: update it without that, or export it as HTML, which leaves out what it can")

func tooLarge(d Document) error {
	return fmt.Errorf("%w: it has %d bytes, at most %d are possible", ErrTooLarge, len(d.Markdown), MaxBytes)
}

func prepare(d Document, o Options) (*page, error) {
	if len(d.Markdown) > MaxBytes {
		return nil, tooLarge(d)
	}
	p := parse(d)
	if o.Redact != nil {
		if err := p.redact(o.Redact); err != nil {
			return nil, fmt.Errorf("clear the document: %w", err)
		}
	}
	p.anchors()
	if o.Restore != nil {
		if err := p.restore(o.Restore); err != nil {
			return nil, fmt.Errorf("restore the document: %w", err)
		}
	}
	if o.Figure != nil {
		p.figures(o.Figure)
	}
	return p, nil
}
