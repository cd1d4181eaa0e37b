package cli

import (
	"context"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tftsr/tftsr/testdata/hostile"
)

var update = flag.Bool("update", false, "write golden files and scripts anew")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"tftsr": func() { os.Exit(Main()) },
		// The same program by a clock that another process can set.
		"tftsr-drifting": func() {
			now = driftingClock
			os.Exit(Main())
		},
		// Servers that stand behind the gateway.
		"hostile": func() { os.Exit(hostile.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
		"kind": func() {
			if kindServer().Run(context.Background(), &mcp.StdioTransport{}) != nil {
				os.Exit(1)
			}
		},
	})
}

// testKey is the data key of the scripts that do not choose one.
var testKey = base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))

// TestScripts runs testdata/script/*.txtar over the real program. Beside the
// usual commands of testscript there are:
//
//	code N CMD...            run CMD and demand the exit code N
//	eventually SECONDS [-match=REGEXP] CMD
//	                         repeat a command until it succeeds, and stdout matches
//	mcp, host, serve         speak the protocol with a child; see mcp_test.go
//	tamper SQL...            change the database behind the back of tftsr
//	dump                     print every table of the database to stdout
//	save VAR REGEXP          keep the first group of REGEXP in stdout in $VAR
//	gen FILE KIND            make an input that no text archive can hold
//	perm MODE FILE           chmod
//	same A B                 compare files byte by byte
//	copy FROM TO             replace a folder by a copy of another
//	scribble FILE            overwrite the end of a file
//	edit FROM TO WHAT        copy a file of lines with a change
//	identity FILE VAR        make an age identity, and keep its recipient in $VAR
//	login SERVICE [NAME]     run tftsr login, and log in as a browser would
//
// $SNOW is the address of a fake ServiceNow, $WIKI that of a fake Confluence
// Cloud, $DC that of a Data Center, $ADO that of a fake Azure DevOps,
// $OPENAI that of a fake OpenAI, $OLLAMA that of a fake Ollama.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: false,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			home := filepath.Join(e.WorkDir, "home")
			if err := os.Mkdir(home, 0o700); err != nil {
				return err
			}
			e.Setenv("HOME", home)
			e.Setenv("USERPROFILE", home)
			e.Setenv("TFTSR_DATA_DIR", filepath.Join(e.WorkDir, "data"))
			e.Setenv("TFTSR_CONFIG", "none")
			e.Setenv("TFTSR_DB_KEY", testKey)
			e.Values[hostsKey{}] = map[string]*host{}
			snow(e)
			wikis(e)
			ado(e)
			localModels(e)
			return nil
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "root":
				return os.Geteuid() == 0, nil
			case "tty":
				_, err := os.Stat("/dev/ptmx")
				return err == nil, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: commands(),
	})
}

func commands() map[string]func(*testscript.TestScript, bool, []string) {
	cmds := map[string]func(*testscript.TestScript, bool, []string){
		"code":       cmdCode,
		"eventually": cmdEventually,
		"save":       cmdSave,
		"gen":        cmdGen,
		"perm":       cmdPerm,
		"same":       cmdSame,
		"copy":       cmdCopy,
		"scribble":   cmdScribble,
		"edit":       cmdEdit,
		"tamper":     cmdTamper,
		"dump":       cmdDump,
		"identity":   cmdIdentity,
		"login":      cmdLogin,
	}
	maps.Copy(cmds, protocolCommands())
	return cmds
}

func cmdCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N CMD...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// cmdEventually runs a command until it succeeds. A passphrase of the test is
// thereby not needed for how long things take.
func cmdEventually(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: [!] eventually SECONDS CMD...")
	}
	seconds, err := strconv.ParseFloat(args[0], 64)
	ts.Check(err)
	match := regexp.MustCompile("")
	if text, ok := strings.CutPrefix(args[1], "-match="); ok {
		match, args = regexp.MustCompile(text), args[1:]
	}
	deadline := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	for {
		var err error
		if args[1] == "mcp" {
			var out string
			if out, err = callTool(ts, args[2:]); err == nil && !match.MatchString(out) {
				err = fmt.Errorf("%s does not match", out)
			}
		} else {
			err = ts.Exec(args[1], args[2:]...)
		}
		if (err == nil) != neg {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("not within %s s: %v", args[0], err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func cmdSave(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: save VAR REGEXP")
	}
	m := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(m) != 2 {
		ts.Fatalf("%q does not match stdout with one group", args[1])
	}
	ts.Setenv(args[0], m[1])
}

func cmdGen(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: gen FILE KIND")
	}
	var data string
	switch args[1] {
	case "nul":
		data = "a\x00b user=alice@corp-mail.com\x00\x00 end\n"
	case "invalid":
		data = "\xff\xfe caf\xe9 mail bob@corp-mail.com \xc3( end\n"
	case "utf16": // As PowerShell's > writes it.
		data = "\xff\xfe"
		for _, r := range "one\r\nmail frank@corp-mail.com\r\n" {
			data += string(byte(r)) + "\x00"
		}
	case "longline":
		data = strings.Repeat("all quiet here, nothing to see; ", 300_000) + "from carol@corp-mail.com" + strings.Repeat(" and on it goes", 10_000)
	case "badgz":
		data = "\x1f\x8bnot gzip at all"
	case "crlf":
		data = "one\r\ndave@corp-mail.com\r\nthree"
	case "lookalike":
		data = "mail eve@corp-mail.com, literally [Email_1] and [Email_1.2] and ‹[Email_1]› \\[Email_3] [PrivateIPv4_77] at 10.20.30.41\r\nno newline at the end \x00\xff"
	default:
		ts.Fatalf("unknown kind %q", args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(data), 0o600))
}

func cmdPerm(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: perm MODE FILE")
	}
	mode, err := strconv.ParseUint(args[0], 8, 32)
	ts.Check(err)
	ts.Check(os.Chmod(ts.MkAbs(args[1]), os.FileMode(mode)))
}

func cmdSame(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: [!] same A B")
	}
	if a, b := ts.ReadFile(args[0]), ts.ReadFile(args[1]); (a == b) == neg {
		ts.Fatalf("%s and %s: same is %v\n%q\n%q", args[0], args[1], a == b, a, b)
	}
}

func cmdCopy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: copy FROM TO")
	}
	to := ts.MkAbs(args[1])
	ts.Check(os.RemoveAll(to))
	ts.Check(os.CopyFS(to, os.DirFS(ts.MkAbs(args[0]))))
	ts.Check(os.Chmod(to, 0o700))
}

func cmdScribble(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: scribble FILE")
	}
	data := []byte(ts.ReadFile(args[0]))
	for i := len(data) / 2; i < len(data); i += 100 {
		data[i] ^= 0xff
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
}

// cmdEdit changes one line of a file, counted from 1: s/OLD/NEW/ in the first
// line that has OLD, del:N, dup:N, swap:N:M, head:N.
func cmdEdit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FROM TO WHAT")
	}
	text := ts.ReadFile(args[0])
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n")+"\n", "\n")
	lines = lines[:len(lines)-1]
	what := strings.Split(args[2], ":")
	number := func(i int) int {
		n, err := strconv.Atoi(what[i])
		ts.Check(err)
		return n - 1
	}
	switch what[0] {
	case "del":
		n := number(1)
		lines = slices.Delete(lines, n, n+1)
	case "dup":
		n := number(1)
		lines = slices.Insert(lines, n, lines[n])
	case "swap":
		a, b := number(1), number(2)
		lines[a], lines[b] = lines[b], lines[a]
	case "head":
		lines = lines[:number(1)+1]
	default:
		part := strings.Split(args[2], "/")
		lines = []string{strings.Replace(text, part[1], part[2], 1)}
	}
	changed := strings.Join(lines, "")
	if changed == text {
		ts.Fatalf("%s changes nothing", args[2])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(changed), 0o600))
}

func cmdIdentity(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: identity FILE VAR")
	}
	id, err := age.GenerateX25519Identity()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(id.String()+"\n"), 0o600))
	ts.Setenv(args[1], id.Recipient().String())
}

// interrupt ends a child as Ctrl-C does.
func interrupt(p *os.Process) error {
	if runtime.GOOS == "windows" {
		return p.Kill()
	}
	return p.Signal(syscall.SIGTERM)
}

// write puts text into a stream of a script.
func write(w io.Writer, text string) { _, _ = io.WriteString(w, text) }
