package providers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/egress"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
)

const (
	defaultTimeout = 5 * time.Minute
	// A request is sent so often; the wait before each further try is drawn from
	// half to the whole of a bound that doubles.
	maxTries  = 3
	firstWait = time.Second
	// maxWait is the longest Retry-After that is waited for.
	maxWait = 20 * time.Second
)

// Options configures a [Registry]. All fields but Now and Sleep are required.
type Options struct {
	Store   store.Providers
	Secrets *secrets.Store
	Config  *config.Config
	Now     func() time.Time                           // nil means time.Now
	Sleep   func(context.Context, time.Duration) error // nil waits
}

// Registry opens configured providers. It keeps nothing: what an owner changes
// holds from the next call on. It is safe for concurrent use.
type Registry struct{ o Options }

// NewRegistry returns a registry.
func NewRegistry(o Options) *Registry {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	return &Registry{o}
}

// ErrProvider is what every error of [Registry.Pick] matches that a caller
// mends by naming a provider.
var ErrProvider = errors.New("no such provider")

// List returns the configured providers by name.
func (r *Registry) List(ctx context.Context) ([]store.Provider, error) {
	return r.o.Store.ListProviders(ctx)
}

// Pick returns the provider of a name, or the default one for an empty name.
func (r *Registry) Pick(ctx context.Context, name string) (*store.Provider, error) {
	list, err := r.o.Store.ListProviders(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for i := range list {
		if list[i].Name == name || name == "" && list[i].Default {
			return &list[i], nil
		}
		names = append(names, list[i].Name)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: none is configured; the owner does that with `tftsr provider add KIND NAME`", ErrProvider)
	}
	return nil, fmt.Errorf("%w: there are: %v", ErrProvider, names)
}

// Open returns a client for the provider of a name, or for the default one.
func (r *Registry) Open(ctx context.Context, name string) (*Client, error) {
	p, err := r.Pick(ctx, name)
	if err != nil {
		return nil, err
	}
	return r.Client(ctx, p)
}

// Client returns a client for a provider.
func (r *Registry) Client(ctx context.Context, p *store.Provider) (*Client, error) {
	v, err := vendorNamed(p.Kind)
	if err != nil {
		return nil, err
	}
	c := &Client{provider: p, vendor: v, dialect: dialectOf(v, p.Options), now: r.o.Now, sleep: r.o.Sleep, idle: idleTimeout}
	key, err := r.o.Secrets.Get(ctx, SecretOf(p.Name))
	switch {
	case err == nil:
		c.key = string(key)
	case errors.Is(err, secrets.ErrExpired):
		return nil, &Error{Kind: KindAuth, Destination: c.Destination(), Detail: "it has expired", err: err}
	case !errors.Is(err, secrets.ErrNotFound):
		return nil, err
	case !v.keyless:
		return nil, &Error{Kind: KindAuth, Destination: c.Destination(), Detail: "there is none", err: err}
	}
	base, err := endpoint(p, c.dialect, p.Model)
	if err != nil {
		return nil, err
	}
	proxy, err := r.o.Config.ProxyFunc()
	if err != nil {
		return nil, err
	}
	hc, err := egress.New(egress.Options{
		AllowedHosts: append([]string{base.Host}, r.o.Config.Egress.AllowedHosts...), CAFile: r.o.Config.Egress.CAFile, Proxy: proxy,
		Timeout: c.timeout(), MaxResponseBytes: maxResponse,
	})
	if err != nil {
		return nil, err
	}
	c.http = hc
	return c, nil
}

// Client is a [Provider] that is reached over HTTP.
type Client struct {
	provider *store.Provider
	vendor   vendor
	dialect  dialect
	key      string
	http     *http.Client
	now      func() time.Time
	sleep    func(context.Context, time.Duration) error
	idle     time.Duration
}

// String keeps the key out of whatever prints a client.
func (c *Client) String() string { return string(c.Destination()) }

// GoString is [Client.String].
func (c *Client) GoString() string { return c.String() }

// Name implements [Provider].
func (c *Client) Name() string { return c.provider.Name }

// Destination implements [Provider].
func (c *Client) Destination() gate.Destination { return DestinationOf(c.provider.Name) }

// Model implements [Provider].
func (c *Client) Model() string { return c.provider.Model }

func (c *Client) timeout() time.Duration {
	if n := c.number("timeout"); n > 0 {
		return time.Duration(n) * time.Second
	}
	return defaultTimeout
}

// number is an option that was checked to be one; 0 when it is not given.
func (c *Client) number(name string) int {
	n, err := strconv.Atoi(c.provider.Options[name])
	if err != nil {
		return 0
	}
	return n
}

// defaultContext is assumed where nothing is known: most models read more.
const defaultContext = 32_000

// Traits implements [Provider].
func (c *Client) Traits() Traits {
	t := Traits{
		Tools: !c.dialect.noTools, KeepsHistory: c.dialect.format == formatGenAI, ContextTokens: c.number("context_tokens"),
		MaxTokens: c.number("max_tokens"), Session: c.provider.Options["session_id"], Fallback: c.provider.Fallback,
	}
	if t.MaxTokens == 0 {
		t.MaxTokens = defaultMaxTokens
	}
	if t.ContextTokens == 0 {
		t.ContextTokens = defaultContext
	}
	in, errIn := strconv.ParseFloat(c.provider.Options["price_in"], 64)
	out, errOut := strconv.ParseFloat(c.provider.Options["price_out"], 64)
	t.InputPrice, t.OutputPrice = int64(in*1e6), int64(out*1e6)
	t.Priced = c.vendor.local || errIn == nil && errOut == nil
	return t
}

// Chat implements [Provider]. A request is sent again, after a while, where it
// was certainly not worked on, or where that does no harm: an answer that has
// begun is never asked for twice, nor a turn of a conversation that the
// provider keeps.
func (c *Client) Chat(ctx context.Context, r *Request) (*Reply, error) {
	q := *r
	if q.Model == "" {
		q.Model = c.Model()
	}
	if q.MaxTokens == 0 {
		q.MaxTokens = c.Traits().MaxTokens
	}
	if q.Trace == nil {
		q.Trace = new(Trace)
	}
	if c.provider.Options["stream"] == "off" {
		q.OnText = nil
	}
	began := false
	if q.OnText != nil {
		said := q.OnText
		q.OnText = func(piece string) {
			if piece != "" {
				began = true
				said(strings.ToValidUTF8(piece, "\uFFFD"))
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout())
	defer cancel()
	for {
		q.Trace.Attempts++
		reply, err := c.once(context.WithValue(ctx, traceKey{}, q.Trace), &q)
		if err == nil {
			return c.finish(&q, reply), nil
		}
		if errors.Is(err, gate.ErrNotCleared) {
			return nil, err
		}
		if errors.Is(ctx.Err(), context.Canceled) {
			return nil, ctx.Err()
		}
		e := failed(c.Destination(), err, began)
		if e.Kind == KindUnreachable && q.Trace.answered {
			e.Kind, e.sent = KindProtocol, true // It cannot be read.
		}
		wait, again := c.again(e, q.Trace.Attempts, began)
		if !again {
			return nil, e
		}
		if c.sleep(ctx, wait) != nil {
			return nil, e
		}
	}
}

func (c *Client) once(ctx context.Context, q *Request) (*Reply, error) {
	switch c.dialect.format {
	case formatAnthropic:
		return c.chatAnthropic(ctx, q)
	case formatOllama:
		return c.chatOllama(ctx, q)
	case formatGenAI:
		return c.chatGenAI(ctx, q)
	}
	return c.chatOpenAI(ctx, q)
}

// again says whether a request that failed is sent once more, and when.
func (c *Client) again(e *Error, try int, began bool) (time.Duration, bool) {
	if try >= maxTries || began || e.RetryAfter > maxWait {
		return 0, false
	}
	switch e.Kind {
	case KindLimited, KindOverloaded, KindUnreachable, KindServer:
	default:
		return 0, false
	}
	if e.sent && c.Traits().KeepsHistory {
		return 0, false
	}
	if e.RetryAfter > 0 {
		return e.RetryAfter + rand.N(e.RetryAfter/10+time.Millisecond), true //nolint:gosec // Jitter needs no secret.
	}
	bound := firstWait << (try - 1)
	return bound/2 + rand.N(bound/2), true //nolint:gosec // Jitter needs no secret.
}

// maxTold bounds the names that a provider gives of a model or a session, in
// bytes.
const maxTold = 200

// finish completes an answer with what it cost, and makes text of what is none.
func (c *Client) finish(q *Request, r *Reply) *Reply {
	r.Text = strings.ToValidUTF8(r.Text, "\uFFFD")
	for i := range r.Calls {
		r.Calls[i].Name, r.Calls[i].Arguments = strings.ToValidUTF8(r.Calls[i].Name, "\uFFFD"), strings.ToValidUTF8(r.Calls[i].Arguments, "\uFFFD")
	}
	if r.Model = strings.ToValidUTF8(r.Model, "\uFFFD"); r.Model == "" || len(r.Model) > maxTold {
		r.Model = q.Model
	}
	if len(r.Session) > maxTold {
		r.Session = ""
	}
	if q.Trace.microUSD > 0 {
		r.Usage.Priced, r.Usage.MicroUSD = true, q.Trace.microUSD
	}
	if t := c.Traits(); !r.Usage.Priced && t.Priced && (r.Usage.Known || c.vendor.local) {
		r.Usage.Priced, r.Usage.MicroUSD = true, Price(t, r.Usage.Input, r.Usage.Output)
	}
	return r
}

// Price is what tokens cost, in millionths of a dollar, rounded up.
func Price(t Traits, in, out int64) int64 {
	return (in*t.InputPrice + out*t.OutputPrice + 999_999) / 1_000_000
}

// httpFor returns an http.Client that reaches this provider and nothing else,
// whatever address a library gives to it.
func (c *Client) httpFor(model string) (*http.Client, error) {
	u, err := endpoint(c.provider, c.dialect, model)
	if err != nil {
		return nil, err
	}
	return c.httpAt(u), nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
