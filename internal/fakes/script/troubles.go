package script

import (
	"net/http"
	"net/http/httputil"
	"sync"
)

// Trouble is something that a fake does instead of answering.
type Trouble string

// The troubles. A fake knows those that its vendor has.
const (
	RateLimited   Trouble = "rate-limit"
	Quota         Trouble = "quota"
	Overloaded    Trouble = "overloaded"
	ServerError   Trouble = "server-error"
	TooLong       Trouble = "context"
	Refused       Trouble = "refused"
	Cut           Trouble = "cut"          // the connection ends in the middle of the answer
	Ends          Trouble = "ends"         // the stream ends without its end
	ErrorInStream Trouble = "stream-error" // an error where a piece of the answer should be
	Empty         Trouble = "empty"        // an answer without content
	List          Trouble = "content-list" // content as a list of parts
	Page          Trouble = "html"         // a page of a proxy
	NoStream      Trouble = "no-stream"    // the answer in one piece
	Silent        Trouble = "silent"       // begins, and says nothing more
	Length        Trouble = "length"       // cut at the limit of tokens
	Forbidden     Trouble = "forbidden"
)

// Troubles are the names of all.
var Troubles = []string{
	string(RateLimited), string(Quota), string(Overloaded), string(ServerError), string(TooLong), string(Refused), string(Cut), string(Ends),
	string(ErrorInStream), string(Empty), string(List), string(Page), string(NoStream), string(Silent), string(Length), string(Forbidden),
}

// Wire keeps what came over the wire and which troubles are to come. It is
// safe for concurrent use.
type Wire struct {
	mu       sync.Mutex
	troubles []Trouble
	seen     [][]byte
}

// Next makes the fake have these troubles, one per request.
func (w *Wire) Next(t ...Trouble) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.troubles = append(w.troubles, t...)
}

// Take returns the trouble of the next request, or "".
func (w *Wire) Take() Trouble {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.troubles) == 0 {
		return ""
	}
	t := w.troubles[0]
	w.troubles = w.troubles[1:]
	return t
}

// Note keeps every byte of a request.
func (w *Wire) Note(r *http.Request) error {
	b, err := httputil.DumpRequest(r, true)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, b)
	return err
}

// Seen returns the requests as they came, in their order.
func (w *Wire) Seen() [][]byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([][]byte(nil), w.seen...)
}

// Pieces cuts an answer as a stream does: between any two bytes of a word, but
// never within a rune.
func Pieces(text string) []string {
	const size = 7
	var out []string
	from := 0
	for i := range text {
		if i-from >= size {
			out = append(out, text[from:i])
			from = i
		}
	}
	return append(out, text[from:])
}
