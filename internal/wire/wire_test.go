package wire

import (
	"reflect"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

const call = `{"jsonrpc":"2.0","id":590,"method":"tools/call","params":{"_meta":{},"name":"mcp_echo_echo","arguments":{"text":"checkout answers 502 since 14:05"}}}`

// samples are messages, and what looks like some. Those that are marked are decoded without the SDK.
var samples = []struct {
	text  string
	plain bool
}{
	{call, true},
	{`{"jsonrpc":"2.0","id":"a-1","result":{"content":[{"type":"text","text":"\"}]\\"}],"n":[1,[2,{}]]}}`, true},
	{` { "params" : [ 1 , "]" ] , "method" : "x" , "jsonrpc" : "2.0" } ` + "\r\n", true},
	{`{"jsonrpc":"2.0","method":"notifications/initialized"}`, true},
	{`{"jsonrpc":"2.0","id":999999999999999,"method":"","params":{}}`, true},
	{`{"jsonrpc":"2.0","id":0,"method":"x","result":{}}`, true},
	{`{"jsonrpc":"2.0","id":7}`, true},
	{`{"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"no"}}`, false},
	{`{"jsonrpc":"2.0","id":1000000000000000,"method":"x"}`, false},
	{`{"jsonrpc":"2.0","id":1.5,"method":"x"}`, false},
	{`{"jsonrpc":"2.0","id":1e3,"method":"x"}`, false},
	{`{"jsonrpc":"2.0","id":-1,"method":"x"}`, false},
	{`{"jsonrpc":"2.0","id":null,"method":"x"}`, false},
	{`{"jsonrpc":"2.0","id":{},"method":"x"}`, false},
	{`{"jsonrpc":"2.0","id":"\u0061","method":"x"}`, false},
	{`{"jsonrpc":"2.0","id":"é","method":"x"}`, false},
	{`{"jsonrpc":"2.0","id":1,"id":2,"method":"x"}`, false},
	{`{"jsonrpc":"2.0","id":1,"method":"x","method":"y"}`, false},
	{`{"jsonrpc":"2.0","id":1,"Method":"x","method":"y"}`, false},
	{`{"jsonrpc":"2.0","id":1,"\u006dethod":"x"}`, false},
	{`{"jsonrpc":"2.0","id":1,"method":"x\n"}`, false},
	{`{"jsonrpc":"2.0","id":1,"method":null}`, false},
	{`{"jsonrpc":"2.0","id":1,"method":"x","params":null}`, false},
	{`{"jsonrpc":"2.0","id":1,"result":true}`, false},
	{`{"jsonrpc":"2.0","result":{}}`, false},
	{`{"jsonrpc":"1.0","id":1,"method":"x"}`, false},
	{`{"id":1,"method":"x"}`, false},
	{`{"jsonrpc":"2.0","id":1,"method":"x"} {}`, false},
	{`{"jsonrpc":"2.0","id":1,"method":"x","params":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`, false},
	{`{"jsonrpc":"2.0","id":1,"method":"x","params":` + strings.Repeat("[", 1200) + strings.Repeat("]", 1200) + `}`, false},
	{`{"jsonrpc":"2.0","id":1,"method":"x"`, false},
	{`[]`, false},
	{`{}`, false},
	{`"jsonrpc"`, false},
	{``, false},
	{"\x00", false},
}

func TestDecodesAsTheSDKDoes(t *testing.T) {
	for _, s := range samples {
		same(t, s.text)
		if _, err := Decode([]byte(s.text)); s.plain && (err != nil || plain([]byte(s.text)) == nil) {
			t.Errorf("%s is left to the SDK: %v", s.text, err)
		}
		if !s.plain && plainIfValid(s.text) {
			t.Errorf("%s is decoded without the SDK", s.text)
		}
	}
}

func plainIfValid(text string) bool {
	m, err := jsonrpc.DecodeMessage([]byte(text))
	return err == nil && m != nil && !strings.Contains(text, "} {") && plain([]byte(text)) != nil
}

// same fails the test if a message is another one, or another error, than the SDK makes of it.
func same(t *testing.T, text string) {
	t.Helper()
	got, gotErr := Decode([]byte(text))
	want, wantErr := jsonrpc.DecodeMessage([]byte(text))
	if (gotErr == nil) != (wantErr == nil) || gotErr != nil && gotErr.Error() != wantErr.Error() {
		t.Fatalf("%q: error %v, of the SDK %v", text, gotErr, wantErr)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%q: %#v, of the SDK %#v", text, got, want)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range samples {
		f.Add(s.text)
	}
	f.Fuzz(func(t *testing.T, text string) { same(t, text) })
}

func BenchmarkDecode(b *testing.B) {
	for name, decode := range map[string]func([]byte) (jsonrpc.Message, error){"here": Decode, "sdk": jsonrpc.DecodeMessage} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := decode([]byte(call)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
