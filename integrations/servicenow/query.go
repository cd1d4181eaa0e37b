package servicenow

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tftsr/tftsr/internal/gate"
)

// ErrValue is what every refusal of a value in a query matches.
var ErrValue = errors.New("the value cannot stand in a ServiceNow query")

// Query is an encoded query (sysparm_query): conditions that all hold. It is
// only built by its methods. The instance ignores a condition that it does not
// understand and answers with more rows than were asked for, so that nothing
// doubtful may get into one, and answers are checked.
type Query struct {
	dest  gate.Destination
	parts []string
	err   error
}

// NewQuery begins a query for a destination.
func NewQuery(d gate.Destination) *Query { return &Query{dest: d} }

// The fields that a condition can be on.
var queryFields = map[string]bool{
	"number": true, "state": true, "priority": true, "category": true, "correlation_id": true, "active": true,
	"assignment_group.name": true, "sys_created_on": true, "short_description": true, "description": true,
	"name": true, "user_name": true, // of groups and users
}

// word is a value that we made or checked: an id, a number, a code.
var word = lazyRegexp(`^[A-Za-z0-9_.-]{1,100}$`)

// Is adds a condition on a value of ours.
func (q *Query) Is(field, value string) *Query {
	if !word().MatchString(value) {
		return q.fail(fmt.Errorf("%w: it is not a plain word", ErrValue))
	}
	if _, err := safe(value); err != nil {
		return q.fail(err)
	}
	return q.add(field, "=", value)
}

// Named adds a condition on a name that the owner configured for this very
// instance.
func (q *Query) Named(field, name string) *Query {
	value, err := safe(name)
	if err != nil {
		return q.fail(err)
	}
	return q.add(field, "=", value)
}

// Contains adds the condition that one of the fields contains a text.
func (q *Query) Contains(text gate.Cleared, fields ...string) *Query {
	value, err := text.Text(q.dest)
	if err == nil {
		value, err = safe(value)
	}
	if err != nil || len(fields) == 0 {
		return q.fail(err)
	}
	q.add(fields[0], "LIKE", value)
	for _, f := range fields[1:] {
		q.add("OR"+f, "LIKE", value) // ^OR binds closer than ^: it belongs to the condition before it.
	}
	return q
}

// Equals adds the condition that a field is exactly a text.
func (q *Query) Equals(field string, text gate.Cleared) *Query {
	value, err := text.Text(q.dest)
	if err == nil {
		value, err = safe(value)
	}
	if err != nil {
		return q.fail(err)
	}
	return q.add(field, "=", value)
}

// Newest orders the newest first.
func (q *Query) Newest() *Query {
	q.parts = append(q.parts, "ORDERBYDESCsys_created_on")
	return q
}

func (q *Query) add(field, op, value string) *Query {
	if !queryFields[strings.TrimPrefix(field, "OR")] {
		return q.fail(fmt.Errorf("no condition can be on the field %q", field))
	}
	q.parts = append(q.parts, field+op+value)
	return q
}

func (q *Query) fail(err error) *Query {
	if q.err == nil {
		q.err = err
	}
	return q
}

// Encode returns the text of the query, or why there is none.
func (q *Query) Encode() (string, error) {
	if q.err != nil {
		return "", q.err
	}
	return strings.Join(q.parts, "^"), nil
}

// safe refuses what ends a value or is run as a script. There is no escape
// for a caret that the vendor documents, so that none may be in a value: it
// would begin a condition of its own, and ^NQ a whole query beside ours.
func safe(v string) (string, error) {
	trimmed := strings.TrimSpace(v)
	lower := strings.ToLower(trimmed)
	switch {
	case trimmed == "":
		return "", fmt.Errorf("%w: it is empty", ErrValue)
	case len(trimmed) > maxQueryValue:
		return "", fmt.Errorf("%w: it is longer than %d bytes", ErrValue, maxQueryValue)
	case strings.Contains(trimmed, "^"):
		return "", fmt.Errorf("%w: it holds a caret (^), which separates conditions; leave it out", ErrValue)
	case strings.Contains(lower, "javascript:"):
		return "", fmt.Errorf("%w: the instance would run it as a script", ErrValue)
	case strings.HasPrefix(lower, "dynamic"), strings.HasPrefix(trimmed, "@"):
		return "", fmt.Errorf("%w: the instance would take it for an operator", ErrValue)
	}
	for _, r := range trimmed {
		// Line feeds, and what some parsers take for them or for a caret.
		if r < 0x20 || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xff3e || r == 0xfffd {
			return "", fmt.Errorf("%w: it holds a control character", ErrValue)
		}
	}
	return trimmed, nil
}

const maxQueryValue = 200
