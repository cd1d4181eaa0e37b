package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	sqlite3 "github.com/ncruces/go-sqlite3"

	"github.com/tftsr/tftsr/store/storetest"
)

// belonging returns, by reflection over the schema, the tables whose rows
// belong to an issue: those that refer to one, or to a table that does.
func belonging(t *testing.T, c *conn) []string {
	t.Helper()
	parents := map[string][]string{}
	if err := c.query(`SELECT t.name, f."table" FROM pragma_table_list t JOIN pragma_foreign_key_list(t.name) f WHERE t.schema = 'main'`, nil, func(r row) error {
		parents[r.text(0)] = append(parents[r.text(0)], r.text(1))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	tables := []string{"issues"}
	if err := c.query(`SELECT t.name FROM pragma_table_list t JOIN pragma_table_info(t.name) c WHERE t.schema = 'main' AND c.name = 'issue_id'`, nil, func(r row) error {
		tables = append(tables, r.text(0))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(tables); i++ {
		for child, of := range parents {
			if slices.Contains(of, tables[i]) && !slices.Contains(tables, child) {
				tables = append(tables, child)
			}
		}
	}
	return tables
}

// Deleting an issue takes along every row that belongs to it, in whatever table:
// nothing that is left but the record holds an id of it or of anything of it.
// The tables are those of the schema, so that one that is added is looked at.
func TestNothingOfADeletedIssueIsLeft(t *testing.T) {
	db := openAt(t, filepath.Join(t.TempDir(), "tftsr.db"))
	storetest.Fill(t, db)
	var tables []string
	var ids []string // of the issue, and of all that belongs to it
	if err := db.alone(t.Context(), func(c *conn) error {
		tables = belonging(t, c)
		for _, table := range tables {
			rows := 0
			if err := c.query("SELECT * FROM "+sqlite3.QuoteIdentifier(table), nil, func(r row) error {
				rows++
				for i := range r.s.ColumnCount() {
					if name := r.s.ColumnName(i); name == "id" || strings.HasSuffix(name, "_id") {
						if v := r.text(i); len(v) == 36 && !slices.Contains(ids, v) {
							ids = append(ids, v)
						}
					}
				}
				return nil
			}); err != nil {
				return err
			}
			if rows == 0 {
				t.Errorf("table %s has no row of the issue: the test tests nothing of it", table)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(tables) < 11 || len(ids) < 6 {
		t.Fatalf("only %v and %v were found", tables, ids)
	}
	// What was kept of a large answer can have any id in it.
	if err := db.write(t.Context(), func(c *conn) error {
		_, err := c.exec("UPDATE results SET body = ?", []byte(strings.Join(ids, " ")))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	holding := func() map[string][]string {
		found := map[string][]string{}
		if err := db.alone(t.Context(), func(c *conn) error {
			return dump(c, func(string) bool { return true }, func(table, column string, value []byte) error {
				for _, id := range ids {
					if bytes.Contains(value, []byte(id)) {
						found[table] = append(found[table], column+": "+id)
					}
				}
				return nil
			})
		}); err != nil {
			t.Fatal(err)
		}
		return found
	}
	if before := holding(); len(before) < 8 {
		t.Fatalf("before the deletion only these hold an id: %v", before)
	}
	if err := db.DeleteIssue(context.Background(), ids[0]); err != nil {
		t.Fatal(err)
	}
	for table, values := range holding() {
		if table != "audit_log" {
			t.Errorf("table %s still holds %v", table, values)
		}
	}
	if err := db.read(t.Context(), func(c *conn) error {
		for _, table := range append(tables, "results") {
			if found, err := c.queryRow("SELECT 1 FROM "+sqlite3.QuoteIdentifier(table), nil, func(row) error { return nil }); err != nil || found {
				t.Errorf("table %s still has a row: %v", table, err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// Whatever has an id of its own and belongs to an issue names the salt of that
// issue's digests.
func TestEveryTableWithIDsIsLookedThroughForSalts(t *testing.T) {
	db := openAt(t, filepath.Join(t.TempDir(), "tftsr.db"))
	n := 0
	if err := db.alone(t.Context(), func(c *conn) error {
		return c.query(`SELECT t.name FROM pragma_table_list t WHERE t.schema = 'main'
			AND EXISTS (SELECT 1 FROM pragma_table_info(t.name) WHERE name = 'id' AND type = 'TEXT')
			AND EXISTS (SELECT 1 FROM pragma_table_info(t.name) WHERE name = 'issue_id')`, nil, func(r row) error {
			n++
			if !strings.Contains(issueOf, fmt.Sprintf("FROM %s WHERE", r.text(0))) {
				t.Errorf("an id of table %s names no salt", r.text(0))
			}
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	if n < 5 {
		t.Errorf("only %d tables were looked at", n)
	}
}
