package azuredevops

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/tftsr/tftsr/internal/fakes/contracttest"
)

const contract = "../../../docs/contracts/azuredevops.yaml"

// call makes one request and returns the answer.
func call(h http.Handler, method, path, body string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Accept", "application/json")
	r.SetBasicAuth("", PAT)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
		if strings.HasPrefix(body, "[") {
			r.Header.Set("Content-Type", "application/json-patch+json")
		}
	}
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const (
	root = "/fabrikam/_apis/"
	wit  = "/fabrikam/Fabrikam%20Fiber/_apis/wit/"
)

func title(text string) string {
	return fmt.Sprintf(`[{"op":"add","path":"/fields/System.Title","value":%q}]`, text)
}

func TestEveryDeclaredResponseIsTriggeredAndNoOther(t *testing.T) {
	f := New(Options{})
	c := contracttest.New(t, contract, f)
	f.Seed(Project, "Bug", map[string]any{"System.Title": "down"}, false)
	hidden := f.Seed(Project, "Bug", map[string]any{"System.Title": "secret"}, true)
	want := func(status int, method, path, body string, change func(*http.Request)) {
		t.Helper()
		if w := call(c, method, path, body, change); w.Code != status {
			t.Errorf("%s %s %s answers %d, want %d: %s", method, path, body, w.Code, status, w.Body)
		}
	}
	media := func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }
	missing := strings.NewReplacer("Fabrikam%20Fiber", "Nowhere", "fabrikam/_apis", "fabrikam/_api")
	for _, op := range []struct{ method, path, version, body string }{
		{"GET", root + "connectionData", "7.1-preview", ""},
		{"GET", wit + "workitemtypes", "7.1", ""},
		{"GET", wit + "workitemtypes/Bug/fields?$expand=allowedValues&", "7.1", ""},
		{"POST", wit + "workitems/$Bug", "7.1", title("x")},
		{"GET", wit + "workitems/1", "7.1", ""},
		{"PATCH", wit + "workitems/1", "7.1", title("y")},
		{"GET", wit + "workitems/1/comments?$top=3&order=desc&", "7.1-preview.4", ""},
		{"POST", wit + "workitems/1/comments?format=markdown&", "7.2-preview.4", `{"text":"hello"}`},
		{"POST", wit + "wiql?$top=10&", "7.1", `{"query":"SELECT [System.Id] FROM WorkItems"}`},
		{"POST", wit + "workitemsbatch", "7.1", `{"ids":[1,2],"fields":["System.Title"],"errorPolicy":"omit"}`},
	} {
		path := op.path
		if !strings.Contains(path, "?") {
			path += "?"
		}
		good := path + "api-version=" + op.version
		want(200, op.method, good, op.body, nil)
		want(400, op.method, strings.TrimRight(path, "?&"), op.body, nil)
		if !strings.Contains(path, "connectionData") {
			want(404, op.method, missing.Replace(good), op.body, nil)
		}
		bad := func(r *http.Request) { r.SetBasicAuth("", "wrong") }
		f.Set(func(o *Options) { o.SignIn = SignInError })
		want(401, op.method, good, op.body, bad)
		f.Set(func(o *Options) { o.SignIn = SignInRedirect })
		want(302, op.method, good, op.body, bad)
		f.Set(func(o *Options) { o.SignIn = SignInPage })
		if w := call(c, op.method, good, op.body, bad); w.Code != 203 || !strings.Contains(w.Body.String(), "Sign In") {
			t.Errorf("%s: a wrong token is answered with %d", good, w.Code)
		}
		f.Set(func(o *Options) { o.Limit = 1 })
		call(c, "GET", wit+"workitems/1?api-version=7.1", "", nil)
		want(429, op.method, good, op.body, nil)
		f.Set(func(o *Options) { o.Limit, o.Slow = 0, 1 })
		call(c, "GET", wit+"workitems/1?api-version=7.1", "", nil)
		if w := call(c, op.method, good, op.body, nil); w.Code != 200 || w.Header().Get("Retry-After") != "30" {
			t.Errorf("%s: a call that is slowed down is answered with %d, Retry-After %q", good, w.Code, w.Header().Get("Retry-After"))
		}
		f.Set(func(o *Options) { o.Slow = 0 })
		if op.body != "" {
			want(415, op.method, good, op.body, media)
		}
		if op.method == "PATCH" || strings.Contains(path, "$Bug") || strings.Contains(path, "format=") {
			f.FailWrites(1)
			want(503, op.method, good, op.body, nil)
			f.Set(func(o *Options) { o.ReadOnly = true })
			want(403, op.method, good, op.body, nil)
			f.Set(func(o *Options) { o.ReadOnly = false })
		}
	}
	want(404, "GET", fmt.Sprint(wit, "workitems/", hidden, "?api-version=7.1"), "", nil)
	want(404, "GET", wit+"workitemtypes/Incident/fields?api-version=7.1", "", nil)
	want(404, "POST", wit+"workitems/$Incident?api-version=7.1", title("x"), nil)
	patch := wit + "workitems/1?api-version=7.1"
	want(412, "PATCH", patch, `[{"op":"test","path":"/rev","value":99},{"op":"add","path":"/fields/System.Title","value":"z"}]`, nil)
	f.Race(1)
	want(409, "PATCH", patch, title("z"), nil)

	want(404, "GET", "/contoso/_apis/connectionData?api-version=7.1-preview", "", nil)

	for _, missing := range c.Untriggered() {
		t.Errorf("%s is declared and never triggered", missing)
	}
}

func TestTheFakeRefusesWhateverTheContractRefuses(t *testing.T) {
	f := New(Options{})
	c := contracttest.New(t, contract, f)
	f.Seed(Project, "Bug", map[string]any{"System.Title": "down"}, false)
	long := strings.Repeat("x", 32001)
	op := func(op, path, value string) string {
		return fmt.Sprintf(`[{"op":%q,"path":%q,"value":%s}]`, op, path, value)
	}
	for _, bad := range []struct{ method, path, body string }{
		{"GET", root + "connectionData?api-version=7.1", ""},
		{"GET", root + "connectionData?api-version=5.0-preview", ""},
		{"GET", wit + "workitemtypes?api-version=7.1-preview.2", ""},
		{"GET", wit + "workitemtypes?api-version=9.0", ""},
		{"GET", wit + "workitemtypes?api-version=7.1&colour=red", ""},
		{"GET", wit + "workitemtypes/Bug/fields?api-version=7.1&$expand=much", ""},
		{"GET", wit + "workitems/0?api-version=7.1", ""},
		{"GET", wit + "workitems/-1?api-version=7.1", ""},
		{"GET", wit + "workitems/one?api-version=7.1", ""},
		{"GET", wit + "workitems/99999999999?api-version=7.1", ""},
		{"DELETE", wit + "workitems/1?api-version=7.1", ""},
		{"POST", wit + "workitems/Bug?api-version=7.1", title("x")},
		{"POST", wit + "workitems/$Bug?api-version=7.1&bypassRules=true", title("x")},
		{"POST", wit + "workitems/$Bug?api-version=7.1&validateOnly=maybe", title("x")},
		{"POST", wit + "workitems/$Bug?api-version=7.1", `[]`},
		{"POST", wit + "workitems/$Bug?api-version=7.1", `{"title":"x"}`},
		{"POST", wit + "workitems/$Bug?api-version=7.1", `[{"op":"add","path":"/fields/System.Title"}]`},
		{"POST", wit + "workitems/$Bug?api-version=7.1", op("add", "/fields/System.Title", `{"a":1}`)},
		{"POST", wit + "workitems/$Bug?api-version=7.1", op("add", "/fields/System.Title", `1.5`)},
		{"POST", wit + "workitems/$Bug?api-version=7.1", op("add", "/fields/System.Title", `null`)},
		{"POST", wit + "workitems/$Bug?api-version=7.1", op("add", "fields/System.Title", `"x"`)},
		{"POST", wit + "workitems/$Bug?api-version=7.1", op("add", "/fields/a/b", `"x"`)},
		{"POST", wit + "workitems/$Bug?api-version=7.1", op("add", "/relations/-", `"x"`)},
		{"POST", wit + "workitems/$Bug?api-version=7.1", op("replace", "/fields/System.Title", `"x"`)},
		{"POST", wit + "workitems/$Bug?api-version=7.1", op("remove", "/fields/System.Title", `"x"`)},
		{"POST", wit + "workitems/$Bug?api-version=7.1", `[{"op":"copy","from":"/fields/a","path":"/fields/System.Title","value":"x"}]`},
		{"POST", wit + "workitems/$Bug?api-version=7.1", `[{"op":"add","path":"/fields/System.Title","value":"x","colour":"red"}]`},
		{"PATCH", wit + "workitems/1?api-version=7.1", op("test", "/id", `1`)},
		{"POST", wit + "wiql?api-version=7.1", `{"query":"SELECT [System.Id] FROM WorkItems"}`},
		{"POST", wit + "wiql?api-version=7.1&$top=0", `{"query":"SELECT [System.Id] FROM WorkItems"}`},
		{"POST", wit + "wiql?api-version=7.1&$top=1", `{"query":""}`},
		{"POST", wit + "wiql?api-version=7.1&$top=1", `{"query":"` + long + `"}`},
		{"POST", wit + "wiql?api-version=7.1&$top=1", `{"query":"SELECT [System.Id] FROM WorkItems","colour":"red"}`},
		{"POST", wit + "workitemsbatch?api-version=7.1", `{"ids":[],"fields":["System.Title"],"errorPolicy":"omit"}`},
		{"POST", wit + "workitemsbatch?api-version=7.1", `{"ids":[0],"fields":["System.Title"],"errorPolicy":"omit"}`},
		{"POST", wit + "workitemsbatch?api-version=7.1", `{"ids":[1],"fields":["Title"],"errorPolicy":"omit"}`},
		{"POST", wit + "workitemsbatch?api-version=7.1", `{"ids":[1],"fields":["System.Title"]}`},
		{"POST", wit + "workitemsbatch?api-version=7.1", `{"ids":[1` + strings.Repeat(",1", 200) + `],"fields":["System.Title"],"errorPolicy":"omit"}`},
		{"GET", wit + "workitems/1/comments?api-version=7.1-preview.4", ""},
		{"GET", wit + "workitems/1/comments?api-version=7.1-preview.4&$top=1&order=random", ""},
		{"POST", wit + "workitems/1/comments?api-version=7.2-preview.4", `{"text":"x"}`},
		{"POST", wit + "workitems/1/comments?api-version=7.2-preview.4&format=rtf", `{"text":"x"}`},
		{"POST", wit + "workitems/1/comments?api-version=7.2-preview.4&format=html", `{"text":""}`},
		{"POST", wit + "workitems/1/comments?api-version=7.2-preview.4&format=html", `{"text":"x","by":"me"}`},
	} {
		r := httptest.NewRequest(bad.method, bad.path, strings.NewReader(bad.body))
		r.Header.Set("Content-Type", "application/json")
		if strings.HasPrefix(bad.body, "[") {
			r.Header.Set("Content-Type", "application/json-patch+json")
		}
		if _, err := c.Refuses(r); err == nil {
			t.Errorf("%s %s %.80s: the contract allows it", bad.method, bad.path, bad.body)
		}
		if w := call(c, bad.method, bad.path, bad.body, nil); w.Code < 400 {
			t.Errorf("%s %s %.80s: the fake answers %d: %s", bad.method, bad.path, bad.body, w.Code, w.Body)
		}
	}
	if f.Writes() != 0 {
		t.Error("something that is refused was written")
	}
}

func TestAPatchIsCarriedOutWholeOrNotAtAll(t *testing.T) {
	f := New(Options{Require: map[string][]string{"Custom.Environment": {"Production", "Staging"}}})
	create := wit + "workitems/$Bug?api-version=7.1"
	add := func(pairs ...string) string {
		var ops []string
		for i := 0; i < len(pairs); i += 2 {
			ops = append(ops, fmt.Sprintf(`{"op":"add","path":%q,"value":%s}`, pairs[i], pairs[i+1]))
		}
		return "[" + strings.Join(ops, ",") + "]"
	}
	env := []string{"/fields/Custom.Environment", `"Production"`}
	for name, tc := range map[string]struct{ body, key, says string }{
		"without what is required":   {title("x"), "RuleValidationException", "TF401320: Rule Error for field Environment. Error code: Required, InvalidEmpty."},
		"outside of a picklist":      {add("/fields/System.Title", `"x"`, env[0], `"Moon"`), "RuleValidationException", "LimitedToValues"},
		"several at once":            {add("/fields/System.Title", `""`, "/fields/Microsoft.VSTS.Common.Severity", `"high"`), "RuleValidationException", "2 additional errors"},
		"of a computed field":        {add(append(env, "/fields/System.Title", `"x"`, "/fields/System.CreatedBy", `"me"`)...), "RuleValidationException", "ReadOnly"},
		"of no field":                {add(append(env, "/fields/System.Title", `"x"`, "/fields/Custom.Nothing", `"x"`)...), "WorkItemTrackingFieldDefinitionNotFoundException", "TF51535"},
		"of a field with a slash":    {add("/fields/System~1Title", `"x"`), "WorkItemTrackingFieldDefinitionNotFoundException", "System/Title"},
		"with a tilde too many":      {add("/fields/System~2Title", `"x"`), "VssPropertyValidationException", "escapes nothing"},
		"of a format without a text": {add(append(env, "/fields/System.Title", `"x"`, "/multilineFieldsFormat/System.Description", `"Markdown"`)...), "InvalidPatchFieldNameException", "multilineFieldsFormat"},
		"with a title that is too long": {
			add(append(env, "/fields/System.Title", `"`+strings.Repeat("x", 256)+`"`)...), "RuleValidationException", "InvalidTooLong",
		},
	} {
		w := call(f, "POST", create, tc.body, nil)
		if w.Code != 400 || !strings.Contains(w.Body.String(), tc.key) || !strings.Contains(w.Body.String(), tc.says) {
			t.Errorf("a patch %s is answered with %d: %s", name, w.Code, w.Body)
		}
	}
	whole := add(append(env, "/fields/System.Title", `"x"`, "/fields/System.Description", `"**y**"`, "/multilineFieldsFormat/System.Description", `"Markdown"`, "/fields/System.Tags", `"b;a; b"`)...)
	if w := call(f, "POST", create+"&validateOnly=true", whole, nil); w.Code != 200 || f.Fields(1) != nil || strings.Contains(w.Body.String(), `"id"`) || f.Writes() != 0 {
		t.Errorf("a dry run answers %d: %s", w.Code, w.Body)
	}
	if w := call(f, "POST", create, whole, nil); w.Code != 200 {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	got := f.Fields(1)
	if got["System.Tags"] != "a; b" || got[severityField] != "3 - Medium" || got[priorityField] != 2 || got["System.State"] != "New" || f.Format(1, "System.Description") != "markdown" {
		t.Errorf("it became %v", got)
	}
	// A revision that is not there any more stops all of it.
	stale := `[{"op":"test","path":"/rev","value":1},{"op":"add","path":"/fields/System.Title","value":"z"}]`
	f.Touch(1, "System.State", "Active")
	if w := call(f, "PATCH", wit+"workitems/1?api-version=7.1", stale, nil); w.Code != 412 || !strings.Contains(w.Body.String(), "VS403351") || f.Fields(1)["System.Title"] != "x" {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
}

func TestQueriesAreReadAndEvaluated(t *testing.T) {
	f := New(Options{Cap: 4})
	a := f.Seed(Project, "Bug", map[string]any{"System.Title": "checkout down", "System.State": "Active", priorityField: 1}, false)
	b := f.Seed(Project, "Task", map[string]any{"System.Title": "mail slow", "System.Description": "it's after the checkout", "System.AreaPath": Project + `\Mail`}, false)
	p := f.Seed(OtherProject, "Task", map[string]any{"System.Title": "salaries"}, false)
	const from = "SELECT [System.Id] FROM WorkItems WHERE "
	for q, want := range map[string][]int{
		"select System.Id from workitems":                                                                   {a, b, p},
		from + "[System.TeamProject] = @project":                                                            {a, b},
		from + "[System.TeamProject] = @project AND [System.State] = 'active'":                              {a},
		from + "[System.Title] CONTAINS 'CHECK' OR [System.Description] CONTAINS 'it''s'":                   {a, b},
		from + "[System.TeamProject] = @project AND [System.Title] = 'x' OR [System.Id] = 3":                {p}, // AND binds closer.
		from + "[System.TeamProject] = @project AND ([System.Title] = 'x' OR [System.Id] = 3)":              nil,
		from + "NOT [System.WorkItemType] = 'Bug' AND [Microsoft.VSTS.Common.Priority] <= 2":                {b, p},
		from + "[System.WorkItemType] IN ('Bug', 'Epic')":                                                   {a},
		from + "[System.WorkItemType] NOT IN ('Bug', 'Epic') AND [System.AreaPath] UNDER 'Payroll'":         {p},
		from + "[System.AreaPath] UNDER 'Fabrikam Fiber' ORDER BY [System.Id] DESC":                         {b, a},
		from + "[System.CreatedDate] >= @today - 1 AND [System.CreatedDate] > @Today + 3":                   nil,
		from + "[System.Description] IS EMPTY AND [System.Title] IS NOT EMPTY":                              {a, p},
		from + `[System.Title] = "mail slow" ASOF '2026-01-01'`:                                             {b},
		from + "[System.Title] NOT CONTAINS 'a' AND [System.AssignedTo] <> @me":                             {a},
		"SELECT [System.Id], [System.Title] FROM WorkItems ORDER BY [System.TeamProject], [System.Id] DESC": {b, a, p},
	} {
		if got, err := f.Find(q, Project); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s finds %v, %v, want %v", q, got, err, want)
		}
	}
	for _, q := range []string{
		"", "DROP TABLE x", "SELECT FROM WorkItems", "SELECT [System.Id]", "SELECT [System.Id] FROM Secrets", "SELECT [System.Id] FROM WorkItemLinks",
		from, from + "[System.Title]", from + "[System.Title] =", from + "[System.Title] = 'x", from + "[System.Title = 'x'", from + "([System.Id] = 1", from + "[System.Id] = 1)",
		from + "[Custom.Nothing] = 1", from + "[System.Id] = 1 -- AND", from + "[System.Id] = 1; DROP", from + "[System.Id] /* x */ = 1", from + "[System.Id] IN ()", from + "[System.Id] NOT = 1",
		from + "[System.Id] = @nothing", from + "[System.Id] IS 1", from + "[System.Id] = 1 ORDER [System.Id]", from + "[System.Id] = 1 ASOF", from + strings.Repeat("(", 100) + "[System.Id] = 1",
	} {
		if got, err := f.Find(q, Project); err == nil {
			t.Errorf("%q finds %v", q, got)
		}
	}
	// Rows that the account may not read are found, and a hole when read; and the
	// size of a result is limited.
	hidden := f.Seed(Project, "Task", map[string]any{"System.Title": "secret merger"}, true)
	ask := func() *httptest.ResponseRecorder {
		return call(f, "POST", wit+"wiql?api-version=7.1&$top=2", `{"query":"SELECT [System.Id] FROM WorkItems ORDER BY [System.Id] DESC"}`, nil)
	}
	if w := ask(); w.Code != 200 || !strings.Contains(w.Body.String(), fmt.Sprintf(`"id":%d`, hidden)) || strings.Contains(w.Body.String(), "merger") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	if w := call(f, "POST", wit+"workitemsbatch?api-version=7.1", fmt.Sprintf(`{"ids":[%d,1],"fields":["System.Title"],"errorPolicy":"omit"}`, hidden), nil); !strings.Contains(w.Body.String(), "[null,{") {
		t.Errorf("%s", w.Body)
	}
	f.Seed(Project, "Task", map[string]any{"System.Title": "one more"}, false)
	if w := ask(); w.Code != 400 || !strings.Contains(w.Body.String(), "VS402337") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
}

func TestAServerHasItsOwnVersionsAndNoMarkdown(t *testing.T) {
	f := New(Options{Server: true, MaxVersion: "6.0"})
	if w := call(f, "GET", wit+"workitemtypes?api-version=7.1", "", nil); w.Code != 400 || !strings.Contains(w.Body.String(), "VssVersionOutOfRangeException") || !strings.Contains(w.Body.String(), "supports is 6.0") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	if w := call(f, "GET", root+"connectionData?api-version=6.0-preview", "", nil); w.Code != 200 || !strings.Contains(w.Body.String(), "onPremises") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	body := `[{"op":"add","path":"/fields/System.Title","value":"x"},{"op":"add","path":"/fields/System.Description","value":"*y*"},{"op":"add","path":"/multilineFieldsFormat/System.Description","value":"Markdown"}]`
	if w := call(f, "POST", wit+"workitems/$Bug?api-version=6.0", body, nil); w.Code != 400 {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
}

func TestEveryProcessHasItsTypesAndNoIncident(t *testing.T) {
	for process, want := range map[string][]string{
		"Basic": {"Issue", "Task"}, "Agile": {"Bug", "Issue", "Task"}, "Scrum": {"Bug", "Impediment", "Task"}, "CMMI": {"Bug", "Issue", "Task"},
	} {
		w := call(New(Options{Process: process}), "GET", wit+"workitemtypes?api-version=7.1", "", nil).Body.String()
		for _, name := range want {
			if !strings.Contains(w, `"name":"`+name+`"`) {
				t.Errorf("%s has no %s: %s", process, name, w)
			}
		}
		if strings.Contains(w, "Incident") || strings.Contains(w, "Bug") != slices.Contains(want, "Bug") {
			t.Errorf("%s: %s", process, w)
		}
	}
}
