// Package integrations is what the services of an incident have in common:
// instances by name, how each is logged in to, one HTTP client with its
// errors. Each service is a package below, which says what it can do in a
// [Service].
//
// Text leaves only as a [gate.Cleared] for the instance's own destination. The
// package never redacts, never asks, never sends a write twice, and puts what
// a service says into [Error.Reason] only, which its reader clears.
package integrations

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/egress"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/oauth"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
)

// The ways to log in, as `tftsr integration add --auth` names them.
const (
	AuthBasic  = "basic"              // username and password, or what stands for it
	AuthKey    = "api-key"            // a key in a header
	AuthPAT    = "pat"                // a personal access token
	AuthCode   = "oauth"              // a person logs in: tftsr login
	AuthClient = "client-credentials" // client id and secret
)

// Service is what the package of a service says of it.
type Service struct {
	Name  string   // "servicenow"; also of its toolset
	Title string   // "ServiceNow"
	Auths []string // ways to log in; the first is the default
	// CheckURL says whether a base URL can be one, beyond what holds for all.
	CheckURL func(*url.URL) error
	// Check says whether the settings of an instance fit each other, after each
	// was checked by itself. It may be nil.
	Check func(i *store.Integration) error
	// Options are the settings that it knows, with a sentence on each.
	Options []Option
	// Login says where and how an instance's people log in by OAuth; see
	// [oauth.Entra], [oauth.Atlassian] and [oauth.DataCenter]. Nil if it has none.
	Login func(i *store.Integration) (oauth.Endpoint, error)
	// API is where the interface of an instance is, where that is not its base
	// URL: a path is below what it returns, and its host may be called. Nil means
	// the base URL.
	API func(i *store.Integration) (string, error)
	// Settle asks the service for settings of an instance that an owner would
	// have to look up, such as the id of a site, and returns the options to keep,
	// nil for none. It runs after a login and before a test. It may be nil.
	Settle func(ctx context.Context, c *Client) (map[string]string, error)
	// KeyHeader is the header of [AuthKey].
	KeyHeader string
	// BasicPAT says that [AuthPAT] is sent as the password of a user without a
	// name, and not as a bearer token.
	BasicPAT bool
	// Reason returns what the service says in the body of an error.
	Reason func(body []byte) string
	// Recognise names what is particular to the service among answers that are
	// no answers of its interface; nil when it is nothing that it knows.
	Recognise func(r *Response) *Error
	// Test calls the instance and returns who is logged in.
	Test func(ctx context.Context, c *Client) (string, error)
}

// Option is a setting of a service.
type Option struct {
	Name, Doc string
	Check     func(value string) error
	// Found is set where [Service.Settle] finds the value: it is of one base URL and
	// does not outlive it.
	Found bool
}

// Options configures a [Registry]. All fields but Now are required.
type Options struct {
	Services []Service
	Store    store.Integrations
	Secrets  *secrets.Store
	Config   *config.Config
	Now      func() time.Time // nil means time.Now
}

// Registry opens configured instances. It keeps nothing: what an owner changes
// holds from the next call on. It is safe for concurrent use.
type Registry struct{ o Options }

// NewRegistry returns a registry of services.
func NewRegistry(o Options) *Registry {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Registry{o}
}

// Service finds a service by its name.
func (r *Registry) Service(name string) (Service, error) {
	var names []string
	for _, s := range r.o.Services {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Service{}, fmt.Errorf("there is no service %q; there are: %s", name, strings.Join(names, ", "))
}

// Configured returns the names of the services that have an instance.
func (r *Registry) Configured(ctx context.Context) ([]string, error) {
	list, err := r.o.Store.ListIntegrations(ctx, "")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, i := range list {
		if !slices.Contains(names, i.Service) {
			names = append(names, i.Service)
		}
	}
	return names, nil
}

// ErrInstance is what every error of [Registry.Pick] matches that a caller
// mends by naming an instance.
var ErrInstance = errors.New("no such instance")

// Pick returns an instance of a service: the named one; or else the default of
// the category of an issue, which may be empty; or else the default of all
// categories; or else the only one there is.
func (r *Registry) Pick(ctx context.Context, service, name, category string) (*store.Integration, error) {
	list, err := r.o.Store.ListIntegrations(ctx, service)
	if err != nil {
		return nil, err
	}
	var names []string
	var fallback *store.Integration
	for n := range list {
		i := &list[n]
		names = append(names, i.Name)
		switch {
		case name == i.Name, name == "" && category != "" && slices.Contains(i.Categories, category):
			return i, nil
		case slices.Contains(i.Categories, "*"), len(list) == 1:
			fallback = i
		}
	}
	switch {
	case len(list) == 0:
		return nil, fmt.Errorf("%w: %s is not configured; the owner does that with `tftsr integration add %s NAME`", ErrInstance, service, service)
	case name == "" && fallback != nil:
		return fallback, nil
	case name == "":
		return nil, fmt.Errorf("%w: %s has several and none is the default here; name one of: %s", ErrInstance, service, strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("%w: the instances of %s are: %s", ErrInstance, service, strings.Join(names, ", "))
}

// DestinationOf names an instance for the gate.
func DestinationOf(i *store.Integration) gate.Destination {
	return gate.Destination(i.Service + ":" + i.Name)
}

// TrustOf is what the owner lets an instance have.
func TrustOf(i *store.Integration) gate.Trust {
	return gate.Trust{Types: i.TrustTypes, Fields: i.TrustFields}
}

// SecretOf names the credential of an instance: a password, a key or the
// secret of a client.
func SecretOf(i *store.Integration) string { return i.Service + "/" + i.Name }

// TokensOf names the secret that holds what a login returned.
func TokensOf(i *store.Integration) string { return i.Service + "/" + i.Name + "/tokens" }

// reach returns what is needed to talk to an instance at all: the service and
// where its interface is.
func (r *Registry) reach(i *store.Integration) (Service, *url.URL, error) {
	s, err := r.Service(i.Service)
	if err != nil {
		return Service{}, nil, err
	}
	address := i.BaseURL
	if s.API != nil {
		if address, err = s.API(i); err != nil {
			return s, nil, err
		}
	}
	base, err := url.Parse(address)
	if err != nil || base.Host == "" {
		return s, nil, fmt.Errorf("%s: its base URL is none", DestinationOf(i))
	}
	return s, base, nil
}

// Client returns a client for an instance.
func (r *Registry) Client(ctx context.Context, i *store.Integration) (*Client, error) {
	s, base, err := r.reach(i)
	if err != nil {
		return nil, err
	}
	hc, err := r.http(base.Host)
	if err != nil {
		return nil, err
	}
	c := &Client{Instance: i, service: s, base: base, dest: DestinationOf(i), now: r.o.Now, sleep: sleep}
	c.http = *hc
	// A service answers its interface where it is. What redirects is a login
	// page or a proxy, and is told as such.
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.auth, err = r.authorizer(ctx, s, i)
	return c, err
}

func (r *Registry) http(hosts ...string) (*http.Client, error) {
	proxy, err := r.o.Config.ProxyFunc()
	if err != nil {
		return nil, err
	}
	return egress.New(egress.Options{
		AllowedHosts: append(hosts, r.o.Config.Egress.AllowedHosts...), CAFile: r.o.Config.Egress.CAFile, Proxy: proxy,
		Timeout: callTimeout, MaxResponseBytes: maxAnswer,
	})
}

var instanceName = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,39}$`)

// Check says whether an instance is one that can be stored, and brings its
// base URL into its form.
func (r *Registry) Check(i *store.Integration) error {
	s, err := r.Service(i.Service)
	if err != nil {
		return err
	}
	if !instanceName.MatchString(i.Name) {
		return errors.New("the name of an instance has at most 40 lower-case letters, digits, dots, dashes and underscores")
	}
	if i.Auth == "" {
		i.Auth = s.Auths[0]
	}
	if !slices.Contains(s.Auths, i.Auth) {
		return fmt.Errorf("%s is logged in to with one of: %s", s.Title, strings.Join(s.Auths, ", "))
	}
	switch {
	case i.Auth == AuthBasic && i.Username == "":
		return errors.New("basic needs --username")
	case (i.Auth == AuthCode || i.Auth == AuthClient) && i.ClientID == "":
		return fmt.Errorf("%s needs --client-id", i.Auth)
	}
	if err := checkURL(i, s); err != nil {
		return err
	}
	for name, value := range i.Options {
		n := slices.IndexFunc(s.Options, func(o Option) bool { return o.Name == name })
		if n < 0 {
			return fmt.Errorf("%s has no option %q", s.Title, name)
		}
		if err := s.Options[n].Check(value); err != nil {
			return fmt.Errorf("option %s: %w", name, err)
		}
	}
	if s.Check != nil {
		if err := s.Check(i); err != nil {
			return err
		}
	}
	return gate.CheckTrust(TrustOf(i))
}

// Move says that an instance has another base URL than before: what was found
// at the old one is forgotten.
func (r *Registry) Move(i *store.Integration) error {
	s, err := r.Service(i.Service)
	if err != nil {
		return err
	}
	for _, o := range s.Options {
		if o.Found {
			delete(i.Options, o.Name)
		}
	}
	return nil
}

func checkURL(i *store.Integration, s Service) error {
	u, err := url.Parse(i.BaseURL)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return errors.New("the base URL must be like https://acme.example.com")
	case u.User != nil:
		return errors.New("the base URL must not hold a user or password: they are given apart")
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("the base URL must end with the host or its path")
	case u.Scheme != "https" && (u.Scheme != "http" || !egress.Loopback(u.Hostname())):
		return errors.New("the base URL must begin with https://: credentials and tickets would cross the network in the clear")
	}
	u.Host, u.Path = strings.ToLower(u.Host), strings.TrimRight(u.Path, "/")
	if s.CheckURL != nil {
		if err := s.CheckURL(u); err != nil {
			return err
		}
	}
	i.BaseURL = u.String()
	return nil
}
