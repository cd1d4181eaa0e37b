//lint:file-ignore SA1019 The server scans what hosts still use, deprecated or not.

//nolint:staticcheck // SA1019, as above.
package server

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// wireTypes are the roots from which every type of the SDK that goes over the
// wire is reached. TestEveryTypeOfTheSDKIsReached compares them with its source.
var wireTypes = []any{
	mcp.CallToolParams{},
	mcp.CallToolParamsRaw{},
	mcp.CallToolResult{},
	mcp.CancelledParams{},
	mcp.CompleteParams{},
	mcp.CompleteResult{},
	mcp.CreateMessageParams{},
	mcp.CreateMessageResult{},
	mcp.CreateMessageWithToolsParams{},
	mcp.CreateMessageWithToolsResult{},
	mcp.DiscoverParams{},
	mcp.DiscoverResult{},
	mcp.ElicitParams{},
	mcp.ElicitResult{},
	mcp.ElicitationCompleteParams{},
	mcp.GetPromptParams{},
	mcp.GetPromptResult{},
	mcp.InitializeParams{},
	mcp.InitializeResult{},
	mcp.InitializedParams{},
	mcp.ListPromptsParams{},
	mcp.ListPromptsResult{},
	mcp.ListResourceTemplatesParams{},
	mcp.ListResourceTemplatesResult{},
	mcp.ListResourcesParams{},
	mcp.ListResourcesResult{},
	mcp.ListRootsParams{},
	mcp.ListRootsResult{},
	mcp.ListToolsParams{},
	mcp.ListToolsResult{},
	mcp.LoggingMessageParams{},
	mcp.PingParams{},
	mcp.ProgressNotificationParams{},
	mcp.PromptListChangedParams{},
	mcp.ReadResourceParams{},
	mcp.ReadResourceResult{},
	mcp.ResourceListChangedParams{},
	mcp.ResourceUpdatedNotificationParams{},
	mcp.RootsListChangedParams{},
	mcp.SetLoggingLevelParams{},
	mcp.SubscribeParams{},
	mcp.SubscriptionsAcknowledgedParams{},
	mcp.SubscriptionsListenParams{},
	mcp.SubscriptionsListenResult{},
	mcp.ToolListChangedParams{},
	mcp.UnsubscribeParams{},
	mcp.MissingRequiredClientCapabilityData{},
	mcp.UnsupportedProtocolVersionData{},
	// Implementations of interfaces, which reflection does not find.
	mcp.TextContent{},
	mcp.ImageContent{},
	mcp.AudioContent{},
	mcp.ResourceLink{},
	mcp.EmbeddedResource{},
	mcp.ToolUseContent{},
	mcp.ToolResultContent{},
}

// notWire are exported types of the SDK that configure it and are never sent.
var notWire = []string{
	"CloseSSEStreamArgs", "ParamsBase", "ResultBase", "RequestParams",
}

// stringFields finds the fields that can hold a string, in every struct that
// is reached from t.
func stringFields(t reflect.Type, types map[string]bool, fields map[string]bool) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		stringFields(t.Elem(), types, fields)
		return
	case reflect.Struct:
	default:
		return
	}
	if types[t.Name()] {
		return
	}
	if t.Name() != "" {
		types[t.Name()] = true
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		if f.Type != metaType && holdsString(f.Type) {
			fields[t.Name()+"."+f.Name] = true
		}
		stringFields(f.Type, types, fields)
	}
}

// holdsString reports whether a field of type t is a place for strings of its
// own: text, bytes, any value, or a list or map of those.
func holdsString(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String:
		return true
	case reflect.Interface:
		return t.NumMethod() == 0
	case reflect.Slice:
		return t.Elem().Kind() == reflect.Uint8 || holdsString(t.Elem())
	case reflect.Map:
		return holdsString(t.Elem())
	case reflect.Pointer:
		return holdsString(t.Elem())
	}
	return false
}

func reached() (types, fields map[string]bool) {
	types, fields = map[string]bool{}, map[string]bool{}
	for _, v := range wireTypes {
		stringFields(reflect.TypeOf(v), types, fields)
	}
	return types, fields
}

func TestEverySurfaceIsListed(t *testing.T) {
	_, fields := reached()
	for name := range fields {
		if _, ok := surfaces[name]; !ok {
			t.Errorf("%s can hold a string and is not in the table of surfaces: decide how it is treated", name)
		}
	}
	for name := range surfaces {
		if !fields[name] && name != "MissingRequiredClientCapabilityData.RequiredCapabilities" {
			t.Errorf("%s is in the table of surfaces and not in the SDK", name)
		}
	}
	if len(fields) < 100 {
		t.Errorf("only %d fields found: the test looks at the wrong types", len(fields))
	}
}

func TestEveryTypeOfTheSDKIsReached(t *testing.T) {
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", "github.com/modelcontextprotocol/go-sdk/mcp").Output()
	if err != nil {
		t.Fatalf("find the source of the SDK: %v", err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	types, _ := reached()
	declared := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		base := filepath.Base(name)
		wireFile := base == "protocol.go" || base == "content.go"
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.TYPE {
				continue
			}
			for _, spec := range g.Specs {
				s := spec.(*ast.TypeSpec)
				if _, isStruct := s.Type.(*ast.StructType); !isStruct || !s.Name.IsExported() || s.TypeParams != nil {
					continue
				}
				n := s.Name.Name
				if !wireFile && !strings.HasSuffix(n, "Params") && !strings.HasSuffix(n, "Result") && !strings.HasSuffix(n, "Content") {
					continue
				}
				declared++
				if !types[n] && !slices.Contains(notWire, n) {
					t.Errorf("the SDK has a type %s that the test of surfaces does not reach: add it to wireTypes", n)
				}
			}
		}
	}
	if declared < 60 {
		t.Errorf("only %d types found in the source of the SDK", declared)
	}
}
