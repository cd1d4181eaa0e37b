package secrets

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestInitPutsTheKeyWhereTheNextStartFindsIt(t *testing.T) {
	passphrase := "four random words here"
	credentials := t.TempDir()
	encrypt := func(_ context.Context, name string, plain []byte) ([]byte, error) {
		if name != credentialName {
			t.Errorf("credential name %q", name)
		}
		// What systemd does at the start of the unit: the decrypted credential appears in its folder.
		return []byte("sealed"), os.WriteFile(filepath.Join(credentials, name), plain, 0o400)
	}
	newFile := filepath.Join(t.TempDir(), "new-key")
	oldFile := writeTemp(t, "old-key", textKey(9)+"\n", 0o600)
	ring := &MemoryKeyring{}
	for name, tt := range map[string]struct {
		init InitOptions
		next Options
		path string
	}{
		"new key file":   {InitOptions{Source: SourceFile, KeyFile: newFile}, Options{}, newFile},
		"old key file":   {InitOptions{Source: SourceFile, KeyFile: oldFile}, Options{}, oldFile},
		"environment":    {InitOptions{Source: SourceEnv, DBKey: textKey(3)}, Options{DBKey: textKey(3)}, ""},
		"keyring":        {InitOptions{Source: SourceKeyring, Keyring: ring}, Options{Keyring: ring}, ""},
		"passphrase":     {InitOptions{Source: SourcePassphrase, Passphrase: []byte(passphrase)}, Options{PassphraseFile: writeTemp(t, "p", passphrase+"\n", 0o600)}, "DIR/" + sealedFile},
		"passphrase tty": {InitOptions{Source: SourcePassphrase, Passphrase: []byte(passphrase)}, Options{Passphrase: func(context.Context) ([]byte, error) { return []byte(passphrase), nil }}, "DIR/" + sealedFile},
		"systemd":        {InitOptions{Source: SourceSystemd, EncryptCredential: encrypt}, Options{CredentialsDirectory: credentials}, "DIR/" + credentialFile},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			tt.init.DataDir, tt.next.DataDir = dir, dir
			res, err := Init(t.Context(), tt.init)
			if err != nil {
				t.Fatal(err)
			}
			want := tt.path
			if rest, ok := strings.CutPrefix(want, "DIR/"); ok {
				want = filepath.Join(dir, rest)
			}
			if res.Path != want {
				t.Errorf("path %q, want %q", res.Path, want)
			}
			if want != "" && runtime.GOOS != "windows" {
				if info, err := os.Stat(want); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%s: %v, %v; want mode 0600", want, info.Mode(), err)
				}
			}
			keys := mustResolve(t, tt.next)
			if keys.ID() != res.KeyID || keys.Source() != tt.init.Source || res.Source != tt.init.Source {
				t.Errorf("started with %v, initialised %+v", keys, res)
			}
			// A folder that has its key is never given another.
			if _, err := Init(t.Context(), tt.init); !errors.Is(err, ErrInitialised) {
				t.Errorf("second Init: %v, want ErrInitialised", err)
			}
			if again := mustResolve(t, tt.next); again.ID() != res.KeyID {
				t.Error("the second Init changed the key")
			}
		})
	}
}

func TestWrongOrMissingPassphraseDoesNotOpen(t *testing.T) {
	dir := t.TempDir()
	if _, err := Init(t.Context(), InitOptions{DataDir: dir, Source: SourcePassphrase, Passphrase: []byte("the right passphrase")}); err != nil {
		t.Fatal(err)
	}
	wrong := writeTemp(t, "p", "the wrong passphrase", 0o600)
	if _, err := Resolve(t.Context(), Options{DataDir: dir, PassphraseFile: wrong}); !errors.Is(err, ErrBadPassphrase) {
		t.Errorf("wrong passphrase: %v, want ErrBadPassphrase", err)
	} else if strings.Contains(err.Error(), "the wrong") {
		t.Error("the error repeats the passphrase")
	}
	_, err := Resolve(t.Context(), Options{DataDir: dir})
	if err == nil {
		t.Fatal("opened without a passphrase")
	}
	mustContain(t, err.Error(), "TFTSR_PASSPHRASE_FILE")
	if _, err := Resolve(t.Context(), Options{DataDir: dir, PassphraseFile: writeTemp(t, "p", "\n", 0o600)}); err == nil {
		t.Error("an empty passphrase file was accepted")
	}

	sealed := filepath.Join(dir, sealedFile)
	data, err := os.ReadFile(sealed)
	if err != nil {
		t.Fatal(err)
	}
	right := writeTemp(t, "p", "the right passphrase", 0o600)
	for i := 0; i < len(data); i += 7 {
		broken := append([]byte(nil), data...)
		broken[i] ^= 1
		if err := os.WriteFile(sealed, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		if keys, err := Resolve(t.Context(), Options{DataDir: dir, PassphraseFile: right}); err == nil {
			t.Errorf("byte %d of the sealed key changed, and it still opened: %v", i, keys)
		}
	}
	if err := os.Remove(sealed); err != nil {
		t.Fatal(err)
	}
	if _, err := Resolve(t.Context(), Options{DataDir: dir, PassphraseFile: right}); !errors.Is(err, ErrKeyMissing) {
		t.Errorf("sealed key gone: %v, want ErrKeyMissing", err)
	}
}

func TestInitRefusesWhatCannotWork(t *testing.T) {
	for name, o := range map[string]InitOptions{
		"no source":           {},
		"short passphrase":    {Source: SourcePassphrase, Passphrase: []byte("short")},
		"no key file":         {Source: SourceFile},
		"key file in a file":  {Source: SourceFile, KeyFile: filepath.Join(writeTemp(t, "file", "hello", 0o600), "key")},
		"bad key file":        {Source: SourceFile, KeyFile: writeTemp(t, "key", "hello", 0o600)},
		"no environment":      {Source: SourceEnv},
		"no keyring":          {Source: SourceKeyring},
		"no credential":       {Source: SourceSystemd, CredentialsDirectory: t.TempDir()},
		"systemd-creds fails": {Source: SourceSystemd, EncryptCredential: func(context.Context, string, []byte) ([]byte, error) { return nil, errors.New("no TPM") }},
	} {
		t.Run(name, func(t *testing.T) {
			o.DataDir = t.TempDir()
			if res, err := Init(t.Context(), o); err == nil {
				t.Fatalf("accepted: %+v", res)
			}
			if rec, err := readRecord(o.DataDir); rec != nil || err != nil {
				t.Errorf("a failed Init left a record: %+v, %v", rec, err)
			}
			if file, err := existingData(o.DataDir); file != "" || err != nil {
				t.Errorf("a failed Init left %s, %v", file, err)
			}
		})
	}
}

func TestPassphraseFileLosesOneLineBreakAndNothingElse(t *testing.T) {
	for text, want := range map[string]string{
		"a b": "a b", "a b\n": "a b", "a b\r\n": "a b", "a b\n\n": "a b\n", " a b ": " a b ", "": "", "\n": "",
	} {
		got, err := ReadPassphraseFile(writeTemp(t, "p", text, 0o600))
		if string(got) != want || (err != nil) != (want == "") {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
	if runtime.GOOS != "windows" {
		if _, err := ReadPassphraseFile(writeTemp(t, "p", "a b", 0o644)); !errors.Is(err, ErrBadPermissions) {
			t.Errorf("readable by others: %v, want ErrBadPermissions", err)
		}
	}
}

// TestSystemdCredsRoundTrip runs the real systemd-creds, with the host key that it makes when run as root.
func TestSystemdCredsRoundTrip(t *testing.T) {
	if _, err := exec.LookPath("systemd-creds"); err != nil {
		if _, err := systemdCreds(t.Context(), credentialName, []byte("x")); err == nil || !strings.Contains(err.Error(), "not installed") {
			t.Errorf("error %v", err)
		}
		t.Skip("NOT RUN: systemd-creds is not installed; only its error was checked")
	}
	dir := t.TempDir()
	res, err := Init(t.Context(), InitOptions{DataDir: dir, Source: SourceSystemd})
	if err != nil {
		// Neither root nor a TPM: the error must say what is needed, and nothing may be left behind.
		mustContain(t, err.Error(), "systemd-creds", "root")
		if file, _ := existingData(dir); file != "" {
			t.Errorf("a failed Init left %s", file)
		}
		t.Skip("NOT RUN: systemd-creds cannot encrypt here; only its error was checked; run as root")
	}
	plain, err := exec.Command("systemd-creds", "decrypt", "--name="+credentialName, res.Path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	if idOf(t, string(plain)) != res.KeyID {
		t.Error("the decrypted credential is another key")
	}
	sealed, err := os.ReadFile(res.Path)
	if err != nil || strings.Contains(string(sealed), string(plain)) {
		t.Errorf("the credential holds the key in the clear, or %v", err)
	}
}
