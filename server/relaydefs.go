package server

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/yosida95/uritemplate/v3"

	"github.com/tftsr/tftsr/client/pins"
	"github.com/tftsr/tftsr/store"
)

// relayedPrefix begins the addresses of what other servers have.
const relayedPrefix = "tftsr://mcp/"

// handleTemplate is the form of the addresses that stand for ones that a server
// gave in an answer.
const handleTemplate = relayedPrefix + "{server}/at/{handle}"

// untrustedKey labels what comes from another server, in _meta: it is text of
// theirs, not of ours, and no instruction.
const untrustedKey = "tftsr/untrusted"

func label(server string) mcp.Meta { return mcp.Meta{untrustedKey: map[string]any{"server": server}} }

var errDefinition = errors.New("the approved definition cannot be read")

// definition reads the approved definition, without what nobody sees.
func (t *relayed) definition() (map[string]any, error) {
	var tree any
	if json.Unmarshal(t.pin.Approved, &tree) != nil {
		return nil, errDefinition
	}
	tree, err := pins.CleanTree(tree)
	if err != nil {
		return nil, err
	}
	def, ok := tree.(map[string]any)
	if !ok {
		return nil, errDefinition
	}
	return def, nil
}

func str(m map[string]any, key string) string {
	s, _ := m[key].(string)
	return s
}

// approvalDescription is what a model is told of the argument that we add.
const approvalDescription = "of the approval of a person, when an answer named one; else leave it out"

// definedTool is what hosts see of a tool, made when it is first asked for: a
// start has no time for what fifty servers define.
type definedTool struct {
	once     sync.Once
	tool     *mcp.Tool
	approval string
	err      error
}

// tool is the definition that hosts see, which nobody changes, and the argument
// of it that carries an approval, empty for none.
func (t *relayed) tool() (def *mcp.Tool, approval string, err error) {
	d := t.defined
	d.once.Do(func() { d.tool, d.approval, d.err = t.makeTool() })
	return d.tool, d.approval, d.err
}

// makeTool makes the definition: no output schema, which a redacted
// answer might not fit, no icon, which a host would fetch, no _meta of theirs,
// and of the hints only what a person decided.
func (t *relayed) makeTool() (out *mcp.Tool, approval string, err error) {
	def, err := t.definition()
	if err != nil {
		return nil, "", err
	}
	schema, ok := def["inputSchema"].(map[string]any)
	if !ok {
		schema = map[string]any{}
	}
	if kind, ok := schema["type"]; !ok {
		schema["type"] = "object"
	} else if kind != "object" {
		return nil, "", errors.New("its arguments are no object")
	}
	withoutReach(schema)
	if t.pin.Policy == store.ToolConfirm {
		props, ok := schema["properties"].(map[string]any)
		if !ok {
			props = map[string]any{}
			schema["properties"] = props
		}
		approval = "approval_id"
		for props[approval] != nil {
			approval = "tftsr_" + approval
		}
		props[approval] = map[string]any{"type": "string", "description": approvalDescription}
	}
	doc, err := json.Marshal(schema)
	if err != nil {
		return nil, "", errDefinition
	}
	out = &mcp.Tool{
		Name: t.pin.Alias, Title: str(def, "title"), Description: str(def, "description"), InputSchema: json.RawMessage(doc), Meta: label(t.server.Name),
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: t.pin.Policy == store.ToolRead},
	}
	if hints, ok := def["annotations"].(map[string]any); ok && !out.Annotations.ReadOnlyHint {
		out.Annotations.IdempotentHint, _ = hints["idempotentHint"].(bool)
		if destructive, ok := hints["destructiveHint"].(bool); ok {
			out.Annotations.DestructiveHint = &destructive
		}
	}
	if out.Title == "" {
		if hints, ok := def["annotations"].(map[string]any); ok {
			out.Title = str(hints, "title")
		}
	}
	return out, approval, nil
}

// dialect recognises the names of the published dialects of JSON Schema, which
// say how a schema is read. No validator fetches them.
var dialect = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^https?://json-schema\.org/(draft-0[3-7]|draft/20[12][0-9]-[01][0-9])/schema#?$`)
})

// withoutReach drops what would reach beyond the schema: annotations that make a
// host repeat arguments in HTTP headers (SEP-2243), and drop the tool
// when they are wrong, and references to other documents, which a host might
// fetch.
func withoutReach(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range []string{"x-mcp-header", "$id", "$schema"} {
			switch s := v[key].(type) {
			case map[string]any: // A property of that name.
			case string:
				if key != "$schema" || !dialect().MatchString(s) {
					delete(v, key)
				}
			default: // Of no form that these have.
				delete(v, key)
			}
		}
		for _, key := range []string{"$ref", "$dynamicRef"} {
			if to, ok := v[key].(string); ok && !strings.HasPrefix(to, "#") {
				delete(v, key)
			}
		}
		for _, e := range v {
			withoutReach(e)
		}
	case []any:
		for _, e := range v {
			withoutReach(e)
		}
	}
}

func (t *relayed) prompt() (*mcp.Prompt, error) {
	def, err := t.definition()
	if err != nil {
		return nil, err
	}
	out := &mcp.Prompt{Name: t.pin.Alias, Title: str(def, "title"), Description: str(def, "description"), Meta: label(t.server.Name)}
	args, _ := def["arguments"].([]any)
	for _, a := range args {
		arg, _ := a.(map[string]any)
		name := str(arg, "name")
		if !isID(name) {
			return nil, errors.New("an argument has a name that is none")
		}
		required, _ := arg["required"].(bool)
		out.Arguments = append(out.Arguments, &mcp.PromptArgument{Name: name, Title: str(arg, "title"), Description: str(arg, "description"), Required: required})
	}
	return out, nil
}

func (t *relayed) resource() (*mcp.Resource, error) {
	def, err := t.definition()
	if err != nil {
		return nil, err
	}
	t.address = relayedPrefix + t.server.Name + "/" + t.pin.Alias
	return &mcp.Resource{
		URI: t.address, Name: str(def, "name"), Title: str(def, "title"), Description: str(def, "description"), MIMEType: str(def, "mimeType"), Meta: label(t.server.Name),
	}, nil
}

// maxVars bounds the variables of a template.
const maxVars = 32

var varName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`) })

// template offers the variables of a template as parameters of an address of
// ours: what stands around them is the server's own.
func (t *relayed) template() (*mcp.ResourceTemplate, error) {
	def, err := t.definition()
	if err != nil {
		return nil, err
	}
	tmpl, err := uritemplate.New(str(def, "uriTemplate"))
	if err != nil {
		return nil, errors.New("it is no template of addresses (RFC 6570)")
	}
	t.vars = tmpl.Varnames()
	if len(t.vars) > maxVars {
		return nil, errors.New("it has too many variables")
	}
	for _, v := range t.vars {
		if !varName().MatchString(v) {
			return nil, errors.New("a variable has a name that is none")
		}
	}
	t.address = relayedPrefix + t.server.Name + "/" + t.pin.Alias
	if len(t.vars) > 0 {
		t.address += "{?" + strings.Join(t.vars, ",") + "}"
	}
	return &mcp.ResourceTemplate{
		URITemplate: t.address, Name: str(def, "name"), Title: str(def, "title"), Description: str(def, "description"), MIMEType: str(def, "mimeType"),
		Meta: label(t.server.Name),
	}, nil
}
