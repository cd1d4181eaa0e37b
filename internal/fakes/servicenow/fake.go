// Package servicenow is a ServiceNow instance to try tftsr on without an
// account, and to test it with: `tftsr fake servicenow`. It keeps state and
// behaves as the service does where that matters to a client: computed
// priorities, access rules that hide rows after the page was cut, mandatory
// fields, data policies, rate limits, a page for a sleeping instance, refresh
// tokens that rotate. What docs/contracts/servicenow.yaml refuses, it refuses.
//
// It is no server for anything but this machine and keeps nothing on disk.
package servicenow

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tftsr/tftsr/internal/fakes/authserver"
	"github.com/tftsr/tftsr/internal/fakes/trouble"
)

// The accounts of a fake, which are no secrets: it serves this machine only.
const (
	User         = "triage.bot"
	Password     = "correct horse battery" //nolint:gosec // as above
	Key          = "now_7d1f6a0c5b2e4f90"  //nolint:gosec // as above
	ClientID     = "0f7c1b2a3d4e4f5a8b9c0d1e2f3a4b5c"
	ClientSecret = "kX9mQ2vL7pR4tZ8w" //nolint:gosec // as above
)

// Options set a fake up. The zero value is an instance without trouble.
type Options struct {
	// RateLimit is how many calls it takes until it answers 429; 0 means any.
	RateLimit int
	// RetryAfter is what it says then; 0 means an hour, which is the window of the
	// service.
	RetryAfter time.Duration
	// Hibernating makes it answer everything with the page of a sleeping
	// developer instance.
	Hibernating bool
	// TokenLife is how long an access token lives; 0 means half an hour.
	TokenLife time.Duration
	// Deny makes it decline logins.
	Deny bool
	Now  func() time.Time // nil means time.Now
}

// Fake is an instance. It is safe for concurrent use.
type Fake struct {
	trouble.Box

	o   Options
	mux *http.ServeMux

	mu      sync.Mutex
	rows    []*row
	rewrite func(map[string]string)
	oauth   *authserver.Server
}

// New returns a fake.
func New(o Options) *Fake {
	if o.Now == nil {
		o.Now = time.Now
	}
	f := &Fake{o: o, mux: http.NewServeMux()}
	f.oauth = f.login()
	f.mux.HandleFunc("/api/now/table/incident", f.collection)
	f.mux.HandleFunc("/api/now/table/incident/{id}", f.record)
	for table := range directory {
		f.mux.HandleFunc("/api/now/table/"+table, func(w http.ResponseWriter, r *http.Request) {
			r.SetPathValue("table", table)
			f.names(w, r)
		})
	}
	f.mux.HandleFunc("/oauth_auth.do", f.oauth.Authorize)
	f.mux.HandleFunc("/oauth_token.do", f.oauth.Token)
	f.mux.HandleFunc("/nav_to.do", f.page)
	f.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		fail(w, http.StatusNotFound, "Requested URI does not represent any resource", "")
	})
	return f
}

// ServeHTTP implements [http.Handler].
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	asleep := f.o.Hibernating
	calls := f.Called()
	limited := f.o.RateLimit > 0 && calls > f.o.RateLimit
	f.mu.Unlock()
	switch {
	case asleep:
		w.Header().Set("Content-Type", "text/html;charset=UTF-8")
		_, _ = fmt.Fprint(w, "<!DOCTYPE html><html><head><title>Instance Hibernating page</title></head><body>Your instance is hibernating.</body></html>")
	case limited && strings.HasPrefix(r.URL.Path, "/api/"):
		after := f.o.RetryAfter
		if after == 0 {
			after = time.Hour
		}
		w.Header().Set("Retry-After", strconv.Itoa(int(after.Seconds())))
		w.Header().Set("X-RateLimit-Limit", strconv.Itoa(f.o.RateLimit))
		w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(f.o.Now().Add(after).Unix(), 10))
		w.Header().Set("X-RateLimit-Rule", "Table API per user")
		fail(w, http.StatusTooManyRequests, "Rate limit exceeded", "Number of requests for the hour exceeded")
	default:
		f.mux.ServeHTTP(w, r)
	}
}

// Set changes how the fake behaves from now on; calls are counted anew.
func (f *Fake) Set(change func(*Options)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.o)
	f.CountAnew()
}

// Rule adds a rule of the instance that changes records as they are written.
func (f *Fake) Rule(change func(record map[string]string)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rewrite = change
}

// page is the page of a record, for people.
func (f *Fake) page(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimPrefix(r.URL.Query().Get("uri"), "incident.do?sys_id=")
	f.mu.Lock()
	defer f.mu.Unlock()
	rec := f.find(id)
	if rec == nil {
		http.Error(w, "Record not found", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(map[string]any{"fields": rec.fields, "journal": rec.journal}) // The browser may be gone.
}

// admitted says whether a call is logged in, answers it if not, and checks
// what the interface demands of every call.
func (f *Fake) admitted(w http.ResponseWriter, r *http.Request) bool {
	if !f.loggedIn(r) {
		w.Header().Set("WWW-Authenticate", `BASIC realm="Service-now"`)
		w.Header().Set("X-Is-Logged-In", "false")
		fail(w, http.StatusUnauthorized, "User Not Authenticated", "Required to provide Auth information")
		return false
	}
	w.Header().Set("X-Is-Logged-In", "true")
	if a := r.Header.Get("Accept"); a != "" && !strings.Contains(a, "application/json") && !strings.Contains(a, "*/*") {
		fail(w, http.StatusNotAcceptable, "Cannot produce the requested media type", "")
		return false
	}
	if r.Method == http.MethodPost || r.Method == http.MethodPatch {
		if m, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); m != "application/json" {
			fail(w, http.StatusUnsupportedMediaType, "Cannot consume the content type", "")
			return false
		}
	}
	return true
}

func (f *Fake) loggedIn(r *http.Request) bool {
	if k := r.Header.Get("X-Sn-Apikey"); k != "" {
		return same(k, Key)
	}
	if user, password, ok := r.BasicAuth(); ok {
		return same(user, User) && same(password, Password)
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if ok {
		_, ok = f.oauth.Valid(token)
	}
	return ok
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func fail(w http.ResponseWriter, status int, message, detail string) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": message, "detail": detail}, "status": "failure"})
}

func result(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"result": v})
}

// random returns n random bytes as hexadecimal digits.
func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, says crypto/rand
	return hex.EncodeToString(b)
}
