package tools

import (
	"context"
	"errors"
)

type testConfluenceIn struct {
	Instance string `json:"instance,omitempty" gate:"id" jsonschema:"example=wiki"`
}

func testConfluenceConnection() Tool {
	return define(spec{
		name: "test_confluence_connection", title: "Test the Confluence connection", toolset: setConfluence, readOnly: true, openWorld: true,
		description: "Check that a Confluence answers and accepts the configured login.",
	}, func(ctx context.Context, c *call, in testConfluenceIn) (connectionOut, error) {
		w, err := c.wiki(ctx, in.Instance, "", "")
		if err == nil {
			_, err = w.client.Test(ctx)
			err = w.failed(ctx, err)
		}
		var u *usageError
		switch {
		case errors.As(err, &u):
			return connectionOut{Message: u.text}, nil
		case err != nil:
			return connectionOut{}, err
		}
		return connectionOut{true, w.inst.Name + " answers and accepts the login"}, nil
	})
}
