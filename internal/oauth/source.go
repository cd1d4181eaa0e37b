// Package oauth logs in to services by OAuth 2.0 (RFC 6749) for a person at
// this machine, and keeps what that gives fresh: the authorization code flow
// with PKCE (RFC 7636) over a loopback redirect (RFC 8252), codes for devices
// (RFC 8628), and client credentials.
//
// Tokens live in package secrets and nowhere else. They are refreshed under a
// file lock, since a service may revoke them all when two processes refresh
// with one token, and a new token is stored before it is used. No error holds a
// token, a code or a secret. The package never prints and never logs.
//
// Who gets a client and its endpoint by other means, such as the metadata of an
// MCP server, uses three parts of it: [Redirect] fetches the answer to an
// authorization request, [OpenBrowser] opens it, and a [Source] keeps the
// tokens ([Source.Keep]) and gives them out ([Source.Token]).
package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/oauth2"

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

const (
	// early is how long before its end a token is renewed: it must live through
	// the call that it is for.
	early = time.Minute
	// renewTime bounds one renewal, and lockTime the wait for other processes that
	// renew the same tokens.
	renewTime = 30 * time.Second
	lockTime  = renewTime + 15*time.Second
)

// kept is what is stored of a login.
type kept struct {
	Access  string    `json:"access_token,omitempty"`
	Refresh string    `json:"refresh_token,omitempty"`
	Expires time.Time `json:"expires_at,omitzero"`
	// Ended is the code with which the service ended the login.
	Ended string `json:"ended,omitempty"`
}

// Source gives out access tokens of one login. It holds none itself: another
// process may have renewed them. It is safe for concurrent use.
type Source struct {
	Config
	Secrets  *secrets.Store
	Name     string // of the secret
	Owner    string
	LockFile string
	Now      func() time.Time
}

// Token returns an access token that is still valid for a minute. refused is
// one that the service did not accept, and is not returned again; it may be
// empty.
//
// A renewal that has begun is brought to its end whatever becomes of ctx: the
// service may have spent the old token already. An error is [ErrNoLogin], an
// [*Error], or one of the store.
func (s *Source) Token(ctx context.Context, refused string) (string, error) {
	k, err := s.load(ctx)
	if err != nil {
		return "", err
	}
	if s.valid(k, refused) {
		return k.Access, nil
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return "", err
	}
	defer unlock()
	// Another process may have renewed it meanwhile.
	if k, err = s.load(ctx); err != nil {
		return "", err
	}
	if s.valid(k, refused) {
		return k.Access, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewTime)
	defer cancel()
	k, err = s.renew(ctx, k)
	return k.Access, err
}

// Keep stores the tokens of a login that has just been made.
func (s *Source) Keep(ctx context.Context, t *oauth2.Token) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	_, err = s.save(ctx, t, "")
	return err
}

// lock keeps other processes from renewing. It is given back by unlock, and by
// the end of the process.
func (s *Source) lock(ctx context.Context) (unlock func(), err error) {
	l := flock.New(s.LockFile, flock.SetPermissions(0o600))
	wait, cancel := context.WithTimeout(ctx, lockTime)
	defer cancel()
	if ok, err := l.TryLockContext(wait, 20*time.Millisecond); err != nil || !ok {
		_ = l.Close()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("renew the login: another process holds %s: %w", s.LockFile, err)
	}
	return func() { _ = l.Close() }, nil
}

func (s *Source) valid(k kept, refused string) bool {
	return k.Access != "" && k.Access != refused && (k.Expires.IsZero() || s.Now().Add(early).Before(k.Expires))
}

func (s *Source) renew(ctx context.Context, now kept) (kept, error) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {now.Refresh}}
	switch {
	case s.ClientCredentials:
		form = url.Values{"grant_type": {"client_credentials"}}
		if scope := s.scope(); scope != "" {
			form.Set("scope", scope)
		}
	case now.Refresh == "":
		return kept{}, ended(now.Ended)
	}
	t, err := s.token(ctx, s.Now, form)
	var e *Error
	if errors.As(err, &e) && e.Code == "invalid_grant" && !s.ClientCredentials {
		// Some services count each attempt with a dead token as an attack.
		return kept{}, errors.Join(err, s.put(ctx, kept{Ended: e.Code}))
	}
	if err != nil {
		return kept{}, err
	}
	return s.save(ctx, t, now.Refresh)
}

func ended(code string) error {
	if code == "" {
		return ErrNoLogin
	}
	return fmt.Errorf("%w: the service has ended the last login (%s)", ErrNoLogin, code)
}

// save stores tokens. Whoever is given one finds it stored: the one before may
// be void already.
func (s *Source) save(ctx context.Context, t *oauth2.Token, refresh string) (kept, error) {
	k := kept{Access: t.AccessToken, Refresh: t.RefreshToken, Expires: t.Expiry}
	if k.Refresh == "" {
		k.Refresh = refresh
	}
	if err := s.put(ctx, k); err != nil {
		return kept{}, fmt.Errorf("keep the tokens of a login: %w", err)
	}
	return k, nil
}

func (s *Source) put(ctx context.Context, k kept) error {
	b, err := json.Marshal(k) //nolint:gosec // for the keyring
	if err != nil {
		return err
	}
	defer clear(b)
	// The grant is spent: it must not be lost because the caller is gone.
	_, err = s.Secrets.Set(context.WithoutCancel(ctx), s.Name, b, secrets.SetOptions{Owner: s.Owner})
	return err
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
