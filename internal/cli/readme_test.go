package cli

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/tools"
)

// What the README names and a test puts its own in place of.
const (
	readmeBinary = "/usr/local/bin/tftsr"
	readmeFolder = "/var/log"
	readmeListen = "0.0.0.0:7337"
	readmeToken  = "tftsr_…"
)

// hostEntry is a server in the configuration of a host, with the fields that
// the hosts of the README know.
type hostEntry struct {
	Type    string
	Command string
	Args    []string
	URL     string
	Headers map[string]string
}

// readmeBlocks returns the blocks of code that follow the paragraph beginning
// with the bold name in the README.
func readmeBlocks(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(sourceTree, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "\n**"+name+"**")
	if !ok {
		t.Fatalf("README.md has no paragraph **%s**", name)
	}
	var blocks []string
	inside := false
	for line := range strings.Lines(rest) {
		if strings.HasPrefix(line, "**") || strings.HasPrefix(line, "#") {
			break
		}
		code, indented := strings.CutPrefix(line, "    ")
		switch {
		case indented && inside:
			blocks[len(blocks)-1] += code
		case indented:
			blocks = append(blocks, code)
		}
		inside = indented
	}
	return blocks
}

// readEntry reads the configuration of a host: the server tftsr below the key
// that this host looks at.
func readEntry(t *testing.T, key, block string) hostEntry {
	t.Helper()
	var file map[string]map[string]hostEntry
	dec := json.NewDecoder(strings.NewReader(block))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		t.Fatalf("the configuration does not parse: %v\n%s", err, block)
	}
	if len(file) != 1 || len(file[key]) != 1 || file[key]["tftsr"].Type == "" && file[key]["tftsr"].Command == "" {
		t.Fatalf("the configuration is not one server named tftsr below %q:\n%s", key, block)
	}
	return file[key]["tftsr"]
}

// one returns the only block of a host.
func one(t *testing.T, name string) string {
	t.Helper()
	blocks := readmeBlocks(t, name)
	if len(blocks) != 1 {
		t.Fatalf("README.md has %d blocks for %s, want 1: %q", len(blocks), name, blocks)
	}
	return blocks[0]
}

// Every configuration for a host that starts tftsr itself works as it stands:
// the server offers its tools, keeps an issue, and reads a log in the folder
// that the configuration opens, in both eras of the protocol.
func TestReadmeConfigurationsOfLocalHostsWork(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]func(*testing.T) hostEntry{
		"Claude Desktop": func(t *testing.T) hostEntry { return readEntry(t, "mcpServers", one(t, "Claude Desktop")) },
		"Cursor":         func(t *testing.T) hostEntry { return readEntry(t, "mcpServers", one(t, "Cursor")) },
		"VS Code": func(t *testing.T) hostEntry {
			e := readEntry(t, "servers", one(t, "VS Code"))
			if e.Type != "stdio" {
				t.Errorf("type is %q, want stdio", e.Type)
			}
			return e
		},
		"Claude Code": func(t *testing.T) hostEntry {
			// `claude mcp add NAME -- COMMAND ARGS...`
			words := strings.Fields(one(t, "Claude Code"))
			if len(words) < 6 || !slices.Equal(words[:5], []string{"claude", "mcp", "add", "tftsr", "--"}) {
				t.Fatalf("not a command that adds a server: %q", words)
			}
			return hostEntry{Command: words[5], Args: words[6:]}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := read(t)
			if e.Command != readmeBinary {
				t.Fatalf("the command is %q, want %q, where the README installs it", e.Command, readmeBinary)
			}
			dir, args := t.TempDir(), slices.Clone(e.Args)
			folder := logFolder(t, dir, args)
			for era, version := range eras {
				cmd := child(t, dir, args...)
				cmd.Stderr = t.Output()
				session := started(t, cmd, version)
				useServer(t, session, era, folder)
				session.Close()
				if err := cmd.Wait(); err != nil {
					t.Errorf("%s: the server ended with %v", era, err)
				}
			}
		})
	}
}

// A remote agent reaches the server as the README says: the commands on the
// server's side, and then the agent's configuration over TLS, with the name
// of the server and the token in it.
func TestReadmeConfigurationOfARemoteAgentWorks(t *testing.T) {
	t.Parallel()
	blocks := readmeBlocks(t, "A remote agent")
	if len(blocks) != 2 {
		t.Fatalf("README.md has %d blocks for a remote agent, want the server's and the agent's: %q", len(blocks), blocks)
	}
	entry := readEntry(t, "mcpServers", blocks[1])
	at, err := url.Parse(entry.URL)
	if err != nil || entry.Type != "http" || at.Scheme != "https" {
		t.Fatalf("the agent's server is %+v, want an https URL of type http", entry)
	}
	dir := t.TempDir()
	roots := certificate(t, dir, at.Hostname())

	var token, address, folder string
	var vars []string
	for line := range strings.Lines(blocks[0]) {
		line, _, _ = strings.Cut(line, " #")
		words := strings.Fields(line)
		switch {
		case len(words) == 2 && words[0] == "export":
			vars = append(vars, words[1])
		case len(words) > 2 && words[0] == "tftsr" && words[1] == "token":
			token = strings.TrimSpace(string(output(t, dir, words[1:]...)))
		case len(words) > 2 && words[0] == "tftsr" && words[1] == "http":
			folder = logFolder(t, dir, words)
			i := slices.Index(words, readmeListen)
			if i < 0 {
				t.Fatalf("the server does not listen on %s: %q", readmeListen, words)
			}
			words[i] = "127.0.0.1:0"
			cmd := child(t, dir, words[1:]...)
			cmd.Env = append(cmd.Env, vars...)
			cmd.Dir = dir
			address = serving(t, cmd)
		default:
			t.Fatalf("README.md has a line that this test does not understand: %q", line)
		}
	}
	if token == "" || address == "" {
		t.Fatalf("README.md makes no token or starts no server: %q", blocks[0])
	}
	for name, value := range entry.Headers {
		entry.Headers[name] = strings.Replace(value, readmeToken, token, 1)
	}
	if !strings.Contains(fmt.Sprint(entry.Headers), token) {
		t.Fatalf("the headers %v have no %s", entry.Headers, readmeToken)
	}
	client := &http.Client{Transport: headers{entry.Headers, &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13},
		// No name server knows the name: this is all that is not as in the README.
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}}}
	for era, version := range eras {
		session, err := mcp.NewClient(&mcp.Implementation{Name: "readme", Version: "1"}, nil).Connect(t.Context(),
			&mcp.StreamableClientTransport{Endpoint: entry.URL, HTTPClient: client, MaxRetries: -1},
			&mcp.ClientSessionOptions{ProtocolVersion: version})
		if err != nil {
			t.Fatalf("%s: %v", era, err)
		}
		useServer(t, session, era, folder)
		session.Close()
	}
}

// The README's places for the data key work in an empty home, and the next
// start finds the key there. The passphrase has its own script, and systemd's
// credentials their own test.
func TestReadmePlacesForTheDataKeyWork(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(sourceTree, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	file := regexp.MustCompile("`tftsr (init --key-file ~/[^`]+)`").FindSubmatch(text)
	environment := regexp.MustCompile("`TFTSR_DB_KEY=\\$\\(openssl rand -base64 32\\)`").Find(text)
	if file == nil || environment == nil {
		t.Fatal("README.md does not name a key file or TFTSR_DB_KEY as a place for the data key")
	}
	run := func(dir string, vars []string, args ...string) {
		t.Helper()
		cmd := child(t, dir, args...)
		cmd.Env = slices.DeleteFunc(cmd.Env, func(v string) bool { return strings.HasPrefix(v, "TFTSR_DB_KEY=") })
		cmd.Env = append(cmd.Env, vars...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("tftsr %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	home := t.TempDir()
	run(home, nil, strings.Fields(strings.ReplaceAll(string(file[1]), "~", home))...)
	run(home, nil, "token", "create", "agent")

	home = t.TempDir()
	key := make([]byte, 32) // what openssl prints is base64 of random bytes
	if _, err := rand.Read(key); err != nil {
		t.Fatal(err)
	}
	vars := []string{"TFTSR_DB_KEY=" + base64.StdEncoding.EncodeToString(key)}
	run(home, vars, "token", "create", "agent")
	run(home, vars, "token", "list")
}

// logFolder puts a folder with a log in place of the README's in args.
func logFolder(t *testing.T, dir string, args []string) string {
	t.Helper()
	folder := filepath.Join(dir, "log")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "app.log"), []byte("login of alice@corp-mail.com failed\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	i := slices.Index(args, readmeFolder)
	if i < 0 {
		t.Fatalf("the configuration does not open %s: %q", readmeFolder, args)
	}
	args[i] = folder
	return folder
}

// started starts a server on stdio and connects to it.
func started(t *testing.T, cmd *exec.Cmd, version string) *mcp.ClientSession {
	t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	session, err := mcp.NewClient(&mcp.Implementation{Name: "readme", Version: "1"}, nil).Connect(t.Context(),
		&mcp.IOTransport{Reader: out, Writer: in}, &mcp.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// serving starts a server on HTTP, ends it with the test, and returns the
// address that it listens on.
func serving(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	drained := make(chan struct{})
	t.Cleanup(func() {
		if err := interrupt(cmd.Process); err != nil {
			t.Error(err)
		}
		<-drained
		_ = cmd.Wait() // On Windows it was killed.
	})
	said := make(chan string, 1)
	go func() {
		defer close(drained)
		defer close(said)
		var all bytes.Buffer
		lines := bufio.NewScanner(io.TeeReader(stderr, &all))
		for lines.Scan() {
			if _, u, ok := strings.Cut(lines.Text(), "serving MCP on "); ok {
				said <- u
			}
		}
		t.Logf("stderr of tftsr http:\n%s", &all)
	}()
	select {
	case text := <-said:
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "https" || u.Path != "/mcp" {
			t.Fatalf("tftsr http serves on %q", text)
		}
		return u.Host
	case <-time.After(patience):
		t.Fatal("tftsr http does not say where it serves")
		return ""
	}
}

// useServer does with a server what a new user does first.
func useServer(t *testing.T, session *mcp.ClientSession, era, folder string) {
	t.Helper()
	list, err := session.ListTools(t.Context(), nil)
	usual, selErr := tools.Select(tools.All(), tools.Selection{})
	if err != nil || selErr != nil || len(list.Tools) != len(usual) {
		t.Fatalf("%s: tools/list: %v, %+v", era, err, list)
	}
	var issue struct{ Issue struct{ ID string } }
	callInto(t, session, era, &issue, "create_issue", map[string]any{"title": "First", "severity": "low", "category": "linux"})
	var log struct {
		Log struct {
			Lines    int64
			Findings []struct{ Type string }
		}
	}
	callInto(t, session, era, &log, "redact_log", map[string]any{"issue_id": issue.Issue.ID, "path": filepath.Join(folder, "app.log")})
	if log.Log.Lines != 1 || len(log.Log.Findings) != 1 || log.Log.Findings[0].Type != "Email" {
		t.Errorf("%s: redact_log answers %+v", era, log)
	}
}

// callInto calls a tool and reads its answer.
func callInto(t *testing.T, session *mcp.ClientSession, era string, out any, name string, args map[string]any) {
	t.Helper()
	res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: name, Arguments: args})
	if err != nil || res.IsError {
		t.Fatalf("%s: %s: %v %+v", era, name, err, res)
	}
	b, err := json.Marshal(res.StructuredContent)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, out); err != nil {
		t.Fatalf("%s: %s: %v", era, name, err)
	}
}

// headers sets the headers of a configuration on every request.
type headers struct {
	set  map[string]string
	next http.RoundTripper
}

func (h headers) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	for name, value := range h.set {
		r.Header.Set(name, value)
	}
	return h.next.RoundTrip(r)
}

// certificate writes cert.pem and key.pem of a server into dir and returns
// what a client trusts it by.
func certificate(t *testing.T, dir, name string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), DNSNames: []string{name}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	for file, text := range map[string][]byte{
		"cert.pem": certPEM, "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	} {
		if err := os.WriteFile(filepath.Join(dir, file), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(certPEM) {
		t.Fatal("the certificate cannot be read back")
	}
	return pool
}

// What SECURITY.md and the documents name as proof of a promise exists: tests
// and files.
func TestDocumentsNameTestsAndFilesThatExist(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(sourceTree, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"} {
		names = append(names, filepath.Join(sourceTree, name))
	}
	tests := testNames(t)
	named := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("`((?:Test|Fuzz)[A-Z]\\w+)`").FindAllStringSubmatch(string(text), -1) {
			if named++; !tests[m[1]] {
				t.Errorf("%s names %s, which does not exist", filepath.Base(name), m[1])
			}
		}
		// Paths of the source tree, as `internal/gate/head.go`, and links.
		for _, m := range regexp.MustCompile("`((?:internal|server|store|tools|docs|testdata|scripts)/[\\w./-]*\\w)`").FindAllStringSubmatch(string(text), -1) {
			switch m[1] {
			case "server/discover", "tools/list", "tools/call":
				continue // Methods of the protocol look like paths.
			}
			if _, err := os.Stat(filepath.Join(sourceTree, m[1])); err != nil {
				t.Errorf("%s names %s, which does not exist", filepath.Base(name), m[1])
			}
		}
		for _, m := range regexp.MustCompile(`\]\(([\w./-]+\.md)\)`).FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s links to %s, which does not exist", filepath.Base(name), m[1])
			}
		}
	}
	if named < 30 {
		t.Errorf("the documents name %d tests: this test looks at the wrong place", named)
	}
}

// testNames are the tests and fuzz targets of the source tree.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir(sourceTree, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range function.FindAllSubmatch(text, -1) {
			names[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
