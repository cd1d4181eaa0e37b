package servicenow

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

type row struct {
	fields  map[string]string
	journal []string
	hidden  bool // by an access rule
}

// What an incident has, and what of it a create and an update may write.
var (
	known = words("sys_id number priority opened_at sys_created_on sys_updated_on active assigned_to short_description description impact urgency category " +
		"assignment_group caller_id correlation_id correlation_display state close_code close_notes")
	createFields = words("short_description description impact urgency category assignment_group caller_id correlation_id correlation_display")
	changeFields = words("short_description description impact urgency state work_notes comments close_code close_notes")
)

func words(text string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		m[w] = true
	}
	return m
}

var (
	sysID     = regexp.MustCompile(`^[0-9a-f]{32}$`)
	fieldList = regexp.MustCompile(`^[a-z_]+(,[a-z_]+)*$`)
)

var parameters = map[string]bool{
	"sysparm_query": true, "sysparm_limit": true, "sysparm_offset": true, "sysparm_fields": true, "sysparm_display_value": true,
	"sysparm_exclude_reference_link": true,
}

var labels = map[string]map[string]string{
	"state":    {"1": "New", "2": "In Progress", "3": "On Hold", "6": "Resolved", "7": "Closed", "8": "Canceled"},
	"priority": {"1": "1 - Critical", "2": "2 - High", "3": "3 - Moderate", "4": "4 - Low", "5": "5 - Planning"},
	"impact":   {"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"},
	"urgency":  {"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"},
}

// Seed adds an incident as somebody else would have filed it, and returns its
// sys_id. hidden makes an access rule hide it.
func (f *Fake) Seed(fields map[string]string, hidden bool) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.insert(fields)
	r.hidden = hidden
	return r.fields["sys_id"]
}

// Journal returns what was written to the journal fields of an incident, each
// as field: text.
func (f *Fake) Journal(id string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r := f.find(id); r != nil {
		return slices.Clone(r.journal)
	}
	return nil
}

// Fields returns an incident as it is stored, or nil.
func (f *Fake) Fields(id string) map[string]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r := f.find(id); r != nil {
		return maps.Clone(r.fields)
	}
	return nil
}

func (f *Fake) find(id string) *row {
	for _, r := range f.rows {
		if r.fields["sys_id"] == id || r.fields["number"] == id {
			return r
		}
	}
	return nil
}

func (f *Fake) insert(fields map[string]string) *row {
	now := f.o.Now().UTC().Format(time.DateTime)
	r := &row{fields: map[string]string{
		"sys_id": random(16), "number": fmt.Sprintf("INC%07d", 10001+len(f.rows)), "state": "1", "impact": "3", "urgency": "3",
		"active": "true", "opened_at": now, "sys_created_on": now,
	}}
	f.rows = append(f.rows, r)
	f.apply(r, fields)
	return r
}

// apply writes fields and lets the rules of the instance run.
func (f *Fake) apply(r *row, fields map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if name == "work_notes" || name == "comments" {
			r.journal = append(r.journal, name+": "+fields[name])
			continue
		}
		r.fields[name] = fields[name]
	}
	if f.rewrite != nil {
		f.rewrite(r.fields)
	}
	impact, _ := strconv.Atoi(r.fields["impact"])
	urgency, _ := strconv.Atoi(r.fields["urgency"])
	r.fields["priority"] = strconv.Itoa(min(max(impact+urgency-1, 1), 5)) // The stock table of priorities.
	r.fields["active"] = strconv.FormatBool(r.fields["state"] != "7" && r.fields["state"] != "8")
	r.fields["sys_updated_on"] = f.o.Now().UTC().Format(time.DateTime)
}

func (f *Fake) collection(w http.ResponseWriter, r *http.Request) {
	if !f.admitted(w, r) || !checkParameters(w, r.URL.Query()) {
		return
	}
	switch r.Method {
	case http.MethodGet:
		f.search(w, r)
	case http.MethodPost:
		f.create(w, r)
	default:
		fail(w, http.StatusMethodNotAllowed, "Method not supported", "")
	}
}

func (f *Fake) record(w http.ResponseWriter, r *http.Request) {
	if !f.admitted(w, r) || !checkParameters(w, r.URL.Query()) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	// Only a sys_id addresses a record: a number in its place finds nothing.
	rec := f.find(r.PathValue("id"))
	if rec == nil || rec.hidden || rec.fields["sys_id"] != r.PathValue("id") {
		fail(w, http.StatusNotFound, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
		return
	}
	switch r.Method {
	case http.MethodGet:
		result(w, http.StatusOK, show(rec, r.URL.Query()))
	case http.MethodPatch:
		f.update(w, r, rec)
	default:
		fail(w, http.StatusMethodNotAllowed, "Method not supported", "")
	}
}

func checkParameters(w http.ResponseWriter, q url.Values) bool {
	for name, values := range q {
		n, err := strconv.Atoi(values[0])
		bad := !parameters[name] || len(values) != 1
		switch name {
		case "sysparm_limit":
			bad = bad || err != nil || n < 1 || n > 10000
		case "sysparm_offset":
			bad = bad || err != nil || n < 0
		case "sysparm_display_value":
			bad = bad || !slices.Contains([]string{"true", "false", "all"}, values[0])
		case "sysparm_exclude_reference_link":
			bad = bad || values[0] != "true" && values[0] != "false"
		case "sysparm_fields":
			bad = bad || !fieldList.MatchString(values[0])
		case "sysparm_query":
			bad = bad || len(values[0]) > 2000
		}
		if bad {
			fail(w, http.StatusBadRequest, "Invalid query parameter", name)
			return false
		}
	}
	return true
}

// search cuts the page first and hides rows then, as the service does.
func (f *Fake) search(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit, offset := 10000, 0
	if v := q.Get("sysparm_limit"); v != "" {
		limit, _ = strconv.Atoi(v)
	}
	offset, _ = strconv.Atoi(q.Get("sysparm_offset"))
	f.mu.Lock()
	defer f.mu.Unlock()
	found := runQuery(f.rows, q.Get("sysparm_query"))
	w.Header().Set("X-Total-Count", strconv.Itoa(len(found)))
	link := func(rel string, at int) string {
		next := maps.Clone(q)
		next["sysparm_offset"] = []string{strconv.Itoa(at)}
		return fmt.Sprintf(`<http://%s%s?%s>;rel="%s"`, r.Host, r.URL.Path, next.Encode(), rel)
	}
	links := []string{link("first", 0)}
	if offset > 0 {
		links = append(links, link("prev", max(0, offset-limit)))
	}
	if offset+limit < len(found) {
		links = append(links, link("next", offset+limit))
	}
	w.Header().Set("Link", strings.Join(links, ","))
	page := []any{}
	for _, rec := range found[min(offset, len(found)):min(offset+limit, len(found))] {
		if !rec.hidden {
			page = append(page, show(rec, q))
		}
	}
	result(w, http.StatusOK, page)
}

// body reads the fields of a write, or answers why there are none.
func (f *Fake) body(w http.ResponseWriter, r *http.Request, may map[string]bool) map[string]string {
	b, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	var fields map[string]string
	if err != nil || json.Unmarshal(b, &fields) != nil || len(fields) == 0 {
		fail(w, http.StatusBadRequest, "Exception while reading request", "The payload is not valid JSON")
		return nil
	}
	for name, v := range fields {
		bad := !may[name] || len(v) > 65000
		if choices, ok := labels[name]; ok {
			bad = bad || choices[v] == ""
		}
		switch name {
		case "short_description":
			bad = bad || len([]rune(v)) > 160
		case "correlation_id", "correlation_display", "category", "close_code":
			bad = bad || len(v) > 100
		case "assignment_group", "caller_id", "assigned_to":
			bad = bad || !sysID.MatchString(v)
		}
		if bad {
			fail(w, http.StatusBadRequest, "Invalid value for field", name)
			return nil
		}
	}
	return fields
}

// trouble lets a write fail, if one is to: before it is done.
func (f *Fake) trouble(w http.ResponseWriter) bool {
	if f.Refused() {
		fail(w, http.StatusServiceUnavailable, "Instance is temporarily unavailable", "")
		return true
	}
	return false
}

func (f *Fake) create(w http.ResponseWriter, r *http.Request) {
	fields := f.body(w, r, createFields)
	if fields == nil {
		return
	}
	if strings.TrimSpace(fields["short_description"]) == "" {
		fail(w, http.StatusForbidden, "Operation Failed", "Data Policy Exception: mandatory: Short description")
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.trouble(w) {
		return
	}
	rec := f.insert(fields)
	f.Done()
	w.Header().Set("Location", "http://"+r.Host+"/api/now/table/incident/"+rec.fields["sys_id"])
	result(w, http.StatusCreated, show(rec, r.URL.Query()))
}

func (f *Fake) update(w http.ResponseWriter, r *http.Request, rec *row) {
	fields := f.body(w, r, changeFields)
	if fields == nil || f.trouble(w) {
		return
	}
	after := maps.Clone(rec.fields)
	maps.Copy(after, fields)
	if after["state"] == "6" || after["state"] == "7" {
		var missing []string
		if after["close_code"] == "" {
			missing = append(missing, "Resolution code")
		}
		if after["close_notes"] == "" {
			missing = append(missing, "Resolution notes")
		}
		if len(missing) > 0 {
			fail(w, http.StatusForbidden, "Operation Failed", "Data Policy Exception: mandatory: "+strings.Join(missing, ", "))
			return
		}
	}
	f.apply(rec, fields)
	f.Done()
	result(w, http.StatusOK, show(rec, r.URL.Query()))
}

// show renders a record as the parameters of a call ask.
func show(r *row, q url.Values) map[string]any {
	names := slices.Collect(maps.Keys(known))
	if only := q.Get("sysparm_fields"); only != "" {
		names = strings.Split(only, ",")
	}
	out := map[string]any{}
	for _, name := range names {
		if !known[name] {
			continue
		}
		value := r.fields[name]
		display := value
		if l, ok := labels[name][value]; ok {
			display = l
		}
		switch q.Get("sysparm_display_value") {
		case "all":
			out[name] = map[string]string{"display_value": display, "value": value}
		case "true":
			out[name] = display
		default:
			out[name] = value
		}
	}
	return out
}

// runQuery evaluates an encoded query. A part that it does not understand is
// left out, and ^NQ begins another query, whose rows come too: both as the
// service does it.
func runQuery(rows []*row, query string) []*row {
	var found []*row
	newest := false
	for _, alternative := range strings.Split(query, "^NQ") {
		var groups [][]func(*row) bool
		for _, part := range strings.Split(alternative, "^") {
			or := strings.HasPrefix(part, "OR") && !strings.HasPrefix(part, "ORDERBY")
			if part == "ORDERBYDESCsys_created_on" {
				newest = true
			}
			cond := condition(strings.TrimPrefix(part, "OR"))
			switch {
			case cond == nil:
			case or && len(groups) > 0:
				groups[len(groups)-1] = append(groups[len(groups)-1], cond)
			default:
				groups = append(groups, []func(*row) bool{cond})
			}
		}
		for _, r := range rows {
			all := !slices.Contains(found, r)
			for _, g := range groups {
				all = all && slices.ContainsFunc(g, func(c func(*row) bool) bool { return c(r) })
			}
			if all {
				found = append(found, r)
			}
		}
	}
	if newest {
		slices.Reverse(found)
	}
	return found
}

func condition(part string) func(*row) bool {
	for _, op := range []string{"LIKE", "="} {
		field, value, ok := strings.Cut(part, op)
		if !ok || !known[field] {
			continue
		}
		if op == "=" {
			return func(r *row) bool { return r.fields[field] == value }
		}
		return func(r *row) bool { return strings.Contains(strings.ToLower(r.fields[field]), strings.ToLower(value)) }
	}
	return nil
}
