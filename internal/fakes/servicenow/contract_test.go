package servicenow

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tftsr/tftsr/internal/fakes/contracttest"
)

// call makes one request and returns the status and the body.
func call(t *testing.T, c *contracttest.Contract, method, path, body string, change func(*http.Request)) (int, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Accept", "application/json")
	r.SetBasicAuth(User, Password)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestEveryDeclaredResponseIsTriggeredAndNoOther(t *testing.T) {
	f := New(Options{})
	c := contracttest.New(t, "../../../docs/contracts/servicenow.yaml", f)
	id := f.Seed(map[string]string{"short_description": "down"}, false)
	one, all := "/api/now/table/incident/"+id, "/api/now/table/incident"
	want := func(status int, method, path, body string, change func(*http.Request)) {
		t.Helper()
		if got, text := call(t, c, method, path, body, change); got != status {
			t.Errorf("%s %s %s answers %d, want %d: %s", method, path, body, got, status, text)
		}
	}
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	good := map[string]string{http.MethodPost: `{"short_description":"x","impact":"1"}`, http.MethodPatch: `{"work_notes":"x"}`}
	for _, op := range []struct{ method, path string }{{"GET", all}, {"POST", all}, {"GET", one}, {"PATCH", one}} {
		body := good[op.method]
		want(map[string]int{"GET": 200, "POST": 201, "PATCH": 200}[op.method], op.method, op.path+"?sysparm_display_value=all", body, nil)
		want(400, op.method, op.path+"?sysparm_display_value=maybe", body, nil)
		want(401, op.method, op.path, body, func(r *http.Request) { r.SetBasicAuth(User, "wrong") })
		want(406, op.method, op.path, body, header("Accept", "application/xml"))
		if body != "" {
			want(415, op.method, op.path, body, header("Content-Type", "text/plain"))
			f.FailWrites(1)
			want(503, op.method, op.path, body, nil)
		}
		f.Set(func(o *Options) { o.RateLimit = 1 })
		call(t, c, "GET", one, "", nil)
		want(429, op.method, op.path, body, nil)
		f.Set(func(o *Options) { o.RateLimit = 0 })
	}
	want(403, "POST", all, `{"short_description":" "}`, nil)
	want(403, "PATCH", one, `{"state":"6"}`, nil)
	hidden := f.Seed(map[string]string{"short_description": "x"}, true)
	want(404, "GET", all+"/"+hidden, "", nil)
	want(404, "PATCH", all+"/"+strings.Repeat("0", 32), `{"work_notes":"x"}`, nil)
	for _, table := range []string{"sys_user_group", "sys_user"} {
		path := "/api/now/table/" + table
		want(200, "GET", path+"?sysparm_query=active%3Dtrue&sysparm_limit=2&sysparm_fields=sys_id,name", "", nil)
		want(400, "GET", path, "", nil)
		want(401, "GET", path+"?sysparm_query=active%3Dtrue", "", func(r *http.Request) { r.SetBasicAuth(User, "wrong") })
		f.Set(func(o *Options) { o.RateLimit = 1 })
		call(t, c, "GET", one, "", nil)
		want(429, "GET", path+"?sysparm_query=active%3Dtrue", "", nil)
		f.Set(func(o *Options) { o.RateLimit = 0 })
	}
	auth := "/oauth_auth.do?response_type=code&state=s&client_id=" + ClientID + "&redirect_uri=http%3A%2F%2F127.0.0.1%3A8765%2Fcallback"
	want(302, "GET", auth+"&code_challenge_method=S256&code_challenge="+strings.Repeat("A", 43), "", nil)
	want(302, "GET", auth, "", nil)
	want(400, "GET", strings.Replace(auth, ClientID, "another", 1), "", nil)
	form := func(v url.Values) (string, func(*http.Request)) {
		return v.Encode(), header("Content-Type", "application/x-www-form-urlencoded")
	}
	body, h := form(url.Values{"grant_type": {"client_credentials"}, "client_id": {ClientID}, "client_secret": {ClientSecret}})
	want(200, "POST", "/oauth_token.do", body, h)
	body, h = form(url.Values{"grant_type": {"client_credentials"}, "client_id": {ClientID}, "client_secret": {"wrong"}})
	want(401, "POST", "/oauth_token.do", body, h)
	body, h = form(url.Values{"grant_type": {"password"}, "client_id": {ClientID}})
	want(400, "POST", "/oauth_token.do", body, h)

	for _, missing := range c.Untriggered() {
		t.Errorf("%s is declared and never triggered", missing)
	}
}

func TestTheFakeRefusesWhateverTheContractRefuses(t *testing.T) {
	f := New(Options{})
	c := contracttest.New(t, "../../../docs/contracts/servicenow.yaml", f)
	id := f.Seed(map[string]string{"short_description": "down"}, false)
	all := "/api/now/table/incident"
	auth := func(name, value string) string {
		v := url.Values{
			"response_type": {"code"}, "client_id": {ClientID}, "redirect_uri": {"http://127.0.0.1:8765/callback"}, "state": {"s"},
			"code_challenge": {strings.Repeat("A", 43)}, "code_challenge_method": {"S256"},
		}
		v.Set(name, value)
		return "/oauth_auth.do?" + v.Encode()
	}
	before := f.Writes()
	for _, bad := range []struct{ method, path, body string }{
		{"GET", all + "?sysparm_limit=0", ""},
		{"GET", all + "?sysparm_limit=10001", ""},
		{"GET", all + "?sysparm_limit=x", ""},
		{"GET", all + "?sysparm_offset=-1", ""},
		{"GET", all + "?sysparm_fields=a%3Bb", ""},
		{"GET", all + "?colour=red", ""},
		{"GET", all + "?sysparm_query=" + strings.Repeat("x", 2001), ""},
		{"GET", all + "/INC0010001", ""},
		{"GET", all + "/" + strings.ToUpper(id), ""},
		{"GET", all + "/x", ""},
		{"DELETE", all + "/" + id, ""},
		{"PUT", all, `{"short_description":"x"}`},
		{"GET", "/api/now/table/sys_user", ""},
		{"GET", "/api/now/table/sys_user?sysparm_query=x&sysparm_offset=1", ""},
		{"POST", "/api/now/table/sys_user?sysparm_query=x", `{"name":"x"}`},
		{"GET", auth("state", ""), ""},
		{"GET", auth("response_type", "token"), ""},
		{"GET", auth("redirect_uri", "https://evil.example/callback"), ""},
		{"GET", auth("redirect_uri", "http://127.0.0.1.evil.example/callback"), ""},
		{"GET", auth("code_challenge", "short"), ""},
		{"GET", auth("code_challenge_method", "plain"), ""},
		{"GET", auth("colour", "red"), ""},
		{"POST", auth("state", "s"), ""},
		{"POST", all, ``},
		{"POST", all, `{}`},
		{"POST", all, `[]`},
		{"POST", all, `{"short_description":""}`},
		{"POST", all, `{"short_description":7}`},
		{"POST", all, `{"short_description":"` + strings.Repeat("x", 161) + `"}`},
		{"POST", all, `{"short_description":"x","impact":"4"}`},
		{"POST", all, `{"short_description":"x","impact":1}`},
		{"POST", all, `{"short_description":"x","priority":"1"}`},
		{"POST", all, `{"short_description":"x","colour":"red"}`},
		{"POST", all, `{"short_description":"x","caller_id":"Jane"}`},
		{"POST", all, `{"short_description":"x","correlation_id":"` + strings.Repeat("x", 101) + `"}`},
		{"POST", all, `{"short_description":"x","work_notes":"x"}`},
		{"PATCH", all + "/" + id, `{}`},
		{"PATCH", all + "/" + id, `[{"op":"add","path":"/state","value":"2"}]`},
		{"PATCH", all + "/" + id, `{"state":"4"}`},
		{"PATCH", all + "/" + id, `{"number":"INC1"}`},
		{"PATCH", all + "/" + id, `{"correlation_id":"x"}`},
		{"PATCH", all + "/" + id, `{"description":"` + strings.Repeat("x", 65001) + `"}`},
	} {
		r := httptest.NewRequest(bad.method, bad.path, strings.NewReader(bad.body))
		r.Header.Set("Content-Type", "application/json")
		if _, err := c.Refuses(r); err == nil {
			t.Errorf("%s %s %.60s: the contract allows it", bad.method, bad.path, bad.body)
		}
		if status, text := call(t, c, bad.method, bad.path, bad.body, nil); status < 400 {
			t.Errorf("%s %s %.60s: the fake answers %d: %s", bad.method, bad.path, bad.body, status, text)
		}
	}
	if f.Writes() != before {
		t.Error("something that is refused was written")
	}
}

func TestQueriesAreEvaluatedAsTheServiceDoes(t *testing.T) {
	f := New(Options{})
	a := f.Seed(map[string]string{"short_description": "checkout down", "state": "2"}, false)
	b := f.Seed(map[string]string{"short_description": "mail slow", "description": "after the checkout"}, false)
	for query, want := range map[string][]string{
		"":        {a, b},
		"state=2": {a},
		"short_descriptionLIKEcheckout^ORdescriptionLIKEcheckout":         {a, b},
		"state=2^short_descriptionLIKEcheckout^ORdescriptionLIKEcheckout": {a},
		"state=2^colour=red":                    {a},    // An unknown condition is ignored.
		"state=9^NQstate=1":                     {b},    // Another query begins.
		"colour=red":                            {a, b}, // Which can be all of it.
		"active=true^ORDERBYDESCsys_created_on": {b, a},
	} {
		var got []string
		for _, r := range runQuery(f.rows, query) {
			got = append(got, r.fields["sys_id"])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q finds %v, want %v", query, got, want)
		}
	}
}

func TestAReplayedRefreshTokenEndsTheLogin(t *testing.T) {
	f := New(Options{})
	srv := httptest.NewServer(f)
	defer srv.Close()
	verifier := strings.Repeat("v", 43)
	sum := sha256.Sum256([]byte(verifier))
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Get(srv.URL + "/oauth_auth.do?" + url.Values{
		"response_type": {"code"}, "client_id": {ClientID}, "redirect_uri": {"http://127.0.0.1:8765/callback"}, "state": {"s"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	back, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || back.Query().Get("state") != "s" {
		t.Fatal(back, err)
	}
	token := func(v url.Values) (int, string) {
		v.Set("client_id", ClientID)
		resp, err := http.PostForm(srv.URL+"/oauth_token.do", v)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		_, rest, _ := strings.Cut(string(b), `"refresh_token":"`)
		refresh, _, _ := strings.Cut(rest, `"`)
		return resp.StatusCode, refresh
	}
	exchange := url.Values{"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {"http://127.0.0.1:8765/callback"}, "code_verifier": {verifier}}
	status, first := token(exchange)
	if status != 200 || first == "" {
		t.Fatal(status)
	}
	if again, _ := token(exchange); again != 400 {
		t.Errorf("a code is good twice: %d", again)
	}
	status, second := token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first}})
	if status != 200 || second == first {
		t.Fatal(status)
	}
	if status, _ := token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first}}); status != 401 {
		t.Errorf("a refresh token is good twice: %d", status)
	}
	if status, _ := token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {second}}); status != 401 {
		t.Errorf("the login goes on after a replay: %d", status)
	}
}
