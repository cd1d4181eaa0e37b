package sqlite

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

// rawPages returns a database and its log, decrypted block by block, whether or
// not anything refers to what is in them.
func rawPages(t *testing.T, path string) []byte {
	t.Helper()
	var all []byte
	p := newProber(testKey)
	for _, name := range []string{path, path + "-wal"} {
		raw, err := os.ReadFile(name)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for off := 0; off+pageSize <= len(raw); off += pageSize {
			all = append(all, p.decrypt(bytes.Clone(raw[off:off+pageSize]), int64(off))...)
		}
	}
	return all
}

// An original that was forgotten is in no page of the file and nowhere in the
// log, however the vault came to be: rows that were moved, pages that were
// freed, a second process that has the database open.
func TestForgottenOriginalsAreInNoPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tftsr.db")
	db := openAt(t, path)
	other := openAt(t, path)
	if _, err := other.Generation(t.Context()); err != nil {
		t.Fatal(err)
	}
	original := func(i int) string { return fmt.Sprintf("forgettable.person.%04d@corp-mail.com", i) }
	var values []store.VaultValue
	for i := range 600 {
		v := mail(i)
		v.Value, v.Length = []byte(original(i)), len(original(i))
		values = append(values, v)
	}
	var tokens []pii.Token
	for len(values) > 0 {
		n := min(50, len(values))
		got, err := db.Allocate(t.Context(), values[:n])
		if err != nil {
			t.Fatal(err)
		}
		tokens, values = append(tokens, got...), values[n:]
		if err := db.CreateIssue(t.Context(), &triage.Issue{ID: fmt.Sprint(n, len(values)), Title: "between"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(rawPages(t, path), []byte(original(77))) {
		t.Fatal("the test does not see what is there")
	}
	kept := tokens[300]
	done, err := db.Forget(t.Context(), store.ForgetRequest{Tokens: append(tokens[:300:300], tokens[301:]...)})
	if err != nil || !done.Purged || len(done.Tokens) != 599 {
		t.Fatalf("%d forgotten, %+v, %v", len(done.Tokens), done.Purged, err)
	}
	pages := rawPages(t, path)
	for i := range 600 {
		if found := bytes.Contains(pages, []byte(original(i))); found != (i == 300) {
			t.Errorf("original %d is in a page: %v", i, found)
		}
	}
	// Half of it neither.
	if n := bytes.Count(pages, []byte("forgettable.person")); n != 1 {
		t.Errorf("%d pieces of originals are left", n-1)
	}
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() != 0 {
		t.Errorf("the log has %d bytes", info.Size())
	}
	if v, err := other.Original(t.Context(), kept); err != nil || string(v) != original(300) {
		t.Errorf("the one that is kept, from the other side: %q, %v", v, err)
	}
	if err := other.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// The salt of an issue's digests goes like an original: from every page.
func TestForgottenSaltsAreInNoPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tftsr.db")
	db := openAt(t, path)
	for _, id := range []string{"forgotten", "deleted", "kept"} {
		if err := db.CreateIssue(t.Context(), &triage.Issue{ID: id, Title: "title"}); err != nil {
			t.Fatal(err)
		}
	}
	salts, err := db.IssueSalts(t.Context(), []string{"forgotten", "deleted", "kept"})
	if err != nil || len(salts) != 3 {
		t.Fatal(len(salts), err)
	}
	if err := db.DeleteIssue(t.Context(), "deleted"); err != nil {
		t.Fatal(err)
	}
	if done, err := db.Forget(t.Context(), store.ForgetRequest{IssueID: "forgotten"}); err != nil || !done.Purged || done.DigestKeys != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	pages := rawPages(t, path)
	for id, salt := range salts {
		if found := bytes.Contains(pages, salt); found != (id == "kept") {
			t.Errorf("the salt of %s is in a page: %v", id, found)
		}
	}
}
