package servicenow

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/tftsr/tftsr/integrations"
)

// reference is where a record that an option names is looked up.
type reference struct{ table, field string }

// references are the options that name a record of another table. A create
// takes a sys_id there: with sysparm_input_display_value it would take names,
// and then every other value as people see it too, choices and times included.
var references = map[string]reference{
	"assignment_group": {"/api/now/table/sys_user_group", "name"},
	"caller_id":        {"/api/now/table/sys_user", "user_name"},
}

// settle looks up what the owner named.
func settle(ctx context.Context, c *integrations.Client) (map[string]string, error) {
	found := map[string]string{}
	for _, option := range slices.Sorted(maps.Keys(references)) {
		name := c.Instance.Options[option]
		if name == "" || sysID().MatchString(name) {
			continue
		}
		id, err := New(c).lookUp(ctx, references[option], name)
		if err != nil {
			return nil, err
		}
		if id == "" {
			return nil, &integrations.Error{
				Kind: integrations.KindNotFound, Destination: c.Destination(),
				Detail: "option " + option + ": nothing that is active has this " + references[option].field + ", or more than one; a sys_id says which",
			}
		}
		found[option] = id
	}
	return found, nil
}

// lookUp returns the sys_id of the one active record of a name, or "".
func (c Client) lookUp(ctx context.Context, ref reference, name string) (string, error) {
	query, err := NewQuery(c.Destination()).Named(ref.field, name).Is("active", "true").Encode()
	if err != nil {
		return "", err
	}
	resp, err := c.Do(ctx, integrations.Request{Method: http.MethodGet, Path: ref.table, Query: url.Values{
		"sysparm_query": {query}, "sysparm_fields": {"sys_id," + ref.field}, "sysparm_limit": {"2"},
	}})
	if err != nil {
		return "", err
	}
	rows, err := decode[[]map[string]string](c, resp)
	if err != nil || len(rows) != 1 {
		return "", err
	}
	// The instance drops conditions that it does not like.
	if id := rows[0]["sys_id"]; rows[0][ref.field] == name && sysID().MatchString(id) {
		return id, nil
	}
	return "", nil
}

// Ready says whether everything that new incidents refer to is known.
func (c Client) Ready() error {
	for _, option := range slices.Sorted(maps.Keys(references)) {
		if v := c.Instance.Options[option]; v != "" && !sysID().MatchString(v) {
			return fmt.Errorf("the option %s holds a name that was not looked up yet: the owner does that with `tftsr integration test servicenow %s`", option, c.Instance.Name)
		}
	}
	return nil
}
