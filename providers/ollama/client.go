package ollama

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/egress"
)

const (
	callTimeout = 30 * time.Second
	maxAnswer   = 8 << 20 // bytes; a licence, a template and the metadata of a model are far below
	// A pull takes as long as the network needs. Ollama tells of it some sixteen
	// times a second (server/download.go), in lines of some 150 bytes.
	maxPullTime  = 48 * time.Hour
	maxPullBytes = 1 << 30
	// stallTime is how long nothing may be heard. While it computes the digest of
	// what has come, Ollama says nothing; a slow disk needs minutes for that.
	stallTime = 20 * time.Minute
)

// Options configures a [Client].
type Options struct {
	// Host is the base URL: https, or http on this machine. Empty means
	// [config.DefaultOllamaHost].
	Host string
	// Registries may be pulled from besides Ollama's own: see [config.Ollama].
	Registries []string
	// CAFile and Proxy are as in [egress.Options].
	CAFile string
	Proxy  func(*url.URL) (*url.URL, error)
	// StallTime is how long a pull may be silent; 0 means 20 minutes.
	StallTime time.Duration
}

// Client manages the models of one server. It is safe for concurrent use.
type Client struct {
	base        *url.URL
	registries  []string
	quick, slow http.Client
	stall       time.Duration
	goos        string // of this machine; tests set it
}

// New returns a client. It calls nothing.
func New(o Options) (*Client, error) {
	base, err := url.Parse(cmp.Or(o.Host, config.DefaultOllamaHost))
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("ollama.host: write a URL like %s", config.DefaultOllamaHost)
	}
	c := &Client{base: base, registries: o.Registries, stall: cmp.Or(o.StallTime, stallTime), goos: runtime.GOOS}
	for _, h := range []struct {
		client *http.Client
		time   time.Duration
		bytes  int64
	}{{&c.quick, callTimeout, maxAnswer}, {&c.slow, maxPullTime, maxPullBytes}} {
		hc, err := egress.New(egress.Options{
			AllowedHosts: []string{base.Host}, CAFile: o.CAFile, Proxy: o.Proxy, Timeout: h.time, MaxResponseBytes: h.bytes,
		})
		if err != nil {
			return nil, fmt.Errorf("ollama.host: %w", err)
		}
		*h.client = *hc
		// Ollama answers where it is. What redirects is something else.
		h.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return c, nil
}

// FromConfig returns a client of the server that cfg names, or of the one at the
// base URL other, if not empty, where cfg names none.
func FromConfig(cfg *config.Config, other string) (*Client, error) {
	proxy, err := cfg.ProxyFunc()
	if err != nil {
		return nil, err
	}
	return New(Options{Host: cmp.Or(cfg.Ollama.Host, other), Registries: cfg.Ollama.Registries, CAFile: cfg.Egress.CAFile, Proxy: proxy})
}

// Host is the base URL of the server.
func (c *Client) Host() string { return strings.TrimSuffix(c.base.String(), "/") }

// Addr is its host and port, as approvals and the record have it.
func (c *Client) Addr() string { return c.base.Host }

// Here reports whether the server is on this machine.
func (c *Client) Here() bool { return egress.Loopback(c.base.Hostname()) }

// Allowed says whether a model may be pulled by this name: from Ollama's own
// registry, or from one that the owner has configured. Its error matches
// [ErrRegistry].
func (c *Client) Allowed(n Name) error {
	_, err := c.insecure(n)
	return err
}

// insecure reports whether the registry of n is called without encryption.
func (c *Client) insecure(n Name) (bool, error) {
	if n.host == DefaultRegistry {
		return false, nil
	}
	for _, r := range c.registries {
		host, plain := strings.CutPrefix(r, "http://")
		if strings.EqualFold(host, n.host) {
			return plain, nil
		}
	}
	return false, fmt.Errorf("%w: %s; a name may carry only a host that the owner has put into ollama.registries", ErrRegistry, n.host)
}

// Details are what a model says of itself in lists. All of it is text from
// outside.
type Details struct {
	ParentModel   string   `json:"parent_model"`
	Format        string   `json:"format"`
	Family        string   `json:"family"`
	Families      []string `json:"families"`
	ParameterSize string   `json:"parameter_size"`
	Quantization  string   `json:"quantization_level"`
}

// Model is a model on the server.
type Model struct {
	Name       string    `json:"name"`
	RemoteHost string    `json:"remote_host"` // of a model that another host runs; else empty
	ModifiedAt time.Time `json:"modified_at"`
	Size       int64     `json:"size"` // bytes on disk
	Digest     string    `json:"digest"`
	Details    Details   `json:"details"`
}

// Running is a model that is loaded.
type Running struct {
	Name          string    `json:"name"`
	Size          int64     `json:"size"`      // bytes, with the cache of its context
	SizeVRAM      int64     `json:"size_vram"` // those that are on GPUs
	ContextLength int       `json:"context_length"`
	ExpiresAt     time.Time `json:"expires_at"`
	Details       Details   `json:"details"`
}

// Shown is what a server tells of one model.
type Shown struct {
	License      string         `json:"license"`
	Modelfile    string         `json:"modelfile"`
	Parameters   string         `json:"parameters"`
	Template     string         `json:"template"`
	System       string         `json:"system"`
	Details      Details        `json:"details"`
	RemoteHost   string         `json:"remote_host"`
	ModelInfo    map[string]any `json:"model_info"`
	Capabilities []string       `json:"capabilities"`
	ModifiedAt   time.Time      `json:"modified_at"`
	Requires     string         `json:"requires"` // the oldest Ollama that can run it; may be empty
}

// Version returns the version of the server.
func (c *Client) Version(ctx context.Context) (string, error) {
	var out struct {
		Version *string `json:"version"`
	}
	if err := c.call(ctx, http.MethodGet, "/api/version", nil, &out); err != nil {
		return "", err
	}
	if out.Version == nil {
		return "", &Error{Kind: KindProtocol, Host: c.Host(), Detail: "it gives no version"}
	}
	return *out.Version, nil
}

// List returns the models on the server, the newest first.
func (c *Client) List(ctx context.Context) ([]Model, error) {
	var out struct {
		Models *[]Model `json:"models"`
	}
	if err := c.call(ctx, http.MethodGet, "/api/tags", nil, &out); err != nil {
		return nil, err
	}
	if out.Models == nil {
		return nil, &Error{Kind: KindProtocol, Host: c.Host(), Detail: "it gives no list of models"}
	}
	return *out.Models, nil
}

// Loaded returns the models that are loaded.
func (c *Client) Loaded(ctx context.Context) ([]Running, error) {
	var out struct {
		Models []Running `json:"models"`
	}
	err := c.call(ctx, http.MethodGet, "/api/ps", nil, &out)
	return out.Models, err
}

// Show returns what the server tells of a model.
func (c *Client) Show(ctx context.Context, n Name) (*Shown, error) {
	out := new(Shown)
	if err := c.call(ctx, http.MethodPost, "/api/show", modelBody{Model: n.String()}, out); err != nil {
		return nil, c.named(ctx, n, err)
	}
	return out, nil
}

// DeleteBody is what [Client.Delete] sends.
func (c *Client) DeleteBody(n Name) []byte { return encode(modelBody{Model: n.String()}) }

// Delete removes a model from the server. It is sent once.
func (c *Client) Delete(ctx context.Context, n Name) error {
	err := c.call(ctx, http.MethodDelete, "/api/delete", modelBody{Model: n.String()}, nil)
	var e *Error
	if errors.As(err, &e) {
		// What did not answer may have done it.
		e.Lost = e.Kind == KindTimeout || e.Kind == KindUnreachable || e.Kind == KindServer || e.Kind == KindTooLarge
	}
	return c.named(ctx, n, err)
}

// named says, of a model that is not there, which ones have names like it.
func (c *Client) named(ctx context.Context, n Name, err error) error {
	var e *Error
	if !errors.As(err, &e) || e.Kind != KindNotFound {
		return err
	}
	e.Detail = n.String()
	models, listErr := c.List(ctx)
	if listErr != nil {
		return err
	}
	if near := n.Near(NamesOf(models)); len(near) > 0 {
		var names []string
		for _, o := range near {
			names = append(names, o.String())
		}
		e.Detail += "; it has " + strings.Join(names, ", ")
	}
	return err
}

// NamesOf returns the names of models, without those that are none.
func NamesOf(models []Model) []Name {
	var names []Name
	for i := range models {
		if n, err := ParseName(models[i].Name); err == nil {
			names = append(names, n)
		}
	}
	return names
}

// Has returns the model of that name among models, or nil.
func Has(models []Model, n Name) *Model {
	i := slices.IndexFunc(models, func(m Model) bool {
		o, err := ParseName(m.Name)
		return err == nil && o.Is(n)
	})
	if i < 0 {
		return nil
	}
	return &models[i]
}

type modelBody struct {
	Model string `json:"model"`
}

// encode makes JSON of a body of ours, which always can be.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("ollama: %v", err))
	}
	return b
}

// call makes a short call. body may be nil, as may out.
func (c *Client) call(ctx context.Context, method, path string, body, out any) error {
	resp, err := c.send(ctx, &c.quick, method, path, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	switch {
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return c.failed(err)
	case resp.StatusCode != http.StatusOK:
		return c.refusal(resp.StatusCode, text)
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return &Error{Kind: KindProtocol, Host: c.Host(), Detail: "its answer cannot be read"}
	}
	return nil
}

func (c *Client) send(ctx context.Context, client *http.Client, method, path string, body any) (*http.Response, error) {
	var r io.Reader
	if body != nil {
		r = bytes.NewReader(encode(body))
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base.JoinPath(path).String(), r)
	if err != nil {
		return nil, fmt.Errorf("%s: the request cannot be made", c.Host())
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("User-Agent", "tftsr")
	resp, err := client.Do(req)
	if err != nil {
		if errors.Is(ctx.Err(), context.Canceled) {
			return nil, ctx.Err()
		}
		return nil, c.failed(err)
	}
	return resp, nil
}
