package servicenow

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/tftsr/tftsr/integrations"
)

// Level is what an incident's priority is computed from: 1 is high, 3 low.
type Level struct{ Impact, Urgency string }

// severities is the mapping unless it is configured otherwise. The priority
// that comes of it in a stock instance is 1, 2, 3 and 4; customers change that
// table, so that it is read back.
var severities = map[string]Level{"critical": {"1", "1"}, "high": {"1", "2"}, "medium": {"2", "2"}, "low": {"2", "3"}}

// aliases are the other names of severities.
var aliases = map[string]string{"p1": "critical", "p2": "high", "p3": "medium", "p4": "low", "1": "critical", "2": "high", "3": "medium", "4": "low"}

// LevelOf returns the level of a severity: critical, high, medium, low, P1 to
// P4, or 1 to 4.
func (c Client) LevelOf(severity string) (Level, error) {
	name := strings.ToLower(severity)
	if full, ok := aliases[name]; ok {
		name = full
	}
	l, ok := severities[name]
	if !ok {
		return l, fmt.Errorf("severity is critical, high, medium or low, or P1 to P4")
	}
	if text := c.Instance.Options["severity"]; text != "" {
		own, err := parseSeverity(text)
		if err != nil {
			return l, err
		}
		l = own[name]
	}
	return l, nil
}

// parseSeverity reads critical=1/1,high=1/2,medium=2/2,low=2/3: impact, then
// urgency.
func parseSeverity(text string) (map[string]Level, error) {
	out := maps.Clone(severities)
	for part := range strings.SplitSeq(text, ",") {
		name, level, _ := strings.Cut(strings.TrimSpace(part), "=")
		impact, urgency, _ := strings.Cut(level, "/")
		if _, ok := severities[name]; !ok || !isLevel(impact) || !isLevel(urgency) {
			return nil, errors.New("write critical=1/1,high=1/2,medium=2/2,low=2/3: impact and urgency of each, from 1 to 3")
		}
		out[name] = Level{impact, urgency}
	}
	return out, nil
}

func isLevel(s string) bool { return s == "1" || s == "2" || s == "3" }

// states are the codes of a stock instance.
var states = map[string]string{"new": "1", "in progress": "2", "on hold": "3", "resolved": "6", "closed": "7", "canceled": "8"}

// StateOf returns the code of a state that an update may set: closing and
// resolving have rules of their own, and a hold needs its reason.
func StateOf(name string) (string, error) {
	code, ok := states[strings.ToLower(strings.ReplaceAll(name, "_", " "))]
	if !ok || code != "1" && code != "2" {
		return "", errors.New("state is new or in_progress; resolve_servicenow_incident resolves")
	}
	return code, nil
}

// StateCode returns the code of any state, for searching.
func StateCode(name string) (string, error) {
	code, ok := states[strings.ToLower(strings.ReplaceAll(name, "_", " "))]
	if !ok {
		return "", fmt.Errorf("state is one of: %s", strings.ReplaceAll(strings.Join(slices.Sorted(maps.Keys(states)), ", "), " ", "_"))
	}
	return code, nil
}

// New incidents and changes of them.
type (
	// Draft is the body of a create.
	Draft struct {
		Short       string `json:"short_description"`
		Description string `json:"description,omitempty"`
		Impact      string `json:"impact"`
		Urgency     string `json:"urgency"`
		Category    string `json:"category,omitempty"`
		Group       string `json:"assignment_group,omitempty"`
		Caller      string `json:"caller_id,omitempty"`
		Correlation string `json:"correlation_id"`
		Origin      string `json:"correlation_display"`
	}
	// Change is the body of an update. What is empty is left alone.
	Change struct {
		Short       string `json:"short_description,omitempty"`
		Description string `json:"description,omitempty"`
		Impact      string `json:"impact,omitempty"`
		Urgency     string `json:"urgency,omitempty"`
		State       string `json:"state,omitempty"`
		WorkNotes   string `json:"work_notes,omitempty"` // for colleagues
		Comments    string `json:"comments,omitempty"`   // for the caller, who gets a mail
		CloseCode   string `json:"close_code,omitempty"`
		CloseNotes  string `json:"close_notes,omitempty"`
	}
)

// maxShort is the length of short_description in a stock instance, in
// characters.
const maxShort = 160

// NewDraft starts an incident with the defaults of the instance.
func (c Client) NewDraft(short, description string, l Level, correlation string) Draft {
	if r := []rune(short); len(r) > maxShort {
		short = string(r[:maxShort-1]) + "…"
	}
	o := c.Instance.Options
	return Draft{
		Short: short, Description: description, Impact: l.Impact, Urgency: l.Urgency, Correlation: correlation, Origin: "tftsr",
		Category: o["category"], Group: o["assignment_group"], Caller: o["caller_id"],
	}
}

// Resolution returns the change that resolves an incident. Most instances
// refuse one without a code and notes.
func (c Client) Resolution(code, notes string) (Change, error) {
	if code == "" {
		code = c.Instance.Options["close_code"]
	}
	if code == "" || notes == "" {
		return Change{}, errors.New("resolving needs close_notes and close_code: one of the choices of the field Resolution code, such as \"Solution provided\"; the owner can set a default with --option close_code=…")
	}
	return Change{State: states["resolved"], CloseCode: code, CloseNotes: notes}, nil
}

var (
	scopeForm  = lazyRegexp(`^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$`) // RFC 6749, section 3.3
	nameForm   = lazyRegexp(`^[\pL\pN_][\pL\pN _().,/&@'-]{0,99}$`)
	choiceForm = lazyRegexp(`^[\pL\pN _().,/&-]{1,100}$`)
)

var options = []integrations.Option{
	{Name: "severity", Doc: "impact and urgency of each severity: critical=1/1,high=1/2,medium=2/2,low=2/3", Check: func(v string) error {
		_, err := parseSeverity(v)
		return err
	}},
	{Name: "close_code", Doc: "resolution code when a call names none", Check: matches(choiceForm, "a choice of the field Resolution code")},
	{Name: "category", Doc: "category of new incidents", Check: matches(choiceForm, "a choice of the field Category")},
	{Name: "assignment_group", Doc: "name or sys_id of the group that new incidents go to", Check: matches(nameForm, "a name, which `tftsr integration test` looks up, or a sys_id")},
	{Name: "caller_id", Doc: "user name or sys_id of the caller of new incidents", Check: matches(nameForm, "a user name, which `tftsr integration test` looks up, or a sys_id")},
	{Name: "scope", Doc: "OAuth scopes, with spaces between", Check: matches(scopeForm, "scopes with spaces between")},
}

func matches(form func() *regexp.Regexp, what string) func(string) error {
	return func(v string) error {
		if !form().MatchString(v) {
			return fmt.Errorf("it must be %s", what)
		}
		return nil
	}
}
