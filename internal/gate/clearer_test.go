package gate

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/store/sqlite"
)

// planted are values that the scanner finds in the text around them, and that
// must never be in any output.
var planted = []struct {
	typ         pii.Type
	text, value string
}{
	{pii.Email, "mail from jane.roe@acme-widgets.com bounced", "jane.roe@acme-widgets.com"},
	{pii.IPv4, "connect to 10.20.30.41 refused", "10.20.30.41"},
	{pii.IPv4, "client 93.184.215.14 gone", "93.184.215.14"},
	{pii.IPv6, "peer [2a02:6b8:c0f:1510::7d2] timed out", "2a02:6b8:c0f:1510::7d2"},
	{pii.MacAddress, "lease for 3c:22:fb:7a:91:0e given", "3c:22:fb:7a:91:0e"},
	{pii.CreditCard, "charged card 4539 5787 6362 1486 twice", "4539 5787 6362 1486"},
	{pii.Password, "login with password=Tr0ub4dor-und-3x failed", "Tr0ub4dor-und-3x"},
	{pii.BearerToken, "Authorization: Bearer q7Zk2mPpX9vLw3RtYs8NbUc4Dg6Hj1Fa", "q7Zk2mPpX9vLw3RtYs8NbUc4Dg6Hj1Fa"},
	{pii.UrlWithCredentials, "dsn postgres://app:S3cr3tPw9x@10.20.30.42/orders unusable", "S3cr3tPw9x"},
	{pii.Jwt, "cookie eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0NzExIn0.c2lnbmF0dXJlLW9mLXRoaXMtdG9rZW4 expired", "eyJzdWIiOiI0NzExIn0"},
}

// allPlanted is a text with every planted value, a line each.
func allPlanted() string {
	var sb strings.Builder
	for _, p := range planted {
		sb.WriteString(p.text)
		sb.WriteByte('\n')
	}
	return sb.String()
}

// wantNothingPlanted fails the test if text holds a planted value.
func wantNothingPlanted(t *testing.T, where, text string) {
	t.Helper()
	for _, p := range planted {
		if strings.Contains(text, p.value) {
			t.Errorf("%s holds a planted %s", where, p.typ)
		}
	}
}

func testKeys(t testing.TB) *secrets.Keys {
	t.Helper()
	keys, err := secrets.NewKeys(sha256.Sum256([]byte("key of the clearer's tests")), "0123456789abcdef0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func testStore(t testing.TB, path string) *sqlite.DB {
	t.Helper()
	keys := testKeys(t)
	db, err := sqlite.Open(context.Background(), sqlite.Options{Path: path, Key: keys.DatabaseKey("test")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// testOptions are those of a gate on an empty store.
func testOptions(t testing.TB) Options {
	t.Helper()
	return Options{
		Store:  testStore(t, filepath.Join(t.TempDir(), "tftsr.db")),
		Keys:   testKeys(t),
		Config: config.Default(),
	}
}

func testClearer(t testing.TB, o Options) *clearer {
	t.Helper()
	c, err := newClearer(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	<-c.loading // Tests change what the loading reads.
	t.Cleanup(c.stopLoading)
	return c
}

// asHost is a context of an agent on stdio, asPerson one of a terminal.
func asHost() context.Context {
	return WithCaller(context.Background(), Caller{ID: "agent", Channel: ChannelStdio})
}

func asPerson() context.Context {
	return WithCaller(context.Background(), Caller{ID: "ops", Channel: ChannelTerminal, Attended: true})
}

func testIssue(t testing.TB, s store.Store) string {
	t.Helper()
	now := time.Now().UTC()
	i := &triage.Issue{
		ID: "01890a5d-ac96-774b-bcce-b302099a8057", Owner: "agent", Title: "t",
		Severity: triage.SeverityLow, Status: triage.StatusOpen, Category: "application",
		CreatedAt: now, UpdatedAt: now, Revision: 1,
	}
	if err := s.CreateIssue(context.Background(), i); err != nil {
		t.Fatal(err)
	}
	return i.ID
}

// fakeEngine is an engine that goes wrong where a hook is set.
type fakeEngine struct {
	engine
	hook func() // Called before each scan.
	fail error  // What redacting returns.
	keep bool   // Redacting lets everything through, scanning does not.
}

func (f *fakeEngine) before() {
	if f.hook != nil {
		f.hook()
	}
}

func (f *fakeEngine) ScanMode(dst []pii.Finding, b []byte, m pii.Mode) []pii.Finding {
	f.before()
	return f.engine.ScanMode(dst, b, m)
}

func (f *fakeEngine) Redact(a pii.Allocator, m pii.Mode, text []byte) ([]byte, pii.Counts, error) {
	f.before()
	if f.fail != nil {
		return nil, pii.Counts{}, f.fail
	}
	out, n, err := f.engine.Redact(a, m, text)
	if f.keep {
		out = text
	}
	return out, n, err
}

func (f *fakeEngine) RedactJSON(a pii.Allocator, m pii.Mode, doc []byte, opts ...pii.JSONOption) ([]byte, pii.Counts, error) {
	f.before()
	if f.fail != nil {
		return nil, pii.Counts{}, f.fail
	}
	out, n, err := f.engine.RedactJSON(a, m, doc, opts...)
	if f.keep {
		out = doc
	}
	return out, n, err
}

func (f *fakeEngine) Stream(a pii.Allocator, m pii.Mode, w io.Writer, fn func(pii.Finding, pii.Token)) io.WriteCloser {
	return &fakeStream{f, f.engine.Stream(a, m, w, fn)}
}

type fakeStream struct {
	f *fakeEngine
	io.WriteCloser
}

func (s *fakeStream) Write(p []byte) (int, error) {
	s.f.before()
	if s.f.fail != nil {
		return 0, s.f.fail
	}
	return s.WriteCloser.Write(p)
}

// install puts f between the clearer and its scanner.
func (f *fakeEngine) install(t *testing.T, c *clearer) {
	t.Helper()
	makeEngine := c.newEngine
	c.newEngine = func(o pii.Options) (engine, error) {
		e, err := makeEngine(o)
		f.engine = e
		return f, err
	}
	c.state.Store(nil)
	if err := c.Refresh(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// brokenStore is a store of which single methods fail.
type brokenStore struct {
	store.Store
	allocate, known, generation, span error
}

func (s *brokenStore) Allocate(ctx context.Context, v []store.VaultValue) ([]pii.Token, error) {
	if s.allocate != nil {
		return nil, s.allocate
	}
	return s.Store.Allocate(ctx, v)
}

func (s *brokenStore) KnownValues(ctx context.Context, seq int64, fn func(store.KnownValue) error) error {
	if s.known != nil {
		return s.known
	}
	return s.Store.KnownValues(ctx, seq, fn)
}

func (s *brokenStore) Generation(ctx context.Context) (int64, error) {
	if s.generation != nil {
		return 0, s.generation
	}
	return s.Store.Generation(ctx)
}

func (s *brokenStore) NewLog(ctx context.Context, id string) (store.LogWriter, error) {
	w, err := s.Store.NewLog(ctx, id)
	if s.span != nil {
		w = brokenLog{w, s.span}
	}
	return w, err
}

type brokenLog struct {
	store.LogWriter
	err error
}

func (l brokenLog) Span(store.LogSpan) error { return l.err }

// wantError fails unless err matches target and holds no planted value.
func wantError(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("error is %v, want %v", err, target)
	}
	wantNothingPlanted(t, "the error", err.Error())
}
