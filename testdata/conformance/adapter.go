package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// names are what things of the server that stands behind the gateway are called there and by the gateway. All that the adapter changes in a
// message is one name for the other.
type names struct {
	tools, prompts pairs
	addresses      pairs
	templates      []template
	prefix         string // of the addresses that the gateway gives
}

// pairs are names of the server by those of the gateway, and the other way round.
type pairs struct{ raw, alias map[string]string }

func (p *pairs) add(raw, alias string) {
	if p.raw == nil {
		p.raw, p.alias = map[string]string{}, map[string]string{}
	}
	p.raw[alias], p.alias[raw] = raw, alias
}

// template is an address with variables: the server has them in the path, the gateway as parameters.
type template struct {
	raw, address string
	vars         []string
	matches      *regexp.Regexp
}

var variable = regexp.MustCompile(`\{(\w+)\}`)

// readNames reads the answer of `tftsr server show NAME --json`.
func readNames(doc []byte) (*names, error) {
	var v struct {
		Name   string `json:"name"`
		Things []struct{ Kind, Name, Alias string }
	}
	if err := json.Unmarshal(doc, &v); err != nil {
		return nil, err
	}
	n := &names{prefix: "tftsr://mcp/" + v.Name + "/"}
	for _, t := range v.Things {
		switch t.Kind {
		case "tool":
			n.tools.add(t.Name, t.Alias)
		case "prompt":
			n.prompts.add(t.Name, t.Alias)
		case "resource":
			n.addresses.add(t.Name, n.prefix+t.Alias)
		case "template":
			out := template{raw: t.Name, address: n.prefix + t.Alias}
			// QuoteMeta escapes the braces too.
			pattern := variable.ReplaceAllString(strings.NewReplacer(`\{`, "{", `\}`, "}").Replace(regexp.QuoteMeta(t.Name)), "([^/]+)")
			for _, m := range variable.FindAllStringSubmatch(t.Name, -1) {
				out.vars = append(out.vars, m[1])
			}
			var err error
			if out.matches, err = regexp.Compile("^" + pattern + "$"); err != nil {
				return nil, err
			}
			n.templates = append(n.templates, out)
		}
	}
	if len(n.tools.raw) == 0 {
		return nil, fmt.Errorf("%s offers no tool", v.Name)
	}
	return n, nil
}

// toAddress returns the address that the gateway has for one of the server.
func (n *names) toAddress(raw string) string {
	if to, ok := n.addresses.alias[raw]; ok {
		return to
	}
	for _, t := range n.templates {
		if raw == t.raw {
			return t.address + "{?" + strings.Join(t.vars, ",") + "}"
		}
		if m := t.matches.FindStringSubmatch(raw); m != nil {
			q := url.Values{}
			for i, v := range t.vars {
				q.Set(v, m[i+1])
			}
			return t.address + "?" + q.Encode()
		}
	}
	return raw
}

// fromAddress returns the address that the server has for one of the gateway.
func (n *names) fromAddress(address string) string {
	if raw, ok := n.addresses.raw[address]; ok {
		return raw
	}
	for _, t := range n.templates {
		rest, ok := strings.CutPrefix(address, t.address)
		switch {
		case !ok:
		case strings.HasPrefix(rest, "{"):
			return t.raw
		case strings.HasPrefix(rest, "?"):
			q, err := url.ParseQuery(rest[1:])
			if err != nil {
				return address
			}
			return variable.ReplaceAllStringFunc(t.raw, func(v string) string { return q.Get(strings.Trim(v, "{}")) })
		}
	}
	return address
}

func swap(m map[string]string, s string) string {
	if to, ok := m[s]; ok {
		return to
	}
	return s
}

// request renames what a message asks for. method and name are for the headers that repeat them.
func (n *names) request(body []byte) (out []byte, name string) {
	var m map[string]any
	if read(body, &m) != nil {
		return body, ""
	}
	params, _ := m["params"].(map[string]any)
	at := func(key string, to func(string) string) {
		if s, ok := params[key].(string); ok {
			name = to(s)
			params[key] = name
		}
	}
	switch m["method"] {
	case "tools/call":
		at("name", func(s string) string { return swap(n.tools.alias, s) })
	case "prompts/get":
		at("name", func(s string) string { return swap(n.prompts.alias, s) })
	case "resources/read", "resources/subscribe", "resources/unsubscribe":
		at("uri", n.toAddress)
	case "completion/complete":
		ref, _ := params["ref"].(map[string]any)
		if s, ok := ref["name"].(string); ok {
			ref["name"] = swap(n.prompts.alias, s)
		}
		if s, ok := ref["uri"].(string); ok {
			ref["uri"] = n.toAddress(s)
		}
	case "subscriptions/listen":
		list, _ := params["notifications"].(map[string]any)
		uris, _ := list["resourceSubscriptions"].([]any)
		for i := range uris {
			if s, ok := uris[i].(string); ok {
				uris[i] = n.toAddress(s)
			}
		}
	default:
		return body, ""
	}
	b, err := write(m)
	if err != nil {
		return body, ""
	}
	return b, name
}

// answer renames what a message of the gateway names.
func (n *names) answer(body []byte) []byte {
	var m any
	if read(body, &m) != nil {
		return body
	}
	n.rename(m)
	b, err := write(m)
	if err != nil {
		return body
	}
	return b
}

func (n *names) rename(v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, e := range v {
			s, ok := e.(string)
			switch {
			case !ok:
				n.rename(e)
			case key == "name":
				v[key] = swap(n.prompts.raw, swap(n.tools.raw, s))
			case key == "uri" || key == "uriTemplate":
				v[key] = n.fromAddress(s)
			}
		}
	case []any:
		for _, e := range v {
			n.rename(e)
		}
	}
}

func read(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d.Decode(into)
}

func write(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}

// adapter stands before the gateway and renames. It adds the token, which the suite cannot send, and changes nothing else.
func adapter(n *names, to *url.URL, token string) http.Handler {
	return &httputil.ReverseProxy{
		FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.URL.Path, r.Out.URL.RawPath = to.Path, ""
			r.Out.Host = r.In.Host // Which the gateway must check.
			r.Out.Header.Set("Authorization", "Bearer "+token)
			r.Out.Header.Del("Accept-Encoding")
			if r.In.Body == nil || r.In.Method != http.MethodPost {
				return
			}
			b, err := io.ReadAll(r.In.Body)
			if err != nil {
				return
			}
			was := r.In.Header.Get("Mcp-Name")
			b, name := n.request(b)
			// Only where the header says what the body said: that they differ is what a scenario is about.
			if renamed := swap(n.tools.alias, swap(n.prompts.alias, n.toAddress(was))); was != "" && renamed == name {
				r.Out.Header.Set("Mcp-Name", name)
			}
			r.Out.Body, r.Out.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
			r.Out.Header.Set("Content-Length", strconv.Itoa(len(b)))
		},
		ModifyResponse: func(r *http.Response) error {
			switch kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind {
			case "application/json":
				b, err := io.ReadAll(r.Body)
				if err != nil {
					return err
				}
				_ = r.Body.Close()
				b = n.answer(b)
				r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
				r.Header.Set("Content-Length", strconv.Itoa(len(b)))
			case "text/event-stream":
				r.Body = &stream{Closer: r.Body, in: bufio.NewReader(r.Body), n: n}
				r.ContentLength = -1
				r.Header.Del("Content-Length")
			}
			return nil
		},
	}
}

// stream renames in the events of a stream, as they come.
type stream struct {
	io.Closer
	in  *bufio.Reader
	n   *names
	out []byte
}

func (s *stream) Read(p []byte) (int, error) {
	for len(s.out) == 0 {
		line, err := s.in.ReadBytes('\n')
		if data, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
			line = append(append([]byte("data: "), s.n.answer(bytes.TrimRight(data, "\r\n"))...), '\n')
		}
		s.out = line
		if err != nil && len(line) == 0 {
			return 0, err
		}
	}
	k := copy(p, s.out)
	s.out = s.out[k:]
	return k, nil
}

// adapt serves the adapter on a free port and prints where.
func adapt(to, tokenFile, namesFile string) error {
	u, err := url.Parse(to)
	if err != nil {
		return err
	}
	token, err := os.ReadFile(tokenFile)
	if err != nil {
		return err
	}
	doc, err := os.ReadFile(namesFile)
	if err != nil {
		return err
	}
	n, err := readNames(doc)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	// By this name, which the scenario about names of hosts expects.
	fmt.Printf("http://localhost:%d/mcp\n", l.Addr().(*net.TCPAddr).Port)
	return http.Serve(l, adapter(n, u, strings.TrimSpace(string(token))))
}
