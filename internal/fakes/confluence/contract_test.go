package confluence

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tftsr/tftsr/internal/fakes/contracttest"
)

const (
	contractCloud  = "../../../docs/contracts/confluence.yaml"
	contractServer = "../../../docs/contracts/confluence-datacenter.yaml"
)

// request makes one request.
func request(method, path, body string, change ...func(*http.Request)) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Accept", "application/json")
	r.SetBasicAuth(User, Token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if strings.HasSuffix(path, "/child/attachment") && method != http.MethodGet {
		var b bytes.Buffer
		form := multipart.NewWriter(&b)
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", `form-data; name="file"; filename="causes.svg"`)
		h.Set("Content-Type", "image/svg+xml")
		w, _ := form.CreatePart(h)
		_, _ = w.Write([]byte(body))
		_ = form.Close()
		r = httptest.NewRequest(method, path, &b)
		r.SetBasicAuth(User, Token)
		r.Header.Set("Content-Type", form.FormDataContentType())
		r.Header.Set("X-Atlassian-Token", "nocheck")
	}
	for _, c := range change {
		c(r)
	}
	return r
}

func call(h http.Handler, method, path, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request(method, path, body, change...))
	return w
}

func wrong(r *http.Request) { r.SetBasicAuth(User, "wrong") }

func noToken(r *http.Request) {
	r.Header.Del("X-Atlassian-Token")
	r.Header.Set("X-Atlassian-Token", "check")
}

// operation is a call of a contract that works, with what goes wrong with it.
type operation struct {
	method, path, body string
	wrong              map[int]string // status to the path or body that gives it
}

// drive triggers what is declared of operations.
func drive(t *testing.T, f *Fake, c *contracttest.Contract, ops []operation) {
	t.Helper()
	for _, op := range ops {
		want := func(status int, path, body string, change ...func(*http.Request)) {
			t.Helper()
			if w := call(c, op.method, path, body, change...); w.Code != status {
				t.Errorf("%s %s %.80s answers %d, want %d: %s", op.method, path, body, w.Code, status, w.Body)
			}
		}
		want(200, op.path, op.body)
		want(401, op.path, op.body, wrong)
		for status, other := range op.wrong {
			if strings.HasPrefix(other, "/") {
				want(status, other, op.body)
			} else {
				want(status, op.path, other)
			}
		}
		if strings.HasSuffix(op.path, "/child/attachment") && op.method != http.MethodGet {
			want(403, op.path, op.body, noToken)
		}
		if op.method != http.MethodGet {
			f.FailWrites(1)
			want(503, op.path, strings.ReplaceAll(op.body, "number\":2", "number\":3"))
		}
		f.Set(func(o *Options) { o.RateLimit = 1 })
		call(f, http.MethodGet, f.o.Context+"/rest/api/user/current", "")
		want(429, op.path, op.body)
		f.Set(func(o *Options) { o.RateLimit = 0 })
	}
}

func TestEveryDeclaredResponseOfTheCloudIsTriggeredAndNoOther(t *testing.T) {
	f := New(Options{})
	c := contracttest.New(t, contractCloud, f)
	ops, doc := f.space("OPS").id, f.space("DOC").id
	id := f.Seed("OPS", "Runbook", "<p>how to</p>", false)
	second := f.Seed("OPS", "Notes", "<p>x</p>", false)
	hidden := f.Seed("OPS", "Secret", "<p>x</p>", true)
	locked := f.Seed("OPS", "Locked", "<p>x</p>", false)
	f.Hide(locked, false, true)
	const v2, v1 = "/wiki/api/v2", "/wiki/rest/api"
	page := func(space, title, parent, body string) string {
		if parent != "" {
			parent = fmt.Sprintf(`"parentId":%q,`, parent)
		}
		return fmt.Sprintf(`{"spaceId":%q,"status":"current","title":%q,%s"body":{"representation":"storage","value":%q}}`, space, title, parent, body)
	}
	change := func(id, title string, version int, body string) string {
		return fmt.Sprintf(`{"id":%q,"status":"current","title":%q,"version":{"number":%d},"body":{"representation":"storage","value":%q}}`, id, title, version, body)
	}
	big := strings.Repeat("x", maxBody+1)
	drive(t, f, c, []operation{
		{"GET", v1 + "/user/current", "", nil},
		{"GET", v2 + "/spaces?keys=OPS", "", map[int]string{400: v2 + "/spaces?limit=0"}},
		{"GET", v2 + "/pages?space-id=" + ops + "&title=Runbook", "", map[int]string{400: v2 + "/pages?space-id=OPS"}},
		{"POST", v2 + "/pages", page(ops, "RCA", "", "<p>why</p>"), map[int]string{
			400: page(ops, "RCA", "", "<p>again</p>"), 403: page(ops, "Child", locked, "<p/>"), 404: page(doc, "Other", "", "<p/>"), 413: page(ops, "Big", "", big),
		}},
		{"GET", v2 + "/pages/" + id + "?body-format=storage", "", map[int]string{400: v2 + "/pages/" + id + "?body-format=wiki", 404: v2 + "/pages/" + hidden}},
		{"PUT", v2 + "/pages/" + id, change(id, "Runbook", 2, "<p>new</p>"), map[int]string{
			400: change(id, "Runbook", 3, "<p>new"), 404: v2 + "/pages/" + hidden, 403: v2 + "/pages/" + locked, 409: change(id, "Runbook", 2, "<p>again</p>"), 413: change(id, "Runbook", 3, big),
		}},
		{"GET", v2 + "/pages/" + id + "/properties?key=tftsr", "", map[int]string{400: v2 + "/pages/" + id + "/properties?key=a%20b", 404: v2 + "/pages/" + hidden + "/properties"}},
		{"POST", v2 + "/pages/" + id + "/properties", `{"key":"tftsr","value":{"a":1}}`, map[int]string{
			400: `{"key":"tftsr"}`, 404: v2 + "/pages/" + hidden + "/properties", 403: v2 + "/pages/" + locked + "/properties", 409: `{"key":"tftsr","value":{"a":2}}`,
		}},
	})
	prop := f.page(id).properties[0].id
	drive(t, f, c, []operation{
		{"PUT", v2 + "/pages/" + id + "/properties/" + prop, `{"key":"tftsr","value":{"a":2},"version":{"number":2}}`, map[int]string{
			400: `{"key":"tftsr","value":{}}`, 404: v2 + "/pages/" + hidden + "/properties/" + prop, 403: v2 + "/pages/" + locked + "/properties/" + prop, 409: `{"key":"tftsr","value":{"a":2},"version":{"number":9}}`,
		}},
		{"GET", v2 + "/pages/" + id + "/labels?limit=200", "", map[int]string{400: v2 + "/pages/" + id + "/labels?limit=0", 404: v2 + "/pages/" + hidden + "/labels"}},
		{"GET", v2 + "/pages/" + id + "/attachments?filename=causes.svg", "", map[int]string{400: v2 + "/pages/" + id + "/attachments?filename=a%2Fb", 404: v2 + "/pages/" + hidden + "/attachments"}},
		{"POST", v1 + "/content/" + second + "/label", `[{"prefix":"global","name":"incident"}]`, map[int]string{
			400: `[{"prefix":"global","name":"two words"}]`, 403: v1 + "/content/" + locked + "/label", 404: v1 + "/content/" + hidden + "/label",
		}},
		{"PUT", v1 + "/content/" + second + "/child/attachment", "<svg/>", map[int]string{404: v1 + "/content/" + hidden + "/child/attachment", 413: big}},
		{"GET", v1 + "/search?cql=text+~+%22how%22", "", map[int]string{400: v1 + "/search?cql=colour+%3D+red"}},
	})
	if w := call(c, "PUT", v1+"/content/"+second+"/child/attachment", "x", func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }); w.Code != 400 {
		t.Errorf("an upload without a form answers %d", w.Code)
	}
	scoped := func(r *http.Request) { r.SetBasicAuth(User, ScopedToken) }
	gateway := "/ex/confluence/" + CloudID
	f.Set(func(o *Options) { o.SearchGone = true })
	for path, status := range map[string]int{v1 + "/search?cql=type=page": 410, v2 + "/pages/" + id: 200, v1 + "/user/current": 200} {
		if w := call(c, "GET", gateway+path, "", scoped); w.Code != status {
			t.Errorf("%s at the gateway answers %d: %s", path, w.Code, w.Body)
		}
	}
	for _, method := range []string{"GET", "POST"} {
		if w := call(c, method, gateway+v1+"/content", "", scoped); w.Code != 410 {
			t.Errorf("pages of the first interface at the gateway: %d", w.Code)
		}
	}
	token := "Bearer " + login(t, f, "read:page:confluence")
	bearer := func(r *http.Request) { r.Header.Set("Authorization", token) }
	call(c, "GET", "/_edge/tenant_info", "")
	for path, status := range map[string]int{"/oauth/token/accessible-resources": 200} {
		if w := call(c, "GET", path, "", bearer); w.Code != status {
			t.Errorf("%s answers %d: %s", path, w.Code, w.Body)
		}
	}
	call(c, "GET", "/oauth/token/accessible-resources", "")
	for _, missing := range c.Untriggered() {
		t.Errorf("%s is declared and never triggered", missing)
	}
}

// login gets an access token with a scope.
func login(t *testing.T, f *Fake, scope string) string {
	t.Helper()
	back := "http://localhost:8765/callback"
	w := httptest.NewRecorder()
	f.oauth.Authorize(w, httptest.NewRequest(http.MethodGet, "/authorize?"+url.Values{"response_type": {"code"}, "client_id": {ClientID}, "redirect_uri": {back}, "state": {"s"}, "scope": {scope}}.Encode(), nil))
	to, err := url.Parse(w.Header().Get("Location"))
	if err != nil || to.Query().Get("code") == "" {
		t.Fatal(w.Header(), err)
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {to.Query().Get("code")}, "redirect_uri": {back}, "client_id": {ClientID}, "client_secret": {ClientSecret}}
	r := httptest.NewRequest(http.MethodPost, "/oauth/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w = httptest.NewRecorder()
	f.oauth.Token(w, r)
	_, rest, _ := strings.Cut(w.Body.String(), `"access_token":"`)
	token, _, _ := strings.Cut(rest, `"`)
	return token
}

func TestEveryDeclaredResponseOfAServerIsTriggeredAndNoOther(t *testing.T) {
	f := New(Options{DataCenter: true})
	c := contracttest.New(t, contractServer, f)
	id := f.Seed("OPS", "Runbook", "<p>how to</p>", false)
	hidden := f.Seed("OPS", "Secret", "<p>x</p>", true)
	locked := f.Seed("OPS", "Locked", "<p>x</p>", false)
	f.Hide(locked, false, true)
	const v1 = "/rest/api"
	page := func(space, title, body string) string {
		return fmt.Sprintf(`{"type":"page","title":%q,"space":{"key":%q},"body":{"storage":{"representation":"storage","value":%q}},"metadata":{"properties":{"tftsr":{"value":{"a":1}}}}}`, title, space, body)
	}
	change := func(version int, body string) string {
		return fmt.Sprintf(`{"type":"page","title":"Runbook","version":{"number":%d},"body":{"storage":{"representation":"storage","value":%q}}}`, version, body)
	}
	big := strings.Repeat("x", maxBody+1)
	at := func(id, rest string) string { return v1 + "/content/" + id + rest }
	drive(t, f, c, []operation{
		{"GET", v1 + "/user/current", "", nil},
		{"GET", v1 + "/space?spaceKey=OPS", "", map[int]string{400: v1 + "/space?limit=0"}},
		{"GET", v1 + "/content?spaceKey=OPS&title=Runbook&type=page&expand=version", "", map[int]string{400: v1 + "/content?expand=history"}},
		{"POST", v1 + "/content", page("OPS", "RCA", "<p>why</p>"), map[int]string{
			400: page("OPS", "RCA", "<p>again</p>"), 403: page("DOC", "RCA", "<p/>"), 404: page("NONE", "RCA", "<p/>"), 413: page("OPS", "Big", big),
		}},
		{"GET", at(id, "?expand=body.storage,version,space"), "", map[int]string{400: at(id, "?expand=history"), 404: at(hidden, "")}},
		{"PUT", at(id, ""), change(2, "<p>new</p>"), map[int]string{400: change(3, "<p>new"), 403: at(locked, ""), 404: at(hidden, ""), 409: change(2, "<p>x</p>"), 413: change(3, big)}},
		{"POST", at(id, "/property"), `{"key":"tftsr","value":{"a":1}}`, map[int]string{400: `{"key":"tftsr"}`, 403: at(locked, "/property"), 404: at(hidden, "/property"), 409: `{"key":"tftsr","value":{"a":2}}`}},
		{"GET", at(id, "/property/tftsr"), "", map[int]string{404: at(id, "/property/other")}},
		{"PUT", at(id, "/property/tftsr"), `{"value":{"a":2},"version":{"number":2}}`, map[int]string{
			400: `{"value":{"a":2}}`, 403: at(locked, "/property/tftsr"), 404: at(hidden, "/property/tftsr"), 409: `{"value":{"a":2},"version":{"number":9}}`,
		}},
		{"GET", at(id, "/label"), "", map[int]string{404: at(hidden, "/label")}},
		{"POST", at(id, "/label"), `[{"prefix":"global","name":"incident"}]`, map[int]string{400: `[]`, 403: at(locked, "/label"), 404: at(hidden, "/label")}},
		{"GET", at(id, "/child/attachment?filename=causes.svg"), "", map[int]string{400: at(id, "/child/attachment?filename=a%2Fb"), 404: at(hidden, "/child/attachment")}},
		{"GET", v1 + "/search?cql=text+~+%22how%22", "", map[int]string{400: v1 + "/search?cql=colour+%3D+red"}},
	})
	upload := at(id, "/child/attachment")
	for _, step := range []struct {
		status int
		path   string
		body   string
		change func(*http.Request)
	}{
		{200, upload, "<svg/>", nil},
		{400, upload, "<svg/>", nil},
		{401, upload, "<svg/>", wrong},
		{403, upload, "<svg/>", noToken},
		{404, at(hidden, "/child/attachment"), "<svg/>", nil},
		{413, upload, big, nil},
	} {
		w := call(c, "POST", step.path, step.body, func(r *http.Request) {
			if step.change != nil {
				step.change(r)
			}
		})
		if w.Code != step.status {
			t.Errorf("an upload answers %d, want %d: %s", w.Code, step.status, w.Body)
		}
	}
	f.FailWrites(1)
	if w := call(c, "POST", at(locked, "/child/attachment"), "<svg/>"); w.Code != 403 {
		t.Errorf("%d", w.Code)
	}
	other := f.Seed("OPS", "Other", "<p>x</p>", false)
	if w := call(c, "POST", at(other, "/child/attachment"), "<svg/>"); w.Code != 503 {
		t.Errorf("%d", w.Code)
	}
	f.Set(func(o *Options) { o.RateLimit = 1 })
	call(f, "GET", v1+"/user/current", "")
	call(c, "POST", upload, "<svg/>")
	f.Set(func(o *Options) { o.RateLimit, o.Captcha = 0, true })
	if w := call(c, "GET", v1+"/user/current", ""); w.Code != 403 {
		t.Errorf("behind a CAPTCHA: %d", w.Code)
	}
	for _, missing := range c.Untriggered() {
		t.Errorf("%s is declared and never triggered", missing)
	}
}

func TestTheFakesRefuseWhateverTheContractsRefuse(t *testing.T) {
	cloud, server := New(Options{}), New(Options{DataCenter: true})
	ids := map[*Fake]string{}
	for _, f := range []*Fake{cloud, server} {
		ids[f] = f.Seed("OPS", "Runbook", "<p>how to</p>", false)
	}
	draft := `"spaceId":"98305","status":"current","title":"x","body":{"representation":"storage","value":"<p/>"}`
	content := `"type":"page","title":"x","space":{"key":"OPS"},"body":{"storage":{"representation":"storage","value":"<p/>"}}`
	for _, tc := range []struct {
		f                  *Fake
		contract           string
		method, path, body string
	}{
		{cloud, contractCloud, "GET", "/wiki/api/v2/spaces?limit=251", ""},
		{cloud, contractCloud, "GET", "/wiki/api/v2/spaces?keys=a%22b", ""},
		{cloud, contractCloud, "GET", "/wiki/api/v2/spaces?colour=red", ""},
		{cloud, contractCloud, "GET", "/wiki/api/v2/pages?title=" + strings.Repeat("x", 1001), ""},
		{cloud, contractCloud, "GET", "/wiki/api/v2/pages?status=trashed", ""},
		{cloud, contractCloud, "GET", "/wiki/api/v2/pages/abc", ""},
		{cloud, contractCloud, "DELETE", "/wiki/api/v2/pages/ID", ""},
		{cloud, contractCloud, "POST", "/wiki/api/v2/pages", ``},
		{cloud, contractCloud, "POST", "/wiki/api/v2/pages", `{}`},
		{cloud, contractCloud, "POST", "/wiki/api/v2/pages", `{` + draft + `,"colour":"red"}`},
		{cloud, contractCloud, "POST", "/wiki/api/v2/pages", `{` + draft + `,"version":{"number":1}}`},
		{cloud, contractCloud, "POST", "/wiki/api/v2/pages", strings.Replace(`{`+draft+`}`, "98305", "OPS", 1)},
		{cloud, contractCloud, "POST", "/wiki/api/v2/pages", strings.Replace(`{`+draft+`}`, "current", "draft", 1)},
		{cloud, contractCloud, "POST", "/wiki/api/v2/pages", strings.Replace(`{`+draft+`}`, `"x"`, `""`, 1)},
		{cloud, contractCloud, "POST", "/wiki/api/v2/pages", strings.Replace(`{`+draft+`}`, `"x"`, `"`+strings.Repeat("x", 256)+`"`, 1)},
		{cloud, contractCloud, "POST", "/wiki/api/v2/pages", strings.Replace(`{`+draft+`}`, `"storage"`, `"wiki"`, 1)},
		{cloud, contractCloud, "PUT", "/wiki/api/v2/pages/ID", `{"id":"ID",` + draft + `}`},
		{cloud, contractCloud, "PUT", "/wiki/api/v2/pages/ID", `{"id":"ID","status":"current","title":"x","body":{"representation":"storage","value":"<p/>"},"version":{"number":0}}`},
		{cloud, contractCloud, "POST", "/wiki/api/v2/pages/ID/properties", `{"key":"a b","value":{}}`},
		{cloud, contractCloud, "POST", "/wiki/api/v2/pages/ID/properties", `{"key":"a","value":"text"}`},
		{cloud, contractCloud, "POST", "/wiki/rest/api/content/ID/label", `[]`},
		{cloud, contractCloud, "POST", "/wiki/rest/api/content/ID/label", `[{"prefix":"my","name":"x"}]`},
		{cloud, contractCloud, "POST", "/wiki/rest/api/content/ID/label", `[{"prefix":"global","name":"Two Words"}]`},
		{cloud, contractCloud, "GET", "/wiki/rest/api/search", ""},
		{cloud, contractCloud, "GET", "/wiki/rest/api/search?cql=type=page&limit=201", ""},
		{cloud, contractCloud, "GET", "/wiki/rest/api/search?cql=type=page&start=1", ""},
		{server, contractServer, "GET", "/rest/api/content?status=any", ""},
		{server, contractServer, "GET", "/rest/api/content?type=blogpost", ""},
		{server, contractServer, "POST", "/rest/api/content", `{}`},
		{server, contractServer, "POST", "/rest/api/content", `{` + content + `,"version":{"number":1}}`},
		{server, contractServer, "POST", "/rest/api/content", strings.Replace(`{`+content+`}`, `,"space":{"key":"OPS"}`, "", 1)},
		{server, contractServer, "POST", "/rest/api/content", strings.Replace(`{`+content+`}`, `"page"`, `"blogpost"`, 1)},
		{server, contractServer, "PUT", "/rest/api/content/ID", `{` + content + `}`},
		{server, contractServer, "PUT", "/rest/api/content/ID/property/tftsr", `{"value":"x","version":{"number":1}}`},
		{server, contractServer, "GET", "/rest/api/search?cql=type=page&cursor=x", ""},
		{server, contractServer, "GET", "/wiki/api/v2/pages", ""},
	} {
		path, body := strings.ReplaceAll(tc.path, "ID", ids[tc.f]), strings.ReplaceAll(tc.body, "ID", ids[tc.f])
		before := tc.f.Writes()
		c := contracttest.New(t, tc.contract, tc.f)
		if _, err := c.Refuses(request(tc.method, path, body)); err == nil {
			t.Errorf("%s %s %.90s: the contract allows it", tc.method, path, body)
		}
		if w := call(c, tc.method, path, body); w.Code < 400 {
			t.Errorf("%s %s %.90s: the fake answers %d: %s", tc.method, path, body, w.Code, w.Body)
		}
		if tc.f.Writes() != before {
			t.Errorf("%s %s: something that is refused was written", tc.method, path)
		}
	}
}

func TestATokenBelongsToOneAddress(t *testing.T) {
	f := New(Options{})
	id := f.Seed("OPS", "Runbook", "<p>x</p>", false)
	oauth := login(t, f, "read:page:confluence")
	narrow := login(t, f, "read:confluence-user")
	const path = "/wiki/api/v2/pages/"
	basic := func(token string) func(*http.Request) { return func(r *http.Request) { r.SetBasicAuth(User, token) } }
	bearer := func(token string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	}
	for name, tc := range map[string]struct {
		prefix string
		auth   func(*http.Request)
		status int
	}{
		"a token without scopes at the site":     {"", basic(Token), 200},
		"one with scopes at the site":            {"", basic(ScopedToken), 401},
		"one with scopes at the gateway":         {"/ex/confluence/" + CloudID, basic(ScopedToken), 200},
		"one without at the gateway":             {"/ex/confluence/" + CloudID, basic(Token), 401},
		"OAuth at the site":                      {"", bearer(oauth), 401},
		"OAuth at the gateway":                   {"/ex/confluence/" + CloudID, bearer(oauth), 200},
		"OAuth without the scope at the gateway": {"/ex/confluence/" + CloudID, bearer(narrow), 401},
		"another site":                           {"/ex/confluence/11111111-2222-4333-8444-555555555555", bearer(oauth), 404},
	} {
		if w := call(f, "GET", tc.prefix+path+id, "", tc.auth); w.Code != tc.status {
			t.Errorf("%s: %d: %s", name, w.Code, w.Body)
		}
	}
}

func TestAWrongTokenOfAServerIsServedAsNobodys(t *testing.T) {
	f := New(Options{DataCenter: true})
	f.Seed("OPS", "Runbook", "<p>x</p>", false)
	wrong := func(r *http.Request) { r.Header.Set("Authorization", "Bearer wrong") }
	for path, want := range map[string]string{"/rest/api/user/current": `"anonymous"`, "/rest/api/content?title=Runbook": `"Runbook"`} {
		if w := call(f, "GET", path, "", wrong); w.Code != 200 || !strings.Contains(w.Body.String(), want) || w.Header().Get("X-AUSERNAME") != "anonymous" {
			t.Errorf("%s answers %d: %s", path, w.Code, w.Body)
		}
	}
	f.Set(func(o *Options) { o.Closed = true })
	if w := call(f, "GET", "/rest/api/user/current", "", wrong); w.Code != 401 {
		t.Errorf("a closed server answers %d", w.Code)
	}
}

func TestCQLIsEvaluatedAsTheServiceDoes(t *testing.T) {
	f := New(Options{})
	a := f.Seed("OPS", "Checkout down", "<p>the (payment) gateway</p>", false)
	b := f.Seed("DOC", "Mail slow", "<p>after the checkout, 50% lost</p>", false)
	f.page(b).labels = []string{"mail"}
	for query, want := range map[string][]string{
		`type = page`:       {a, b},
		`text ~ "checkout"`: {a, b},
		`space = "OPS" AND (title ~ "mail" OR text ~ "checkout")`: {a},
		`text ~ "checkout mail"`:                                  {b},
		`text ~ "checkout -mail"`:                                 {a}, // A sign acts
		`text ~ "checkout \\-mail"`:                               {b}, // unless it is escaped, for both languages.
		`text ~ "gate*"`:                                          {a}, // So does a wildcard.
		`text ~ "gate\\*"`:                                        nil, // Escaped, it is no letter, and "gate" no word there.
		`text ~ "\\(payment\\)"`:                                  {a},
		`text ~ "x OR mail"`:                                      {b},
		`title = "Mail slow"`:                                     {b},
		`label = "mail" or space = DOC`:                           {b},
		`type = page order by lastmodified desc`:                  {b, a},
		`text ~ "x" or type = page`:                               {a, b}, // What an injection would do.
	} {
		cond, newest, err := parseCQL(query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		var got []string
		for _, p := range f.pages {
			if cond(p) {
				got = append(got, p.id)
			}
		}
		if newest {
			slices.Reverse(got)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s finds %v, want %v", query, got, want)
		}
	}
	for _, bad := range []string{`text ~ "*x"`, `text ~ "(x"`, `text ~ "a:b"`, `text ~ "x`, `text = "x"`, `colour = red`, `text ~ "x" type = page`, `title ~ "a" OR`, `space = and`, ``} {
		if _, _, err := parseCQL(bad); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestAPageComesBackChangedAndItsTitleIsUnique(t *testing.T) {
	f := New(Options{})
	body := `{"spaceId":"` + f.space("OPS").id + `","status":"current","title":"RCA","body":{"representation":"storage","value":"<ac:structured-macro ac:name=\"toc\"/>"}}`
	if w := call(f, "POST", "/wiki/api/v2/pages", body); w.Code != 200 || !strings.Contains(w.Body.String(), "ac:macro-id") {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	if w := call(f, "POST", "/wiki/api/v2/pages", body); w.Code != 400 || !strings.Contains(w.Body.String(), "title already exists") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	for _, bad := range []string{"<p>", "<b><i></b></i>", "a & b", "<xx:y/>", "<p>\x1b[31m</p>", "</body><body>", "&nosuch;"} {
		if wellFormed(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if err := wellFormed("<p>x &nbsp; &eacute;</p><ac:link><ri:page ri:content-title=\"x\"/></ac:link><![CDATA[ & ]]>"); err != nil {
		t.Error(err)
	}
}
