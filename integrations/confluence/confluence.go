// Package confluence finds, writes and adds to pages of a Confluence: the
// cloud by its second interface and what of the first has no successor, Data
// Center by the first. The calls are those of docs/contracts/confluence.yaml
// and confluence-datacenter.yaml.
//
// It never repeats a create or a change, never sends a page without the version
// that is expected to be there, and never overwrites one that does not carry
// its mark.
//
// Sources: the contracts name them, page by page.
package confluence

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/internal/egress"
	"github.com/tftsr/tftsr/internal/oauth"
	"github.com/tftsr/tftsr/store"
)

// Scopes are those that the calls need: of a login, and of a token with scopes.
const Scopes = "read:page:confluence write:page:confluence read:space:confluence search:confluence read:confluence-user write:confluence-content " +
	"read:attachment:confluence write:confluence-file"

// Service is what a registry knows of Confluence.
var Service = integrations.Service{
	Name: "confluence", Title: "Confluence",
	Auths:     []string{integrations.AuthBasic, integrations.AuthPAT, integrations.AuthCode},
	Check:     check,
	Options:   options,
	API:       func(i *store.Integration) (string, error) { return placeOf(i).api, nil },
	Settle:    settle,
	Login:     login,
	Reason:    reason,
	Recognise: recognise,
	Test: func(ctx context.Context, c *integrations.Client) (string, error) {
		w, err := New(c)
		if err != nil {
			return "", err
		}
		return w.Test(ctx)
	},
}

func login(i *store.Integration) (oauth.Endpoint, error) {
	switch {
	case dataCenter(i):
		return oauth.DataCenter(i.BaseURL, "WRITE"), nil
	case loopback(i):
		return oauth.Atlassian(i.BaseURL, "offline_access "+Scopes), nil // a stand-in is all of Atlassian
	}
	return oauth.Atlassian("", "offline_access "+Scopes), nil
}

// The dialects, as the option dialect names them.
const (
	cloud  = "cloud"
	server = "datacenter"
)

func dataCenter(i *store.Integration) bool { return dialectOf(i) == server }

func dialectOf(i *store.Integration) string {
	if d := i.Options["dialect"]; d != "" {
		return d
	}
	u, err := url.Parse(i.BaseURL)
	if err == nil && strings.HasSuffix(u.Hostname(), ".atlassian.net") {
		return cloud
	}
	return server
}

func loopback(i *store.Integration) bool {
	u, err := url.Parse(i.BaseURL)
	return err == nil && egress.Loopback(u.Hostname())
}

// gateway reports whether an instance is called by way of the gateway, which
// takes tokens with scopes and those of OAuth, and no others.
func gateway(i *store.Integration) bool {
	return !dataCenter(i) && (i.Auth == integrations.AuthCode || i.Options["token"] == "scoped")
}

// place is where the interface of an instance is.
type place struct {
	api    string // what a path is below
	prefix string // of the paths of the interface
	site   string // what the addresses of pages for people are below
}

func placeOf(i *store.Integration) place {
	switch {
	case dataCenter(i):
		return place{api: i.BaseURL, site: i.BaseURL}
	case !gateway(i), i.Options["cloud_id"] == "" && i.Auth != integrations.AuthCode:
		return place{i.BaseURL, "/wiki", i.BaseURL + "/wiki"}
	}
	p := place{"https://api.atlassian.com", "/ex/confluence/" + i.Options["cloud_id"] + "/wiki", i.BaseURL + "/wiki"}
	if loopback(i) {
		p.api = i.BaseURL
	}
	return p
}

// check holds what only fits together.
func check(i *store.Integration) error {
	u, err := url.Parse(i.BaseURL)
	if err != nil {
		return err
	}
	switch {
	case !dataCenter(i) && u.Path != "":
		return errors.New("the base URL of Confluence Cloud ends with the host, without /wiki: https://acme.atlassian.net")
	case !dataCenter(i) && u.Hostname() == "api.atlassian.com":
		return errors.New("the base URL of Confluence Cloud is that of the site, https://acme.atlassian.net; tftsr finds the gateway by itself")
	case !dataCenter(i) && i.Auth == integrations.AuthPAT:
		return errors.New("use --auth basic with the e-mail address as --username: Confluence Cloud has API tokens")
	case dataCenter(i) && (i.Options["token"] != "" || i.Options["cloud_id"] != ""):
		return errors.New("the options token and cloud_id are for Confluence Cloud")
	case i.AutoCreate:
		return errors.New("--auto-create is for tickets: a page is made of a document, which an issue that opens does not have")
	case i.SpaceKey != "" && !keyForm().MatchString(i.SpaceKey):
		return errors.New("the key of a space is like OPS, or ~ and an account for a personal one")
	}
	return nil
}

// Client works on the pages of one instance.
type Client struct {
	*integrations.Client
	place
	dialect
}

// ErrSite is returned for an instance of which the id of the site is not known.
var ErrSite = errors.New("the id of the site is not known yet: the owner runs `tftsr integration test confluence NAME` once, which asks for it")

// New returns a client for pages.
func New(c *integrations.Client) (Client, error) {
	w := Client{Client: c, place: placeOf(c.Instance)}
	if gateway(c.Instance) && c.Instance.Options["cloud_id"] == "" {
		return w, ErrSite
	}
	w.dialect = second{w.caller()}
	if dataCenter(c.Instance) {
		w.dialect = first{w.caller()}
	}
	return w, nil
}

func (c Client) caller() caller { return caller{c.Client, c.place} }

// Test reads who is logged in and one space, which shows that the credential is
// accepted and reaches pages, and returns the account.
func (c Client) Test(ctx context.Context) (string, error) {
	var u struct {
		Type, Email, PublicName, Username, DisplayName string
	}
	if _, err := c.caller().get(ctx, "/rest/api/user/current", nil, &u); err != nil {
		var e *integrations.Error
		if errors.As(err, &e) && (e.Kind == integrations.KindNotFound || e.Kind == integrations.KindProtocol) {
			e.Detail = "there is no interface of this kind at the address: a Data Center may be below a path, and a site of the cloud with a domain of its own needs --option dialect=cloud"
		}
		return "", err
	}
	// Where anybody may read, a wrong token is taken for nobody's, with 200.
	if u.Type != "known" && u.Type != "user" {
		return "", &integrations.Error{Kind: integrations.KindAnonymous, Destination: c.Destination(), Status: http.StatusOK}
	}
	if key := c.Instance.SpaceKey; key != "" {
		switch s, err := c.Space(ctx, key); {
		case err != nil:
			return "", err
		case s == nil:
			return "", &integrations.Error{Kind: integrations.KindNotFound, Destination: c.Destination(), Detail: "the space " + key}
		}
	} else if _, _, err := c.Spaces(ctx, 1, ""); err != nil {
		return "", err
	}
	for _, name := range []string{u.Email, u.Username, u.PublicName, u.DisplayName} {
		if name != "" {
			return name, nil
		}
	}
	return "the account of the login", nil
}

// caller makes calls of one instance.
type caller struct {
	*integrations.Client
	place
}

// get reads JSON from a path of the interface.
func (c caller) get(ctx context.Context, path string, q url.Values, v any) (*integrations.Response, error) {
	return c.do(ctx, integrations.Request{Method: http.MethodGet, Path: c.prefix + path, Query: q}, v)
}

// do makes a call and reads its answer into v.
func (c caller) do(ctx context.Context, req integrations.Request, v any) (*integrations.Response, error) {
	resp, err := c.Do(ctx, req)
	var e *integrations.Error
	if errors.As(err, &e) && e.Kind == integrations.KindLogin && e.Detail == "" && !dataCenter(c.Instance) && c.Instance.Auth == integrations.AuthBasic {
		e.Detail = "an API token with scopes needs --option token=scoped, one without scopes must not have it; both expire after a year at most"
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(resp.Body, v); err != nil {
		return nil, &integrations.Error{Kind: integrations.KindProtocol, Destination: c.Destination(), Status: resp.Status, Lost: req.Method != http.MethodGet}
	}
	return resp, nil
}

// settle asks for the id of the site that a token with scopes, or a login, is
// called by.
func settle(ctx context.Context, c *integrations.Client) (map[string]string, error) {
	i := c.Instance
	if !gateway(i) || i.Options["cloud_id"] != "" {
		return map[string]string{}, nil
	}
	w := caller{c, placeOf(i)}
	if i.Auth != integrations.AuthCode {
		var info struct{ CloudID string }
		_, err := w.do(ctx, integrations.Request{Method: http.MethodGet, Path: "/_edge/tenant_info", Anonymous: true}, &info)
		return map[string]string{"cloud_id": info.CloudID}, err
	}
	var sites []struct{ ID, URL string }
	if _, err := w.do(ctx, integrations.Request{Method: http.MethodGet, Path: "/oauth/token/accessible-resources"}, &sites); err != nil {
		return nil, err
	}
	for _, s := range sites {
		if u, err := url.Parse(s.URL); err == nil && strings.EqualFold(u.Scheme+"://"+u.Host, i.BaseURL) {
			return map[string]string{"cloud_id": s.ID}, nil
		}
	}
	return nil, &integrations.Error{Kind: integrations.KindForbidden, Destination: c.Destination(), Detail: "the login was given other sites than this: log in again and choose it"}
}

// reason reads what the interfaces and the gateway say of an error.
func reason(body []byte) string {
	var e struct {
		Errors []struct{ Title, Detail string }
		// Of the first interface, and of the gateway.
		Message string
	}
	if json.Unmarshal(body, &e) != nil {
		return ""
	}
	var said []string
	for _, one := range e.Errors {
		text := one.Title
		if one.Detail != "" && one.Detail != one.Title {
			text += ": " + one.Detail
		}
		said = append(said, text)
	}
	if e.Message != "" {
		// The first interface begins with the name of a class in Java.
		if name, text, ok := strings.Cut(e.Message, ": "); ok && strings.HasPrefix(name, "com.atlassian.") {
			e.Message = text
		}
		said = append(said, e.Message)
	}
	return strings.Join(said, "; ")
}

// recognise knows what is particular to Confluence among answers.
func recognise(r *integrations.Response) *integrations.Error {
	switch {
	case r.Status/100 == 2 && r.Header.Get("X-AUSERNAME") == "anonymous":
		return &integrations.Error{Kind: integrations.KindAnonymous}
	case strings.Contains(r.Header.Get("X-Seraph-LoginReason"), "AUTHENTICATION_DENIED"):
		return &integrations.Error{Kind: integrations.KindLogin, Detail: "after wrong passwords the server wants a CAPTCHA answered: log in once in a browser", Reason: reason(r.Body)}
	case r.Status == http.StatusUnauthorized && bytes.Contains(r.Body, []byte("scope does not match")):
		return &integrations.Error{Kind: integrations.KindLogin, Detail: "the token or the login lacks a scope; docs/integrations/confluence.md lists those that are needed", Reason: reason(r.Body)}
	case r.Status == http.StatusRequestEntityTooLarge:
		return &integrations.Error{Kind: integrations.KindInvalid, Detail: "it is larger than the service takes, which is 5 MB for a page", Reason: reason(r.Body)}
	}
	return nil
}
