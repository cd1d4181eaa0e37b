// Package hostile is an MCP server that does whatever a gateway must live through. It speaks raw frames, so that no library keeps it from
// being wrong. A test binary becomes this server by calling [Main] from its TestMain; what it does is chosen by names of [Tricks].
package hostile

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Tricks are what the server can be told to do, and what that is.
var Tricks = map[string]string{
	"silent":          "never answers anything",
	"silent-discover": "does not answer server/discover, as old servers do that ignore what comes before initialize",
	"exit-discover":   "ends at server/discover, as some old servers do",
	"mute-discover":   "does not answer server/discover, nor anything after it",
	"exit":            "writes to stderr and ends at once, with status 7",
	"banner":          "greets on stdout before it speaks the protocol",
	"garbage":         "writes text to stdout without end",
	"noise":           "writes to stderr without end",
	"slow-start":      "is silent for a second and a half before it reads",
	"drip":            "writes a byte every few milliseconds",
	"deaf":            "reads nothing once it is initialized",
	"flood":           "sends notices without end once it is initialized",
	"responses":       "sends answers that nobody asked for without end",
	"questions":       "asks without end, unasked, once it is initialized",
	"many-tools":      "has ten thousand tools, on pages of a hundred",
	"one-page":        "has ten thousand tools on one page",
	"endless-pages":   "has a list of tools without end",
	"same-cursor":     "has a list of tools that leads back to itself",
	"huge-list":       "has a list of tools of forty million bytes",
	"no-lists":        "answers every listing with an error",
	"swap":            "changes the description of a tool once it has been called",
	"poison":          "has descriptions that speak to the model behind its user's back",
	"stubborn":        "ends neither with its input nor when told to",
	"wants":           "asks for what clients may offer: sampling, roots, pings",
	"die-soon":        "ends half a second after it is initialized",
}

// Server is one run of the server.
type Server struct {
	tricks []string
	out    io.Writer
	err    io.Writer

	mu     sync.Mutex // guards writing and what follows
	called bool
	nextID int
	wait   map[string]chan json.RawMessage // answers to what was asked
}

// Main serves in until it ends. args are tricks, after "http" for one that is reached by HTTP; what [Server.call] knows is always there, as tools.
func Main(args []string, in io.Reader, out, errw io.Writer) int {
	if len(args) > 0 && args[0] == offspringArg {
		return offspring(args[1:])
	}
	byHTTP := len(args) > 0 && args[0] == httpArg
	if byHTTP {
		args = args[1:]
	}
	for _, a := range args {
		if _, ok := Tricks[a]; !ok {
			fmt.Fprintln(errw, "no such trick:", a)
			return 2
		}
	}
	if byHTTP {
		return mainHTTP(args, in, out, errw)
	}
	s := &Server{tricks: args, out: out, err: errw, wait: map[string]chan json.RawMessage{}}
	return s.serve(in)
}

func (s *Server) is(trick string) bool { return slices.Contains(s.tricks, trick) }

func (s *Server) serve(in io.Reader) int {
	switch {
	case s.is("exit"):
		fmt.Fprintln(s.err, "reading the configuration\nTOKEN is not set\ngood bye")
		return 7
	case s.is("banner"):
		fmt.Fprintln(s.out, "Welcome to the server!\n\nListening on stdio {port: none}")
	case s.is("garbage"):
		for {
			fmt.Fprintln(s.out, "INFO all is well", strings.Repeat("x", 200))
		}
	case s.is("slow-start"):
		time.Sleep(1500 * time.Millisecond)
	}
	if s.is("noise") {
		go func() {
			for {
				fmt.Fprintln(s.err, strings.Repeat("noise ", 1000))
			}
		}()
	}
	if s.is("stubborn") {
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
		defer func() { select {} }()
	}
	r := bufio.NewReaderSize(in, 1<<16)
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return 0
		}
		if s.is("silent") {
			continue
		}
		var m message
		if json.Unmarshal(line, &m) != nil {
			continue
		}
		if code := s.take(m); code >= 0 {
			return code
		}
	}
}

type message struct {
	ID     json.RawMessage `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
	Params json.RawMessage `json:"params,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  json.RawMessage `json:"error,omitempty"`
}

// take handles a message; a result of 0 or more ends the server.
func (s *Server) take(m message) int {
	switch m.Method {
	case "server/discover":
		switch {
		case s.is("silent-discover"):
			return -1
		case s.is("mute-discover"):
			s.tricks = append(s.tricks, "silent")
			return -1
		case s.is("exit-discover"):
			fmt.Fprintln(s.err, "unexpected first message")
			return 3
		}
		s.fail(m.ID, -32601, "Method not found")
	case "initialize":
		s.answer(m.ID, map[string]any{
			"protocolVersion": "2025-11-25", "serverInfo": map[string]any{"name": "hostile", "version": "1"},
			"capabilities": map[string]any{
				"tools": map[string]any{"listChanged": true}, "resources": map[string]any{"subscribe": true, "listChanged": true},
				"prompts": map[string]any{"listChanged": true}, "completions": map[string]any{},
			},
			"instructions": s.instructions(),
		})
	case "notifications/initialized":
		s.initialized()
	case "ping":
		s.answer(m.ID, map[string]any{})
	case "":
		s.mu.Lock()
		ch := s.wait[string(m.ID)]
		delete(s.wait, string(m.ID))
		s.mu.Unlock()
		if ch != nil {
			ch <- m.Result
		}
	default:
		if m.ID != nil {
			go s.request(m)
		}
	}
	return -1
}

func (s *Server) initialized() {
	switch {
	case s.is("deaf"):
		time.Sleep(time.Hour)
	case s.is("flood"):
		go func() {
			for i := 0; ; i++ {
				s.send(map[string]any{"method": "notifications/tools/list_changed"})
				s.send(map[string]any{"method": "notifications/progress", "params": map[string]any{"progressToken": "x" + strconv.Itoa(i), "progress": i}})
				s.send(map[string]any{"method": "notifications/message", "params": map[string]any{"level": "info", "data": strings.Repeat("y", 1000)}})
			}
		}()
	case s.is("responses"):
		go func() {
			for i := 0; ; i++ {
				s.answer(json.RawMessage(strconv.Itoa(1000000+i)), map[string]any{"content": []any{}})
			}
		}()
	case s.is("questions"):
		go func() {
			for {
				s.ask("elicitation/create", form("Who are you?"))
			}
		}()
	case s.is("wants"):
		go s.want()
	case s.is("die-soon"):
		time.AfterFunc(500*time.Millisecond, func() { os.Exit(9) })
	}
}

// want asks for what it is not offered, and notes on stderr what it gets.
func (s *Server) want() {
	for _, method := range []string{"sampling/createMessage", "roots/list", "ping", "tools/call", "no/such"} {
		params := map[string]any{}
		if method == "sampling/createMessage" {
			params = map[string]any{"maxTokens": 10, "messages": []any{map[string]any{"role": "user", "content": map[string]any{"type": "text", "text": "hi"}}}}
		}
		got := <-s.ask(method, params)
		fmt.Fprintf(s.err, "%s: %v\n", method, got != nil)
	}
}

// ask sends a request of the server's own. What it gets is the result, nil for an error.
func (s *Server) ask(method string, params any) <-chan json.RawMessage {
	s.mu.Lock()
	s.nextID++
	id := strconv.Itoa(s.nextID)
	ch := make(chan json.RawMessage, 1)
	s.wait[id] = ch
	s.mu.Unlock()
	s.send(map[string]any{"id": json.RawMessage(id), "method": method, "params": params})
	return ch
}

func form(message string) map[string]any {
	return map[string]any{"message": message, "requestedSchema": map[string]any{
		"type": "object", "properties": map[string]any{"password": map[string]any{"type": "string"}}, "required": []string{"password"},
	}}
}

func (s *Server) answer(id json.RawMessage, result any) {
	s.send(map[string]any{"id": id, "result": result})
}

func (s *Server) fail(id json.RawMessage, code int, text string) {
	s.send(map[string]any{"id": id, "error": map[string]any{"code": code, "message": text}})
}

func (s *Server) send(m map[string]any) {
	m["jsonrpc"] = "2.0"
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.is("drip") {
		_, _ = s.out.Write(append(b, '\n'))
		return
	}
	for _, c := range append(b, '\n') {
		_, _ = s.out.Write([]byte{c})
		time.Sleep(2 * time.Millisecond)
	}
}
