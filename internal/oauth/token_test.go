package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

func TestATokenIsOneThatCanBeSent(t *testing.T) {
	for body, good := range map[string]bool{
		tokenAnswer: true,
		`{"access_token":"a","token_type":"Bearer","expires_in":3600}`: true,
		`{"access_token":"a"}`: true,
		`{"access_token":"a","token_type":"Bearer","expires_in":null}`: true,
		`{}`: false,
		`{"access_token":"","token_type":"Bearer"}`:                      false,
		`{"access_token":"a\r\nX-Evil: 1","token_type":"Bearer"}`:        false,
		`{"access_token":"a b","token_type":"Bearer"}`:                   false,
		`{"access_token":"a","refresh_token":"é","token_type":"Bearer"}`: false,
		`{"access_token":"a","token_type":"mac"}`:                        false,
		`{"access_token":"a","token_type":"DPoP"}`:                       false,
		`{"access_token":7,"token_type":"Bearer"}`:                       false,
		`[]`:                  false,
		`{"access_token":"a"`: false,
		`{"access_token":"` + strings.Repeat("a", maxToken+1) + `"}`:          false,
		`{"access_token":"a","pad":"` + strings.Repeat("a", maxAnswer) + `"}`: false,
		`{"error":"invalid_grant","access_token":"a"}`:                        false, // Some services refuse with 200.
	} {
		_, source := scripted(t, ok(body))
		tok, err := source.token(t.Context(), time.Now, url.Values{})
		if (err == nil) != good || good && tok.AccessToken == "" {
			t.Errorf("%.60s: %v", body, err)
		}
	}
}

func TestALifeThatCannotBeIsNotBelieved(t *testing.T) {
	at := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		`3600`: at.Add(time.Hour), `"3600"`: at.Add(time.Hour), `1.5`: at.Add(1500 * time.Millisecond),
		`0`: {}, `-5`: {}, `"soon"`: {}, `""`: {}, `"NaN"`: {}, `null`: {}, `1e300`: at.Add(maxLife), `"Inf"`: at.Add(maxLife),
	} {
		_, source := scripted(t, ok(`{"access_token":"a","expires_in":`+text+`}`))
		tok, err := source.token(t.Context(), func() time.Time { return at }, url.Values{})
		if err != nil || !tok.Expiry.Equal(want) {
			t.Errorf("%s: %v, %v", text, tok, err)
		}
	}
}

func TestNoErrorHoldsWhatWasSent(t *testing.T) {
	sent := []string{"s3cret-of-client", "c0de-1", "ver1fier", "r3fresh-1", "dev1ce-1"}
	for _, r := range []reply{
		said("invalid_grant", "code c0de-1, verifier ver1fier, token r3fresh-1, device dev1ce-1 of s3cret-of-client are bad"),
		{status: 500, body: `{"c0de-1 ver1fier r3fresh-1 dev1ce-1 s3cret-of-client"`},
		{status: 400, body: `<p>c0de-1 ver1fier r3fresh-1 dev1ce-1 s3cret-of-client`, header: http.Header{"Content-Type": {"text/html"}}},
		{status: 302, header: http.Header{"Location": {"/?x=c0de-1"}}},
		{cut: true},
	} {
		_, source := scripted(t, r)
		source.ClientSecret = sent[0]
		_, err := source.token(t.Context(), time.Now, url.Values{"code": {sent[1]}, "code_verifier": {sent[2]}, "refresh_token": {sent[3]}, "device_code": {sent[4]}})
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("%v", err)
		}
		for chain := error(e); chain != nil; chain = errors.Unwrap(chain) {
			text := fmt.Sprintf("%v %+v", chain, chain)
			for _, v := range sent {
				if strings.Contains(text, v) || strings.Contains(e.Description, v) {
					t.Errorf("%q is in the error of %d %s: %s", v, r.status, r.body, text)
				}
			}
		}
		if r.status == 400 && e.Description != "" && !strings.Contains(e.Description, "are bad") {
			t.Errorf("the service's words are lost: %q", e.Description)
		}
	}
}

func TestTheSecretOfAClientGoesWhereTheServiceWantsIt(t *testing.T) {
	s, source := scripted(t, ok(tokenAnswer), ok(tokenAnswer))
	source.ClientSecret, source.Endpoint.TokenParams = "a secret:%", map[string]string{"resource": "https://mcp.example.com"}
	for _, header := range []bool{false, true} {
		source.Endpoint.HeaderAuth = header
		if _, err := source.token(t.Context(), time.Now, url.Values{}); err != nil {
			t.Fatal(err)
		}
	}
	if s.forms[0].Get("client_secret") != "a secret:%" || s.auth[0] != "" {
		t.Errorf("in the form: %v, %q", s.forms[0], s.auth[0])
	}
	// RFC 6749, section 2.3.1: both are form-encoded first.
	if s.forms[1].Has("client_secret") || s.auth[1] != "Basic Y2xpZW50OmErc2VjcmV0JTNBJTI1" {
		t.Errorf("in the header: %v, %q", s.forms[1], s.auth[1])
	}
	if s.forms[1].Get("resource") != "https://mcp.example.com" {
		t.Errorf("parameters of the endpoint are not sent: %v", s.forms[1])
	}
}

// TestARenewalThatHasBegunEnds: who asked goes away in the middle, when the
// service has already spent the old token.
func TestARenewalThatHasBegunEnds(t *testing.T) {
	s, source := scripted(t, ok(`{"access_token":"new","refresh_token":"next","expires_in":3600}`))
	if err := source.Keep(t.Context(), &oauth2.Token{AccessToken: "old", RefreshToken: "once", Expiry: time.Now()}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	source.HTTP = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		cancel() // It is on its way.
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		return http.DefaultTransport.RoundTrip(r)
	})}
	if _, err := source.Token(ctx, ""); err != nil {
		t.Fatal(err)
	}
	if token, err := source.Token(t.Context(), ""); err != nil || token != "new" || s.forms[0].Get("refresh_token") != "once" {
		t.Errorf("%q, %v", token, err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestAnAnswerOfAnotherIssuerIsRefused(t *testing.T) {
	e := Endpoint{Authorize: "https://login.example.com/tenant/authorize"}
	for iss, good := range map[string]bool{
		"": true, "https://login.example.com": true, "https://LOGIN.example.com/tenant/v2.0": true,
		"https://login.example.com.evil.example": false, "http://login.example.com": false, "https://login.example.com:8443": false, "login.example.com": false, "::": false,
	} {
		if e.issued(iss) != good {
			t.Errorf("without a known issuer, %q: %v", iss, !good)
		}
	}
	e.Issuer = "https://login.example.com/tenant"
	for iss, good := range map[string]bool{"": true, e.Issuer: true, e.Issuer + "/": false, "https://login.example.com": false} {
		if e.issued(iss) != good {
			t.Errorf("issuer %s, %q: %v", e.Issuer, iss, !good)
		}
	}
	if e.IssuerSent = true; e.issued("") {
		t.Error("an answer without iss passes although the service promises one")
	}
	s, source := scripted(t, ok(tokenAnswer))
	l := &Login{Source: source, Redirect: Redirect{
		Show: func(_ context.Context, address string) error { return nil },
	}}
	var shown string
	l.Redirect.Show = func(_ context.Context, address string) error { shown = address; return nil }
	l.Redirect.Paste = func(context.Context) (string, error) {
		u, err := url.Parse(shown)
		return "http://127.0.0.1:8765/callback?code=x&iss=https://evil.example&state=" + u.Query().Get("state"), err
	}
	if _, err := l.Run(t.Context()); !errors.Is(err, ErrIssuer) || len(s.forms) != 0 {
		t.Errorf("the code of a mix-up is sent: %v, %v", err, s.forms)
	}
}

func TestWhatIsParticularToAServiceIsSent(t *testing.T) {
	for name, tc := range map[string]struct {
		endpoint Endpoint
		want     url.Values
		begins   string
	}{
		"Atlassian": {
			Atlassian("", "offline_access read:page:confluence"),
			url.Values{"audience": {"api.atlassian.com"}, "prompt": {"consent"}, "scope": {"offline_access read:page:confluence"}, "redirect_uri": {"http://localhost:8765/callback"}},
			"https://auth.atlassian.com/authorize?",
		},
		"Data Center": {
			DataCenter("https://wiki.example.com/confluence/", "WRITE"),
			url.Values{"scope": {"WRITE"}, "redirect_uri": {"http://localhost:8765/callback"}},
			"https://wiki.example.com/confluence/rest/oauth2/latest/authorize?",
		},
		"Entra": {
			Entra("", "contoso.example", "499b84ac-1321-427f-aa17-267ca6975798/.default offline_access"),
			url.Values{"scope": {"499b84ac-1321-427f-aa17-267ca6975798/.default offline_access"}, "redirect_uri": {"http://localhost:8765/callback"}},
			"https://login.microsoftonline.com/contoso.example/oauth2/v2.0/authorize?",
		},
	} {
		c := Config{Endpoint: tc.endpoint, ClientID: "id"}
		redirect := Redirect{Host: tc.endpoint.RedirectHost}.URL()
		address, err := c.authorize(redirect, "state", "verifier")
		u, parseErr := url.Parse(address)
		if err != nil || parseErr != nil || !strings.HasPrefix(address, tc.begins) || strings.Contains(address, "+") {
			t.Errorf("%s: %s, %v", name, address, err)
			continue
		}
		q := u.Query()
		for k, v := range tc.want {
			if q.Get(k) != v[0] {
				t.Errorf("%s: %s is %q", name, k, q.Get(k))
			}
		}
		// RFC 7636, appendix B, by another verifier; computed with openssl.
		if q.Get("code_challenge") != "iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ" || q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" || q.Get("client_id") != "id" {
			t.Errorf("%s: %v", name, q)
		}
	}
	if c := (Config{Endpoint: Entra("https://login.microsoftonline.us/", "a/../b?c", "")}); !strings.HasPrefix(c.Endpoint.Token, "https://login.microsoftonline.us/a%2F..%2Fb%3Fc/oauth2") {
		t.Errorf("a tenant leaves its place: %s", c.Endpoint.Token)
	}
}
