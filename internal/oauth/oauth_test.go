package oauth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	fake "github.com/tftsr/tftsr/internal/fakes/servicenow"
	"github.com/tftsr/tftsr/internal/secrets"
)

// rows keeps sealed rows in memory, and can fail.
type rows struct {
	mu   sync.Mutex
	rows map[string]secrets.SecretRow
	fail atomic.Bool
}

func (r *rows) PutSecret(_ context.Context, row secrets.SecretRow) error {
	if r.fail.Load() {
		return errors.New("disk full")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows[row.Name] = row
	return nil
}

func (r *rows) Secret(_ context.Context, name string) (secrets.SecretRow, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	row, ok := r.rows[name]
	if !ok {
		return row, secrets.ErrNotFound
	}
	return row, nil
}

func (r *rows) Secrets(context.Context) ([]secrets.SecretRow, error) { return nil, nil }
func (r *rows) DeleteSecret(context.Context, string) error           { return nil }

// bed is a fake instance with a client of it.
type bed struct {
	fake *fake.Fake
	rows *rows
	url  string
	dir  string
	t    *testing.T
}

func newBed(t *testing.T, o fake.Options) *bed {
	t.Helper()
	b := &bed{fake: fake.New(o), rows: &rows{rows: map[string]secrets.SecretRow{}}, dir: t.TempDir(), t: t}
	srv := httptest.NewServer(b.fake)
	t.Cleanup(srv.Close)
	b.url = srv.URL
	return b
}

// source is what one process has of the login.
func (b *bed) source() *Source {
	keys, err := secrets.NewKeys([32]byte{1}, "0123456789abcdef0123456789abcdef")
	if err != nil {
		b.t.Fatal(err)
	}
	vault, err := secrets.NewStore(secrets.StoreOptions{Keys: keys, Rows: b.rows})
	if err != nil {
		b.t.Fatal(err)
	}
	return &Source{
		Config:  Config{Endpoint: Endpoint{Authorize: b.url + "/oauth_auth.do", Token: b.url + "/oauth_token.do"}, ClientID: fake.ClientID, Scope: "useraccount", HTTP: http.DefaultClient},
		Secrets: vault, Name: "servicenow/prod/tokens", LockFile: filepath.Join(b.dir, "login.lock"), Now: time.Now,
	}
}

// works reports whether a token opens the interface.
func (b *bed) works(token string) bool {
	r, _ := http.NewRequest(http.MethodGet, b.url+"/api/now/table/incident?sysparm_limit=1", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// freePort returns a port that is free on both loopback addresses.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// browse opens an address as a browser does and returns the page.
func browse(address string) (int, string, http.Header, error) {
	resp, err := http.Get(address)
	if err != nil {
		return 0, "", nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), resp.Header, err
}

func (b *bed) login(change func(*Login)) error {
	l := &Login{Source: b.source(), Redirect: Redirect{Port: freePort(b.t), timeout: 5 * time.Second}}
	l.Redirect.Show = func(_ context.Context, address string) error {
		go func() {
			if _, page, h, err := browse(address); err == nil && (h.Get("Cache-Control") != "no-store" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || strings.Contains(page, "code")) {
				b.t.Errorf("the page after the login: %s %v", page, h)
			}
		}()
		return nil
	}
	if change != nil {
		change(l)
	}
	_, err := l.Run(b.t.Context())
	return err
}

func TestALoginGivesTokensThatAreKeptSealed(t *testing.T) {
	b := newBed(t, fake.Options{})
	if _, err := b.source().Token(t.Context(), ""); !errors.Is(err, ErrNoLogin) {
		t.Fatalf("before the login: %v", err)
	}
	if err := b.login(nil); err != nil {
		t.Fatal(err)
	}
	token, err := b.source().Token(t.Context(), "")
	if err != nil || !b.works(token) {
		t.Fatalf("%v; the token works: %v", err, b.works(token))
	}
	if row := b.rows.rows["servicenow/prod/tokens"]; strings.Contains(fmt.Sprint(row), token) {
		t.Error("the token is stored in the clear")
	}
	if s := b.source(); strings.Contains(fmt.Sprintf("%v %+v", s.Config, s.Config), "kX9") {
		t.Error("a Config prints its secret")
	}
}

func TestALoginThatDoesNotSucceedSaysWhy(t *testing.T) {
	if err := newBed(t, fake.Options{Deny: true}).login(nil); !errors.Is(err, ErrDenied) {
		t.Errorf("declined: %v", err)
	}
	b := newBed(t, fake.Options{})
	if err := b.login(func(l *Login) {
		l.Redirect.timeout = 50 * time.Millisecond
		l.Redirect.Show = func(context.Context, string) error { return nil }
	}); !errors.Is(err, ErrTimedOut) {
		t.Errorf("nobody comes: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	if err := b.login(func(l *Login) { l.Redirect.Port = port }); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("port %d of this machine is taken", port)) {
		t.Errorf("a busy port: %v", err)
	}
	if l6, err := net.Listen("tcp", "[::1]:0"); err == nil {
		defer l6.Close()
		port := l6.Addr().(*net.TCPAddr).Port
		if err := b.login(func(l *Login) { l.Redirect.Port = port }); err == nil || !strings.Contains(err.Error(), "taken") {
			t.Errorf("a port that is busy on ::1 only: %v", err)
		}
	}
}

func TestOnlyTheAnswerToThisLoginCounts(t *testing.T) {
	b := newBed(t, fake.Options{})
	var state string
	port := freePort(t)
	base := fmt.Sprintf("http://127.0.0.1:%d", port)
	err := b.login(func(l *Login) {
		l.Redirect.Port = port
		l.Redirect.Show = func(_ context.Context, address string) error {
			u, _ := url.Parse(address)
			state = u.Query().Get("state")
			if u.Query().Get("code_challenge_method") != "S256" || len(u.Query().Get("code_challenge")) < 43 {
				t.Errorf("no PKCE in %s", address)
			}
			go func() {
				for path, want := range map[string]int{
					"/": 404, "/favicon.ico": 404, callback: 400, callback + "?state=guess&code=x": 400, callback + "?state=&code=x": 400,
				} {
					if got, _, _, err := browse(base + path); err != nil || got != want {
						t.Errorf("%s answers %d, %v", path, got, err)
					}
				}
				// A page of somebody else's whose name leads here.
				r, _ := http.NewRequest(http.MethodGet, base+callback+"?state="+state+"&code=x", nil)
				r.Host = fmt.Sprintf("evil.example:%d", port)
				if resp, err := http.DefaultClient.Do(r); err != nil || resp.StatusCode != http.StatusForbidden {
					t.Errorf("another Host: %v, %v", resp, err)
				} else {
					resp.Body.Close()
				}
				if resp, err := http.Post(base+callback+"?state="+state+"&code=x", "text/plain", nil); err != nil || resp.StatusCode != http.StatusMethodNotAllowed {
					t.Errorf("a POST: %v, %v", resp, err)
				} else {
					resp.Body.Close()
				}
				_, _, _, _ = browse(address)
			}()
			return nil
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	// The state is spent, and nothing listens any more.
	f := &flow{state: "s"}
	if r := f.take(url.Values{"state": {"s", "s"}, "code": {"c"}}); !errors.Is(r.err, ErrState) {
		t.Error("two states count as one")
	}
	if r := f.take(url.Values{"state": {"s"}, "code": {"c"}, "iss": {"i"}}); r.err != nil || r.answer != (Answer{"c", "s", "i"}) {
		t.Fatal(r)
	}
	if r := f.take(url.Values{"state": {"s"}, "code": {"c"}}); !errors.Is(r.err, ErrState) {
		t.Errorf("a state counts twice: %v", r.err)
	}
	if _, _, _, err := browse(base + callback); err == nil {
		t.Error("it still listens")
	}
}

func TestAPastedAddressLogsIn(t *testing.T) {
	b := newBed(t, fake.Options{})
	var ended string
	err := b.login(func(l *Login) {
		l.Redirect.Show = func(_ context.Context, address string) error {
			c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			resp, err := c.Get(address)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			ended = resp.Header.Get("Location")
			return nil
		}
		l.Redirect.Paste = func(context.Context) (string, error) { return " " + ended + "\n", nil }
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "nonsense", "http://127.0.0.1:8765/other?code=x", ended} {
		err := b.login(func(l *Login) {
			l.Redirect.Show = func(context.Context, string) error { return nil }
			l.Redirect.Paste = func(context.Context) (string, error) { return bad, nil }
		})
		if err == nil {
			t.Errorf("%q logs in", bad)
		}
	}
}

func TestARefreshHappensOnceWhoeverAsks(t *testing.T) {
	b := newBed(t, fake.Options{TokenLife: 30 * time.Second}) // Less than a minute: always due.
	if err := b.login(nil); err != nil {
		t.Fatal(err)
	}
	b.fake.Set(func(o *fake.Options) { o.TokenLife = time.Hour })
	var wg sync.WaitGroup
	got := make([]string, 8)
	for n := range got {
		s := b.source() // Of a process of its own: only the file is common.
		wg.Go(func() {
			var err error
			if got[n], err = s.Token(t.Context(), ""); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, token := range got {
		if token != got[0] || !b.works(token) {
			t.Fatalf("tokens %v", got)
		}
	}
	if calls := b.fake.Calls(); calls-len(got) != 1 { // One refresh; the others are the checks above.
		t.Errorf("%d refreshes", calls-len(got))
	}
	b.fake.Expire()
	again, err := b.source().Token(t.Context(), got[0])
	if err != nil || again == got[0] || !b.works(again) {
		t.Errorf("after the service refused it: %v", err)
	}
}

func TestATokenIsStoredBeforeItIsUsed(t *testing.T) {
	b := newBed(t, fake.Options{TokenLife: 30 * time.Second})
	if err := b.login(nil); err != nil {
		t.Fatal(err)
	}
	b.rows.fail.Store(true)
	if token, err := b.source().Token(t.Context(), ""); err == nil || token != "" {
		t.Fatalf("a token that could not be kept is used: %q", token)
	}
	// The grant is spent now, and the service ends the whole login on its replay:
	// that is said as what it is.
	b.rows.fail.Store(false)
	var e *Error
	if _, err := b.source().Token(t.Context(), ""); !errors.As(err, &e) || e.Code != "invalid_grant" || e.Description == "" || strings.Contains(err.Error(), e.Description) {
		t.Errorf("%v", err)
	}
	// A dead login is not tried again: some services count that as an attack.
	calls := b.fake.Calls()
	if _, err := b.source().Token(t.Context(), ""); !errors.Is(err, ErrNoLogin) || !strings.Contains(err.Error(), "invalid_grant") || b.fake.Calls() != calls {
		t.Errorf("%v after %d more calls", err, b.fake.Calls()-calls)
	}
}

func TestClientCredentialsNeedNoLogin(t *testing.T) {
	b := newBed(t, fake.Options{})
	s := b.source()
	s.ClientCredentials, s.ClientSecret = true, fake.ClientSecret
	token, err := s.Token(t.Context(), "")
	if err != nil || !b.works(token) {
		t.Fatal(err)
	}
	s.ClientSecret = "wrong"
	var e *Error
	if _, err := s.Token(t.Context(), token); !errors.As(err, &e) || e.Code != "invalid_client" || strings.Contains(err.Error(), "wrong") {
		t.Errorf("%v", err)
	}
	s.Endpoint.Token = "http://127.0.0.1:1/token"
	if _, err := s.Token(t.Context(), token); !errors.As(err, &e) || !e.Network {
		t.Errorf("%v", err)
	}
}
