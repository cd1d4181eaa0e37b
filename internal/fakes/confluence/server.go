package confluence

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// server serves a call of a server of one's own. Nobody in particular may
// read.
func (f *Fake) server(pattern string, h handler) {
	f.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		c, ok := f.serverCaller(w, r)
		if !ok {
			return
		}
		if r.Method != http.MethodGet {
			if c.anonymous {
				failV1(w, http.StatusForbidden, "PermissionException", "Could not do it: anonymous is not permitted to use Confluence so")
				return
			}
			f.somebodyElse()
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		h(w, r, c)
	})
}

func (f *Fake) routesDataCenter(context string) {
	v1 := context + "/rest/api"
	f.server("GET "+v1+"/user/current", func(w http.ResponseWriter, _ *http.Request, c who) {
		if c.anonymous {
			answer(w, http.StatusOK, map[string]any{"type": "anonymous", "displayName": "Anonymous"})
			return
		}
		answer(w, http.StatusOK, map[string]any{"type": "known", "username": "triage.bot", "userKey": "8a7f808a4d2c0b1e014d2c1a2f6b0001", "displayName": "Triage Bot"})
	})
	f.server("GET "+v1+"/space", f.listSpacesV1)
	f.server("GET "+v1+"/content", f.findContent)
	f.server("POST "+v1+"/content", f.createContent)
	f.server("GET "+v1+"/content/{id}", f.readContent)
	f.server("PUT "+v1+"/content/{id}", f.updateContent)
	f.server("GET "+v1+"/content/{id}/property/{key}", f.readPropertyV1)
	f.server("POST "+v1+"/content/{id}/property", f.createPropertyV1)
	f.server("PUT "+v1+"/content/{id}/property/{key}", f.updatePropertyV1)
	f.server("GET "+v1+"/content/{id}/label", func(w http.ResponseWriter, r *http.Request, _ who) {
		if p := f.onContent(w, r, false); p != nil {
			answer(w, http.StatusOK, showLabels(p.labels))
		}
	})
	f.server("POST "+v1+"/content/{id}/label", f.addLabels)
	f.server("GET "+v1+"/content/{id}/child/attachment", f.readFilesV1)
	f.server("POST "+v1+"/content/{id}/child/attachment", f.upload)
	f.server("GET "+v1+"/search", func(w http.ResponseWriter, r *http.Request, _ who) { f.search(w, r, false) })
	f.mux.HandleFunc(context+"/rest/oauth2/latest/authorize", f.oauth.Authorize)
	f.mux.HandleFunc(context+"/rest/oauth2/latest/token", f.oauth.Token)
	f.mux.HandleFunc("GET "+context+"/spaces/{key}/pages/{id}/{title}", f.show)
}

func invalidV1(w http.ResponseWriter, what string) {
	failV1(w, http.StatusBadRequest, "BadRequestException", what)
}

// start reads start and limit.
func start(q url.Values) (from, limit int, ok bool) {
	limit = 25
	if v := q.Get("limit"); v != "" {
		limit, _ = strconv.Atoi(v)
	}
	from, _ = strconv.Atoi(q.Get("start"))
	return from, limit, limit >= 1 && limit <= 200
}

// linksV1 are those below a list of the first interface.
func (f *Fake) linksV1(r *http.Request, next int) map[string]any {
	self := "http://" + r.Host + r.URL.Path
	out := map[string]any{"self": self, "base": "http://" + r.Host + f.o.Context, "context": f.o.Context}
	if next > 0 {
		q := r.URL.Query()
		q.Set("start", strconv.Itoa(next))
		out["next"] = strings.TrimPrefix(r.URL.Path, f.o.Context) + "?" + q.Encode()
	}
	return out
}

func (f *Fake) listSpacesV1(w http.ResponseWriter, r *http.Request, _ who) {
	q := r.URL.Query()
	from, limit, ok := start(q)
	if !ok || !query(q, map[string]*regexp.Regexp{"spaceKey": words(), "start": digits(), "limit": digits()}) {
		invalidV1(w, "A query parameter is not valid")
		return
	}
	var found []any
	for _, s := range f.spaces {
		if key := q.Get("spaceKey"); key == "" || key == s.key {
			found = append(found, showSpace(s))
		}
	}
	part, next := cut(found, from, limit)
	answer(w, http.StatusOK, map[string]any{"results": list(part), "start": from, "limit": limit, "size": len(part), "_links": f.linksV1(r, next)})
}

func showSpace(s *space) map[string]any {
	id, _ := strconv.Atoi(s.id)
	return map[string]any{"id": id, "key": s.key, "name": s.name, "type": "global", "_links": map[string]any{"webui": "/display/" + s.key}}
}

// v1 is a page as the first interface shows it.
func (f *Fake) v1(p *page, r *http.Request, one bool) map[string]any {
	l := map[string]any{"webui": "/spaces/" + p.space.key + "/pages/" + p.id + "/" + url.QueryEscape(p.title), "self": "http://" + r.Host + f.o.Context + "/rest/api/content/" + p.id}
	out := map[string]any{"id": p.id, "type": "page", "status": "current", "title": p.title, "_links": l}
	expand := strings.Split(r.URL.Query().Get("expand"), ",")
	if r.Method != http.MethodGet {
		expand = []string{"space", "version", "body.storage"}
	}
	for _, e := range expand {
		switch e {
		case "space":
			out["space"] = showSpace(p.space)
		case "version":
			out["version"] = map[string]any{"number": p.version, "message": p.message, "minorEdit": false, "when": p.at.UTC().Format("2006-01-02T15:04:05.000Z")}
		case "body.storage":
			out["body"] = map[string]any{"storage": map[string]any{"value": p.body, "representation": "storage"}}
		}
	}
	if one {
		l["base"], l["context"] = "http://"+r.Host+f.o.Context, f.o.Context
	}
	return out
}

var expandForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(space|version|body\.storage)(,(space|version|body\.storage))*$`)
})

func (f *Fake) findContent(w http.ResponseWriter, r *http.Request, _ who) {
	q := r.URL.Query()
	from, limit, ok := start(q)
	if !ok || len(q.Get("title")) > 1000 || !query(q, map[string]*regexp.Regexp{"spaceKey": words(), "title": nil, "type": regexp.MustCompile(`^page$`), "expand": expandForm(), "start": digits(), "limit": digits()}) {
		invalidV1(w, "A query parameter is not valid")
		return
	}
	var found []any
	for _, p := range f.pages {
		if !p.hidden && (q.Get("spaceKey") == "" || p.space.key == q.Get("spaceKey")) && (q.Get("title") == "" || strings.EqualFold(p.title, q.Get("title"))) {
			found = append(found, f.v1(p, r, false))
		}
	}
	part, next := cut(found, from, limit)
	answer(w, http.StatusOK, map[string]any{"results": list(part), "start": from, "limit": limit, "size": len(part), "_links": f.linksV1(r, next)})
}

// content is the body of a create and of an update.
type content struct {
	Type  string `json:"type"`
	Title string `json:"title"`
	Space *struct {
		Key string `json:"key"`
	} `json:"space"`
	Ancestors []struct {
		ID string `json:"id"`
	} `json:"ancestors"`
	Body struct {
		Storage storageBody `json:"storage"`
	} `json:"body"`
	Version *struct {
		Number  int    `json:"number"`
		Message string `json:"message"`
	} `json:"version"`
	Metadata *struct {
		Properties map[string]struct {
			Value json.RawMessage `json:"value"`
		} `json:"properties"`
	} `json:"metadata"`
}

func (f *Fake) content(w http.ResponseWriter, r *http.Request) (c content, ok bool) {
	if err := decode(r, &c); err != nil {
		invalidV1(w, "Could not read the request body")
		return c, false
	}
	if c.Type != "page" || strings.TrimSpace(c.Title) == "" || len([]rune(c.Title)) > 255 || c.Body.Storage.Representation != "storage" {
		invalidV1(w, "A field of the request body is not valid")
		return c, false
	}
	if len(c.Body.Storage.Value) > maxBody {
		failV1(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "The content body is too large")
		return c, false
	}
	if err := wellFormed(c.Body.Storage.Value); err != nil {
		invalidV1(w, err.Error())
		return c, false
	}
	return c, true
}

func (f *Fake) createContent(w http.ResponseWriter, r *http.Request, _ who) {
	c, ok := f.content(w, r)
	if !ok {
		return
	}
	bad := c.Version != nil || c.Space == nil || len(c.Ancestors) > 1
	if c.Metadata != nil {
		for key, prop := range c.Metadata.Properties {
			bad = bad || !keyForm().MatchString(key) || len(prop.Value) == 0 || prop.Value[0] != '{'
		}
	}
	if bad {
		invalidV1(w, "A field of the request body is not valid")
		return
	}
	s := f.space(c.Space.Key)
	parent := ""
	if len(c.Ancestors) == 1 {
		parent = c.Ancestors[0].ID
	}
	switch {
	case s == nil:
		failV1(w, http.StatusNotFound, "NotFoundException", "No space with key: "+c.Space.Key)
		return
	case s.readOnly:
		failV1(w, http.StatusForbidden, "PermissionException", "User is not permitted to create content in the space")
		return
	case parent != "" && f.seen(parent) == nil:
		failV1(w, http.StatusNotFound, "NotFoundException", "The parent ID specified does not exist: ContentId{id="+parent+"}")
		return
	case f.trouble(w):
		return
	}
	p := &page{id: f.nextID(), space: s, parent: parent, files: map[string]*file{}}
	if err := f.write(p, c.Title, c.Body.Storage.Value, "", 1); err != nil {
		invalidV1(w, err.Error())
		return
	}
	if c.Metadata != nil {
		for key, prop := range c.Metadata.Properties {
			p.setProperty(key, prop.Value, 0, f.nextID())
		}
	}
	f.pages = append(f.pages, p)
	f.Done()
	answer(w, http.StatusOK, f.v1(p, r, true))
}

func (f *Fake) readContent(w http.ResponseWriter, r *http.Request, _ who) {
	if !query(r.URL.Query(), map[string]*regexp.Regexp{"expand": expandForm()}) {
		invalidV1(w, "A query parameter is not valid")
		return
	}
	if p := f.onContent(w, r, false); p != nil {
		answer(w, http.StatusOK, f.v1(p, r, true))
	}
}

func (f *Fake) updateContent(w http.ResponseWriter, r *http.Request, _ who) {
	p := f.onContent(w, r, true)
	if p == nil {
		return
	}
	c, ok := f.content(w, r)
	if !ok {
		return
	}
	if c.Version == nil || c.Version.Number < 1 || c.Space != nil || c.Metadata != nil || len(c.Ancestors) > 0 {
		invalidV1(w, "A field of the request body is not valid")
		return
	}
	if f.trouble(w) {
		return
	}
	switch err := f.write(p, c.Title, c.Body.Storage.Value, c.Version.Message, c.Version.Number); {
	case errors.Is(err, errTitle):
		invalidV1(w, err.Error())
		return
	case err != nil:
		failV1(w, http.StatusConflict, "ConflictException", err.Error())
		return
	}
	f.Done()
	answer(w, http.StatusOK, f.v1(p, r, true))
}

func (f *Fake) readPropertyV1(w http.ResponseWriter, r *http.Request, _ who) {
	p := f.onContent(w, r, false)
	if p == nil {
		return
	}
	n := slices.IndexFunc(p.properties, func(q *property) bool { return q.key == r.PathValue("key") })
	if n < 0 {
		failV1(w, http.StatusNotFound, "NotFoundException", "Cannot find a property with key: "+r.PathValue("key"))
		return
	}
	answer(w, http.StatusOK, showProperty(p.properties[n]))
}

func (f *Fake) createPropertyV1(w http.ResponseWriter, r *http.Request, _ who) {
	p := f.onContent(w, r, true)
	if p == nil {
		return
	}
	var in struct {
		Key   string          `json:"key"`
		Value json.RawMessage `json:"value"`
	}
	if decode(r, &in) != nil || !keyForm().MatchString(in.Key) || len(in.Value) == 0 || in.Value[0] != '{' {
		invalidV1(w, "The request body is not valid")
		return
	}
	if f.trouble(w) {
		return
	}
	prop, ok := p.setProperty(in.Key, in.Value, 0, f.nextID())
	if !ok {
		failV1(w, http.StatusConflict, "ConflictException", "A property with this key already exists")
		return
	}
	f.Done()
	answer(w, http.StatusOK, showProperty(prop))
}

func (f *Fake) updatePropertyV1(w http.ResponseWriter, r *http.Request, _ who) {
	p := f.onContent(w, r, true)
	if p == nil {
		return
	}
	var in struct {
		Value   json.RawMessage `json:"value"`
		Version struct {
			Number int `json:"number"`
		} `json:"version"`
	}
	if decode(r, &in) != nil || len(in.Value) == 0 || in.Value[0] != '{' || in.Version.Number < 1 || !keyForm().MatchString(r.PathValue("key")) {
		invalidV1(w, "The request body is not valid")
		return
	}
	if f.trouble(w) {
		return
	}
	prop, ok := p.setProperty(r.PathValue("key"), in.Value, in.Version.Number, f.nextID())
	if !ok {
		failV1(w, http.StatusConflict, "ConflictException", "Version must be incremented on update")
		return
	}
	f.Done()
	answer(w, http.StatusOK, showProperty(prop))
}

func (f *Fake) readFilesV1(w http.ResponseWriter, r *http.Request, _ who) {
	if !query(r.URL.Query(), map[string]*regexp.Regexp{"filename": fileForm()}) {
		invalidV1(w, "A query parameter is not valid")
		return
	}
	if p := f.onContent(w, r, false); p != nil {
		found := []any{}
		for _, at := range p.fileNames(r.URL.Query().Get("filename")) {
			found = append(found, showFile(at))
		}
		answer(w, http.StatusOK, map[string]any{"results": found, "start": 0, "limit": 25, "size": len(found), "_links": map[string]any{}})
	}
}
