// Package genai is MSI GenAI to try tftsr on without an account and to test it
// with: `tftsr fake genai`. It keeps the conversation of each session, as the
// service does: a client sends the newest prompt only.
//
// It is no server for anything but this machine and keeps nothing on disk.
package genai

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/tftsr/tftsr/internal/fakes/script"
)

// Key and Client are what a fake wants to see. They are no secrets: it serves
// this machine only.
const (
	Key    = "fake-genai-7b1e4d9a" //nolint:gosec // as above
	Client = "tftsr-devops-investigation"
)

// Models are those of the service.
var Models = []string{"VertexGemini", "Claude-Sonnet-4", "ChatGPT4o", "ChatGPT-5_2-Chat"}

// Options set a fake up. The zero value is a service without trouble.
type Options struct {
	Script script.Script // nil means [script.Default]
}

// Fake is the service. It is safe for concurrent use.
type Fake struct {
	script.Wire
	o Options

	mu       sync.Mutex
	sessions map[string][]script.Message
}

// New returns a fake.
func New(o Options) *Fake {
	if o.Script == nil {
		o.Script = script.Default
	}
	return &Fake{o: o, sessions: map[string][]script.Message{}}
}

// Session returns what was said in a session.
func (f *Fake) Session(id string) []script.Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.sessions[id])
}

// Sessions returns how many there are.
func (f *Fake) Sessions() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.sessions)
}

type request struct {
	Model     string `json:"model"`
	Prompt    string `json:"prompt"`
	System    string `json:"system"`
	SessionID string `json:"sessionId"`
	UserID    string `json:"userId"`
}

type answer struct {
	Status        bool   `json:"status"`
	SessionID     string `json:"sessionId"`
	Msg           string `json:"msg"`
	InitialPrompt bool   `json:"initialPrompt"`
}

// ServeHTTP implements [http.Handler].
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := f.Note(r); err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	t := f.Take()
	switch {
	case r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/api/v2/chat"):
		gateway(w, http.StatusNotFound, "Not Found")
		return
	case r.Header.Get("X-Msi-Genai-Api-Key") != Key, r.Header.Get("X-Msi-Genai-Client") == "", r.Header.Get("Authorization") != "", t == script.Forbidden:
		gateway(w, http.StatusForbidden, "Forbidden")
		return
	case t == script.RateLimited:
		w.Header().Set("Retry-After", "1")
		gateway(w, http.StatusTooManyRequests, "Too Many Requests")
		return
	case t == script.Overloaded:
		gateway(w, http.StatusServiceUnavailable, "Service Unavailable")
		return
	case t == script.ServerError:
		gateway(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	var in request
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil || in.Prompt == "" {
		gateway(w, http.StatusBadRequest, "Bad Request")
		return
	}
	switch {
	case t == script.Quota:
		say(w, answer{Msg: "Monthly budget of $50 exceeded for this user. Usage resets on the first of next month."})
		return
	case t == script.Refused:
		say(w, answer{Msg: "The prompt was blocked by the content_filter of the model."})
		return
	case !slices.Contains(Models, in.Model):
		say(w, answer{Msg: fmt.Sprintf("Unknown model %s", in.Model)})
		return
	case t == script.Cut:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "4000")
		_, _ = fmt.Fprint(w, `{"status":true,"sessionId":"`)
		return
	}
	say(w, f.reply(in, t))
}

// reply answers a prompt with the script and keeps both in the session.
func (f *Fake) reply(in request, t script.Trouble) answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	initial := in.SessionID == ""
	if initial {
		in.SessionID = fmt.Sprintf("sess-%04d", len(f.sessions)+1)
	}
	history := append(slices.Clone(f.sessions[in.SessionID]), script.Message{Role: "user", Text: in.Prompt})
	turn := script.Turn{Messages: history}
	if strings.Contains(in.Prompt, "JSON schema") {
		turn.Schema = in.Prompt
	}
	if in.System != "" {
		turn.Messages = append([]script.Message{{Role: "system", Text: in.System}}, history...)
	}
	a := f.o.Script(turn)
	if t == script.Empty {
		a.Text = ""
	}
	f.sessions[in.SessionID] = append(history, script.Message{Role: "assistant", Text: a.Text})
	return answer{Status: true, SessionID: in.SessionID, Msg: a.Text, InitialPrompt: initial}
}

func say(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(a) // The client is gone then.
}

// gateway is how the gateway before the service refuses.
func gateway(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	var b bytes.Buffer
	_ = json.NewEncoder(&b).Encode(map[string]string{"message": message}) // A map of texts.
	_, _ = w.Write(b.Bytes())
}
