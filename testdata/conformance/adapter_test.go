package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const shown = `{"name":"conf","things":[
	{"kind":"tool","name":"test_simple_text","alias":"mcp_conf_test_simple_text"},
	{"kind":"prompt","name":"test_prompt","alias":"mcp_conf_test_prompt"},
	{"kind":"resource","name":"test://static-text","alias":"kpf"},
	{"kind":"template","name":"test://template/{id}/data","alias":"bcd"}]}`

// Names are changed where they are names, in both directions, and nothing else is.
func TestTheAdapterChangesNamesOnly(t *testing.T) {
	var got, header string
	answer := ""
	kind := "application/json"
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, header = string(b), r.Header.Get("Mcp-Name")
		if r.Header.Get("Authorization") != "Bearer t" || r.URL.Path != "/mcp" || r.Host != "evil.example" {
			t.Errorf("%s %s %v", r.Host, r.URL, r.Header)
		}
		w.Header().Set("Content-Type", kind)
		_, _ = io.WriteString(w, answer)
	}))
	defer behind.Close()
	n, err := readNames([]byte(shown))
	if err != nil {
		t.Fatal(err)
	}
	to, err := url.Parse(behind.URL + "/mcp")
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(adapter(n, to, "t"))
	defer front.Close()
	post := func(body, name string) string {
		r, err := http.NewRequest(http.MethodPost, front.URL, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "evil.example"
		r.Header.Set("Mcp-Name", name)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	message := func(method, params string) string {
		return fmt.Sprintf(`{"id":1,"method":"%s","params":%s}`, method, params)
	}
	for _, tt := range []struct{ method, params, name, want, header string }{
		{"tools/call", `{"arguments":{"name":"test_simple_text"},"name":"test_simple_text"}`, "test_simple_text", `{"arguments":{"name":"test_simple_text"},"name":"mcp_conf_test_simple_text"}`, "mcp_conf_test_simple_text"},
		{"tools/call", `{"name":"test_simple_text"}`, "another", `{"name":"mcp_conf_test_simple_text"}`, "another"},
		{"tools/call", `{"name":"no_such"}`, "no_such", `{"name":"no_such"}`, "no_such"},
		{"prompts/get", `{"name":"test_prompt"}`, "test_prompt", `{"name":"mcp_conf_test_prompt"}`, "mcp_conf_test_prompt"},
		{"resources/read", `{"uri":"test://static-text"}`, "test://static-text", `{"uri":"tftsr://mcp/conf/kpf"}`, "tftsr://mcp/conf/kpf"},
		{"resources/read", `{"uri":"test://template/12/data"}`, "", `{"uri":"tftsr://mcp/conf/bcd?id=12"}`, ""},
		{"completion/complete", `{"ref":{"type":"ref/resource","uri":"test://template/{id}/data"}}`, "", `{"ref":{"type":"ref/resource","uri":"tftsr://mcp/conf/bcd{?id}"}}`, ""},
		{"subscriptions/listen", `{"notifications":{"resourceSubscriptions":["test://static-text"]}}`, "", `{"notifications":{"resourceSubscriptions":["tftsr://mcp/conf/kpf"]}}`, ""},
		{"ping", `{"n":12345678901234567890}`, "", `{"n":12345678901234567890}`, ""},
	} {
		post(message(tt.method, tt.params), tt.name)
		if got != message(tt.method, tt.want) || header != tt.header {
			t.Errorf("%s %s:\ngot  %s %s", tt.method, tt.params, got, header)
		}
	}
	for in, want := range map[string]string{
		`{"tools":[{"name":"mcp_conf_test_simple_text","text":"mcp_conf_test_simple_text"}]}`:                                                                        `{"tools":[{"name":"test_simple_text","text":"mcp_conf_test_simple_text"}]}`,
		`{"list":[{"uri":"tftsr://mcp/conf/kpf"},{"uriTemplate":"tftsr://mcp/conf/bcd{?id}"},{"uri":"tftsr://mcp/conf/bcd?id=12"},{"uri":"tftsr://mcp/conf/at/x"}]}`: `{"list":[{"uri":"test://static-text"},{"uriTemplate":"test://template/{id}/data"},{"uri":"test://template/12/data"},{"uri":"tftsr://mcp/conf/at/x"}]}`,
	} {
		answer, kind = in, "application/json"
		if back := post("{}", ""); back != want {
			t.Errorf("got  %s\nwant %s", back, want)
		}
		answer, kind = "event: message\ndata: "+in+"\n\n", "text/event-stream"
		if back := post("{}", ""); back != "event: message\ndata: "+want+"\n\n" {
			t.Errorf("in a stream: %s", back)
		}
	}
}

// What differs is listed by scenario and check, and nothing else is.
func TestWhatDiffersIsListed(t *testing.T) {
	write := func(checks map[string]string) string {
		dir := t.TempDir()
		for scenario, doc := range checks {
			at := filepath.Join(dir, "server-"+scenario+"-2026-11-26T05-55-30-116Z")
			if err := os.Mkdir(at, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(at, "checks.json"), []byte(doc), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	direct := write(map[string]string{"a-b": `[{"id":"x","status":"SUCCESS"},{"id":"x","status":"SUCCESS"},{"id":"y","status":"FAILURE"}]`, "c": `[{"id":"x","status":"SUCCESS"}]`})
	through := write(map[string]string{"a-b": `[{"id":"x","status":"SUCCESS"},{"id":"x","status":"FAILURE"},{"id":"y","status":"FAILURE"}]`})
	got, err := report([]string{"here", direct, through})
	want := "here: direct 3 passed, 1 failed; through the gateway 1 passed, 2 failed\n  a-b, x: success success, success failure\n  c, x: success, not made\n"
	if err != nil || got != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	if _, err := report([]string{"here", direct, t.TempDir()}); err == nil {
		t.Error("a run without results passes for one")
	}
}
