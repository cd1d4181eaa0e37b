// Package wire decodes the messages of JSON-RPC 2.0 that other processes send, with the results of the SDK at a fraction of what that takes: the
// SDK makes a buffer of 32 KiB for every value that it decodes, two for a request of 200 bytes. Package wire does no I/O and knows nothing of methods.
package wire

import (
	"encoding/json"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// maxPlain is the deepest nesting of a message that is taken apart here.
const maxPlain = 100

// Decode is [jsonrpc.DecodeMessage]: the same messages and the same errors. Requests and results in the form that nearly all have are decoded here,
// anything else by the SDK. The message keeps parts of b, which must not be changed afterwards.
func Decode(b []byte) (jsonrpc.Message, error) {
	if json.Valid(b) {
		if m := plain(b); m != nil {
			return m, nil
		}
	}
	return jsonrpc.DecodeMessage(b)
}

// plain decodes a message whose members have their names without escapes, each once, and whose id is a text or a number that need not be
// rounded. It returns nil for any other. b is valid JSON.
func plain(b []byte) jsonrpc.Message {
	p := parser{b: b}
	if p.space(); !p.take('{') {
		return nil
	}
	var version, method string
	var id jsonrpc.ID
	var params, result json.RawMessage
	var seen [members]bool
	for {
		p.space()
		key, ok := p.text()
		if !ok {
			return nil
		}
		p.space()
		if !p.take(':') {
			return nil
		}
		p.space()
		which := memberOf(key)
		if which == members || seen[which] {
			return nil
		}
		seen[which] = true
		switch which {
		case memberVersion:
			version, ok = p.text()
		case memberMethod:
			method, ok = p.text()
		case memberID:
			id, ok = p.id()
		case memberParams:
			params, ok = p.composite()
		case memberResult:
			result, ok = p.composite()
		}
		if !ok {
			return nil
		}
		if p.space(); p.take(',') {
			continue
		}
		if !p.take('}') {
			return nil
		}
		break
	}
	switch {
	case version != "2.0":
		return nil
	case seen[memberMethod]:
		return &jsonrpc.Request{ID: id, Method: method, Params: params}
	case seen[memberID]:
		return &jsonrpc.Response{ID: id, Result: result}
	}
	return nil
}

// The members of a message.
const (
	memberVersion = iota
	memberMethod
	memberID
	memberParams
	memberResult
	members // how many there are
)

func memberOf(key string) int {
	switch key {
	case "jsonrpc":
		return memberVersion
	case "method":
		return memberMethod
	case "id":
		return memberID
	case "params":
		return memberParams
	case "result":
		return memberResult
	}
	return members
}

// parser goes through valid JSON.
type parser struct {
	b []byte
	i int
}

func (p *parser) peek() byte {
	if p.i < len(p.b) {
		return p.b[p.i]
	}
	return 0
}

func (p *parser) take(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.i++
	return true
}

func (p *parser) space() {
	for {
		switch p.peek() {
		case ' ', '\t', '\r', '\n':
			p.i++
		default:
			return
		}
	}
}

// text reads a string of printable ASCII without escapes.
func (p *parser) text() (string, bool) {
	if !p.take('"') {
		return "", false
	}
	for from := p.i; ; p.i++ {
		switch c := p.peek(); {
		case c == '"':
			p.i++
			return string(p.b[from : p.i-1]), true
		case c < ' ' || c == '\\' || c >= 0x7f:
			return "", false
		}
	}
}

// maxDigits is how many digits a whole number has at most that a float64 holds as it is.
const maxDigits = 15

func (p *parser) id() (jsonrpc.ID, bool) {
	if p.peek() == '"' {
		s, ok := p.text()
		if !ok {
			return jsonrpc.ID{}, false
		}
		id, err := jsonrpc.MakeID(s)
		return id, err == nil
	}
	from, n := p.i, 0
	for ; p.peek() >= '0' && p.peek() <= '9'; p.i++ {
		n = n*10 + int(p.peek()-'0')
		if p.i-from == maxDigits {
			return jsonrpc.ID{}, false
		}
	}
	if c := p.peek(); p.i == from || c == '.' || c == 'e' || c == 'E' {
		return jsonrpc.ID{}, false
	}
	id, err := jsonrpc.MakeID(float64(n))
	return id, err == nil
}

// composite reads an object or a list.
func (p *parser) composite() (json.RawMessage, bool) {
	from, depth := p.i, 0
	for ; p.i < len(p.b); p.i++ {
		switch p.b[p.i] {
		case '{', '[':
			if depth++; depth > maxPlain {
				return nil, false
			}
		case '}', ']':
			if depth--; depth == 0 {
				p.i++
				return json.RawMessage(p.b[from:p.i:p.i]), true
			}
		case '"':
			for p.i++; p.peek() != '"'; p.i++ {
				if p.peek() == '\\' {
					p.i++
				}
			}
		default:
			if depth == 0 {
				return nil, false
			}
		}
	}
	return nil, false
}
