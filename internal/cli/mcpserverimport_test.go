package cli

import (
	"bytes"
	"encoding/json"
	"testing"
)

// Files of other hosts have comments; a file without them stays as it is, and
// nothing of a text is taken for a comment.
func TestOnlyCommentsAndLooseCommasGo(t *testing.T) {
	for in, want := range map[string]string{
		`{"a": "// no \" comment", "b": [1, 2]}`: `{"a": "// no \" comment", "b": [1, 2]}`,
		`{"url":"https://x//y","c":"/* */,]"}`:   `{"url":"https://x//y","c":"/* */,]"}`,
		`"\\"`:                                   `"\\"`,
		`{"a":[1,],}`:                            `{"a":[1 ] }`,
		`{"a":1 /*,*/ , // x` + "\n}":            `{"a":1             ` + "\n}",
		`{"a":"`:                                 `{"a":"`,
		`{"a":"\`:                                `{"a":"\`,
		`/*`:                                     `  `,
		`//`:                                     `  `,
	} {
		doc := []byte(in)
		out := withoutComments(doc)
		if string(out) != want || !bytes.Equal(doc, []byte(in)) {
			t.Errorf("%s becomes %q, want %q", in, out, want)
		}
		if json.Valid(doc) && !bytes.Equal(doc, out) {
			t.Errorf("%s is JSON, and is changed", in)
		}
	}
}
