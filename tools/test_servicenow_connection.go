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

func testServiceNowConnection() Tool {
	return define(spec{
		name: "test_servicenow_connection", title: "Test the ServiceNow connection", toolset: setServiceNow, readOnly: true, openWorld: true,
		description: "Check that a ServiceNow instance answers and accepts the configured login.",
	}, func(ctx context.Context, c *call, in testServiceNowIn) (connectionOut, error) {
		s, err := c.snow(ctx, in.Instance, "", "")
		if err == nil {
			_, err = s.client.Test(ctx)
			err = s.failed(ctx, err)
		}
		var u *usageError
		switch {
		case errors.As(err, &u):
			return connectionOut{Message: u.text}, nil
		case err != nil:
			return connectionOut{}, err
		}
		return connectionOut{true, s.inst.Name + " answers and accepts the login"}, nil
	})
}
