package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// foreign is a server as other hosts write it.
type foreign struct {
	Type      string          `json:"type"`
	Transport string          `json:"transport"`
	Command   json.RawMessage `json:"command"`
	Args      []string        `json:"args"`
	Env       map[string]any  `json:"env"`
	Cwd       string          `json:"cwd"`
	URL       string          `json:"url"`
	ServerURL string          `json:"serverUrl"` // Windsurf
	HTTPURL   string          `json:"httpUrl"`   // Gemini
	Headers   map[string]any  `json:"headers"`
	Disabled  bool            `json:"disabled"`
}

// readForeign reads one entry. What is wrong in it is no matter of the others.
func readForeign(entry json.RawMessage) (*foreign, error) {
	f := &foreign{}
	d := json.NewDecoder(bytes.NewReader(entry))
	d.UseNumber()
	err := d.Decode(f)
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &typ) && typ.Field != "":
		return nil, withHint(fmt.Errorf("its %s is a JSON %s", typ.Field, typ.Value), "write what the host's documentation says there")
	case err != nil || bytes.Equal(bytes.TrimSpace(entry), []byte("null")):
		return nil, withHint(errors.New("it is no JSON object"), `write {"command": "…", "args": […]} or {"url": "…"}`)
	}
	return f, nil
}

// texts are values as they stand in the environment or in a header.
func texts(what string, in map[string]any) (map[string]string, error) {
	out := map[string]string{}
	for n, v := range in {
		switch v := v.(type) {
		case string:
			out[n] = v
		case json.Number, bool:
			out[n] = fmt.Sprint(v)
		default:
			return nil, withHint(fmt.Errorf("the value of %s %s is no text", what, n), "write it in quotation marks")
		}
	}
	return out, nil
}

// foreignFile is a file of them. Claude Code keeps those of projects below
// their paths.
type foreignFile struct {
	MCPServers     map[string]json.RawMessage `json:"mcpServers"`
	Servers        map[string]json.RawMessage `json:"servers"`
	ContextServers map[string]json.RawMessage `json:"context_servers"`
	MCP            struct {
		Servers map[string]json.RawMessage `json:"servers"`
	} `json:"mcp"`
	Projects map[string]struct {
		MCPServers map[string]json.RawMessage `json:"mcpServers"`
	} `json:"projects"`
}

func (f *foreignFile) all() (map[string]json.RawMessage, []string) {
	out := map[string]json.RawMessage{}
	var twice []string
	take := func(from map[string]json.RawMessage) {
		for _, name := range slices.Sorted(maps.Keys(from)) {
			if _, there := out[name]; there {
				twice = append(twice, name)
				continue
			}
			out[name] = from[name]
		}
	}
	take(f.MCPServers)
	take(f.Servers)
	take(f.ContextServers)
	take(f.MCP.Servers)
	for _, path := range slices.Sorted(maps.Keys(f.Projects)) {
		take(f.Projects[path].MCPServers)
	}
	return out, twice
}

// command returns the program of a server: a text, or as Zed wrote it once, an
// object.
func (f *foreign) command() (string, []string, error) {
	if len(f.Command) == 0 || string(f.Command) == "null" {
		return "", nil, nil
	}
	var text string
	if json.Unmarshal(f.Command, &text) == nil {
		return text, f.Args, nil
	}
	var object struct {
		Path string         `json:"path"`
		Args []string       `json:"args"`
		Env  map[string]any `json:"env"`
	}
	if json.Unmarshal(f.Command, &object) != nil || object.Path == "" {
		return "", nil, errors.New("its command is in a form that is not known")
	}
	if f.Env == nil {
		f.Env = object.Env
	}
	return object.Path, object.Args, nil
}
