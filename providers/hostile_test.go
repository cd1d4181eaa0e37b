package providers_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tftsr/tftsr/providers"
	"github.com/tftsr/tftsr/store"
)

// dialects are the forms of the wire, each with how a piece of a stream and its
// end are written.
var dialects = []struct {
	format, stream string // media type of a stream
	begin          string
	piece          func(text string) string // of a text that is JSON already
	end            string
}{
	{"openai", "text/event-stream", "", func(s string) string {
		return `data: {"model":"m","choices":[{"index":0,"delta":{"content":` + s + `}}]}` + "\n\n"
	}, `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"},
	{"anthropic", "text/event-stream", "event: message_start\n" + `data: {"type":"message_start","message":{"id":"x","type":"message","role":"assistant","model":"m","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}` + "\n\n" +
		"event: content_block_start\n" + `data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}` + "\n\n", func(s string) string {
		return "event: content_block_delta\n" + `data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":` + s + `}}` + "\n\n"
	}, "event: content_block_stop\n" + `data: {"type":"content_block_stop","index":0}` + "\n\n" + "event: message_delta\n" + `data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}` + "\n\n" +
		"event: message_stop\n" + `data: {"type":"message_stop"}` + "\n\n"},
	{"ollama", "application/x-ndjson", "", func(s string) string {
		return `{"model":"m","message":{"role":"assistant","content":` + s + `},"done":false}` + "\n"
	}, `{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":1,"eval_count":1}` + "\n"},
}

// hostile serves a provider whose answers a handler writes.
func (b *bed) hostile(format string, h http.HandlerFunc) *providers.Client {
	b.t.Helper()
	srv := httptest.NewServer(h)
	b.t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
	})
	name := fmt.Sprintf("%s-%d", format[:3], time.Now().UnixNano())
	b.add(store.Provider{Name: name, Kind: "custom", BaseURL: srv.URL, Model: "m", Options: map[string]string{"api_format": format, "timeout": "60"}}, "k")
	return b.open(name)
}

// A stream without end, or a line without one, ends at a bound of ours, before the
// time of the call does.
func TestAnAnswerWithoutEndIsBounded(t *testing.T) {
	for _, d := range dialects {
		for name, write := range map[string]func(w io.Writer) error{
			"pieces of a byte": func(w io.Writer) error { _, err := io.WriteString(w, d.piece(`"a"`)); return err },
			"pieces of 4 KiB": func(w io.Writer) error {
				_, err := io.WriteString(w, d.piece(`"`+strings.Repeat("a", 4096)+`"`))
				return err
			},
			"one line": func(w io.Writer) error { _, err := io.WriteString(w, strings.Repeat("a", 64<<10)); return err },
		} {
			t.Run(d.format+"/"+name, func(t *testing.T) {
				b := newBed(t)
				var sent atomic.Int64
				c := b.hostile(d.format, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", d.stream)
					_, _ = io.WriteString(w, d.begin)
					if name == "one line" {
						_, _ = io.WriteString(w, strings.TrimSuffix(strings.TrimRight(d.piece(`"x"`), "\n"), `"}}]}`))
					}
					for r.Context().Err() == nil && sent.Load() < 100<<20 {
						if write(w) != nil {
							return
						}
						sent.Add(4096)
					}
				})
				r := b.ask(c, "Why?")
				heard := 0
				r.OnText = func(piece string) { heard += len(piece) }
				_, err := c.Chat(b.ctx(), r)
				if e := kind(t, err); e.Kind != providers.KindTooLarge && e.Kind != providers.KindTruncated && e.Kind != providers.KindProtocol {
					t.Errorf("%v", err)
				}
				if heard > 9<<20 {
					t.Errorf("it gave %d bytes", heard)
				}
			})
		}
	}
}

// What stops in the middle of a letter is no answer, and what a letter is cut in
// never becomes text that is none.
func TestAStreamThatStopsWithinALetterIsNoAnswer(t *testing.T) {
	for _, d := range dialects {
		b := newBed(t)
		cut := d.piece(`"Gr`)
		cut = cut[:strings.Index(cut, "Gr")+2] + "\xc3"
		whole := d.piece("\"Gr\xc3\xbc\xc3\"") // Bytes that are no UTF-8, in JSON that is.
		var body atomic.Value
		c := b.hostile(d.format, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", d.stream)
			_, _ = io.WriteString(w, d.begin+body.Load().(string))
		})
		body.Store(d.piece(`"a"`) + cut)
		r := b.ask(c, "Why?")
		r.OnText = func(piece string) {
			if !utf8.ValidString(piece) {
				t.Errorf("%s: a piece is %q", d.format, piece)
			}
		}
		if _, err := c.Chat(b.ctx(), r); kind(t, err).Kind != providers.KindTruncated {
			t.Errorf("%s: %v", d.format, err)
		}
		body.Store(whole + d.end)
		reply, err := c.Chat(b.ctx(), r)
		if err == nil && !utf8.ValidString(reply.Text) {
			t.Errorf("%s: %q", d.format, reply.Text)
		}
		if err != nil && kind(t, err).Kind == "" {
			t.Errorf("%s: %v", d.format, err)
		}
	}
}

// Whatever comes in the place of an answer is an error of its kind, at once, and
// no other host hears of the request.
func TestWhatIsNoAnswerIsAnErrorAtOnce(t *testing.T) {
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	answers := map[string]struct {
		want  providers.Kind
		write http.HandlerFunc
	}{
		"an HTML page": {providers.KindProtocol, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, "<!doctype html><title>Log in</title>")
		}},
		"an HTML page of a fault": {providers.KindServer, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, "<html>"+strings.Repeat("x", 1<<20))
		}},
		"another host": {providers.KindRedirect, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+"/v1/chat/completions", http.StatusTemporaryRedirect)
		}},
		"another host, for good": {providers.KindRedirect, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "//"+strings.TrimPrefix(other.URL, "http://")+"/", http.StatusPermanentRedirect)
		}},
		"come back in a century": {providers.KindLimited, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3153600000")
			w.WriteHeader(http.StatusTooManyRequests)
		}},
		"come back never": {providers.KindLimited, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1e308")
			w.WriteHeader(http.StatusTooManyRequests)
		}},
		"come back on a day": {providers.KindLimited, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT")
			w.WriteHeader(http.StatusTooManyRequests)
		}},
		"an image": {"", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write([]byte("\x89PNG\r\n\x1a\n"))
		}},
		"no numbers": {"", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":NaN,"completion_tokens":Infinity},"content":[{"type":"text","text":"x"}],"status":NaN,"message":{"content":"x"},"done":NaN}`)
		}},
		"a deep nest": {"", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, strings.Repeat(`{"choices":[`, 200_000))
		}},
	}
	b := newBed(t)
	for _, format := range []string{"openai", "anthropic", "ollama", "msi_genai"} {
		for name, a := range answers {
			c := b.hostile(format, a.write)
			for _, stream := range []bool{false, true} {
				b.waits = nil
				r := b.ask(c, "Why?")
				if stream {
					r.OnText = func(string) {}
				}
				_, err := c.Chat(b.ctx(), r)
				if err == nil {
					t.Errorf("%s takes %s as an answer", format, name)
					continue
				}
				if e := kind(t, err); a.want != "" && e.Kind != a.want || len(err.Error()) > 500 || e.RetryAfter > 24*time.Hour {
					t.Errorf("%s, %s, stream %v: %v", format, name, stream, err)
				}
				for _, w := range b.waits {
					if w > 30*time.Second {
						t.Errorf("%s, %s: it waits %s", format, name, w)
					}
				}
			}
		}
	}
	if elsewhere.Load() != 0 {
		t.Errorf("another host was asked %d times", elsewhere.Load())
	}
}

// A call with ten thousand arguments, or ten thousand calls, are read; counts
// that cannot be are not believed, whatever they would do to a budget.
func TestCallsAndCountsBeyondReasonAreSurvived(t *testing.T) {
	args := map[string]int{}
	for i := range 10_000 {
		args[fmt.Sprint("argument", i)] = i
	}
	long, _ := json.Marshal(args)
	quoted, _ := json.Marshal(string(long))
	b := newBed(t)
	var pieces strings.Builder
	text := string(long)
	fmt.Fprintf(&pieces, `data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]}}]}`+"\n\n")
	for i := 0; i < len(text); i += 4 {
		piece, _ := json.Marshal(text[i:min(i+4, len(text))])
		fmt.Fprintf(&pieces, `data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":%s}}]}}]}`+"\n\n", piece)
	}
	pieces.WriteString(`data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]}` + "\n\ndata: [DONE]\n\n")
	c := b.hostile("openai", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), `"stream":true`) {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, pieces.String())
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"model":"`+strings.Repeat("m", 1<<20)+`","choices":[{"message":{"content":null,"tool_calls":[{"id":"a","function":{"name":"f","arguments":`+string(quoted)+`}}]},"finish_reason":"tool_calls"}],`+
			`"usage":{"prompt_tokens":9000000000000000000,"completion_tokens":9000000000000000000}}`)
	})
	for _, stream := range []bool{false, true} {
		r := b.ask(c, "Why?")
		if stream {
			r.OnText = func(string) {}
		}
		reply, err := c.Chat(b.ctx(), r)
		if err != nil || len(reply.Calls) != 1 || reply.Calls[0].Arguments != text {
			t.Fatalf("stream %v: %v", stream, err)
		}
		if reply.Usage.Known || reply.Usage.MicroUSD < 0 || len(reply.Model) > 300 {
			t.Errorf("stream %v: usage %+v, a model name of %d bytes", stream, reply.Usage, len(reply.Model))
		}
	}
}

// An answer made to keep a reader of JSON busy does not.
func TestAnObjectIsLookedForInBounds(t *testing.T) {
	for _, text := range []string{strings.Repeat("{", 8<<20), strings.Repeat(`{"a":`, 1<<20), strings.Repeat(`{"a":1,`, 1<<20)} {
		if _, err := providers.Object(text); err == nil {
			t.Errorf("%.20q holds an object", text)
		}
	}
	if raw, err := providers.Object("Some {prose} in front of {\"a\":1} and behind"); err != nil || string(raw) != `{"a":1}` {
		t.Errorf("%s, %v", raw, err)
	}
}
