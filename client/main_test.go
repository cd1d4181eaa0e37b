package client

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/testdata/hostile"
)

// The test binary is also a stdio server, a good one or the hostile one: the first argument says which.
const (
	asServer  = "serve-mcp"
	asHostile = "hostile"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == asServer {
		if err := sdkServer().Run(context.Background(), &mcp.StdioTransport{}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if len(os.Args) > 1 && os.Args[1] == asHostile {
		os.Exit(hostile.Main(os.Args[2:], os.Stdin, os.Stdout, os.Stderr))
	}
	if len(os.Args) > 1 && os.Args[1] == asHolder {
		os.Exit(holder())
	}
	os.Exit(m.Run())
}

type echoIn struct {
	Text string `json:"text"`
}

// sdkServer is a server in which nothing is wrong, of both eras.
func sdkServer() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "fine", Version: "1"}, &mcp.ServerOptions{Instructions: "be kind"})
	mcp.AddTool(s, &mcp.Tool{Name: "echo"}, func(_ context.Context, _ *mcp.CallToolRequest, in echoIn) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: in.Text}}}, nil, nil
	})
	return s
}
