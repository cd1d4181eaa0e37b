package internal

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/tftsr/tftsr"

// floors gives every package its floor. A package imports only from floors
// below its own; those of one floor do not know each other.
var floors = []struct {
	prefix string
	floor  int
}{
	{"internal/pii", 1},
	{"internal/audit", 1},
	{"internal/triage", 1},
	{"internal/config", 1},
	{"internal/secrets", 1},
	{"internal/egress", 1},
	{"internal/hardware", 1},
	{"internal/wire", 1},
	{"store", 2},
	{"internal/gate", 3},
	{"internal/oauth", 3},
	{"providers", 4},
	{"integrations", 4},
	{"client", 4},
	{"internal/backup", 4},
	{"tools", 5},
	{"resources", 5},
	{"testdata/incidents", 1},
	{"server", 6},
	{"internal/fakes", 6},
	{"internal/demo", 6},
	{"internal/cli", 7},
	{"internal/bench", 8},
	{"scripts", 8},
	{"testdata/pii", 8},
	{"testdata/digest", 8},
	{"testdata/whys", 8},
	{"internal", 8},
	{"", 8},
}

// pure packages import nothing of ours.
var pure = []string{"internal/pii", "internal/audit", "internal/triage"}

// egressUsers are the floors that may open connections to the outside, besides
// internal/oauth.
var egressUsers = map[int]bool{4: true}

type listed struct {
	ImportPath string
	Imports    []string
}

func TestPackagesImportOnlyFromFloorsBelow(t *testing.T) {
	pkgs := list(t)
	if len(pkgs) < 10 {
		t.Fatalf("go list found %d packages: the test looks at the wrong place", len(pkgs))
	}
	for _, p := range pkgs {
		name, room, floor := place(t, p.ImportPath)
		for _, imp := range p.Imports {
			if imp != module && !strings.HasPrefix(imp, module+"/") {
				continue
			}
			other, otherRoom, below := place(t, imp)
			switch {
			case room == otherRoom:
				// A package and those inside it are one room.
			case isPure(name):
				t.Errorf("%s is pure and must not import %s", name, other)
			case below >= floor:
				t.Errorf("%s (floor %d) must not import %s (floor %d)", name, floor, other, below)
			case other == "internal/egress" && !egressUsers[floor] && name != "internal/oauth":
				t.Errorf("%s must not import internal/egress: only floor 4 and internal/oauth reach out", name)
			}
		}
	}
}

func TestPureRoomsKnowNoNetworkAndNoFiles(t *testing.T) {
	for _, p := range list(t) {
		name, _, _ := place(t, p.ImportPath)
		if !isPure(name) {
			continue
		}
		for _, imp := range p.Imports {
			switch imp {
			case "net", "net/http", "os", "os/exec", "database/sql", "syscall":
				t.Errorf("%s is pure and must not import %s", name, imp)
			}
		}
	}
}

func isPure(name string) bool {
	for _, p := range pure {
		if name == p || strings.HasPrefix(name, p+"/") {
			return true
		}
	}
	return false
}

func place(t *testing.T, path string) (name, room string, floor int) {
	t.Helper()
	name = strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
	for _, f := range floors {
		if name == f.prefix || f.prefix != "" && strings.HasPrefix(name, f.prefix+"/") {
			return name, f.prefix, f.floor
		}
	}
	t.Fatalf("package %s has no floor: give it one in floors and in the architecture", path)
	return "", "", 0
}

func list(t *testing.T) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...", "./testdata/incidents/", "./testdata/pii/...", "./testdata/digest/...", "./testdata/whys/...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}
