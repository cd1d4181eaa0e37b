package tools

import "context"

type testConfluenceIn struct {
	Instance string `json:"instance,omitempty" gate:"id" jsonschema:"example=wiki"`
}

func testConfluenceConnection() Tool {
	return define(spec{
		name: "test_confluence_connection", title: "Test the Confluence connection", toolset: setConfluence, readOnly: true, openWorld: true,
		description: "Check that a Confluence answers and accepts the configured login.",
	}, func(ctx context.Context, c *call, in testConfluenceIn) (connectionOut, error) {
		w, err := c.wiki(ctx, in.Instance, "", "")
		if err != nil {
			return connected("", err)
		}
		_, err = w.client.Test(ctx)
		return connected(w.inst.Name, w.failed(ctx, err))
	})
}
