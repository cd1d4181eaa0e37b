package azuredevops

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// query is POST wiql: whatever is selected, ids come back, and those of items
// that the account may not read too.
func (f *Fake) query(w http.ResponseWriter, r *http.Request) {
	top, err := strconv.Atoi(r.URL.Query().Get("$top"))
	if err != nil || top < 1 || top > 20000 {
		fail(w, http.StatusBadRequest, "VssPropertyValidationException", "Invalid parameter: $top", nil)
		return
	}
	var in struct {
		Query string `json:"query"`
	}
	if !read(w, r, "application/json", &in) {
		return
	}
	if in.Query == "" || len([]rune(in.Query)) > 32000 {
		fail(w, http.StatusBadRequest, "VssPropertyValidationException", "The query text is empty or exceeds 32000 characters.", nil)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	found, columns, err := f.run(in.Query, canonicalProject(r))
	if err != nil {
		fail(w, http.StatusBadRequest, "SyntaxException", err.Error(), nil)
		return
	}
	if len(found) > f.o.Cap {
		fail(w, http.StatusBadRequest, "WorkItemTrackingQueryResultSizeLimitExceededException",
			fmt.Sprintf("VS402337: The number of work items returned exceeds the size limit of %d. Change the query to return fewer items.", f.o.Cap), nil)
		return
	}
	rows := []any{}
	for _, i := range found[:min(top, len(found))] {
		rows = append(rows, map[string]any{"id": i.id, "url": fmt.Sprintf("http://%s/%s/_apis/wit/workItems/%d", r.Host, Organization, i.id)})
	}
	var cols []any
	for _, c := range columns {
		cols = append(cols, map[string]any{"referenceName": c, "name": c, "url": "http://" + r.Host + "/" + Organization + "/_apis/wit/fields/" + c})
	}
	answer(w, map[string]any{
		"queryType": "flat", "queryResultType": "workItem", "asOf": f.o.Now().UTC().Format(time.RFC3339Nano), "columns": cols, "sortColumns": []any{}, "workItems": rows,
	})
}

// Find runs a query in a project, as somebody who may read everything, and
// returns the ids of what it finds.
func (f *Fake) Find(query, project string) ([]int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	found, _, err := f.run(query, project)
	var ids []int
	for _, i := range found {
		ids = append(ids, i.id)
	}
	return ids, err
}

func (f *Fake) run(text, project string) ([]*item, []string, error) {
	q, err := parseWIQL(text)
	if err != nil {
		return nil, nil, err
	}
	e := &evaluation{f: f, project: project}
	var columns []string
	for _, name := range q.columns {
		ref, ok := f.knownField(name)
		if !ok {
			return nil, nil, noField(name)
		}
		columns = append(columns, ref)
	}
	// Conditions are checked once, whether there is an item or not.
	if q.where != nil {
		e.fields = map[string]any{}
		if _, err := q.where.holds(e); err != nil {
			return nil, nil, err
		}
	}
	var found []*item
	for _, i := range f.items {
		ok := true
		if e.fields = f.all(i); q.where != nil {
			if ok, err = q.where.holds(e); err != nil {
				return nil, nil, err
			}
		}
		if ok {
			found = append(found, i)
		}
	}
	for n := len(q.order) - 1; n >= 0; n-- {
		by := q.order[n]
		ref, ok := f.knownField(by.field)
		if !ok {
			return nil, nil, noField(by.field)
		}
		slices.SortStableFunc(found, func(a, b *item) int {
			d := compare(f.all(a)[ref], f.all(b)[ref])
			if by.descending {
				return -d
			}
			return d
		})
	}
	return found, columns, nil
}

func noField(name string) error {
	return badQuery("TF51005: The query references a field that does not exist. The error is caused by «[%s]».", name)
}

// evaluation is a query on one item.
type evaluation struct {
	f       *Fake
	project string
	fields  map[string]any
}

// holds evaluates all of them, so that an error in any shows.
func (c all) holds(e *evaluation) (bool, error) {
	out := true
	for _, x := range c {
		ok, err := x.holds(e)
		if err != nil {
			return false, err
		}
		out = out && ok
	}
	return out, nil
}

func (c anyOf) holds(e *evaluation) (bool, error) {
	out := false
	for _, x := range c {
		ok, err := x.holds(e)
		if err != nil {
			return false, err
		}
		out = out || ok
	}
	return out, nil
}

func (c not) holds(e *evaluation) (bool, error) {
	ok, err := c.of.holds(e)
	return !ok, err
}

func (c cond) holds(e *evaluation) (bool, error) {
	ref, ok := e.f.knownField(c.field)
	if !ok {
		return false, noField(c.field)
	}
	have := value(e.fields[ref])
	var want []any
	for _, o := range c.values {
		v, err := e.resolve(o)
		if err != nil {
			return false, err
		}
		want = append(want, v)
	}
	text := strings.ToLower(fmt.Sprint(have))
	first := ""
	if len(want) > 0 {
		first = strings.ToLower(fmt.Sprint(want[0]))
	}
	switch c.op {
	case "is empty":
		return have == nil || text == "", nil
	case "contains":
		return have != nil && strings.Contains(text, first), nil
	case "contains words":
		words := strings.Fields(text)
		for _, w := range strings.Fields(first) {
			if !slices.Contains(words, w) {
				return false, nil
			}
		}
		return true, nil
	case "under":
		return text == first || strings.HasPrefix(text, first+`\`), nil
	case "in":
		return slices.ContainsFunc(want, func(v any) bool { return compare(have, v) == 0 }), nil
	case "ever", "=":
		return compare(have, want[0]) == 0, nil
	case "<>":
		return compare(have, want[0]) != 0, nil
	case "<":
		return compare(have, want[0]) < 0, nil
	case "<=":
		return compare(have, want[0]) <= 0, nil
	case ">":
		return compare(have, want[0]) > 0, nil
	case ">=":
		return compare(have, want[0]) >= 0, nil
	}
	return false, badQuery("TF51013: The operator %s is none.", c.op)
}

func (e *evaluation) resolve(o operand) (any, error) {
	switch o.kind {
	case 's':
		return o.text, nil
	case 'n':
		return o.number, nil
	case 'f':
		ref, ok := e.f.knownField(o.text)
		if !ok {
			return nil, noField(o.text)
		}
		return value(e.fields[ref]), nil
	}
	switch o.text {
	case "project":
		return e.project, nil
	case "me":
		return account, nil
	case "today":
		return e.f.o.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, o.add).Format(time.RFC3339Nano), nil
	}
	return nil, badQuery("TF51017: There is no macro @%s.", o.text)
}

// value makes an identity the text that it is compared by.
func value(v any) any {
	if m, ok := v.(map[string]any); ok {
		return m["uniqueName"]
	}
	return v
}

// compare compares as the service does: without regard to case, numbers as
// numbers.
func compare(a, b any) int {
	a, b = value(a), value(b)
	x, errX := strconv.ParseFloat(fmt.Sprint(a), 64)
	y, errY := strconv.ParseFloat(fmt.Sprint(b), 64)
	if errX == nil && errY == nil {
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	if a == nil {
		a = ""
	}
	if b == nil {
		b = ""
	}
	return strings.Compare(strings.ToLower(fmt.Sprint(a)), strings.ToLower(fmt.Sprint(b)))
}
