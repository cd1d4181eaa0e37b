package backup

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/store/sqlite"
)

var passphrase = []byte("correct horse battery staple")

// textKey is a data key in its text form.
func textKey(n byte) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{n}, 32)) }

// folder is a data folder that is open.
type folder struct {
	t       *testing.T
	dir     string
	keys    *secrets.Keys
	db      *sqlite.DB
	secrets *secrets.Store
	skey    string
	gate    *gate.Gate
}

func person(ctx context.Context) context.Context {
	return gate.WithCaller(ctx, gate.Caller{ID: "ada", Channel: gate.ChannelTerminal})
}

// openFolder opens a data folder as the program does. dbKey is empty where the
// key is elsewhere.
func openFolder(t *testing.T, dir, dbKey string, ring secrets.Keyring) *folder {
	t.Helper()
	f, err := tryFolder(t, dir, dbKey, ring)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func tryFolder(t *testing.T, dir, dbKey string, ring secrets.Keyring) (f *folder, err error) {
	t.Helper()
	ctx := person(context.Background())
	f = &folder{t: t, dir: dir}
	if f.keys, err = secrets.Resolve(ctx, secrets.Options{DataDir: dir, DBKey: dbKey, Keyring: ring}); err != nil {
		return f, err
	}
	if f.db, err = OpenDatabase(ctx, dir, f.keys, nil); err != nil {
		return f, err
	}
	t.Cleanup(f.close)
	if f.secrets, err = secrets.NewStore(secrets.StoreOptions{Keys: f.keys, Rows: f.db, Keyring: ring, DataDir: dir}); err != nil {
		return f, err
	}
	origin, err := f.db.Origin(ctx)
	if err != nil {
		return f, err
	}
	if f.skey, _, err = secrets.AuditKey(ctx, f.secrets, origin); err != nil {
		return f, err
	}
	f.gate, err = gate.New(ctx, f.options())
	return f, err
}

func (f *folder) options() gate.Options {
	f.t.Helper()
	o := gate.Options{Store: f.db, Keys: f.keys, Config: config.Default(), SignKey: f.skey, HeadFile: filepath.Join(f.dir, HeadFile)}
	item, err := secrets.AuditHead(context.Background(), f.secrets)
	if err != nil {
		f.t.Fatal(err)
	}
	if item != nil {
		o.Keyring = item
	}
	return o
}

// close ends the folder's process.
func (f *folder) close() {
	f.t.Helper()
	if f.gate != nil {
		if err := f.gate.Close(person(context.Background())); err != nil {
			f.t.Error(err)
		}
	}
	if f.db != nil {
		if err := f.db.Close(); err != nil {
			f.t.Error(err)
		}
	}
	f.gate, f.db = nil, nil
}

// calls makes entries of the record.
func (f *folder) calls(n int) {
	f.t.Helper()
	for range n {
		if err := f.gate.Note(person(f.t.Context()), gate.Intent{Action: audit.ActionConfig, EntityType: "test"}); err != nil {
			f.t.Fatal(err)
		}
	}
}

// checkpoint hands the newest head to every place.
func (f *folder) checkpoint() audit.Checkpoint {
	f.t.Helper()
	c, _, failed, err := f.gate.Checkpoint(person(f.t.Context()))
	if err != nil || len(failed) > 0 {
		f.t.Fatal(err, failed)
	}
	return c
}

func (f *folder) issue(id string) {
	f.t.Helper()
	now := time.Now().UTC()
	if err := f.db.CreateIssue(f.t.Context(), &triage.Issue{ID: id, Title: "issue " + id, CreatedAt: now, UpdatedAt: now}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *folder) issues() (ids []string) {
	f.t.Helper()
	list, _, err := f.db.ListIssues(f.t.Context(), store.IssueFilter{})
	if err != nil {
		f.t.Fatal(err)
	}
	for _, i := range list {
		ids = append(ids, i.ID)
	}
	return ids
}

func (f *folder) secret(name, value string) {
	f.t.Helper()
	if _, err := f.secrets.Set(f.t.Context(), name, []byte(value), secrets.SetOptions{}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *folder) wantSecret(name, value string) {
	f.t.Helper()
	if got, err := f.secrets.Get(f.t.Context(), name); err != nil || string(got) != value {
		f.t.Errorf("secret %s has %d bytes, want %d: %v", name, len(got), len(value), err)
	}
}

// kinds verifies the record and returns the kinds of what was found.
func (f *folder) kinds() (kinds []audit.Kind, intact bool) {
	f.t.Helper()
	r, err := gate.VerifyRecord(f.t.Context(), f.options())
	if err != nil {
		f.t.Fatal(err)
	}
	for _, found := range r.Findings {
		kinds = append(kinds, found.Kind)
	}
	return kinds, r.OK()
}

// write makes a backup of the folder.
func (f *folder) write(name string) string {
	f.t.Helper()
	path := filepath.Join(f.t.TempDir(), name)
	if _, err := Write(f.t.Context(), path, f.source(), Options{Passphrase: passphrase, Now: time.Now(), WorkFactor: 8}); err != nil {
		f.t.Fatal(err)
	}
	return path
}

func (f *folder) source() Source {
	return Source{DataDir: f.dir, DB: f.db, Secrets: f.secrets, Keys: f.keys, SignKey: f.skey}
}

// opened opens a backup.
func opened(t *testing.T, path string) *Contents {
	t.Helper()
	a, err := Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	ids, err := Identities(passphrase)
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.Open(ids)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// restore puts a backup into a folder that is closed.
func restore(t *testing.T, c *Contents, dir, dbKey string, ring secrets.Keyring, replace bool) (Restored, error) {
	t.Helper()
	ctx := person(t.Context())
	claim, err := Claim(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := claim.Release(); err != nil {
			t.Error(err)
		}
	}()
	keys, err := secrets.Resolve(ctx, secrets.Options{DataDir: dir, DBKey: dbKey, Keyring: ring})
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	return c.Restore(ctx, Target{DataDir: dir, Claim: claim, Keys: keys, Keyring: ring, Replace: replace, Gate: gate.Options{Config: config.Default()}})
}

// adopt sets up a new data folder for the data key of a backup.
func adopt(t *testing.T, c *Contents, o secrets.InitOptions) string {
	t.Helper()
	o.DataDir = filepath.Join(t.TempDir(), "data")
	if _, err := secrets.Adopt(t.Context(), o, c.Bundle); err != nil {
		t.Fatal(err)
	}
	return o.DataDir
}

// leftovers names the files in a folder that a change of the database leaves
// only when it is cut off.
func leftovers(t *testing.T, dir string) (names []string) {
	t.Helper()
	for _, pattern := range []string{"*.new*", "*.part*"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	return names
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
