package secrets

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestFirstStartWithKeyringNeedsNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	ring := &MemoryKeyring{}
	first := mustResolve(t, Options{DataDir: dir, Keyring: ring, Now: clock})
	if first.Source() != SourceKeyring {
		t.Errorf("source %q, want keyring", first.Source())
	}
	if got, want := ring.Items(), []string{"data-key/" + first.Installation()}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("items %v, want %v", got, want)
	}
	if runtime.GOOS != "windows" {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("data folder: %v, %v; want mode 0700", info.Mode(), err)
		}
	}
	second := mustResolve(t, Options{DataDir: dir, Keyring: ring})
	if second.ID() != first.ID() || second.Installation() != first.Installation() || second.DatabaseKey("a") != first.DatabaseKey("a") {
		t.Error("the second start found another key")
	}
	record, err := os.ReadFile(filepath.Join(dir, recordFile))
	if err != nil {
		t.Fatal(err)
	}
	item, _ := ring.Get(t.Context(), ring.Items()[0])
	if strings.Contains(string(record), string(item)) {
		t.Error("keysource.json holds the key")
	}
	mustContain(t, string(record), first.ID(), `"source": "keyring"`, "2026-03-04T05:06:07Z")
}

func TestFirstStartWithoutKeyringNamesTheWaysOn(t *testing.T) {
	for name, ring := range map[string]Keyring{
		"none":        nil,
		"unavailable": &MemoryKeyring{Err: fmt.Errorf("keyring item x: %w", ErrUnavailable)},
		"locked":      &MemoryKeyring{Err: ErrLocked},
		"hanging":     &MemoryKeyring{Err: ErrTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := Resolve(t.Context(), Options{DataDir: dir, Keyring: ring})
			if !errors.Is(err, ErrNoKeySource) || !errors.Is(err, ErrUnavailable) {
				t.Fatalf("error %v, want ErrNoKeySource and ErrUnavailable", err)
			}
			mustContain(t, err.Error(), "tftsr init --key-file", "--passphrase", "--systemd", "TFTSR_DB_KEY", "openssl rand -base64 32")
			if _, err := os.Stat(filepath.Join(dir, recordFile)); !errors.Is(err, os.ErrNotExist) {
				t.Error("a failed start left a record behind")
			}
		})
	}
}

func TestHeadlessSourcesGiveTheKeyAndAreRemembered(t *testing.T) {
	credentials := t.TempDir()
	if err := os.WriteFile(filepath.Join(credentials, credentialName), []byte(textKey(1)), 0o440); err != nil {
		t.Fatal(err)
	}
	keyFile := writeTemp(t, "key", textKey(1)+"\n", 0o600)
	for _, tt := range []struct {
		name   string
		o      Options
		source Source
	}{
		{"environment", Options{DBKey: textKey(1)}, SourceEnv},
		{"environment with line break", Options{DBKey: textKey(1) + "\n"}, SourceEnv},
		{"key file", Options{KeyFile: keyFile}, SourceFile},
		{"systemd credential", Options{CredentialsDirectory: credentials}, SourceSystemd},
		{"systemd before file before environment", Options{CredentialsDirectory: credentials, KeyFile: keyFile, DBKey: textKey(1)}, SourceSystemd},
		{"file before environment", Options{KeyFile: keyFile, DBKey: textKey(1)}, SourceFile},
		{"explicit environment", Options{Source: SourceEnv, KeyFile: keyFile, DBKey: textKey(1)}, SourceEnv},
		{"credentials folder without ours", Options{CredentialsDirectory: t.TempDir(), DBKey: textKey(1)}, SourceEnv},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ring := &MemoryKeyring{}
			tt.o.DataDir, tt.o.Keyring = t.TempDir(), ring
			keys := mustResolve(t, tt.o)
			if keys.ID() != idOf(t, textKey(1)) || keys.Source() != tt.source {
				t.Errorf("got key %s from %s, want %s from %s", keys.ID(), keys.Source(), idOf(t, textKey(1)), tt.source)
			}
			if len(ring.Items()) != 0 {
				t.Errorf("a key was put into the keyring: %v", ring.Items())
			}
			rec, err := readRecord(tt.o.DataDir)
			if err != nil || rec.Source != tt.source || rec.KeyID != keys.ID() {
				t.Errorf("record %+v, %v", rec, err)
			}
			if again := mustResolve(t, tt.o); again.Installation() != keys.Installation() {
				t.Error("the installation id changed")
			}
		})
	}
}

func TestRecordedKeyFileIsFoundAgainWithoutBeingNamed(t *testing.T) {
	keyFile := writeTemp(t, "key", textKey(4), 0o600)
	dir := t.TempDir()
	mustResolve(t, Options{DataDir: dir, KeyFile: keyFile})
	if keys := mustResolve(t, Options{DataDir: dir}); keys.Source() != SourceFile || keys.ID() != idOf(t, textKey(4)) {
		t.Errorf("got %v", keys)
	}
}

func TestAnythingButBase64Of32BytesIsRefused(t *testing.T) {
	good := textKey(1)
	for _, text := range []string{
		"correct horse battery staple", good[:40], good + good, good[:43], strings.Replace(good, "=", "", 1), strings.ReplaceAll(good, "A", "-"),
		good[:20] + "\n" + good[20:], good[:42] + "h=", strings.Repeat("0", 64), "=", "A",
	} {
		t.Run(text, func(t *testing.T) {
			for name, o := range map[string]Options{
				"DB_KEY":         {DBKey: text},
				"DB_KEY_FILE":    {KeyFile: writeTemp(t, "key", text, 0o600)},
				"ENCRYPTION_KEY": {DBKey: good, EncryptionKey: text},
			} {
				o.DataDir = t.TempDir()
				_, err := Resolve(t.Context(), o)
				if !errors.Is(err, ErrBadKey) {
					t.Errorf("%s: error %v, want ErrBadKey", name, err)
					continue
				}
				mustContain(t, err.Error(), "openssl rand -base64 32")
				if len(text) > 2 && strings.Contains(err.Error(), text) {
					t.Errorf("%s: the error repeats the text", name)
				}
				if _, err := os.Stat(filepath.Join(o.DataDir, recordFile)); err == nil {
					t.Errorf("%s: a refused key was recorded", name)
				}
			}
		})
	}
}

func TestAnotherKeyIsAnErrorThatNamesBoth(t *testing.T) {
	dir, ring := t.TempDir(), &MemoryKeyring{}
	keys := mustResolve(t, Options{DataDir: dir, Keyring: ring})
	before, err := os.ReadFile(filepath.Join(dir, recordFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{
		"environment": {DBKey: textKey(7)},
		"explicit":    {DBKey: textKey(7), Source: SourceEnv},
		"file":        {KeyFile: writeTemp(t, "key", textKey(7), 0o600)},
	} {
		o.DataDir, o.Keyring = dir, ring
		_, err := Resolve(t.Context(), o)
		if !errors.Is(err, ErrKeyMismatch) {
			t.Errorf("%s: error %v, want ErrKeyMismatch", name, err)
			continue
		}
		mustContain(t, err.Error(), keys.ID(), idOf(t, textKey(7)), "keyring", recordFile)
	}
	if after, err := os.ReadFile(filepath.Join(dir, recordFile)); err != nil || string(after) != string(before) {
		t.Error("a refused key changed the record")
	}
	if len(ring.Items()) != 1 {
		t.Errorf("items %v, want the one of the first start", ring.Items())
	}
}

func TestTwoKeysHeldOutAtOnceMustAgree(t *testing.T) {
	_, err := Resolve(t.Context(), Options{DataDir: t.TempDir(), DBKey: textKey(1), KeyFile: writeTemp(t, "key", textKey(2), 0o600)})
	if !errors.Is(err, ErrKeyMismatch) {
		t.Fatalf("error %v, want ErrKeyMismatch", err)
	}
	mustContain(t, err.Error(), "TFTSR_DB_KEY", "key file", idOf(t, textKey(1)), idOf(t, textKey(2)))
}

func TestExplicitSourceWithTheSameKeyMovesTheRecord(t *testing.T) {
	dir, ring := t.TempDir(), &MemoryKeyring{}
	keys := mustResolve(t, Options{DataDir: dir, Keyring: ring})
	text, err := ring.Get(t.Context(), ring.Items()[0])
	if err != nil {
		t.Fatal(err)
	}
	file := writeTemp(t, "key", string(text), 0o600)
	moved := mustResolve(t, Options{DataDir: dir, Source: SourceFile, KeyFile: file})
	if moved.Installation() != keys.Installation() {
		t.Error("the installation id changed")
	}
	if again := mustResolve(t, Options{DataDir: dir}); again.Source() != SourceFile || again.ID() != keys.ID() {
		t.Errorf("after the move: %v", again)
	}
}

func TestNoKeyIsMadeWhereDataOrARecordExists(t *testing.T) {
	for _, name := range []string{"tftsr.db", "tftsr.db-wal", "x.sqlite", "X.DB", "tftsr.db.bak", sealedFile, credentialFile} {
		t.Run(name, func(t *testing.T) {
			dir, ring := t.TempDir(), &MemoryKeyring{}
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Resolve(t.Context(), Options{DataDir: dir, Keyring: ring})
			if !errors.Is(err, ErrKeyMissing) {
				t.Fatalf("error %v, want ErrKeyMissing", err)
			}
			mustContain(t, err.Error(), name, recordFile, "TFTSR_DB_KEY")
			if _, err := Init(t.Context(), InitOptions{DataDir: dir, Source: SourceKeyring, Keyring: ring}); !errors.Is(err, ErrInitialised) {
				t.Errorf("Init: %v, want ErrInitialised", err)
			}
			if len(ring.Items()) != 0 {
				t.Errorf("a key was made: %v", ring.Items())
			}
		})
	}
	t.Run("lost keyring item", func(t *testing.T) {
		dir := t.TempDir()
		mustResolve(t, Options{DataDir: dir, Keyring: &MemoryKeyring{}})
		empty := &MemoryKeyring{}
		_, err := Resolve(t.Context(), Options{DataDir: dir, Keyring: empty})
		if !errors.Is(err, ErrKeyMissing) || len(empty.Items()) != 0 {
			t.Errorf("error %v, items %v; want ErrKeyMissing and none", err, empty.Items())
		}
	})
	t.Run("lost environment", func(t *testing.T) {
		dir, ring := t.TempDir(), &MemoryKeyring{}
		mustResolve(t, Options{DataDir: dir, DBKey: textKey(1)})
		_, err := Resolve(t.Context(), Options{DataDir: dir, Keyring: ring})
		if !errors.Is(err, ErrKeyMissing) || len(ring.Items()) != 0 {
			t.Errorf("error %v, items %v; want ErrKeyMissing and none", err, ring.Items())
		}
	})
	t.Run("damaged record", func(t *testing.T) {
		for _, text := range []string{"", "{}", "null", `{"version":1,"source":"keyring","key_id":"x","installation":"y"}`, `{"version":2}`} {
			dir, ring := t.TempDir(), &MemoryKeyring{}
			if err := os.WriteFile(filepath.Join(dir, recordFile), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Resolve(t.Context(), Options{DataDir: dir, Keyring: ring, DBKey: textKey(1)}); err == nil || len(ring.Items()) != 0 {
				t.Errorf("%q: error %v, items %v", text, err, ring.Items())
			}
		}
	})
}

func TestGivenKeyIsTakenWhereADatabaseExists(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tftsr.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if keys := mustResolve(t, Options{DataDir: dir, DBKey: textKey(1)}); keys.ID() != idOf(t, textKey(1)) {
		t.Errorf("got %v", keys)
	}
}

func TestFilesThatOthersCanReadAreRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps access in lists that the mode does not show")
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o644, 0o620, 0o601} {
		t.Run(mode.String(), func(t *testing.T) {
			_, err := Resolve(t.Context(), Options{DataDir: t.TempDir(), KeyFile: writeTemp(t, "key", textKey(1), mode)})
			if !errors.Is(err, ErrBadPermissions) {
				t.Errorf("key file: %v, want ErrBadPermissions", err)
			} else {
				mustContain(t, err.Error(), "chmod 600")
			}
			if _, err := readPassphrase(writeTemp(t, "p", "pass", mode), ""); !errors.Is(err, ErrBadPermissions) {
				t.Errorf("passphrase file: %v, want ErrBadPermissions", err)
			}
		})
	}
}

func TestKeyFilesThatAreNotSmallRegularFilesAreRefused(t *testing.T) {
	for name, path := range map[string]string{
		"missing": filepath.Join(t.TempDir(), "missing"),
		"folder":  t.TempDir(),
		"large":   writeTemp(t, "large", strings.Repeat("A", maxKeyFileBytes+1), 0o600),
		"empty":   writeTemp(t, "empty", "", 0o600),
	} {
		if _, err := Resolve(t.Context(), Options{DataDir: t.TempDir(), KeyFile: path}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestFirstStartsAtOnceAgreeOnOneKey(t *testing.T) {
	dir, ring := t.TempDir(), &MemoryKeyring{}
	ids := make([]string, 12)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			keys, err := Resolve(context.Background(), Options{DataDir: dir, Keyring: ring})
			if err != nil {
				t.Errorf("start %d: %v", i, err)
				return
			}
			ids[i] = keys.ID()
		})
	}
	wg.Wait()
	for i, id := range ids {
		if id == "" || id != ids[0] {
			t.Errorf("start %d has key id %q, the first %q", i, id, ids[0])
		}
	}
	if len(ring.Items()) != 1 {
		t.Errorf("%d keys were made: %v", len(ring.Items()), ring.Items())
	}
}

// fileKeyring is a keyring that several processes share, without any locking of its own.
type fileKeyring struct{ dir string }

func (f fileKeyring) path(item string) string {
	return filepath.Join(f.dir, strings.ReplaceAll(item, "/", "_"))
}

func (f fileKeyring) Get(_ context.Context, item string) ([]byte, error) {
	b, err := os.ReadFile(f.path(item))
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrNotFound
	}
	return b, err
}

func (f fileKeyring) Set(_ context.Context, item string, v []byte) error {
	return os.WriteFile(f.path(item), v, 0o600)
}

func (f fileKeyring) Delete(_ context.Context, item string) error { return os.Remove(f.path(item)) }

// firstStartChild is one of the processes of the next test.
func firstStartChild(dir string) int {
	keys, err := Resolve(context.Background(), Options{DataDir: filepath.Join(dir, "data"), Keyring: fileKeyring{filepath.Join(dir, "ring")}})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(keys.ID())
	return 0
}

func TestFirstStartsOfProcessesAtOnceAgreeOnOneKey(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for round := range 3 {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "ring"), 0o700); err != nil {
			t.Fatal(err)
		}
		outputs := make([]string, 6)
		var wg sync.WaitGroup
		for i := range outputs {
			wg.Go(func() {
				cmd := exec.Command(self)
				cmd.Env = append(os.Environ(), "TFTSR_TEST_FIRST_START="+dir)
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Errorf("process %d: %v: %s", i, err, out)
				}
				outputs[i] = string(out)
			})
		}
		wg.Wait()
		for i, out := range outputs {
			if len(strings.TrimSpace(out)) != 32 || out != outputs[0] {
				t.Errorf("round %d: process %d says %q, the first %q", round, i, out, outputs[0])
			}
		}
		items, err := os.ReadDir(filepath.Join(dir, "ring"))
		if err != nil || len(items) != 1 {
			t.Errorf("round %d: %d items, %v; want 1", round, len(items), err)
		}
	}
}

func TestKeyringThatForgetsIsNotTrustedWithTheKey(t *testing.T) {
	dir := t.TempDir()
	_, err := Resolve(t.Context(), Options{DataDir: dir, Keyring: forgetful{&MemoryKeyring{}}})
	if !errors.Is(err, ErrNoKeySource) {
		t.Fatalf("error %v, want ErrNoKeySource", err)
	}
	if _, err := os.Stat(filepath.Join(dir, recordFile)); err == nil {
		t.Error("a record was written for a key that is nowhere")
	}
}

type forgetful struct{ *MemoryKeyring }

func (forgetful) Set(context.Context, string, []byte) error { return nil }

func TestReadOnlyFolderWithARecordWorks(t *testing.T) {
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Log("root and Windows can write everywhere; what is checked is only that a second start writes nothing")
	}
	dir, ring := t.TempDir(), &MemoryKeyring{}
	mustResolve(t, Options{DataDir: dir, Keyring: ring})
	if err := os.Remove(filepath.Join(dir, lockFile)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o700)
	mustResolve(t, Options{DataDir: dir, Keyring: ring})
	if _, err := os.Stat(filepath.Join(dir, lockFile)); err == nil {
		t.Error("the second start took the lock, which a read-only folder does not allow")
	}
}
