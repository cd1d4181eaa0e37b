package integrations_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/integrations/servicenow"
	"github.com/tftsr/tftsr/internal/config"
	snow "github.com/tftsr/tftsr/internal/fakes/servicenow"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/gate/gatetest"
	"github.com/tftsr/tftsr/internal/oauth"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/store/sqlite"
)

// bed is a store with a vault and a registry.
type bed struct {
	db       *sqlite.DB
	vault    *secrets.Store
	registry *integrations.Registry
	config   *config.Config
}

func newBed(t testing.TB) *bed {
	t.Helper()
	base := gatetest.New(t)
	b := &bed{db: base.Store, vault: base.Secrets, config: base.Config}
	b.registry = integrations.NewRegistry(integrations.Options{
		Services: []integrations.Service{servicenow.Service}, Store: b.db, Secrets: b.vault, Config: b.config,
	})
	return b
}

func (b *bed) client(t testing.TB, base string) *integrations.Client {
	t.Helper()
	i := &store.Integration{Service: "servicenow", Name: "prod", BaseURL: base, Auth: "basic", Username: "bot", CreatedAt: time.Now(), UpdatedAt: time.Now()}
	if _, err := b.vault.Set(t.Context(), integrations.SecretOf(i), []byte("correct horse"), secrets.SetOptions{}); err != nil {
		t.Fatal(err)
	}
	c, err := b.registry.Client(t.Context(), i)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var get = integrations.Request{Method: http.MethodGet, Path: "/api/now/table/incident", Query: url.Values{}}

func TestEachTroubleHasItsOwnError(t *testing.T) {
	b := newBed(t)
	other := "https://login.example.com/sso"
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		kind   integrations.Kind
		says   string
	}{
		"redirect to another host": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other, http.StatusFound) }, integrations.KindRedirect, "to login.example.com"},
		"redirect to a login page": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login.do", http.StatusFound) }, integrations.KindSignIn, "sign in"},
		"a page with 200": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<form>Sign in</form>")
		}, integrations.KindSignIn, "sign in"},
		"203": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNonAuthoritativeInfo)
		}, integrations.KindSignIn, "HTTP 203"},
		"anonymous 200": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Is-Logged-In", "false")
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"result":[]}`)
		}, integrations.KindAnonymous, "not logged in"},
		"hibernating": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<title>Instance Hibernating page</title>")
		}, integrations.KindHibernating, "hibernates"},
		"no JSON": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprint(w, "ok")
		}, integrations.KindProtocol, "none of its interface"},
		"broken JSON": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"result":[`)
		}, integrations.KindProtocol, "none of its interface"},
		"too large": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(strings.Repeat(" ", 5<<20)))
		}, integrations.KindTooLarge, "ask for less"},
		"401":                 {status(http.StatusUnauthorized, "User Not Authenticated"), integrations.KindLogin, "credential"},
		"403":                 {status(http.StatusForbidden, "Data Policy Exception"), integrations.KindForbidden, "does not allow"},
		"404":                 {status(http.StatusNotFound, "No Record found"), integrations.KindNotFound, "no such thing"},
		"404 of a web server": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "nope", http.StatusNotFound) }, integrations.KindProtocol, "base URL"},
		"410":                 {status(http.StatusGone, "removed"), integrations.KindGone, "withdrawn"},
		"409":                 {status(http.StatusConflict, "changed"), integrations.KindConflict, "changed there"},
		"400":                 {status(http.StatusBadRequest, "bad"), integrations.KindInvalid, "refuses"},
		"500":                 {status(http.StatusInternalServerError, "oops"), integrations.KindServer, "fault of its own"},
	} {
		srv := httptest.NewServer(tc.answer)
		_, err := servicenow.New(b.client(t, srv.URL)).Test(t.Context())
		srv.Close()
		var e *integrations.Error
		if !errors.As(err, &e) || e.Kind != tc.kind || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "User Not") {
			t.Errorf("%s: %v, kind %s", name, err, integrations.KindOf(err))
		}
		if strings.HasPrefix(name, "40") && len(name) == 3 && e.Reason == "" {
			t.Errorf("%s: the service's own words are lost", name)
		}
	}
}

func status(code int, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		fmt.Fprintf(w, `{"error":{"message":%q,"detail":"the detail"},"status":"failure"}`, message)
	}
}

func TestTroubleBelowHTTPIsToldApart(t *testing.T) {
	b := newBed(t)
	quiet, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := "http://" + quiet.Addr().String()
	quiet.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // It says that the client refused it.
	secure.TLS = &tls.Config{}
	secure.StartTLS()
	defer secure.Close()
	for name, tc := range map[string]struct {
		base string
		kind integrations.Kind
	}{
		"nobody listens": {dead, integrations.KindUnreachable},
		"no such name":   {"https://no-such-host.invalid", integrations.KindDNS},
		"own authority":  {secure.URL, integrations.KindTLS},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		_, err := b.client(t, tc.base).Do(ctx, integrations.Request{Method: http.MethodPost, Path: "/x"})
		cancel()
		if integrations.KindOf(err) != tc.kind {
			t.Errorf("%s: %v, kind %q", name, err, integrations.KindOf(err))
		}
	}
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer slow.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = b.client(t, slow.URL).Do(ctx, integrations.Request{Method: http.MethodPost, Path: "/x"})
	var e *integrations.Error
	if !errors.As(err, &e) || e.Kind != integrations.KindTimeout || !e.Lost {
		t.Errorf("no answer to a write: %v", err)
	}
}

func TestReadsAreRepeatedAndWritesAreNot(t *testing.T) {
	b := newBed(t)
	var calls atomic.Int32
	fails := int32(2)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) <= fails {
			status(http.StatusServiceUnavailable, "busy")(w, nil)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"result":[]}`)
	}))
	defer srv.Close()
	c := b.client(t, srv.URL)
	if _, err := c.Do(t.Context(), get); err != nil || calls.Load() != 3 {
		t.Errorf("%d calls, %v", calls.Load(), err)
	}
	calls.Store(0)
	_, err := c.Do(t.Context(), integrations.Request{Method: http.MethodPost, Path: "/x"})
	var e *integrations.Error
	if !errors.As(err, &e) || calls.Load() != 1 || !e.Lost {
		t.Errorf("a write: %d calls, %v", calls.Load(), err)
	}
	calls.Store(-1000) // It never works.
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := c.Do(ctx, get); err == nil {
		t.Error("a read whose caller is gone goes on")
	}
}

func TestRetryAfterIsHonouredUpToABound(t *testing.T) {
	b := newBed(t)
	for header, tc := range map[string]struct {
		calls int32
		after time.Duration
	}{
		"1": {2, 0}, "3600": {1, time.Hour}, "86400000": {1, 24 * time.Hour},
		time.Now().Add(2 * time.Hour).UTC().Format(http.TimeFormat): {1, 2 * time.Hour},
	} {
		var calls atomic.Int32
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if calls.Add(1) == 1 {
				w.Header().Set("Retry-After", header)
				status(http.StatusTooManyRequests, "slow down")(w, nil)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"result":[]}`)
		}))
		began := time.Now()
		_, err := b.client(t, srv.URL).Do(t.Context(), get)
		srv.Close()
		var e *integrations.Error
		if calls.Load() != tc.calls || (tc.after > 0) != errors.As(err, &e) {
			t.Errorf("%s: %d calls, %v", header, calls.Load(), err)
			continue
		}
		if tc.after == 0 && time.Since(began) < time.Second {
			t.Errorf("%s: it came back too early", header)
		}
		if tc.after > 0 && (e.RetryAfter > tc.after || e.RetryAfter < tc.after-time.Minute) {
			t.Errorf("%s: come back in %s", header, e.RetryAfter)
		}
	}
}

func TestTheCredentialGoesToItsHostOnlyAndIntoNoError(t *testing.T) {
	b := newBed(t)
	var seen atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { seen.Add(1) }))
	defer other.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "bot" || password != "correct horse" {
			t.Error("the credential did not arrive")
		}
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	}))
	defer srv.Close()
	c := b.client(t, srv.URL)
	_, err := c.Do(t.Context(), get)
	if seen.Load() != 0 || err == nil || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "correct horse") {
		t.Errorf("%d calls elsewhere, %v", seen.Load(), err)
	}
	var none gate.Cleared
	if _, err := c.Do(t.Context(), integrations.Request{Method: http.MethodPost, Path: "/x", Body: &none}); !errors.Is(err, gate.ErrNotCleared) {
		t.Errorf("text that nobody cleared is sent: %v", err)
	}
}

func TestInstancesAreCheckedBeforeTheyAreKept(t *testing.T) {
	b := newBed(t)
	good := store.Integration{Service: "servicenow", Name: "prod", BaseURL: "https://ACME.service-now.com/", Username: "bot"}
	i := good
	if err := b.registry.Check(&i); err != nil || i.BaseURL != "https://acme.service-now.com" || i.Auth != "basic" {
		t.Fatalf("%+v, %v", i, err)
	}
	for name, change := range map[string]func(*store.Integration){
		"service":      func(i *store.Integration) { i.Service = "jira" },
		"name":         func(i *store.Integration) { i.Name = "Prod/1" },
		"http":         func(i *store.Integration) { i.BaseURL = "http://acme.service-now.com" },
		"path":         func(i *store.Integration) { i.BaseURL = "https://acme.service-now.com/api" },
		"query":        func(i *store.Integration) { i.BaseURL = "https://acme.service-now.com?x=1" },
		"password":     func(i *store.Integration) { i.BaseURL = "https://u:p@acme.service-now.com" },
		"no URL":       func(i *store.Integration) { i.BaseURL = "acme" },
		"auth":         func(i *store.Integration) { i.Auth = "ntlm" },
		"no user":      func(i *store.Integration) { i.Username = "" },
		"no client":    func(i *store.Integration) { i.Auth = "oauth" },
		"option":       func(i *store.Integration) { i.Options = map[string]string{"colour": "red"} },
		"option value": func(i *store.Integration) { i.Options = map[string]string{"severity": "high=9/9"} },
		"trust":        func(i *store.Integration) { i.TrustTypes, i.TrustFields = []string{"Password"}, []string{"*"} },
	} {
		i := good
		change(&i)
		if err := b.registry.Check(&i); err == nil || strings.Contains(err.Error(), "u:p") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// wiki is a service as Confluence and Azure DevOps are: its interface is not
// at its base URL, it knows settings of its own, and a token is its credential.
func wiki(api string) integrations.Service {
	return integrations.Service{
		Name: "wiki", Title: "Wiki", Auths: []string{integrations.AuthPAT, integrations.AuthCode},
		API: func(i *store.Integration) (string, error) { return api + "/sites/" + i.Options["site"], nil },
		Login: func(*store.Integration) (oauth.Endpoint, error) {
			return oauth.Atlassian(api, "read"), nil
		},
		Options: []integrations.Option{{Name: "site", Check: func(v string) error {
			if v != "site-7" {
				return errors.New("no site")
			}
			return nil
		}}},
		Settle: func(ctx context.Context, c *integrations.Client) (map[string]string, error) {
			resp, err := c.Do(ctx, integrations.Request{Method: http.MethodGet, Path: "whoami"})
			if err != nil {
				return nil, err
			}
			return map[string]string{"site": strings.Trim(string(resp.Body), `"`)}, nil
		},
	}
}

func TestAServiceSaysWhereItsInterfaceIsAndWhatItsSettingsAre(t *testing.T) {
	var auth, path atomic.Value
	site := `"site-7"`
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth.Store(r.Header.Get("Authorization"))
		path.Store(r.URL.Path)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, site)
	}))
	defer srv.Close()
	b := newBed(t)
	s := wiki(srv.URL)
	i := &store.Integration{Service: "wiki", Name: "w", BaseURL: "https://wiki.example.com", Auth: integrations.AuthPAT}
	if _, err := b.vault.Set(t.Context(), integrations.SecretOf(i), []byte("t0ken"), secrets.SetOptions{}); err != nil {
		t.Fatal(err)
	}
	registry := func() *integrations.Registry {
		return integrations.NewRegistry(integrations.Options{Services: []integrations.Service{s}, Store: b.db, Secrets: b.vault, Config: b.config})
	}
	if changed, err := registry().Settle(t.Context(), i); err != nil || !changed || i.Options["site"] != "site-7" {
		t.Fatalf("%v, %v, %v", changed, err, i.Options)
	}
	if auth.Load() != "Bearer t0ken" || path.Load() != "/sites/whoami" {
		t.Errorf("%q at %q", auth.Load(), path.Load())
	}
	s.BasicPAT = true
	if changed, err := registry().Settle(t.Context(), i); err != nil || changed {
		t.Errorf("what is settled is settled: %v, %v", changed, err)
	}
	if auth.Load() != "Basic OnQwa2Vu" || path.Load() != "/sites/site-7/whoami" {
		t.Errorf("%q at %q", auth.Load(), path.Load())
	}
	site = `"../../elsewhere"`
	if changed, err := registry().Settle(t.Context(), i); integrations.KindOf(err) != integrations.KindProtocol || changed || i.Options["site"] != "site-7" {
		t.Errorf("a setting that cannot be one is kept: %v, %v", err, i.Options)
	}
	if secret, err := registry().NeedsSecret(&store.Integration{Service: "wiki", Auth: integrations.AuthCode}); err != nil || !secret {
		t.Errorf("a service without public clients needs the secret: %v", err)
	}
}

func TestAnAnonymousCallHoldsNoCredential(t *testing.T) {
	var auth atomic.Value
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth.Store(r.Header.Get("Authorization"))
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{}`)
	}))
	defer srv.Close()
	c := newBed(t).client(t, srv.URL)
	for anonymous, want := range map[bool]bool{true: false, false: true} {
		if _, err := c.Do(t.Context(), integrations.Request{Method: http.MethodGet, Path: "/x", Anonymous: anonymous}); err != nil || (auth.Load() != "") != want {
			t.Errorf("anonymous %v: %q, %v", anonymous, auth.Load(), err)
		}
	}
}

func TestSettingsThatDoNotFitEachOtherAreRefused(t *testing.T) {
	s := wiki("https://api.example.com")
	s.Check = func(i *store.Integration) error {
		if i.Options["site"] != "" && i.Auth == integrations.AuthPAT {
			return errors.New("a token has no site")
		}
		return nil
	}
	b := newBed(t)
	r := integrations.NewRegistry(integrations.Options{Services: []integrations.Service{s}, Store: b.db, Secrets: b.vault, Config: b.config})
	i := &store.Integration{Service: "wiki", Name: "w", BaseURL: "https://wiki.example.com", Auth: integrations.AuthPAT}
	if err := r.Check(i); err != nil {
		t.Error(err)
	}
	i.Options = map[string]string{"site": "site-7"}
	if err := r.Check(i); err == nil || err.Error() != "a token has no site" {
		t.Errorf("%v", err)
	}
}

func TestWhatOnlyReadsIsRepeatedWhateverItsMethod(t *testing.T) {
	var calls atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{}`)
	}))
	defer srv.Close()
	c := newBed(t).client(t, srv.URL)
	if _, err := c.Do(t.Context(), integrations.Request{Method: http.MethodPost, Path: "/wiql", Reads: true}); err != nil || calls.Load() != 2 {
		t.Errorf("a query that is posted: %d calls, %v", calls.Load(), err)
	}
	calls.Store(0)
	if _, err := c.Do(t.Context(), integrations.Request{Method: http.MethodPost, Path: "/incident"}); err == nil || calls.Load() != 1 {
		t.Errorf("a write: %d calls, %v", calls.Load(), err)
	}
}

func TestAServiceThatSlowsCallersDownIsGivenTheTimeThatItAsksFor(t *testing.T) {
	var calls atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch calls.Add(1) {
		case 1:
			w.Header().Set("Retry-After", "1")
		case 4:
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprint(w, `{"result":[]}`)
	}))
	defer srv.Close()
	c := newBed(t).client(t, srv.URL)
	for range 2 {
		if _, err := c.Do(t.Context(), get); err != nil {
			t.Fatal(err)
		}
	}
	// The second call waits. Whoever does not want to wait is let go, and that
	// the next call is to wait is nothing to say of this one.
	if _, err := c.Do(t.Context(), get); err != nil || calls.Load() != 3 {
		t.Fatal(err)
	}
	if _, err := c.Do(t.Context(), get); integrations.KindOf(err) != integrations.KindNotFound || strings.Contains(err.Error(), "try again") {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Do(ctx, get); !errors.Is(err, context.DeadlineExceeded) || calls.Load() != 4 {
		t.Errorf("%v after %d calls", err, calls.Load())
	}
}

// robot is a client of a fake that logs in for itself, by a clock that is off.
func (b *bed) robot(t testing.TB, base string, off time.Duration) *integrations.Client {
	t.Helper()
	i := &store.Integration{Service: "servicenow", Name: "robot", BaseURL: base, Auth: integrations.AuthClient, ClientID: snow.ClientID}
	if _, err := b.vault.Set(t.Context(), integrations.SecretOf(i), []byte(snow.ClientSecret), secrets.SetOptions{}); err != nil {
		t.Fatal(err)
	}
	c, err := integrations.NewRegistry(integrations.Options{
		Services: []integrations.Service{servicenow.Service}, Store: b.db, Secrets: b.vault, Config: b.config,
		Now: func() time.Time { return time.Now().Add(off) },
	}).Client(t.Context(), i)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAClockThatIsWrongEndsNoLogin(t *testing.T) {
	for _, off := range []time.Duration{0, -50 * time.Hour, 50 * time.Hour} {
		b, f := newBed(t), snow.New(snow.Options{})
		srv := httptest.NewServer(f)
		// The token is taken by a right clock, which is wrong from then on.
		for n, c := range []*integrations.Client{b.robot(t, srv.URL, 0), b.robot(t, srv.URL, off), b.robot(t, srv.URL, off)} {
			if _, err := c.Do(t.Context(), get); err != nil {
				t.Errorf("off by %s, call %d: %v", off, n, err)
			}
			f.Expire() // What the service no longer takes is renewed, whatever our clock says.
		}
		srv.Close()
	}
}

func TestAWriteIsNotLostWhereOnlyTheLoginFailed(t *testing.T) {
	b, f := newBed(t), snow.New(snow.Options{})
	srv := httptest.NewServer(f)
	post := integrations.Request{Method: http.MethodPost, Path: "/api/now/table/incident"}
	_, err := b.robot(t, srv.URL, 0).Do(t.Context(), get)
	if err != nil {
		t.Fatal(err)
	}
	// The service refuses the token: it has done nothing, and the write is not
	// repeated by itself.
	f.Expire()
	var e *integrations.Error
	if _, err := b.robot(t, srv.URL, 0).Do(t.Context(), post); !errors.As(err, &e) || e.Kind != integrations.KindLogin || e.Lost || f.Writes() != 0 {
		t.Errorf("%v, %d writes", err, f.Writes())
	}
	// The network is gone when the login is renewed: nothing was sent.
	srv.Close()
	if _, err := b.robot(t, srv.URL, 50*time.Hour).Do(t.Context(), post); !errors.As(err, &e) || e.Kind != integrations.KindUnreachable || e.Lost || !strings.Contains(err.Error(), "renewing the login") {
		t.Errorf("%v", err)
	}
}
