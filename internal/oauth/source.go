// Package oauth logs in to services by OAuth 2.0 (RFC 6749) for a person at
// this machine, and keeps what that gives fresh: the authorization code flow
// with PKCE (RFC 7636) over a loopback redirect (RFC 8252), and client
// credentials.
//
// Tokens live in package secrets and nowhere else. They are refreshed under a
// file lock, since a service may revoke them all when two processes refresh
// with one token, and a new token is stored before it is used. The package
// never prints, never opens a browser by itself, and never logs.
package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/tftsr/tftsr/internal/secrets"
)

// Config is a client of a service.
type Config struct {
	Endpoint          Endpoint
	ClientID          string
	ClientSecret      string // empty for a public client
	Scope             string // with spaces between; empty means that of the endpoint
	ClientCredentials bool   // the client is nobody's but its own
	HTTP              *http.Client
}

// String keeps the secret out of whatever prints a Config.
func (c Config) String() string { return "oauth client " + c.ClientID }

// GoString is String.
func (c Config) GoString() string { return c.String() }

// ErrNoLogin is returned where nobody has logged in, or the login has ended.
var ErrNoLogin = errors.New("nobody is logged in: run `tftsr login`")

// Error is a refusal of the service's token endpoint (RFC 6749, section 5.2).
type Error struct {
	Code        string // "invalid_grant"
	Description string // the service's words; text from outside
	Network     bool   // there was no answer at all
	err         error
}

// Error says the code, without the service's words.
func (e *Error) Error() string {
	if e.Network {
		return "the service that gives out tokens cannot be reached"
	}
	return "the service gives out no token: " + e.Code
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.err }

const (
	// early is how long before its end a token is renewed: it must live through
	// the call that it is for.
	early = time.Minute
	// lockTime bounds the wait for another process that renews the same tokens.
	lockTime = 45 * time.Second
)

// kept is what is stored of a login.
type kept struct {
	Access  string    `json:"access_token"`
	Refresh string    `json:"refresh_token,omitempty"`
	Expires time.Time `json:"expires_at,omitzero"`
}

// Source gives out access tokens of one login. It holds none itself: another
// process may have renewed them.
type Source struct {
	Config
	Secrets  *secrets.Store
	Name     string // of the secret
	Owner    string
	LockFile string
	Now      func() time.Time
}

// Token returns an access token that is still valid for a minute. fresh asks
// for another one than is stored, because the service refused it.
func (s *Source) Token(ctx context.Context, fresh bool) (string, error) {
	was, err := s.load(ctx)
	if err != nil {
		return "", err
	}
	if !fresh && s.valid(was) {
		return was.Access, nil
	}
	lock := flock.New(s.LockFile, flock.SetPermissions(0o600))
	wait, cancel := context.WithTimeout(ctx, lockTime)
	defer cancel()
	if ok, err := lock.TryLockContext(wait, 20*time.Millisecond); err != nil || !ok {
		_ = lock.Close()
		return "", fmt.Errorf("renew the login: another process holds %s: %w", s.LockFile, err)
	}
	defer func() { _ = lock.Close() }()
	// Another process may have renewed it meanwhile.
	now, err := s.load(ctx)
	if err != nil {
		return "", err
	}
	if now.Access != was.Access && s.valid(now) {
		return now.Access, nil
	}
	next, err := s.renew(ctx, now)
	if err != nil {
		return "", err
	}
	return next.Access, nil
}

func (s *Source) valid(k kept) bool {
	return k.Access != "" && (k.Expires.IsZero() || s.Now().Add(early).Before(k.Expires))
}

func (s *Source) renew(ctx context.Context, now kept) (kept, error) {
	if s.ClientCredentials {
		c := clientcredentials.Config{ClientID: s.ClientID, ClientSecret: s.ClientSecret, TokenURL: s.Endpoint.Token, Scopes: s.scopes(), AuthStyle: oauth2.AuthStyleInParams}
		t, err := c.Token(s.context(ctx))
		if err != nil {
			return kept{}, refused(err)
		}
		return s.save(ctx, t, "")
	}
	if now.Refresh == "" {
		return kept{}, ErrNoLogin
	}
	t, err := s.client("").TokenSource(s.context(ctx), &oauth2.Token{RefreshToken: now.Refresh}).Token()
	if err != nil {
		return kept{}, refused(err)
	}
	return s.save(ctx, t, now.Refresh)
}

// save stores tokens. Whoever is given one finds it stored: the one before may
// be void already.
func (s *Source) save(ctx context.Context, t *oauth2.Token, refresh string) (kept, error) {
	k := kept{Access: t.AccessToken, Refresh: t.RefreshToken, Expires: t.Expiry}
	if k.Refresh == "" {
		k.Refresh = refresh
	}
	b, err := json.Marshal(k) //nolint:gosec // for the keyring
	if err != nil {
		return kept{}, err
	}
	defer clear(b)
	// The grant is spent: it must not be lost because the caller is gone.
	if _, err := s.Secrets.Set(context.WithoutCancel(ctx), s.Name, b, secrets.SetOptions{Owner: s.Owner}); err != nil {
		return kept{}, fmt.Errorf("keep the tokens of a login: %w", err)
	}
	return k, nil
}

func (s *Source) load(ctx context.Context) (kept, error) {
	b, err := s.Secrets.Get(ctx, s.Name)
	if errors.Is(err, secrets.ErrNotFound) {
		if s.ClientCredentials {
			return kept{}, nil
		}
		return kept{}, ErrNoLogin
	}
	if err != nil {
		return kept{}, err
	}
	defer clear(b)
	var k kept
	if err := json.Unmarshal(b, &k); err != nil {
		return kept{}, ErrNoLogin // A value that somebody set by hand.
	}
	return k, nil
}

func (s *Source) context(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, s.HTTP)
}

func (s *Source) client(redirect string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: s.ClientID, ClientSecret: s.ClientSecret, RedirectURL: redirect, Scopes: s.scopes(),
		Endpoint: oauth2.Endpoint{AuthURL: s.Endpoint.Authorize, TokenURL: s.Endpoint.Token, AuthStyle: oauth2.AuthStyleInParams},
	}
}

// refused sorts an error of the token endpoint. Its body may hold what was
// sent, and is left out.
func refused(err error) error {
	var r *oauth2.RetrieveError
	if !errors.As(err, &r) {
		return &Error{Network: true, err: err}
	}
	code := r.ErrorCode
	if code == "" && r.Response != nil {
		code = fmt.Sprintf("HTTP %d", r.Response.StatusCode)
	}
	return &Error{Code: code, Description: r.ErrorDescription}
}
