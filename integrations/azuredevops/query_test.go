package azuredevops

import (
	"errors"
	"slices"
	"strings"
	"testing"

	fake "github.com/tftsr/tftsr/internal/fakes/azuredevops"
)

// organization is a fake with items in two projects, of which the queries of
// one must never find those of the other.
func organization() (f *fake.Fake, mine, others []int) {
	f = fake.New(fake.Options{})
	for _, title := range []string{"checkout 502", "O'Brien's printer", "a b"} {
		mine = append(mine, f.Seed(fake.Project, "Bug", map[string]any{"System.Title": title}, false))
		others = append(others, f.Seed(fake.OtherProject, "Bug", map[string]any{"System.Title": title}, false))
	}
	return f, mine, others
}

// hostile are values that try to end their literal, to begin a condition, or
// to leave the project.
var hostile = []string{
	"'", "''", "'''", "' OR '1'='1", "x' OR [System.TeamProject] <> 'x", "x') OR ([System.Id] > 0", "x')) OR 1=1 --", "x' OR [System.Id] > 0 ORDER BY [System.Id]",
	"x' ASOF '2020-01-01", "x' MODE (MustContain)", `x" OR [System.Id] > 0 OR "`, "x\\' OR [System.Id] > 0", "x%27 OR [System.Id] > 0", "x'; SELECT [System.Id] FROM WorkItems",
	"] OR [System.Id", "@project", "x' /* ", "x' -- ", "*", "%", "x'' OR [System.Id] > 0", "’ OR [System.Id] > 0", "＇ OR [System.Id] > 0", "' AND [System.TeamProject] = 'Payroll",
}

// refusedValues can be in no literal.
var refusedValues = []string{
	"", "   ", "a\nb", "a\rb", "a\x00b", "a\x1bb", "a\x7fb", "a\u0085b", "a\u2028b", "a\u2029b", "\xff", strings.Repeat("a", maxValue+1),
}

func TestAHostileValueIsALiteralAndNothingElse(t *testing.T) {
	f, mine, _ := organization()
	for _, v := range hostile {
		id := f.Seed(fake.Project, "Bug", map[string]any{"System.Title": "before " + v + " after"}, false)
		for name, q := range map[string]*Query{"text": NewQuery().Text(v), "state": NewQuery().State(v), "type": NewQuery().Type(v), "area": NewQuery().Area(v), "tag": NewQuery().Tag(v)} {
			text, err := q.Encode()
			if err != nil {
				t.Errorf("%q: %v", v, err)
				continue
			}
			found, err := f.Find(text, fake.Project)
			if err != nil {
				t.Errorf("%q became %s, which cannot be read: %v", v, text, err)
			}
			if name != "text" && len(found) > 0 {
				t.Errorf("%q as %s finds %v with %s", v, name, found, text)
			}
			// It finds the item that holds it, and others only where they hold it.
			for _, other := range found {
				if title := f.Fields(other)["System.Title"].(string); !strings.Contains(title, v) {
					t.Errorf("%q finds %q with %s", v, title, text)
				}
			}
			if name == "text" && !slices.Contains(found, id) {
				t.Errorf("%q does not find itself with %s", v, text)
			}
		}
	}
	if got, err := f.Find(NewQuery().Text("O'Brien's").String(), fake.Project); err != nil || !slices.Equal(got, mine[1:2]) {
		t.Errorf("a name with a quote finds %v, %v", got, err)
	}
	for _, v := range refusedValues {
		if text, err := NewQuery().Text(v).Encode(); !errors.Is(err, ErrValue) || text != "" {
			t.Errorf("%q became %q, %v", v, text, err)
		}
	}
}

func TestQueriesAreWhatTheirConditionsSay(t *testing.T) {
	const begin, end = "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project", " ORDER BY [System.ChangedDate] DESC"
	for want, q := range map[string]*Query{
		"": NewQuery(),
		" AND ([System.State] = 'In Progress') AND ([System.AreaPath] UNDER 'A\\B')":                                              NewQuery().State("In Progress").Area(`A\B`),
		" AND ([System.Title] CONTAINS 'x' OR [System.Description] CONTAINS 'x' OR [Microsoft.VSTS.TCM.ReproSteps] CONTAINS 'x')": NewQuery().Text("x"),
		" AND ([System.WorkItemType] = 'Bug') AND ([System.Tags] CONTAINS 'tftsr-1')":                                             NewQuery().Type("Bug").Tag("tftsr-1"),
	} {
		if got, err := q.Encode(); got != begin+want+end || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	if got, err := NewQuery().add("=", "x", "System.Password").Encode(); err == nil || got != "" {
		t.Errorf("a field that is not listed: %q", got)
	}
	long := NewQuery()
	for range 200 {
		long.State(strings.Repeat("x", maxValue))
	}
	if _, err := long.Encode(); !errors.Is(err, ErrValue) {
		t.Errorf("a query that is too long: %v", err)
	}
}

// escapes are queries that try to see other projects, other times or links.
// Those that are taken must stay in the project.
var escapes = []string{
	"SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] <> @project",
	"SELECT [System.Id] FROM WorkItems WHERE [System.Id] > 0 OR [System.TeamProject] <> ''",
	"SELECT [System.Id] FROM WorkItems WHERE [System.Id] = 0 OR NOT [System.TeamProject] = @project",
	"SELECT [System.Id] FROM WorkItems WHERE ([System.Id] = 0) OR ([System.Id] > 0)",
	"SELECT [System.Id] FROM WorkItems WHERE NOT ([System.Id] = 0) OR NOT (NOT [System.Id] > 0)",
	"SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] IN ('Payroll', 'Fabrikam Fiber')",
	"SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] EVER 'Payroll'",
	"SELECT [System.Id] FROM WorkItems WHERE [System.AreaPath] UNDER 'Payroll' OR [System.AreaPath] NOT UNDER 'Payroll'",
	"SELECT [System.Id] FROM WorkItems WHERE [System.Title] CONTAINS 'x'' OR [System.Id] > 0 OR [System.Title] CONTAINS ''x'",
	`SELECT [System.Id] FROM WorkItems WHERE [System.Title] = "x' OR [System.Id] > 0 OR [System.Title] = 'x"`,
	"SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = [System.TeamProject]",
	"SELECT [System.Id] FROM WorkItems WHERE System.Id > 0 OR System.Id < -1 ORDER BY [System.Id], System.Title DESC",
	"select * from x", "SELECT [System.Id] FROM WorkItems", "SELECT [System.Id] FROM WorkItems WHERE", "",
	"SELECT [System.Id] FROM WorkItems WHERE [System.Id] > 0) OR ([System.Id] > 0",
	"SELECT [System.Id] FROM WorkItems WHERE [System.Id] > 0)) OR (([System.Id] > 0",
	"SELECT [System.Id] FROM WorkItems WHERE [System.Id] > 0 -- ",
	"SELECT [System.Id] FROM WorkItems WHERE [System.Id] > 0 /* ", "SELECT [System.Id] FROM WorkItems WHERE /* */ [System.Id] > 0",
	"SELECT [System.Id] FROM WorkItems WHERE [System.Id] > 0; SELECT [System.Id] FROM WorkItems",
	"SELECT [System.Id] FROM WorkItems WHERE [System.Id] > 0 ASOF '2020-01-01'",
	"SELECT [System.Id] FROM WorkItems WHERE [System.Id] > 0 ORDER BY [System.Id] ASOF @today",
	"SELECT [System.Id] FROM WorkItems WHERE [System.Id] > 0 MODE (MustContain)",
	"SELECT [System.Id] FROM WorkItemLinks WHERE [Source].[System.Id] > 0 MODE (Recursive)",
	"SELECT [System.Id] FROM WorkItems WHERE [Source].[System.Id] > 0",
	"SELECT [System.Id] FROM WorkItems WHERE [System.Id] > 0 UNION SELECT [System.Id] FROM WorkItems",
	"SELECT [System.Id] FROM WorkItems WHERE [System.Id] = @CurrentIteration('[Payroll]\\Team')",
	"SELECT [System.Id] FROM WorkItems WHERE [System.Title] = 'x' ORDER BY [System.Id] OR [System.Id] > 0",
	"SELECT [System.Id] FROM WorkItems WHERE [System.Id] = (SELECT [System.Id] FROM WorkItems)",
	"SELECT [System.Id] FROM WorkItems WHERE [x] = 1] OR [System.Id] > 0",
	"SELECT [System.Id] FROM WorkItems WHERE [System.Id] IN (1, 2) OR [System.Id] IN (@project)",
	"SELECT [System.Id] FROM WorkItems WHERE [Or] = 1 OR [And] = 2", "SELECT [System.Id] FROM WorkItems WHERE OR = 1",
	"SELECT [System.Id] FROM WorkItems WHERE [System.Id] = 9999999999999999999999",
	"SELECT [System.Id] FROM WorkItems WHERE " + strings.Repeat("NOT ", 50) + "[System.Id] > 0",
	"SELECT [System.Id] FROM WorkItems WHERE " + strings.Repeat("(", 50) + "[System.Id] > 0" + strings.Repeat(")", 50),
}

// staysInside runs a query of an agent as it would be asked, and says whether
// it was taken; it fails when anything of another project is found.
func staysInside(t testing.TB, f *fake.Fake, others []int, raw string) bool {
	c, err := ParseConditions(raw)
	if err != nil {
		if !errors.Is(err, ErrWIQL) {
			t.Errorf("%q: %v", raw, err)
		}
		return false
	}
	text, err := NewQuery().Where(c, c.Literals()).Encode()
	if err != nil {
		if !errors.Is(err, ErrValue) {
			t.Errorf("%q: %v", raw, err)
		}
		return false
	}
	if strings.Count(text, "[System.TeamProject] = @project AND (") < 1 || !strings.HasPrefix(text, "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project AND (") {
		t.Errorf("%q became %s", raw, text)
	}
	found, err := f.Find(text, fake.Project)
	if err != nil {
		// A field that there is not, or more parentheses than the service reads.
		if !strings.Contains(err.Error(), "TF51005: The query references") && !strings.Contains(err.Error(), "nested too deep") && !strings.Contains(err.Error(), "is no number") {
			t.Errorf("%q became %s, which cannot be read: %v", raw, text, err)
		}
		return true
	}
	for _, id := range found {
		if slices.Contains(others, id) {
			t.Errorf("%q became %s, which finds an item of another project", raw, text)
		}
	}
	return true
}

func TestAQueryOfAnAgentStaysInTheProject(t *testing.T) {
	f, mine, others := organization()
	taken := 0
	for _, raw := range escapes {
		if staysInside(t, f, others, raw) {
			taken++
		}
	}
	if taken < 10 {
		t.Errorf("only %d were taken: the test shows nothing", taken)
	}
	for raw, want := range map[string][]int{
		"SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] <> 'x' ORDER BY [System.Id]":                                                                                                    mine,
		"select Id from workitems where Title contains 'checkout' or Title = \"a b\" order by ID desc":                                                                                                {mine[2], mine[0]},
		"SELECT [System.Id], [System.Title] FROM WorkItems WHERE [System.Title] = 'O''Brien''s printer' AND [System.State] IN ('New')":                                                                {mine[1]},
		"SELECT [System.Id] FROM WorkItems WHERE [System.CreatedDate] >= @today - 7 AND [System.Description] IS EMPTY AND NOT [Microsoft.VSTS.Common.Priority] > 2 AND [System.Title] CONTAINS 'a b'": {mine[2]},
	} {
		c, err := ParseConditions(raw)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		if found, err := f.Find(NewQuery().Where(c, c.Literals()).String(), fake.Project); err != nil || !slices.Equal(found, want) {
			t.Errorf("%s finds %v, %v, want %v", raw, found, err, want)
		}
	}
	for raw, says := range map[string]string{
		"SELECT [System.Id] FROM WorkItems WHERE [System.Id] > 0 ASOF '2020-01-01'":                 "ASOF and MODE are not taken",
		"SELECT [System.Id] FROM WorkItemLinks WHERE [System.Id] > 0":                               "queries of links are not taken",
		"SELECT [System.Id] FROM WorkItems WHERE [System.Id] > 0 # x":                               "there are no comments",
		"SELECT [System.Id] FROM WorkItems WHERE [System.IterationPath] = @currentIteration":        "the macros are",
		"SELECT [System.Id] FROM WorkItems WHERE [System.Title] LIKE 'x'":                           "an operator was expected",
		"SELECT [System.Id] FROM WorkItems WHERE [System.Title] = 'x":                               "without its second quote",
		"SELECT [System.Id] FROM WorkItems WHERE [System.Title] = 'x' " + strings.Repeat(" ", 4000): "longer than 4000",
	} {
		if _, err := ParseConditions(raw); !errors.Is(err, ErrWIQL) || !strings.Contains(err.Error(), says) {
			t.Errorf("%.90s: %v", raw, err)
		}
	}
}

func TestLiteralsAreReplacedAsLiterals(t *testing.T) {
	f, _, _ := organization()
	c, err := ParseConditions("SELECT [System.Id] FROM WorkItems WHERE [System.Title] = '[Hostname_1]' OR [System.Title] = 'y'")
	if err != nil || !slices.Equal(c.Literals(), []string{"[Hostname_1]", "y"}) {
		t.Fatal(c.Literals(), err)
	}
	// What a token stood for may hold anything.
	text, err := NewQuery().Where(c, []string{"x' OR [System.Id] > 0 OR [System.Title] = 'x", "y"}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	if found, err := f.Find(text, fake.Project); err != nil || len(found) > 0 {
		t.Errorf("%s finds %v, %v", text, found, err)
	}
	for _, lits := range [][]string{nil, {"x"}, {"x", "y", "z"}, {"x", "a\nb"}} {
		if text, err := NewQuery().Where(c, lits).Encode(); err == nil || text != "" {
			t.Errorf("with %q it became %q", lits, text)
		}
	}
}

// FuzzQueriesStayInTheProject holds that whatever an agent writes finds nothing
// of another project, and that a value never adds a condition.
func FuzzQueriesStayInTheProject(f *testing.F) {
	for _, v := range slices.Concat(escapes, hostile) {
		f.Add(v)
	}
	org, _, others := organization()
	f.Fuzz(func(t *testing.T, raw string) {
		staysInside(t, org, others, raw)
		text, err := NewQuery().Text(raw).Encode()
		if err != nil {
			return
		}
		found, err := org.Find(text, fake.Project)
		if err != nil {
			t.Fatalf("%q became %s, which cannot be read: %v", raw, text, err)
		}
		for _, id := range found {
			if title := org.Fields(id)["System.Title"].(string); slices.Contains(others, id) || !strings.Contains(strings.ToLower(title), strings.ToLower(raw)) {
				t.Fatalf("%q finds %d, %q", raw, id, title)
			}
		}
	})
}
