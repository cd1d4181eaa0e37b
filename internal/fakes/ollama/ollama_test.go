package ollama

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
)

// at is the clock of the tests.
var at = time.Date(2026, 11, 26, 9, 30, 0, 123456789, time.UTC)

func call(t *testing.T, f *Fake, method, path, body string) (int, string, string) {
	t.Helper()
	w := httptest.NewRecorder()
	f.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w.Code, w.Header().Get("Content-Type"), w.Body.String()
}

const (
	jsonType   = "application/json; charset=utf-8"
	streamType = "application/x-ndjson"
)

// TestAnswersAreThoseOfOllama holds them to the bytes that version 0.17.4 sends;
// `make real-ollama` compares more of them with a server.
func TestAnswersAreThoseOfOllama(t *testing.T) {
	f := New(Options{Installed: []string{"qwen3:0.6b", "gemma3:4b"}, Now: func() time.Time { return at }})
	for _, tt := range []struct {
		method, path, body string
		status             int
		kind, want         string
	}{
		{"GET", "/", "", 200, "text/plain; charset=utf-8", "Ollama is running"},
		{"GET", "/api/version", "", 200, jsonType, `{"version":"0.17.4"}`},
		{"GET", "/api/ps", "", 200, jsonType, `{"models":[]}`},
		{"GET", "/api/nothing", "", 404, "text/plain", "404 page not found"},
		{"GET", "/api/pull", "", 405, "text/plain", "405 method not allowed"},
		{"POST", "/api/show", "", 400, jsonType, `{"error":"missing request body"}`},
		{"POST", "/api/show", `{}`, 400, jsonType, `{"error":"model is required"}`},
		{"POST", "/api/show", `{"model":"<x>"}`, 500, jsonType, ``},
		{"POST", "/api/show", `{"model":"nope"}`, 404, jsonType, `{"error":"model 'nope' not found"}`},
		{"POST", "/api/show", `{`, 400, jsonType, `{"error":"unexpected EOF"}`},
		{"DELETE", "/api/delete", `{"model":"nope"}`, 404, jsonType, `{"error":"model 'nope' not found"}`},
		{"DELETE", "/api/delete", `{"model":"a b"}`, 400, jsonType, `{"error":"name \"a b\" is invalid"}`},
		{"POST", "/api/pull", `{"model":"a b"}`, 400, jsonType, `{"error":"invalid model name"}`},
		{"POST", "/api/pull", `{"model":"nope"}`, 200, streamType, "{\"status\":\"pulling manifest\"}\n{\"error\":\"pull model manifest: file does not exist\"}\n"},
		{"POST", "/api/pull", `{"model":"nope","stream":false}`, 500, "application/json", `{"error":"pull model manifest: file does not exist"}`},
		{"POST", "/api/chat", `{"model":"qwen3:0.6b","messages":[{"role":"user","content":"x"}],"format":"yaml"}`, 500, "application/json", `{"error":"invalid format: \"\\\"yaml\\\"\"; expected \"json\" or a valid JSON Schema object"}`},
		{"POST", "/api/chat", `{"model":"qwen3:0.6b","messages":[{"role":"user","content":"x"}],"stream":false,"format":{"type":"nonsense"}}`, 500, jsonType, `{"error":"invalid JSON schema in format"}`},
		{"POST", "/api/chat", `{"model":"qwen3:0.6b","messages":[],"keep_alive":"soon"}`, 400, jsonType, `{"error":"time: invalid duration \"soon\""}`},
		{"POST", "/api/chat", `[]`, 400, jsonType, `{"error":"json: cannot unmarshal array into Go value of type api.ChatRequest"}`},
		{"POST", "/api/chat", `{"model":"nope","messages":[]}`, 404, jsonType, `{"error":"model 'nope' not found"}`},
		{"POST", "/api/chat", `{"model":"gemma3:4b","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"a","parameters":{}}}]}`, 400, jsonType, `{"error":"registry.ollama.ai/library/gemma3:4b does not support tools"}`},
		{"POST", "/api/chat", `{"model":"gemma3:4b","messages":[{"role":"user","content":"x"}],"think":true}`, 400, jsonType, `{"error":"\"gemma3:4b\" does not support thinking"}`},
		{"POST", "/api/chat", `{"model":"qwen3:0.6b","messages":[]}`, 200, jsonType, `{"model":"qwen3:0.6b","created_at":"2026-11-26T09:30:00.123456789Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"load"}`},
		{"POST", "/api/chat", `{"model":"qwen3:0.6b","stream":false,"messages":[{"role":"user","content":"hello"}]}`, 200, jsonType, `{"model":"qwen3:0.6b","created_at":"2026-11-26T09:30:00.123456789Z","message":{"role":"assistant","content":"You said: hello"},"done":true,"done_reason":"stop","total_duration":300000000,"load_duration":100000000,"prompt_eval_count":6,"prompt_eval_duration":100000000,"eval_count":3,"eval_duration":100000000}`},
		{"POST", "/api/chat", `{"model":"qwen3:0.6b","messages":[{"role":"user","content":"<x>"}]}`, 200, streamType, ""},
	} {
		status, kind, body := call(t, f, tt.method, tt.path, tt.body)
		if status != tt.status || kind != tt.kind || tt.want != "" && body != tt.want {
			t.Errorf("%s %s %s answers %d %s %s\nwant %d %s %s", tt.method, tt.path, tt.body, status, kind, body, tt.status, tt.kind, tt.want)
		}
	}
	_, _, tags := call(t, f, "GET", "/api/tags", "")
	if !regexp.MustCompile(`^\{"models":\[\{"name":"gemma3:4b","model":"gemma3:4b","modified_at":"2026-11-26T09:30:00.123456789Z","size":3338\d{6},"digest":"[0-9a-f]{64}",` +
		`"details":\{"parent_model":"","format":"gguf","family":"gemma3","families":\["gemma3"\],"parameter_size":"4.3B","quantization_level":"Q4_K_M"\}\},\{"name":"qwen3:0.6b"`).MatchString(tags) {
		t.Errorf("tags are %s", tags)
	}
	_, _, ps := call(t, f, "GET", "/api/ps", "")
	if !strings.Contains(ps, `"expires_at":"2026-11-26T09:35:00.123456789Z","size_vram":0,"context_length":4096}`) {
		t.Errorf("what is loaded is %s", ps)
	}
}

func TestAPullTellsOfEachLayer(t *testing.T) {
	f := New(Options{Tick: time.Millisecond, Speed: 100e9})
	status, kind, body := call(t, f, "POST", "/api/pull", `{"model":"qwen3:0.6b"}`)
	lines := strings.Split(strings.TrimSpace(body), "\n")
	layer := regexp.MustCompile(`^\{"status":"pulling ([0-9a-f]{12})","digest":"sha256:([0-9a-f]{64})","total":\d+,"completed":\d+\}$`)
	for _, l := range lines[1 : len(lines)-3] {
		if m := layer.FindStringSubmatch(l); m == nil || !strings.HasPrefix(m[2], m[1]) {
			t.Errorf("line %s", l)
		}
	}
	end := strings.Join(lines[len(lines)-3:], "\n")
	if status != 200 || kind != streamType || lines[0] != `{"status":"pulling manifest"}` || len(lines) < 9 ||
		end != "{\"status\":\"verifying sha256 digest\"}\n{\"status\":\"writing manifest\"}\n{\"status\":\"success\"}" {
		t.Errorf("%d %s %s", status, kind, body)
	}
	if _, _, whole := call(t, f, "POST", "/api/pull", `{"model":"qwen3:0.6b","stream":false}`); whole != `{"status":"success"}` {
		t.Error(whole)
	}
	if f.Kept("qwen3:0.6b") < 522e6 || !f.Has("QWEN3:0.6B") {
		t.Error("it is not there")
	}
	call(t, f, "DELETE", "/api/delete", `{"model":"qwen3:0.6b"}`)
	if f.Kept("qwen3:0.6b") != 0 {
		t.Error("its layers are still there")
	}
}

func TestLayersSharedWithAnotherModelStay(t *testing.T) {
	f := New(Options{Installed: []string{"qwen3:0.6b", "qwen3:8b"}})
	call(t, f, "DELETE", "/api/delete", `{"model":"qwen3:8b"}`)
	m, _ := find("qwen3:0.6b")
	if f.Kept("qwen3:0.6b") != m.size() {
		t.Errorf("%d of %d bytes are left", f.Kept("qwen3:0.6b"), m.size())
	}
}

// TestPromptsAreCutWithoutAWord holds what surprises clients of Ollama most,
// and how they forbid it.
func TestPromptsAreCutWithoutAWord(t *testing.T) {
	f := New(Options{Installed: []string{"qwen3:0.6b"}})
	ask := func(more string) (int, string) {
		status, _, body := call(t, f, "POST", "/api/chat", `{"model":"qwen3:0.6b","messages":[{"role":"user","content":"`+strings.Repeat("word ", 5000)+`"}]`+more+`}`)
		return status, body
	}
	if status, body := ask(`,"stream":false,"options":{"num_ctx":512}`); status != 200 || !strings.Contains(body, `"prompt_eval_count":512,`) {
		t.Errorf("%d %.200s", status, body)
	}
	for _, stream := range []string{"true", "false"} {
		if status, body := ask(`,"truncate":false,"options":{"num_ctx":512},"stream":` + stream); status != 400 || body != `{"error":"the input length exceeds the context length"}` {
			t.Errorf("stream %s: %d %.200s", stream, status, body)
		}
	}
	if status, _ := ask(`,"truncate":false,"options":{"num_ctx":8192}`); status != 200 {
		t.Errorf("with room: %d", status)
	}
	// No context is longer than the model was trained for.
	if status, _ := ask(`,"truncate":false,"options":{"num_ctx":999999}`); status != 200 || f.loaded[0].context != 40960 {
		t.Errorf("%d, context %d", status, f.loaded[0].context)
	}
}

func TestAnswersFitTheirFormat(t *testing.T) {
	f := New(Options{Installed: []string{"qwen3:0.6b"}})
	schema := `{"type":"object","properties":{"causes":{"type":"array","minItems":2,"items":{"$ref":"#/$defs/c"}},"sure":{"type":"boolean"},"level":{"enum":["low","high"]}},"required":["causes"],"$defs":{"c":{"type":"object","properties":{"line":{"type":"integer","minimum":3},"why":{"type":"string"}}}}}`
	_, _, body := call(t, f, "POST", "/api/chat", `{"model":"qwen3:0.6b","stream":false,"messages":[{"role":"user","content":"x"}],"format":`+schema+`}`)
	var out struct{ Message struct{ Content string } }
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		t.Fatal(err)
	}
	if want := `{"causes":[{"line":3,"why":"x"},{"line":3,"why":"x"}],"level":"low","sure":true}`; out.Message.Content != want {
		t.Errorf("%s, want %s", out.Message.Content, want)
	}
	if status, _, body := call(t, f, "POST", "/api/chat", `{"model":"qwen3:0.6b","messages":[{"role":"user","content":"x"}],"format":"yaml"}`); status != 500 || !strings.Contains(body, "invalid format") {
		t.Errorf("%d %s", status, body)
	}
}

func TestAToolThatTheUserNamesIsCalled(t *testing.T) {
	f := New(Options{Installed: []string{"qwen3:0.6b"}})
	const tools = `"tools":[{"type":"function","function":{"name":"get_issue","parameters":{"type":"object","properties":{"issue_id":{"type":"string"}}}}}]`
	_, _, body := call(t, f, "POST", "/api/chat", `{"model":"qwen3:0.6b","stream":false,"messages":[{"role":"user","content":"please get_issue"}],`+tools+`}`)
	if !strings.Contains(body, `"tool_calls":[{"id":"call_00000001","function":{"index":0,"name":"get_issue","arguments":{"issue_id":"x"}}}]`) {
		t.Error(body)
	}
	_, _, body = call(t, f, "POST", "/api/chat", `{"model":"qwen3:0.6b","messages":[{"role":"user","content":"get_issue"},{"role":"tool","content":"down","tool_name":"get_issue"}],`+tools+`}`)
	if strings.Contains(body, "tool_calls") || !strings.Contains(body, "down") {
		t.Error(body)
	}
}

func TestScriptedAnswersComeInTheirOrderWithTheirFaults(t *testing.T) {
	f := New(Options{Installed: []string{"qwen3:0.6b"}})
	srv := httptest.NewServer(f)
	defer srv.Close()
	f.Script(Reply{Content: "one two", Thinking: "hm"}, Reply{Content: "a b c d", Reason: "it broke"}, Reply{Content: "a b c d", Cut: true}, Reply{Status: 503, Reason: "server busy, please try again.  maximum pending requests exceeded"})
	ask := func() (int, []string, error) {
		resp, err := http.Post(srv.URL+"/api/chat", "application/json", strings.NewReader(`{"model":"qwen3:0.6b","messages":[{"role":"user","content":"x"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var lines []string
		sc := bufio.NewScanner(resp.Body)
		for sc.Scan() {
			lines = append(lines, sc.Text())
		}
		return resp.StatusCode, lines, sc.Err()
	}
	status, lines, err := ask()
	if err != nil || status != 200 || len(lines) != 4 || !strings.Contains(lines[0], `"thinking":"hm"`) || !strings.Contains(lines[1], `"content":"one "`) || !strings.Contains(lines[3], `"done":true,"done_reason":"stop"`) {
		t.Errorf("%d %q %v", status, lines, err)
	}
	status, lines, err = ask()
	if err != nil || status != 200 || lines[len(lines)-1] != `{"error":"it broke"}` || len(lines) != 3 {
		t.Errorf("%d %q %v", status, lines, err)
	}
	if _, lines, err = ask(); !errors.Is(err, io.ErrUnexpectedEOF) || len(lines) != 2 {
		t.Errorf("%q %v", lines, err)
	}
	if status, lines, _ = ask(); status != 503 || len(lines) != 1 {
		t.Errorf("%d %q", status, lines)
	}
	if len(f.Chats()) != 4 {
		t.Errorf("%d chats", len(f.Chats()))
	}
}
