package secrets

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/gofrs/flock"
)

const (
	recordFile = "keysource.json"
	lockFile   = "keys.lock"
	// sealedFile is the data key sealed under a passphrase, in the age format (age-encryption.org/v1).
	sealedFile = "data-key.age"
	// credentialFile is the data key as systemd-creds encrypted it.
	credentialFile = "tftsr-key.cred" //nolint:gosec // the name of a file
	// credentialName is the credential's name in a unit.
	credentialName = "tftsr-key"
)

// lockWait bounds the wait for another process that holds the lock; what is done under it takes a few keyring calls at most.
const lockWait = time.Minute

// record is keysource.json: where the data key of this folder is, and which one it is. It holds no secret.
type record struct {
	Version      int       `json:"version"`
	Installation string    `json:"installation"`
	Source       Source    `json:"source"`
	KeyID        string    `json:"key_id"`
	KeyFile      string    `json:"key_file,omitempty"`
	CreatedAt    time.Time `json:"created_at"`
	// Database is the id of the database file, by which its key is derived; empty for the first. NextDatabase is that of the file that is being
	// put in its place. A record that has either is of version 2, which older programs refuse.
	Database     string `json:"database,omitempty"`
	NextDatabase string `json:"next_database,omitempty"`
}

var hexID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// readRecord returns the record of a data folder, or nil when it has none.
func readRecord(dir string) (rec *record, err error) {
	path := filepath.Join(dir, recordFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return rec, nil
	}
	if err != nil {
		return nil, fmt.Errorf("key record: %w", err)
	}
	var r record
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&r); err != nil {
		return nil, fmt.Errorf("key record %s is damaged (%w): restore it from a backup", path, err)
	}
	source, err := ParseSource(string(r.Source))
	switch {
	case r.Version > 2:
		return nil, fmt.Errorf("key record %s has version %d, made by a newer tftsr: use that one", path, r.Version)
	case err != nil || source == "" || r.Version < 1 || !hexID.MatchString(r.KeyID) || !hexID.MatchString(r.Installation),
		r.Database != "" && !hexID.MatchString(r.Database), r.NextDatabase != "" && !hexID.MatchString(r.NextDatabase):
		return nil, fmt.Errorf("key record %s is damaged: restore it from a backup", path)
	}
	return &r, nil
}

// newRecord starts a record with a fresh random installation id.
func newRecord(source Source, keyID string, now time.Time) *record {
	return &record{Version: 1, Installation: randomID(), Source: source, KeyID: keyID, CreatedAt: now.UTC().Truncate(time.Second)}
}

func randomID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, says crypto/rand
	return hex.EncodeToString(b[:])
}

// write makes the record durable: a crash leaves the old one or the new one.
func (r *record) write(dir string) error {
	r.Version = 1
	if r.Database != "" || r.NextDatabase != "" {
		r.Version = 2
	}
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("key record: %w", err)
	}
	if err := writeFile(filepath.Join(dir, recordFile), append(data, '\n')); err != nil {
		return fmt.Errorf("key record: %w", err)
	}
	return nil
}

// writeFile writes a file that only its owner can read, replacing one that is there, atomically and durably.
func writeFile(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(data); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	syncDir(filepath.Dir(path))
	return nil
}

// syncDir makes a rename durable where the platform can; Windows cannot open folders for it, and does not need it.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}

// lockDir takes the lock of a data folder, which it makes when it is missing. Everything that creates a key happens under it. An empty dir
// needs no lock.
func lockDir(ctx context.Context, dir string) (unlock func(), err error) {
	if dir == "" {
		return func() {}, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	path := filepath.Join(dir, lockFile)
	l := flock.New(path, flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	ok, err := l.TryLockContext(ctx, 10*time.Millisecond)
	if err != nil || !ok {
		_ = l.Close()
		if errors.Is(err, context.DeadlineExceeded) {
			return nil, fmt.Errorf("%s is held by another tftsr process that does not go on: end it and try again", path)
		}
		return nil, fmt.Errorf("lock of the data folder: %w", err)
	}
	return func() { _ = l.Close() }, nil
}

// existingData returns a file in the data folder that was, or may have been, encrypted under a data key, or "" when there is none. It errs on the
// side of finding one: where it does, no key is created.
func existingData(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("data folder: %w", err)
	}
	for _, e := range entries {
		if dataFile.MatchString(e.Name()) {
			return filepath.Join(dir, e.Name()), nil
		}
	}
	return "", nil
}

var dataFile = regexp.MustCompile(`(?i)\.(db|sqlite3?)(-wal|-shm|-journal)?(\..*)?$|^` + regexp.QuoteMeta(sealedFile) + `$|^` + regexp.QuoteMeta(credentialFile) + `$`)
