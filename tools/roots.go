//nolint:staticcheck // Roots are deprecated since 2026-07-28 (SEP-2577); hosts offer them for a year and more, and users expect them to count.
package tools

//lint:file-ignore SA1019 Roots are deprecated since 2026-07-28 (SEP-2577); hosts offer them for a year and more, and users expect them to count.

import (
	"context"
	"slices"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/gate"
)

// firstModern is the protocol revision from which a server asks for roots in
// the result of the call instead of by a request of its own.
const firstModern = "2026-07-28"

const rootsKey = "roots"

// allowedFolders returns the folders below which this call may read: those of
// the configuration, and the roots of a host that runs us as its child. Roots
// of a remote client name folders of another machine and do not count.
func (c *call) allowedFolders(ctx context.Context) ([]string, error) {
	folders := slices.Clone(c.Config.AllowedFolders)
	caps := c.req.ClientCapabilities()
	if c.caller.Channel != gate.ChannelStdio || caps == nil || caps.RootsV2 == nil {
		return folders, nil
	}
	var list *mcp.ListRootsResult
	if c.req.ProtocolVersion() >= firstModern {
		answer, ok := c.req.Params.InputResponses[rootsKey].(*mcp.ListRootsResult)
		if !ok {
			return nil, &interrupt{&mcp.CallToolResult{InputRequests: mcp.InputRequestMap{rootsKey: &mcp.ListRootsParams{}}}}
		}
		list = answer
	} else {
		var err error
		if list, err = c.req.Session.ListRoots(ctx, nil); err != nil {
			// A host that announces roots and cannot list them has none.
			return folders, nil
		}
	}
	for _, r := range list.Roots {
		if p, ok := filePath(r.URI); ok {
			folders = append(folders, p)
		}
	}
	return folders, nil
}
