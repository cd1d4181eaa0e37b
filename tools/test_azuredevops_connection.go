package tools

import "context"

type testAzureDevOpsIn struct {
	Instance string `json:"instance,omitempty" gate:"id" jsonschema:"example=prod"`
}

func testAzureDevOpsConnection() Tool {
	return define(spec{
		name: "test_azuredevops_connection", title: "Test the Azure DevOps connection", toolset: setAzureDevOps, readOnly: true, openWorld: true,
		description: "Check that an Azure DevOps project answers and accepts the configured login.",
	}, func(ctx context.Context, c *call, in testAzureDevOpsIn) (connectionOut, error) {
		s, err := c.ado(ctx, in.Instance, "", "")
		if err != nil {
			return connected("", err)
		}
		_, err = s.client.Test(ctx)
		return connected(s.inst.Name, s.failed(ctx, err))
	})
}
