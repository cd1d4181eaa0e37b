package azuredevops

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/store"
)

func client(o map[string]string) Client {
	if o == nil {
		o = map[string]string{}
	}
	if o["dialect"] == "" {
		o["dialect"] = "services"
	}
	return New(&integrations.Client{Instance: &store.Integration{
		Service: "azuredevops", Name: "prod", BaseURL: "https://dev.azure.com/fabrikam", ProjectName: "Fabrikam Fiber", Options: o,
	}})
}

func text(v any) string {
	b, err := encode(v)
	if err != nil {
		return "error: " + err.Error()
	}
	return string(b)
}

var bugFields = []Field{
	{Ref: "System.Title", Required: true},
	{Ref: "System.State", Required: true, Default: true},
	{Ref: "System.AreaId", Required: true},
	{Ref: "System.Description"},
	{Ref: "Microsoft.VSTS.TCM.ReproSteps"},
	{Ref: "Microsoft.VSTS.Common.Priority", Allowed: []string{"1", "2", "3", "4"}, Default: true},
	{Ref: "Microsoft.VSTS.Common.Severity", Allowed: []string{"1 - Critical", "2 - High", "3 - Medium", "4 - Low"}, Default: true},
}

func TestABugsTextIsInItsReproStepsAndInMarkdownOnServices(t *testing.T) {
	in := text(Content{Title: "\x1b[1mdown\nagain\x00", Description: "# Why\r\n**disk** full\x1b[31m", Fields: map[string]string{}})
	for name, tc := range map[string]struct {
		c      Client
		fields []Field
		want   string
	}{
		"a bug": {client(nil), bugFields, `[{"op":"add","path":"/fields/System.Title","value":"down again"},{"op":"add","path":"/fields/Microsoft.VSTS.TCM.ReproSteps","value":"# Why\n**disk** full"},` +
			`{"op":"add","path":"/multilineFieldsFormat/Microsoft.VSTS.TCM.ReproSteps","value":"Markdown"},{"op":"add","path":"/fields/Microsoft.VSTS.Common.Priority","value":2},` +
			`{"op":"add","path":"/fields/Microsoft.VSTS.Common.Severity","value":"2 - High"},{"op":"add","path":"/fields/System.Tags","value":"tftsr-1"}]`},
		"a task": {client(nil), bugFields[:4], `[{"op":"add","path":"/fields/System.Title","value":"down again"},{"op":"add","path":"/fields/System.Description","value":"# Why\n**disk** full"},` +
			`{"op":"add","path":"/multilineFieldsFormat/System.Description","value":"Markdown"},{"op":"add","path":"/fields/System.Tags","value":"tftsr-1"}]`},
		"on a Server": {client(map[string]string{"dialect": "server", "area": `F\Ops`, "iteration": `F\7`}), bugFields[:4], `[{"op":"add","path":"/fields/System.Title","value":"down again"},` +
			`{"op":"add","path":"/fields/System.Description","value":"<h1>Why</h1>\n<p><strong>disk</strong> full</p>"},` +
			`{"op":"add","path":"/fields/System.AreaPath","value":"F\\Ops"},{"op":"add","path":"/fields/System.IterationPath","value":"F\\7"},{"op":"add","path":"/fields/System.Tags","value":"tftsr-1"}]`},
	} {
		d, _, err := tc.c.NewDraft(Type{Name: "x"}, tc.fields, "P2", "tftsr-1")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		p, err := tc.c.Patch(d, in)
		if got := text(p); err != nil || got != tc.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, tc.want)
		}
	}
}

func TestAPatchWritesListedFieldsOnlyAndEscapesItsPointers(t *testing.T) {
	if got := escapePointer("a/b~c~1"); got != "a~1b~0c~01" {
		t.Errorf("%q", got)
	}
	for _, ref := range []string{"", "/", "System.CreatedBy", "System.Id", "System.TeamProject", "System.Title/../../rev", "system.title", "Custom.X", "System.Title~"} {
		p := &Patch{own: map[string]string{"Custom.Y": "z"}}
		p.set(ref, "x")
		if b, err := json.Marshal(p); err == nil {
			t.Errorf("%q may be written: %s", ref, b)
		}
	}
	p := &Patch{own: map[string]string{"Custom.A~B/C": "z"}}
	p.set("Custom.A~B/C", "x")
	if got := text(p); got != `[{"op":"add","path":"/fields/Custom.A~0B~1C","value":"x"}]` {
		t.Error(got)
	}
	if b, err := json.Marshal(&Patch{}); err == nil {
		t.Errorf("a patch of nothing is %s", b)
	}
}

func TestAChangeTestsTheRevisionFirst(t *testing.T) {
	ch := NewChange(7, bugFields)
	ch.State, ch.Level = "Active", Level{Priority: 1}
	p, err := client(nil).ChangePatch(ch, text(Content{Title: "t", Description: "d", Comment: "found **it** <b>"}))
	want := `[{"op":"test","path":"/rev","value":7},{"op":"add","path":"/fields/System.Title","value":"t"},{"op":"add","path":"/fields/Microsoft.VSTS.TCM.ReproSteps","value":"d"},` +
		`{"op":"add","path":"/multilineFieldsFormat/Microsoft.VSTS.TCM.ReproSteps","value":"Markdown"},{"op":"add","path":"/fields/System.State","value":"Active"},` +
		`{"op":"add","path":"/fields/Microsoft.VSTS.Common.Priority","value":1},{"op":"add","path":"/fields/System.History","value":"<p>found <strong>it</strong> &lt;b&gt;</p>"}]`
	if got := text(p); err != nil || got != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
}

func TestSeveritiesFitThePicklistOfTheType(t *testing.T) {
	picklist := func(values ...string) []Field { return []Field{{Ref: fieldSeverity, Allowed: values}} }
	for name, tc := range map[string]struct {
		severity string
		options  map[string]string
		fields   []Field
		want     Level
	}{
		"stock":                       {"critical", nil, bugFields, Level{1, "1 - Critical"}},
		"P3":                          {"P3", nil, bugFields, Level{3, "3 - Medium"}},
		"a number":                    {"4", nil, bugFields, Level{4, "4 - Low"}},
		"a type with neither":         {"low", nil, bugFields[:4], Level{}},
		"numbers of another language": {"high", nil, picklist("1 - Kritisch", "2 - Hoch", "10 - Egal"), Level{0, "2 - Hoch"}},
		"ten is not one":              {"critical", nil, picklist("10 - Nothing", "Critical!"), Level{0, "Critical!"}},
		"words":                       {"medium", nil, picklist("Low", "Medium", "High"), Level{0, "Medium"}},
		"words of another kind":       {"medium", nil, picklist("Sev A", "Sev B"), Level{}},
		"configured":                  {"high", map[string]string{"severity": "high=Sev B", "priority": "high=1"}, append(picklist("Sev A", "Sev B"), bugFields[5]), Level{1, "Sev B"}},
	} {
		if got, err := client(tc.options).LevelOf(tc.severity, tc.fields); err != nil || got != tc.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := client(nil).LevelOf("urgent", bugFields); err == nil {
		t.Error("urgent is a severity")
	}
	if _, err := client(map[string]string{"severity": "high=Sev Z"}).LevelOf("high", bugFields); err == nil || !strings.Contains(err.Error(), "1 - Critical, 2 - High") {
		t.Errorf("a value that is not in the picklist: %v", err)
	}
}

func TestATypeIsChosenFromThoseOfTheProject(t *testing.T) {
	types := []Type{{Name: "Epic"}, {Name: "Task"}, {Name: "Issue"}, {Name: "Incident", Disabled: true}}
	for _, tc := range []struct{ option, want, got string }{
		{"", "", "Issue"}, {"Incident, epic", "", "Epic"}, {"Incident", "", "Issue"}, {"", "TASK", "Task"},
	} {
		c := client(map[string]string{})
		if tc.option != "" {
			c = client(map[string]string{"type": tc.option})
		}
		if got, err := c.Choose(types, tc.want); err != nil || got.Name != tc.got {
			t.Errorf("%+v: %+v, %v", tc, got, err)
		}
	}
	if _, err := client(nil).Choose(types, "Incident"); err == nil || !strings.Contains(err.Error(), "it has: Epic, Task, Issue") {
		t.Errorf("%v", err)
	}
}

func TestWhatATypeRequiresIsAskedOfTheOwner(t *testing.T) {
	fields := append([]Field{{Ref: "Custom.Environment", Required: true, Allowed: []string{"Production", "Staging"}}, {Ref: "Custom.Team", Required: true}}, bugFields...)
	_, _, err := client(nil).NewDraft(Type{Name: "Bug"}, fields, "high", "tag")
	if err == nil || !strings.Contains(err.Error(), "Custom.Environment (Production, Staging); Custom.Team;") {
		t.Errorf("%v", err)
	}
	c := client(map[string]string{"fields": "Custom.Environment=Production; Custom.Team=SRE;Custom.Other=x"})
	d, in, err := c.NewDraft(Type{Name: "Bug"}, fields, "high", "tag")
	if err != nil || len(in.Fields) != 2 {
		t.Fatalf("%v, %v", in, err)
	}
	in.Title = "x"
	p, err := c.Patch(d, text(in))
	if got := text(p); err != nil || !strings.Contains(got, `{"op":"add","path":"/fields/Custom.Environment","value":"Production"}`) || !strings.Contains(got, `"/fields/Custom.Team","value":"SRE"`) || strings.Contains(got, "Other") {
		t.Errorf("%s, %v", got, err)
	}
	for _, bad := range []string{"", "x", "Custom.A", "Custom.A=", "System.AssignedTo=me", "System.Title=x", "Microsoft.VSTS.Common.Severity=1", "Custom/A=x", "Custom.A=x;", "Custom.A=a\nb", "1.A=x"} {
		if _, err := parseFields(bad); err == nil {
			t.Errorf("%q can be configured", bad)
		}
	}
}

func TestNumbersOfWorkItems(t *testing.T) {
	for in, want := range map[string]int{"1": 1, " 12 ": 12, "#7": 7, "AB#2147483647": 2147483647} {
		if got, err := ParseID(in); err != nil || got != want {
			t.Errorf("%q is %d, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "0", "-1", "+1", "01", "2147483648", "1.0", "0x1", "INC0010001", "1/../2", "##1", "AB", "１"} {
		if got, err := ParseID(in); err == nil {
			t.Errorf("%q is %d", in, got)
		}
	}
}

func TestMarkupIsReadAsWhatPeopleSee(t *testing.T) {
	for in, want := range map[string]string{
		"<div>Mail <b>jane&#46;roe&#64;acme&period;com</b></div><div><br></div><p>now</p>":       "Mail jane.roe@acme.com\n\nnow",
		"<ul><li>one</li><li>two &lt;b&gt;</li></ul>":                                            "- one\n- two <b>",
		"<p>a</p><script>evil('<p>')</script><style>p{}</style><!-- c --><p title=\"x>y\">b</p>": "a\n\nb",
		"<table><tr><td>1</td><td>2</td></tr></table>":                                           "1\t2",
		"plain < text & more": "plain < text & more",
		"<p":                  "",
	} {
		if got := plainText(in, false); got != want {
			t.Errorf("%q reads %q, want %q", in, got, want)
		}
	}
	if got := plainText("# x\n`jane&#64;acme.com` <b>", true); got != "# x\n`jane@acme.com` <b>" {
		t.Errorf("%q", got)
	}
}

func TestHTMLForAServerHoldsNoMarkupOfTheText(t *testing.T) {
	for in, want := range map[string]string{
		"a <script>alert(1)</script> Vec<T> & b": "<p>a &lt;script&gt;alert(1)&lt;/script&gt; Vec&lt;T&gt; &amp; b</p>",
		"<div onclick=x>\ny\n</div>":             "<p>&lt;div onclick=x&gt;\ny\n&lt;/div&gt;</p>",
		"[x](javascript:alert(1))":               `<p><a href="">x</a></p>`,
		"see [Email_3] and [Hostname_1.2]":       "<p>see [Email_3] and [Hostname_1.2]</p>",
		"| a | b |\n|---|---|\n| 1 | 2 |":        "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>",
		"```\n<b>\n```":                          "<pre><code>&lt;b&gt;\n</code></pre>",
	} {
		if got, err := toHTML(in); err != nil || got != want {
			t.Errorf("%q became %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestInstancesAreChecked(t *testing.T) {
	ok := func(change func(*store.Integration)) error {
		i := &store.Integration{Service: "azuredevops", Name: "prod", BaseURL: "https://dev.azure.com/fabrikam", ProjectName: "Fabrikam Fiber", Auth: "pat"}
		change(i)
		r := integrations.NewRegistry(integrations.Options{Services: []integrations.Service{Service}})
		return r.Check(i)
	}
	opt := func(name, value string) func(*store.Integration) {
		return func(i *store.Integration) { i.Options = map[string]string{name: value} }
	}
	entra := func(i *store.Integration) { i.Auth, i.ClientID = "oauth", "x" }
	for name, change := range map[string]func(*store.Integration){
		"as it is":     func(*store.Integration) {},
		"the old host": func(i *store.Integration) { i.BaseURL = "https://fabrikam.visualstudio.com" },
		"a Server":     func(i *store.Integration) { i.BaseURL = "https://tfs.corp.example/tfs/DefaultCollection" },
		"a login":      func(i *store.Integration) { entra(i); opt("tenant", "fabrikam.example")(i) },
		"types":        opt("type", "Incident, Bug"),
		"fields":       opt("fields", "Custom.Env=Production"),
	} {
		if err := ok(change); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, tc := range map[string]struct {
		change func(*store.Integration)
		says   string
	}{
		"no project":                  {func(i *store.Integration) { i.ProjectName = "" }, "--project"},
		"a project by id":             {func(i *store.Integration) { i.ProjectName = "0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44" }, "not its id"},
		"a project with a slash":      {func(i *store.Integration) { i.ProjectName = "a/../b" }, "at most 64 characters"},
		"no organization":             {func(i *store.Integration) { i.BaseURL = "https://dev.azure.com" }, "ends with the organization"},
		"a project in the address":    {func(i *store.Integration) { i.BaseURL = "https://dev.azure.com/fabrikam/Fiber" }, "--project"},
		"a path on the old host":      {func(i *store.Integration) { i.BaseURL = "https://fabrikam.visualstudio.com/Fiber" }, "ends with the host"},
		"a Server without collection": {func(i *store.Integration) { i.BaseURL = "https://tfs.corp.example" }, "collection"},
		"a login without a tenant":    {entra, "--option tenant"},
		"a login at a Server": {func(i *store.Integration) {
			entra(i)
			i.BaseURL = "https://tfs.corp.example/c"
			opt("tenant", "x")(i)
		}, "use --auth pat"},
		"basic":               {func(i *store.Integration) { i.Auth = "basic" }, "one of: pat, oauth, client-credentials"},
		"a tenant with slash": {opt("tenant", "a/b"), "directory"},
		"a dialect":           {opt("dialect", "cloud"), "services, server"},
		"a version":           {opt("api_version", "5.0"), "6.0, 7.0, 7.1"},
		"an authority":        {opt("authority", "http://login.evil.example"), "https://"},
		"a type with a path":  {opt("type", "../x"), "names of types"},
		"an area":             {opt("area", "a/b"), `Project\Team`},
		"raw queries":         {opt("raw_wiql", "yes"), "allow, deny"},
		"priorities":          {opt("priority", "high=5"), "from 1 to 4"},
		"severities":          {opt("severity", "high"), "allowed value"},
	} {
		if err := ok(tc.change); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestALoginIsAtEntraForAzureDevOps(t *testing.T) {
	i := &store.Integration{BaseURL: "https://dev.azure.com/fabrikam", Auth: "oauth", Options: map[string]string{"tenant": "contoso.example"}}
	e, err := login(i)
	if err != nil || e.Scope != "499b84ac-1321-427f-aa17-267ca6975798/.default offline_access" || e.RedirectHost != "localhost" ||
		e.Authorize != "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/authorize" || e.Device == "" {
		t.Errorf("%+v, %v", e, err)
	}
	i.Auth, i.Options["authority"] = "client-credentials", "https://login.microsoftonline.us"
	if e, err = login(i); err != nil || strings.Contains(e.Scope, "offline") || !strings.HasPrefix(e.Token, "https://login.microsoftonline.us/contoso.example/") {
		t.Errorf("%+v, %v", e, err)
	}
}
