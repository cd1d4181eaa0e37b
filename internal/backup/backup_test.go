package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
)

// What was there comes back on a machine that has nothing, under the same
// signing key, and the record says that it was put back.
func TestABackupComesBackWholeOnANewMachine(t *testing.T) {
	f := openFolder(t, filepath.Join(t.TempDir(), "data"), textKey(1), nil)
	f.issue("one")
	f.secret("servicenow/prod", "S3cr3t")
	f.calls(3)
	f.checkpoint()
	path := f.write("a.backup")
	if left := leftovers(t, filepath.Dir(path)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	f.issue("two") // after the backup
	f.close()

	c := opened(t, path)
	keyFile := filepath.Join(t.TempDir(), "key")
	dir := adopt(t, c, secrets.InitOptions{Source: secrets.SourceFile, KeyFile: keyFile})
	r, err := restore(t, c, dir, "", nil, false)
	if err != nil || r.Entries != c.Manifest.Entries || r.Head.Size <= r.Entries {
		t.Fatalf("%+v, %v", r, err)
	}
	g := openFolder(t, dir, "", nil)
	if got := g.issues(); !slices.Equal(got, []string{"one"}) {
		t.Errorf("issues %v", got)
	}
	g.wantSecret("servicenow/prod", "S3cr3t")
	if g.skey != f.skey || g.keys.Installation() != f.keys.Installation() {
		t.Error("the record goes on under another key")
	}
	if kinds, intact := g.kinds(); !intact || !slices.Equal(kinds, []audit.Kind{audit.KindRestored}) {
		t.Errorf("intact %v, %v", intact, kinds)
	}
	if err := g.db.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if id := g.keys.DatabaseIDs(); len(id) != 1 || id[0] == "main" {
		t.Errorf("the restored database has the key %v", id)
	}
}

// Servers go on while a backup is made: its log of checkpoints can be newer
// than its copy of the database. These heads are of what is given up.
func TestCheckpointsThatAreNewerThanTheCopyAreGivenUp(t *testing.T) {
	f := openFolder(t, filepath.Join(t.TempDir(), "data"), textKey(1), nil)
	f.calls(3)
	path := f.write("a.backup")
	f.calls(20)
	f.checkpoint()
	c := opened(t, path)
	c.log = readFile(t, filepath.Join(f.dir, LogFile)) // as if it had been read now
	f.close()
	dir := adopt(t, c, secrets.InitOptions{Source: secrets.SourceFile, KeyFile: filepath.Join(t.TempDir(), "key")})
	if _, err := restore(t, c, dir, "", nil, false); err != nil {
		t.Fatal(err)
	}
	g := openFolder(t, dir, "", nil) // which refuses a record that does not fit
	if kinds, intact := g.kinds(); !intact || !slices.Equal(kinds, []audit.Kind{audit.KindRestored}) {
		t.Errorf("intact %v, %v", intact, kinds)
	}
}

// A restore that cannot be, or is broken off, changes nothing.
func TestARestoreThatFailsLeavesEverythingAsItWas(t *testing.T) {
	f := openFolder(t, filepath.Join(t.TempDir(), "data"), textKey(1), nil)
	f.issue("one")
	f.secret("servicenow/prod", "S3cr3t")
	path := f.write("a.backup")
	f.issue("two")
	f.calls(5)
	f.close()
	other := openFolder(t, filepath.Join(t.TempDir(), "data"), textKey(2), nil)
	foreign := other.write("b.backup")
	other.close()

	spoilt := opened(t, path)
	spoilt.key[0] ^= 1
	elsewhere := opened(t, path)
	elsewhere.Head.Root[0] ^= 1
	cut := opened(t, path)
	cut.path = filepath.Join(t.TempDir(), "gone")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		contents *Contents
		replace  bool
		want     error
	}{
		"there is a database":       {opened(t, path), false, fs.ErrExist},
		"of another data key":       {opened(t, foreign), true, secrets.ErrKeyMismatch},
		"its key does not open it":  {spoilt, true, ErrDamaged},
		"another record was signed": {elsewhere, true, ErrDamaged},
		"its file is gone":          {cut, true, fs.ErrNotExist},
	} {
		before := readFile(t, filepath.Join(f.dir, DatabaseFile))
		if _, err := restore(t, c.contents, f.dir, textKey(1), nil, c.replace); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if !bytes.Equal(before, readFile(t, filepath.Join(f.dir, DatabaseFile))) || len(leftovers(t, f.dir)) > 0 {
			t.Errorf("%s: the database was changed, or left behind: %v", name, leftovers(t, f.dir))
		}
		if ids, err := secrets.RecordedDatabaseIDs(f.dir); err != nil || len(ids) != 1 {
			t.Errorf("%s: the database has the keys %v: %v", name, ids, err)
		}
	}
	if _, err := Read(ended, path); !errors.Is(err, context.Canceled) {
		t.Errorf("a reading that was broken off: %v", err)
	}
	again := openFolder(t, f.dir, textKey(1), nil)
	if got := again.issues(); len(got) != 2 {
		t.Errorf("issues %v", got)
	}
	again.wantSecret("servicenow/prod", "S3cr3t")
	if kinds, intact := again.kinds(); !intact || len(kinds) != 0 {
		t.Errorf("intact %v, %v", intact, kinds)
	}
}

// A changed byte in any part of a backup is found without a key, and a part
// that was replaced together with its digest with it.
func TestWhateverIsChangedInABackupIsFound(t *testing.T) {
	f := openFolder(t, filepath.Join(t.TempDir(), "data"), textKey(1), nil)
	f.checkpoint()
	path := f.write("a.backup")
	whole := readFile(t, path)
	try := func(b []byte) (*Contents, error) {
		t.Helper()
		changed := filepath.Join(t.TempDir(), "changed")
		if err := os.WriteFile(changed, b, 0o600); err != nil {
			t.Fatal(err)
		}
		a, err := Read(t.Context(), changed)
		if err != nil {
			return nil, err
		}
		ids, err := Identities(passphrase)
		if err != nil {
			t.Fatal(err)
		}
		return a.Open(ids)
	}
	members := membersOf(t, whole)
	for name, at := range members {
		for _, off := range []int64{0, at.size / 3, at.size - 1} {
			b := bytes.Clone(whole)
			b[at.start+off] ^= 1
			if _, err := try(b); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNotABackup) {
				t.Errorf("byte %d of %s: %v", off, name, err)
			}
		}
	}
	for _, n := range []int{0, 1, 511, 512, 2000, len(whole) / 2, len(whole) - 1025} {
		if _, err := try(whole[:n]); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNotABackup) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	if _, err := try(append(bytes.Clone(whole[:len(whole)-1024]), whole...)); !errors.Is(err, ErrDamaged) {
		t.Errorf("with something behind it: %v", err)
	}

	// Somebody who can make files replaces parts and their digests.
	other := openFolder(t, filepath.Join(t.TempDir(), "data"), textKey(1), nil)
	foreign := readFile(t, other.write("b.backup"))
	for name, change := range map[string]func(parts map[string][]byte, m *Manifest){
		"the database of another": func(p map[string][]byte, _ *Manifest) {
			p[memberDatabase] = part(foreign, membersOf(t, foreign)[memberDatabase])
		},
		"the keys of another": func(p map[string][]byte, _ *Manifest) {
			p[memberKeys] = part(foreign, membersOf(t, foreign)[memberKeys])
		},
		"another installation":      func(_ map[string][]byte, m *Manifest) { m.Installation = strings.Repeat("0", len(m.Installation)) },
		"another data key":          func(_ map[string][]byte, m *Manifest) { m.KeyID = strings.Repeat("0", len(m.KeyID)) },
		"a head that nobody signed": func(_ map[string][]byte, m *Manifest) { m.Checkpoint = strings.Replace(m.Checkpoint, "\n", "x\n", 1) },
		"keys that are none":        func(p map[string][]byte, _ *Manifest) { p[memberKeys] = []byte("age-encryption.org/v1\n") },
	} {
		parts := map[string][]byte{}
		for member, at := range members {
			parts[member] = part(whole, at)
		}
		var m Manifest
		if err := json.Unmarshal(parts[memberManifest], &m); err != nil {
			t.Fatal(err)
		}
		change(parts, &m)
		for _, member := range []string{memberKeys, memberLog, memberDatabase} {
			m.Members[member] = memberOfBytes(parts[member])
		}
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		database := filepath.Join(t.TempDir(), "database")
		if err := os.WriteFile(database, parts[memberDatabase], 0o600); err != nil {
			t.Fatal(err)
		}
		made := filepath.Join(t.TempDir(), "made")
		if err := writeTar(t.Context(), made, time.Now(), text, parts[memberKeys], parts[memberLog], database, int64(len(parts[memberDatabase]))); err != nil {
			t.Fatal(err)
		}
		if _, err := try(readFile(t, made)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c, err := try(whole); err != nil {
		t.Errorf("as it was: %v", err)
	} else {
		c.Close()
	}
}

type span struct{ start, size int64 }

func part(b []byte, s span) []byte { return b[s.start : s.start+s.size] }

// membersOf finds the parts of a backup.
func membersOf(t *testing.T, whole []byte) map[string]span {
	t.Helper()
	out := map[string]span{}
	r := bytes.NewReader(whole)
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out[h.Name] = span{int64(len(whole) - r.Len()), h.Size}
	}
}

// A backup is for those it was sealed for, and says for whom that is.
func TestABackupOpensForWhomItIsSealed(t *testing.T) {
	f := openFolder(t, filepath.Join(t.TempDir(), "data"), textKey(1), nil)
	f.secret("servicenow/prod", "S3cr3t")
	alice, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	bob, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.backup")
	m, err := Write(t.Context(), path, f.source(), Options{Recipients: []age.Recipient{alice.Recipient()}, Now: time.Now()})
	if err != nil || m.SealedFor != "recipients" {
		t.Fatal(m, err)
	}
	a, err := Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	words, err := Identities(passphrase)
	if err != nil {
		t.Fatal(err)
	}
	for name, ids := range map[string][]age.Identity{"another identity": {bob}, "a passphrase": words} {
		if _, err := a.Open(ids); !errors.Is(err, ErrWrongKey) || !strings.Contains(err.Error(), "recipients") {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, err := a.Open([]age.Identity{bob, alice})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.Bundle.Secrets() != 1 || c.Bundle.SigningKey() != f.skey {
		t.Errorf("%d secrets, or another signing key", c.Bundle.Secrets())
	}
	// Neither a value nor a name nor a key is in it in clear text.
	whole := readFile(t, path)
	for _, clear := range []string{"S3cr3t", "servicenow", f.skey} {
		if bytes.Contains(whole, []byte(clear)) {
			t.Errorf("%q is in it in clear text", clear)
		}
	}
}

func TestABackupIsRefusedWhereItWouldBeWeakOrInTheWay(t *testing.T) {
	f := openFolder(t, filepath.Join(t.TempDir(), "data"), textKey(1), nil)
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	taken := filepath.Join(t.TempDir(), "taken")
	if err := os.WriteFile(taken, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	free := filepath.Join(t.TempDir(), "free")
	for name, c := range map[string]struct {
		ctx  context.Context
		path string
		o    Options
		want string
	}{
		"short passphrase":  {t.Context(), free, Options{Passphrase: []byte("short")}, "too short"},
		"nothing":           {t.Context(), free, Options{}, "too short"},
		"both":              {t.Context(), free, Options{Passphrase: passphrase, Recipients: []age.Recipient{id.Recipient()}}, "not for both"},
		"a file is there":   {t.Context(), taken, Options{Passphrase: passphrase, WorkFactor: 8}, "exists"},
		"no folder":         {t.Context(), filepath.Join(free, "x"), Options{Passphrase: passphrase, WorkFactor: 8}, "no such file"},
		"it was broken off": {ended, free, Options{Passphrase: passphrase, WorkFactor: 8}, "canceled"},
		"a folder is there": {t.Context(), filepath.Dir(taken), Options{Passphrase: passphrase, WorkFactor: 8}, "exists"},
	} {
		if _, err := Write(c.ctx, c.path, f.source(), c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", name, err, c.want)
		}
	}
	if b := readFile(t, taken); string(b) != "mine" {
		t.Errorf("the file that was there is %q", b)
	}
	if left := append(leftovers(t, filepath.Dir(free)), leftovers(t, filepath.Dir(taken))...); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	for name, text := range map[string]string{"text": "hello", "empty": "", "newer": `{"format":"tftsr backup","version":2}`} {
		path := filepath.Join(t.TempDir(), name)
		b := []byte(text)
		if name == "newer" {
			var tarred bytes.Buffer
			w := tar.NewWriter(&tarred)
			if err := errors.Join(w.WriteHeader(&tar.Header{Name: memberManifest, Size: int64(len(text))}), func() error { _, err := w.Write(b); return err }(), w.Close()); err != nil {
				t.Fatal(err)
			}
			b = tarred.Bytes()
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(t.Context(), path); !errors.Is(err, ErrNotABackup) || name == "newer" && !strings.Contains(err.Error(), "newer tftsr") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Where a database is gone and its record has left its heads, no new one is
// begun in silence: its record would be another one, under the heads of the old.
func TestADatabaseThatIsGoneIsNotBegunAnew(t *testing.T) {
	f := openFolder(t, filepath.Join(t.TempDir(), "data"), textKey(1), nil)
	f.issue("one")
	path := f.write("a.backup")
	f.close()
	if err := os.Remove(filepath.Join(f.dir, DatabaseFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := tryFolder(t, f.dir, textKey(1), nil); !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "db restore") {
		t.Errorf("a start without the database: %v", err)
	}
	if _, err := os.Stat(filepath.Join(f.dir, DatabaseFile)); err == nil {
		t.Error("a database was made")
	}
	if _, err := restore(t, opened(t, path), f.dir, textKey(1), nil, false); err != nil {
		t.Fatal(err)
	}
	g := openFolder(t, f.dir, textKey(1), nil)
	if kinds, intact := g.kinds(); !intact || !slices.Equal(kinds, []audit.Kind{audit.KindRestored}) || !slices.Equal(g.issues(), []string{"one"}) {
		t.Errorf("intact %v, %v, issues %v", intact, kinds, g.issues())
	}
}
