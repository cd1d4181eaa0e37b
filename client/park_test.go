package client

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/gate"
)

// asking is a server of the modern era that asks twice before it answers.
func asking() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "asking", Version: "1"}, nil)
	s.AddTool(&mcp.Tool{Name: "twice", InputSchema: map[string]any{"type": "object"}}, func(_ context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		ask := func(state, text string) (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{RequestState: state, InputRequests: mcp.InputRequestMap{"q": &mcp.ElicitParams{Message: text}}}, nil
		}
		a, _ := r.Params.InputResponses["q"].(*mcp.ElicitResult)
		switch {
		case a == nil:
			return ask("one", "first")
		case r.Params.RequestState == "one":
			return ask("two "+a.Action, "second")
		}
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: r.Params.RequestState + " " + a.Action}}}, nil
	})
	return s
}

func TestQuestionsOfServersOfBothErasAreHandedUp(t *testing.T) {
	for name, c := range map[string]Config{
		"legacy stdio": bad(t),
		"modern http":  far(t, HTTP, streamable(asking(), true)),
	} {
		t.Run(name, func(t *testing.T) {
			s := newSet(t, Options{}, c)
			connected(t, s, "bad")
			me := Call{Server: "bad", Owner: "me"}
			r, err := callTool(t, s, "twice")
			for i, want := range []string{"first", "second"} {
				if err != nil || r.Parked == nil {
					t.Fatalf("question %d: %+v, %v", i, r, err)
				}
				if len(r.Parked.Questions) != 1 || time.Until(r.Parked.Expires) < time.Minute || len(r.Parked.ID) < 26 {
					t.Errorf("parked %+v", r.Parked)
				}
				answers := map[string]Answer{}
				for key, q := range r.Parked.Questions {
					if q.Message != want {
						t.Errorf("question %q, want %q", q.Message, want)
					}
					answers[key] = Answer{Action: "decline"}
				}
				id := r.Parked.ID
				// Another caller has nothing to say to it, and spoils nothing.
				_, err = s.Resume(t.Context(), Call{Server: "bad", Owner: "somebody else"}, id, answers)
				wantKind(t, err, KindExpired, false)
				if _, err = s.Resume(t.Context(), me, id, map[string]Answer{"question": {Action: "perhaps"}, "q": {Action: "perhaps"}}); err == nil {
					t.Error("an answer that is none was taken")
				}
				r, err = s.Resume(t.Context(), me, id, answers)
				_, again := s.Resume(t.Context(), me, id, answers)
				wantKind(t, again, KindExpired, false)
			}
			if err != nil || strings.Count(text(t, r), "decline") != 2 {
				t.Errorf("%+v, %v", r.Tool, err)
			}
		})
	}
}

func TestQuestionWithoutAnAnswerIsCancelledInTheEnd(t *testing.T) {
	c := bad(t)
	c.Timeouts.Park = 200 * time.Millisecond
	s := newSet(t, Options{}, c)
	connected(t, s, "bad")
	r, err := callTool(t, s, "password")
	if err != nil || r.Parked == nil {
		t.Fatalf("%+v, %v", r, err)
	}
	f := s.parked.stays[r.Parked.ID].flight
	select {
	case o := <-f.done:
		if !strings.Contains(text(t, o.reply), `"action":"cancel"`) {
			t.Errorf("the server got %s", text(t, o.reply))
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the server waits still")
	}
	_, err = s.Resume(t.Context(), Call{Server: "bad", Owner: "me"}, r.Parked.ID, nil)
	wantKind(t, err, KindExpired, false)
}

func TestParkedCallsLeaveTheirPlaceAndAreBounded(t *testing.T) {
	c := bad(t)
	c.Limits.Calls, c.Limits.Parked = 2, 3
	s := newSet(t, Options{}, c)
	connected(t, s, "bad")
	for i := range 3 {
		if r, err := callTool(t, s, "password"); err != nil || r.Parked == nil {
			t.Fatalf("call %d: %+v, %v", i, r, err)
		}
	}
	// Nobody is asked a fourth time, and other calls run.
	r, err := callTool(t, s, "password")
	if err != nil || !strings.Contains(text(t, r), "cancel") {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := callTool(t, s, "echo"); err != nil {
		t.Error(err)
	}
}

func TestQuestionIsNotShownToAnotherCaller(t *testing.T) {
	c := bad(t)
	c.Timeouts.Call = 15 * time.Second
	s := newSet(t, Options{}, c)
	connected(t, s, "bad")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	other := make(chan Reply, 1)
	go func() {
		r, _ := s.CallTool(ctx, ToolCall{Call: Call{Server: "bad", Owner: "other"}, Tool: "hang"})
		other <- r
	}()
	time.Sleep(100 * time.Millisecond)
	// Two callers' calls run, and the server does not say whose its question is.
	r, err := callTool(t, s, "password")
	if err != nil || r.Parked != nil || !strings.Contains(text(t, r), "cancel") {
		t.Errorf("%+v, %v", r, err)
	}
	// The other gives up; the server may still work at it, and ask.
	cancel()
	if r := <-other; r.Parked != nil {
		t.Error("the other caller was asked")
	}
	if r, err = callTool(t, s, "password"); err != nil || r.Parked != nil {
		t.Errorf("a call that was given up may still ask: %+v, %v", r, err)
	}
}

func TestAnswersAreClearedForTheServer(t *testing.T) {
	s := newSet(t, Options{}, bad(t))
	connected(t, s, "bad")
	r, err := callTool(t, s, "password")
	if err != nil || r.Parked == nil {
		t.Fatal(err)
	}
	st := s.parked.stays[r.Parked.ID]
	if _, err := st.answers(map[string]Answer{legacyKey: {Action: "accept"}}); err != nil {
		t.Errorf("an answer without content: %v", err)
	}
	if _, err := optional(gate.Cleared{}, "bad"); err != nil {
		t.Error(err)
	}
	s.Drop(r.Parked.ID, "somebody else")
	if s.parked.stays[r.Parked.ID] == nil {
		t.Error("another caller dropped it")
	}
	s.Drop(r.Parked.ID, "me")
	_, err = s.Resume(t.Context(), Call{Server: "bad", Owner: "me"}, r.Parked.ID, nil)
	wantKind(t, err, KindExpired, false)
}

func TestServerThatEndsWhileAPersonThinksSaysSo(t *testing.T) {
	s := newSet(t, Options{}, bad(t))
	connected(t, s, "bad")
	r, err := callTool(t, s, "password")
	if err != nil || r.Parked == nil {
		t.Fatal(err)
	}
	if _, err := callTool(t, s, "die"); err == nil {
		t.Fatal("it lives")
	}
	_, err = s.Resume(t.Context(), Call{Server: "bad", Owner: "me"}, r.Parked.ID, map[string]Answer{legacyKey: {Action: "decline"}})
	var e *Error
	if !errors.As(err, &e) || e.Kind != KindDied || !e.Lost {
		t.Errorf("error %v", err)
	}
}

func TestModernServerThatAsksForWhatItWasNotOfferedIsRefused(t *testing.T) {
	s := newSet(t, Options{}, far(t, HTTP, rawHTTP(func(w http.ResponseWriter, _ *http.Request, m peeked) bool {
		switch m.Method {
		case "server/discover":
			sayJSON(w, m, `{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"resultType":"complete"}`)
		case "tools/call":
			sayJSON(w, m, `{"resultType":"input_required","inputRequests":{"r":{"method":"roots/list","params":{}}}}`)
		default:
			return false
		}
		return true
	})))
	connected(t, s, "bad")
	_, err := callTool(t, s, "echo")
	wantKind(t, err, KindProtocol, false)
}
