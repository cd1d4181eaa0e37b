package confluence

// What belongs to a page: properties, labels, files.

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"sync"
)

func showProperty(p *property) map[string]any {
	return map[string]any{"id": p.id, "key": p.key, "value": p.value, "version": map[string]any{"number": p.version, "message": "", "minorEdit": false}}
}

var keyForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9._-]{1,127}$`) })

func (f *Fake) readProperties(w http.ResponseWriter, r *http.Request, _ who) {
	if !query(r.URL.Query(), map[string]*regexp.Regexp{"key": keyForm()}) {
		invalid(w, "A query parameter is not valid")
		return
	}
	p := f.onPage(w, r, false)
	if p == nil {
		return
	}
	var found []any
	for _, prop := range p.properties {
		if key := r.URL.Query().Get("key"); key == "" || key == prop.key {
			found = append(found, showProperty(prop))
		}
	}
	answer(w, http.StatusOK, map[string]any{"results": list(found), "_links": links(r, 0)})
}

func (f *Fake) createProperty(w http.ResponseWriter, r *http.Request, _ who) {
	p := f.onPage(w, r, true)
	if p == nil {
		return
	}
	var in struct {
		Key   string          `json:"key"`
		Value json.RawMessage `json:"value"`
	}
	if decode(r, &in) != nil || !keyForm().MatchString(in.Key) || len(in.Value) == 0 || len(in.Value) > 32<<10 || in.Value[0] != '{' {
		invalid(w, "The request body is not valid")
		return
	}
	if f.trouble(w) {
		return
	}
	prop, ok := p.setProperty(in.Key, in.Value, 0, f.nextID())
	if !ok {
		failV2(w, http.StatusConflict, "CONFLICT", "A property with this key already exists")
		return
	}
	f.Done()
	answer(w, http.StatusOK, showProperty(prop))
}

func (f *Fake) updateProperty(w http.ResponseWriter, r *http.Request, _ who) {
	p := f.onPage(w, r, true)
	if p == nil {
		return
	}
	var in struct {
		Key     string          `json:"key"`
		Value   json.RawMessage `json:"value"`
		Version struct {
			Number  int    `json:"number"`
			Message string `json:"message"`
		} `json:"version"`
	}
	if decode(r, &in) != nil || !keyForm().MatchString(in.Key) || len(in.Value) == 0 || len(in.Value) > 32<<10 || in.Value[0] != '{' || in.Version.Number < 1 || !digits().MatchString(r.PathValue("property")) {
		invalid(w, "The request body is not valid")
		return
	}
	n := slices.IndexFunc(p.properties, func(q *property) bool { return q.id == r.PathValue("property") && q.key == in.Key })
	if n < 0 {
		notFound(w, "property with id "+r.PathValue("property"))
		return
	}
	if f.trouble(w) {
		return
	}
	prop, ok := p.setProperty(in.Key, in.Value, in.Version.Number, "")
	if !ok {
		failV2(w, http.StatusConflict, "CONFLICT", "Version must be incremented when updating a property")
		return
	}
	f.Done()
	answer(w, http.StatusOK, showProperty(prop))
}

func (f *Fake) readLabels(w http.ResponseWriter, r *http.Request, _ who) {
	if _, _, ok := window(r.URL.Query(), 250); !ok || !query(r.URL.Query(), map[string]*regexp.Regexp{"limit": digits()}) {
		invalid(w, "A query parameter is not valid")
		return
	}
	if p := f.onPage(w, r, false); p != nil {
		found := []any{}
		for n, name := range p.labels {
			found = append(found, map[string]any{"id": strconv.Itoa(n + 1), "name": name, "prefix": "global"})
		}
		answer(w, http.StatusOK, map[string]any{"results": found, "_links": links(r, 0)})
	}
}

func (f *Fake) readFiles(w http.ResponseWriter, r *http.Request, _ who) {
	if !query(r.URL.Query(), map[string]*regexp.Regexp{"filename": fileForm()}) {
		invalid(w, "A query parameter is not valid")
		return
	}
	if p := f.onPage(w, r, false); p != nil {
		found := []any{}
		for _, at := range p.fileNames(r.URL.Query().Get("filename")) {
			found = append(found, map[string]any{
				"id": at.id, "status": "current", "title": at.name, "pageId": p.id, "mediaType": at.media, "fileSize": len(at.data), "version": map[string]any{"number": at.version},
			})
		}
		answer(w, http.StatusOK, map[string]any{"results": found, "_links": links(r, 0)})
	}
}

var (
	labelForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9_\pL-]{1,255}$`) })
	fileForm  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9._-]{1,200}$`) })
)

// onContent is [Fake.onPage] for the first interface.
func (f *Fake) onContent(w http.ResponseWriter, r *http.Request, write bool) *page {
	p := f.seen(r.PathValue("id"))
	switch {
	case !digits().MatchString(r.PathValue("id")):
		failV1(w, http.StatusBadRequest, "BadRequestException", "The id is not valid")
	case p == nil:
		failV1(w, http.StatusNotFound, "NotFoundException", "No content found with id: ContentId{id="+r.PathValue("id")+"}")
	case write && p.readOnly:
		failV1(w, http.StatusForbidden, "PermissionException", "User is not permitted to edit the content")
	default:
		return p
	}
	return nil
}

func showLabels(labels []string) map[string]any {
	found := []any{}
	for n, name := range labels {
		found = append(found, map[string]any{"prefix": "global", "name": name, "id": strconv.Itoa(n + 1), "label": name})
	}
	return map[string]any{"results": found, "start": 0, "limit": 200, "size": len(found), "_links": map[string]any{}}
}

func (f *Fake) addLabels(w http.ResponseWriter, r *http.Request, _ who) {
	p := f.onContent(w, r, true)
	if p == nil {
		return
	}
	var in []struct {
		Prefix string `json:"prefix"`
		Name   string `json:"name"`
	}
	err := decode(r, &in)
	bad := err != nil || len(in) == 0 || len(in) > 20
	var names []string
	for _, l := range in {
		bad = bad || l.Prefix != "global" || !labelForm().MatchString(l.Name)
		names = append(names, l.Name)
	}
	if bad {
		failV1(w, http.StatusBadRequest, "BadRequestException", "The label is not valid")
		return
	}
	if f.trouble(w) {
		return
	}
	p.label(names)
	f.Done()
	answer(w, http.StatusOK, showLabels(p.labels))
}

// part reads the file of a form.
func part(r *http.Request) (name, media string, data []byte, ok bool) {
	if m, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || m != "multipart/form-data" {
		return "", "", nil, false
	}
	form, err := r.MultipartReader()
	if err != nil {
		return "", "", nil, false
	}
	for {
		p, err := form.NextPart()
		if err != nil {
			return name, media, data, err == io.EOF && name != "" //nolint:errorlint // MultipartReader returns it as it is.
		}
		b, err := io.ReadAll(p)
		switch {
		case err != nil:
			return "", "", nil, false
		case p.FormName() == "file" && name == "" && fileForm().MatchString(p.FileName()):
			name, media, data = p.FileName(), p.Header.Get("Content-Type"), b
		case p.FormName() == "minorEdit" && (string(b) == "true" || string(b) == "false"):
		default:
			return "", "", nil, false
		}
	}
}

func (f *Fake) upload(w http.ResponseWriter, r *http.Request, _ who) {
	if r.Header.Get("X-Atlassian-Token") != "nocheck" {
		failV1(w, http.StatusForbidden, "PermissionException", "XSRF check failed")
		return
	}
	p := f.onContent(w, r, true)
	if p == nil {
		return
	}
	name, media, data, ok := part(r)
	switch {
	case !ok:
		failV1(w, http.StatusBadRequest, "BadRequestException", "The form has no file")
		return
	case len(data) > maxBody:
		failV1(w, http.StatusRequestEntityTooLarge, "BadRequestException", "The file is larger than an administrator allows")
		return
	case f.o.DataCenter && p.files[name] != nil:
		failV1(w, http.StatusBadRequest, "BadRequestException", "Cannot add a new attachment with same file name as an existing attachment: "+name)
		return
	}
	if f.trouble(w) {
		return
	}
	at := f.attach(p, name, media, data)
	f.Done()
	answer(w, http.StatusOK, map[string]any{"results": []any{showFile(at)}, "start": 0, "limit": 25, "size": 1, "_links": map[string]any{}})
}

func showFile(at *file) map[string]any {
	return map[string]any{
		"id": at.id, "type": "attachment", "status": "current", "title": at.name, "metadata": map[string]any{"mediaType": at.media},
		"version": map[string]any{"number": at.version}, "extensions": map[string]any{"fileSize": len(at.data)},
	}
}
