package client

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"

	"github.com/tftsr/tftsr/internal/egress"
	"github.com/tftsr/tftsr/internal/gate"
)

// Transport is how a server is reached.
type Transport string

// The transports.
const (
	Stdio Transport = "stdio" // a process of ours, one JSON-RPC message a line
	HTTP  Transport = "http"  // Streamable HTTP, in both eras
	SSE   Transport = "sse"   // HTTP with server-sent events, of revision 2024-11-05
)

// Era is the family of protocol revisions that a server speaks.
type Era string

// The eras. The zero value asks the server.
const (
	EraUnknown Era = ""
	Legacy     Era = "legacy" // 2025-11-25 and before: initialize, sessions
	Modern     Era = "modern" // since 2026-07-28: server/discover, no sessions
)

// The revisions of the protocol that the eras are told apart by.
const (
	legacyVersion = "2025-11-25"
	modernVersion = "2026-07-28"
)

// Destination is what text for the server of a name is cleared for.
func Destination(name string) gate.Destination { return gate.Destination("mcp:" + name) }

// Config describes one server. It is complete: nothing is looked up elsewhere.
type Config struct {
	// Name names the server in states, errors and [Destination]: lower case letters, digits, "_" and "-", at most 32.
	Name      string
	Transport Transport

	// Command is the absolute path of the program of a [Stdio] server. No shell is involved.
	Command string
	Args    []string
	// Dir is the working folder, absolute; empty means the root of the file system, on Windows the folder of Command: interpreters load code
	// from the folder that they are started in, so that it must not be one where others may write.
	Dir string
	// Env is added to the few variables that every program needs (see [BaseEnv]). The values are secret: they are in no state, error or log.
	// What makes a dynamic linker load code (LD_*, DYLD_*) is refused.
	Env map[string]string

	// URL is the endpoint of an [HTTP] or [SSE] server: https, or http on this machine.
	URL string
	// Headers are added to every request. The values are secret.
	Headers map[string]string
	// OAuth authorises requests; nil means that Headers say it all. In a program that nobody watches it is made by [StoredToken], so that
	// no login begins by itself.
	OAuth auth.OAuthHandler
	// TrustPrivate allows addresses of this machine and of private networks. Without it they are refused when they are dialled, whatever
	// name led there.
	TrustPrivate bool
	CAFile       string                           // see [egress.Options]
	Proxy        func(*url.URL) (*url.URL, error) // see [egress.Options]

	// Era is what was found the last time, see [Options.EraFound].
	Era Era
	// Blocked, when not empty, says why calls are refused although the server is attached. [Set.Block] changes it.
	Blocked string

	Timeouts Timeouts
	Limits   Limits
}

// Timeouts of one server. Zero means the default.
type Timeouts struct {
	// Discover bounds the question whether the server is of the modern era; 5 s.
	Discover time.Duration
	// Start bounds everything up to the answer to initialize, the download of packages by a wrapper included; 60 s.
	Start time.Duration
	// List bounds the fetching of the whole catalog; 30 s.
	List time.Duration
	// Call bounds a call, without the time in which a person is asked; 60 s.
	Call time.Duration
	// Attach is how long a call waits for a server that is being attached; 10 s.
	Attach time.Duration
	// Stop is how long a process may take to end when its input is closed, and again when it is told to terminate; 2 s.
	Stop time.Duration
	// Park is how long a question waits for its answer; 10 min.
	Park time.Duration
}

// Limits of one server. Zero means the default.
type Limits struct {
	// MessageBytes bounds one message of the server: a line, an event, a JSON body; 8 MiB. A larger answer is an error of its call.
	MessageBytes int64
	// Tools, Resources, Templates and Prompts bound what is listed; 500, 2000, 500 and 500. What is beyond is left out, and the state says so.
	Tools, Resources, Templates, Prompts int
	// Pages bounds the pages of one listing; 100.
	Pages int
	// CatalogBytes bounds the whole catalog, as JSON; 4 MiB.
	CatalogBytes int
	// Calls is how many calls run at once, 8, and Queue how many wait for their turn, 64.
	Calls, Queue int
	// Parked is how many calls wait for a person at once; 16.
	Parked int
}

func (c Config) withDefaults() Config {
	t, l := &c.Timeouts, &c.Limits
	for _, d := range []struct {
		v *time.Duration
		d time.Duration
	}{
		{&t.Discover, 5 * time.Second},
		{&t.Start, time.Minute},
		{&t.List, 30 * time.Second},
		{&t.Call, time.Minute},
		{&t.Attach, 10 * time.Second},
		{&t.Stop, 2 * time.Second},
		{&t.Park, 10 * time.Minute},
	} {
		if *d.v == 0 {
			*d.v = d.d
		}
	}
	for _, d := range []struct {
		v *int
		d int
	}{
		{&l.Tools, 500},
		{&l.Resources, 2000},
		{&l.Templates, 500},
		{&l.Prompts, 500},
		{&l.Pages, 100},
		{&l.CatalogBytes, 4 << 20},
		{&l.Calls, 8},
		{&l.Queue, 64},
		{&l.Parked, 16},
	} {
		if *d.v == 0 {
			*d.v = d.d
		}
	}
	if l.MessageBytes == 0 {
		l.MessageBytes = 8 << 20
	}
	c.Args, c.Env, c.Headers = slices.Clone(c.Args), maps.Clone(c.Env), maps.Clone(c.Headers)
	return c
}

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

// Check says what is wrong with a configuration, without starting or reaching anything.
func (c Config) Check() error {
	if !nameForm.MatchString(c.Name) {
		return fmt.Errorf("server name %q: use lower case letters, digits, _ and -, at most 32, beginning with a letter or digit", c.Name)
	}
	if err := c.check(); err != nil {
		return fmt.Errorf("server %s: %w", c.Name, err)
	}
	return nil
}

func (c Config) check() error {
	t, l := c.Timeouts, c.Limits
	if min(t.Discover, t.Start, t.List, t.Call, t.Attach, t.Stop, t.Park) < 0 ||
		min(l.Tools, l.Resources, l.Templates, l.Prompts, l.Pages, l.CatalogBytes, l.Calls, l.Queue, l.Parked) < 0 || l.MessageBytes < 0 {
		return errors.New("time-outs and limits must not be negative")
	}
	if c.Era != EraUnknown && c.Era != Legacy && c.Era != Modern {
		return fmt.Errorf("era %q is not legacy or modern", c.Era)
	}
	switch c.Transport {
	case Stdio:
		if c.URL != "" || len(c.Headers) > 0 || c.OAuth != nil {
			return errors.New("a stdio server has no URL, headers or login: its credentials go into its environment")
		}
		return c.checkCommand()
	case HTTP, SSE:
		if c.Command != "" || len(c.Args) > 0 || len(c.Env) > 0 || c.Dir != "" {
			return fmt.Errorf("a server reached by %s has no command, arguments, environment or folder", c.Transport)
		}
		return c.checkURL()
	}
	return fmt.Errorf("transport %q is not stdio, http or sse", c.Transport)
}

func (c Config) checkURL() error {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Hostname() == "":
		return errors.New("the URL cannot be read: write https://host/path") // err would repeat it.
	case u.User != nil:
		return errors.New("the URL holds a user or password: keep it as a secret header")
	case u.Fragment != "":
		return errors.New("the URL has a fragment, which is never sent")
	case u.Scheme == "http" && !egress.Loopback(u.Hostname()):
		return fmt.Errorf("plain http to %s: use https (plain http is for this machine only)", u.Host)
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("the URL's scheme %q is not http or https", u.Scheme)
	case !c.TrustPrivate && privateHost(u.Hostname()):
		return fmt.Errorf("%s is an address of this machine or a private network: allow that for this server first", u.Host)
	}
	for name, value := range c.Headers {
		if !headerName(name) || strings.ContainsAny(value, "\r\n\x00") {
			return fmt.Errorf("header %q cannot be sent", name)
		}
		if reservedHeaders[strings.ToLower(name)] {
			return fmt.Errorf("header %q belongs to the protocol and cannot be set", name)
		}
	}
	return nil
}

// reservedHeaders are those that the transport sets itself.
var reservedHeaders = map[string]bool{
	"host": true, "content-type": true, "content-length": true, "transfer-encoding": true, "connection": true, "upgrade": true, "accept": true,
	"mcp-session-id": true, "mcp-protocol-version": true, "mcp-method": true, "mcp-name": true, "last-event-id": true,
}

// headerName reports whether s is a token of RFC 9110, section 5.6.2.
func headerName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

// privateHost reports whether the host of a URL is, by its form, not on the internet.
func privateHost(host string) bool { return egress.Loopback(host) || egress.PrivateHost(host) }
