package azuredevops

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// item is a work item.
type item struct {
	id, rev  int
	project  string
	fields   map[string]any // without those that are computed
	formats  map[string]string
	comments []comment
	hidden   bool // the account may not read it
	created  time.Time
	changed  time.Time
}

const account = "triage.bot@fabrikam.example"

// Seed adds a work item as somebody else would have filed it, and returns its
// id. hidden keeps the account from reading it.
func (f *Fake) Seed(project, kind string, fields map[string]any, hidden bool) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := f.insert(project, f.typeNamed(kind), fields, nil)
	i.hidden = hidden
	return i.id
}

// Touch changes a field of an item, as somebody else does.
func (f *Fake) Touch(id int, ref string, value any) {
	f.lock(func() {
		if i := f.find(id); i != nil {
			f.apply(i, map[string]any{ref: value}, nil)
		}
	})
}

// Fields returns an item as it is stored, or nil.
func (f *Fake) Fields(id int) (fields map[string]any) {
	f.lock(func() {
		if i := f.find(id); i != nil {
			fields = f.all(i)
		}
	})
	return fields
}

// Format returns how the text of a field is written: "markdown", or "html".
func (f *Fake) Format(id int, ref string) (format string) {
	f.lock(func() {
		if i := f.find(id); i != nil {
			format = i.formats[ref]
		}
	})
	if format == "" {
		format = "html"
	}
	return format
}

func (f *Fake) find(id int) *item {
	for _, i := range f.items {
		if i.id == id {
			return i
		}
	}
	return nil
}

// insert makes an item with what is standard for its type.
func (f *Fake) insert(project string, t *itemType, fields map[string]any, formats map[string]string) *item {
	i := f.newItem(project, t)
	f.items = append(f.items, i)
	f.apply(i, fields, formats)
	i.created = i.changed
	return i
}

func (f *Fake) newItem(project string, t *itemType) *item {
	i := &item{id: len(f.items) + 1, project: project, formats: map[string]string{}, fields: map[string]any{
		"System.WorkItemType": t.name, "System.AreaPath": project, "System.IterationPath": project, "System.Reason": "New",
	}}
	for _, fd := range t.fields {
		if fd.standard != nil {
			i.fields[fd.ref] = fd.standard
		}
	}
	return i
}

// apply writes fields as a new revision and lets the rules of the process run.
func (f *Fake) apply(i *item, fields map[string]any, formats map[string]string) {
	now := f.o.Now().UTC()
	for ref, v := range fields {
		if ref == "System.History" {
			f.comments++
			i.comments = append(i.comments, comment{f.comments, fmt.Sprint(v), "html", now})
			continue
		}
		if ref == "System.AssignedTo" {
			v = map[string]any{"displayName": fmt.Sprint(v), "uniqueName": fmt.Sprint(v)}
		}
		if ref == "System.Tags" {
			v = tidyTags(fmt.Sprint(v))
		}
		i.fields[ref] = v
	}
	maps.Copy(i.formats, formats)
	if f.rewrite != nil {
		f.rewrite(i.fields)
	}
	i.rev++
	i.changed = now
}

// tidyTags writes tags as the service does: each once, sorted, with a
// semicolon and a space between.
func tidyTags(text string) string {
	var tags []string
	for t := range strings.SplitSeq(text, ";") {
		if t = strings.TrimSpace(t); t != "" && !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
	}
	slices.Sort(tags)
	return strings.Join(tags, "; ")
}

// all returns the fields of an item, the computed ones too.
func (f *Fake) all(i *item) map[string]any {
	out := maps.Clone(i.fields)
	bot := map[string]any{"displayName": "Triage Bot", "uniqueName": account}
	maps.Copy(out, map[string]any{
		"System.Id": i.id, "System.Rev": i.rev, "System.TeamProject": i.project, "System.CommentCount": len(i.comments),
		"System.CreatedDate": i.created.Format(time.RFC3339Nano), "System.ChangedDate": i.changed.Format(time.RFC3339Nano),
		"System.CreatedBy": bot, "System.ChangedBy": bot,
	})
	return out
}

func (f *Fake) show(r *http.Request, i *item) map[string]any {
	fields := f.all(i)
	delete(fields, "System.Id") // which stand beside them
	delete(fields, "System.Rev")
	base := "http://" + r.Host + "/" + Organization
	out := map[string]any{
		"id": i.id, "rev": i.rev, "fields": fields, "url": fmt.Sprintf("%s/_apis/wit/workItems/%d", base, i.id),
		"_links": map[string]any{"html": map[string]any{"href": fmt.Sprintf("%s/_workitems/edit/%d", base, i.id)}},
	}
	if len(i.formats) > 0 {
		out["multilineFieldsFormat"] = i.formats
	}
	return out
}

// one finds the item that a path names, or answers that it is not there. It
// may be of another project, as with the service.
func (f *Fake) one(w http.ResponseWriter, r *http.Request) *item {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || id < 1 || id > 1<<31-1 || strconv.Itoa(id) != r.PathValue("id") {
		fail(w, http.StatusBadRequest, "VssPropertyValidationException", "The value '"+r.PathValue("id")+"' is not valid for the id of a work item.", nil)
		return nil
	}
	i := f.find(id)
	if i == nil || i.hidden {
		fail(w, http.StatusNotFound, "WorkItemUnauthorizedAccessException",
			fmt.Sprintf("TF401232: Work item %d does not exist, or you do not have permissions to read it.", id), nil)
		return nil
	}
	return i
}

func (f *Fake) get(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i := f.one(w, r); i != nil {
		answer(w, f.show(r, i))
	}
}

// writable says whether the account may write and nothing is in the way, and
// answers if not. A dry run has no trouble.
func (f *Fake) writable(w http.ResponseWriter, dry bool) bool {
	switch {
	case f.o.ReadOnly:
		fail(w, http.StatusForbidden, "RuleValidationPermissionException", "TF237111: The current user does not have permissions to save work items under the specified area path.", nil)
	case !dry && f.Refused():
		fail(w, http.StatusServiceUnavailable, "CircuitBreakerExceededConcurrencyException", "The service is not available: try again later.", nil)
	default:
		return true
	}
	return false
}

// patched reads the body of a create or a change, or answers why it cannot.
func patched(w http.ResponseWriter, r *http.Request) (p *patch, dry, ok bool) {
	v := r.URL.Query().Get("validateOnly")
	if v != "" && v != "true" {
		fail(w, http.StatusBadRequest, "VssPropertyValidationException", "Invalid parameter: validateOnly", nil)
		return nil, false, false
	}
	var ops []operation
	if !read(w, r, "application/json-patch+json", &ops) {
		return nil, false, false
	}
	p, err := readPatch(ops)
	if err != nil {
		var pe *patchError
		if !errors.As(err, &pe) {
			pe = &patchError{text: err.Error()}
		}
		fail(w, http.StatusBadRequest, pe.key, pe.text, nil)
		return nil, false, false
	}
	return p, v == "true", true
}

func (f *Fake) create(w http.ResponseWriter, r *http.Request) {
	name, ok := strings.CutPrefix(r.PathValue("type"), "$")
	if !ok {
		fail(w, http.StatusMethodNotAllowed, "VssServiceResponseException", "The requested resource does not support http method 'POST'.", nil)
		return
	}
	p, dry, ok := patched(w, r)
	if !ok {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.typeNamed(name)
	switch {
	case t == nil || t.hidden:
		noType(w, name)
		return
	case p.test != nil:
		fail(w, http.StatusBadRequest, "VssPropertyValidationException", "A work item that is not there has no revision.", nil)
		return
	case !f.writable(w, dry):
		return
	}
	made := f.newItem(canonicalProject(r), t)
	if !f.valid(w, t, made.fields, p) {
		return
	}
	if dry {
		f.dry(w, r, made, p)
		return
	}
	made = f.insert(made.project, t, p.fields, p.formats)
	f.Done()
	answer(w, f.show(r, made))
}

func canonicalProject(r *http.Request) string {
	if strings.EqualFold(r.PathValue("project"), OtherProject) {
		return OtherProject
	}
	return Project
}

// dry answers what a write would have made of an item.
func (f *Fake) dry(w http.ResponseWriter, r *http.Request, i *item, p *patch) {
	f.checks++
	comments, made := f.comments, i.id
	try := *i
	try.fields, try.formats, try.comments = maps.Clone(i.fields), maps.Clone(i.formats), slices.Clone(i.comments)
	f.apply(&try, p.fields, p.formats)
	f.comments = comments
	out := f.show(r, &try)
	if f.find(made) == nil {
		delete(out, "id")
		delete(out, "_links")
	}
	answer(w, out)
}

func (f *Fake) update(w http.ResponseWriter, r *http.Request) {
	p, dry, ok := patched(w, r)
	if !ok {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	i := f.one(w, r)
	if i == nil || !f.writable(w, dry) {
		return
	}
	if f.outrun > 0 {
		f.outrun--
		f.apply(i, map[string]any{"System.Reason": "Somebody was quicker"}, nil)
	}
	if p.test != nil && *p.test != i.rev {
		fail(w, http.StatusPreconditionFailed, "TestPatchOperationFailedException",
			fmt.Sprintf("VS403351: Test Operation for path /rev failed, value %d was not equal to test value %d.", i.rev, *p.test), nil)
		return
	}
	if !f.valid(w, f.typeNamed(fmt.Sprint(i.fields["System.WorkItemType"])), i.fields, p) {
		return
	}
	if dry {
		f.dry(w, r, i, p)
		return
	}
	if f.race > 0 {
		f.race--
		f.apply(i, map[string]any{"System.Reason": "Somebody was quicker"}, nil)
		fail(w, http.StatusConflict, "WorkItemRevisionMismatchException",
			"TF26071: This work item has been changed by someone else since you opened it. You will need to refresh it and discard your changes.", nil)
		return
	}
	f.apply(i, p.fields, p.formats)
	f.Done()
	answer(w, f.show(r, i))
}

// batch answers many items, with null for those that cannot be read.
func (f *Fake) batch(w http.ResponseWriter, r *http.Request) {
	var in struct {
		IDs    []json.Number `json:"ids"`
		Fields []string      `json:"fields"`
		Policy string        `json:"errorPolicy"`
	}
	if !read(w, r, "application/json", &in) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	bad := len(in.IDs) == 0 || len(in.Fields) == 0 || in.Policy != "omit" && in.Policy != "fail"
	if len(in.IDs) > 200 {
		fail(w, http.StatusBadRequest, "VssPropertyValidationException", fmt.Sprintf("VS403474: You requested %d work items which exceeds the limit of 200", len(in.IDs)), nil)
		return
	}
	var refs []string
	for _, name := range in.Fields {
		ref, ok := f.knownField(name)
		if !ok || !strings.Contains(name, ".") {
			fail(w, http.StatusBadRequest, "WorkItemTrackingFieldDefinitionNotFoundException", "TF51535: Cannot find field "+name+".", nil)
			return
		}
		refs = append(refs, ref)
	}
	list := []any{}
	for _, n := range in.IDs {
		id, err := n.Int64()
		bad = bad || err != nil || id < 1 || id > 1<<31-1
		i := f.find(int(id))
		if i == nil || i.hidden {
			if in.Policy == "fail" && !bad {
				fail(w, http.StatusNotFound, "WorkItemUnauthorizedAccessException",
					fmt.Sprintf("TF401232: Work item %d does not exist, or you do not have permissions to read it.", id), nil)
				return
			}
			list = append(list, nil)
			continue
		}
		one, fields := f.all(i), map[string]any{}
		for _, ref := range refs {
			if v := one[ref]; v != nil {
				fields[ref] = v
			}
		}
		list = append(list, map[string]any{"id": i.id, "rev": i.rev, "fields": fields, "url": fmt.Sprintf("http://%s/%s/_apis/wit/workItems/%d", r.Host, Organization, i.id)})
	}
	if bad {
		fail(w, http.StatusBadRequest, "VssPropertyValidationException", "The ids, the fields or the error policy are not valid.", nil)
		return
	}
	answer(w, map[string]any{"count": len(list), "value": list})
}

// page is the page of an item, for people.
func (f *Fake) page(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.Atoi(r.PathValue("id"))
	f.mu.Lock()
	defer f.mu.Unlock()
	i := f.find(id)
	if i == nil {
		http.Error(w, "Work item not found", http.StatusNotFound)
		return
	}
	var comments []string
	for _, c := range i.comments {
		comments = append(comments, c.text)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(map[string]any{"fields": f.all(i), "formats": i.formats, "comments": comments}) // The browser may be gone.
}
