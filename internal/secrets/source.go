package secrets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"

	"filippo.io/age"
)

// maxKeyFileBytes bounds what is read of a file that should hold a key or a passphrase.
const maxKeyFileBytes = 4 << 10

// readKeyFile reads the data key from a file that only its owner may read.
func readKeyFile(path string) ([KeySize]byte, error) {
	text, err := readPrivate(path)
	if err != nil {
		return [KeySize]byte{}, fmt.Errorf("key file: %w", err)
	}
	defer wipe(text)
	key, err := parseKey(text)
	if err != nil {
		return key, fmt.Errorf("key file %s: %w", path, err)
	}
	return key, nil
}

// readCredential reads the data key from systemd's credentials folder. The folder is private to the unit; the files in it may carry a group
// bit, as the mask of an access list.
func readCredential(dir string) ([KeySize]byte, error) {
	path := filepath.Join(dir, credentialName)
	text, err := readSmall(path)
	if err != nil {
		return [KeySize]byte{}, fmt.Errorf("systemd credential: %w", err)
	}
	defer wipe(text)
	key, err := parseKey(text)
	if err != nil {
		return key, fmt.Errorf("systemd credential %s: %w", credentialName, err)
	}
	return key, nil
}

// ReadPassphraseFile reads a passphrase from a file that only its owner may
// read; one line break at its end is not part of it.
func ReadPassphraseFile(path string) ([]byte, error) { return readPassphrase(path, "") }

// readPassphrase reads a passphrase file; one line break at its end is not part of the passphrase.
func readPassphrase(path, credentials string) ([]byte, error) {
	read := readPrivate
	if credentials != "" && filepath.Dir(path) == filepath.Clean(credentials) {
		read = readSmall
	}
	text, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("passphrase file: %w", err)
	}
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
	if len(text) == 0 {
		return nil, fmt.Errorf("passphrase file %s is empty", path)
	}
	return text, nil
}

// ReadPrivate reads a small file that holds a secret, which users other than
// its owner cannot read.
func ReadPrivate(path string) ([]byte, error) { return readPrivate(path) }

// readPrivate reads a small file, unless users other than its owner can read it. Windows keeps access in lists that the mode does not show.
func readPrivate(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s is %w (mode %04o): run chmod 600 %s", path, ErrBadPermissions, info.Mode().Perm(), path)
	}
	return readSmall(path)
}

func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxKeyFileBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxKeyFileBytes {
		wipe(data)
		return nil, fmt.Errorf("%s is larger than %d bytes", path, maxKeyFileBytes)
	}
	return data, nil
}

// writeNewKeyFile writes a key into a file that must not exist yet. A folder
// that is missing is made, private to its owner.
func writeNewKeyFile(path string, key [KeySize]byte) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("folder of the key file: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	text := append(formatKey(key), '\n')
	defer wipe(text)
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		_ = os.Remove(path)
		return fmt.Errorf("key file: %w", err)
	}
	syncDir(filepath.Dir(path))
	return nil
}

// scryptWorkFactor is log2 of scrypt's N: about a second and 256 MiB, once at each start. Tests lower it.
var scryptWorkFactor = 18

// sealWithPassphrase seals the data key into the age file of a data folder. A person can open it with the age tool.
func sealWithPassphrase(dir string, key [KeySize]byte, passphrase []byte) error {
	recipient, err := age.NewScryptRecipient(string(passphrase))
	if err != nil {
		return errors.New("passphrase: it is empty")
	}
	recipient.SetWorkFactor(scryptWorkFactor)
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, recipient)
	if err != nil {
		return fmt.Errorf("seal the data key: %w", err)
	}
	text := append(formatKey(key), '\n')
	defer wipe(text)
	if _, err := w.Write(text); err != nil {
		return fmt.Errorf("seal the data key: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("seal the data key: %w", err)
	}
	if err := writeFile(filepath.Join(dir, sealedFile), sealed.Bytes()); err != nil {
		return fmt.Errorf("sealed data key: %w", err)
	}
	return nil
}

// openWithPassphrase is the inverse of sealWithPassphrase.
func openWithPassphrase(dir string, passphrase []byte) (key [KeySize]byte, err error) {
	path := filepath.Join(dir, sealedFile)
	sealed, err := readSmall(path)
	if errors.Is(err, fs.ErrNotExist) {
		return key, fmt.Errorf("%w: %s, the passphrase-sealed data key, does not exist: restore it from a backup", ErrKeyMissing, path)
	}
	if err != nil {
		return key, fmt.Errorf("sealed data key: %w", err)
	}
	identity, err := age.NewScryptIdentity(string(passphrase))
	if err != nil {
		return key, errors.New("passphrase: it is empty")
	}
	// The file could ask for any amount of memory; ours never asks for more than this.
	identity.SetMaxWorkFactor(20)
	r, err := age.Decrypt(bytes.NewReader(sealed), identity)
	// scrypt's 256 MiB are garbage now; a server that stays idle should not keep them.
	debug.FreeOSMemory()
	if err != nil {
		var noMatch *age.NoIdentityMatchError
		if errors.As(err, &noMatch) {
			return key, fmt.Errorf("%w %s", ErrBadPassphrase, path)
		}
		return key, fmt.Errorf("sealed data key %s is damaged: %w", path, err)
	}
	text, err := io.ReadAll(io.LimitReader(r, maxKeyFileBytes))
	if err != nil {
		return key, fmt.Errorf("sealed data key %s is damaged: %w", path, err)
	}
	defer wipe(text)
	if key, err = parseKey(text); err != nil {
		return key, fmt.Errorf("sealed data key %s: %w", path, err)
	}
	return key, nil
}

// passphrase obtains the passphrase: from the file, else from the function that may ask a person.
func (o *Options) passphrase(ctx context.Context) ([]byte, error) {
	if o.PassphraseFile != "" {
		return readPassphrase(o.PassphraseFile, o.CredentialsDirectory)
	}
	if o.Passphrase == nil {
		return nil, errors.New("the data key is sealed under a passphrase: put it into a file that only you can read and name the file in TFTSR_PASSPHRASE_FILE")
	}
	p, err := o.Passphrase(ctx)
	if err != nil {
		return nil, fmt.Errorf("passphrase: %w", err)
	}
	return p, nil
}

// given is a data key that the environment holds out, whatever is recorded.
type given struct {
	source Source
	name   string
	key    [KeySize]byte
	file   string
}

// givenKeys reads every key that the environment holds out, in the order of [Resolve].
func (o *Options) givenKeys() ([]given, error) {
	var found []given
	if o.CredentialsDirectory != "" {
		if _, err := os.Stat(filepath.Join(o.CredentialsDirectory, credentialName)); err == nil {
			key, err := readCredential(o.CredentialsDirectory)
			if err != nil {
				return nil, err
			}
			found = append(found, given{SourceSystemd, "the systemd credential " + credentialName, key, ""})
		}
	}
	if o.KeyFile != "" {
		key, err := readKeyFile(o.KeyFile)
		if err != nil {
			return nil, err
		}
		path, err := filepath.Abs(o.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("key file: %w", err)
		}
		found = append(found, given{SourceFile, "the key file " + o.KeyFile, key, path})
	}
	if strings.TrimSpace(o.DBKey) != "" {
		key, err := parseKey([]byte(o.DBKey))
		if err != nil {
			return nil, fmt.Errorf("TFTSR_DB_KEY: %w", err)
		}
		found = append(found, given{SourceEnv, "TFTSR_DB_KEY", key, ""})
	}
	return found, nil
}
