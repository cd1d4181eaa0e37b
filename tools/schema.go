package tools

import (
	"encoding/json"
	"fmt"

	"github.com/invopop/jsonschema"
)

// schemaOf describes T for hosts: one object, without references, and without
// the constructs that some hosts refuse (notes in docs/tools.md). An input
// refuses arguments that it does not know, so that a model learns of its
// slip; an output leaves room for later fields.
func schemaOf[T any](input bool) json.RawMessage {
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
	b, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("tools: schema of %T: %v", *new(T), err))
	}
	return b
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
