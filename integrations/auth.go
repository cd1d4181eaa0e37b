package integrations

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tftsr/tftsr/internal/oauth"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
)

// authorizer logs in to an instance as its owner configured.
func (r *Registry) authorizer(ctx context.Context, s Service, i *store.Integration) (Authorizer, error) {
	switch i.Auth {
	case AuthBasic, AuthKey, AuthPAT:
		value, err := r.o.Secrets.Get(ctx, SecretOf(i))
		if err != nil {
			return nil, (&Client{dest: DestinationOf(i)}).notLoggedIn(err)
		}
		switch {
		case i.Auth == AuthKey:
			return keyAuth{s.KeyHeader, string(value)}, nil
		case i.Auth == AuthPAT && s.BasicPAT:
			return basicAuth{"", string(value)}, nil
		case i.Auth == AuthPAT:
			return keyAuth{"Authorization", "Bearer " + string(value)}, nil
		}
		return basicAuth{i.Username, string(value)}, nil
	case AuthCode, AuthClient:
		source, err := r.Tokens(ctx, i)
		return bearer{source}, err
	}
	return nil, fmt.Errorf("%s: %q is no way to log in", DestinationOf(i), i.Auth)
}

// Endpoint returns where the people of an instance log in by OAuth.
func (r *Registry) Endpoint(i *store.Integration) (oauth.Endpoint, error) {
	s, err := r.Service(i.Service)
	if err != nil {
		return oauth.Endpoint{}, err
	}
	if s.Login == nil {
		return oauth.Endpoint{}, fmt.Errorf("%s has no login by OAuth", s.Title)
	}
	return s.Login(i)
}

// NeedsSecret reports whether an instance as it is configured has a credential
// that its owner gives: all but a public client of OAuth.
func (r *Registry) NeedsSecret(i *store.Integration) (bool, error) {
	if i.Auth != AuthCode {
		return true, nil
	}
	endpoint, err := r.Endpoint(i)
	return endpoint.Confidential, err
}

// Settle asks the service for the options that it knows better than the owner
// and reports whether any of i's has changed.
func (r *Registry) Settle(ctx context.Context, i *store.Integration) (changed bool, err error) {
	s, err := r.Service(i.Service)
	if err != nil || s.Settle == nil {
		return false, err
	}
	c, err := r.Client(ctx, i)
	if err != nil {
		return false, err
	}
	found, err := s.Settle(ctx, c)
	if err != nil {
		return false, err
	}
	options := maps.Clone(i.Options)
	for name, value := range found {
		if options[name] == value {
			continue
		}
		n := slices.IndexFunc(s.Options, func(o Option) bool { return o.Name == name })
		if n < 0 || s.Options[n].Check(value) != nil {
			return false, &Error{Kind: KindProtocol, Destination: DestinationOf(i), Detail: "option " + name}
		}
		if options == nil {
			options = map[string]string{}
		}
		options[name], changed = value, true
	}
	i.Options = options
	return changed, nil
}

// Tokens returns the source of OAuth tokens of an instance.
func (r *Registry) Tokens(ctx context.Context, i *store.Integration) (*oauth.Source, error) {
	endpoint, err := r.Endpoint(i)
	if err != nil {
		return nil, err
	}
	var hosts []string
	for _, address := range []string{endpoint.Token, endpoint.Device} {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			hosts = append(hosts, u.Host)
		}
	}
	hc, err := r.http(hosts...)
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
			Endpoint: endpoint, ClientID: i.ClientID, ClientSecret: string(secret), Scope: i.Options["scope"],
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
		e := c.failed(err)
		if e.unsent = true; e.Kind != KindRefused {
			e.Detail = "renewing the login"
		}
		return e
	case errors.As(err, &o):
		return &Error{Kind: KindLogin, Destination: c.dest, Detail: cmp.Or(o.Hint, o.Code), Reason: o.Description, err: err}
	case errors.Is(err, oauth.ErrNoLogin):
		return &Error{Kind: KindLogin, Destination: c.dest, Detail: err.Error(), err: err}
	case errors.Is(err, secrets.ErrNotFound), errors.Is(err, secrets.ErrExpired):
		return &Error{Kind: KindLogin, Destination: c.dest, Detail: "there is none, or it has expired", err: err}
	}
	return err
}

type basicAuth struct{ user, password string }

func (a basicAuth) Authorize(_ context.Context, r *http.Request, _ string) error {
	r.SetBasicAuth(a.user, a.password)
	return nil
}
func (basicAuth) Renewable() bool { return false }

type keyAuth struct{ header, key string }

func (a keyAuth) Authorize(_ context.Context, r *http.Request, _ string) error {
	r.Header.Set(a.header, a.key)
	return nil
}
func (keyAuth) Renewable() bool { return false }

type bearer struct{ source *oauth.Source }

func (a bearer) Authorize(ctx context.Context, r *http.Request, refused string) error {
	token, err := a.source.Token(ctx, strings.TrimPrefix(refused, "Bearer "))
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
