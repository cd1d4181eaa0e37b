package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// connectTimeout bounds the start of the child.
const connectTimeout = 20 * time.Second

// host plays the program that an engineer talks to: it starts the server as a
// child, speaks MCP with it through the go-sdk client, and keeps a copy of
// every byte that the child wrote.
type host struct {
	cmd     *exec.Cmd
	stdin   io.Closer
	session *mcp.ClientSession
	frames  buffer
	stderr  buffer
}

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// Bytes returns a copy of what was written so far.
func (b *buffer) Bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.b.Bytes())
}

func (b *buffer) String() string { return string(b.Bytes()) }

func startHost(ctx context.Context, binary string, env, args []string, protocol, version string) (*host, error) {
	h := &host{cmd: exec.Command(binary, args...)} //nolint:noctx // it ends when its stdin closes
	h.cmd.Env = env
	h.cmd.Stderr = &h.stderr
	in, err := h.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	h.stdin = in
	if err := h.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "tftsr-demo", Version: version}, &mcp.ClientOptions{Capabilities: &mcp.ClientCapabilities{}})
	transport := &mcp.IOTransport{Reader: io.NopCloser(io.TeeReader(out, &h.frames)), Writer: in}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	h.session, err = client.Connect(ctx, transport, &mcp.ClientSessionOptions{ProtocolVersion: protocol})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connect to the server: %w\n%s", err, h.stderr.String()), h.close())
	}
	return h, nil
}

// close ends the child by closing its stdin, as hosts do.
func (h *host) close() error {
	// The session closes stdin too, and reports that the pipe ended, which is
	// what was wanted.
	if h.session != nil {
		_ = h.session.Close()
	}
	_ = h.stdin.Close()
	done := make(chan error, 1)
	go func() { done <- h.cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("the server ended with %w", err)
		}
		return nil
	case <-time.After(connectTimeout):
		return errors.Join(errors.New("the server did not end when its stdin closed"), h.cmd.Process.Kill())
	}
}

// call calls a tool and decodes its structured answer. An isError answer is
// an error with its text.
func call[Out any](ctx context.Context, h *host, tool string, args map[string]any) (Out, error) {
	var out Out
	res, err := h.session.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		return out, fmt.Errorf("%s: %w", tool, err)
	}
	if res.IsError {
		text := ""
		for _, c := range res.Content {
			if t, ok := c.(*mcp.TextContent); ok {
				text += t.Text
			}
		}
		return out, fmt.Errorf("%s: %s", tool, text)
	}
	b, err := json.Marshal(res.StructuredContent)
	if err != nil {
		return out, fmt.Errorf("%s: %w", tool, err)
	}
	if err := json.Unmarshal(b, &out); err != nil {
		return out, fmt.Errorf("%s: %w", tool, err)
	}
	return out, nil
}
