package cli

import (
	"context"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"

	sqlite3 "github.com/ncruces/go-sqlite3"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tftsr/tftsr/internal/secrets"
	_ "github.com/tftsr/tftsr/store/sqlite" // its encryption
)

// database opens the database of a script as somebody does who has the key.
func database(ts *testscript.TestScript) *sqlite3.Conn {
	dir := ts.Getenv("TFTSR_DATA_DIR")
	keys, err := secrets.Resolve(context.Background(), secrets.Options{DataDir: dir, DBKey: ts.Getenv("TFTSR_DB_KEY")})
	ts.Check(err)
	defer keys.Close()
	c, err := sqlite3.OpenFlags("file:"+filepath.ToSlash(filepath.Join(dir, databaseFile))+"?vfs=tftsr", sqlite3.OPEN_READWRITE|sqlite3.OPEN_URI)
	ts.Check(err)
	key := keys.DatabaseKey(keys.DatabaseIDs()[0])
	ts.Check(c.Exec("PRAGMA hexkey='" + hex.EncodeToString(key[:]) + "'"))
	return c
}

func cmdTamper(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: tamper SQL...")
	}
	c := database(ts)
	defer c.Close()
	var drops []string
	for _, name := range column(ts, c, "SELECT name FROM sqlite_master WHERE type = 'trigger'") {
		drops = append(drops, fmt.Sprintf("DROP TRIGGER %q", name))
	}
	for _, sql := range append(drops, args...) {
		if err := c.Exec(sql); err != nil {
			ts.Fatalf("%s: %v", sql, err)
		}
		if !strings.HasPrefix(sql, "DROP") && !strings.HasPrefix(sql, "CREATE") && c.Changes() == 0 {
			ts.Fatalf("%s: changes nothing", sql)
		}
	}
}

// cmdDump prints every table, the vault left out, as text.
func cmdDump(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: dump")
	}
	c := database(ts)
	defer c.Close()
	out := ts.Stdout()
	for _, table := range column(ts, c, "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'") {
		stmt, _, err := c.Prepare("SELECT * FROM " + sqlite3.QuoteIdentifier(table))
		ts.Check(err)
		for stmt.Step() {
			row := []string{table}
			for i := range stmt.ColumnCount() {
				row = append(row, stmt.ColumnText(i))
			}
			write(out, strings.Join(row, "\t")+"\n")
		}
		ts.Check(stmt.Close())
	}
}

func column(ts *testscript.TestScript, c *sqlite3.Conn, sql string) []string {
	stmt, _, err := c.Prepare(sql)
	ts.Check(err)
	defer stmt.Close()
	var values []string
	for stmt.Step() {
		values = append(values, stmt.ColumnText(0))
	}
	ts.Check(stmt.Err())
	return values
}
