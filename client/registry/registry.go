// Package registry knows the MCP servers that an owner registered: it checks
// their settings, makes of them what package client can start or reach, keeps
// what they offer as pins, and, in a process that serves, keeps the connections
// to them as the store says ([Hub]).
//
// What a server says is redacted before it is stored. The package approves
// nothing, changes no setting by itself, and shows no secret to anybody but the
// server that it is for.
package registry

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tftsr/tftsr/client"
	"github.com/tftsr/tftsr/client/names"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
)

// Options configures a [Registry]. All fields but Now, Log and Version are
// required.
type Options struct {
	Store   store.Store
	Secrets *secrets.Store
	Config  *config.Config
	Gate    *gate.Gate
	Now     func() time.Time // nil means time.Now
	Log     *slog.Logger     // faults of ours, which hold no value; nil discards
	Version string           // of the program, as servers are told
	// Ours are the names of our own tools.
	Ours []string
}

// Registry is safe for concurrent use.
type Registry struct{ o Options }

// New returns a registry.
func New(o Options) *Registry {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Registry{o}
}

// The names of the secrets of a server.

// Credential names the API key or bearer token of a server, or the secret of
// its OAuth client.
func Credential(server string) string { return "mcp/" + server }

// Tokens names what a login to a server returned.
func Tokens(server string) string { return "mcp/" + server + "/tokens" }

// SecretEnv names the value of a variable.
func SecretEnv(server, variable string) string {
	return "mcp/" + server + "/env/" + strings.ToLower(variable)
}

// SecretHeader names the value of a header.
func SecretHeader(server, header string) string {
	return "mcp/" + server + "/header/" + strings.ToLower(header)
}

// SecretsOf names all secrets that a server can have.
func SecretsOf(s *store.MCPServer) []string {
	out := []string{Credential(s.Name), Tokens(s.Name), Client(s.Name)}
	for _, v := range s.SecretEnv {
		out = append(out, SecretEnv(s.Name, v))
	}
	for _, h := range s.SecretHeaders {
		out = append(out, SecretHeader(s.Name, h))
	}
	return out
}

// defaultKeyHeader is the header of an api_key unless another is named.
const defaultKeyHeader = "X-API-Key"

// bounds of what an owner may set.
const (
	maxTimeout  = 10 * time.Minute
	minMessage  = 4 << 10
	maxMessage  = 64 << 20
	maxParallel = 64
)

// Check says whether a server can be registered beside others, and brings its
// settings into their form.
func Check(s *store.MCPServer, others []string) error {
	if err := names.CheckServer(s.Name, others); err != nil {
		return err
	}
	s.Auth = cmp.Or(s.Auth, store.AuthNone)
	s.OnSensitive = cmp.Or(s.OnSensitive, store.SensitiveRedact)
	if s.Auth == store.AuthKey {
		s.AuthHeader = cmp.Or(s.AuthHeader, defaultKeyHeader)
	}
	slices.Sort(s.SecretEnv)
	slices.Sort(s.SecretHeaders)
	s.SecretEnv, s.SecretHeaders = slices.Compact(s.SecretEnv), slices.Compact(s.SecretHeaders)
	switch {
	case s.Transport == store.TransportStdio && s.URL != "":
		return errors.New("a server with an address is not reached by stdio: leave --transport out")
	case s.Auth != store.AuthNone && s.Auth != store.AuthKey && s.Auth != store.AuthBearer && s.Auth != store.AuthOAuth:
		return fmt.Errorf("the way to be known to a server is one of: %s, %s, %s, %s", store.AuthNone, store.AuthKey, store.AuthBearer, store.AuthOAuth)
	case s.Transport == store.TransportStdio && s.Auth != store.AuthNone:
		return errors.New("a command is known by its environment, not by auth: use --secret-env")
	case s.AuthHeader != "" && s.Auth != store.AuthKey:
		return errors.New("a header for the key goes with api_key only")
	case (s.ClientID != "" || len(s.Scopes) > 0) && s.Auth != store.AuthOAuth:
		return errors.New("a client id and scopes go with oauth2 only")
	case s.OnSensitive != store.SensitiveRedact && s.OnSensitive != store.SensitiveRefuse:
		return fmt.Errorf("sensitive values are one of: %s, %s", store.SensitiveRedact, store.SensitiveRefuse)
	case s.ConnectTimeout < 0 || s.CallTimeout < 0 || s.ConnectTimeout > maxTimeout || s.CallTimeout > maxTimeout:
		return fmt.Errorf("time-outs are more than nothing, and at most %s", maxTimeout)
	case s.MaxBytes < 0 || s.MaxBytes > maxMessage || s.MaxBytes > 0 && s.MaxBytes < minMessage:
		return fmt.Errorf("the bound of a message is from %d to %d bytes", minMessage, maxMessage)
	case s.MaxCalls < 0 || s.MaxCalls > maxParallel:
		return fmt.Errorf("at most %d calls run at a time", maxParallel)
	}
	if err := checkNames(s); err != nil {
		return err
	}
	if err := gate.CheckTrust(TrustOf(s, "")); err != nil {
		return err
	}
	for _, rule := range s.Trust {
		if rule.Type == "" || rule.Path == "" {
			return errors.New("trust is TYPE=PATH, or TYPE=TOOL:PATH")
		}
	}
	c, err := plainConfig(s)
	if err != nil {
		return err
	}
	return c.Check()
}

// CheckProgram says what would keep the command of a server from being started as
// this machine is now; nil for one that is reached otherwise.
func CheckProgram(s *store.MCPServer) error {
	if s.Transport != store.TransportStdio {
		return nil
	}
	c, err := plainConfig(s)
	if err != nil {
		return err
	}
	return c.CheckProgram()
}

// checkNames refuses a name that is there twice: as a plain value and a secret,
// or in two spellings that would share one secret.
func checkNames(s *store.MCPServer) error {
	for what, lists := range map[string][2][]string{
		"variable": {slices.Sorted(maps.Keys(s.Env)), s.SecretEnv},
		"header":   {slices.Sorted(maps.Keys(s.Headers)), s.SecretHeaders},
	} {
		seen := map[string]bool{}
		for _, name := range slices.Concat(lists[0], lists[1]) {
			low := strings.ToLower(name)
			if seen[low] {
				return fmt.Errorf("the %s %s is there twice: it is plain or a secret, and its capitals do not tell it apart", what, name)
			}
			seen[low] = true
		}
		for _, name := range lists[1] {
			if err := secrets.CheckName(SecretEnv(s.Name, name)); err != nil {
				return fmt.Errorf("the %s %q cannot name a secret: %w", what, name, err)
			}
		}
	}
	if s.Auth == store.AuthBearer || s.Auth == store.AuthOAuth {
		for _, name := range slices.Concat(slices.Collect(maps.Keys(s.Headers)), s.SecretHeaders) {
			if strings.EqualFold(name, "Authorization") {
				return fmt.Errorf("%s sets the header Authorization itself", s.Auth)
			}
		}
	}
	return nil
}

// TrustOf is what the owner lets a server have in the arguments of one of its
// tools, or in any of them when tool is empty.
func TrustOf(s *store.MCPServer, tool string) gate.Trust {
	var t gate.Trust
	for _, rule := range s.Trust {
		if rule.Tool == "" || tool == "" || rule.Tool == tool {
			t.Also = append(t.Also, gate.Trust{Types: []string{rule.Type}, Fields: []string{rule.Path}})
		}
	}
	return t
}

// plainConfig is the configuration of a server without its secrets, which stand
// as empty texts.
func plainConfig(s *store.MCPServer) (client.Config, error) {
	c := client.Config{
		Name: s.Name, Transport: client.Transport(s.Transport), Dir: s.Dir, Env: maps.Clone(s.Env), URL: s.URL, Headers: maps.Clone(s.Headers),
		TrustPrivate: s.PrivateNetwork, Era: eraOf(s.Health.Protocol),
		Timeouts: client.Timeouts{Start: s.ConnectTimeout, Call: s.CallTimeout},
		Limits:   client.Limits{MessageBytes: s.MaxBytes, Calls: s.MaxCalls},
	}
	if len(s.Command) > 0 {
		c.Command, c.Args = s.Command[0], slices.Clone(s.Command[1:])
	}
	switch {
	case s.Transport == store.TransportStdio && (len(s.Command) == 0 || !filepath.IsAbs(s.Command[0])):
		return c, errors.New("the command begins with the absolute path of a program, such as /usr/bin/npx")
	case s.Transport != store.TransportStdio && len(s.Command) > 0:
		return c, fmt.Errorf("a server that is reached by %s has no command", s.Transport)
	}
	for _, name := range s.SecretEnv {
		put(&c.Env, name, "")
	}
	for _, name := range s.SecretHeaders {
		put(&c.Headers, name, "")
	}
	return c, nil
}

// eraOf is the era of a server's last revision.
func eraOf(protocol string) client.Era {
	switch {
	case protocol == "":
		return client.EraUnknown
	case protocol >= "2026-07-28":
		return client.Modern
	}
	return client.Legacy
}

func put(m *map[string]string, name, value string) {
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[name] = value
}

// ClientConfig is all that package client needs of a server, with its secrets.
func (r *Registry) ClientConfig(ctx context.Context, s *store.MCPServer) (client.Config, error) {
	c, err := plainConfig(s)
	if err != nil {
		return c, fmt.Errorf("server %s: %w", s.Name, err)
	}
	for _, name := range s.SecretEnv {
		if c.Env[name], err = r.secret(ctx, SecretEnv(s.Name, name)); err != nil {
			return c, err
		}
	}
	for _, name := range s.SecretHeaders {
		if c.Headers[name], err = r.secret(ctx, SecretHeader(s.Name, name)); err != nil {
			return c, err
		}
	}
	if s.Transport == store.TransportStdio {
		return c, nil
	}
	c.CAFile = r.o.Config.Egress.CAFile
	proxy, err := r.o.Config.ProxyFunc()
	if err != nil {
		return c, err
	}
	c.Proxy = proxy
	switch s.Auth {
	case store.AuthKey, store.AuthBearer:
		value, err := r.secret(ctx, Credential(s.Name))
		if err != nil {
			return c, err
		}
		if s.Auth == store.AuthKey {
			put(&c.Headers, s.AuthHeader, value)
		} else {
			put(&c.Headers, "Authorization", "Bearer "+value)
		}
	case store.AuthOAuth:
		c.OAuth, err = r.oauth(ctx, s)
	}
	return c, err
}

func (r *Registry) secret(ctx context.Context, name string) (string, error) {
	value, err := r.o.Secrets.Get(ctx, name)
	if err != nil {
		return "", fmt.Errorf("the secret %s: %w", name, err)
	}
	return string(value), nil
}

// Server finds a server by its name.
func (r *Registry) Server(ctx context.Context, name string) (*store.MCPServer, error) {
	s, err := r.o.Store.Server(ctx, name)
	if !errors.Is(err, store.ErrNotFound) {
		return s, err
	}
	list, err := r.o.Store.ListServers(ctx)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: no MCP server is registered; the owner does that with `tftsr server add`", store.ErrNotFound)
	}
	var known []string
	for _, s := range list {
		known = append(known, s.Name)
	}
	return nil, fmt.Errorf("there is no MCP server %q (%w); there are: %s", name, store.ErrNotFound, strings.Join(known, ", "))
}

// Servers returns all, by name.
func (r *Registry) Servers(ctx context.Context) ([]store.MCPServer, error) {
	return r.o.Store.ListServers(ctx)
}

// Forget removes a server with its pins, secrets and tokens.
func (r *Registry) Forget(ctx context.Context, s *store.MCPServer) error {
	for _, name := range SecretsOf(s) {
		if err := r.o.Secrets.Delete(ctx, name); err != nil && !errors.Is(err, secrets.ErrNotFound) {
			return err
		}
	}
	return r.o.Store.DeleteServer(ctx, s.ID)
}

// Host names where a server is, for people: its program or its host.
func Host(s *store.MCPServer) string {
	if s.Transport == store.TransportStdio {
		return filepath.Base(s.Command[0])
	}
	if u, err := url.Parse(s.URL); err == nil {
		return u.Host
	}
	return s.Transport
}

// decode reads JSON whose numbers stay as they are written.
func decode(doc []byte, into any) error {
	dec := json.NewDecoder(strings.NewReader(string(doc)))
	dec.UseNumber()
	return dec.Decode(into)
}
