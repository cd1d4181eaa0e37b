package client

import (
	"context"
	"errors"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"golang.org/x/oauth2"
)

// ErrLoginNeeded is returned when a server wants a login that only a person can make.
var ErrLoginNeeded = errors.New("a login is needed")

// StoredToken makes a handler of tokens that are kept elsewhere, for a program that nobody watches: source gives the token, renewed where
// that needs nobody, or [ErrLoginNeeded]. When the server refuses the token, nothing is opened and nobody is waited for: the server needs a
// login, and says so.
func StoredToken(source oauth2.TokenSource) auth.OAuthHandler { return stored{source} }

type stored struct{ source oauth2.TokenSource }

// TokenSource implements [auth.OAuthHandler].
func (s stored) TokenSource(context.Context) (oauth2.TokenSource, error) { return s.source, nil }

// errForbidden is what a call fails with that the login may not do; others may work.
var errForbidden = errors.New("the login may not do this")

// Authorize implements [auth.OAuthHandler].
func (s stored) Authorize(_ context.Context, _ *http.Request, resp *http.Response) error {
	if resp == nil {
		return ErrLoginNeeded
	}
	resp.Body.Close()
	if resp.StatusCode == http.StatusForbidden {
		return errForbidden
	}
	return ErrLoginNeeded
}
