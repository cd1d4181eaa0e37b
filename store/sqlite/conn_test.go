package sqlite

import (
	"context"
	"path/filepath"
	"testing"
)

// TestEveryConnectionIsSafe: none of these is kept in the file, or is what
// the engine does by itself, so a connection that lacks one would show
// nothing but, one day, the loss.
func TestEveryConnectionIsSafe(t *testing.T) {
	db := openAt(t, filepath.Join(t.TempDir(), "tftsr.db"))
	want := map[string]string{
		"journal_mode": "wal", "synchronous": "2", "fullfsync": "1", "checkpoint_fullfsync": "1", "page_size": "4096",
		"checksum_verification": "1", "temp_store": "2", "foreign_keys": "1", "secure_delete": "1", "trusted_schema": "0",
		"application_id": "1952871539",
	}
	check := func(c *conn) error {
		for pragma, value := range want {
			var got string
			if _, err := c.queryRow("PRAGMA "+pragma, nil, func(r row) error { got = r.text(0); return nil }); err != nil {
				return err
			}
			if got != value {
				t.Errorf("%s is %s, want %s", pragma, got, value)
			}
		}
		return nil
	}
	for name, use := range map[string]func(context.Context, func(*conn) error) error{
		"write": db.write, "read": db.read, "long read": db.readLong, "alone": db.alone,
	} {
		t.Run(name, func(t *testing.T) {
			if err := use(t.Context(), check); err != nil {
				t.Fatal(err)
			}
		})
	}
	if err := db.readLong(t.Context(), func(c *conn) error { _, err := c.exec("DELETE FROM meta"); return err }); err == nil {
		t.Error("a connection for reading writes")
	}
}

func TestABoundIsOnEveryValue(t *testing.T) {
	db := openAt(t, filepath.Join(t.TempDir(), "tftsr.db"))
	big := make([]byte, maxValue+1)
	for _, v := range []any{big, string(big), rawText(big)} {
		if err := db.write(t.Context(), func(c *conn) error {
			_, err := c.exec("INSERT INTO meta (key, value) VALUES ('x', ?)", v)
			return err
		}); err == nil {
			t.Errorf("a value of %d bytes as %T was taken", len(big), v)
		}
	}
	if err := db.write(t.Context(), func(c *conn) error {
		_, err := c.exec("INSERT INTO meta (key, value) VALUES ('x', ?)", big[1:])
		return err
	}); err != nil {
		t.Errorf("the largest value is refused: %v", err)
	}
}
