package oauth

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// Login lets a person log in.
type Login struct {
	Source   *Source
	Redirect Redirect // its Host is that of the endpoint
	// Code, if not nil, shows a code that the person enters at an address in any
	// browser (RFC 8628), and no redirect is used.
	Code func(ctx context.Context, d DeviceCode) error

	second time.Duration // for tests
}

// Grant says what a login is good for.
type Grant struct {
	Expires   time.Time // of the access token; zero if it is not known
	Renewable bool      // the service gave a refresh token
}

// Run logs in and keeps the tokens.
func (l *Login) Run(ctx context.Context) (Grant, error) {
	limit, late := cmp.Or(l.Redirect.timeout, loginTime), ErrTimedOut
	if l.Code != nil {
		limit, late = deviceTime, ErrExpired
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, late)
	defer cancel()
	t, err := l.token(ctx)
	if err != nil {
		if ctx.Err() != nil && context.Cause(ctx) != nil {
			err = context.Cause(ctx)
		}
		return Grant{}, err
	}
	if err := l.Source.Keep(ctx, t); err != nil {
		return Grant{}, err
	}
	return Grant{Expires: t.Expiry, Renewable: t.RefreshToken != ""}, nil
}

func (l *Login) token(ctx context.Context) (*oauth2.Token, error) {
	if l.Code != nil {
		return l.device(ctx)
	}
	// Both are good for this one login (RFC 7636; RFC 6749, section 10.12).
	state, verifier := random(), random()
	redirect := l.Redirect
	redirect.Host = l.Source.Endpoint.RedirectHost
	address, err := l.Source.authorize(redirect.URL(), state, verifier)
	if err != nil {
		return nil, err
	}
	a, err := redirect.Fetch(ctx, address)
	var refused *Error
	if errors.As(err, &refused) {
		return nil, l.Source.Endpoint.explained(refused)
	}
	if err != nil {
		return nil, err
	}
	if !l.Source.Endpoint.issued(a.Issuer) {
		return nil, ErrIssuer
	}
	return l.Source.token(ctx, l.Source.Now, url.Values{
		"grant_type": {"authorization_code"}, "code": {a.Code}, "redirect_uri": {redirect.URL()}, "code_verifier": {verifier},
	})
}

// authorize returns the address of an authorization request.
func (c Config) authorize(redirect, state, verifier string) (string, error) {
	u, err := url.Parse(c.Endpoint.Authorize)
	if err != nil || u.Host == "" {
		return "", errors.New("the service has no address to log in at")
	}
	sum := sha256.Sum256([]byte(verifier))
	q := u.Query()
	for name, value := range c.Endpoint.Params {
		q.Set(name, value)
	}
	for name, value := range map[string]string{
		"response_type": "code", "client_id": c.ClientID, "redirect_uri": redirect, "scope": c.scope(), "state": state,
		"code_challenge": base64.RawURLEncoding.EncodeToString(sum[:]), "code_challenge_method": "S256",
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	// Atlassian's page wants %20 between scopes, which every server takes.
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
	return u.String(), nil
}

// issued reports whether the iss of an answer can be this service's.
func (e Endpoint) issued(iss string) bool {
	if iss == "" || e.Issuer != "" {
		return iss == e.Issuer || iss == "" && !e.IssuerSent
	}
	got, err := url.Parse(iss)
	want, wantErr := url.Parse(e.Authorize)
	return err == nil && wantErr == nil && got.Scheme == want.Scheme && strings.EqualFold(got.Host, want.Host)
}

func (c Config) scope() string {
	return strings.Join(strings.Fields(cmp.Or(c.Scope, c.Endpoint.Scope)), " ")
}

// random returns 256 bits that nobody can guess, in the alphabet that RFC 7636
// allows in a verifier.
func random() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails, says crypto/rand
	return base64.RawURLEncoding.EncodeToString(b[:])
}
