package triage

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of what an issue and an event may hold, in bytes of UTF-8 or in
// counts. They keep one record readable, and a caller from filling the store.
const (
	MaxTitle       = 200
	MaxDescription = 20_000
	MaxRootCause   = 4_000
	MaxTags        = 20
	MaxTag         = 50
	MaxEventText   = 4_000
	MaxEventSource = 200
	MaxEventType   = 64
)

// InputError says what is wrong with a caller's input and what to do next. It
// never repeats the input, which may hold a value that must not travel.
type InputError struct {
	Field   string // the argument, as the caller spells it: "nodes[2].claim"
	Problem string // what is wrong: "is empty"
	Next    string // what to do: "state the cause in one sentence"; may be empty
}

func (e *InputError) Error() string {
	s := e.Field + " " + e.Problem
	if e.Next != "" {
		s += "; " + e.Next
	}
	return s
}

func inputErr(field, problem, next string) *InputError {
	return &InputError{Field: field, Problem: problem, Next: next}
}

func oneOf(field string, accepted []string) *InputError {
	return inputErr(field, "is not an accepted value", "use one of "+strings.Join(accepted, ", "))
}

// Category is one of the IT domains that issues are sorted by.
type Category struct {
	Name  string // stable id: "kubernetes"
	Title string // for people: "Kubernetes and containers"
}

var categories = []Category{
	{"linux", "Linux"},
	{"windows", "Windows"},
	{"network", "Network"},
	{"kubernetes", "Kubernetes and containers"},
	{"databases", "Databases"},
	{"virtualization", "Virtualization"},
	{"hardware", "Hardware"},
	{"observability", "Observability"},
	{"telephony", "Telephony"},
	{"security", "Security and vault"},
	{"public-safety", "Public safety (NG911)"},
	{"application", "Application and JVM"},
	{"automation", "Automation and CI/CD"},
	{"hpe", "HPE"},
	{"dell", "Dell"},
	{"identity", "Identity"},
}

// Categories returns the sixteen domains in their fixed order.
func Categories() []Category { return slices.Clone(categories) }

// CategoryNames returns the names of [Categories], in their order.
func CategoryNames() []string {
	names := make([]string, len(categories))
	for i, c := range categories {
		names[i] = c.Name
	}
	return names
}

// ParseCategory accepts the name of a category in any letter case.
func ParseCategory(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	for _, c := range categories {
		if c.Name == s {
			return s, nil
		}
	}
	return "", oneOf("category", CategoryNames())
}

// CategoryTitle returns the title of a category, or the name itself when
// there is no such category.
func CategoryTitle(name string) string {
	for _, c := range categories {
		if c.Name == name {
			return c.Title
		}
	}
	return name
}

// Severities returns the severities, worst first.
func Severities() []Severity {
	return []Severity{SeverityCritical, SeverityHigh, SeverityMedium, SeverityLow}
}

// ParseSeverity accepts a severity in any letter case.
func ParseSeverity(s string) (Severity, error) {
	return parseEnum("severity", s, Severities())
}

// Statuses returns the statuses in their usual order.
func Statuses() []Status {
	return []Status{StatusOpen, StatusInvestigating, StatusResolved, StatusClosed}
}

// ParseStatus accepts a status in any letter case.
func ParseStatus(s string) (Status, error) {
	return parseEnum("status", s, Statuses())
}

func parseEnum[T ~string](field, s string, accepted []T) (T, error) {
	v := T(strings.ToLower(strings.TrimSpace(s)))
	if slices.Contains(accepted, v) {
		return v, nil
	}
	return "", oneOf(field, enumNames(accepted))
}

func enumNames[T ~string](list []T) []string {
	names := make([]string, len(list))
	for i, v := range list {
		names[i] = string(v)
	}
	return names
}

// SetStatus moves i to a status. Every move is allowed, backward ones too: an
// incident comes back, a closed issue was closed by mistake. ResolvedAt is
// now when the issue first becomes resolved or closed, stays through
// resolved and closed, and is cleared when the issue is open again.
func (i *Issue) SetStatus(to Status, now time.Time) error {
	if !slices.Contains(Statuses(), to) {
		return oneOf("status", enumNames(Statuses()))
	}
	switch to {
	case StatusResolved, StatusClosed:
		if i.ResolvedAt.IsZero() {
			i.ResolvedAt = now
		}
	default:
		i.ResolvedAt = time.Time{}
	}
	i.Status = to
	return nil
}

// Validate reports everything that is wrong with an issue's own fields, as
// [InputError] values joined.
func (i *Issue) Validate() error {
	var errs []error
	errs = append(errs, checkText("title", i.Title, 1, MaxTitle))
	errs = append(errs, checkText("description", i.Description, 0, MaxDescription))
	errs = append(errs, checkText("root_cause", i.RootCause, 0, MaxRootCause))
	if !slices.Contains(Severities(), i.Severity) {
		errs = append(errs, oneOf("severity", enumNames(Severities())))
	}
	if !slices.Contains(Statuses(), i.Status) {
		errs = append(errs, oneOf("status", enumNames(Statuses())))
	}
	if !slices.Contains(CategoryNames(), i.Category) {
		errs = append(errs, oneOf("category", CategoryNames()))
	}
	if len(i.Tags) > MaxTags {
		errs = append(errs, inputErr("tags", fmt.Sprintf("has more than %d entries", MaxTags), "keep the telling ones"))
	}
	for n, t := range i.Tags {
		errs = append(errs, checkText(fmt.Sprintf("tags[%d]", n), t, 1, MaxTag))
	}
	return errors.Join(errs...)
}

// checkText returns an untyped nil when s is valid UTF-8, within its bounds
// and, where one is required, more than white space.
func checkText(field, s string, least, most int) error {
	switch {
	case !utf8.ValidString(s):
		return inputErr(field, "is not valid UTF-8", "")
	case least > 0 && strings.TrimSpace(s) == "":
		return inputErr(field, "is empty", "give it a text")
	case len(s) > most:
		return inputErr(field, fmt.Sprintf("is longer than %d bytes", most), "shorten it")
	}
	return nil
}

// EventTypes returns the types of events with a meaning of their own: those
// that tools add and those that [Derive] reads. Other types may be used.
func EventTypes() []string {
	return []string{
		EventTriageStarted, EventLogUploaded, EventWhyLevelAdvanced, EventRootCauseIdentified,
		EventRCAGenerated, EventPostmortemGenerated, EventDocumentExported, EventFree,
		EventImpactStarted, EventDetected, EventAcknowledged, EventMitigated, EventResolved,
	}
}

// ParseEventType accepts one of [EventTypes] or a free type of lower-case
// letters, digits and underscores that starts with a letter. Empty is
// [EventFree].
func ParseEventType(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return EventFree, nil
	}
	ok := len(s) <= MaxEventType && s[0] >= 'a' && s[0] <= 'z'
	for i := 0; ok && i < len(s); i++ {
		c := s[i]
		ok = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_'
	}
	if !ok {
		return "", inputErr("type", fmt.Sprintf("is not a word of at most %d lower-case letters, digits and underscores", MaxEventType),
			"use one of "+strings.Join(EventTypes(), ", ")+", or a word of your own")
	}
	return s, nil
}

// Validate reports everything that is wrong with an event's own fields, as
// [InputError] values joined.
func (e *TimelineEvent) Validate() error {
	var errs []error
	if e.At.IsZero() {
		errs = append(errs, inputErr("at", "is missing", "give the time it happened as RFC 3339, such as 2026-03-01T04:05:06Z"))
	}
	if _, err := ParseEventType(e.Type); err != nil {
		errs = append(errs, err)
	}
	errs = append(errs, checkText("text", e.Text, 1, MaxEventText), checkText("source", e.Source, 0, MaxEventSource))
	return errors.Join(errs...)
}
