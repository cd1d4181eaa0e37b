// Package migrations holds the schema of every engine as numbered files.
//
// A released file is never edited: a change of the schema is a new file with
// the next number. The package runs nothing and knows no driver.
package migrations

import (
	"embed"
	"io/fs"
	"strconv"
	"strings"
	"sync"
)

//go:embed sqlite/*.sql
var files embed.FS

// SQLite returns the migrations of SQLite. Each file is named
// NNNNN_name.sql, is in the form of pressly/goose, and ends by setting
// PRAGMA user_version to its number, so that an up-to-date database is
// recognised without reading the table of migrations.
func SQLite() fs.FS {
	sub, err := fs.Sub(files, "sqlite")
	if err != nil { // Only a malformed path gives an error, and this one is constant.
		panic(err)
	}
	return sub
}

// SQLiteVersion returns the number of the newest SQLite migration.
var SQLiteVersion = sync.OnceValue(func() int64 {
	entries, err := files.ReadDir("sqlite")
	if err != nil || len(entries) == 0 {
		return 0
	}
	// ReadDir sorts by name, and the numbers are of one width.
	number, _, _ := strings.Cut(entries[len(entries)-1].Name(), "_")
	v, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return 0
	}
	return v
})
