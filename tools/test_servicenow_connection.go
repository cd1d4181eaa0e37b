package tools

import (
	"context"
	"errors"
)

type testServiceNowIn struct {
	Instance string `json:"instance,omitempty" gate:"id" jsonschema:"example=prod"`
}

type connectionOut struct {
	Success bool   `json:"success"`
	Message string `json:"message" jsonschema:"example=prod answers and accepts the login"`
}

// connected is the answer to a test of an instance's connection. What the
// owner can mend is an answer too.
func connected(instance string, err error) (connectionOut, error) {
	var u *usageError
	switch {
	case errors.As(err, &u):
		return connectionOut{Message: u.text}, nil
	case err != nil:
		return connectionOut{}, err
	}
	return connectionOut{true, instance + " answers and accepts the login"}, nil
}

func testServiceNowConnection() Tool {
	return define(spec{
		name: "test_servicenow_connection", title: "Test the ServiceNow connection", toolset: setServiceNow, readOnly: true, openWorld: true,
		description: "Check that a ServiceNow instance answers and accepts the configured login.",
	}, func(ctx context.Context, c *call, in testServiceNowIn) (connectionOut, error) {
		s, err := c.snow(ctx, in.Instance, "", "")
		if err != nil {
			return connected("", err)
		}
		_, err = s.client.Test(ctx)
		return connected(s.inst.Name, s.failed(ctx, err))
	})
}
