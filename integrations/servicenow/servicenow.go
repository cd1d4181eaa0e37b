// Package servicenow files, reads and changes incidents through the Table API
// of ServiceNow. The calls are those of docs/contracts/servicenow.yaml.
//
// It never repeats a create, never writes what the instance computes, and
// addresses a record by its sys_id only, after it has seen that this is the
// record that was meant.
//
// Sources: "Table API", "OAuth 2.0" and "Encoded query strings" of the vendor's
// product documentation (docs.servicenow.com, releases Zurich and Australia).
package servicenow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/oauth"
	"github.com/tftsr/tftsr/store"
)

// Service is what a registry knows of ServiceNow.
var Service = integrations.Service{
	Name: "servicenow", Title: "ServiceNow",
	Auths:     []string{integrations.AuthBasic, integrations.AuthCode, integrations.AuthClient, integrations.AuthKey},
	KeyHeader: "x-sn-apikey",
	CheckURL: func(u *url.URL) error {
		if u.Path != "" {
			return errors.New("the base URL of ServiceNow ends with the host: https://acme.service-now.com")
		}
		return nil
	},
	Options: options,
	Settle:  settle,
	Login: func(i *store.Integration) (oauth.Endpoint, error) {
		return oauth.Endpoint{Authorize: i.BaseURL + "/oauth_auth.do", Token: i.BaseURL + "/oauth_token.do"}, nil
	},
	Reason:    reason,
	Recognise: recognise,
	Test:      func(ctx context.Context, c *integrations.Client) (string, error) { return New(c).Test(ctx) },
}

const table = "/api/now/table/incident"

// recordFields are what is read of an incident. Journal fields are write-only
// through this interface.
const recordFields = "sys_id,number,short_description,description,state,priority,urgency,impact,category,assignment_group,assigned_to,caller_id,correlation_id,close_code,close_notes,opened_at,sys_updated_on,active"

// Client works on the incidents of one instance.
type Client struct{ *integrations.Client }

// New returns a client for incidents.
func New(c *integrations.Client) Client { return Client{c} }

// Value is a field as it is stored and as people see it.
type Value struct {
	Value   string `json:"value"`
	Display string `json:"display_value"`
}

// Incident is a record as the instance answered it: text from outside, which
// is cleared before anybody sees it.
type Incident struct {
	SysID, Number, Short, Description  Value
	State, Priority, Urgency, Impact   Value
	Category, Group, Assigned, Caller  Value
	Correlation, CloseCode, CloseNotes Value
	Opened, Updated, Active            Value
}

func (i *Incident) fields() map[string]*Value {
	return map[string]*Value{
		"sys_id": &i.SysID, "number": &i.Number, "short_description": &i.Short, "description": &i.Description,
		"state": &i.State, "priority": &i.Priority, "urgency": &i.Urgency, "impact": &i.Impact, "category": &i.Category,
		"assignment_group": &i.Group, "assigned_to": &i.Assigned, "caller_id": &i.Caller, "correlation_id": &i.Correlation,
		"close_code": &i.CloseCode, "close_notes": &i.CloseNotes, "opened_at": &i.Opened, "sys_updated_on": &i.Updated, "active": &i.Active,
	}
}

// UnmarshalJSON reads a record with sysparm_display_value=all. A field that an
// access rule hides is missing, and stays empty.
func (i *Incident) UnmarshalJSON(b []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	for name, v := range i.fields() {
		text, ok := raw[name]
		if !ok {
			continue
		}
		// An empty reference is "" and not an object.
		if len(text) > 0 && text[0] == '"' {
			if err := json.Unmarshal(text, &v.Value); err != nil {
				return err
			}
			v.Display = v.Value
			continue
		}
		if err := json.Unmarshal(text, v); err != nil {
			return fmt.Errorf("field %s: %w", name, err)
		}
	}
	if !sysID().MatchString(i.SysID.Value) {
		return errors.New("a record without a sys_id")
	}
	return nil
}

var (
	sysID  = lazyRegexp(`^[0-9a-f]{32}$`)
	number = lazyRegexp(`^[A-Z]{2,10}[0-9]{4,20}$`)
)

// ErrID is returned for what is neither a sys_id nor a number.
var ErrID = errors.New("an incident is named by its number, like INC0010001, or by its sys_id of 32 hexadecimal digits")

// URL is where people see an incident.
func (c Client) URL(id string) string {
	return c.Instance.BaseURL + "/nav_to.do?uri=" + url.QueryEscape("incident.do?sys_id="+id)
}

func common() url.Values {
	return url.Values{
		"sysparm_display_value": {"all"}, "sysparm_exclude_reference_link": {"true"}, "sysparm_fields": {recordFields},
	}
}

// Get returns an incident by number or sys_id.
func (c Client) Get(ctx context.Context, id string) (*Incident, error) {
	switch {
	case sysID().MatchString(id):
		return c.one(ctx, http.MethodGet, table+"/"+id, nil)
	case number().MatchString(id):
		list, err := c.two(ctx, NewQuery(c.Destination()).Is("number", id))
		if err != nil {
			return nil, err
		}
		// The instance drops conditions that it does not like.
		if len(list) != 1 || list[0].Number.Value != id {
			return nil, &integrations.Error{Kind: integrations.KindNotFound, Destination: c.Destination()}
		}
		return &list[0], nil
	}
	return nil, ErrID
}

// Find returns the incident of a correlation id, or nil.
func (c Client) Find(ctx context.Context, correlation string) (*Incident, error) {
	list, err := c.two(ctx, NewQuery(c.Destination()).Is("correlation_id", correlation))
	if err != nil {
		return nil, err
	}
	for n := range list {
		if list[n].Correlation.Value == correlation {
			return &list[n], nil
		}
	}
	return nil, nil //nolint:nilnil // Nothing was filed, which is no error.
}

// Page is a part of what a search found.
type Page struct {
	Incidents []Incident
	Next      int // where the next page begins; 0 at the end
}

// Search returns a page of what a query finds. Rows that an access rule hides
// make pages shorter: the end is where the instance names no next page.
func (c Client) Search(ctx context.Context, q *Query, limit, offset int) (*Page, error) {
	resp, err := c.rows(ctx, q, limit, offset)
	if err != nil {
		return nil, err
	}
	list, err := decode[[]Incident](c, resp)
	if err != nil {
		return nil, err
	}
	p := &Page{Incidents: list}
	if strings.Contains(resp.Header.Get("Link"), `rel="next"`) {
		p.Next = offset + limit
	}
	return p, nil
}

// two returns at most two incidents: one, and what shows that there are more.
func (c Client) two(ctx context.Context, q *Query) ([]Incident, error) {
	resp, err := c.rows(ctx, q, 2, 0)
	if err != nil {
		return nil, err
	}
	return decode[[]Incident](c, resp)
}

func (c Client) rows(ctx context.Context, q *Query, limit, offset int) (*integrations.Response, error) {
	text, err := q.Encode()
	if err != nil {
		return nil, err
	}
	v := common()
	v.Set("sysparm_query", text)
	v.Set("sysparm_limit", strconv.Itoa(limit))
	v.Set("sysparm_offset", strconv.Itoa(offset))
	return c.Do(ctx, integrations.Request{Method: http.MethodGet, Path: table, Query: v})
}

// Create files an incident, once.
func (c Client) Create(ctx context.Context, body gate.Cleared) (*Incident, error) {
	return c.one(ctx, http.MethodPost, table, &body)
}

// Update changes the incident of a sys_id, once. The body is a plain object of
// fields, not a JSON Patch.
func (c Client) Update(ctx context.Context, id string, body gate.Cleared) (*Incident, error) {
	if !sysID().MatchString(id) {
		return nil, ErrID
	}
	return c.one(ctx, http.MethodPatch, table+"/"+id, &body)
}

// Test reads one row, which shows that the credential is accepted and that the
// account may read incidents, and returns the account.
func (c Client) Test(ctx context.Context) (string, error) {
	resp, err := c.Do(ctx, integrations.Request{Method: http.MethodGet, Path: table, Query: url.Values{"sysparm_limit": {"1"}, "sysparm_fields": {"sys_id"}}})
	if err != nil {
		return "", err
	}
	if _, err := decode[[]json.RawMessage](c, resp); err != nil {
		return "", err
	}
	// An instance that lets anybody read says so in this header.
	if resp.Header.Get("X-Is-Logged-In") == "false" {
		return "", &integrations.Error{Kind: integrations.KindAnonymous, Destination: c.Destination(), Status: resp.Status}
	}
	if c.Instance.Username == "" {
		return "the account of the login", nil
	}
	return c.Instance.Username, nil
}

func (c Client) one(ctx context.Context, method, path string, body *gate.Cleared) (*Incident, error) {
	resp, err := c.Do(ctx, integrations.Request{Method: method, Path: path, Query: common(), Body: body})
	if err != nil {
		return nil, err
	}
	i, err := decode[*Incident](c, resp)
	var e *integrations.Error
	if errors.As(err, &e) && method != http.MethodGet {
		e.Lost = true
	}
	return i, err
}

func decode[T any](c Client, r *integrations.Response) (T, error) {
	var envelope struct {
		Result T `json:"result"`
	}
	dec := json.NewDecoder(bytes.NewReader(r.Body))
	if err := dec.Decode(&envelope); err != nil || !bytes.Contains(r.Body, []byte(`"result"`)) {
		return envelope.Result, &integrations.Error{Kind: integrations.KindProtocol, Destination: c.Destination(), Status: r.Status}
	}
	return envelope.Result, nil
}

// reason reads {"error":{"message":"…","detail":"…"},"status":"failure"}. The
// detail names the field that a data policy wants.
func reason(body []byte) string {
	var e struct {
		Error struct{ Message, Detail string }
	}
	if json.Unmarshal(body, &e) != nil {
		return ""
	}
	if e.Error.Detail == "" || e.Error.Detail == e.Error.Message {
		return e.Error.Message
	}
	return e.Error.Message + ": " + e.Error.Detail
}

// recognise knows the page of a developer instance that sleeps.
func recognise(r *integrations.Response) *integrations.Error {
	if r.Status/100 != 4 && bytes.Contains(bytes.ToLower(r.Body[:min(len(r.Body), 64<<10)]), []byte("hibernating")) &&
		strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
		return &integrations.Error{Kind: integrations.KindHibernating}
	}
	return nil
}
