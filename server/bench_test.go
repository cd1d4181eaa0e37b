package server

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// BenchmarkCall compares a call through the chain with the same tool on a bare
// server of the SDK, both over pipes with the SDK's client. "durable" is the
// whole: two commits to the encrypted record, each flushed to the disk.
func BenchmarkCall(b *testing.B) {
	for name, size := range map[string]int{"64B": 64, "16KB": 16 << 10} {
		text := strings.Repeat("2026-03-01 14:05:00 WARN pool exhausted, waiting for a connection\n", size/66+1)[:size]
		handler := func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}, nil
		}
		run := func(b *testing.B, cs *mcp.ClientSession, callers int) {
			b.Helper()
			var wg sync.WaitGroup
			calls := make(chan struct{})
			for range callers {
				wg.Go(func() {
					for range calls {
						if res, err := cs.CallTool(context.Background(), &mcp.CallToolParams{Name: "bench", Arguments: map[string]any{"query": "pool exhausted"}}); err != nil || res.IsError {
							b.Errorf("%v %v", res, err)
						}
					}
				})
			}
			for b.Loop() {
				calls <- struct{}{}
			}
			close(calls)
			wg.Wait()
		}
		for _, callers := range []int{1, 16} {
			who := "/1caller"
			if callers > 1 {
				who = "/16callers"
			}
			b.Run(name+who+"/bare", func(b *testing.B) {
				s := mcp.NewServer(&mcp.Implementation{Name: "bare", Version: "1"}, nil)
				s.AddTool(&mcp.Tool{Name: "bench", InputSchema: json.RawMessage(`{"type":"object"}`)}, handler)
				hostRead, serverWrite := io.Pipe()
				serverRead, hostWrite := io.Pipe()
				go s.Run(b.Context(), &mcp.IOTransport{Reader: serverRead, Writer: serverWrite})
				c := mcp.NewClient(&mcp.Implementation{Name: "bench", Version: "1"}, nil)
				cs, err := c.Connect(b.Context(), &mcp.IOTransport{Reader: hostRead, Writer: hostWrite}, nil)
				if err != nil {
					b.Fatal(err)
				}
				defer cs.Close()
				run(b, cs, callers)
			})
			b.Run(name+who+"/durable", func(b *testing.B) {
				f := newFixture(b, nil)
				f.tool("bench", handler)
				cs := f.connectStdio(b, "modern")
				run(b, cs, callers)
			})
		}
	}
}

// BenchmarkRecheck is what the check of each frame that leaves adds.
func BenchmarkRecheck(b *testing.B) {
	f := newFixture(b, nil)
	text, _ := json.Marshal(strings.Repeat("2026-03-01 14:05:00 WARN pool exhausted, waiting for a connection\n", 240))
	frame := []byte(`{"jsonrpc":"2.0","id":5,"result":{"content":[{"type":"text","text":` + string(text) + `}]}}`)
	b.SetBytes(int64(len(frame)))
	for b.Loop() {
		if _, err := f.server.recheck(b.Context(), frame); err != nil {
			b.Fatal(err)
		}
	}
}
