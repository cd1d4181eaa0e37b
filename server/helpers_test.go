//lint:file-ignore SA1019 The server scans what hosts still use, deprecated or not.

//nolint:staticcheck // SA1019, as above.
package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/mod/sumdb/note"

	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/store/sqlite"
)

// What must never be seen. Each is a value of a type that the scanner knows.
const (
	email    = "maria.kowalska@acme-industries.com"
	password = "Tr0ub4dor-3xyzQv"
	jwt      = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI4ODEyMzQ1NiIsIm5hbWUiOiJNYXJpYSBLIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1rVW1gFWFOEjXkZQ"
	pemLine  = "MIIEpAIBAAKCAQEA7bq0cXl3mPfU2rQ8v5wYc1n9Zt4oKdXhSgBjLeRuVaWiTyNx"
)

// planted is text with all of them.
const planted = "contact " + email + " about it\n" +
	"password=" + password + "\n" +
	"Authorization: Bearer " + jwt + "\n" +
	"-----BEGIN RSA PRIVATE KEY-----\n" + pemLine + "\nq1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6j7K8l9Z0x1C2v3B4n5M6Q7W8E9R0T1Y2\n-----END RSA PRIVATE KEY-----\n"

var secretsPlanted = map[string]string{"e-mail": email, "password": password, "JWT": jwt, "PEM": pemLine}

// leaks names what of the planted values b holds, plain or encoded.
func leaks(b []byte) []string {
	var found []string
	for name, v := range secretsPlanted {
		for _, form := range []string{v, base64.StdEncoding.EncodeToString([]byte(v))[:len(v)*4/3-3]} {
			if bytes.Contains(b, []byte(form)) {
				found = append(found, name)
			}
		}
	}
	return found
}

// fixture is a server on a real gate and a real store.
type fixture struct {
	t       testing.TB
	server  *Server
	gate    *gate.Gate
	store   *hookStore
	config  *config.Config
	wire    *tee // everything that the server wrote
	log     *tee // everything that it logged
	elicit  func(*mcp.ElicitRequest) (*mcp.ElicitResult, error)
	notices chan string
	options sqlite.Options

	registry *registry.Registry
	vault    *secrets.Store
}

// lockDatabase holds the right to write from a second connection, as another
// process would, until free is called.
// hookStore lets a test break single operations.
// tee gathers bytes.
type tee struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (t *tee) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

func (t *tee) Bytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Clone(t.b.Bytes())
}

func newFixture(t testing.TB, change func(*config.Config, *Options)) *fixture {
	t.Helper()
	dir := t.TempDir()
	var key [32]byte
	if _, err := rand.Read(key[:]); err != nil {
		t.Fatal(err)
	}
	keys, err := secrets.NewKeys(key, "test")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "tftsr.db")
	so := sqlite.Options{Path: path, Key: keys.DatabaseKey("test"), BusyTimeout: 300 * time.Millisecond}
	db, err := sqlite.Open(t.Context(), so)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	f := &fixture{t: t, store: &hookStore{Store: db}, config: config.Default(), wire: &tee{}, log: &tee{}, notices: make(chan string, 100), options: so}
	f.config.DataDir = dir
	f.config.Limits.CallsPerSecond, f.config.Limits.Burst = 1e6, 1e6
	logger := slog.New(slog.NewTextHandler(f.log, nil))
	o := Options{Store: f.store, Config: f.config, Version: "v0.0.0-test", Logger: logger, User: "tester"}
	if change != nil {
		change(f.config, &o)
	}
	skey, _, err := note.GenerateKey(rand.Reader, "tftsr-test")
	if err != nil {
		t.Fatal(err)
	}
	f.gate, err = gate.New(t.Context(), gate.Options{
		Store: f.store, Keys: keys, Config: f.config, SignKey: skey, HeadFile: filepath.Join(dir, "head"), Logger: logger,
	})
	if err != nil {
		t.Fatal(err)
	}
	o.Gate = f.gate
	if o.Gateway != nil { // A test that wants one gives an empty one.
		vault, err := secrets.NewStore(secrets.StoreOptions{Keys: keys, Rows: f.store})
		if err != nil {
			t.Fatal(err)
		}
		o.Gateway = registry.New(registry.Options{Store: f.store, Secrets: vault, Config: f.config, Gate: f.gate, Log: logger, Version: "test", Ours: []string{"create_issue"}})
		f.registry, f.vault = o.Gateway, vault
	}
	if f.server, err = New(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.store.appending.Store(nil)
		f.server.Close()
		if err := f.gate.Close(context.Background()); err != nil {
			t.Errorf("close the gate: %v", err)
		}
	})
	return f
}

// tool registers a tool of the test's own, whose arguments are all text.
func (f *fixture) tool(name string, h mcp.ToolHandler) {
	def := &mcp.Tool{Name: name, Description: "A tool of the test.", InputSchema: json.RawMessage(`{"type":"object"}`)}
	f.server.tools[name] = toolPolicy{readOnly: true, order: len(f.server.tools), def: def}
	f.server.mcp.AddTool(def, h)
}

// client options that answer questions and take notices.
func (f *fixture) clientOptions() *mcp.ClientOptions {
	return &mcp.ClientOptions{
		Capabilities: &mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapabilities{}},
		ElicitationHandler: func(_ context.Context, r *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			if f.elicit != nil {
				return f.elicit(r)
			}
			return &mcp.ElicitResult{Action: "decline"}, nil
		},
		ResourceUpdatedHandler:      func(_ context.Context, r *mcp.ResourceUpdatedNotificationRequest) { f.notices <- r.Params.URI },
		ProgressNotificationHandler: func(_ context.Context, r *mcp.ProgressNotificationClientRequest) { f.notices <- r.Params.Message },
		LoggingMessageHandler: func(_ context.Context, r *mcp.LoggingMessageRequest) {
			b, _ := json.Marshal(r.Params.Data)
			f.notices <- string(b)
		},
	}
}

var eras = map[string]string{"legacy": newestLegacy, "modern": modern}

func (f *fixture) connect(t testing.TB, era string, tr mcp.Transport) *mcp.ClientSession {
	t.Helper()
	c := mcp.NewClient(&mcp.Implementation{Name: "test-host", Version: "1.2.3"}, f.clientOptions())
	cs, err := c.Connect(t.Context(), tr, &mcp.ClientSessionOptions{ProtocolVersion: eras[era]})
	if err != nil {
		t.Fatalf("connect: %v\n%s", err, f.log.Bytes())
	}
	return cs
}

type pipeEnd struct {
	io.Reader
	io.Writer
	close func() error
}

func (p pipeEnd) Close() error { return p.close() }

// stdio serves one host over pipes and returns its end of them.
func (f *fixture) stdio(t testing.TB) (in *io.PipeWriter, out io.ReadCloser, done <-chan error) {
	t.Helper()
	hostRead, serverWrite := io.Pipe()
	serverRead, hostWrite := io.Pipe()
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	w := pipeEnd{Writer: io.MultiWriter(f.wire, serverWrite), close: serverWrite.Close}
	go func() { ended <- f.server.RunStdio(ctx, serverRead, w); close(ended) }()
	t.Cleanup(func() {
		cancel()
		hostWrite.Close()
		go io.Copy(io.Discard, hostRead)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			t.Error("the session does not end")
		}
	})
	return hostWrite, hostRead, ended
}

func (f *fixture) connectStdio(t testing.TB, era string) *mcp.ClientSession {
	in, out, _ := f.stdio(t)
	cs := f.connect(t, era, &mcp.IOTransport{Reader: out, Writer: in})
	t.Cleanup(func() { cs.Close() })
	return cs
}

// bearer makes a token in the store.
func (f *fixture) bearer(t testing.TB, name string, attended bool) string {
	t.Helper()
	secret := "tftsr_" + rand.Text()
	err := f.store.CreateToken(t.Context(), store.Token{
		Name: name, Owner: "tester", Hash: sha256.Sum256([]byte(secret)), Attended: attended, CreatedAt: time.Now().UTC(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// http serves over HTTP and returns the URL of the endpoint.
func (f *fixture) http(t testing.TB) string {
	t.Helper()
	h, err := f.server.Handler()
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(&teeWriter{w, f.wire}, r)
	}))
	t.Cleanup(func() {
		for ss := range f.server.mcp.Sessions() {
			ss.Close()
		}
		srv.CloseClientConnections()
		srv.Close()
	})
	return srv.URL
}

type teeWriter struct {
	http.ResponseWriter
	tee *tee
}

func (w *teeWriter) Write(p []byte) (int, error) {
	w.tee.Write(p)
	return w.ResponseWriter.Write(p)
}

func (w *teeWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

type bearerTransport struct{ token string }

func (b bearerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token)
	return http.DefaultTransport.RoundTrip(r)
}

func (f *fixture) connectHTTP(t testing.TB, era string) *mcp.ClientSession {
	url := f.http(t)
	token := f.bearer(t, "agent", true)
	cs := f.connect(t, era, &mcp.StreamableClientTransport{
		Endpoint: url + PathMCP, HTTPClient: &http.Client{Transport: bearerTransport{token}}, MaxRetries: -1,
	})
	t.Cleanup(func() { cs.Close() })
	return cs
}

// entries returns the record, oldest first.
// lastOf returns the newest entry of an action in a phase.
// refused waits for a refusal with a reason: it is written after the answer
// on some paths.
// nothingLeaked looks for the planted values in everything that left and
// everything that was kept.
// paired checks that every intent has one outcome, after it.
func sha(s string) [32]byte { return sha256.Sum256([]byte(s)) }
