package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
	"golang.org/x/oauth2"

	"github.com/tftsr/tftsr/client"
	"github.com/tftsr/tftsr/internal/egress"
	"github.com/tftsr/tftsr/internal/oauth"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
)

// Client names what the login service of a server knows us as.
func Client(server string) string { return "mcp/" + server + "/client" }

// registration is what a login leaves beside the tokens: where they are renewed,
// and as whom. A token is good for the resource that it was asked for only (RFC
// 8707).
type registration struct {
	ClientID   string `json:"client_id"`
	Secret     string `json:"client_secret,omitempty"`
	Token      string `json:"token_endpoint"`
	HeaderAuth bool   `json:"header_auth,omitempty"`
	Resource   string `json:"resource"`
	Scope      string `json:"scope,omitempty"`
}

// oauth gives the tokens of an earlier login, and never begins one.
func (r *Registry) oauth(ctx context.Context, s *store.MCPServer) (auth.OAuthHandler, error) {
	source, err := r.tokens(ctx, s)
	if errors.Is(err, secrets.ErrNotFound) {
		return client.StoredToken(noToken{}), nil
	}
	if err != nil {
		return nil, err
	}
	return client.StoredToken(stored{source}), nil
}

type noToken struct{}

// Token implements [oauth2.TokenSource].
func (noToken) Token() (*oauth2.Token, error) { return nil, client.ErrLoginNeeded }

type stored struct{ source *oauth.Source }

// renewTime bounds the renewal of a token, which no call waits for longer.
const renewTime = 45 * time.Second

// Token implements [oauth2.TokenSource].
func (t stored) Token() (*oauth2.Token, error) {
	ctx, cancel := context.WithTimeout(context.Background(), renewTime)
	defer cancel()
	access, err := t.source.Token(ctx, "")
	var refused *oauth.Error
	switch {
	case errors.Is(err, oauth.ErrNoLogin), errors.As(err, &refused) && !refused.Network:
		return nil, fmt.Errorf("%w: %w", client.ErrLoginNeeded, err)
	case err != nil:
		return nil, err
	}
	return &oauth2.Token{AccessToken: access, TokenType: "Bearer"}, nil
}

func (r *Registry) tokens(ctx context.Context, s *store.MCPServer) (*oauth.Source, error) {
	doc, err := r.o.Secrets.Get(ctx, Client(s.Name))
	if err != nil {
		return nil, err
	}
	defer clear(doc)
	var reg registration
	if err := json.Unmarshal(doc, &reg); err != nil {
		return nil, fmt.Errorf("the login to %s cannot be read: log in anew", s.Name)
	}
	return r.source(s, reg)
}

func (r *Registry) source(s *store.MCPServer, reg registration) (*oauth.Source, error) {
	hc, err := r.loginHTTP(s)
	if err != nil {
		return nil, err
	}
	e := oauth.Endpoint{Token: reg.Token, HeaderAuth: reg.HeaderAuth, TokenParams: map[string]string{"resource": reg.Resource}}
	return &oauth.Source{
		Config:  oauth.Config{Endpoint: e, ClientID: reg.ClientID, ClientSecret: reg.Secret, Scope: reg.Scope, HTTP: hc},
		Secrets: r.o.Secrets, Name: Tokens(s.Name), Owner: s.Owner, Now: r.o.Now,
		LockFile: filepath.Join(r.o.Config.DataDir, "login-mcp-"+s.Name+".lock"),
	}, nil
}

// loginHTTP is for the login services that a server names: hosts of the
// internet. A server in a private network may name itself and what the owner
// allows (egress.allowed_hosts).
func (r *Registry) loginHTTP(s *store.MCPServer) (*http.Client, error) {
	proxy, err := r.o.Config.ProxyFunc()
	if err != nil {
		return nil, err
	}
	o := egress.Options{CAFile: r.o.Config.Egress.CAFile, Proxy: proxy, Timeout: 30 * time.Second, MaxResponseBytes: 1 << 20}
	if !s.PrivateNetwork {
		o.PublicOnly, o.AnyHost = true, true
		return egress.New(o)
	}
	u, err := url.Parse(s.URL)
	if err != nil {
		return nil, fmt.Errorf("server %s: its URL cannot be read", s.Name)
	}
	o.AllowedHosts = append([]string{u.Host}, r.o.Config.Egress.AllowedHosts...)
	return egress.New(o)
}

// ErrNoLoginNeeded is returned by [Registry.Login] for a server that asks for
// none.
var ErrNoLoginNeeded = errors.New("the server answers without a login")

// hello is a request that a server answers to whoever is logged in.
const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"tftsr","version":"login"}}}`

// Login logs in to a server for a person: it asks the server where, registers
// as a client there unless the owner has done so, brings the person to the page
// and back by redirect, and keeps the tokens.
func (r *Registry) Login(ctx context.Context, s *store.MCPServer, redirect oauth.Redirect) error {
	if s.Auth != store.AuthOAuth {
		return fmt.Errorf("%s is registered with --auth %s, which needs no login", s.Name, s.Auth)
	}
	hc, err := r.loginHTTP(s)
	if err != nil {
		return err
	}
	var kept error
	resource := s.URL
	cfg := &auth.AuthorizationCodeHandlerConfig{
		RedirectURL: redirect.URL(), RequestRefreshToken: true, AcceptUnadvertisedIss: true, Client: hc,
		AuthorizationCodeFetcher: func(ctx context.Context, args *auth.AuthorizationArgs) (*auth.AuthorizationResult, error) {
			// The metadata of a server may name it otherwise than the owner does.
			if u, err := url.Parse(args.URL); err == nil && u.Query().Get("resource") != "" {
				resource = u.Query().Get("resource")
			}
			answer, err := redirect.Fetch(ctx, args.URL)
			if err != nil {
				return nil, err
			}
			return &auth.AuthorizationResult{Code: answer.Code, State: answer.State, Iss: answer.Issuer}, nil
		},
		NewTokenSource: func(_ context.Context, c *oauth2.Config, t *oauth2.Token) (oauth2.TokenSource, error) {
			kept = r.keep(ctx, s, resource, c, t)
			return oauth2.StaticTokenSource(t), kept
		},
	}
	if len(s.Scopes) > 0 {
		cfg.ScopeFilter = func([]string) []string { return s.Scopes }
	}
	switch {
	case strings.HasPrefix(s.ClientID, "https://"):
		// A document of the owner's that describes the client, and names its address
		// (draft-ietf-oauth-client-id-metadata-document).
		cfg.ClientIDMetadataDocumentConfig = &auth.ClientIDMetadataDocumentConfig{URL: s.ClientID}
	case s.ClientID != "":
		cfg.PreregisteredClient = &oauthex.ClientCredentials{ClientID: s.ClientID}
		secret, err := r.o.Secrets.Get(ctx, Credential(s.Name))
		switch {
		case err == nil:
			cfg.PreregisteredClient.ClientSecretAuth = &oauthex.ClientSecretAuth{ClientSecret: string(secret)}
			clear(secret)
		case !errors.Is(err, secrets.ErrNotFound):
			return err
		}
	default:
		cfg.DynamicClientRegistrationConfig = &auth.DynamicClientRegistrationConfig{Metadata: &oauthex.ClientRegistrationMetadata{
			ClientName: "tftsr", RedirectURIs: []string{redirect.URL()}, GrantTypes: []string{"authorization_code", "refresh_token"},
			ResponseTypes: []string{"code"}, TokenEndpointAuthMethod: "none",
		}}
	}
	handler, err := auth.NewAuthorizationCodeHandler(cfg)
	if err != nil {
		return fmt.Errorf("log in to %s: %w", s.Name, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, strings.NewReader(hello))
	if err != nil {
		return fmt.Errorf("log in to %s: its URL cannot be read", s.Name)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	resp, err := hc.Do(req)
	if err != nil {
		return fmt.Errorf("log in to %s: %w", s.Name, egress.SafeError(err))
	}
	if resp.StatusCode != http.StatusUnauthorized && resp.StatusCode != http.StatusForbidden {
		_ = resp.Body.Close()
		return ErrNoLoginNeeded
	}
	if err := handler.Authorize(ctx, req, resp); err != nil {
		return fmt.Errorf("log in to %s: %w", s.Name, loginError(err))
	}
	return kept
}

// AskedScopes are the scopes that the last login to a server asked for, if there
// was one.
func (r *Registry) AskedScopes(ctx context.Context, s *store.MCPServer) ([]string, error) {
	doc, err := r.o.Secrets.Get(ctx, Client(s.Name))
	if errors.Is(err, secrets.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer clear(doc)
	var reg registration
	if json.Unmarshal(doc, &reg) != nil {
		return nil, nil // The next login writes it anew.
	}
	return strings.Fields(reg.Scope), nil
}

// ErrNoClient is returned by [Registry.Login] where the login service knows no
// client of ours, and lets none register itself.
var ErrNoClient = errors.New("its login service lets no client register itself, so that somebody has to register tftsr there")

// loginError keeps what servers write in their answers out of an error.
func loginError(err error) error {
	var token *oauth2.RetrieveError
	if errors.As(err, &token) {
		return fmt.Errorf("the login service gave no token (HTTP %d, %s)", token.Response.StatusCode, clip(token.ErrorCode, 60))
	}
	if strings.Contains(err.Error(), "no configured client registration methods") { // Which the SDK has no name for.
		return ErrNoClient
	}
	return egress.SafeError(err)
}

func (r *Registry) keep(ctx context.Context, s *store.MCPServer, resource string, c *oauth2.Config, t *oauth2.Token) error {
	reg := registration{
		ClientID: c.ClientID, Secret: c.ClientSecret, Token: c.Endpoint.TokenURL, HeaderAuth: c.Endpoint.AuthStyle == oauth2.AuthStyleInHeader,
		Resource: resource, Scope: strings.Join(c.Scopes, " "),
	}
	doc, err := json.Marshal(reg) //nolint:gosec // It goes into the secrets.
	if err != nil {
		return err
	}
	defer clear(doc)
	if _, err := r.o.Secrets.Set(ctx, Client(s.Name), doc, secrets.SetOptions{Owner: s.Owner}); err != nil {
		return err
	}
	source, err := r.source(s, reg)
	if err != nil {
		return err
	}
	return source.Keep(ctx, t)
}
