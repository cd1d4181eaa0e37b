package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	fake "github.com/tftsr/tftsr/internal/fakes/servicenow"
)

// reply is one answer of a scripted server.
type reply struct {
	status int
	body   string
	header http.Header
	cut    bool // the connection ends instead
}

func ok(body string) reply { return reply{status: 200, body: body} }
func no(status int, code string) reply {
	return reply{status: status, body: `{"error":"` + code + `"}`}
}

func said(code, description string) reply {
	b, _ := json.Marshal(map[string]string{"error": code, "error_description": description})
	return reply{status: 400, body: string(b)}
}

// script is an authorization server that answers what a test wrote, and keeps
// what it was asked.
type script struct {
	mu      sync.Mutex
	replies []reply
	forms   []url.Values
	auth    []string
	at      []time.Time
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forms, s.auth, s.at = append(s.forms, r.PostForm), append(s.auth, r.Header.Get("Authorization")), append(s.at, time.Now())
	a := reply{status: 500}
	if len(s.replies) > 0 {
		a, s.replies = s.replies[0], s.replies[1:]
	}
	if a.cut {
		c, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = c.Close()
		}
		return
	}
	w.Header().Set("Content-Type", "application/json")
	for k, v := range a.header {
		w.Header()[k] = v
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

// scripted returns a source whose service answers by a script.
func scripted(t *testing.T, replies ...reply) (*script, *Source) {
	t.Helper()
	s := &script{replies: replies}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	source := newBed(t, fake.Options{}).source()
	source.Endpoint = Endpoint{Authorize: srv.URL + "/authorize", Token: srv.URL + "/token", Device: srv.URL + "/device", Scope: "a b", Explain: entraCodes}
	source.ClientID, source.Scope = "client", ""
	return s, source
}

const (
	deviceAnswer = `{"device_code":"dev1ce-c0de","user_code":"WDJB-MJHT","verification_uri":"https://login.example.com/device","expires_in":900,"interval":2}`
	tokenAnswer  = `{"access_token":"acc3ss","refresh_token":"r3fresh","token_type":"bearer","expires_in":"3600"}`
)

// runDevice logs in by a code; a second of the protocol takes a millisecond.
func runDevice(t *testing.T, source *Source) (DeviceCode, Grant, error) {
	t.Helper()
	var shown DeviceCode
	l := &Login{Source: source, second: time.Millisecond, Code: func(_ context.Context, d DeviceCode) error { shown = d; return nil }}
	g, err := l.Run(t.Context())
	return shown, g, err
}

func TestADeviceCodeLogsIn(t *testing.T) {
	s, source := scripted(t, ok(deviceAnswer), no(400, "authorization_pending"), reply{cut: true}, no(503, ""), no(400, "authorization_pending"), ok(tokenAnswer))
	d, g, err := runDevice(t, source)
	if err != nil || !g.Renewable || g.Expires.IsZero() {
		t.Fatalf("%+v, %v", g, err)
	}
	if d != (DeviceCode{Code: "WDJB-MJHT", Address: "https://login.example.com/device", Expires: 15 * time.Minute}) {
		t.Errorf("shown: %+v", d)
	}
	if f := s.forms[0]; f.Get("client_id") != "client" || f.Get("scope") != "a b" || f.Has("client_secret") {
		t.Errorf("asked for a code with %v", f)
	}
	if f := s.forms[1]; f.Get("grant_type") != "urn:ietf:params:oauth:grant-type:device_code" || f.Get("device_code") != "dev1ce-c0de" {
		t.Errorf("asked for a token with %v", f)
	}
	if token, err := source.Token(t.Context(), ""); err != nil || token != "acc3ss" {
		t.Errorf("%q, %v", token, err)
	}
}

// TestTheServiceSetsThePace measures in protocol seconds that take 10 ms: two
// until the first poll, and five more after each slow_down.
func TestTheServiceSetsThePace(t *testing.T) {
	s, source := scripted(t, ok(deviceAnswer), no(400, "slow_down"), no(400, "authorization_pending"), ok(tokenAnswer))
	l := &Login{Source: source, second: 10 * time.Millisecond, Code: func(context.Context, DeviceCode) error { return nil }}
	if _, err := l.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for n, least := range []time.Duration{20, 70, 70} {
		if got := s.at[n+1].Sub(s.at[n]); got < least*time.Millisecond {
			t.Errorf("poll %d came after %s, want %d ms", n+1, got, least)
		}
	}
}

func TestADeviceLoginThatDoesNotSucceedSaysWhy(t *testing.T) {
	for name, tc := range map[string]struct {
		replies []reply
		is      error
		says    string
	}{
		"declined":            {[]reply{ok(deviceAnswer), no(400, "access_denied")}, ErrDenied, "declined"},
		"declined at Entra":   {[]reply{ok(deviceAnswer), no(400, "authorization_declined")}, ErrDenied, "declined"},
		"expired":             {[]reply{ok(deviceAnswer), no(400, "expired_token")}, ErrExpired, "start again"},
		"expired by our time": {[]reply{ok(strings.Replace(deviceAnswer, "900", "3", 1)), no(400, "authorization_pending"), no(400, "authorization_pending")}, ErrExpired, "start again"},
		"policy":              {[]reply{ok(deviceAnswer), said("invalid_grant", "AADSTS53003: Access has been blocked by Conditional Access policies.")}, nil, "log in with a browser"},
		"wrong client":        {[]reply{no(401, "invalid_client")}, nil, "client id"},
		"unknown tenant":      {[]reply{said("invalid_request", "AADSTS90002: Tenant 'x' not found.")}, nil, "option tenant"},
		"no code":             {[]reply{ok(`{"user_code":"A","verification_uri":"https://x.example","expires_in":5}`)}, nil, "no_code"},
		"no end":              {[]reply{ok(strings.Replace(deviceAnswer, "900", "0", 1))}, nil, "no_code"},
		"address of no page":  {[]reply{ok(strings.Replace(deviceAnswer, "https://login.example.com/device", "file:///etc/passwd", 1))}, nil, "address"},
		"address in clear":    {[]reply{ok(strings.Replace(deviceAnswer, "https://login", "http://login", 1))}, nil, "address"},
		"a page":              {[]reply{{status: 200, body: "<html>", header: http.Header{"Content-Type": {"text/html"}}}}, nil, "single sign-on"},
		"a redirect":          {[]reply{{status: 307, body: "", header: http.Header{"Location": {"/elsewhere"}}}}, nil, "http_307"},
	} {
		s, source := scripted(t, tc.replies...)
		asked := len(tc.replies)
		_, _, err := runDevice(t, source)
		if err == nil || tc.is != nil && !errors.Is(err, tc.is) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v", name, err)
		}
		if len(s.forms) > asked {
			t.Errorf("%s: it goes on asking, %d times", name, len(s.forms))
		}
		if strings.Contains(fmt.Sprint(err), "dev1ce") {
			t.Errorf("%s: the error holds the device code", name)
		}
	}
	_, source := scripted(t)
	source.Endpoint.Device = ""
	if _, _, err := runDevice(t, source); err == nil {
		t.Error("a service without codes has one")
	}
}

func TestACodeThatWouldActOnATerminalDoesNot(t *testing.T) {
	body, _ := json.Marshal(map[string]any{"device_code": "d", "user_code": "\x1b]0;x\x07AB\u202eC", "verification_uri": "https://x.example/", "expires_in": 60})
	_, source := scripted(t, ok(string(body)), ok(tokenAnswer))
	d, _, err := runDevice(t, source)
	if err != nil || d.Code != " ]0;x AB C" {
		t.Errorf("%q, %v", d.Code, err)
	}
	_, source = scripted(t, ok(strings.Replace(deviceAnswer, "/device", "/\x7f", 1)))
	if _, _, err := runDevice(t, source); err == nil {
		t.Error("an address with a control character is shown")
	}
}
