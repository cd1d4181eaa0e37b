package hostile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// httpArg makes of the server one that is reached by HTTP: at /mcp as Streamable HTTP of 2025-11-25, at /sse by the transport before that. It
// prints its address, and serves until its input ends.
const httpArg = "http"

func mainHTTP(tricks []string, in io.Reader, out, errw io.Writer) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(errw, err)
		return 1
	}
	fmt.Fprintf(out, "http://%s\n", l.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, in)
		os.Exit(0)
	}()
	f := &front{tricks: tricks, err: errw, sessions: map[string]*session{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/mcp", f.streamable)
	mux.HandleFunc("/sse", f.sse)
	mux.HandleFunc("/message", f.message)
	fmt.Fprintln(errw, http.Serve(l, mux)) //nolint:gosec // A test.
	return 1
}

// front is the sessions of a server, each of which is a run of it.
type front struct {
	tricks []string
	err    io.Writer

	mu       sync.Mutex
	sessions map[string]*session
}

// session takes apart what a server writes and gives each message to the stream that it belongs to.
type session struct {
	id string
	in *io.PipeWriter

	mu      sync.Mutex
	buf     []byte
	through *stream            // gets a message that is too long to be taken apart, while it lasts
	calls   map[string]*stream // by the id of the request that they answer
	open    *stream            // for all else; nil while nobody listens
}

// stream is the answer to a request. All of it goes out as it comes.
type stream struct {
	out  chan []byte
	done chan struct{} // closed when nobody reads any more
}

func (s *stream) write(b []byte) {
	select {
	case s.out <- b:
	case <-s.done:
	}
}

func (f *front) begin() *session {
	r, w := io.Pipe()
	s := &session{in: w, calls: map[string]*stream{}}
	f.mu.Lock()
	s.id = strconv.Itoa(len(f.sessions) + 1)
	f.sessions[s.id] = s
	f.mu.Unlock()
	server := &Server{tricks: f.tricks, out: s, err: f.err, wait: map[string]chan json.RawMessage{}}
	go server.serve(r)
	return s
}

func (f *front) session(id string) *session {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sessions[id]
}

const maxTaken = 64 << 10

var idOf = regexp.MustCompile(`"id":("[^"]*"|\d+)`)

// Write takes what the server writes.
func (s *session) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(p)
	for len(p) > 0 {
		line, rest, whole := bytes.Cut(p, []byte{'\n'})
		p = rest
		if s.through != nil {
			s.send(s.through, line)
			if whole {
				s.send(s.through, []byte("\n\n"))
				s.send(s.through, nil)
				s.through = nil
			}
			continue
		}
		s.buf = append(s.buf, line...)
		switch {
		case whole:
			s.deliver(s.buf)
			s.buf = nil
		case len(s.buf) > maxTaken:
			s.through = s.open
			if m := idOf.FindSubmatch(s.buf[:200]); m != nil && s.calls[string(m[1])] != nil {
				s.through = s.calls[string(m[1])]
			}
			if s.through == nil {
				s.through = &stream{done: closed} // Nobody.
			}
			s.send(s.through, append([]byte("data: "), s.buf...))
			s.buf = nil
		}
	}
	return n, nil
}

var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// send lets others go on while somebody reads slowly. It needs the lock.
func (s *session) send(to *stream, b []byte) {
	s.mu.Unlock()
	defer s.mu.Lock()
	to.write(bytes.Clone(b))
}

// deliver needs the lock.
func (s *session) deliver(line []byte) {
	var m message
	to := s.open
	last := false
	if json.Unmarshal(line, &m) == nil && m.Method == "" && s.calls[string(m.ID)] != nil {
		to, last = s.calls[string(m.ID)], true
	}
	if to == nil { // What is asked in the course of a call, where nobody listens for it.
		for _, call := range s.calls {
			to = call
		}
	}
	if to == nil {
		return
	}
	s.send(to, append(append([]byte("data: "), line...), "\n\n"...))
	if last {
		s.send(to, nil)
	}
}

// serve writes a stream until it ends or nobody reads.
func (s *stream) serve(w http.ResponseWriter, r *http.Request) {
	defer close(s.done)
	flusher, _ := w.(http.Flusher)
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	flusher.Flush()
	for {
		select {
		case b := <-s.out:
			if b == nil {
				return
			}
			if _, err := w.Write(b); err != nil {
				return
			}
			flusher.Flush()
		case <-r.Context().Done():
			return
		}
	}
}

func newStream() *stream { return &stream{out: make(chan []byte), done: make(chan struct{})} }

func (f *front) streamable(w http.ResponseWriter, r *http.Request) {
	s := f.session(r.Header.Get("Mcp-Session-Id"))
	switch r.Method {
	case http.MethodGet:
		if s == nil {
			http.Error(w, "no session", http.StatusNotFound)
			return
		}
		f.listen(s, w, r, "")
		return
	case http.MethodPost:
	default:
		w.WriteHeader(http.StatusNoContent)
		return
	}
	body, err := io.ReadAll(r.Body)
	var m message
	if err != nil || json.Unmarshal(body, &m) != nil {
		http.Error(w, "bad", http.StatusBadRequest)
		return
	}
	if s == nil {
		if m.Method != "initialize" && m.Method != "server/discover" {
			http.Error(w, "no session", http.StatusNotFound)
			return
		}
		s = f.begin()
		if m.Method == "initialize" {
			w.Header().Set("Mcp-Session-Id", s.id)
		}
	}
	if m.ID == nil || m.Method == "" {
		go s.take(body)
		w.WriteHeader(http.StatusAccepted)
		return
	}
	call := newStream()
	s.mu.Lock()
	s.calls[string(m.ID)] = call
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.calls, string(m.ID))
	}()
	go s.take(body)
	call.serve(w, r)
}

func (s *session) take(body []byte) {
	_, _ = s.in.Write(append(bytes.TrimSpace(body), '\n')) // A server that ended takes nothing.
}

// listen serves what belongs to no call; first is sent before it.
func (f *front) listen(s *session, w http.ResponseWriter, r *http.Request, first string) {
	open := newStream()
	s.mu.Lock()
	s.open = open
	s.mu.Unlock()
	if first != "" {
		go open.write([]byte(first))
	}
	open.serve(w, r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == open {
		s.open = nil
	}
}

func (f *front) sse(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	s := f.begin()
	f.listen(s, w, r, "event: endpoint\ndata: /message?session="+s.id+"\n\n")
}

func (f *front) message(w http.ResponseWriter, r *http.Request) {
	s := f.session(r.URL.Query().Get("session"))
	body, err := io.ReadAll(r.Body)
	if s == nil || err != nil || strings.TrimSpace(string(body)) == "" {
		http.Error(w, "bad", http.StatusBadRequest)
		return
	}
	go s.take(body)
	w.WriteHeader(http.StatusAccepted)
}
