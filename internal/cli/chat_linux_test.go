package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/tftsr/tftsr/internal/fakes/openai"
	"github.com/tftsr/tftsr/internal/fakes/script"
)

// chatBed is a data folder with an issue and a provider, which can be made to think without end.
type chatBed struct {
	dir, issue string
	think      atomic.Bool
	fail       atomic.Bool
	asked      chan string // what the provider was asked while it thinks
}

func newChatBed(t *testing.T) *chatBed {
	b := &chatBed{dir: t.TempDir(), asked: make(chan string, 10)}
	fake := openai.New(openai.Options{Script: func(turn script.Turn) script.Answer {
		last := turn.Messages[len(turn.Messages)-1]
		switch {
		case last.Role == "tool" && strings.Contains(last.Text, `"event"`):
			return script.Answer{Text: "It is noted."}
		case last.Role == "tool":
			return script.Answer{Text: "It was not noted: " + last.Text}
		case strings.Contains(last.Text, "note"):
			return script.Answer{Calls: []script.Call{{Name: "add_timeline_event", Arguments: `{"at":"2026-03-01T14:05:02Z","text":"The pool ran dry"}`}}}
		}
		return script.Answer{Text: "You said: " + last.Text}
	}})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case b.think.Load():
			body, _ := io.ReadAll(r.Body)
			b.asked <- string(body)
			<-r.Context().Done()
		case b.fail.Load():
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":{"message":"Incorrect API key provided.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`)
		default:
			fake.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	add := child(t, b.dir, "provider", "add", "openai", "gpt", "--url", srv.URL+"/v1", "--model", "gpt-5.2")
	add.Stdin = strings.NewReader(openai.Key + "\n")
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd, session := connect(t, b.dir)
	var opened struct {
		Issue struct{ ID string }
	}
	callInto(t, session, "", &opened, "create_issue", map[string]any{"title": "First", "severity": "low", "category": "databases"})
	session.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	b.issue = opened.Issue.ID
	return b
}

func (b *chatBed) start(t *testing.T) *terminal {
	t.Helper()
	p := onPTY(t, child(t, b.dir, "chat", b.issue))
	p.want("> ")
	return p
}

func TestAtATerminalCtrlCGivesUpTheTurnAndCtrlDEndsTheChat(t *testing.T) {
	t.Parallel()
	b := newChatBed(t)
	p := b.start(t)
	p.types("hello\n")
	p.want("You said: hello")
	p.want("conversation [0-9a-f-]{36} with gpt")
	p.want("> ")

	b.think.Store(true)
	p.types("think hard\n")
	next(t, "that the provider is asked", b.asked)
	p.types(ctrlC)
	p.want("given up")
	p.want("> ")
	b.think.Store(false)
	p.types("again\n")
	if text := p.want("You said: again"); strings.Contains(text, "think hard") {
		t.Errorf("a turn that was given up is in the conversation:\n%s", text)
	}
	p.want("> ")

	// At the prompt: one explains, what was typed is dropped, and the chat goes on.
	p.types("half a line" + ctrlC)
	p.want("ctrl-D ends")
	p.want("> ")
	p.types("whole\n")
	p.want("You said: whole")
	p.want("> ")
	p.types(ctrlD)
	if code := p.ends(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	output(t, b.dir, "audit", "verify")
}

func TestAtATerminalTwoCtrlCAndATermSignalEndTheChat(t *testing.T) {
	t.Parallel()
	b := newChatBed(t)
	p := b.start(t)
	p.types(ctrlC)
	p.want("> ")
	p.types(ctrlC)
	if code := p.ends(); code != exitOK {
		t.Errorf("two ctrl-C: exit code %d", code)
	}
	p = b.start(t)
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := p.ends(); code != exitFailure {
		t.Errorf("SIGTERM: exit code %d", code)
	}
}

func TestAtATerminalAWriteIsApprovedOrNot(t *testing.T) {
	t.Parallel()
	b := newChatBed(t)
	p := b.start(t)
	for i, answers := range []struct {
		typed []string
		shown string
	}{
		{[]string{"maybe\n", "n\n"}, "It was not noted"},
		{[]string{"y\n"}, "It is noted"},
		{[]string{"NO\n"}, "It was not noted"},
		{[]string{"Yes\n"}, "It is noted"},
	} {
		p.types(fmt.Sprint("note it ", i, "\n"))
		p.want("wants to call add_timeline_event")
		for _, a := range answers.typed {
			p.want(`as shown\? \[yes/no\] `)
			p.types(a)
		}
		p.want(answers.shown)
		p.want("> ")
	}
	// Neither: it stays open, and says how it is decided.
	p.types("note it once more\n")
	p.want(`\[yes/no\] `)
	p.types(ctrlC)
	p.want("tftsr approvals approve [0-9a-f-]{36}")
	p.want("> ")
	p.types("hello\n")
	p.want("It was not noted|You said")
	p.want("> ")
	p.types(ctrlD)
	if code := p.ends(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	cmd, session := connect(t, b.dir)
	var line struct {
		Events []struct{ Text string }
	}
	callInto(t, session, "", &line, "list_timeline_events", map[string]any{"issue_id": b.issue})
	noted := 0
	for _, e := range line.Events {
		if e.Text == "The pool ran dry" {
			noted++
		}
	}
	if noted != 2 {
		t.Errorf("two were approved, %d are noted", noted)
	}
	session.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestAtATerminalWideTextArrivesWholeOrIsNotSent(t *testing.T) {
	t.Parallel()
	b := newChatBed(t)
	p := b.start(t)
	const wide = "接続プールが枯渇 🔥 é ñ"
	p.types(wide + "\n")
	p.want("You said: " + wide)
	p.want("> ")
	p.types("プ\x7fok\n") // Erased as a character, not as a byte of it.
	p.want("You said: ok")
	p.want("> ")
	p.types("half a \xe3 character\n")
	p.want("no UTF-8.*it was not sent")
	p.want("> ")
	p.types(strings.Repeat("long ", 1200) + "\n")
	p.want("may have been cut.*it was not sent")
	p.want("> ")
	// What fails is told, and the chat goes on.
	b.fail.Store(true)
	p.types("hello\n")
	p.want("tftsr: .*(API key|refused|401)")
	p.want("> ")
	b.fail.Store(false)
	p.types("hello\n")
	p.want("You said: hello")
	p.want("> ")
	p.types(ctrlD)
	if code := p.ends(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

func TestAnInterruptedCommandSaysSo(t *testing.T) {
	t.Parallel()
	b := newChatBed(t)
	b.think.Store(true)
	cmd := child(t, b.dir, "chat", b.issue)
	cmd.Stdin = strings.NewReader("hello\n")
	var stderr lockedBuffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	next(t, "that the provider is asked", b.asked)
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != exitFailure || stderr.String() != "tftsr: interrupted\n" {
		t.Errorf("%v: %q", err, stderr.String())
	}
}
