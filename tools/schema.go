package tools

import (
	"encoding/json"
	"sort"

	"github.com/invopop/jsonschema"
)

// toolSchemas are what the list says of a tool's arguments and of its answer.
type toolSchemas struct{ input, output string }

// writtenSchemas finds the schemas of a tool in the generated table, which
// spares every start the reflection over all types of all tools: 3 ms, and
// 1.8 MB of fresh memory. A tool that is not in it yet is described by its
// types; a test tells what is to be written anew.
func writtenSchemas(name string) (toolSchemas, bool) {
	i := sort.Search(len(schemaTable), func(i int) bool { return schemaTable[i].name >= name })
	if i == len(schemaTable) || schemaTable[i].name != name {
		return toolSchemas{}, false
	}
	return schemaTable[i].toolSchemas, true
}

func reflected[In, Out any]() toolSchemas {
	return toolSchemas{input: string(schemaOf[In](true)), output: string(outlineOf[Out]())}
}

// schemaOf describes T for hosts: one object, without references, and without
// the constructs that some hosts refuse (notes in docs/tools.md). An input
// refuses arguments that it does not know, so that a model learns of its
// slip; an output leaves room for later fields.
func schemaOf[T any](input bool) json.RawMessage { return mustJSON(reflectOf[T](input)) }

// outlineOf is what the list says of an answer: its fields with their types,
// and the elements of its lists with theirs. What lies within an element is
// left to docs/tools.md, which is made of the whole schema: hosts pay for the
// list in every conversation, and a model sees the answer itself.
func outlineOf[T any]() json.RawMessage {
	s := reflectOf[T](false)
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		f := p.Value
		f.Properties, f.AdditionalProperties, f.Examples, f.Description = nil, nil, nil, ""
		if f.Items != nil {
			f.Items = &jsonschema.Schema{Type: f.Items.Type}
		}
	}
	return mustJSON(s)
}

func reflectOf[T any](input bool) *jsonschema.Schema {
	r := jsonschema.Reflector{
		DoNotReference:            true,
		ExpandedStruct:            true,
		Anonymous:                 true,
		AllowAdditionalProperties: !input,
	}
	s := r.Reflect(new(T))
	s.Version = ""
	if !input {
		optional(s)
	}
	return s
}

// optional drops the lists of required fields from the schema of an answer:
// every field without them is optional, and each list costs every
// conversation its tokens.
func optional(s *jsonschema.Schema) {
	s.Required = nil
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		optional(p.Value)
	}
	for _, sub := range []*jsonschema.Schema{s.Items, s.AdditionalProperties} {
		if sub != nil {
			optional(sub)
		}
	}
}
