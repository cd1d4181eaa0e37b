package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/secrets"
)

// Errors that callers test for with [errors.Is].
var (
	// ErrNotABackup: the file is not a backup, or is of a newer version.
	ErrNotABackup = errors.New("not a backup of tftsr")
	// ErrDamaged: a digest does not fit, or the file is cut.
	ErrDamaged = errors.New("the backup is damaged")
	// ErrWrongKey: the passphrase or identity does not open it.
	ErrWrongKey = errors.New("this does not open the backup")
)

// maxWorkFactor bounds the memory that a file can make scrypt take.
const maxWorkFactor = 20

// Archive is a backup whose digests were checked.
type Archive struct {
	Manifest Manifest

	path   string
	keys   []byte
	log    []byte
	offset int64 // of the database in the file
}

// Read reads a backup and compares every member with the digest in the
// manifest. It needs no key, and proves nothing against somebody who can make
// files: see [Archive.Open].
func Read(ctx context.Context, path string) (*Archive, error) {
	a, err := read(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("backup %s: %w", path, err)
	}
	return a, nil
}

func read(ctx context.Context, path string) (*Archive, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	a := &Archive{path: path}
	r := tar.NewReader(&canceled{ctx, f})
	for i, want := range []string{memberManifest, memberKeys, memberLog, memberDatabase} {
		h, err := r.Next()
		if err != nil || h.Name != want || h.Typeflag != tar.TypeReg {
			if i == 0 || err == nil {
				return nil, errors.Join(ErrNotABackup, context.Cause(ctx))
			}
			return nil, fmt.Errorf("%w: it ends before its %s", ErrDamaged, want)
		}
		if want == memberDatabase {
			if a.offset, err = f.Seek(0, io.SeekCurrent); err != nil {
				return nil, err
			}
		} else if h.Size > maxSmall {
			return nil, fmt.Errorf("%w: its %s has %d bytes", ErrDamaged, want, h.Size)
		}
		var kept bytes.Buffer
		digest := sha256.New()
		to := io.Writer(digest)
		if want != memberDatabase {
			to = io.MultiWriter(digest, &kept)
		}
		n, err := io.Copy(to, r) //nolint:gosec // Nothing is unpacked: it is hashed, and small members only are kept.
		if err != nil {
			return nil, fmt.Errorf("%w: its %s is cut: %w", ErrDamaged, want, err)
		}
		if want == memberManifest {
			if err := a.parse(kept.Bytes()); err != nil {
				return nil, err
			}
			continue
		}
		if got := (Member{n, hex.EncodeToString(digest.Sum(nil))}); got != a.Manifest.Members[want] {
			return nil, fmt.Errorf("%w: its %s is not the one that the manifest describes", ErrDamaged, want)
		}
		switch want {
		case memberKeys:
			a.keys = kept.Bytes()
		case memberLog:
			a.log = kept.Bytes()
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something follows its end", ErrDamaged)
	}
	return a, nil
}

func (a *Archive) parse(text []byte) error {
	var head struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	switch err := json.Unmarshal(text, &head); {
	case err != nil || head.Format != format || head.Version < 1:
		return ErrNotABackup
	case head.Version > 1:
		return fmt.Errorf("%w: it has version %d, made by a newer tftsr: use that one", ErrNotABackup, head.Version)
	}
	if err := json.Unmarshal(text, &a.Manifest); err != nil {
		return fmt.Errorf("%w: its manifest cannot be read", ErrDamaged)
	}
	return nil
}

// Contents is an opened backup. Close wipes its keys.
type Contents struct {
	*Archive
	Bundle *secrets.Bundle
	Head   audit.Head // of the record, signed

	key    [32]byte
	signer string
}

// Close wipes the keys.
func (c *Contents) Close() {
	clear(c.key[:])
	c.Bundle.Close()
}

// Identities returns what opens a backup that is sealed for a passphrase.
func Identities(passphrase []byte) ([]age.Identity, error) {
	i, err := age.NewScryptIdentity(string(passphrase))
	if err != nil {
		return nil, errors.New("the passphrase is empty")
	}
	i.SetMaxWorkFactor(maxWorkFactor)
	return []age.Identity{i}, nil
}

// Open opens the sealed keys, and checks what they say of the rest of the
// backup: the digest of the database, whose data key and record it is, and
// the signature over the head of the record.
func (a *Archive) Open(identities []age.Identity) (*Contents, error) {
	c, err := a.open(identities)
	if err != nil {
		return nil, fmt.Errorf("backup %s: %w", a.path, err)
	}
	return c, nil
}

func (a *Archive) open(identities []age.Identity) (*Contents, error) {
	r, err := age.Decrypt(bytes.NewReader(a.keys), identities...)
	if err != nil {
		var none *age.NoIdentityMatchError
		if errors.As(err, &none) {
			return nil, fmt.Errorf("%w: it is sealed for %s", ErrWrongKey, a.Manifest.SealedFor)
		}
		return nil, fmt.Errorf("%w: its keys cannot be read: %w", ErrDamaged, err)
	}
	text, err := io.ReadAll(io.LimitReader(r, maxSmall))
	defer clear(text)
	if err != nil {
		return nil, fmt.Errorf("%w: its keys cannot be read: %w", ErrDamaged, err)
	}
	var k sealedKeys
	if json.Unmarshal(text, &k) != nil || len(k.DatabaseKey) != 32 {
		return nil, fmt.Errorf("%w: its keys are not in the form of tftsr", ErrDamaged)
	}
	defer clear(k.DatabaseKey)
	defer clear(k.Bundle)
	bundle, err := secrets.ParseBundle(k.Bundle)
	if err != nil {
		return nil, err
	}
	c := &Contents{Archive: a, Bundle: bundle, key: [32]byte(k.DatabaseKey), signer: bundle.SigningKey()}
	if err := c.check(k.Database); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Contents) check(database Member) error {
	m := c.Manifest
	switch {
	case database != m.Members[memberDatabase]:
		return fmt.Errorf("%w: its database is not the one that its keys were sealed with", ErrDamaged)
	case m.Installation != c.Bundle.Installation() || m.KeyID != c.Bundle.KeyID():
		return fmt.Errorf("%w: its manifest names another data key than the one in it", ErrDamaged)
	}
	signer, err := audit.NewHeadSigner(c.signer)
	if err != nil {
		return err
	}
	if c.Head, err = audit.OpenHead(signer.VerifierKey(), []byte(m.Checkpoint)); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}
