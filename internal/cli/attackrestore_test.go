package cli

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestARollbackAfterARestoreIsDetected puts a database back, as its owner may,
// lets the program go on, and then rolls the database back together with its
// keys and its signed head, as somebody does who hides what was done since. The history that
// was given up was longer than all of the new one, so that nothing but the
// names of its heads tells the two apart.
func TestARollbackAfterARestoreIsDetected(t *testing.T) {
	t.Parallel()
	x := newAttacked(t)
	data, pass, saved := filepath.Join(x.dir, "data"), filepath.Join(x.dir, "pass"), filepath.Join(x.dir, "saved.backup")
	if err := os.WriteFile(pass, []byte("correct horse battery staple\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	must := func(args ...string) {
		t.Helper()
		if out, problem, code := x.run(args...); code != 0 {
			t.Fatalf("tftsr %v: %d %s%s", args, code, out, problem)
		}
	}
	must("db", "backup", "--passphrase-file", pass, saved)
	x.calls(60, false)
	before := filepath.Join(x.dir, "before")
	copyFolder(t, data, before)
	must("db", "restore", "--replace", "--passphrase-file", pass, saved)
	restored := filepath.Join(x.dir, "restored")
	copyFolder(t, data, restored)
	honest := func(when string) {
		t.Helper()
		if r, code := x.verify(); code != 0 || !slices.Equal(r.kinds(), []string{"restored"}) {
			t.Fatalf("%s: exit code %d, %v", when, code, r.Findings)
		}
	}
	honest("after the restore")
	x.calls(2, false)
	later := filepath.Join(x.dir, "later")
	copyFolder(t, data, later)
	x.calls(3, false)
	honest("when the program has gone on")
	now := filepath.Join(x.dir, "now")
	copyFolder(t, data, now)

	for name, from := range map[string]string{"to the restore": restored, "to a while after it": later, "to the history that was given up": before} {
		t.Run(name, func(t *testing.T) {
			// All of the folder but the log, to which checkpoints are only added.
			copyFolder(t, from, data)
			copyTo(t, filepath.Join(now, "checkpoints.log"), filepath.Join(data, "checkpoints.log"))
			x.t = t
			r, code := x.verify()
			if code != 3 || !slices.ContainsFunc(r.kinds(), func(k string) bool { return k == "truncated" || k == "forked" || k == "rewritten" }) {
				t.Errorf("exit code %d, %v", code, r.Findings)
			}
			if _, problem, code := x.run("audit", "export"); code == 0 {
				t.Errorf("a start goes on over it: %s", problem)
			}
			// The log alone, and the anchor file alone, hold it too.
			for _, lost := range []string{filepath.Join(data, "checkpoints.log"), filepath.Join(x.dir, "anchor.log")} {
				kept, err := os.ReadFile(lost)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Remove(lost); err != nil {
					t.Fatal(err)
				}
				if r, code := x.verify(); code != 3 {
					t.Errorf("without %s: exit code %d, %v", filepath.Base(lost), code, r.Findings)
				}
				if err := os.WriteFile(lost, kept, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
