package azuredevops

import (
	"errors"
	"fmt"
	"strings"
)

// ErrValue is what every refusal of a value in a query matches.
var ErrValue = errors.New("the value cannot stand in a query")

const (
	maxValue = 200   // bytes of a value that is looked for
	maxQuery = 32000 // characters of a query, says the vendor
)

// Query is a query in WIQL: conditions that all hold, in the project of the
// call. It is only built by its methods.
type Query struct {
	parts []string
	order string
	err   error
}

// NewQuery begins a query for the work items of the project.
func NewQuery() *Query { return &Query{order: "[System.ChangedDate] DESC"} }

// queryFields are the fields that a condition can be on.
var queryFields = map[string]bool{
	fieldTitle: true, fieldDescription: true, fieldRepro: true, fieldState: true, fieldType: true, fieldArea: true, fieldTags: true, fieldPriority: true,
}

// literal quotes a value. A quote in it is doubled, which is all the escaping
// that the language has; what could end a line is refused.
func literal(v string) (string, error) {
	switch {
	case strings.TrimSpace(v) == "":
		return "", fmt.Errorf("%w: it is empty", ErrValue)
	case len(v) > maxValue:
		return "", fmt.Errorf("%w: it is longer than %d bytes", ErrValue, maxValue)
	case strings.ContainsFunc(v, control):
		return "", fmt.Errorf("%w: it holds a control character or a line feed", ErrValue)
	}
	return "'" + strings.ReplaceAll(v, "'", "''") + "'", nil
}

func (q *Query) add(op, value string, fields ...string) *Query {
	lit, err := literal(value)
	var parts []string
	for _, f := range fields {
		if !queryFields[f] {
			err = errors.Join(err, fmt.Errorf("no condition can be on the field %q", f))
		}
		parts = append(parts, "["+f+"] "+op+" "+lit)
	}
	if err != nil || len(parts) == 0 {
		q.err = errors.Join(q.err, err)
		return q
	}
	q.parts = append(q.parts, "("+strings.Join(parts, " OR ")+")")
	return q
}

// Text adds the condition that the title or the text contains a value.
func (q *Query) Text(value string) *Query {
	return q.add("CONTAINS", value, fieldTitle, fieldDescription, fieldRepro)
}

// State adds a condition on the state.
func (q *Query) State(value string) *Query { return q.add("=", value, fieldState) }

// Type adds a condition on the type.
func (q *Query) Type(value string) *Query { return q.add("=", value, fieldType) }

// Area adds the condition that the item is below an area path.
func (q *Query) Area(value string) *Query { return q.add("UNDER", value, fieldArea) }

// Tag adds the condition that the item has a tag, or one that holds it: a
// reader checks.
func (q *Query) Tag(value string) *Query { return q.add("CONTAINS", value, fieldTags) }

// Where adds conditions that were read by [ParseConditions], with the literals
// in their place.
func (q *Query) Where(c *Conditions, literals []string) *Query {
	text, err := c.render(literals)
	if err != nil {
		q.err = errors.Join(q.err, err)
		return q
	}
	q.parts = append(q.parts, text)
	if len(c.order) > 0 {
		q.order = strings.Join(c.order, ", ")
	}
	return q
}

// String returns the text of the query, or "" for one that has an error.
func (q *Query) String() string {
	if q.err != nil {
		return ""
	}
	where := "[System.TeamProject] = @project"
	for _, p := range q.parts {
		where += " AND " + p
	}
	return "SELECT [System.Id] FROM WorkItems WHERE " + where + " ORDER BY " + q.order
}

// MarshalJSON returns the body that asks the query. It implements
// [json.Marshaler].
func (q *Query) MarshalJSON() ([]byte, error) {
	text, err := q.Encode()
	if err != nil {
		return nil, err
	}
	return encode(map[string]string{"query": text})
}

// Encode returns the text of the query, or why there is none.
func (q *Query) Encode() (string, error) {
	if q.err == nil && len([]rune(q.String())) > maxQuery {
		q.err = fmt.Errorf("%w: the query would be longer than %d characters", ErrValue, maxQuery)
	}
	return q.String(), q.err
}
