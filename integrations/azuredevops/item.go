package azuredevops

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// The fields that are written or read.
const (
	fieldTitle       = "System.Title"
	fieldDescription = "System.Description"
	fieldState       = "System.State"
	fieldTags        = "System.Tags"
	fieldHistory     = "System.History"
	fieldArea        = "System.AreaPath"
	fieldIteration   = "System.IterationPath"
	fieldType        = "System.WorkItemType"
	fieldProject     = "System.TeamProject"
	fieldRepro       = "Microsoft.VSTS.TCM.ReproSteps"
	fieldPriority    = "Microsoft.VSTS.Common.Priority"
	fieldSeverity    = "Microsoft.VSTS.Common.Severity"
)

var readFields = []string{
	fieldTitle, fieldDescription, fieldRepro, fieldState, fieldTags, fieldType, fieldProject, fieldArea, fieldIteration, fieldPriority, fieldSeverity,
	"System.AssignedTo", "System.CreatedDate", "System.ChangedDate", "System.Reason", "System.CommentCount",
}

// Item is a work item as the service answered it: text from outside, which is
// cleared before anybody sees it.
type Item struct {
	ID, Rev int
	fields  map[string]json.RawMessage
	formats map[string]string
}

// UnmarshalJSON implements [json.Unmarshaler].
func (i *Item) UnmarshalJSON(b []byte) error {
	var raw struct {
		ID, Rev int
		Fields  map[string]json.RawMessage
		Formats map[string]string `json:"multilineFieldsFormat"`
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	if raw.Fields == nil {
		return errors.New("a work item without fields")
	}
	i.ID, i.Rev, i.fields, i.formats = raw.ID, raw.Rev, raw.Fields, raw.Formats
	return nil
}

// Text returns the value of a field as text; empty when it has none.
func (i *Item) Text(ref string) string {
	raw := i.fields[ref]
	if len(raw) == 0 {
		return ""
	}
	switch raw[0] {
	case '"':
		var s string
		_ = json.Unmarshal(raw, &s) // It was read as JSON before.
		return s
	case '{':
		var who struct {
			Name string `json:"displayName"`
		}
		_ = json.Unmarshal(raw, &who) // as above
		return who.Name
	}
	return string(raw)
}

// Long returns the text of a field of several lines, without its markup.
func (i *Item) Long(ref string) string {
	return plainText(i.Text(ref), strings.EqualFold(i.formats[ref], "markdown"))
}

// Description returns the text that a form shows: a bug's is in its repro
// steps.
func (i *Item) Description() string {
	if text := i.Long(fieldRepro); text != "" {
		return text
	}
	return i.Long(fieldDescription)
}

// Title, State, Type, Area, Assigned, Severity, Created and Changed return
// fields.
func (i *Item) Title() string { return i.Text(fieldTitle) }

// State is as above.
func (i *Item) State() string { return i.Text(fieldState) }

// Type is as above.
func (i *Item) Type() string { return i.Text(fieldType) }

// Area is as above.
func (i *Item) Area() string { return i.Text(fieldArea) }

// Assigned is as above.
func (i *Item) Assigned() string { return i.Text("System.AssignedTo") }

// Severity is as above.
func (i *Item) Severity() string { return i.Text(fieldSeverity) }

// Created is as above, in RFC 3339.
func (i *Item) Created() string { return i.Text("System.CreatedDate") }

// Changed is as above, in RFC 3339.
func (i *Item) Changed() string { return i.Text("System.ChangedDate") }

// Priority returns 1 to 4, or 0 for none.
func (i *Item) Priority() int {
	n, _ := strconv.Atoi(i.Text(fieldPriority)) // 0 is none.
	return n
}

// Tags returns the tags.
func (i *Item) Tags() []string {
	var out []string
	for t := range strings.SplitSeq(i.Text(fieldTags), ";") {
		if t = strings.TrimSpace(t); t != "" {
			out = append(out, t)
		}
	}
	return out
}

// tagPrefix begins the tag by which the work item of an issue is found.
const tagPrefix = "tftsr-"

// TagOf returns the tag of an issue's work item.
func TagOf(issueID string) string { return tagPrefix + issueID }

// Issue returns the id in the tag of an issue, or "".
func (i *Item) Issue() string {
	for _, t := range i.Tags() {
		if id, ok := strings.CutPrefix(strings.ToLower(t), tagPrefix); ok && isGUID(id) {
			return id
		}
	}
	return ""
}

// ErrID is returned for what names no work item.
var ErrID = errors.New("a work item is named by its number, like 1234")

// ParseID reads the number of a work item; #1234 and AB#1234 are numbers too.
func ParseID(text string) (int, error) {
	digits := strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(text), "AB"), "#")
	n, err := strconv.ParseInt(digits, 10, 32)
	if err != nil || n < 1 || digits[0] == '+' || digits[0] == '0' {
		return 0, ErrID
	}
	return int(n), nil
}

// Type is a type of work items of the project.
type Type struct {
	Name     string
	States   []string
	Disabled bool
}

// Types returns the types of the project.
func (c Client) Types(ctx context.Context) ([]Type, error) {
	var out struct {
		Value []struct {
			Name     string
			Disabled bool `json:"isDisabled"`
			States   []struct{ Name string }
		}
	}
	if err := c.call(ctx, http.MethodGet, "workitemtypes", nil, nil, &out); err != nil {
		return nil, err
	}
	var types []Type
	for _, v := range out.Value {
		t := Type{Name: v.Name, Disabled: v.Disabled}
		for _, s := range v.States {
			t.States = append(t.States, s.Name)
		}
		types = append(types, t)
	}
	return types, nil
}

// fallbacks are the types that stock processes have for what is broken, in
// the order in which they are taken.
var fallbacks = []string{"Bug", "Issue", "Task"}

// Choose returns the type of a new work item: the one that is asked for, or
// the first that the project has of those configured and the fallbacks.
func (c Client) Choose(types []Type, want string) (Type, error) {
	names := fallbacks
	if want != "" {
		names = []string{want}
	} else if text := c.Instance.Options["type"]; text != "" {
		own, err := parseTypes(text)
		if err != nil {
			return Type{}, err
		}
		names = slices.Concat(own, fallbacks)
	}
	var have []string
	for _, t := range types {
		if !t.Disabled {
			have = append(have, t.Name)
		}
	}
	for _, name := range names {
		for _, t := range types {
			if !t.Disabled && strings.EqualFold(t.Name, name) {
				return t, nil
			}
		}
	}
	return Type{}, fmt.Errorf("the project has no work item type %s; it has: %s", strings.Join(names, " or "), strings.Join(have, ", "))
}

// Field is a field of a type.
type Field struct {
	Ref, Name string
	Required  bool
	Allowed   []string
	Default   bool // it has a default value
}

// Fields returns the fields of a type.
func (c Client) Fields(ctx context.Context, kind string) ([]Field, error) {
	var out struct {
		Value []struct {
			Ref      string `json:"referenceName"`
			Name     string
			Required bool              `json:"alwaysRequired"`
			Allowed  []json.RawMessage `json:"allowedValues"`
			Default  json.RawMessage   `json:"defaultValue"`
		}
	}
	path := "workitemtypes/" + url.PathEscape(kind) + "/fields"
	if err := c.call(ctx, http.MethodGet, path, url.Values{"$expand": {"allowedValues"}}, nil, &out); err != nil {
		return nil, err
	}
	var fields []Field
	for _, v := range out.Value {
		f := Field{Ref: v.Ref, Name: v.Name, Required: v.Required, Default: len(v.Default) > 0 && string(v.Default) != "null"}
		for _, a := range v.Allowed {
			// A picklist of numbers has them as numbers or as text.
			var s string
			if json.Unmarshal(a, &s) != nil {
				s = string(a)
			}
			f.Allowed = append(f.Allowed, s)
		}
		fields = append(fields, f)
	}
	return fields, nil
}

func fieldOf(fields []Field, ref string) *Field {
	n := slices.IndexFunc(fields, func(f Field) bool { return f.Ref == ref })
	if n < 0 {
		return nil
	}
	return &fields[n]
}
