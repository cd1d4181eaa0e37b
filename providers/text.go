package providers

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/tftsr/tftsr/internal/gate"
)

// httpAt is [Client.httpFor] for one address.
func (c *Client) httpAt(u *url.URL) *http.Client {
	hc := *c.http
	w := &wire{dest: c.Destination(), endpoint: u, header: headers(c.provider, c.dialect), keyName: c.dialect.header, next: hc.Transport, now: c.now, idle: c.idle}
	if c.key != "" {
		w.key = c.dialect.prefix + c.key
	}
	hc.Transport = w
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &hc
}

// said returns the text of m for d; "" for a message without.
func (m *Message) said(d gate.Destination) (string, error) {
	if m.Text.SHA256() == "" {
		return "", nil
	}
	return m.Text.Text(d)
}

// CallID is the id of the n-th tool call of a conversation, from 1. It has a
// form that every vendor takes, Mistral's nine letters and digits included.
func CallID(n int) string { return fmt.Sprintf("call%05d", n) }

// contentText reads the content of a message: a text, null, or a list of
// parts, of which those of type text count. What a model thought is no answer.
func contentText(raw string) string {
	if raw == "" || raw == "null" {
		return ""
	}
	var s string
	if json.Unmarshal([]byte(raw), &s) == nil {
		return s
	}
	var parts []struct {
		Type string
		Text string
	}
	if json.Unmarshal([]byte(raw), &parts) != nil {
		return ""
	}
	var b strings.Builder
	for _, p := range parts {
		if p.Type == "text" || p.Type == "" || p.Type == "output_text" {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

// argumentsText reads the arguments of a call: JSON as a text, or itself.
func argumentsText(raw string) string {
	var s string
	if json.Unmarshal([]byte(raw), &s) == nil {
		return s
	}
	return raw
}

// askInWords is how a provider without a field for schemas is asked for JSON.
func askInWords(s *Schema) string {
	return "\n\nAnswer with one JSON object and nothing else. It has to fit this JSON schema:\n" + string(s.JSON)
}

// ErrNoJSON is returned for an answer without a JSON object.
var ErrNoJSON = errors.New("the answer holds no JSON object")

// Object returns the JSON object in an answer, which may stand among prose or
// in a fence.
func Object(answer string) (json.RawMessage, error) {
	// An answer can be made so that each brace costs as much as all that follows.
	const maxTries = 64
	from := strings.IndexByte(answer, '{')
	for range maxTries {
		if from < 0 {
			break
		}
		dec := json.NewDecoder(strings.NewReader(answer[from:]))
		var raw json.RawMessage
		if dec.Decode(&raw) == nil {
			return raw, nil
		}
		next := strings.IndexByte(answer[from+1:], '{')
		if next < 0 {
			break
		}
		from += 1 + next
	}
	return nil, ErrNoJSON
}
