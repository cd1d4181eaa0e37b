package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/store/sqlite"
)

// A backup is an uncompressed tar file (POSIX.1-2001, pax) of
//
//	manifest.json     what it is, in clear text, with the digests of the others
//	keys.age          the key of the database member, the data key and all
//	                  secrets, sealed (age-encryption.org/v1)
//	checkpoints.log   the signed checkpoints that were beside the database
//	database          the encrypted copy, under a random key of its own
//
// in this order. No name, no value and no key is in it in clear text.
const (
	memberManifest = "manifest.json"
	memberKeys     = "keys.age"
	memberLog      = "checkpoints.log"
	memberDatabase = "database"

	format = "tftsr backup"

	maxSmall = 64 << 20 // bytes of a member that is read into memory
)

// Manifest describes a backup. It is not authenticated by itself: that the
// sealed keys name the digest of the database, and that the head is signed, is.
type Manifest struct {
	Format       string            `json:"format"`
	Version      int               `json:"version"`
	Program      string            `json:"program"` // version of tftsr
	CreatedAt    time.Time         `json:"created_at"`
	Installation string            `json:"installation"`
	KeyID        string            `json:"key_id"` // of the data key
	Schema       int64             `json:"schema"`
	Entries      int64             `json:"entries"`    // of the record
	Checkpoint   string            `json:"checkpoint"` // the signed head of the record, as of the copy
	VerifierKey  string            `json:"verifier_key"`
	SealedFor    string            `json:"sealed_for"` // "passphrase" or "recipients"
	Members      map[string]Member `json:"members"`
}

// Member is a file within a backup.
type Member struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// sealedKeys is the clear text of keys.age.
type sealedKeys struct {
	DatabaseKey []byte          `json:"database_key"`
	Database    Member          `json:"database"`
	Bundle      json.RawMessage `json:"bundle"`
}

// Source is an open data folder.
type Source struct {
	DataDir string
	DB      *sqlite.DB
	Secrets *secrets.Store
	Keys    *secrets.Keys
	SignKey string // of the record
}

// Options says how [Write] seals.
type Options struct {
	// Passphrase or Recipients, one of them.
	Passphrase []byte
	Recipients []age.Recipient
	Program    string    // version of the program, for the manifest
	Now        time.Time // of the manifest
	WorkFactor int       // log2 of scrypt's N; 0 means 18, about a second
}

// MinPassphrase is the least length of a passphrase in bytes.
const MinPassphrase = 12

func (o Options) recipients() ([]age.Recipient, string, error) {
	switch {
	case len(o.Passphrase) > 0 && len(o.Recipients) > 0:
		return nil, "", errors.New("seal the backup for a passphrase or for recipients, not for both")
	case len(o.Recipients) > 0:
		return o.Recipients, "recipients", nil
	case len(o.Passphrase) < MinPassphrase:
		return nil, "", fmt.Errorf("the passphrase is too short: use at least %d characters, several random words at best", MinPassphrase)
	}
	r, err := age.NewScryptRecipient(string(o.Passphrase))
	if err != nil {
		return nil, "", errors.New("the passphrase is empty")
	}
	if o.WorkFactor > 0 {
		r.SetWorkFactor(o.WorkFactor)
	}
	return []age.Recipient{r}, "passphrase", nil
}

// Write writes a backup into a new file at path, which is there only once it
// is whole and on the disk. The database may be in use, here and in other
// processes: the backup is of one moment.
func Write(ctx context.Context, path string, src Source, o Options) (m *Manifest, err error) {
	recipients, kind, err := o.recipients()
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(path); err == nil {
		return nil, fmt.Errorf("%s: %w: name another file, or remove it first", path, fs.ErrExist)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("the folder of the backup: %w", err)
	}
	bundle, err := src.Secrets.Bundle(ctx)
	if err != nil {
		return nil, err
	}
	defer bundle.Close()

	// Where the backup goes there is room for it. What a kill leaves of the two
	// files is under a key that nobody has.
	copied, partial := path+".part-db", path+".part"
	defer func() {
		for _, p := range []string{copied, copied + "-wal", copied + "-shm", copied + "-journal", partial} {
			err = errors.Join(err, remove(p))
		}
	}()
	if err := errors.Join(remove(copied), remove(partial)); err != nil {
		return nil, err
	}
	var key [32]byte
	defer clear(key[:])
	_, _ = rand.Read(key[:]) // never fails, says crypto/rand
	if err := src.DB.CopyTo(ctx, copied, key); err != nil {
		return nil, err
	}
	m = &Manifest{
		Format: format, Version: 1, Program: o.Program, CreatedAt: o.Now.UTC().Truncate(time.Second), SealedFor: kind,
		Installation: src.Keys.Installation(), KeyID: src.Keys.ID(), Members: map[string]Member{},
	}
	if err := m.describe(ctx, src, copied, key); err != nil {
		return nil, fmt.Errorf("the copy: %w", err)
	}
	log, err := os.ReadFile(filepath.Join(src.DataDir, LogFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	database, err := memberOf(copied)
	if err != nil {
		return nil, err
	}
	sealed, err := seal(recipients, bundle, key, database)
	if err != nil {
		return nil, err
	}
	m.Members[memberDatabase] = database
	m.Members[memberKeys] = memberOfBytes(sealed)
	m.Members[memberLog] = memberOfBytes(log)
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := writeTar(ctx, partial, o.Now, append(text, '\n'), sealed, log, copied, database.Size); err != nil {
		return nil, err
	}
	// A link refuses to take the place of a file that came meanwhile.
	if err := os.Link(partial, path); errors.Is(err, fs.ErrExist) {
		return nil, err
	} else if err != nil { // a file system without links
		if err := os.Rename(partial, path); err != nil {
			return nil, err
		}
	}
	return m, syncDir(filepath.Dir(path))
}

// describe takes from the copy what the manifest says of it.
func (m *Manifest) describe(ctx context.Context, src Source, path string, key [32]byte) (err error) {
	db, err := sqlite.Open(ctx, sqlite.Options{Path: path, Key: key, Dir: filepath.Join(src.DataDir, "run")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	stats, err := db.Stats(ctx)
	if err != nil {
		return err
	}
	m.Schema = stats.Schema
	signer, err := audit.NewHeadSigner(src.SignKey)
	if err != nil {
		return err
	}
	m.VerifierKey = signer.VerifierKey()
	head, err := headOf(ctx, db)
	if err != nil {
		return err
	}
	m.Entries = head.Size
	note, err := signer.Sign(head)
	m.Checkpoint = string(note)
	return err
}

// headOf verifies the chain of a database and returns its head.
func headOf(ctx context.Context, db store.Record) (audit.Head, error) {
	origin, err := db.Origin(ctx)
	if err != nil {
		return audit.Head{}, err
	}
	v := audit.NewVerifier()
	if err := db.Entries(ctx, 1, 0, func(e audit.Entry) error { v.Add(e); return nil }); err != nil {
		return audit.Head{}, err
	}
	r := v.Report()
	if err := r.Err(); err != nil {
		return audit.Head{}, err
	}
	return audit.Head{Origin: origin, Size: r.Head.Size, Root: r.Head.Root}, nil
}

func seal(recipients []age.Recipient, bundle *secrets.Bundle, key [32]byte, database Member) ([]byte, error) {
	inner, err := bundle.MarshalSecret()
	if err != nil {
		return nil, err
	}
	defer clear(inner)
	text, err := json.Marshal(sealedKeys{key[:], database, inner})
	if err != nil {
		return nil, err
	}
	defer clear(text)
	var out bytes.Buffer
	w, err := age.Encrypt(&out, recipients...)
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("seal the keys: %w", err)
	}
	return out.Bytes(), nil
}

func writeTar(ctx context.Context, path string, now time.Time, manifest, sealed, log []byte, database string, size int64) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := tar.NewWriter(f)
	add := func(name string, size int64, r io.Reader) error {
		err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: now.UTC().Truncate(time.Second), Format: tar.FormatPAX})
		if err == nil {
			_, err = io.Copy(w, &canceled{ctx, r})
		}
		return err
	}
	db, err := os.Open(database)
	if err != nil {
		return err
	}
	defer db.Close()
	return errors.Join(
		add(memberManifest, int64(len(manifest)), bytes.NewReader(manifest)),
		add(memberKeys, int64(len(sealed)), bytes.NewReader(sealed)),
		add(memberLog, int64(len(log)), bytes.NewReader(log)),
		add(memberDatabase, size, db),
		w.Close(), f.Sync())
}

// canceled is a reader that ends with its context.
type canceled struct {
	ctx context.Context
	r   io.Reader
}

func (c *canceled) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.r.Read(p)
}

func memberOf(path string) (Member, error) {
	f, err := os.Open(path)
	if err != nil {
		return Member{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return Member{n, hex.EncodeToString(h.Sum(nil))}, err
}

func memberOfBytes(b []byte) Member {
	sum := sha256.Sum256(b)
	return Member{int64(len(b)), hex.EncodeToString(sum[:])}
}
