package confluence

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/internal/gate"
)

// first is the first interface, of Data Center.
type first struct{ caller }

const v1 = "/rest/api"

func (c first) Spaces(ctx context.Context, limit int, cursor string) ([]Space, string, error) {
	return c.spaces(ctx, window("start", limit, cursor))
}

func (c first) spaces(ctx context.Context, v url.Values) ([]Space, string, error) {
	var list struct {
		Results []spaceV2
		Links   links `json:"_links"`
	}
	if _, err := c.get(ctx, v1+"/space", v, &list); err != nil {
		return nil, "", err
	}
	var out []Space
	for _, s := range list.Results {
		out = append(out, Space{string(s.ID), s.Key, s.Name, c.link(list.Links.Base, s.Links.WebUI)})
	}
	return out, list.Links.cursor("start"), nil
}

func (c first) Space(ctx context.Context, key string) (*Space, error) {
	if err := CheckKey(key); err != nil {
		return nil, err
	}
	list, _, err := c.spaces(ctx, url.Values{"spaceKey": {key}, "limit": {"2"}})
	return pick(list, key), err
}

type pageV1 struct {
	ID      text
	Status  string
	Title   string
	Space   struct{ ID text }
	Version struct {
		Number  int
		Message string
	}
	Body  struct{ Storage struct{ Value string } }
	Links struct{ WebUI, Base string } `json:"_links"`
}

func (c first) page(p *pageV1, base string) *Page {
	if p.Links.Base != "" {
		base = p.Links.Base
	}
	return &Page{string(p.ID), p.Title, string(p.Space.ID), p.Version.Number, p.Version.Message, p.Body.Storage.Value, c.link(base, p.Links.WebUI)}
}

func (c first) Titled(ctx context.Context, s *Space, title gate.Cleared) (*Page, error) {
	want, err := title.Text(c.Destination())
	if err != nil {
		return nil, err
	}
	var list struct {
		Results []pageV1
		Links   links `json:"_links"`
	}
	v := url.Values{"spaceKey": {s.Key}, "title": {want}, "type": {"page"}, "expand": {"version,space"}, "limit": {"5"}}
	if _, err := c.get(ctx, v1+"/content", v, &list); err != nil {
		return nil, err
	}
	for i := range list.Results {
		if p := &list.Results[i]; strings.EqualFold(p.Title, want) {
			return c.page(p, list.Links.Base), nil
		}
	}
	return nil, nil //nolint:nilnil // There is none, which is no error.
}

func (c first) Page(ctx context.Context, id string) (*Page, error) {
	return c.one(ctx, id, integrations.Request{Method: http.MethodGet, Path: c.prefix + v1 + "/content/" + id, Query: url.Values{"expand": {"body.storage,version,space"}}})
}

func (c first) Create(ctx context.Context, body gate.Cleared) (*Page, error) {
	return c.one(ctx, "", c.post(http.MethodPost, v1+"/content", body))
}

func (c first) Update(ctx context.Context, id string, body gate.Cleared) (*Page, error) {
	return c.one(ctx, id, c.post(http.MethodPut, v1+"/content/"+id, body))
}

func (c first) one(ctx context.Context, id string, req integrations.Request) (*Page, error) {
	if id != "" {
		if err := CheckID(id); err != nil {
			return nil, err
		}
	}
	var p pageV1
	resp, err := c.do(ctx, req, &p)
	if err != nil {
		return nil, err
	}
	if CheckID(string(p.ID)) != nil || p.Version.Number < 1 || id != "" && string(p.ID) != id {
		return nil, c.protocol(resp, req.Method != http.MethodGet)
	}
	if p.Status != "" && p.Status != "current" {
		return nil, c.trashed()
	}
	return c.page(&p, ""), nil
}

func (c first) Marked(ctx context.Context, id string) (*Property, error) {
	if err := CheckID(id); err != nil {
		return nil, err
	}
	var p propertyV2
	_, err := c.get(ctx, v1+"/content/"+id+"/property/"+MarkKey, nil, &p)
	if integrations.KindOf(err) == integrations.KindNotFound {
		return nil, nil //nolint:nilnil // as above
	}
	if err != nil {
		return nil, err
	}
	return &Property{string(p.ID), p.Version.Number, p.Value}, nil
}

func (c first) Mark(ctx context.Context, id string, had *Property, body gate.Cleared) error {
	if err := CheckID(id); err != nil {
		return err
	}
	method, path := http.MethodPost, v1+"/content/"+id+"/property"
	if had != nil {
		method, path = http.MethodPut, path+"/"+MarkKey
	}
	var ignored struct{}
	_, err := c.do(ctx, c.post(method, path, body), &ignored)
	return err
}

func (c first) Labels(ctx context.Context, id string) ([]string, error) {
	if err := CheckID(id); err != nil {
		return nil, err
	}
	return c.labels(ctx, v1+"/content/"+id+"/label", nil)
}

func (c first) HasFile(ctx context.Context, id, name string) (bool, error) {
	if err := CheckID(id); err != nil {
		return false, err
	}
	return c.hasFile(ctx, v1+"/content/"+id+"/child/attachment", name)
}

func (c first) Attach(ctx context.Context, id string, body gate.Cleared) error {
	return c.upload(ctx, http.MethodPost, id, body)
}

type bodyV1 struct {
	Storage storageV2 `json:"storage"`
}

type spaceKey struct {
	Key string `json:"key"`
}

type ancestor struct {
	ID string `json:"id"`
}

type markValue struct {
	Value Mark `json:"value"`
}

type metadata struct {
	Properties map[string]markValue `json:"properties"`
}

func (c first) Draft(s *Space, title, parent, storage string, m Mark) (any, bool) {
	var above []ancestor
	if parent != "" {
		above = []ancestor{{parent}}
	}
	return struct {
		Type      string     `json:"type"`
		Title     string     `json:"title"`
		Space     spaceKey   `json:"space"`
		Ancestors []ancestor `json:"ancestors,omitempty"`
		Body      bodyV1     `json:"body"`
		Metadata  metadata   `json:"metadata"`
	}{"page", title, spaceKey{s.Key}, above, bodyV1{storageV2{"storage", storage}}, metadata{map[string]markValue{MarkKey: {m}}}}, true
}

func (c first) Change(_, title, storage, message string, version int) any {
	return struct {
		Type    string    `json:"type"`
		Title   string    `json:"title"`
		Body    bodyV1    `json:"body"`
		Version versionV2 `json:"version"`
	}{"page", title, bodyV1{storageV2{"storage", storage}}, versionV2{version, message}}
}

func (c first) MarkBody(m Mark, had *Property) any {
	if had == nil {
		return struct {
			Key   string `json:"key"`
			Value Mark   `json:"value"`
		}{MarkKey, m}
	}
	return struct {
		Value   Mark      `json:"value"`
		Version versionV2 `json:"version"`
	}{m, versionV2{Number: had.Version + 1}}
}

func (c first) StorageField() string { return "body.storage.value" }
