package integrations

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"

	"github.com/tftsr/tftsr/internal/oauth"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
)

// authorizer logs in to an instance as its owner configured.
func (r *Registry) authorizer(ctx context.Context, s Service, i *store.Integration) (Authorizer, error) {
	switch i.Auth {
	case AuthBasic, AuthKey:
		value, err := r.o.Secrets.Get(ctx, SecretOf(i))
		if err != nil {
			return nil, (&Client{dest: DestinationOf(i)}).notLoggedIn(err)
		}
		if i.Auth == AuthKey {
			return keyAuth{s.KeyHeader, string(value)}, nil
		}
		return basicAuth{i.Username, string(value)}, nil
	case AuthCode, AuthClient:
		source, err := r.Tokens(ctx, i)
		return bearer{source}, err
	}
	return nil, fmt.Errorf("%s: %q is no way to log in", DestinationOf(i), i.Auth)
}

// Tokens returns the source of OAuth tokens of an instance.
func (r *Registry) Tokens(ctx context.Context, i *store.Integration) (*oauth.Source, error) {
	s, _, hc, err := r.reach(i)
	if err != nil {
		return nil, err
	}
	// A public client has no secret; what is not there is not sent.
	secret, err := r.o.Secrets.Get(ctx, SecretOf(i))
	if err != nil && !errors.Is(err, secrets.ErrNotFound) {
		return nil, err
	}
	return &oauth.Source{
		Config: oauth.Config{
			Endpoint: s.Login(i.BaseURL), ClientID: i.ClientID, ClientSecret: string(secret), Scope: i.Options["scope"],
			ClientCredentials: i.Auth == AuthClient, HTTP: hc,
		},
		Secrets: r.o.Secrets, Name: TokensOf(i), Owner: i.Owner,
		LockFile: filepath.Join(r.o.Config.DataDir, "login-"+i.Service+"-"+i.Name+".lock"),
		Now:      r.o.Now,
	}, nil
}

// notLoggedIn says that there is no credential to call with.
func (c *Client) notLoggedIn(err error) error {
	var o *oauth.Error
	switch {
	case errors.As(err, &o) && o.Network:
		return c.failed(err)
	case errors.As(err, &o):
		return &Error{Kind: KindLogin, Destination: c.dest, Detail: o.Code, Reason: o.Description, err: err}
	case errors.Is(err, secrets.ErrNotFound), errors.Is(err, secrets.ErrExpired), errors.Is(err, oauth.ErrNoLogin):
		return &Error{Kind: KindLogin, Destination: c.dest, Detail: "there is none, or it has expired", err: err}
	}
	return err
}

type basicAuth struct{ user, password string }

func (a basicAuth) Authorize(_ context.Context, r *http.Request, _ bool) error {
	r.SetBasicAuth(a.user, a.password)
	return nil
}
func (basicAuth) Renewable() bool { return false }

type keyAuth struct{ header, key string }

func (a keyAuth) Authorize(_ context.Context, r *http.Request, _ bool) error {
	r.Header.Set(a.header, a.key)
	return nil
}
func (keyAuth) Renewable() bool { return false }

type bearer struct{ source *oauth.Source }

func (a bearer) Authorize(ctx context.Context, r *http.Request, fresh bool) error {
	token, err := a.source.Token(ctx, fresh)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return nil
}
func (bearer) Renewable() bool { return true }

// String keeps credentials out of whatever prints an authorizer.
func (basicAuth) String() string { return "basic" }

// String is as above.
func (keyAuth) String() string { return "key" }
