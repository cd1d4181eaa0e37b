package triage

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestThereAreSixteenCategoriesAndAllParse(t *testing.T) {
	if n := len(Categories()); n != 16 {
		t.Fatalf("%d categories, want 16", n)
	}
	seen := map[string]bool{}
	for _, c := range Categories() {
		if c.Title == "" || seen[c.Name] {
			t.Errorf("category %q is without title or twice there", c.Name)
		}
		seen[c.Name] = true
		if got, err := ParseCategory(" " + strings.ToUpper(c.Name) + " "); err != nil || got != c.Name {
			t.Errorf("ParseCategory(%q) = %q, %v", c.Name, got, err)
		}
		if CategoryTitle(c.Name) != c.Title {
			t.Errorf("CategoryTitle(%q) = %q", c.Name, CategoryTitle(c.Name))
		}
	}
	Categories()[0].Name = "changed"
	if Categories()[0].Name != "linux" {
		t.Error("a caller can change the categories")
	}
}

func TestEnumErrorsListWhatIsAcceptedAndNotWhatWasSent(t *testing.T) {
	for field, parse := range map[string]func(string) error{
		"severity": func(s string) error { _, err := ParseSeverity(s); return err },
		"status":   func(s string) error { _, err := ParseStatus(s); return err },
		"category": func(s string) error { _, err := ParseCategory(s); return err },
		"type":     func(s string) error { _, err := ParseEventType(s); return err },
	} {
		const sent = "Hunter2 secret"
		err := parse(sent)
		var in *InputError
		if !errors.As(err, &in) || in.Field != field {
			t.Errorf("%s: error %v is no InputError of the field", field, err)
			continue
		}
		want := map[string]string{"severity": "critical, high, medium, low", "status": "open, investigating, resolved, closed", "category": "public-safety", "type": EventDetected}[field]
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "Hunter2") {
			t.Errorf("%s: %q does not list the values, or repeats the input", field, err)
		}
	}
}

func TestResolvedAtFollowsTheStatus(t *testing.T) {
	at := func(h int) time.Time { return time.Date(2026, 3, 1, h, 0, 0, 0, time.UTC) }
	steps := []struct {
		to   Status
		when time.Time
		want time.Time
	}{
		{StatusInvestigating, at(1), time.Time{}},
		{StatusResolved, at(2), at(2)},
		{StatusResolved, at(3), at(2)}, // again: the first time stays
		{StatusClosed, at(4), at(2)},
		{StatusResolved, at(5), at(2)}, // backward, still resolved
		{StatusOpen, at(6), time.Time{}},
		{StatusClosed, at(7), at(7)}, // closed without resolved is resolved too
		{StatusInvestigating, at(8), time.Time{}},
	}
	i := Issue{Status: StatusOpen}
	for n, s := range steps {
		if err := i.SetStatus(s.to, s.when); err != nil {
			t.Fatal(err)
		}
		if i.Status != s.to || !i.ResolvedAt.Equal(s.want) {
			t.Errorf("step %d to %s: status %s, resolved at %v, want %v", n, s.to, i.Status, i.ResolvedAt, s.want)
		}
	}
	before := i
	if err := i.SetStatus("done", at(9)); err == nil || i.Status != before.Status {
		t.Errorf("SetStatus accepted an unknown status: %v", err)
	}
}

func TestIssueValidationNamesEveryFault(t *testing.T) {
	good := Issue{Title: "Orders down", Severity: SeverityHigh, Status: StatusOpen, Category: "databases", Tags: []string{"pg"}}
	if err := good.Validate(); err != nil {
		t.Fatalf("a good issue is refused: %v", err)
	}
	bad := Issue{Title: " ", Description: strings.Repeat("x", MaxDescription+1), Severity: "sev1", Category: "misc", Tags: []string{""}}
	err := bad.Validate()
	if err == nil {
		t.Fatal("a bad issue is accepted")
	}
	for _, field := range []string{"title", "description", "severity", "status", "category", "tags[0]"} {
		if !strings.Contains(err.Error(), field+" ") {
			t.Errorf("the error does not name %s: %v", field, err)
		}
	}
	atLimit := good
	atLimit.Title = strings.Repeat("x", MaxTitle)
	if err := atLimit.Validate(); err != nil {
		t.Errorf("a title at the limit is refused: %v", err)
	}
	atLimit.Title += "x"
	if atLimit.Validate() == nil {
		t.Error("a title over the limit is accepted")
	}
	atLimit.Title = "bad \xff"
	if atLimit.Validate() == nil {
		t.Error("invalid UTF-8 is accepted")
	}
}

func TestEventTypesAreKnownOrPlainWords(t *testing.T) {
	for _, s := range append(EventTypes(), "config_changed", "a1") {
		if got, err := ParseEventType(s); err != nil || got != s {
			t.Errorf("ParseEventType(%q) = %q, %v", s, got, err)
		}
	}
	if got, err := ParseEventType(""); err != nil || got != EventFree {
		t.Errorf("empty type: %q, %v", got, err)
	}
	for _, s := range []string{"Config", "1st", "a-b", "a b", "é", strings.Repeat("a", MaxEventType+1), "_x"} {
		if _, err := ParseEventType(s); err == nil {
			t.Errorf("ParseEventType(%q) accepted", s)
		}
	}
	e := TimelineEvent{At: time.Unix(1, 0), Type: "note", Text: "x"}
	if err := e.Validate(); err != nil {
		t.Error(err)
	}
	if err := (&TimelineEvent{Type: "X Y"}).Validate(); err == nil || !strings.Contains(err.Error(), "at ") ||
		!strings.Contains(err.Error(), "type ") || !strings.Contains(err.Error(), "text ") {
		t.Errorf("faults of an event are not all named: %v", err)
	}
}
