package server

import (
	"reflect"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// treatment says what the strings of a field are, and with that what the gate
// does to them in each direction.
type treatment uint8

const (
	// treatText is prose: redacted in both directions. It is what an unlisted
	// field gets.
	treatText treatment = iota
	// treatJSON is a document of any shape: every string in it is redacted,
	// with the key before it as context.
	treatJSON
	// treatURI names a resource. Inbound, one that holds a detected value is
	// refused, because a rewritten address would name something else;
	// outbound it is redacted.
	treatURI
	// treatID is a name out of a list that we published. Inbound, what is not
	// of the form of an identifier, or holds a detected value, is refused;
	// outbound it is redacted.
	treatID
	// treatWord is a word of the protocol's own, a version, a media type or a
	// time. What does not look like one is text.
	treatWord
	// treatSealed is opaque to everybody but its maker: a cursor of the SDK, a
	// sealed request state, a progress token of the client's. It goes back to
	// where it came from. What does not look like one is text.
	treatSealed
	// treatBytes is binary. Nothing can be cut out of it without breaking it,
	// so bytes that hold a detected value are withheld as a whole.
	treatBytes
	// treatPath is a place on the caller's machine that handlers need as it
	// is. Inbound it passes, and is recorded nowhere; outbound it is redacted.
	treatPath
	// treatArgs are the arguments of a tool. They are cleared by the
	// specification of that tool, not by this table.
	treatArgs
)

// surfaces lists every field of the SDK's wire types that can hold a string,
// by type and field. TestEverySurfaceIsListed compares it with the SDK by
// reflection, so that a field which a new version of the SDK brings is seen
// and decided; until then it is text.
var surfaces = map[string]treatment{
	"Annotations.Audience":     treatWord,
	"Annotations.LastModified": treatWord,

	"AudioContent.Data":     treatBytes,
	"AudioContent.MIMEType": treatWord,

	"Cacheable.CacheScope": treatWord,

	"CallToolParams.Arguments":         treatJSON,
	"CallToolParams.Name":              treatID,
	"CallToolParams.RequestState":      treatSealed,
	"CallToolParamsRaw.Arguments":      treatArgs,
	"CallToolParamsRaw.Name":           treatID,
	"CallToolParamsRaw.RequestState":   treatSealed,
	"CallToolResult.RequestState":      treatSealed,
	"CallToolResult.StructuredContent": treatJSON,

	"CancelledParams.Reason":    treatText,
	"CancelledParams.RequestID": treatSealed,

	"ClientCapabilities.Experimental": treatJSON,
	"ClientCapabilities.Extensions":   treatJSON,

	"CompleteContext.Arguments":      treatText,
	"CompleteParamsArgument.Name":    treatID,
	"CompleteParamsArgument.Value":   treatText,
	"CompleteReference.Name":         treatID,
	"CompleteReference.Type":         treatWord,
	"CompleteReference.URI":          treatURI,
	"CompletionResultDetails.Values": treatText,

	"CreateMessageParams.IncludeContext":          treatWord,
	"CreateMessageParams.Metadata":                treatJSON,
	"CreateMessageParams.StopSequences":           treatText,
	"CreateMessageParams.SystemPrompt":            treatText,
	"CreateMessageResult.Model":                   treatText,
	"CreateMessageResult.Role":                    treatWord,
	"CreateMessageResult.StopReason":              treatWord,
	"CreateMessageWithToolsParams.IncludeContext": treatWord,
	"CreateMessageWithToolsParams.Metadata":       treatJSON,
	"CreateMessageWithToolsParams.StopSequences":  treatText,
	"CreateMessageWithToolsParams.SystemPrompt":   treatText,
	"CreateMessageWithToolsResult.Model":          treatText,
	"CreateMessageWithToolsResult.Role":           treatWord,
	"CreateMessageWithToolsResult.StopReason":     treatWord,

	"DiscoverResult.Instructions":      treatText,
	"DiscoverResult.SupportedVersions": treatWord,

	"ElicitParams.ElicitationID":              treatSealed,
	"ElicitParams.Message":                    treatText,
	"ElicitParams.Mode":                       treatWord,
	"ElicitParams.RequestedSchema":            treatJSON,
	"ElicitParams.URL":                        treatURI,
	"ElicitResult.Action":                     treatWord,
	"ElicitResult.Content":                    treatJSON,
	"ElicitationCompleteParams.ElicitationID": treatSealed,

	"GetPromptParams.Arguments":    treatText,
	"GetPromptParams.Name":         treatID,
	"GetPromptParams.RequestState": treatSealed,
	"GetPromptResult.Description":  treatText,
	"GetPromptResult.RequestState": treatSealed,

	"Icon.MIMEType": treatWord,
	"Icon.Sizes":    treatWord,
	"Icon.Source":   treatURI,
	"Icon.Theme":    treatWord,

	"ImageContent.Data":     treatBytes,
	"ImageContent.MIMEType": treatWord,

	"Implementation.Description": treatText,
	"Implementation.Name":        treatText,
	"Implementation.Title":       treatText,
	"Implementation.Version":     treatText,
	"Implementation.WebsiteURL":  treatURI,

	"InitializeParams.ProtocolVersion": treatWord,
	"InitializeResult.Instructions":    treatText,
	"InitializeResult.ProtocolVersion": treatWord,

	"ListPromptsParams.Cursor":               treatSealed,
	"ListPromptsResult.NextCursor":           treatSealed,
	"ListResourceTemplatesParams.Cursor":     treatSealed,
	"ListResourceTemplatesResult.NextCursor": treatSealed,
	"ListResourcesParams.Cursor":             treatSealed,
	"ListResourcesResult.NextCursor":         treatSealed,
	"ListToolsParams.Cursor":                 treatSealed,
	"ListToolsResult.NextCursor":             treatSealed,

	"LoggingMessageParams.Data":   treatJSON,
	"LoggingMessageParams.Level":  treatWord,
	"LoggingMessageParams.Logger": treatText,

	"ModelHint.Name": treatText,

	"NotificationSubscriptions.ResourceSubscriptions": treatURI,

	"ProgressNotificationParams.Message":       treatText,
	"ProgressNotificationParams.ProgressToken": treatSealed,

	"Prompt.Description":         treatText,
	"Prompt.Name":                treatID,
	"Prompt.Title":               treatText,
	"PromptArgument.Description": treatText,
	"PromptArgument.Name":        treatID,
	"PromptArgument.Title":       treatText,
	"PromptMessage.Role":         treatWord,

	"ReadResourceParams.RequestState": treatSealed,
	"ReadResourceParams.URI":          treatURI,
	"ReadResourceResult.RequestState": treatSealed,

	"Resource.Description":         treatText,
	"Resource.MIMEType":            treatWord,
	"Resource.Name":                treatText,
	"Resource.Title":               treatText,
	"Resource.URI":                 treatURI,
	"ResourceContents.Blob":        treatBytes,
	"ResourceContents.MIMEType":    treatWord,
	"ResourceContents.Text":        treatText,
	"ResourceContents.URI":         treatURI,
	"ResourceLink.Description":     treatText,
	"ResourceLink.MIMEType":        treatWord,
	"ResourceLink.Name":            treatText,
	"ResourceLink.Title":           treatText,
	"ResourceLink.URI":             treatURI,
	"ResourceTemplate.Description": treatText,
	"ResourceTemplate.MIMEType":    treatWord,
	"ResourceTemplate.Name":        treatText,
	"ResourceTemplate.Title":       treatText,
	"ResourceTemplate.URITemplate": treatURI,

	"ResourceUpdatedNotificationParams.URI": treatURI,

	"Root.Name": treatText,
	"Root.URI":  treatPath,

	"SamplingMessage.Role":   treatWord,
	"SamplingMessageV2.Role": treatWord,

	"ServerCapabilities.Experimental": treatJSON,
	"ServerCapabilities.Extensions":   treatJSON,

	"SetLoggingLevelParams.Level": treatWord,
	"SubscribeParams.URI":         treatURI,

	"TextContent.Text": treatText,

	"Tool.Description":      treatText,
	"Tool.InputSchema":      treatJSON,
	"Tool.Name":             treatID,
	"Tool.OutputSchema":     treatJSON,
	"Tool.Title":            treatText,
	"ToolAnnotations.Title": treatText,
	"ToolChoice.Mode":       treatWord,

	"ToolResultContent.StructuredContent": treatJSON,
	"ToolResultContent.ToolUseID":         treatSealed,
	"ToolUseContent.ID":                   treatSealed,
	"ToolUseContent.Input":                treatJSON,
	"ToolUseContent.Name":                 treatID,

	"MissingRequiredClientCapabilityData.RequiredCapabilities": treatJSON,
	"UnsupportedProtocolVersionData.Requested":                 treatText,
	"UnsupportedProtocolVersionData.Supported":                 treatWord,

	"UnsubscribeParams.URI": treatURI,
}

// The forms of what is not text. Each is bounded and without spaces, so that
// none of them can carry prose.
func isWord(s string) bool {
	return len(s) <= 80 && s != "" && isAlnum(s[0]) && only(s, "._/:;=+-")
}

func isID(s string) bool { return len(s) <= 200 && s != "" && only(s, "_.:#-") }

func isSealed(s string) bool { return len(s) <= 64<<10 && only(s, "+/=_.:-") }

// only reports whether s has letters, digits and the bytes of more only.
func only(s, more string) bool {
	for i := range len(s) {
		if !isAlnum(s[i]) && strings.IndexByte(more, s[i]) < 0 {
			return false
		}
	}
	return true
}

func isAlnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

var metaType = reflect.TypeFor[mcp.Meta]()

// protocolMeta reports whether a key of a _meta object belongs to the
// protocol itself (basic/index of the specification reserves the prefix).
// Its values are read by the SDK and by the host, not by a model.
func protocolMeta(key string) bool {
	return key == "progressToken" || len(key) > len(metaPrefix) && key[:len(metaPrefix)] == metaPrefix
}

const metaPrefix = "io.modelcontextprotocol/"
