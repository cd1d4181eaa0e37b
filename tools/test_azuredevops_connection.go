package tools

import (
	"context"
	"errors"
)

type testAzureDevOpsIn struct {
	Instance string `json:"instance,omitempty" gate:"id" jsonschema:"example=prod"`
}

func testAzureDevOpsConnection() Tool {
	return define(spec{
		name: "test_azuredevops_connection", title: "Test the Azure DevOps connection", toolset: setAzureDevOps, readOnly: true, openWorld: true,
		description: "Check that an Azure DevOps project answers and accepts the configured login.",
	}, func(ctx context.Context, c *call, in testAzureDevOpsIn) (connectionOut, error) {
		s, err := c.ado(ctx, in.Instance, "", "")
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
