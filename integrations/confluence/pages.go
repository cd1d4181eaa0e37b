package confluence

import (
	"context"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"strings"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/internal/egress"
	"github.com/tftsr/tftsr/internal/gate"
)

// Space is a space as the instance answered it: text from outside, which is
// cleared before anybody sees it, as all of these are.
type Space struct{ ID, Key, Name, URL string }

// Page is a page.
type Page struct {
	ID, Title string
	SpaceID   string // empty where it was not asked for
	Version   int
	Message   string // of the version
	Body      string // storage format; empty where it was not asked for
	URL       string // for people
}

// Hit is a page that a search found.
type Hit struct {
	ID, Title, Space, Excerpt, URL, Modified string
	Version                                  int
}

// dialect is what the interfaces do each in their own way.
type dialect interface {
	// Spaces lists spaces from a cursor on, which is empty at the beginning and
	// at the end.
	Spaces(ctx context.Context, limit int, cursor string) ([]Space, string, error)
	// Space returns the space of a key, nil if there is none to see.
	Space(ctx context.Context, key string) (*Space, error)
	// Titled returns the page of a title in a space, nil if there is none to see.
	Titled(ctx context.Context, s *Space, title gate.Cleared) (*Page, error)
	// Page returns a page with its body.
	Page(ctx context.Context, id string) (*Page, error)
	// Marked returns the mark of a page, nil if it has none.
	Marked(ctx context.Context, id string) (*Property, error)
	Labels(ctx context.Context, id string) ([]string, error)
	// HasFile reports whether a file of that name is attached to a page.
	HasFile(ctx context.Context, id, name string) (bool, error)
	// Create makes a page, once; the body is of [dialect.Draft].
	Create(ctx context.Context, body gate.Cleared) (*Page, error)
	// Update changes a page, once; the body is of [dialect.Change].
	Update(ctx context.Context, id string, body gate.Cleared) (*Page, error)
	// Mark stores the mark of a page; the body is of [dialect.MarkBody], for the
	// same property.
	Mark(ctx context.Context, id string, had *Property, body gate.Cleared) error
	// Attach adds a file, which the page must not have; the body is of [Upload].
	Attach(ctx context.Context, id string, body gate.Cleared) error

	// Draft is the body of a create. inside says that the mark is part of it.
	Draft(s *Space, title, parent, storage string, m Mark) (body any, inside bool)
	// Change is the body of an update to version.
	Change(id, title, storage, message string, version int) any
	// MarkBody is the body that stores a mark, in the place of had if there is one.
	MarkBody(m Mark, had *Property) any
	// StorageField is the name of the text in the storage format in these
	// bodies: see [gate.Shape].
	StorageField() string
}

// Mark is what a page carries that tftsr wrote: a content property. A page
// without one, or of another version than it names, was written by people.
type Mark struct {
	Correlation string `json:"correlation_id"`
	Version     int    `json:"page_version"`
	Digest      string `json:"digest"` // of what was written: see [Digest]
}

// MarkKey is the key of the content property.
const MarkKey = "tftsr"

// Property is a stored [Mark].
type Property struct {
	ID      string
	Version int
	Mark    Mark
}

// text is an id that comes as a number from some calls and as a text from
// others.
type text string

// UnmarshalJSON implements [json.Unmarshaler].
func (t *text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var s string
		err := json.Unmarshal(b, &s)
		*t = text(s)
		return err
	}
	var n json.Number
	err := json.Unmarshal(b, &n)
	*t = text(n)
	return err
}

// link is the address of a page for people: what the answer says it is below,
// where that is the instance; else what was configured.
func (c caller) link(base, webui string) string {
	if !strings.HasPrefix(webui, "/") {
		return ""
	}
	site := c.site
	if u, err := url.Parse(base); err == nil && u.User == nil && (u.Scheme == "https" || u.Scheme == "http" && egress.Loopback(u.Hostname())) {
		if own, err := url.Parse(c.site); err == nil && strings.EqualFold(u.Host, own.Host) {
			site = strings.TrimRight(base, "/")
		}
	}
	return site + webui
}

// protocol says that an answer lacks what it must have.
func (c caller) protocol(r *integrations.Response, lost bool) error {
	return &integrations.Error{Kind: integrations.KindProtocol, Destination: c.Destination(), Status: r.Status, Lost: lost}
}

// trashed says that a page is no longer one.
func (c caller) trashed() error {
	return &integrations.Error{Kind: integrations.KindNotFound, Destination: c.Destination(), Detail: "it is in the trash, or archived"}
}

// Results is a part of what a search found.
type Results struct {
	Hits []Hit
	Next string // cursor of the next part; empty at the end
}

// Search returns a part of what a query finds. Pages that the account may not
// see make it shorter: the end is where no next part is named.
func (c Client) Search(ctx context.Context, q *Query, limit int, cursor string) (*Results, error) {
	cql, err := q.Encode()
	if err != nil {
		return nil, err
	}
	v := c.window(limit, cursor)
	v.Set("cql", cql)
	v.Set("expand", "content.space,content.version")
	v.Set("excerpt", "highlight")
	var found struct {
		Results []struct {
			Content struct {
				ID      text
				Title   string
				Space   struct{ Key string }
				Version struct{ Number int }
				Links   struct{ WebUI string } `json:"_links"`
			}
			Excerpt, URL, LastModified string
		}
		Links links `json:"_links"`
	}
	if _, err := c.caller().get(ctx, "/rest/api/search", v, &found); err != nil {
		return nil, err
	}
	out := &Results{Next: found.Links.cursor(c.parameter())}
	for _, r := range found.Results {
		if r.Content.ID == "" {
			continue // a person or a space, which no query of ours asks for
		}
		out.Hits = append(out.Hits, Hit{
			ID: string(r.Content.ID), Title: plain(r.Content.Title), Space: r.Content.Space.Key, Excerpt: plain(r.Excerpt), Version: r.Content.Version.Number,
			URL: c.caller().link(found.Links.Base, r.URL), Modified: r.LastModified,
		})
	}
	return out, nil
}

// parameter names the parameter that says where a part begins.
func (c Client) parameter() string {
	if dataCenter(c.Instance) {
		return "start"
	}
	return "cursor"
}

func (c Client) window(limit int, cursor string) url.Values {
	return window(c.parameter(), limit, cursor)
}

// links are those below a list.
type links struct{ Base, Next string }

// cursor takes where the next part begins from its address; empty at the end.
func (l links) cursor(parameter string) string {
	u, err := url.Parse(l.Next)
	if err != nil || l.Next == "" {
		return ""
	}
	return u.Query().Get(parameter)
}

// plain drops the marks around what was looked for, and markup.
func plain(s string) string {
	return html.UnescapeString(strings.NewReplacer("@@@hl@@@", "", "@@@endhl@@@", "").Replace(s))
}

// post is a request that writes JSON.
func (c caller) post(method, path string, body gate.Cleared) integrations.Request {
	return integrations.Request{Method: method, Path: c.prefix + path, Body: &body}
}

// AddLabels gives a page labels; those that it has stay. The body is of
// [LabelBody].
func (c Client) AddLabels(ctx context.Context, id string, body gate.Cleared) error {
	if err := CheckID(id); err != nil {
		return err
	}
	var ignored struct{}
	_, err := c.caller().do(ctx, c.caller().post(http.MethodPost, "/rest/api/content/"+id+"/label", body), &ignored)
	return err
}

// Label is a label as it is sent.
type Label struct {
	Prefix string `json:"prefix"`
	Name   string `json:"name"`
}

// LabelBody is the body of [Client.AddLabels].
func LabelBody(names []string) []Label {
	out := make([]Label, len(names))
	for i, n := range names {
		out[i] = Label{"global", n}
	}
	return out
}

// upload sends a form with a file.
func (c caller) upload(ctx context.Context, method, id string, body gate.Cleared) error {
	if err := CheckID(id); err != nil {
		return err
	}
	req := c.post(method, "/rest/api/content/"+id+"/child/attachment", body)
	// Without the header the service takes a form for a forged one.
	req.Type, req.Header = "multipart/form-data; boundary="+boundary, http.Header{"X-Atlassian-Token": {"nocheck"}}
	var ignored struct{}
	_, err := c.do(ctx, req, &ignored)
	return err
}
