// Package ollama is an Ollama server to try tftsr on without one, and to test
// it with: `tftsr fake ollama`. It keeps state and answers as Ollama 0.17 does
// where that matters to a client: names of any spelling, models in layers that
// are loaded one after the other and kept when a pull is stopped, errors in
// the middle of a stream whose status was 200, prompts that are cut without a
// word unless the client forbids it, tool calls, and answers that fit a
// schema. It was written after the source of v0.17.4 (server/routes.go,
// server/images.go, server/download.go, api/types.go); docs/models.md says what of
// it was seen at a server of that version too.
//
// No byte of a model exists: layers have sizes only. It is no server for
// anything but this machine and keeps nothing on disk.
package ollama

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options set a fake up. The zero value is a server without models or trouble.
type Options struct {
	Version string // 0.17.4 unless given
	// Installed are models of the catalogue that are there from the start.
	Installed []string
	// Speed is how many bytes a second come from the registry; 0 means all at once.
	Speed int64
	// Tick is the time between two lines of a pull; 0 means 60 ms, as Ollama has it.
	Tick time.Duration
	// Free is how many bytes fit on the disk; 0 means any number.
	Free int64
	// Offline makes the registry unreachable.
	Offline bool
	// Context is the context length of a model that is loaded without another; 0
	// means 4096, which is Ollama's where there is little video memory.
	Context int
	Now     func() time.Time // nil means time.Now
}

// Fake is a server. It is safe for concurrent use.
type Fake struct {
	mux *http.ServeMux

	mu      sync.Mutex
	o       Options
	models  []installed      // the newest first
	kept    map[string]int64 // bytes of layers that were loaded, by digest
	loaded  []loaded
	replies []Reply
	chats   []ChatRequest
	calls   map[string]int // by method and path
	faults  map[string]fault
	ids     int
}

type installed struct {
	Model
	at time.Time
}

type loaded struct {
	name    string
	context int
	until   time.Time
}

// fault is what happens to the next pulls of a model.
type fault struct {
	corrupt bool   // its weights do not have their digest
	reason  string // an error in the middle of the stream
	silent  bool   // nothing is said any more
	cut     bool   // the connection ends
}

// New returns a fake.
func New(o Options) *Fake {
	if o.Version == "" {
		o.Version = "0.17.4"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Tick == 0 {
		o.Tick = 60 * time.Millisecond
	}
	if o.Context == 0 {
		o.Context = 4096
	}
	f := &Fake{o: o, mux: http.NewServeMux(), kept: map[string]int64{}, calls: map[string]int{}, faults: map[string]fault{}}
	for _, name := range o.Installed {
		f.Install(name)
	}
	f.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "Ollama is running") // A caller that is gone is told nothing.
	})
	f.mux.HandleFunc("GET /api/version", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, struct {
			Version string `json:"version"`
		}{f.options().Version})
	})
	f.mux.HandleFunc("GET /api/tags", f.tags)
	f.mux.HandleFunc("GET /api/ps", f.ps)
	f.mux.HandleFunc("POST /api/show", f.show)
	f.mux.HandleFunc("POST /api/pull", f.pull)
	f.mux.HandleFunc("DELETE /api/delete", f.remove)
	f.mux.HandleFunc("POST /api/chat", f.chat)
	return f
}

// ServeHTTP implements [http.Handler].
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.calls[r.Method+" "+r.URL.Path]++
	f.mu.Unlock()
	if _, pattern := f.mux.Handler(r); pattern == "" {
		// As the router of Ollama, gin, answers.
		w.Header().Set("Content-Type", "text/plain")
		status, text := http.StatusNotFound, "404 page not found"
		var allowed []string
		for _, method := range []string{http.MethodHead, http.MethodGet, http.MethodPost, http.MethodDelete} {
			other := r.Clone(r.Context())
			other.Method = method
			if _, pattern := f.mux.Handler(other); pattern != "" {
				allowed = append(allowed, method)
			}
		}
		if len(allowed) > 0 {
			status, text = http.StatusMethodNotAllowed, "405 method not allowed"
			w.Header().Set("Allow", strings.Join(allowed, ", "))
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
		return
	}
	f.mux.ServeHTTP(w, r)
}

func (f *Fake) options() Options {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.o
}

// Set changes the options of a server that runs.
func (f *Fake) Set(change func(*Options)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.o)
}

// Install puts a model of the catalogue there, as if it had been pulled.
func (f *Fake) Install(name string) {
	m, ok := find(name)
	if !ok {
		panic("ollama fake: the catalogue has no " + name)
	}
	f.Add(m)
}

// Add puts a model there, also one that is in no catalogue.
func (f *Fake) Add(m Model) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.put(m)
}

func (f *Fake) put(m Model) {
	f.models = slices.DeleteFunc(f.models, func(o installed) bool { return same(o.Name, m.Name) })
	f.models = slices.Insert(f.models, 0, installed{m, f.o.Now()})
	for _, l := range m.layers() {
		f.kept[l.digest] = l.size
	}
}

// Has reports whether a model is there.
func (f *Fake) Has(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, ok := f.installed(name)
	return ok
}

func (f *Fake) installed(name string) (installed, bool) {
	i := slices.IndexFunc(f.models, func(m installed) bool { return same(m.Name, name) })
	if i < 0 {
		return installed{}, false
	}
	return f.models[i], true
}

// Kept returns how many bytes of a model of the catalogue are on the disk.
func (f *Fake) Kept(name string) int64 {
	m, _ := find(name)
	f.mu.Lock()
	defer f.mu.Unlock()
	var n int64
	for _, l := range m.layers() {
		n += f.kept[l.digest]
	}
	return n
}

// Calls returns how often a path was called: Calls("POST /api/pull").
func (f *Fake) Calls(what string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[what]
}

// Corrupt makes the weights of the next pull of a model wrong.
func (f *Fake) Corrupt(name string) { f.fault(name, fault{corrupt: true}) }

// Fail ends the next pull of a model halfway with an error in the stream.
func (f *Fake) Fail(name, reason string) { f.fault(name, fault{reason: reason}) }

// Silence makes the next pull of a model say nothing more halfway.
func (f *Fake) Silence(name string) { f.fault(name, fault{silent: true}) }

// Cut ends the connection of the next pull of a model halfway.
func (f *Fake) Cut(name string) { f.fault(name, fault{cut: true}) }

func (f *Fake) fault(name string, how fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults[full(name)] = how
}

func (f *Fake) takeFault(name string) fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	how := f.faults[full(name)]
	delete(f.faults, full(name))
	return how
}

// answer writes JSON as Ollama does: without a line end, with "<", ">" and "&"
// escaped.
func answer(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b) // A caller that is gone is told nothing.
}

func fail(w http.ResponseWriter, status int, reason string) {
	answer(w, status, map[string]string{"error": reason})
}

// read decodes the body of a request; without success it has answered.
func read(w http.ResponseWriter, r *http.Request, v any) bool {
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<20))
	if err == nil && len(bytes.TrimSpace(body)) == 0 {
		fail(w, http.StatusBadRequest, "missing request body")
		return false
	}
	if err == nil {
		err = json.NewDecoder(bytes.NewReader(body)).Decode(v)
		var other *json.UnmarshalTypeError
		if errors.As(err, &other) && other.Struct == "" {
			// What is no object at all is told with the name of Ollama's type.
			fail(w, http.StatusBadRequest, strings.Replace(err.Error(), "type ollama.", "type api.", 1))
			return false
		}
	}
	if err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return false
	}
	return true
}

var errGone = errors.New("the caller is gone")
