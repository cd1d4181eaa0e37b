package ollama

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/tftsr/tftsr/internal/egress"
)

// Kind says what went wrong, for programs.
type Kind string

// The kinds. Each has its own sentence, which says what mends it.
const (
	KindNotRunning  Kind = "not-running" // nothing listens on this machine
	KindUnreachable Kind = "unreachable" // no connection to another one
	KindDNS         Kind = "dns"
	KindTLS         Kind = "tls"
	KindTimeout     Kind = "timeout"
	KindRefused     Kind = "refused" // egress does not allow the call
	KindProtocol    Kind = "protocol"
	KindForbidden   Kind = "forbidden" // 401 and 403
	KindTooLarge    Kind = "too-large"
	KindNotFound    Kind = "not-found" // the model is not on the server
	KindInvalid     Kind = "invalid"   // other 4xx
	KindServer      Kind = "server"    // 5xx, and errors of a pull that nothing else fits

	KindUnknownModel  Kind = "unknown-model"  // the registry has no such model or tag
	KindRegistry      Kind = "registry"       // Ollama does not reach the registry, or it fails
	KindRegistryLogin Kind = "registry-login" // the registry wants a login
	KindLimited       Kind = "rate-limited"   // by the registry
	KindOutdated      Kind = "outdated"       // the model needs a newer Ollama
	KindDigest        Kind = "digest"         // what came is not what the registry names
	KindDiskFull      Kind = "disk-full"      // where Ollama keeps models
	KindInterrupted   Kind = "interrupted"    // the stream ended before the pull did
	KindStalled       Kind = "stalled"        // nothing was heard for too long
)

var sentences = map[Kind]string{
	KindNotRunning:    "Ollama is not running",
	KindUnreachable:   "no connection could be made",
	KindDNS:           "the name of the host has no address: check ollama.host and the network",
	KindTLS:           "its certificate is not trusted: if your network has its own authority, name its file in egress.ca_file",
	KindTimeout:       "it did not answer in time",
	KindRefused:       "the call is not allowed",
	KindProtocol:      "what answers there is not Ollama: check ollama.host",
	KindForbidden:     "it refuses the call: Ollama answers so when it is called by a name that it does not know, and a proxy when it wants a login",
	KindTooLarge:      "its answer is too large",
	KindNotFound:      "the server has no such model",
	KindInvalid:       "it refuses what was asked",
	KindServer:        "it failed",
	KindUnknownModel:  "the registry has no model of this name and tag: check the spelling on ollama.com/library",
	KindRegistry:      "Ollama could not load from the registry: check the network and the proxy of the machine that Ollama runs on (HTTPS_PROXY in its environment); what has come is kept, and a later pull goes on from there",
	KindRegistryLogin: "the registry does not give this model without a login: run `ollama signin` on the machine that Ollama runs on, or check the name",
	KindLimited:       "the registry has had too many requests from there: wait before you pull again",
	KindOutdated:      "the model needs a newer version of Ollama: update it and pull again",
	KindDigest:        "what came is not what the registry names, and Ollama has thrown it away: pull again; if it happens again, something between Ollama and the registry changes files",
	KindDiskFull:      "no space is left where Ollama keeps its models: make some (OLLAMA_MODELS moves the folder) and pull again; what has come is kept",
	KindInterrupted:   "the connection ended before the pull did: what has come is kept, and a later pull goes on from there",
	KindStalled:       "nothing was heard of the pull for too long, so it was given up: what has come is kept, and a later pull goes on from there",
}

// Error is a failed call of Ollama.
type Error struct {
	Kind   Kind
	Host   string // base URL
	Status int    // of HTTP; 0 without an answer
	Detail string // ours; may be empty
	// Reason is what Ollama says. It is text from outside, not cleared: it is not
	// part of Error.
	Reason string
	// Lost: a deletion was sent and what became of it is not known.
	Lost bool

	err error
}

// Error says what happened and what mends it, without Ollama's own words.
func (e *Error) Error() string {
	text := e.Host + ": " + sentences[e.Kind]
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Status != 0 && e.Status != http.StatusOK {
		text += fmt.Sprintf("; HTTP %d", e.Status)
	}
	if e.Lost {
		text += "; it may have been done all the same"
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.err }

// KindOf returns the kind of a failed call, or "" for another error.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

// failed sorts what net/http returns instead of an answer.
func (c *Client) failed(err error) *Error {
	e := &Error{Host: c.Host(), Kind: KindUnreachable, err: egress.SafeError(err)}
	switch egress.CauseOf(err) {
	case egress.CauseTooLarge:
		e.Kind = KindTooLarge
	case egress.CauseRefused:
		e.Kind, e.Detail = KindRefused, e.err.Error()
	case egress.CauseTLS:
		e.Kind = KindTLS
	case egress.CauseDNS:
		e.Kind = KindDNS
	case egress.CauseTimeout:
		e.Kind = KindTimeout
	case egress.CauseUnreachable:
		var dial *net.OpError
		if errors.As(err, &dial) && dial.Op == "dial" && egress.Loopback(c.base.Hostname()) {
			e.Kind, e.Detail = KindNotRunning, c.startHint()
		}
	}
	return e
}

// refusal sorts an answer that says no.
func (c *Client) refusal(status int, body []byte) *Error {
	e := &Error{Host: c.Host(), Status: status, Reason: reasonIn(body)}
	switch {
	case status/100 == 3:
		e.Kind, e.Detail = KindProtocol, "it redirects"
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		e.Kind = KindForbidden
	case e.Reason == "":
		// Every error of Ollama's interface has words.
		e.Kind = KindProtocol
		if status >= 500 {
			e.Kind = KindServer
		}
	case status == http.StatusNotFound:
		e.Kind = KindNotFound
	case status >= 500:
		e.Kind = KindServer
	default:
		e.Kind = KindInvalid
	}
	return e
}

// maxReason bounds what is kept of Ollama's words, in bytes.
const maxReason = 2000

// reasonIn returns the words of an error's body: {"error":"…"}.
func reasonIn(body []byte) string {
	var said struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &said) != nil {
		return ""
	}
	return bound(said.Error)
}

func bound(s string) string {
	if len(s) > maxReason {
		s = strings.ToValidUTF8(s[:maxReason], "") + "…"
	}
	return strings.TrimSpace(s)
}

// pullWords are how errors of a pull begin or what they hold, in the order in
// which they are looked for (server/images.go, server/download.go and
// server/auth.go of Ollama v0.17.4; the system's own words for a full disk).
var pullWords = []struct {
	words string
	kind  Kind
}{
	{"pull model manifest: file does not exist", KindUnknownModel},
	{"digest mismatch", KindDigest},
	{"no space left on device", KindDiskFull},
	{"not enough space on the disk", KindDiskFull}, // Windows
	{"requires a newer version of ollama", KindOutdated},
	{"unauthorized", KindRegistryLogin},
	{"pull model manifest: 401", KindRegistryLogin},
	{"pull model manifest: 403", KindRegistryLogin},
	{"pull model manifest: 429", KindLimited},
	{"pull model manifest:", KindRegistry},
	{"max retries exceeded", KindRegistry},
	{"dial tcp", KindRegistry},
	{"lookup ", KindRegistry},
	{"unexpected status code", KindRegistry},
	{"context deadline exceeded", KindRegistry},
	{"unexpected eof", KindRegistry},
	{"tls: ", KindRegistry},
	{"x509: ", KindRegistry},
}

func pullKind(reason string) Kind {
	reason = strings.ToLower(reason)
	for _, w := range pullWords {
		if strings.Contains(reason, w.words) {
			return w.kind
		}
	}
	return KindServer
}
