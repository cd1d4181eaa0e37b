package confluence

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/internal/gate"
)

// second is the second interface, of the cloud.
type second struct{ caller }

const v2 = "/api/v2"

// window asks for a part of a list.
func window(parameter string, limit int, cursor string) url.Values {
	v := url.Values{"limit": {strconv.Itoa(limit)}}
	if cursor != "" {
		v.Set(parameter, cursor)
	}
	return v
}

type spaceV2 struct {
	ID    text
	Key   string
	Name  string
	Links struct{ WebUI string } `json:"_links"`
}

func (c second) Spaces(ctx context.Context, limit int, cursor string) ([]Space, string, error) {
	return c.spaces(ctx, window("cursor", limit, cursor))
}

func (c second) spaces(ctx context.Context, v url.Values) ([]Space, string, error) {
	var list struct {
		Results []spaceV2
		Links   links `json:"_links"`
	}
	if _, err := c.get(ctx, v2+"/spaces", v, &list); err != nil {
		return nil, "", err
	}
	var out []Space
	for _, s := range list.Results {
		out = append(out, Space{string(s.ID), s.Key, s.Name, c.link(list.Links.Base, s.Links.WebUI)})
	}
	return out, list.Links.cursor("cursor"), nil
}

func (c second) Space(ctx context.Context, key string) (*Space, error) {
	if err := CheckKey(key); err != nil {
		return nil, err
	}
	list, _, err := c.spaces(ctx, url.Values{"keys": {key}, "limit": {"2"}})
	return pick(list, key), err
}

// pick returns the space of a key. Keys are the same in any case.
func pick(list []Space, key string) *Space {
	for i := range list {
		if strings.EqualFold(list[i].Key, key) {
			return &list[i]
		}
	}
	return nil
}

type pageV2 struct {
	ID      text
	Status  string
	Title   string
	SpaceID text
	Version struct {
		Number  int
		Message string
	}
	Body  struct{ Storage struct{ Value string } }
	Links struct{ WebUI, Base string } `json:"_links"`
}

func (c second) page(p *pageV2, base string) *Page {
	if p.Links.Base != "" {
		base = p.Links.Base
	}
	return &Page{string(p.ID), p.Title, string(p.SpaceID), p.Version.Number, p.Version.Message, p.Body.Storage.Value, c.link(base, p.Links.WebUI)}
}

func (c second) Titled(ctx context.Context, s *Space, title gate.Cleared) (*Page, error) {
	want, err := title.Text(c.Destination())
	if err != nil {
		return nil, err
	}
	var list struct {
		Results []pageV2
		Links   links `json:"_links"`
	}
	v := url.Values{"space-id": {s.ID}, "title": {want}, "status": {"current"}, "limit": {"5"}}
	if _, err := c.get(ctx, v2+"/pages", v, &list); err != nil {
		return nil, err
	}
	for i := range list.Results {
		if p := &list.Results[i]; strings.EqualFold(p.Title, want) && string(p.SpaceID) == s.ID {
			return c.page(p, list.Links.Base), nil
		}
	}
	return nil, nil //nolint:nilnil // There is none, which is no error.
}

func (c second) Page(ctx context.Context, id string) (*Page, error) {
	return c.one(ctx, id, integrations.Request{Method: http.MethodGet, Path: c.prefix + v2 + "/pages/" + id, Query: url.Values{"body-format": {"storage"}}})
}

func (c second) Create(ctx context.Context, body gate.Cleared) (*Page, error) {
	return c.one(ctx, "", c.post(http.MethodPost, v2+"/pages", body))
}

func (c second) Update(ctx context.Context, id string, body gate.Cleared) (*Page, error) {
	return c.one(ctx, id, c.post(http.MethodPut, v2+"/pages/"+id, body))
}

// one makes a call that is answered with a page: that of id, unless it is
// empty.
func (c second) one(ctx context.Context, id string, req integrations.Request) (*Page, error) {
	if id != "" {
		if err := CheckID(id); err != nil {
			return nil, err
		}
	}
	var p pageV2
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

type propertyV2 struct {
	ID      text
	Key     string
	Value   Mark
	Version struct{ Number int }
}

func (c second) Marked(ctx context.Context, id string) (*Property, error) {
	if err := CheckID(id); err != nil {
		return nil, err
	}
	var list struct{ Results []propertyV2 }
	if _, err := c.get(ctx, v2+"/pages/"+id+"/properties", url.Values{"key": {MarkKey}}, &list); err != nil {
		return nil, err
	}
	for _, p := range list.Results {
		if p.Key == MarkKey {
			return &Property{string(p.ID), p.Version.Number, p.Value}, nil
		}
	}
	return nil, nil //nolint:nilnil // as above
}

func (c second) Mark(ctx context.Context, id string, had *Property, body gate.Cleared) error {
	if err := CheckID(id); err != nil {
		return err
	}
	method, path := http.MethodPost, v2+"/pages/"+id+"/properties"
	if had != nil {
		if err := CheckID(had.ID); err != nil {
			return err
		}
		method, path = http.MethodPut, path+"/"+had.ID
	}
	var ignored struct{}
	_, err := c.do(ctx, c.post(method, path, body), &ignored)
	return err
}

func (c second) Labels(ctx context.Context, id string) ([]string, error) {
	if err := CheckID(id); err != nil {
		return nil, err
	}
	return c.labels(ctx, v2+"/pages/"+id+"/labels", url.Values{"limit": {"250"}})
}

// labels reads the names of labels, which both interfaces list alike.
func (c caller) labels(ctx context.Context, path string, v url.Values) ([]string, error) {
	var list struct{ Results []struct{ Name string } }
	if _, err := c.get(ctx, path, v, &list); err != nil {
		return nil, err
	}
	var names []string
	for _, l := range list.Results {
		names = append(names, l.Name)
	}
	return names, nil
}

func (c second) HasFile(ctx context.Context, id, name string) (bool, error) {
	if err := CheckID(id); err != nil {
		return false, err
	}
	return c.hasFile(ctx, v2+"/pages/"+id+"/attachments", name)
}

// hasFile looks for a file in a list, which both interfaces have alike.
func (c caller) hasFile(ctx context.Context, path, name string) (bool, error) {
	var list struct{ Results []struct{ Title string } }
	if _, err := c.get(ctx, path, url.Values{"filename": {name}}, &list); err != nil {
		return false, err
	}
	for _, f := range list.Results {
		if f.Title == name {
			return true, nil
		}
	}
	return false, nil
}

func (c second) Attach(ctx context.Context, id string, body gate.Cleared) error {
	return c.upload(ctx, http.MethodPut, id, body)
}

type storageV2 struct {
	Representation string `json:"representation"`
	Value          string `json:"value"`
}

type versionV2 struct {
	Number  int    `json:"number"`
	Message string `json:"message,omitempty"`
}

func (c second) Draft(s *Space, title, parent, storage string, _ Mark) (any, bool) {
	return struct {
		SpaceID  string    `json:"spaceId"`
		Status   string    `json:"status"`
		Title    string    `json:"title"`
		ParentID string    `json:"parentId,omitempty"`
		Body     storageV2 `json:"body"`
	}{s.ID, "current", title, parent, storageV2{"storage", storage}}, false
}

func (c second) Change(id, title, storage, message string, version int) any {
	return struct {
		ID      string    `json:"id"`
		Status  string    `json:"status"`
		Title   string    `json:"title"`
		Body    storageV2 `json:"body"`
		Version versionV2 `json:"version"`
	}{id, "current", title, storageV2{"storage", storage}, versionV2{version, message}}
}

func (c second) MarkBody(m Mark, had *Property) any {
	if had == nil {
		return struct {
			Key   string `json:"key"`
			Value Mark   `json:"value"`
		}{MarkKey, m}
	}
	return struct {
		Key     string    `json:"key"`
		Value   Mark      `json:"value"`
		Version versionV2 `json:"version"`
	}{MarkKey, m, versionV2{Number: had.Version + 1}}
}

func (c second) StorageField() string { return "body.value" }
