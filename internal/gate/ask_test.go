package gate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/pii"
)

// eras are the two ways in which a host is asked.
var eras = map[string]string{"legacy": "2025-11-25", "modern": modernProtocol}

// host is a real client and a real server with one tool, which runs handle.
type host struct {
	t      *testing.T
	gate   *Gate
	caller Caller
	handle func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error)
	client *mcp.ClientSession
	runs   atomic.Int32

	mu        sync.Mutex
	last      error
	questions []*mcp.ElicitParams
}

// asked are the questions that came to the person.
func (h *host) asked() []*mcp.ElicitParams {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.questions)
}

// err is what the handler returned last.
func (h *host) err() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last
}

// person answers questions; nil means a host without elicitation.
type person func(p *mcp.ElicitParams) (*mcp.ElicitResult, error)

func says(action string) person {
	return func(*mcp.ElicitParams) (*mcp.ElicitResult, error) { return &mcp.ElicitResult{Action: action}, nil }
}

func (f *folder) gate() *Gate {
	f.t.Helper()
	g, err := New(asPerson(), f.options(f.store()))
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() {
		if err := g.Close(context.Background()); err != nil {
			f.t.Error(err)
		}
	})
	return g
}

func connect(t *testing.T, g *Gate, era string, p person, options ...func(*mcp.ClientOptions)) *host {
	t.Helper()
	h := &host{t: t, gate: g, caller: Caller{ID: "ana", Channel: ChannelStdio, Client: "host 1.0", Attended: true}}
	srv := mcp.NewServer(&mcp.Implementation{Name: "tftsr", Version: "test"}, nil)
	srv.AddTool(&mcp.Tool{Name: "act", InputSchema: map[string]any{"type": "object"}}, func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		h.runs.Add(1)
		res, err := h.handle(WithCaller(ctx, h.caller), req)
		h.mu.Lock()
		h.last = err
		h.mu.Unlock()
		if err != nil {
			res = &mcp.CallToolResult{}
			res.SetError(err)
			return res, nil
		}
		if res == nil {
			res = succeeded()
		}
		return res, nil
	})
	o := &mcp.ClientOptions{Capabilities: &mcp.ClientCapabilities{}}
	if p != nil {
		o.ElicitationHandler = func(_ context.Context, req *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			h.mu.Lock()
			h.questions = append(h.questions, req.Params)
			h.mu.Unlock()
			return p(req.Params)
		}
	}
	for _, f := range options {
		f(o)
	}
	here, there := mcp.NewInMemoryTransports()
	ss, err := srv.Connect(context.Background(), there, nil)
	if err != nil {
		t.Fatal(err)
	}
	h.client, err = mcp.NewClient(&mcp.Implementation{Name: "host", Version: "1.0"}, o).Connect(context.Background(), here, &mcp.ClientSessionOptions{ProtocolVersion: eras[era]})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.client.Close(); _ = ss.Wait() })
	return h
}

// manual leaves the rounds of a modern call to the test.
func manual(o *mcp.ClientOptions) { o.MultiRoundTrip = &mcp.MultiRoundTripOptions{Disabled: true} }

func (h *host) call(args map[string]any) *mcp.CallToolResult {
	h.t.Helper()
	return h.again(args, nil, "")
}

func (h *host) again(args map[string]any, answers mcp.InputResponseMap, state string) *mcp.CallToolResult {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	res, err := h.client.CallTool(ctx, &mcp.CallToolParams{Name: "act", Arguments: args, InputResponses: answers, RequestState: state})
	if err != nil {
		h.t.Fatal(err)
	}
	return res
}

func succeeded() *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "done"}}}
}

// asks makes the tool ask one question and keep the answer.
func (h *host) asks(q Question) **Answer {
	var got *Answer
	h.handle = func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		ans, next, err := h.gate.Ask(ctx, req, q)
		got = ans
		return next, err
	}
	return &got
}

// elicited lists what the record says about questions: "asked" or the answer.
func elicited(t *testing.T, g *Gate) []string {
	t.Helper()
	var out []string
	for _, e := range allEntries(t, g.opts.Store) {
		if e.Action != audit.ActionElicit {
			continue
		}
		if a, ok := details(t, e)["answer"].(string); ok {
			out = append(out, a)
		} else {
			out = append(out, "asked")
		}
	}
	return out
}

func inEras(t *testing.T, test func(t *testing.T, era string)) {
	for _, era := range slices.Sorted(maps.Keys(eras)) {
		t.Run(era, func(t *testing.T) { test(t, era) })
	}
}

func TestPersonIsAskedInBothEras(t *testing.T) {
	inEras(t, func(t *testing.T, era string) {
		for _, action := range []string{Accept, Decline, Cancel} {
			g := newFolder(t).gate()
			h := connect(t, g, era, says(action))
			got := h.asks(Question{Key: "go", Title: "Go on?", Message: "The log has 3 findings."})
			if res := h.call(nil); res.IsError || res.NeedsInput() {
				t.Fatalf("%s: %+v", action, h.err())
			}
			if *got == nil || (*got).Action != action {
				t.Errorf("%s: got %+v", action, *got)
			}
			if len(h.asked()) != 1 || h.asked()[0].Message != "Go on?\n\nThe log has 3 findings." {
				t.Errorf("asked %+v", h.asked())
			}
			if want := map[string]int32{"legacy": 1, "modern": 2}[era]; h.runs.Load() != want {
				t.Errorf("handler ran %d times, want %d", h.runs.Load(), want)
			}
			if got := elicited(t, g); !slices.Equal(got, []string{"asked", action}) {
				t.Errorf("record: %v", got)
			}
		}
	})
}

func TestFormComesBackFilledAndRedacted(t *testing.T) {
	schema := map[string]any{
		"type": "object", "required": []string{"why", "depth"},
		"properties": map[string]any{
			"why":   map[string]any{"type": "string", "maxLength": 200},
			"depth": map[string]any{"type": "integer", "minimum": 1, "maximum": 9},
			"more":  map[string]any{"type": "boolean", "default": true},
			"kind":  map[string]any{"type": "string", "enum": []string{"disk", "net"}},
		},
	}
	inEras(t, func(t *testing.T, era string) {
		g := newFolder(t).gate()
		h := connect(t, g, era, func(*mcp.ElicitParams) (*mcp.ElicitResult, error) {
			return &mcp.ElicitResult{Action: Accept, Content: map[string]any{"why": "mail jane.roe@acme-widgets.com", "depth": 3, "kind": "net"}}, nil
		})
		got := h.asks(Question{Key: "q", Message: "Why?", Schema: schema})
		if h.call(nil); h.err() != nil {
			t.Fatal(h.err())
		}
		c := (*got).Content
		if why, _ := c["why"].(string); strings.Contains(why, "jane.roe") || !strings.HasPrefix(why, "mail [Email_") {
			t.Errorf("free text came as %q", why)
		}
		if c["depth"] != 3.0 || c["kind"] != "net" || c["more"] != true {
			t.Errorf("content %v", c)
		}
		for _, e := range allEntries(t, g.opts.Store) {
			if strings.Contains(string(e.Details), "jane.roe") {
				t.Errorf("entry %d holds the answer", e.Seq)
			}
		}
	})
}

func TestMessageIsClearedForTheHost(t *testing.T) {
	inEras(t, func(t *testing.T, era string) {
		h := connect(t, newFolder(t).gate(), era, says(Accept))
		h.asks(Question{Key: "q", Title: "About jane.roe@acme-widgets.com", Message: allPlanted()})
		if h.call(nil); h.err() != nil {
			t.Fatal(h.err())
		}
		wantNothingPlanted(t, "the question", h.asked()[0].Message)
	})
}

// blind is a clearer that fails.
type blind struct{}

func (blind) Clear(context.Context, Destination, string) (Cleared, error) { return Cleared{}, ErrScan }

func (blind) RedactText(context.Context, pii.Mode, string) (string, Counts, error) {
	return "", nil, ErrScan
}

func TestNobodyIsAskedWhatCannotBeScanned(t *testing.T) {
	inEras(t, func(t *testing.T, era string) {
		g := newFolder(t).gate()
		g.texts = blind{}
		h := connect(t, g, era, says(Accept))
		h.asks(Question{Key: "q", Message: "?"})
		if h.call(nil); !errors.Is(h.err(), ErrScan) || len(h.asked()) != 0 {
			t.Errorf("%v, asked %d times", h.err(), len(h.asked()))
		}
	})
}

func TestManyRoundsOfQuestions(t *testing.T) {
	inEras(t, func(t *testing.T, era string) {
		const rounds = 7
		g := newFolder(t).gate()
		n := 0
		h := connect(t, g, era, func(*mcp.ElicitParams) (*mcp.ElicitResult, error) {
			n++
			return &mcp.ElicitResult{Action: Accept, Content: map[string]any{"n": n}}, nil
		})
		var got []any
		h.handle = func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			got = nil
			for i := range rounds {
				ans, next, err := g.Ask(ctx, req, Question{
					Key: fmt.Sprint("why", i), Message: fmt.Sprint("Why number ", i, "?"),
					Schema: map[string]any{"type": "object", "properties": map[string]any{"n": map[string]any{"type": "integer"}}},
				})
				if err != nil || next != nil {
					return next, err
				}
				got = append(got, ans.Content["n"])
			}
			return succeeded(), nil
		}
		if res := h.call(map[string]any{"b": 1, "a": []any{2.5}}); res.IsError {
			t.Fatal(h.err())
		}
		want := []any{1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0}
		if !slices.Equal(got, want) || len(h.asked()) != rounds {
			t.Errorf("answers %v, asked %d times", got, len(h.asked()))
		}
		if got := elicited(t, g); len(got) != 2*rounds {
			t.Errorf("record: %v", got)
		}
	})
}

func TestWhoCannotBeAskedIsTold(t *testing.T) {
	inEras(t, func(t *testing.T, era string) {
		g := newFolder(t).gate()
		mute := connect(t, g, era, nil)
		mute.asks(Question{Key: "q", Message: "?"})
		if mute.call(nil); !errors.Is(mute.err(), ErrCannotAsk) {
			t.Errorf("without elicitation: %v", mute.err())
		}
		urls := connect(t, g, era, says(Accept), func(o *mcp.ClientOptions) {
			o.Capabilities = &mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapabilities{URL: &mcp.URLElicitationCapabilities{}}}
		})
		urls.asks(Question{Key: "q", Message: "?"})
		if urls.call(nil); !errors.Is(urls.err(), ErrCannotAsk) {
			t.Errorf("with URLs only: %v", urls.err())
		}
		h := connect(t, g, era, says(Accept))
		for name, c := range map[string]Caller{
			"unattended": {ID: "ci", Channel: ChannelHTTP},
			"terminal":   {ID: "ana", Channel: ChannelTerminal, Attended: true},
			"nowhere":    {ID: "ana", Attended: true},
		} {
			h.caller = c
			h.asks(Question{Key: "q", Message: "?"})
			if h.call(nil); !errors.Is(h.err(), ErrCannotAsk) {
				t.Errorf("%s: %v", name, h.err())
			}
		}
		if len(h.asked()) != 0 || len(elicited(t, g)) != 0 {
			t.Errorf("asked %d times, record %v", len(h.asked()), elicited(t, g))
		}
		h.caller = Caller{ID: "laptop", Channel: ChannelHTTP, Attended: true}
		got := h.asks(Question{Key: "q", Message: "?"})
		if h.call(nil); h.err() != nil || *got == nil {
			t.Errorf("attended over HTTP: %v", h.err())
		}
		h.caller = Caller{}
		if h.call(nil); !errors.Is(h.err(), ErrNoCaller) {
			t.Errorf("nobody: %v", h.err())
		}
	})
}

func TestSilenceIsNoAnswer(t *testing.T) {
	f := newFolder(t)
	g := f.gate()
	g.askTime = 50 * time.Millisecond
	stop := make(chan struct{})
	defer close(stop)
	h := connect(t, g, "legacy", func(*mcp.ElicitParams) (*mcp.ElicitResult, error) {
		<-stop
		return nil, errors.New("gone")
	})
	h.asks(Question{Key: "q", Message: "?"})
	if h.call(nil); !errors.Is(h.err(), ErrCannotAsk) || !strings.Contains(h.err().Error(), "nobody answered") {
		t.Errorf("%v", h.err())
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	g.askTime = time.Minute
	_, err := h.client.CallTool(ctx, &mcp.CallToolParams{Name: "act"})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled call: %v", err)
	}
	waitFor(t, func() bool { return errors.Is(h.err(), context.Canceled) })
}

func TestAHostThatFailsToAskQuotesNothing(t *testing.T) {
	h := connect(t, newFolder(t).gate(), "legacy", func(*mcp.ElicitParams) (*mcp.ElicitResult, error) {
		return nil, errors.New("jane.roe@acme-widgets.com left")
	})
	h.asks(Question{Key: "q", Message: "?"})
	if h.call(nil); !errors.Is(h.err(), ErrCannotAsk) || strings.Contains(h.err().Error(), "jane") {
		t.Errorf("%v", h.err())
	}
}

func TestAnswersThatDoNotFitAreRefused(t *testing.T) {
	schema := map[string]any{
		"type": "object", "required": []string{"n"},
		"properties": map[string]any{
			"n":    map[string]any{"type": "integer", "minimum": 1, "maximum": 3},
			"x":    map[string]any{"type": "number"},
			"s":    map[string]any{"type": "string", "minLength": 2, "maxLength": 3},
			"e":    map[string]any{"type": "string", "oneOf": []any{map[string]any{"const": "a", "title": "A"}}},
			"b":    map[string]any{"type": "boolean"},
			"list": map[string]any{"type": "array", "minItems": 1, "maxItems": 2, "items": map[string]any{"type": "string", "enum": []string{"p", "q"}}},
		},
	}
	for name, content := range map[string]map[string]any{
		"missing": {}, "too small": {"n": 0.0}, "too large": {"n": 4.0}, "no integer": {"n": 1.5}, "text for number": {"n": "1"},
		"unknown field": {"n": 1.0, "z": 1.0}, "number for text": {"n": 1.0, "s": 1.0}, "too short": {"n": 1.0, "s": "é"},
		"too long": {"n": 1.0, "s": "abcd"}, "no choice": {"n": 1.0, "e": "b"}, "no boolean": {"n": 1.0, "b": "true"},
		"empty list": {"n": 1.0, "list": []any{}}, "long list": {"n": 1.0, "list": []any{"p", "q", "p"}},
		"list of others": {"n": 1.0, "list": []any{"p", "z"}}, "list of numbers": {"n": 1.0, "list": []any{1.0}},
		"null": {"n": nil}, "object": {"n": map[string]any{}}, "text for list": {"n": 1.0, "list": "p"}, "text for x": {"n": 1.0, "x": "1"},
	} {
		if _, err := fit(schema, content); !errors.Is(err, ErrAnswer) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ok := map[string]any{"n": 2.0, "x": 1.5, "s": "éé", "e": "a", "b": false, "list": []any{"q"}}
	if got, err := fit(schema, ok); err != nil || len(got) != len(ok) {
		t.Errorf("%v, %v", got, err)
	}
	h := connect(t, newFolder(t).gate(), "modern", says(Accept), manual)
	h.asks(Question{Key: "q", Message: "?", Schema: schema})
	first := h.call(nil)
	for name, answer := range map[string]mcp.InputResponse{
		"content": &mcp.ElicitResult{Action: Accept, Content: map[string]any{"n": 99}},
		"action":  &mcp.ElicitResult{Action: "maybe"},
		//lint:ignore SA1019 Clients may send it all the same.
		"another thing": &mcp.ListRootsResult{Roots: []*mcp.Root{}}, //nolint:staticcheck // SA1019, as above.
	} {
		if h.again(nil, mcp.InputResponseMap{"q": answer}, first.RequestState); !errors.Is(h.err(), ErrAnswer) {
			t.Errorf("%s: %v", name, h.err())
		}
	}
}

func accepted(key string) mcp.InputResponseMap {
	return mcp.InputResponseMap{key: &mcp.ElicitResult{Action: Accept}}
}

func TestTamperedStateIsRefused(t *testing.T) {
	f := newFolder(t)
	g := f.gate()
	h := connect(t, g, "modern", says(Accept), manual)
	got := h.asks(Question{Key: "q", Message: "?"})
	args := map[string]any{"issue": "i1"}
	first := h.call(args)
	if !first.NeedsInput() || first.RequestState == "" {
		t.Fatalf("%+v", first)
	}
	state := first.RequestState
	for i := range state {
		bad := []byte(state)
		bad[i] ^= 1
		*got = nil
		if h.again(args, accepted("q"), string(bad)); !errors.Is(h.err(), ErrState) || *got != nil {
			t.Fatalf("character %d changed: %v, %+v", i, h.err(), *got)
		}
	}
	for name, bad := range map[string]string{
		"cut": state[:len(state)-1], "longer": state + "A", "line end": state[:40] + "\n" + state[40:], "prefix only": statePrefix,
		"nonsense": "x", "huge": statePrefix + strings.Repeat("A", maxState), "padded": state + "=",
	} {
		if h.again(args, accepted("q"), bad); !errors.Is(h.err(), ErrState) {
			t.Errorf("%s: %v", name, h.err())
		}
	}
	if h.again(args, accepted("q"), state); h.err() != nil || *got == nil {
		t.Errorf("the true state: %v", h.err())
	}
	g.refusals.flush()
	n := 0
	for _, e := range allEntries(t, g.opts.Store) {
		if e.Action == audit.ActionRefused || e.Action == audit.ActionRefusedMany {
			n++
		}
	}
	if n == 0 {
		t.Error("refusals are not on the record")
	}
}

func TestStateHoldsForOneCallOnly(t *testing.T) {
	f := newFolder(t)
	now := time.Now()
	f.now = func() time.Time { return now }
	g := f.gate()
	h := connect(t, g, "modern", says(Accept), manual)
	q := Question{Key: "q", Message: "?"}
	got := h.asks(q)
	args := map[string]any{"issue": "i1", "n": 1}
	state := h.call(args).RequestState
	refused := func(name string) {
		t.Helper()
		if h.err() == nil || !errors.Is(h.err(), ErrState) || *got != nil {
			t.Errorf("%s: %v, %+v", name, h.err(), *got)
		}
	}
	h.again(map[string]any{"issue": "i2", "n": 1}, accepted("q"), state)
	refused("other arguments")
	for name, c := range map[string]Caller{
		"other caller":  {ID: "bob", Channel: ChannelStdio},
		"other channel": {ID: "ana", Channel: ChannelHTTP, Attended: true},
	} {
		mine := h.caller
		h.caller = c
		h.again(args, accepted("q"), state)
		refused(name)
		h.caller = mine
	}
	other := newFolder(t)
	other.keys = testKeys(t)
	foreign := connect(t, other.gate(), "modern", says(Accept), manual)
	foreignGot := foreign.asks(q)
	if foreign.again(args, accepted("q"), state); !errors.Is(foreign.err(), ErrState) || *foreignGot != nil {
		t.Errorf("other installation: %v", foreign.err())
	}
	// An answer to a question that was not asked, or not like this, is none.
	if res := h.again(args, accepted("other"), state); !res.NeedsInput() {
		t.Errorf("another key: %v, %+v", h.err(), *got)
	}
	if res := h.again(args, accepted("q"), ""); !res.NeedsInput() {
		t.Errorf("without state: %v, %+v", h.err(), *got)
	}
	got = h.asks(Question{Key: "q", Message: "? And delete everything?"})
	if res := h.again(args, accepted("q"), state); !res.NeedsInput() {
		t.Errorf("another question: %v, %+v", h.err(), *got)
	}
	got = h.asks(q)
	if h.again(args, accepted("q"), state); h.err() != nil || *got == nil {
		t.Errorf("in time: %v", h.err())
	}
	*got = nil
	now = now.Add(g.ttl)
	h.again(args, accepted("q"), state)
	refused("expired")
}

func TestStateTellsItsClientNothing(t *testing.T) {
	h := connect(t, newFolder(t).gate(), "modern", says(Accept), manual)
	h.asks(Question{Key: "secretkey", Message: "?"})
	a, b := h.call(nil).RequestState, h.call(nil).RequestState
	if a == b {
		t.Error("two states are alike: the nonce is not random")
	}
	if strings.Contains(a, "secretkey") || strings.Contains(a, "ana") {
		t.Error("the state can be read")
	}
}

func TestArgumentsAreTheSameInAnySpelling(t *testing.T) {
	same := []string{`{"a":1,"b":[true,null,"x"]}`, ` { "b" : [true, null, "\u0078"], "a": 1 }`}
	if argsDigest([]byte(same[0])) != argsDigest([]byte(same[1])) {
		t.Error("order and blanks change the digest")
	}
	for _, other := range []string{`{"a":1.0,"b":[true,null,"x"]}`, `{"a":1,"b":[null,true,"x"]}`, `{"a":"1","b":[true,null,"x"]}`, ``, `{`, `{"a":1,"b":[true,null,"x"]}{}`} {
		if argsDigest([]byte(same[0])) == argsDigest([]byte(other)) {
			t.Errorf("%s has the same digest", other)
		}
	}
}

func TestQuestionsOfOneCallAreBounded(t *testing.T) {
	g := newFolder(t).gate()
	h := connect(t, g, "modern", says(Accept), manual)
	h.handle = func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for i := 0; ; i++ {
			_, next, err := g.Ask(ctx, req, Question{Key: fmt.Sprint(i), Message: "?"})
			if err != nil || next != nil {
				return next, err
			}
		}
	}
	res := h.call(nil)
	for range 2 * maxQuestions {
		if !res.NeedsInput() {
			break
		}
		for key := range res.InputRequests {
			res = h.again(nil, accepted(key), res.RequestState)
		}
	}
	if !errors.Is(h.err(), ErrCannotAsk) {
		t.Errorf("%v", h.err())
	}
}
