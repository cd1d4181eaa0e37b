//lint:file-ignore SA1019 Hosts offer roots for as long as the protocol has them.

package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rogpeppe/go-internal/testscript"
)

// eras are the revisions that hosts speak.
var eras = map[string]string{"legacy": "2025-11-25", "modern": "2026-07-28"}

// host is a child that speaks the protocol: `tftsr stdio`, or `tftsr http`.
type host struct {
	cmd     *exec.Cmd
	stdin   io.Closer
	stderr  lockedBuffer
	session *mcp.ClientSession
}

type hostsKey struct{}

func hosts(ts *testscript.TestScript) map[string]*host {
	return ts.Value(hostsKey{}).(map[string]*host)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// protocolCommands are the commands of scripts that speak the protocol:
//
//	mcp [flags] TOOL JSON
//	    call a tool over a new `tftsr stdio`, and print the structured answer;
//	    a refusal is printed too, and is a failure
//	host NAME [flags] [ARGS...]
//	    start `tftsr stdio ARGS...`, for mcp -on NAME
//	serve NAME [ARGS...]
//	    start `tftsr http ARGS...` on a free port, for mcp -http, as $NAME
//	finish NAME
//	    end it, and demand the exit code 0
func protocolCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"mcp": func(ts *testscript.TestScript, neg bool, args []string) {
			if _, err := callTool(ts, args); (err != nil) != neg {
				ts.Fatalf("mcp %s: error is %v\n%s", strings.Join(args, " "), err, ts.ReadFile("stderr"))
			}
		},
		"host":  cmdHost,
		"serve": cmdServe,
		"finish": func(ts *testscript.TestScript, neg bool, args []string) {
			if neg || len(args) != 1 || hosts(ts)[args[0]] == nil {
				ts.Fatalf("usage: finish NAME, of a child that runs")
			}
			h := hosts(ts)[args[0]]
			delete(hosts(ts), args[0])
			ts.Check(h.end())
			write(ts.Stderr(), h.stderr.String())
		},
	}
}

// hostFlags say what kind of client a host is.
type hostFlags struct {
	era, answer, on, http, token, save, roots string
}

func (f *hostFlags) parse(ts *testscript.TestScript, args []string) []string {
	fs := flag.NewFlagSet("mcp", flag.ContinueOnError)
	fs.StringVar(&f.era, "era", "modern", "legacy or modern")
	fs.StringVar(&f.answer, "answer", "none", "accept, decline, cancel; none for a client that cannot be asked")
	fs.StringVar(&f.on, "on", "", "use this host")
	fs.StringVar(&f.http, "http", "", "use this URL")
	fs.StringVar(&f.token, "token", "", "bearer token for -http")
	fs.StringVar(&f.save, "save", "", "VAR=path.to.field, several with commas")
	fs.StringVar(&f.roots, "roots", "", "a folder that the host offers")
	ts.Check(fs.Parse(args))
	if eras[f.era] == "" {
		ts.Fatalf("unknown era %q", f.era)
	}
	return fs.Args()
}

func (f *hostFlags) client() *mcp.Client {
	o := &mcp.ClientOptions{Capabilities: &mcp.ClientCapabilities{}}
	if f.roots != "" {
		o.Capabilities.RootsV2 = &mcp.RootCapabilities{} //nolint:staticcheck // hosts offer roots as long as the protocol has them
	}
	if f.answer != "none" {
		o.Capabilities.Elicitation = &mcp.ElicitationCapabilities{}
		o.ElicitationHandler = func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			res := &mcp.ElicitResult{Action: f.answer}
			if f.answer == "accept" {
				res.Content = map[string]any{}
			}
			return res, nil
		}
	}
	c := mcp.NewClient(&mcp.Implementation{Name: "script", Version: "1"}, o)
	if f.roots != "" {
		//nolint:staticcheck // see above
		c.AddRoots(&mcp.Root{URI: "file://" + filepath.ToSlash(f.roots), Name: "root"})
	}
	return c
}

// env is the environment of a script, for a child.
func env(ts *testscript.TestScript) []string {
	vars := []string{"PATH=" + ts.Getenv("PATH"), "HOME=" + ts.Getenv("HOME"), "USERPROFILE=" + ts.Getenv("USERPROFILE"), "SystemRoot=" + ts.Getenv("SystemRoot")}
	for _, name := range []string{
		"TFTSR_DATA_DIR", "TFTSR_CONFIG", "TFTSR_DB_KEY", "TFTSR_DB_KEY_FILE", "TFTSR_PASSPHRASE_FILE", "TFTSR_WRITES_TOOLS", "TFTSR_WRITES_DEFAULT",
		"TFTSR_REVIEW", "TFTSR_APPROVAL_TTL", "TFTSR_ALLOWED_FOLDERS", "TFTSR_READ_ONLY", "TFTSR_TOOLSETS", "TFTSR_LOG_LEVEL", "TFTSR_VAULT_RETENTION", "TFTSR_VAULT_ORIGINALS",
		"TFTSR_DOCUMENTS_TEMPLATES", "TFTSR_DOCUMENTS_FONT", "TFTSR_OLLAMA_HOST", "TFTSR_OLLAMA_REGISTRIES",
	} {
		if v := ts.Getenv(name); v != "" {
			vars = append(vars, name+"="+v)
		}
	}
	return vars
}

func start(ts *testscript.TestScript, f hostFlags, args []string) (*host, error) {
	exe, err := exec.LookPath("tftsr")
	ts.Check(err)
	h := &host{cmd: exec.Command(exe, append([]string{"stdio"}, args...)...)}
	h.cmd.Env, h.cmd.Dir, h.cmd.Stderr = env(ts), ts.MkAbs("."), &h.stderr
	in, err := h.cmd.StdinPipe()
	ts.Check(err)
	out, err := h.cmd.StdoutPipe()
	ts.Check(err)
	h.stdin = in
	ts.Check(h.cmd.Start())
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	h.session, err = f.client().Connect(ctx, &mcp.IOTransport{Reader: out, Writer: in}, &mcp.ClientSessionOptions{ProtocolVersion: eras[f.era]})
	if err != nil {
		return nil, fmt.Errorf("connect: %w\n%s", errors.Join(err, h.end()), h.stderr.String())
	}
	return h, nil
}

// end closes the child's stdin, or interrupts it, and waits.
func (h *host) end() error {
	if h.session != nil {
		h.session.Close()
	}
	if h.stdin != nil {
		h.stdin.Close()
	} else if err := interrupt(h.cmd.Process); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- h.cmd.Wait() }()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		return errors.Join(errors.New("the child does not end"), h.cmd.Process.Kill(), <-done)
	}
}

func cmdHost(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: host NAME [flags] [ARGS...]")
	}
	var f hostFlags
	rest := f.parse(ts, args[1:])
	h, err := start(ts, f, rest)
	ts.Check(err)
	keep(ts, args[0], h)
}

func keep(ts *testscript.TestScript, name string, h *host) {
	hosts(ts)[name] = h
	ts.Defer(func() {
		if hosts(ts)[name] == h {
			_ = h.end()
			ts.Logf("stderr of %s:\n%s", name, h.stderr.String())
		}
	})
}

func cmdServe(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: serve NAME [ARGS...]")
	}
	exe, err := exec.LookPath("tftsr")
	ts.Check(err)
	h := &host{cmd: exec.Command(exe, append([]string{"http", "--addr", "127.0.0.1:0"}, args[1:]...)...)}
	h.cmd.Env, h.cmd.Dir = env(ts), ts.MkAbs(".")
	errs, err := h.cmd.StderrPipe()
	ts.Check(err)
	ts.Check(h.cmd.Start())
	url := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(errs)
		for lines.Scan() {
			fmt.Fprintln(&h.stderr, lines.Text())
			if _, u, ok := strings.Cut(lines.Text(), "serving MCP on "); ok {
				url <- u
			}
		}
		close(url)
	}()
	select {
	case u := <-url:
		if u == "" {
			_ = h.cmd.Wait()
			ts.Fatalf("tftsr http ended:\n%s", h.stderr.String())
		}
		ts.Setenv(args[0], u)
	case <-time.After(patience):
		ts.Fatalf("tftsr http does not say where it serves:\n%s", h.stderr.String())
	}
	keep(ts, args[0], h)
}

type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if b != "" {
		r.Header.Set("Authorization", "Bearer "+string(b))
	}
	return http.DefaultTransport.RoundTrip(r)
}

// callTool calls a tool, and prints its answer to the stdout of the script
// and returns it.
func callTool(ts *testscript.TestScript, args []string) (string, error) {
	var f hostFlags
	rest := f.parse(ts, args)
	if len(rest) != 2 {
		ts.Fatalf("usage: mcp [flags] TOOL JSON")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var session *mcp.ClientSession
	switch {
	case f.on != "":
		h := hosts(ts)[f.on]
		if h == nil {
			ts.Fatalf("there is no host %q", f.on)
		}
		session = h.session
	case f.http != "":
		s, err := f.client().Connect(ctx, &mcp.StreamableClientTransport{
			Endpoint: f.http, HTTPClient: &http.Client{Transport: bearer(f.token)}, MaxRetries: -1,
		}, &mcp.ClientSessionOptions{ProtocolVersion: eras[f.era]})
		if err != nil {
			write(ts.Stderr(), err.Error()+"\n")
			return "", err
		}
		defer s.Close()
		session = s
	default:
		h, err := start(ts, f, nil)
		if err != nil {
			write(ts.Stderr(), err.Error()+"\n")
			return "", err
		}
		defer func() {
			if err := h.end(); err != nil {
				ts.Fatalf("tftsr stdio: %v\n%s", err, h.stderr.String())
			}
			write(ts.Stderr(), h.stderr.String())
		}()
		session = h.session
	}
	res, err := session.CallTool(ctx, &mcp.CallToolParams{Name: rest[0], Arguments: json.RawMessage(rest[1])})
	if err != nil {
		write(ts.Stderr(), err.Error()+"\n")
		return "", err
	}
	if res.IsError {
		var text strings.Builder
		for _, c := range res.Content {
			if t, ok := c.(*mcp.TextContent); ok {
				text.WriteString(t.Text + "\n")
			}
		}
		write(ts.Stdout(), text.String())
		ts.Logf("%s", text.String())
		return text.String(), errors.New("the tool refused")
	}
	b, err := json.Marshal(res.StructuredContent)
	ts.Check(err)
	write(ts.Stdout(), string(b)+"\n")
	ts.Logf("%.2000s", b)
	if f.save != "" {
		for _, pair := range strings.Split(f.save, ",") {
			name, path, _ := strings.Cut(pair, "=")
			ts.Setenv(name, field(ts, b, path))
		}
	}
	return string(b), nil
}

// field is the text of a field of a JSON object.
func field(ts *testscript.TestScript, b []byte, path string) string {
	var v any
	ts.Check(json.Unmarshal(b, &v))
	for _, name := range strings.Split(path, ".") {
		if list, ok := v.([]any); ok && name == "0" && len(list) > 0 {
			v = list[0]
			continue
		}
		m, ok := v.(map[string]any)
		if !ok || m[name] == nil {
			ts.Fatalf("there is no %s in %s", path, b)
		}
		v = m[name]
	}
	return fmt.Sprint(v)
}
