//nolint:staticcheck // See roots.go.
package tools

//lint:file-ignore SA1019 See roots.go.

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// newHost makes a client that offers these roots, or no roots at all, and
// answers questions with answer after during has run, or cannot be asked at
// all.
func newHost(roots []string, answer string, during func()) *mcp.Client {
	caps := &mcp.ClientCapabilities{}
	options := &mcp.ClientOptions{Capabilities: caps}
	if answer != "" {
		caps.Elicitation = &mcp.ElicitationCapabilities{Form: &mcp.FormElicitationCapabilities{}}
		options.ElicitationHandler = func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			if during != nil {
				during()
			}
			return &mcp.ElicitResult{Action: answer, Content: map[string]any{}}, nil
		}
	}
	if roots != nil {
		caps.RootsV2 = &mcp.RootCapabilities{}
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "host", Version: "1"}, options)
	for _, r := range roots {
		client.AddRoots(&mcp.Root{URI: r})
	}
	return client
}
