package servicenow

import (
	"net/http"
	"strconv"
	"strings"
)

// directory is what the instance knows of groups and users. Two groups have one
// name, as happens.
var directory = map[string][]map[string]string{
	"sys_user_group": {
		{"sys_id": "d625dccec0a8016700a222a0f7900d06", "name": "Service Desk", "active": "true"},
		{"sys_id": "8a4dde73c6112278017a6a4baf547aa7", "name": "Software", "active": "true"},
		{"sys_id": "287ebd7da9fe198100f92cc8d1d2154e", "name": "Network", "active": "true"},
		{"sys_id": "0a52d3dcd7011200f2d224837e6103f2", "name": "Network", "active": "true"},
		{"sys_id": "19d8f192c61122780072ac69d5bf1a55", "name": "Mainframe", "active": "false"},
	},
	"sys_user": {
		{"sys_id": "5137153cc611227c000bbd1bd8cd2005", "name": "Triage Bot", "user_name": User, "active": "true"},
	},
}

// names answers who has a name. A condition that it does not understand is
// ignored, as everywhere.
func (f *Fake) names(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if !f.admitted(w, r) || !checkParameters(w, q) {
		return
	}
	for _, not := range []string{"sysparm_offset", "sysparm_display_value", "sysparm_exclude_reference_link"} {
		if q.Has(not) || !q.Has("sysparm_query") {
			fail(w, http.StatusBadRequest, "Invalid query parameter", not)
			return
		}
	}
	if r.Method != http.MethodGet {
		fail(w, http.StatusMethodNotAllowed, "Method not supported", "")
		return
	}
	limit, err := strconv.Atoi(q.Get("sysparm_limit"))
	if err != nil {
		limit = 10000
	}
	found := []map[string]string{}
	for _, row := range directory[r.PathValue("table")] {
		fits := true
		for part := range strings.SplitSeq(q.Get("sysparm_query"), "^") {
			field, value, ok := strings.Cut(part, "=")
			if have, is := row[field]; ok && is {
				fits = fits && strings.EqualFold(have, value)
			}
		}
		if fits && len(found) < limit {
			out := map[string]string{}
			for name, v := range row {
				if only := q.Get("sysparm_fields"); only == "" || strings.Contains(","+only+",", ","+name+",") {
					out[name] = v
				}
			}
			found = append(found, out)
		}
	}
	result(w, http.StatusOK, found)
}
