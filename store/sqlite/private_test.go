package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/store/storetest"
)

func TestAReadOnlyFolderOrFileIsSaid(t *testing.T) {
	for _, readOnly := range []string{"folder", "file"} {
		t.Run(readOnly, func(t *testing.T) {
			if readOnly == "folder" && runtime.GOOS == "windows" {
				return // Folders have no such mode there.
			}
			dir := t.TempDir()
			path := filepath.Join(dir, "tftsr.db")
			db := openAt(t, path)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			chmod := func(name string, mode fs.FileMode) {
				t.Helper()
				if err := os.Chmod(name, mode); err != nil {
					t.Fatal(err)
				}
			}
			// All may read and enter, so that whoever we are only writing fails.
			for d := dir; strings.HasPrefix(d, filepath.Clean(os.TempDir())+string(filepath.Separator)); d = filepath.Dir(d) {
				if info, err := os.Stat(d); err == nil && info.Mode().Perm()&0o005 != 0o005 {
					chmod(d, 0o755)
				}
			}
			run := filepath.Join(dir, "run")
			chmod(run, 0o777)
			chmod(path, 0o444)
			if readOnly == "folder" {
				chmod(path, 0o666)
				chmod(run, 0o555)
				chmod(dir, 0o555)
			} else {
				chmod(dir, 0o777)
			}
			defer func() {
				chmod(dir, 0o700)
				chmod(run, 0o700)
				chmod(path, 0o600)
			}()
			asNobody(t, func() {
				if err := openErr(t, Options{Path: path, Key: testKey}); !errors.Is(err, store.ErrReadOnly) {
					t.Errorf("error is %v", err)
				}
			})
		})
	}
}

func TestFilesAndFoldersArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // Modes are not what protects files there.
	}
	defer umask(umask(0))
	dir := filepath.Join(t.TempDir(), "new", "data")
	db := openAt(t, filepath.Join(dir, "tftsr.db"))
	storetest.Fill(t, db)
	var names []string
	if err := filepath.WalkDir(filepath.Dir(dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		names = append(names, d.Name())
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", d.Name(), info.Mode())
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(names) < 7 { // two folders, run, its lock files, database, log, index of the log
		t.Fatalf("only %v are there", names)
	}
}
