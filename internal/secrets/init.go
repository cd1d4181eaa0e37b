package secrets

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// InitOptions says how [Init] sets up a data folder.
type InitOptions struct {
	// DataDir is the data folder; it is created when it is missing.
	DataDir string
	// Source is where the key is to be. Required.
	Source Source
	// KeyFile is the path for SourceFile. A file that exists is adopted; otherwise it is created, mode 0600, and so is its folder.
	KeyFile string
	// Passphrase is for SourcePassphrase: at least 12 bytes.
	Passphrase []byte
	// DBKey is the text of TFTSR_DB_KEY, for SourceEnv.
	DBKey string
	// CredentialsDirectory is for SourceSystemd within a unit that already has the credential; it is then adopted.
	CredentialsDirectory string
	// Keyring is for SourceKeyring.
	Keyring Keyring
	// EncryptCredential stands in for systemd-creds in tests: it returns the encrypted form of a credential.
	EncryptCredential func(ctx context.Context, name string, plain []byte) ([]byte, error)
	// Now is the clock; nil means time.Now.
	Now func() time.Time

	bundle *Bundle // of [Adopt]
}

// minPassphrase is the least length of a new passphrase in bytes. scrypt slows guessing; it does not make short ones good.
const minPassphrase = 12

// InitResult is what [Init] did.
type InitResult struct {
	Source Source
	KeyID  string
	// Path is the file that now holds the key, where there is one.
	Path string
	// Next is a sentence for the person: what to do so that the next start finds the key. It may be empty.
	Next string
}

// Init makes the data key of a new data folder and puts it where Source says, or adopts a key that is there. A folder that has a key, or a
// database, is [ErrInitialised]: a second key would make the first one's data unreadable.
func Init(ctx context.Context, o InitOptions) (InitResult, error) {
	if o.DataDir == "" {
		return InitResult{}, errors.New("no data folder is configured")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	unlock, err := lockDir(ctx, o.DataDir)
	if err != nil {
		return InitResult{}, err
	}
	defer unlock()
	rec, err := readRecord(o.DataDir)
	if err != nil {
		return InitResult{}, err
	}
	if rec != nil {
		return InitResult{}, fmt.Errorf("%w: the data key of %s is in source %q, key id %s", ErrInitialised, o.DataDir, rec.Source, rec.KeyID)
	}
	if file, err := existingData(o.DataDir); err != nil {
		return InitResult{}, err
	} else if file != "" {
		return InitResult{}, fmt.Errorf("%w: %s exists, but %s, which says where its key is, does not: restore it from a backup, or give the key in TFTSR_DB_KEY",
			ErrInitialised, file, filepath.Join(o.DataDir, recordFile))
	}
	return o.run(ctx)
}

func (o *InitOptions) run(ctx context.Context) (InitResult, error) {
	switch o.Source {
	case SourceKeyring:
		keys, err := (&Options{DataDir: o.DataDir, Keyring: o.Keyring, Now: o.Now}).createInKeyring(ctx, o.dataKey(), o.newRecord)
		if err != nil {
			return InitResult{}, err
		}
		defer keys.Close()
		return InitResult{Source: SourceKeyring, KeyID: keys.ID()}, nil
	case SourceFile:
		return o.keyFile()
	case SourceEnv:
		key, err := parseKey([]byte(o.DBKey))
		if err != nil {
			return InitResult{}, fmt.Errorf("TFTSR_DB_KEY: %w", err)
		}
		if err := o.fits(key, "TFTSR_DB_KEY"); err != nil {
			return InitResult{}, err
		}
		return o.finish(SourceEnv, key, "", "", "Set TFTSR_DB_KEY at every start, and keep a copy: without it the data cannot be read.")
	case SourcePassphrase:
		if len(o.Passphrase) < minPassphrase {
			return InitResult{}, fmt.Errorf("the passphrase is too short: use at least %d characters, several random words at best", minPassphrase)
		}
		key := o.dataKey()
		defer wipe(key[:])
		if err := sealWithPassphrase(o.DataDir, key, o.Passphrase); err != nil {
			return InitResult{}, err
		}
		path := filepath.Join(o.DataDir, sealedFile)
		res, err := o.finish(SourcePassphrase, key, "", path, "Servers never ask: name a file that holds the passphrase in TFTSR_PASSPHRASE_FILE.")
		if err != nil {
			_ = os.Remove(path)
		}
		return res, err
	case SourceSystemd:
		return o.systemd(ctx)
	}
	return InitResult{}, errors.New("say where the data key is to be: keyring, systemd, file, env or passphrase")
}

func (o *InitOptions) keyFile() (InitResult, error) {
	path, err := filepath.Abs(o.KeyFile)
	if err != nil || o.KeyFile == "" {
		return InitResult{}, errors.New("name the key file")
	}
	key, err := readKeyFile(path)
	created := false
	if errors.Is(err, fs.ErrNotExist) {
		key, created = o.dataKey(), true
		err = writeNewKeyFile(path, key)
	} else if err == nil {
		err = o.fits(key, "the key file "+path)
	}
	defer wipe(key[:])
	if err != nil {
		return InitResult{}, err
	}
	res, err := o.finish(SourceFile, key, path, path, "Keep a copy of "+path+" in a safe place: without it the data cannot be read.")
	if err != nil && created {
		_ = os.Remove(path)
	}
	return res, err
}

func (o *InitOptions) systemd(ctx context.Context) (InitResult, error) {
	if o.CredentialsDirectory != "" {
		key, err := readCredential(o.CredentialsDirectory)
		if err != nil {
			return InitResult{}, err
		}
		defer wipe(key[:])
		if err := o.fits(key, "the systemd credential"); err != nil {
			return InitResult{}, err
		}
		return o.finish(SourceSystemd, key, "", "", "")
	}
	encrypt := o.EncryptCredential
	if encrypt == nil {
		encrypt = systemdCreds
	}
	key := o.dataKey()
	defer wipe(key[:])
	text := formatKey(key)
	defer wipe(text)
	sealed, err := encrypt(ctx, credentialName, text)
	if err != nil {
		return InitResult{}, err
	}
	path := filepath.Join(o.DataDir, credentialFile)
	if err := writeFile(path, sealed); err != nil {
		return InitResult{}, fmt.Errorf("systemd credential: %w", err)
	}
	res, err := o.finish(SourceSystemd, key, "", path, "Add to the unit: LoadCredentialEncrypted="+credentialName+":"+path)
	if err != nil {
		_ = os.Remove(path)
	}
	return res, err
}

// systemdCreds has systemd encrypt a credential under the TPM or the host's key (systemd-creds(1)); the plain text goes through a pipe.
func systemdCreds(ctx context.Context, name string, plain []byte) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "systemd-creds", "encrypt", "--name="+name, "-", "-")
	cmd.Stdin = bytes.NewReader(plain)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, errors.New("systemd-creds is not installed: it needs systemd 250 or newer; use --key-file or --passphrase instead")
	}
	if err != nil {
		return nil, fmt.Errorf("systemd-creds encrypt: %w: %s (it needs root)", err, bytes.TrimSpace(stderr.Bytes()))
	}
	return out, nil
}

func (o *InitOptions) finish(source Source, key [KeySize]byte, keyFile, path, next string) (InitResult, error) {
	rec := o.newRecord(source, keyID(key[:]))
	rec.KeyFile = keyFile
	if err := rec.write(o.DataDir); err != nil {
		return InitResult{}, err
	}
	return InitResult{Source: source, KeyID: rec.KeyID, Path: path, Next: next}, nil
}

func newDataKey() (key [KeySize]byte) {
	_, _ = rand.Read(key[:]) // never fails, says crypto/rand
	return key
}
