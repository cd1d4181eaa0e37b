// Package confluence is a Confluence to try tftsr on without an account, and
// to test it with: `tftsr fake confluence`, a site of the cloud or, with
// DataCenter, a server. It keeps state and behaves as the service does where
// that matters to a client: versions and conflicts, titles that are unique in
// a space, pages that an account may not see and that are then not there, a
// storage format that must be well-formed and comes back changed, cursors,
// content properties, calls that are gone under OAuth, tokens that belong to
// one of two addresses, a wrong token that is served as nobody's. What
// docs/contracts/confluence.yaml and confluence-datacenter.yaml refuse, it
// refuses.
//
// It is no server for anything but this machine and keeps nothing on disk.
package confluence

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tftsr/tftsr/internal/fakes/authserver"
	"github.com/tftsr/tftsr/internal/fakes/trouble"
)

// The accounts of a fake, which are no secrets: it serves this machine only.
const (
	User         = "triage.bot@acme.example"
	Token        = "ATATT3xFake-classic-9f2c" //nolint:gosec // as above; an API token without scopes
	ScopedToken  = "ATATT3xFake-scoped-41d7"  //nolint:gosec // as above; one with scopes
	PAT          = "NDI4MTk3MDI2fake4fQv"     //nolint:gosec // as above; of Data Center
	ClientID     = "Vf1NqZ0bS9kYw3tLr7Xc"
	ClientSecret = "ATOAfakeQ8vR2mN5" //nolint:gosec // as above
	CloudID      = "35273b54-3f06-40d2-880f-dd28cf8daafa"
)

// AllScopes are those that a scoped token of the fake has.
const AllScopes = "read:page:confluence write:page:confluence read:space:confluence search:confluence read:confluence-user write:confluence-content read:attachment:confluence write:confluence-file"

// Options set a fake up. The zero value is a site of the cloud without trouble.
type Options struct {
	// DataCenter makes it a server of one's own.
	DataCenter bool
	// Context is the path that a server is below: "/wiki", say.
	Context string
	// Closed: nobody may read who has not logged in. Else a server takes whom it
	// does not know for a reader without a name.
	Closed bool
	// Captcha: after wrong passwords a server wants one in a browser.
	Captcha bool
	// RateLimit is how many calls it takes until it answers 429; 0 means any.
	RateLimit int
	// RetryAfter is what it says then; 0 means a minute.
	RetryAfter time.Duration
	// SearchGone: the search by CQL is gone under OAuth too.
	SearchGone bool
	// Strange is the address of another site that the login has been given, which
	// is listed first.
	Strange string
	// NotGiven: the login has not been given this site.
	NotGiven bool
	// TokenLife is how long an access token lives; 0 means an hour.
	TokenLife time.Duration
	// Deny makes it decline logins.
	Deny bool
	Now  func() time.Time // nil means time.Now
}

// Fake is a Confluence. It is safe for concurrent use.
type Fake struct {
	trouble.Box

	o   Options
	mux *http.ServeMux

	mu      sync.Mutex
	spaces  []*space
	pages   []*page
	last    int // id that was given out last
	onWrite func()
	oauth   *authserver.Server
}

// New returns a fake with the spaces OPS and DOC, the second of which the
// account may only read.
func New(o Options) *Fake {
	if o.Now == nil {
		o.Now = time.Now
	}
	f := &Fake{o: o, mux: http.NewServeMux(), last: 65536}
	f.SeedSpace("OPS", "Operations", false)
	f.SeedSpace("DOC", "Documentation", true)
	f.login()
	if o.DataCenter {
		f.routesDataCenter(o.Context)
	} else {
		f.routesCloud()
	}
	f.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		failV1(w, http.StatusNotFound, "NotFoundException", "null for uri")
	})
	return f
}

func (f *Fake) login() {
	f.oauth = &authserver.Server{
		ClientID: ClientID, ClientSecret: ClientSecret, Confidential: true, Params: []string{"audience", "prompt"}, Refused: http.StatusForbidden,
		Life: func() time.Duration {
			if life := f.options().TokenLife; life != 0 {
				return life
			}
			return time.Hour
		},
		Deny: func() bool { return f.options().Deny },
		Now:  func() time.Time { return f.options().Now() },
	}
}

func (f *Fake) options() Options {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.o
}

// Expire ends all access tokens, as time does.
func (f *Fake) Expire() { f.oauth.Expire() }

// ServeHTTP implements [http.Handler].
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	calls := f.Called()
	o := f.o
	limited := o.RateLimit > 0 && calls > o.RateLimit
	f.mu.Unlock()
	api := strings.Contains(r.URL.Path, "/rest/api/") || strings.Contains(r.URL.Path, "/api/v2/")
	if limited && api {
		after := o.RetryAfter
		if after == 0 {
			after = time.Minute
		}
		w.Header().Set("Retry-After", strconv.Itoa(int(after.Seconds())))
		w.Header().Set("X-RateLimit-Limit", strconv.Itoa(o.RateLimit))
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset", o.Now().Add(after).UTC().Format(time.RFC3339))
		w.Header().Set("RateLimit-Reason", "confluence-burst-based")
		answer(w, http.StatusTooManyRequests, map[string]any{"code": 429, "message": "Rate limit exceeded"})
		return
	}
	f.mux.ServeHTTP(w, r)
}

// Set changes how the fake behaves from now on; calls are counted anew. What
// it is, cloud or server, stays.
func (f *Fake) Set(change func(*Options)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.o)
	f.CountAnew()
}

// BeforeWrite runs do once, before the next write is looked at: somebody else
// was faster.
func (f *Fake) BeforeWrite(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.onWrite = do
}

// who is behind a call.
type who struct {
	anonymous bool
	gateway   bool
	scopes    []string // nil means all
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// cloudCaller says whose call it is, or answers that it is nobody's. A token
// belongs to one address: one with scopes and those of OAuth to the gateway,
// the others to the site.
func (f *Fake) cloudCaller(w http.ResponseWriter, r *http.Request, scope string) (who, bool) {
	c := who{gateway: strings.HasPrefix(r.URL.Path, "/ex/")}
	user, password, basic := r.BasicAuth()
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case c.gateway && r.PathValue("cloud") != CloudID:
		answer(w, http.StatusNotFound, map[string]any{"code": 404, "message": "No message available"})
		return c, false
	case c.gateway && basic && same(user, User) && same(password, ScopedToken):
		c.scopes = strings.Fields(AllScopes)
	case c.gateway && bearer:
		granted, ok := f.oauth.Valid(token)
		if !ok {
			unauthorized(w, "Unauthorized")
			return c, false
		}
		c.scopes = strings.Fields(granted)
	case !c.gateway && basic && same(user, User) && same(password, Token):
	default:
		unauthorized(w, "Unauthorized")
		return c, false
	}
	if c.scopes != nil && !slices.Contains(c.scopes, scope) {
		unauthorized(w, "Unauthorized; scope does not match")
		return c, false
	}
	return c, true
}

func unauthorized(w http.ResponseWriter, message string) {
	w.Header().Set("WWW-Authenticate", `OAuth realm="https%3A%2F%2Facme.atlassian.net"`)
	answer(w, http.StatusUnauthorized, map[string]any{"code": 401, "message": message})
}

// serverCaller is [Fake.cloudCaller] for a server. Whom it does not know it
// serves as nobody, where it is open (CONFSERVER-98199).
func (f *Fake) serverCaller(w http.ResponseWriter, r *http.Request) (who, bool) {
	o := f.options()
	user, password, basic := r.BasicAuth()
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	ok := basic && same(user, User) && same(password, Token) || bearer && same(token, PAT)
	if bearer && !ok {
		_, ok = f.oauth.Valid(token)
	}
	switch {
	case basic && o.Captcha:
		w.Header().Set("X-Seraph-LoginReason", "AUTHENTICATION_DENIED")
		failV1(w, http.StatusForbidden, "PermissionException", "Basic Authentication Failure - Reason : AUTHENTICATION_DENIED")
		return who{}, false
	case ok:
		w.Header().Set("X-AUSERNAME", "triage.bot")
		w.Header().Set("X-Seraph-LoginReason", "OK")
		return who{}, true
	case basic || o.Closed:
		w.Header().Set("WWW-Authenticate", `Basic realm="protected-area"`)
		failV1(w, http.StatusUnauthorized, "UnauthorizedException", "Client must be authenticated to access this resource.")
		return who{}, false
	}
	w.Header().Set("X-AUSERNAME", "anonymous")
	return who{anonymous: true}, true
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // The client may be gone.
}

// failV2 is a refusal of the second interface.
func failV2(w http.ResponseWriter, status int, code, title string) {
	answer(w, status, map[string]any{"errors": []any{map[string]any{"status": status, "code": code, "title": title, "detail": nil}}})
}

// failV1 is a refusal of the first.
func failV1(w http.ResponseWriter, status int, exception, message string) {
	answer(w, status, map[string]any{
		"statusCode": status,
		"data":       map[string]any{"authorized": status != http.StatusForbidden, "valid": status != http.StatusBadRequest, "errors": []any{}, "successful": false},
		"message":    fmt.Sprintf("com.atlassian.confluence.api.service.exceptions.%s: %s", exception, message),
	})
}
