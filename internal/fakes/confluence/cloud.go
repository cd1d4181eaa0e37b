package confluence

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// handler answers a call of somebody who may make it. The fake is locked.
type handler func(w http.ResponseWriter, r *http.Request, c who)

// cloud serves a call at the site and at the gateway, where it needs a scope.
func (f *Fake) cloud(pattern, scope string, h handler) {
	method, path, _ := strings.Cut(pattern, " ")
	serve := func(w http.ResponseWriter, r *http.Request) {
		c, ok := f.cloudCaller(w, r, scope)
		if !ok {
			return
		}
		if r.Method != http.MethodGet {
			f.somebodyElse()
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		h(w, r, c)
	}
	f.mux.HandleFunc(method+" "+path, serve)
	f.mux.HandleFunc(method+" /ex/confluence/{cloud}"+path, serve)
}

func (f *Fake) routesCloud() {
	const v2, v1 = "/wiki/api/v2", "/wiki/rest/api"
	f.cloud("GET "+v2+"/spaces", "read:space:confluence", f.listSpaces)
	f.cloud("GET "+v2+"/pages", "read:page:confluence", f.findPages)
	f.cloud("POST "+v2+"/pages", "write:page:confluence", f.createPage)
	f.cloud("GET "+v2+"/pages/{id}", "read:page:confluence", f.readPage)
	f.cloud("PUT "+v2+"/pages/{id}", "write:page:confluence", f.updatePage)
	f.cloud("GET "+v2+"/pages/{id}/properties", "read:page:confluence", f.readProperties)
	f.cloud("POST "+v2+"/pages/{id}/properties", "write:page:confluence", f.createProperty)
	f.cloud("PUT "+v2+"/pages/{id}/properties/{property}", "write:page:confluence", f.updateProperty)
	f.cloud("GET "+v2+"/pages/{id}/labels", "read:page:confluence", f.readLabels)
	f.cloud("GET "+v2+"/pages/{id}/attachments", "read:attachment:confluence", f.readFiles)
	f.cloud("GET "+v1+"/user/current", "read:confluence-user", func(w http.ResponseWriter, _ *http.Request, _ who) {
		answer(w, http.StatusOK, map[string]any{
			"type": "known", "accountId": "712020:4f1c9a57-9b63-4c8e-a8d1-0e2f5b7c9d31", "accountType": "atlassian", "email": User, "publicName": "Triage Bot", "displayName": "Triage Bot",
		})
	})
	f.cloud("GET "+v1+"/search", "search:confluence", func(w http.ResponseWriter, r *http.Request, c who) {
		if c.gateway && f.o.SearchGone {
			gone(w)
			return
		}
		f.search(w, r, true)
	})
	f.cloud("POST "+v1+"/content/{id}/label", "write:confluence-content", f.addLabels)
	f.cloud("PUT "+v1+"/content/{id}/child/attachment", "write:confluence-file", f.upload)
	// What the first interface had besides is gone at the gateway.
	for _, path := range []string{"/content", "/content/{id}", "/space", "/space/{key}"} {
		f.mux.HandleFunc("/ex/confluence/{cloud}"+v1+path, func(w http.ResponseWriter, r *http.Request) {
			if _, ok := f.cloudCaller(w, r, "read:page:confluence"); ok {
				gone(w)
			}
		})
	}
	f.mux.HandleFunc("GET /_edge/tenant_info", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"cloudId": CloudID})
	})
	f.mux.HandleFunc("GET /oauth/token/accessible-resources", f.resources)
	f.mux.HandleFunc("/authorize", f.oauth.Authorize)
	f.mux.HandleFunc("/oauth/token", f.oauth.Token)
	f.mux.HandleFunc("GET /wiki/spaces/{key}/pages/{id}/{title}", f.show)
}

func gone(w http.ResponseWriter) {
	failV1(w, http.StatusGone, "GoneException", "This deprecated endpoint has been removed.")
}

// resources lists the sites that a login has been given.
func (f *Fake) resources(w http.ResponseWriter, r *http.Request) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	scope, ok := f.oauth.Valid(token)
	if !ok {
		unauthorized(w, "Unauthorized")
		return
	}
	site := func(id, address, name string) map[string]any {
		return map[string]any{"id": id, "url": address, "name": name, "scopes": strings.Fields(scope), "avatarUrl": address + "/avatar.png"}
	}
	list := []any{}
	if strange := f.options().Strange; strange != "" {
		list = append(list, site("11111111-2222-4333-8444-555555555555", strange, "strange"))
	}
	if !f.options().NotGiven {
		list = append(list, site(CloudID, "http://"+r.Host, "acme"))
	}
	answer(w, http.StatusOK, list)
}

// show is the page of a page, for people.
func (f *Fake) show(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.page(r.PathValue("id"))
	if p == nil {
		http.Error(w, "Page not found", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, p.title+" (version "+strconv.Itoa(p.version)+", labels "+strings.Join(p.labels, " ")+")\n\n"+p.body+"\n") // The browser may be gone.
}

var (
	digits = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]{1,19}$`) })
	words  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9._~-]{1,255}(,[A-Za-z0-9._~-]{1,255})*$`) })
)

// query checks the parameters of a call against what it takes.
func query(q url.Values, takes map[string]*regexp.Regexp) bool {
	for name, values := range q {
		form, ok := takes[name]
		if !ok || len(values) != 1 || form != nil && !form.MatchString(values[0]) {
			return false
		}
	}
	return true
}

var cursorForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_=-]{1,200}$`) })

// window reads limit and cursor.
func window(q url.Values, highest int) (from, limit int, ok bool) {
	limit = 25
	if v := q.Get("limit"); v != "" {
		limit, _ = strconv.Atoi(v)
	}
	if v := q.Get("cursor"); v != "" {
		b, err := base64.URLEncoding.DecodeString(v)
		n, numErr := strconv.Atoi(strings.TrimPrefix(string(b), "at:"))
		if err != nil || numErr != nil || !strings.HasPrefix(string(b), "at:") {
			return 0, 0, false
		}
		from = n
	}
	return from, limit, limit >= 1 && limit <= highest
}

func cursor(at int) string {
	return base64.URLEncoding.EncodeToString([]byte("at:" + strconv.Itoa(at)))
}

// links are those below a list: where its next part is, relative to base.
func links(r *http.Request, next int) map[string]any {
	out := map[string]any{"base": base(r)}
	if next > 0 {
		q := r.URL.Query()
		q.Set("cursor", cursor(next))
		out["next"] = site(r.URL.Path) + "?" + q.Encode()
	}
	return out
}

func site(path string) string { return strings.TrimPrefix(path, "/ex/confluence/"+CloudID) }

// base is where people see the wiki, whichever way the call came.
func base(r *http.Request) string { return "http://" + r.Host + "/wiki" }

func invalid(w http.ResponseWriter, what string) {
	failV2(w, http.StatusBadRequest, "INVALID_REQUEST_PARAMETER", what)
}

func notFound(w http.ResponseWriter, what string) {
	failV2(w, http.StatusNotFound, "NOT_FOUND", "Not Found: "+what)
}

func (f *Fake) listSpaces(w http.ResponseWriter, r *http.Request, _ who) {
	q := r.URL.Query()
	from, limit, ok := window(q, 250)
	if !ok || !query(q, map[string]*regexp.Regexp{"keys": words(), "limit": digits(), "cursor": cursorForm()}) {
		invalid(w, "A query parameter is not valid")
		return
	}
	var found []any
	for _, s := range f.spaces {
		if keys := q.Get("keys"); keys == "" || slices.Contains(strings.Split(keys, ","), s.key) {
			found = append(found, map[string]any{
				"id": s.id, "key": s.key, "name": s.name, "type": "global", "status": "current", "homepageId": nil,
				"_links": map[string]any{"webui": "/spaces/" + s.key},
			})
		}
	}
	part, next := cut(found, from, limit)
	answer(w, http.StatusOK, map[string]any{"results": list(part), "_links": links(r, next)})
}

// list is never null.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

func (f *Fake) findPages(w http.ResponseWriter, r *http.Request, _ who) {
	q := r.URL.Query()
	from, limit, ok := window(q, 250)
	if !ok || len(q.Get("title")) > 1000 || !query(q, map[string]*regexp.Regexp{"space-id": digits(), "title": nil, "status": regexp.MustCompile(`^current$`), "limit": digits(), "cursor": cursorForm()}) {
		invalid(w, "A query parameter is not valid")
		return
	}
	var found []any
	for _, p := range f.pages {
		if !p.hidden && (q.Get("space-id") == "" || p.space.id == q.Get("space-id")) && (q.Get("title") == "" || strings.EqualFold(p.title, q.Get("title"))) {
			found = append(found, f.v2(p, r, false))
		}
	}
	part, next := cut(found, from, limit)
	answer(w, http.StatusOK, map[string]any{"results": list(part), "_links": links(r, next)})
}

// v2 is a page as the second interface shows it.
func (f *Fake) v2(p *page, r *http.Request, one bool) map[string]any {
	webui := "/spaces/" + p.space.key + "/pages/" + p.id + "/" + url.QueryEscape(p.title)
	l := map[string]any{"webui": webui, "editui": "/pages/resumedraft.action?draftId=" + p.id, "tinyui": "/x/AQAB"}
	body := map[string]any{}
	if one {
		l["base"] = base(r)
		if r.URL.Query().Get("body-format") == "storage" || r.Method != http.MethodGet {
			body["storage"] = map[string]any{"representation": "storage", "value": p.body}
		}
	}
	const account = "712020:4f1c9a57-9b63-4c8e-a8d1-0e2f5b7c9d31"
	at := p.at.UTC().Format("2006-01-02T15:04:05.000Z")
	out := map[string]any{
		"id": p.id, "status": "current", "title": p.title, "spaceId": p.space.id, "parentId": nil, "parentType": nil, "position": nil,
		"authorId": account, "ownerId": account, "createdAt": at, "body": body, "_links": l,
		"version": map[string]any{"number": p.version, "message": p.message, "minorEdit": false, "authorId": account, "createdAt": at},
	}
	if p.parent != "" {
		out["parentId"], out["parentType"] = p.parent, "page"
	}
	return out
}

type storageBody struct {
	Representation string `json:"representation"`
	Value          string `json:"value"`
}

// draft is the body of a create and of an update.
type draft struct {
	ID       string      `json:"id"`
	SpaceID  string      `json:"spaceId"`
	Status   string      `json:"status"`
	Title    string      `json:"title"`
	ParentID string      `json:"parentId"`
	Body     storageBody `json:"body"`
	Version  *struct {
		Number  int    `json:"number"`
		Message string `json:"message"`
	} `json:"version"`
}

// draft reads and checks the body of a write of a page, or answers why not.
func (f *Fake) draft(w http.ResponseWriter, r *http.Request) (d draft, ok bool) {
	if r.ContentLength > maxBody {
		failV2(w, http.StatusRequestEntityTooLarge, "REQUEST_TOO_LARGE", "The request body exceeds the maximum of 5 MB")
		return d, false
	}
	if err := decode(r, &d); err != nil {
		invalid(w, "The request body is not valid")
		return d, false
	}
	switch {
	case d.Status != "current", d.Body.Representation != "storage", strings.TrimSpace(d.Title) == "", len([]rune(d.Title)) > 255:
		invalid(w, "A field of the request body is not valid")
		return d, false
	case len(d.Body.Value) > maxBody:
		failV2(w, http.StatusRequestEntityTooLarge, "REQUEST_TOO_LARGE", "The request body exceeds the maximum of 5 MB")
		return d, false
	}
	if err := wellFormed(d.Body.Value); err != nil {
		invalid(w, err.Error())
		return d, false
	}
	return d, true
}

func (f *Fake) createPage(w http.ResponseWriter, r *http.Request, _ who) {
	d, ok := f.draft(w, r)
	if !ok {
		return
	}
	if d.ID != "" || d.Version != nil || !digits().MatchString(d.SpaceID) || len(r.URL.Query()) > 0 || d.ParentID != "" && !digits().MatchString(d.ParentID) {
		invalid(w, "A field of the request body is not valid")
		return
	}
	s := f.space(d.SpaceID)
	switch {
	case s == nil || s.readOnly: // Whoever may not create is told that there is no such space.
		notFound(w, "space with id "+d.SpaceID)
		return
	case d.ParentID != "" && f.seen(d.ParentID) == nil:
		notFound(w, "parent with id "+d.ParentID)
		return
	case d.ParentID != "" && f.seen(d.ParentID).readOnly:
		failV2(w, http.StatusForbidden, "FORBIDDEN", "Forbidden: the parent is restricted")
		return
	case f.trouble(w):
		return
	}
	p := &page{id: f.nextID(), space: s, parent: d.ParentID, files: map[string]*file{}}
	if err := f.write(p, d.Title, d.Body.Value, "", 1); err != nil {
		invalid(w, err.Error())
		return
	}
	f.pages = append(f.pages, p)
	f.Done()
	answer(w, http.StatusOK, f.v2(p, r, true))
}

// onPage finds the page of a call, or answers that there is none.
func (f *Fake) onPage(w http.ResponseWriter, r *http.Request, write bool) *page {
	if !digits().MatchString(r.PathValue("id")) {
		invalid(w, "The id is not valid")
		return nil
	}
	p := f.seen(r.PathValue("id"))
	switch {
	case p == nil:
		notFound(w, "page with id "+r.PathValue("id"))
		return nil
	case write && p.readOnly:
		failV2(w, http.StatusForbidden, "FORBIDDEN", "Forbidden: the page is restricted")
		return nil
	}
	return p
}

func (f *Fake) readPage(w http.ResponseWriter, r *http.Request, _ who) {
	if !query(r.URL.Query(), map[string]*regexp.Regexp{"body-format": regexp.MustCompile(`^storage$`)}) {
		invalid(w, "A query parameter is not valid")
		return
	}
	if p := f.onPage(w, r, false); p != nil {
		answer(w, http.StatusOK, f.v2(p, r, true))
	}
}

func (f *Fake) updatePage(w http.ResponseWriter, r *http.Request, _ who) {
	p := f.onPage(w, r, true)
	if p == nil {
		return
	}
	d, ok := f.draft(w, r)
	if !ok {
		return
	}
	if d.ID != p.id || d.Version == nil || d.Version.Number < 1 || d.SpaceID != "" || d.ParentID != "" || len(d.Version.Message) > 500 {
		invalid(w, "A field of the request body is not valid")
		return
	}
	if f.trouble(w) {
		return
	}
	switch err := f.write(p, d.Title, d.Body.Value, d.Version.Message, d.Version.Number); {
	case errors.Is(err, errTitle):
		invalid(w, err.Error())
		return
	case err != nil:
		failV2(w, http.StatusConflict, "CONFLICT", err.Error())
		return
	}
	f.Done()
	answer(w, http.StatusOK, f.v2(p, r, true))
}
