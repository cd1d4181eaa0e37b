package azuredevops

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

type comment struct {
	id           int
	text, format string
	at           time.Time
}

// Comments returns the comments on an item, oldest first.
func (f *Fake) Comments(id int) (texts []string) {
	f.lock(func() {
		if i := f.find(id); i != nil {
			for _, c := range i.comments {
				texts = append(texts, c.text)
			}
		}
	})
	return texts
}

func (f *Fake) listComments(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	top, err := strconv.Atoi(q.Get("$top"))
	if order := q.Get("order"); err != nil || top < 1 || top > 20000 || order != "" && order != "asc" && order != "desc" {
		fail(w, http.StatusBadRequest, "VssPropertyValidationException", "Invalid parameter: $top or order", nil)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	i := f.one(w, r)
	if i == nil {
		return
	}
	list := slices.Clone(i.comments)
	if q.Get("order") != "asc" {
		slices.Reverse(list)
	}
	shown := []any{}
	for _, c := range list[:min(top, len(list))] {
		shown = append(shown, f.showComment(r, i, c))
	}
	answer(w, map[string]any{"totalCount": len(list), "count": len(shown), "comments": shown})
}

func (f *Fake) addComment(w http.ResponseWriter, r *http.Request) {
	format := r.URL.Query().Get("format")
	var in struct {
		Text string `json:"text"`
	}
	if !read(w, r, "application/json", &in) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if in.Text == "" || len([]rune(in.Text)) > 150000 || format != "markdown" && format != "html" || f.o.Server && format == "markdown" {
		fail(w, http.StatusBadRequest, "VssPropertyValidationException", "The text or the format of the comment is not valid.", nil)
		return
	}
	i := f.one(w, r)
	if i == nil || !f.writable(w, false) {
		return
	}
	f.comments++
	c := comment{f.comments, in.Text, format, f.o.Now().UTC()}
	i.comments = append(i.comments, c)
	i.rev++
	i.changed = c.at
	f.Done()
	answer(w, f.showComment(r, i, c))
}

func (f *Fake) showComment(r *http.Request, i *item, c comment) map[string]any {
	return map[string]any{
		"id": c.id, "workItemId": i.id, "version": 1, "text": c.text, "format": c.format,
		"createdBy":   map[string]any{"displayName": "Triage Bot", "uniqueName": account},
		"createdDate": c.at.Format(time.RFC3339Nano), "url": fmt.Sprintf("http://%s/%s/_apis/wit/workItems/%d/comments/%d", r.Host, Organization, i.id, c.id),
	}
}
