package cli

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	sqlite3 "github.com/ncruces/go-sqlite3"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/secrets"
)

// attacked is a data folder with a record of more than one block, a copy of it
// from some time before, and somebody who has the database key.
type attacked struct {
	t         *testing.T
	dir       string // holds "data", "yesterday" and "anchor.log"
	vkey      string
	yesterday int64 // entries
	today     int64
}

func (x *attacked) env() []string {
	return []string{"TFTSR_AUDIT_ANCHOR_FILE=" + filepath.Join(x.dir, "anchor.log")}
}

// run runs the program on the data folder.
func (x *attacked) run(args ...string) (stdout, stderr string, code int) {
	x.t.Helper()
	cmd := child(x.t, x.dir, args...)
	cmd.Env = append(cmd.Env, x.env()...)
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		x.t.Fatal(err)
	}
	return out.String(), problem.String(), cmd.ProcessState.ExitCode()
}

type verified struct {
	Intact   bool
	Entries  int64
	Findings []struct {
		Kind, Text string
		Warning    bool
	}
}

func (x *attacked) verify(args ...string) (r verified, code int) {
	x.t.Helper()
	out, problem, code := x.run(append([]string{"audit", "verify", "--json"}, args...)...)
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		x.t.Fatalf("%v: %s%s", err, out, problem)
	}
	return r, code
}

func (r verified) kinds() (kinds []string) {
	for _, f := range r.Findings {
		kinds = append(kinds, f.Kind)
	}
	return kinds
}

// calls makes calls of a host and ends the server, or kills it.
func (x *attacked) calls(n int, kill bool) {
	x.t.Helper()
	cmd, session := connect(x.t, x.dir, x.env()...)
	for range n {
		if res, err := session.CallTool(x.t.Context(), &mcp.CallToolParams{Name: "list_issues"}); err != nil || res.IsError {
			x.t.Fatal(err, res)
		}
	}
	if kill {
		if err := cmd.Process.Kill(); err != nil {
			x.t.Fatal(err)
		}
	}
	session.Close()
	if err := cmd.Wait(); err != nil && !kill {
		x.t.Fatal(err)
	}
}

func newAttacked(t *testing.T) *attacked {
	t.Helper()
	x := &attacked{t: t, dir: t.TempDir()}
	x.calls(60, false)
	r, code := x.verify()
	if code != 0 || len(r.Findings) != 0 {
		t.Fatal(r)
	}
	x.yesterday = r.Entries
	copyFolder(t, filepath.Join(x.dir, "data"), filepath.Join(x.dir, "yesterday"))
	x.calls(90, false)
	if r, code = x.verify(); code != 0 || len(r.Findings) != 0 || r.Entries < audit.BlockSize {
		t.Fatal(r)
	}
	x.today = r.Entries
	out, _, _ := x.run("audit", "checkpoint", "--json")
	var c struct {
		Key string `json:"verifier_key"`
	}
	if err := json.Unmarshal([]byte(out), &c); err != nil || c.Key == "" {
		t.Fatal(out, err)
	}
	x.vkey = c.Key
	return x
}

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := errors.Join(os.RemoveAll(to), os.CopyFS(to, os.DirFS(from))); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(to, 0o700); err != nil {
		t.Fatal(err)
	}
}

func copyTo(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// open opens the database with its key and without its triggers.
func (x *attacked) open() *sqlite3.Conn {
	x.t.Helper()
	raw, err := base64.StdEncoding.DecodeString(testKey)
	if err != nil || len(raw) != 32 {
		x.t.Fatal(len(raw), err)
	}
	keys, err := secrets.Resolve(context.Background(), secrets.Options{DataDir: filepath.Join(x.dir, "data"), DBKey: testKey})
	if err != nil {
		x.t.Fatal(err)
	}
	defer keys.Close()
	c, err := sqlite3.OpenFlags("file:"+filepath.ToSlash(filepath.Join(x.dir, "data", databaseFile))+"?vfs=tftsr", sqlite3.OPEN_READWRITE|sqlite3.OPEN_URI)
	if err != nil {
		x.t.Fatal(err)
	}
	key := keys.DatabaseKey(keys.DatabaseIDs()[0])
	if err := c.Exec("PRAGMA hexkey='" + hex.EncodeToString(key[:]) + "'"); err != nil {
		x.t.Fatal(err)
	}
	for _, name := range x.column(c, "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit%'") {
		x.exec(c, "DROP TRIGGER "+sqlite3.QuoteIdentifier(name))
	}
	return c
}

func (x *attacked) column(c *sqlite3.Conn, sql string) (values []string) {
	x.t.Helper()
	stmt, _, err := c.Prepare(sql)
	if err != nil {
		x.t.Fatal(err)
	}
	defer stmt.Close()
	for stmt.Step() {
		values = append(values, stmt.ColumnText(0))
	}
	if err := stmt.Err(); err != nil {
		x.t.Fatal(err)
	}
	return values
}

func (x *attacked) exec(c *sqlite3.Conn, sql string) {
	x.t.Helper()
	if err := c.Exec(sql); err != nil {
		x.t.Fatalf("%s: %v", sql, err)
	}
}

// entries reads the record.
func (x *attacked) entries(c *sqlite3.Conn) (list []audit.Entry) {
	x.t.Helper()
	stmt, _, err := c.Prepare("SELECT seq, timestamp, action, entity_type, entity_id, user_id, details, prev_hash, entry_hash FROM audit_log ORDER BY seq")
	if err != nil {
		x.t.Fatal(err)
	}
	defer stmt.Close()
	for stmt.Step() {
		e := audit.Entry{
			Seq: stmt.ColumnInt64(0), Timestamp: time.UnixMicro(stmt.ColumnInt64(1)).UTC(), Action: audit.Action(stmt.ColumnText(2)),
			EntityType: stmt.ColumnText(3), EntityID: stmt.ColumnText(4), UserID: stmt.ColumnText(5), Details: []byte(stmt.ColumnText(6)),
		}
		copy(e.PrevHash[:], stmt.ColumnRawBlob(7))
		copy(e.EntryHash[:], stmt.ColumnRawBlob(8))
		list = append(list, e)
	}
	if err := stmt.Err(); err != nil {
		x.t.Fatal(err)
	}
	return list
}

// recompute makes a whole chain of entries and a whole tree over them, as the
// program would have made them, and puts both in place of what is there.
func (x *attacked) recompute(change func([]audit.Entry) []audit.Entry) {
	x.t.Helper()
	c := x.open()
	defer c.Close()
	list := change(x.entries(c))
	x.exec(c, "BEGIN; DELETE FROM open_intents; DELETE FROM audit_log; DELETE FROM audit_tree")
	stmt, _, err := c.Prepare("INSERT INTO audit_log (seq, timestamp, action, entity_type, entity_id, user_id, owner, details, prev_hash, entry_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		x.t.Fatal(err)
	}
	defer stmt.Close()
	var prev audit.Hash
	var hashes []audit.Hash
	for i, e := range list {
		e.Seq, e.PrevHash = int64(i+1), prev
		e.EntryHash = audit.HashOf(e)
		prev = e.EntryHash
		hashes = append(hashes, e.EntryHash)
		if err := errors.Join(
			stmt.BindInt64(1, e.Seq), stmt.BindInt64(2, e.Timestamp.UnixMicro()), stmt.BindText(3, string(e.Action)), stmt.BindText(4, e.EntityType), stmt.BindText(5, e.EntityID),
			stmt.BindText(6, e.UserID), stmt.BindText(7, e.UserID), stmt.BindRawText(8, e.Details), stmt.BindBlob(9, e.PrevHash[:]), stmt.BindBlob(10, e.EntryHash[:]), stmt.Exec(),
		); err != nil {
			x.t.Fatal(err)
		}
	}
	var blocks [][]byte
	for n := range int64(len(hashes) / audit.BlockSize) {
		b, err := audit.Block(n, hashes[n*audit.BlockSize:(n+1)*audit.BlockSize], func(index int64) (audit.Hash, error) {
			p := audit.PlaceOf(index)
			return audit.Hash(blocks[p.Block][p.Offset : p.Offset+audit.HashSize]), nil
		})
		if err != nil {
			x.t.Fatal(err)
		}
		blocks = append(blocks, b)
		put, _, err := c.Prepare("INSERT INTO audit_tree (block, nodes) VALUES (?, ?)")
		if err := errors.Join(err, put.BindInt64(1, n), put.BindBlob(2, b), put.Exec(), put.Close()); err != nil {
			x.t.Fatal(err)
		}
	}
	x.exec(c, "COMMIT")
}

// TestEveryAttackOnTheRealRecordIsDetectedByName attacks the data folder of
// the real program as somebody does who has the database key, and not the
// signing key, which this test puts where that person cannot reach it. Each
// attack has its name in `tftsr audit verify`, which exits with 3, and nothing
// goes on over what it left.
func TestEveryAttackOnTheRealRecordIsDetectedByName(t *testing.T) {
	t.Parallel()
	x := newAttacked(t)
	data := filepath.Join(x.dir, "data")
	copyFolder(t, data, filepath.Join(x.dir, "intact"))
	other := newAttacked(t) // has another signing key
	sql := func(statements ...string) func() {
		return func() {
			c := x.open()
			defer c.Close()
			for _, s := range statements {
				x.exec(c, s)
			}
		}
	}
	bob := func(e []audit.Entry) []audit.Entry { e[9].UserID = "bob"; return e }
	for name, attack := range map[string]struct {
		do    func()
		want  string
		start bool // a start does not see it: only what the newest entries hang on is proven then
	}{
		"edit an entry":                              {sql("UPDATE audit_log SET user_id = 'bob' WHERE seq = 10"), "edited", true},
		"edit the newest entry":                      {sql("UPDATE audit_log SET user_id = 'bob' WHERE seq = (SELECT max(seq) FROM audit_log)"), "edited", false},
		"edit an entry and recompute chain and tree": {func() { x.recompute(bob) }, "rewritten", false},
		"cut off the end":                            {sql("DELETE FROM open_intents", "DELETE FROM audit_log WHERE seq > 200", "DELETE FROM audit_tree"), "truncated", false},
		"cut off the end and recompute":              {func() { x.recompute(func(e []audit.Entry) []audit.Entry { return e[:len(e)-1] }) }, "truncated", false},
		"cut off the end and fill it up again": {func() {
			x.recompute(func(e []audit.Entry) []audit.Entry {
				return append(slices.Clone(e[:250]), e[:len(e)-240]...)
			})
		}, "rewritten", false},
		"put yesterday's database back": {func() {
			for _, f := range []string{"-wal", "-shm"} {
				_ = os.Remove(filepath.Join(data, databaseFile+f)) // Of a killed process only.
			}
			copyTo(t, filepath.Join(x.dir, "yesterday", databaseFile), filepath.Join(data, databaseFile))
		}, "truncated", false},
		"put yesterday's database and head back": {func() {
			copyTo(t, filepath.Join(x.dir, "yesterday", databaseFile), filepath.Join(data, databaseFile))
			copyTo(t, filepath.Join(x.dir, "yesterday", headFile), filepath.Join(data, headFile))
		}, "truncated", false},
		"put yesterday's data folder back": {func() { copyFolder(t, filepath.Join(x.dir, "yesterday"), data) }, "truncated", false},
		"swap two entries":                 {sql("UPDATE audit_log SET seq = -10 WHERE seq = 10", "UPDATE audit_log SET seq = 10 WHERE seq = 11", "UPDATE audit_log SET seq = 11 WHERE seq = -10"), "edited", true},
		"swap two entries and recompute": {func() {
			x.recompute(func(e []audit.Entry) []audit.Entry { e[9], e[10] = e[10], e[9]; return e })
		}, "rewritten", false},
		"replay an entry": {sql("INSERT INTO audit_log SELECT seq + (SELECT max(seq) FROM audit_log) - 9, owner, timestamp, action, entity_type, entity_id, user_id, details, prev_hash, entry_hash FROM audit_log WHERE seq = 10"), "edited", false},
		"replay an entry and recompute": {func() {
			x.recompute(func(e []audit.Entry) []audit.Entry { return slices.Insert(e, 10, e[9]) })
		}, "rewritten", false},
		"remove an entry": {sql("DELETE FROM audit_log WHERE seq = 10"), "removed", true},
		"forge a checkpoint with another key": {func() {
			x.recompute(bob)
			copyTo(t, filepath.Join(other.dir, "data", headFile), filepath.Join(data, headFile))
		}, "head_invalid", false},
		"forge a line of the log of checkpoints": {func() {
			b, err := os.ReadFile(filepath.Join(other.dir, "data", "checkpoints.log"))
			if err != nil {
				t.Fatal(err)
			}
			f, err := os.OpenFile(filepath.Join(data, "checkpoints.log"), os.O_APPEND|os.O_WRONLY, 0)
			if err == nil {
				_, err = f.Write(b)
			}
			if err = errors.Join(err, f.Close()); err != nil {
				t.Fatal(err)
			}
		}, "checkpoint_invalid", true},
		"edit a checkpoint": {func() {
			path := filepath.Join(data, headFile)
			b, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path, bytes.ReplaceAll(b, []byte("\n3"), []byte("\n2")), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}, "head_invalid", false},
		"damage the stored tree": {sql("UPDATE audit_tree SET nodes = zeroblob(length(nodes))"), "tree_damaged", false},
		"remove the head":        {func() { _ = os.Remove(filepath.Join(data, headFile)) }, "head_missing", true},
	} {
		copyFolder(t, filepath.Join(x.dir, "intact"), data)
		attack.do()
		r, code := x.verify()
		if r.Intact || code != 3 || !slices.Contains(r.kinds(), attack.want) {
			t.Errorf("%s: exit code %d, %v, want %s", name, code, r.kinds(), attack.want)
		}
		if attack.start {
			continue
		}
		if _, problem, code := x.run("audit", "export"); code == 0 || !strings.Contains(problem, "tftsr audit verify") {
			t.Errorf("%s: a start goes on over it: %d %s", name, code, problem)
		}
	}
	copyFolder(t, filepath.Join(x.dir, "intact"), data)
	if r, code := x.verify(); code != 0 || len(r.Findings) != 0 {
		t.Errorf("put back as it was: %v", r.kinds())
	}
	// What is added behind the signed head looks like what a crash leaves: it is
	// told as unsigned until a process goes on, and by the entry of its start
	// from then on.
	x.recompute(func(e []audit.Entry) []audit.Entry { return append(e, e[20], e[21]) })
	if r, code := x.verify(); code != 0 || !slices.Contains(r.kinds(), "unsigned") {
		t.Errorf("a call replayed at the end: exit code %d, %v", code, r.kinds())
	}
	x.calls(1, false)
	if out, _, _ := x.run("audit", "list", "--action", "start", "-n", "2", "--json"); !strings.Contains(out, `"unsigned":2`) {
		t.Errorf("the start over it says %s", out)
	}
}

// The write-ahead log holds what was committed last. Whoever deletes it undoes
// that, and SQLite says nothing.
func TestADeletedWriteAheadLogIsDetected(t *testing.T) {
	t.Parallel()
	x := newAttacked(t)
	x.calls(40, true)
	wal := filepath.Join(x.dir, "data", databaseFile+"-wal")
	if info, err := os.Stat(wal); err != nil || info.Size() == 0 {
		t.Fatalf("a killed process left no write-ahead log: %v", err)
	}
	if err := errors.Join(os.Remove(wal), os.Remove(filepath.Join(x.dir, "data", databaseFile+"-shm"))); err != nil {
		t.Fatal(err)
	}
	r, code := x.verify()
	if code != 3 || !slices.Contains(r.kinds(), "truncated") {
		t.Errorf("exit code %d, %v", code, r.kinds())
	}
	if _, problem, code := x.run("audit", "export"); code == 0 || !strings.Contains(problem, "truncated") {
		t.Errorf("a start goes on over it: %d %s", code, problem)
	}
}

// A whole data folder of yesterday, where nothing outside of it was kept, is
// what nothing on the machine shows; a checkpoint that somebody noted does.
func TestANotedCheckpointShowsAWholeFolderPutBack(t *testing.T) {
	t.Parallel()
	x := newAttacked(t)
	noted := filepath.Join(x.dir, "noted.txt")
	out, _, code := x.run("audit", "checkpoint")
	if code != 0 {
		t.Fatal(code)
	}
	if err := os.WriteFile(noted, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, code := x.verify("--anchor", noted); code != 0 || len(r.Findings) != 0 {
		t.Errorf("the folder as it is: %v", r.kinds())
	}
	copyFolder(t, filepath.Join(x.dir, "yesterday"), filepath.Join(x.dir, "data"))
	if err := os.Remove(filepath.Join(x.dir, "anchor.log")); err != nil {
		t.Fatal(err)
	}
	if r, code := x.verify(); code != 0 {
		t.Errorf("without it: %v", r.kinds())
	}
	for _, anchor := range []string{noted, filepath.Join(x.dir, "noted.jsonl")} {
		if anchor != noted {
			line, err := json.Marshal(map[string]string{"checkpoint": out})
			if err == nil {
				err = os.WriteFile(anchor, append(line, '\n'), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if r, code := x.verify("--anchor", anchor); code != 3 || !slices.Contains(r.kinds(), "truncated") {
			t.Errorf("with %s: exit code %d, %v", filepath.Base(anchor), code, r.kinds())
		}
	}
}
