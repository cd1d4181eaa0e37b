package confluence

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

type space struct {
	id, key, name string
	readOnly      bool
}

type page struct {
	id, title, parent string
	space             *space
	version           int
	message           string
	body              string
	at                time.Time
	hidden, readOnly  bool
	labels            []string
	properties        []*property
	files             map[string]*file
}

type property struct {
	id, key string
	value   json.RawMessage
	version int
}

type file struct {
	id, name, media string
	data            []byte
	version         int
}

// maxBody is the size of a page that the service takes, in bytes.
const maxBody = 5 << 20

func (f *Fake) nextID() string {
	f.last += 0x8001 // The service counts in large steps.
	return strconv.Itoa(f.last)
}

// SeedSpace adds a space.
func (f *Fake) SeedSpace(key, name string, readOnly bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.spaces = append(f.spaces, &space{f.nextID(), key, name, readOnly})
}

// Seed adds a page as somebody wrote it, and returns its id. hidden means that
// the account may not see it.
func (f *Fake) Seed(key, title, body string, hidden bool) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := &page{id: f.nextID(), title: title, space: f.space(key), version: 1, body: body, at: f.o.Now(), hidden: hidden, files: map[string]*file{}}
	f.pages = append(f.pages, p)
	return p.id
}

// Edit changes a page as somebody at a browser does.
func (f *Fake) Edit(id, body string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.page(id)
	p.version, p.body, p.message, p.at = p.version+1, body, "", f.o.Now()
}

// Hide takes a page from the account's sight, or its right to change it.
func (f *Fake) Hide(id string, hidden, readOnly bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.page(id)
	p.hidden, p.readOnly = hidden, readOnly
}

// Rename gives a page another title.
func (f *Fake) Rename(id, title string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.page(id).title = title
}

// Page is what a fake has of a page.
type Page struct {
	ID, Title, Space, Parent, Body, Message string
	Version                                 int
	Labels                                  []string
	Properties                              map[string]string // values as JSON
	Files                                   map[string]string
}

// Get returns a page as it is stored, or nil.
func (f *Fake) Get(id string) *Page {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.page(id)
	if p == nil {
		return nil
	}
	out := &Page{p.id, p.title, p.space.key, p.parent, p.body, p.message, p.version, slices.Clone(p.labels), map[string]string{}, map[string]string{}}
	for _, prop := range p.properties {
		out.Properties[prop.key] = string(prop.value)
	}
	for name, at := range p.files {
		out.Files[name] = string(at.data)
	}
	return out
}

// Pages returns the ids of all pages, in the order in which they were made.
func (f *Fake) Pages() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var ids []string
	for _, p := range f.pages {
		ids = append(ids, p.id)
	}
	return ids
}

func (f *Fake) space(key string) *space {
	for _, s := range f.spaces {
		if s.key == key || s.id == key {
			return s
		}
	}
	return nil
}

func (f *Fake) page(id string) *page {
	for _, p := range f.pages {
		if p.id == id {
			return p
		}
	}
	return nil
}

// seen is a page that a caller may see.
func (f *Fake) seen(id string) *page {
	if p := f.page(id); p != nil && !p.hidden {
		return p
	}
	return nil
}

// trouble lets a write fail, if one is to: before it is done.
func (f *Fake) trouble(w http.ResponseWriter) bool {
	if f.Refused() {
		answer(w, http.StatusServiceUnavailable, map[string]any{"code": 503, "message": "Service Unavailable"})
		return true
	}
	return false
}

// somebodyElse lets somebody be faster, if they are to.
func (f *Fake) somebodyElse() {
	f.mu.Lock()
	do := f.onWrite
	f.onWrite = nil
	f.mu.Unlock()
	if do != nil {
		do()
	}
}

// spoken is an error in the words of the service, which begin as sentences do.
type spoken string

func (s spoken) Error() string { return string(s) }

// What a write of a page may come to.
var (
	errTitle   = spoken("A page with this title already exists: A page already exists with the same TITLE in this space")
	errVersion = spoken("Version must be incremented when updating a page")
)

// write stores a new state of a page.
func (f *Fake) write(p *page, title, body, message string, version int) error {
	for _, other := range f.pages {
		if other != p && other.space == p.space && other.title == title {
			return errTitle
		}
	}
	if version != p.version+1 {
		return fmt.Errorf("%w. Current Version: [%d]. Provided version: [%d]", errVersion, p.version, version)
	}
	p.title, p.body, p.message, p.version, p.at = title, stored(body), message, version, f.o.Now()
	return nil
}

// stored is a body as the service keeps it: macros get ids.
func stored(body string) string {
	const open = `<ac:structured-macro ac:name="`
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(body, open)
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, rest, _ := strings.Cut(after, `"`)
		b.WriteString(open + name + `" ac:schema-version="1" ac:macro-id="` + random(16) + `"`)
		body = rest
	}
}

func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, says crypto/rand
	return hex.EncodeToString(b)
}

// wellFormed says why the service would not take a body: it parses it as XML
// in which the prefixes ac, ri and at are known.
func wellFormed(body string) error {
	d := xml.NewDecoder(strings.NewReader(`<body xmlns:ac="ac" xmlns:ri="ri" xmlns:at="at">` + body + `</body>`))
	d.Entity = xml.HTMLEntity
	depth, roots := 0, 0
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) && roots == 1 {
			return nil
		}
		if err != nil {
			return spoken("Error parsing xhtml: " + err.Error())
		}
		if _, ok := tok.(xml.EndElement); ok {
			depth--
		}
		if e, ok := tok.(xml.StartElement); ok {
			if depth++; depth == 1 {
				roots++
			}
			for _, name := range append([]xml.Name{e.Name}, names(e.Attr)...) {
				if name.Space != "" && !slices.Contains([]string{"ac", "ri", "at", "xmlns"}, name.Space) {
					return spoken(fmt.Sprintf("Error parsing xhtml: Undeclared namespace prefix %q", name.Space))
				}
			}
		}
	}
}

func names(attrs []xml.Attr) []xml.Name {
	var out []xml.Name
	for _, a := range attrs {
		out = append(out, a.Name)
	}
	return out
}

// setProperty stores a property; 0 is the version of one that is to be new.
func (p *page) setProperty(key string, value json.RawMessage, version int, id string) (*property, bool) {
	n := slices.IndexFunc(p.properties, func(q *property) bool { return q.key == key })
	switch {
	case n < 0 && version <= 1:
		prop := &property{id, key, value, 1}
		p.properties = append(p.properties, prop)
		return prop, true
	case n >= 0 && version == p.properties[n].version+1:
		p.properties[n].value, p.properties[n].version = value, version
		return p.properties[n], true
	}
	return nil, false
}

func (p *page) label(names []string) {
	for _, n := range names {
		if !slices.Contains(p.labels, n) {
			p.labels = append(p.labels, n)
		}
	}
	slices.Sort(p.labels)
}

// attach stores a file: anew, or as the next version of the one of its name.
func (f *Fake) attach(p *page, name, media string, data []byte) *file {
	at := p.files[name]
	if at == nil {
		at = &file{id: "att" + f.nextID(), name: name}
		p.files[name] = at
	}
	at.media, at.data, at.version = media, data, at.version+1
	return at
}

func (p *page) fileNames(name string) []*file {
	var out []*file
	for _, n := range slices.Sorted(maps.Keys(p.files)) {
		if name == "" || n == name {
			out = append(out, p.files[n])
		}
	}
	return out
}

// decode reads a body into v, in which nothing unknown may be.
func decode(r *http.Request, v any) error {
	d := json.NewDecoder(io.LimitReader(r.Body, 2*maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more than one value")
	}
	return nil
}

// pageOf cuts a page out of a list: from an offset that the cursor holds.
func cut[T any](list []T, from, limit int) (part []T, next int) {
	from = min(max(from, 0), len(list))
	to := min(from+limit, len(list))
	if to < len(list) {
		next = to
	}
	return list[from:to], next
}
