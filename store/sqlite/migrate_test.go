package sqlite

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/store/migrations"
	"github.com/tftsr/tftsr/store/storetest"
)

var update = flag.Bool("update", false, "write the database of the newest schema to testdata")

func fixture(version int64) string {
	return filepath.Join("testdata", fmt.Sprintf("schema-v%d.db", version))
}

// TestUpdateFixture writes the fixture of the newest schema. Those of older
// schemas are never written again: they are what older programs made.
func TestUpdateFixture(t *testing.T) {
	if !*update {
		return
	}
	path := filled(t)
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	copyFile(t, path, fixture(migrations.SQLiteVersion()))
}

func TestDatabasesOfEverySchemaAreBroughtUpToDate(t *testing.T) {
	fresh := openAt(t, filepath.Join(t.TempDir(), "fresh.db"))
	want := schema(t, fresh)
	files, err := fs.Glob(migrations.SQLite(), "*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		number, _, _ := strings.Cut(name, "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprint("v", version), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "tftsr.db")
			copyFile(t, fixture(version), path) // There must be one for every schema.
			db := openAt(t, path)
			if got := schema(t, db); got != want {
				t.Errorf("the schema is\n%s\nwant that of a new database\n%s\n(a schema that is released must not be edited; one that is not: go test ./store/sqlite -run Fixture -update)", got, want)
			}
			if err := db.Check(t.Context()); err != nil {
				t.Error(err)
			}
			verifyRecord(t, db, 601)
			// The tree of a record that is older than it is made when it is asked for.
			verifyTree(t, db)
			id := issueID(t, db)
			issue, err := db.Issue(t.Context(), id)
			if err != nil || issue.Title != "title-1" || len(issue.Tags) != 1 || issue.Tags[0] != "tag-1" {
				t.Errorf("issue %+v, %v", issue, err)
			}
			if hits, err := db.SearchIssues(t.Context(), "description", store.IssueFilter{}); err != nil || len(hits) != 1 {
				t.Errorf("hits %+v, %v", hits, err)
			}
			// Logs from before there was an index of them are in it.
			if hits, err := db.SearchIssues(t.Context(), "text-1", store.IssueFilter{}); err != nil || len(hits) != 1 || hits[0].LogID == "" {
				t.Errorf("hits in logs %+v, %v", hits, err)
			}
			logs, err := db.LogsOf(t.Context(), id)
			if err != nil || len(logs) != 1 {
				t.Fatal(logs, err)
			}
			if err := db.Lines(t.Context(), logs[0].ID, 1, 0, func(_ int64, line []byte) error {
				if string(line) != "text-1" {
					t.Errorf("line %q", line)
				}
				return nil
			}); err != nil {
				t.Error(err)
			}
			if tickets, err := db.TicketsOf(t.Context(), id); err != nil || version >= 16 && (len(tickets) != 1 || tickets[0].CorrelationID != "ticket-1") {
				t.Errorf("tickets %+v, %v", tickets, err)
			}
			// The states of an analysis, and what is said next of it.
			analyses, err := db.AnalysesOf(t.Context(), id)
			if err != nil || len(analyses) != 1 || string(analyses[0].State) != "state-2" {
				t.Fatalf("analyses %+v, %v", analyses, err)
			}
			next := analyses[0]
			next.Revision, next.State = 3, []byte("state-3")
			if err := db.SaveAnalysis(t.Context(), &next); err != nil {
				t.Error(err)
			}
			for revision, want := range map[int64]string{1: "state-1", 2: "state-2", 3: "state-3"} {
				if a, err := db.AnalysisAt(t.Context(), next.ID, revision); err != nil || string(a.State) != want {
					t.Errorf("revision %d is %+v, %v", revision, a, err)
				}
			}
			if len(appendSome(t, db, 1)) != 1 {
				t.Error("the record takes no entry")
			}
		})
	}
}

// verifyTree compares every stored node of the tree with the entries.
func verifyTree(t *testing.T, db *DB) {
	t.Helper()
	var tree audit.Tree
	if err := db.Entries(t.Context(), 1, 0, func(e audit.Entry) error { tree.Add(e.EntryHash); return nil }); err != nil {
		t.Fatal(err)
	}
	loaded, err := audit.LoadTree(tree.Size(), func(indexes []int64) ([]audit.Hash, error) { return db.TreeNodes(t.Context(), indexes) })
	if err != nil || loaded.Root() != tree.Root() {
		t.Errorf("the stored tree of %d entries has another root: %v", tree.Size(), err)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// schema returns the statements that made the database.
func schema(t *testing.T, db *DB) string {
	t.Helper()
	var b strings.Builder
	if err := db.read(t.Context(), func(c *conn) error {
		return c.query("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name", nil, func(r row) error {
			fmt.Fprintf(&b, "%s: %s\n", r.text(0), strings.Join(strings.Fields(r.text(1)), " "))
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestADatabaseOfANewerProgramIsRefusedAndKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tftsr.db")
	db := openAt(t, path)
	if err := db.writer.Exec(fmt.Sprint("PRAGMA user_version = ", migrations.SQLiteVersion()+1)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := openErr(t, Options{Path: path, Key: testKey}); !errors.Is(err, store.ErrNewer) {
		t.Errorf("error is %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || string(before) != string(after) {
		t.Error("the file was changed", err)
	}
}

func TestEveryTableHasAnOwner(t *testing.T) {
	db := openAt(t, filepath.Join(t.TempDir(), "tftsr.db"))
	n := 0
	if err := db.read(t.Context(), func(c *conn) error {
		return c.query(`SELECT t.name, EXISTS (SELECT 1 FROM pragma_table_info(t.name) WHERE name = 'owner' AND "notnull")
			FROM pragma_table_list t WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\'
				AND t.name NOT LIKE 'issues\_fts\_%' ESCAPE '\' AND t.name NOT LIKE 'logs\_fts\_%' ESCAPE '\' AND t.name NOT LIKE 'titles\_fts\_%' ESCAPE '\' AND t.name NOT LIKE 'messages\_fts\_%' ESCAPE '\' AND t.name <> ?`,
			[]any{migrationTable}, func(r row) error {
				n++
				if !r.bool(1) {
					t.Errorf("table %s has no owner", r.text(0))
				}
				return nil
			})
	}); err != nil {
		t.Fatal(err)
	}
	if n < 20 {
		t.Errorf("only %d tables were looked at", n)
	}
}

func TestEveryTableIsFilledByTheSuite(t *testing.T) {
	// What Fill leaves empty, neither the leak tests nor the fixtures see.
	db := openAt(t, filepath.Join(t.TempDir(), "tftsr.db"))
	storetest.Fill(t, db)
	appendSome(t, db, audit.BlockSize) // What is written for many entries only.
	var empty []string
	if err := db.alone(t.Context(), func(c *conn) error {
		var tables []string
		if err := c.query("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'", nil, func(r row) error {
			tables = append(tables, r.text(0))
			return nil
		}); err != nil {
			return err
		}
		for _, table := range tables {
			if found, err := c.queryRow(`SELECT 1 FROM "`+table+`"`, nil, func(row) error { return nil }); err != nil {
				return err
			} else if !found {
				empty = append(empty, table)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(empty) != 0 {
		t.Errorf("empty tables: %v", empty)
	}
}

func TestTheRecordRefusesEdits(t *testing.T) {
	db := openAt(t, filepath.Join(t.TempDir(), "tftsr.db"))
	for _, sql := range []string{
		"UPDATE audit_tree SET nodes = zeroblob(8160)", "DELETE FROM audit_tree",
		"INSERT INTO audit_tree (block, nodes) VALUES (2, zeroblob(8160))", "INSERT OR REPLACE INTO audit_tree (block, nodes) VALUES (0, zeroblob(8160))",
	} {
		other := openAt(t, filepath.Join(t.TempDir(), "tree.db"))
		appendSome(t, other, audit.BlockSize)
		if err := other.writer.Exec(sql); err == nil {
			t.Errorf("this was taken: %s", sql)
		}
	}
	appendSome(t, db, 3)
	head := `(SELECT entry_hash FROM audit_log WHERE seq = 3)`
	row := func(seq, prev string) string {
		return "VALUES (" + seq + ", '', 0, 'x', '', '', '', '{}', " + prev + ", zeroblob(32))"
	}
	const into = " INTO audit_log (seq, owner, timestamp, action, entity_type, entity_id, user_id, details, prev_hash, entry_hash) "
	for _, sql := range []string{
		"UPDATE audit_log SET details = '{}' WHERE seq = 2",
		"UPDATE audit_log SET seq = 9 WHERE seq = 3",
		"UPDATE OR REPLACE audit_log SET seq = 1 WHERE seq = 3",
		"DELETE FROM audit_log WHERE seq = 3",
		"DELETE FROM audit_log",
		"INSERT" + into + row("5", head),
		"INSERT" + into + row("0", head),
		"INSERT" + into + row("NULL", head),
		"INSERT OR REPLACE" + into + row("3", head),
		"INSERT OR REPLACE" + into + row("1", "zeroblob(32)"),
		"INSERT" + into + row("4", "zeroblob(32)"),
		"INSERT" + into + row("4", "x'00'"),
		"INSERT" + into + row("3", head) + " ON CONFLICT (seq) DO UPDATE SET details = '{}'",
	} {
		if err := db.writer.Exec(sql); err == nil {
			t.Errorf("this was taken: %s", sql)
		}
	}
	verifyRecord(t, db, 3)
	// The guard is not merely refusing everything.
	if err := db.writer.Exec("INSERT" + into + row("4", head)); err != nil {
		t.Errorf("the entry that follows is refused: %v", err)
	}
}
