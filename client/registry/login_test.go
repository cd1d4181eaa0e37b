package registry_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/mod/sumdb/note"

	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/oauth"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/store/sqlite"
)

// bed is a registry on a real store, vault and gate.
type bed struct {
	t        *testing.T
	db       *sqlite.DB
	vault    *secrets.Store
	registry *registry.Registry
	now      time.Time
}

func newBed(t *testing.T) *bed {
	t.Helper()
	dir := t.TempDir()
	keys, err := secrets.NewKeys([32]byte{3}, "0123456789abcdef0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	b := &bed{t: t, now: time.Now()}
	if b.db, err = sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(dir, "t.db"), Key: keys.DatabaseKey("t")}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.db.Close() })
	if b.vault, err = secrets.NewStore(secrets.StoreOptions{Keys: keys, Rows: b.db}); err != nil {
		t.Fatal(err)
	}
	cfg := config.Default()
	cfg.DataDir = dir
	skey, _, err := note.GenerateKey(rand.Reader, "t")
	if err != nil {
		t.Fatal(err)
	}
	ctx := gate.WithCaller(t.Context(), gate.Caller{ID: "tester", Channel: gate.ChannelTerminal})
	g, err := gate.New(ctx, gate.Options{Store: b.db, Keys: keys, Config: cfg, SignKey: skey, HeadFile: filepath.Join(dir, "head")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close(context.Background()) })
	b.registry = registry.New(registry.Options{Store: b.db, Secrets: b.vault, Config: cfg, Gate: g, Now: func() time.Time { return b.now }, Ours: []string{"create_issue"}})
	return b
}

func (b *bed) add(s *store.MCPServer) *store.MCPServer {
	b.t.Helper()
	s.ID, s.Owner, s.Enabled = "0195f000-0000-7000-8000-000000000001", "ada", true
	s.CreatedAt = b.now.UTC().Truncate(time.Microsecond)
	s.UpdatedAt = s.CreatedAt
	if err := registry.Check(s, nil); err != nil {
		b.t.Fatal(err)
	}
	if err := b.db.SaveServer(b.t.Context(), s); err != nil {
		b.t.Fatal(err)
	}
	return s
}

// secured is an MCP server behind an authorization server, both on one host.
type secured struct {
	*httptest.Server
	mu        sync.Mutex
	challenge string
	resource  []string
	renewals  int
	access    string
}

func newSecured(t *testing.T) *secured {
	down := mcp.NewServer(&mcp.Implementation{Name: "secured", Version: "1"}, nil)
	down.AddTool(&mcp.Tool{Name: "whoami", Description: "Says who.", InputSchema: json.RawMessage(`{"type":"object"}`)}, func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{}, nil
	})
	inner := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return down }, nil)
	s := &secured{access: "access-1"}
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/mcp", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		want := "Bearer " + s.access
		s.mu.Unlock()
		if r.Header.Get("Authorization") != want {
			w.Header().Set("WWW-Authenticate", `Bearer resource_metadata="`+s.URL+`/.well-known/oauth-protected-resource/mcp"`)
			http.Error(w, "log in", http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	})
	mux.HandleFunc("/.well-known/oauth-protected-resource/mcp", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"resource": s.URL + "/mcp", "authorization_servers": []string{s.URL}, "scopes_supported": []string{"read"}})
	})
	mux.HandleFunc("/.well-known/oauth-authorization-server", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{
			"issuer": s.URL, "authorization_endpoint": s.URL + "/authorize", "token_endpoint": s.URL + "/token", "registration_endpoint": s.URL + "/register",
			"response_types_supported": []string{"code"}, "code_challenge_methods_supported": []string{"S256"}, "grant_types_supported": []string{"authorization_code", "refresh_token"},
			"token_endpoint_auth_methods_supported": []string{"none"},
		})
	})
	mux.HandleFunc("/register", func(w http.ResponseWriter, r *http.Request) {
		var in map[string]any
		_ = json.NewDecoder(r.Body).Decode(&in)
		in["client_id"] = "client-7"
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(in)
	})
	mux.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		s.mu.Lock()
		s.challenge = q.Get("code_challenge")
		s.resource = append(s.resource, q.Get("resource"))
		s.mu.Unlock()
		back, _ := url.Parse(q.Get("redirect_uri"))
		back.RawQuery = url.Values{"code": {"code-1"}, "state": {q.Get("state")}}.Encode()
		http.Redirect(w, r, back.String(), http.StatusFound)
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.resource = append(s.resource, r.Form.Get("resource"))
		switch r.Form.Get("grant_type") {
		case "authorization_code":
			sum := sha256.Sum256([]byte(r.Form.Get("code_verifier")))
			if r.Form.Get("code") != "code-1" || base64.RawURLEncoding.EncodeToString(sum[:]) != s.challenge || r.Form.Get("client_id") != "client-7" {
				w.WriteHeader(http.StatusBadRequest)
				answer(w, map[string]string{"error": "invalid_grant"})
				return
			}
		case "refresh_token":
			if r.Form.Get("refresh_token") != "refresh-1" {
				w.WriteHeader(http.StatusBadRequest)
				answer(w, map[string]string{"error": "invalid_grant"})
				return
			}
			s.renewals++
			s.access = "access-2"
		}
		answer(w, map[string]any{"access_token": s.access, "refresh_token": "refresh-1", "token_type": "Bearer", "expires_in": 3600})
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

// A server that wants a login says so, a person logs in once, and from then on
// the token is renewed without anybody.
func TestALoginToAServerIsKeptAndRenewed(t *testing.T) {
	b := newBed(t)
	down := newSecured(t)
	s := b.add(&store.MCPServer{Name: "secured", Transport: store.TransportHTTP, URL: down.URL + "/mcp", Auth: store.AuthOAuth, PrivateNetwork: true})
	look := func() store.ServerHealth {
		t.Helper()
		health, err := b.registry.Look(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		return health
	}
	if health := look(); health.Status != store.ServerNeedsAuth {
		t.Fatalf("before the login: %+v", health)
	}
	browser := oauth.Redirect{Port: freePort(t), Show: func(_ context.Context, address string) error {
		go func() {
			resp, err := http.Get(address)
			if err == nil {
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		}()
		return nil
	}}
	if err := b.registry.Login(t.Context(), s, browser); err != nil {
		t.Fatal(err)
	}
	if health := look(); health.Status != store.ServerPending {
		t.Fatalf("after the login: %+v", health)
	}
	b.now = b.now.Add(2 * time.Hour)
	if health := look(); health.Status != store.ServerPending || down.renewals != 1 {
		t.Errorf("after the token's end: %+v, renewed %d times", health, down.renewals)
	}
	down.mu.Lock()
	if slices.ContainsFunc(down.resource, func(r string) bool { return r != down.URL+"/mcp" }) || len(down.resource) < 3 {
		t.Errorf("tokens were asked for %v", down.resource)
	}
	down.access = "access-9" // The server has ended the login.
	down.mu.Unlock()
	if health := look(); health.Status != store.ServerNeedsAuth {
		t.Errorf("after the login has ended: %+v", health)
	}
	if err := b.registry.Forget(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	infos, err := b.vault.List(t.Context())
	if err != nil || len(infos) != 0 {
		t.Errorf("secrets are left of a server that is forgotten: %v, %v", infos, err)
	}
}

func TestALoginThatIsNotNeededIsSaid(t *testing.T) {
	b := newBed(t)
	down := mcp.NewServer(&mcp.Implementation{Name: "open", Version: "1"}, nil)
	srv := httptest.NewServer(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return down }, nil))
	t.Cleanup(srv.Close)
	s := b.add(&store.MCPServer{Name: "open", Transport: store.TransportHTTP, URL: srv.URL, Auth: store.AuthOAuth, PrivateNetwork: true})
	if err := b.registry.Login(t.Context(), s, oauth.Redirect{Port: freePort(t)}); !errors.Is(err, registry.ErrNoLoginNeeded) {
		t.Errorf("%v", err)
	}
	s.Auth = store.AuthBearer
	if err := b.registry.Login(t.Context(), s, oauth.Redirect{}); err == nil || !strings.Contains(err.Error(), "needs no login") {
		t.Errorf("%v", err)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	var port int
	if _, err := fmt.Sscan(u.Port(), &port); err != nil {
		t.Fatal(err)
	}
	return port
}

// What an owner may have got wrong is refused before anything is stored.
func TestSettingsThatCannotBeMeantAreRefused(t *testing.T) {
	good := func() *store.MCPServer {
		return &store.MCPServer{Name: "x", Transport: store.TransportHTTP, URL: "https://mcp.acme-widgets.com/mcp"}
	}
	if err := registry.Check(good(), nil); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*store.MCPServer){
		"name": func(s *store.MCPServer) { s.Name = "X" },
		"auth": func(s *store.MCPServer) { s.Auth = "magic" },
		"auth by process": func(s *store.MCPServer) {
			s.Transport, s.URL, s.Command, s.Auth = store.TransportStdio, "", []string{"/bin/true"}, store.AuthBearer
		},
		"relative program":    func(s *store.MCPServer) { s.Transport, s.URL, s.Command = store.TransportStdio, "", []string{"npx"} },
		"command by http":     func(s *store.MCPServer) { s.Command = []string{"/bin/true"} },
		"key header":          func(s *store.MCPServer) { s.AuthHeader = "X-Key" },
		"scopes":              func(s *store.MCPServer) { s.Scopes = []string{"a"} },
		"plain http":          func(s *store.MCPServer) { s.URL = "http://mcp.acme-widgets.com/mcp" },
		"private":             func(s *store.MCPServer) { s.URL = "https://192.168.1.7/mcp" },
		"metadata address":    func(s *store.MCPServer) { s.URL = "https://169.254.169.254/latest" },
		"password in address": func(s *store.MCPServer) { s.URL = "https://u:p@mcp.acme-widgets.com/mcp" },
		"trust a secret":      func(s *store.MCPServer) { s.Trust = []store.TrustRule{{Type: "Password", Path: "*"}} },
		"trust no path":       func(s *store.MCPServer) { s.Trust = []store.TrustRule{{Type: "Email"}} },
		"time-out":            func(s *store.MCPServer) { s.CallTimeout = time.Hour },
		"bytes":               func(s *store.MCPServer) { s.MaxBytes = 1 << 40 },
		"sensitive":           func(s *store.MCPServer) { s.OnSensitive = "send" },
		"header twice":        func(s *store.MCPServer) { s.Headers, s.SecretHeaders = map[string]string{"X-A": "1"}, []string{"x-a"} },
		"their header":        func(s *store.MCPServer) { s.Headers = map[string]string{"Mcp-Session-Id": "1"} },
		"two authorizations":  func(s *store.MCPServer) { s.Auth, s.SecretHeaders = store.AuthBearer, []string{"authorization"} },
		"line in a header":    func(s *store.MCPServer) { s.Headers = map[string]string{"X-A": "1\r\nX-B: 2"} },
	} {
		s := good()
		change(s)
		if err := registry.Check(s, nil); err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
}
