package sqlite

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"lukechampine.com/adiantum"
	"lukechampine.com/adiantum/hbsh"

	"github.com/tftsr/tftsr/store"
)

// pageSize is the page of SQLite and the block of the cipher at once, which
// is what makes a changed byte spoil a whole page.
const pageSize = 4096

// magic starts a plain SQLite database (https://sqlite.org/fileformat.html).
const magic = "SQLite format 3\x00"

// probes bounds the pages that are read to tell damage from a wrong key.
const probes = 256

// checkKey finds out whether key opens the database at path before SQLite
// sees the files. That order matters: a connection with a wrong key takes the
// write-ahead log for garbage and removes it when it closes, and with it what
// was not yet copied into the database. isNew reports that there is no
// database yet.
func checkKey(path string, key [32]byte) (isNew bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, orphan(path)
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() {
		return false, fmt.Errorf("%w: %s is not a file", store.ErrWrongKey, path)
	}
	if info.Size() == 0 {
		return true, orphan(path)
	}

	p := newProber(key)
	first := make([]byte, pageSize)
	if n, err := f.ReadAt(first, 0); err != nil && err != io.EOF {
		return false, err
	} else if bytes.HasPrefix(first[:n], []byte(magic)) {
		return false, fmt.Errorf("%w: %s is a database without encryption, not one of ours", store.ErrWrongKey, path)
	} else if n == pageSize && bytes.HasPrefix(p.decrypt(first, 0), []byte(magic)) {
		return false, nil
	}
	// The first page is spoilt, or the key is wrong, or another process is
	// just writing the page. Any other page that opens tells: a wrong key
	// passes the 64 bits of a checksum by chance once in 2^64.
	pages := info.Size() / pageSize
	step := max(1, pages/probes)
	page := make([]byte, pageSize)
	for i := int64(1); i < pages; i += step {
		if _, err := f.ReadAt(page, i*pageSize); err != nil {
			break
		}
		if p.checksummed(page, i*pageSize) {
			return false, nil // SQLite repairs the first page from the log, or says that it is damaged.
		}
	}
	if p.opensLog(path + "-wal") {
		return false, nil
	}
	if pages == 0 {
		return false, fmt.Errorf("%w: %s is cut to %d bytes: keep the file as it is and restore from a backup", store.ErrDamaged, path, info.Size())
	}
	return false, fmt.Errorf("%w: %s was made with another data key, or is not a database of tftsr; give the key that was used when it was made", store.ErrWrongKey, path)
}

// orphan refuses to begin a new database beside the log of one that is gone:
// SQLite would remove the log, and with it the last trace.
func orphan(path string) error {
	info, err := os.Stat(path + "-wal")
	if err != nil || info.Size() == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s is missing or empty but its log %s-wal is there: put the database back beside it, or move the log away", store.ErrDamaged, path, path)
}

// prober decrypts pages as the VFS does: one block, the offset as its tweak.
type prober struct {
	cipher *hbsh.HBSH
	tweak  [8]byte
}

func newProber(key [32]byte) *prober { return &prober{cipher: adiantum.New(key[:])} }

// decrypt decrypts page in place.
func (p *prober) decrypt(page []byte, off int64) []byte {
	binary.LittleEndian.PutUint64(p.tweak[:], uint64(off)) //nolint:gosec // offsets are not negative
	return p.cipher.Decrypt(page, p.tweak[:])
}

// checksummed decrypts page and reports whether its checksum holds.
func (p *prober) checksummed(page []byte, off int64) bool {
	page = p.decrypt(page, off)
	return pageSum(page) == [checksumBytes]byte(page[pageSize-checksumBytes:])
}

// opensLog reports whether the write-ahead log at path begins as one
// (https://sqlite.org/fileformat2.html#walformat).
func (p *prober) opensLog(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	block := make([]byte, pageSize)
	if _, err := io.ReadFull(f, block); err != nil {
		return false
	}
	return binary.BigEndian.Uint32(p.decrypt(block, 0))&^1 == 0x377f0682
}
