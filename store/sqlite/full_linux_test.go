package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tftsr/tftsr/store"
)

// TestARealFullDisk needs the right to mount, and is skipped without it: the
// test of the failing VFS always runs.
func TestARealFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=3m"); err != nil {
		t.Skipf("NOT RUN: no tmpfs can be mounted here (%v); run as root", err)
	}
	defer func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), Options{Path: filepath.Join(dir, "tftsr.db"), Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	fillUp(t, db, func() {
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	// Opening with no space at all: an error or success, no crash.
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, pageSize)
	for err == nil {
		_, err = f.Write(block)
	}
	f.Close()
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	db, err = Open(t.Context(), Options{Path: filepath.Join(dir, "tftsr.db"), Key: testKey})
	if err == nil {
		err = db.Bump(t.Context())
		db.Close()
	}
	if !errors.Is(err, store.ErrFull) {
		t.Errorf("error without any space is %v", err)
	}
}

// asNobody runs f without the rights of root over files: for this thread,
// which is f's alone, the identity for file access is another.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const nobody = 65534
	if err := errors.Join(unix.Setfsgid(nobody), unix.Setfsuid(nobody)); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(unix.Setfsuid(0), unix.Setfsgid(0)); err != nil {
			t.Fatal(err)
		}
	}()
	f()
}

func TestMountedReadOnly(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=3m"); err != nil {
		t.Skipf("NOT RUN: no tmpfs can be mounted here (%v); run as root", err)
	}
	defer func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	path := filepath.Join(dir, "tftsr.db")
	db, err := Open(t.Context(), Options{Path: path, Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	if err := openErr(t, Options{Path: path, Key: testKey}); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("error on a read-only mount is %v", err)
	}
}
