//nolint:staticcheck // See roots.go.
package tools

//lint:file-ignore SA1019 See roots.go.

import "github.com/modelcontextprotocol/go-sdk/mcp"

// newHost makes a client that offers these roots, or no roots at all.
func newHost(roots []string) *mcp.Client {
	caps := &mcp.ClientCapabilities{}
	if roots != nil {
		caps.RootsV2 = &mcp.RootCapabilities{}
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "host", Version: "1"}, &mcp.ClientOptions{Capabilities: caps})
	for _, r := range roots {
		client.AddRoots(&mcp.Root{URI: r})
	}
	return client
}
