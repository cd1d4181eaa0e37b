package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// hostileBy are the ways to reach the hostile server with its tricks: what is added to `server add NAME`.
var hostileBy = map[string]func(t *testing.T, tricks ...string) []string{
	"stdio": func(t *testing.T, tricks ...string) []string {
		return append([]string{"--", program(t, "hostile")}, tricks...)
	},
	"http": func(t *testing.T, tricks ...string) []string {
		return []string{"--private-network", "--url", hostileHTTP(t, tricks...) + "/mcp"}
	},
	"sse": func(t *testing.T, tricks ...string) []string {
		return []string{"--private-network", "--transport", "sse", "--url", hostileHTTP(t, tricks...) + "/sse"}
	},
}

// hostileHTTP starts the hostile server with an address.
func hostileHTTP(t *testing.T, tricks ...string) string {
	t.Helper()
	cmd := lasting(t, t.TempDir(), append([]string{"http"}, tricks...)...)
	cmd.Path = program(t, "hostile")
	cmd.Args[0] = cmd.Path
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait() // It may have ended itself.
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// fails runs a command that must fail, and returns all that it says.
func fails(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := child(t, dir, args...).CombinedOutput()
	if err == nil {
		t.Fatalf("tftsr %s succeeds:\n%s", strings.Join(args, " "), out)
	}
	return string(out)
}

// hostileBed is a program with the hostile server and one in which nothing is wrong.
type hostileBed struct {
	dir string
	cs  *mcp.ClientSession
	h   heard
}

func bed(t *testing.T, by, era string, flags []string, tricks ...string) *hostileBed {
	b := &hostileBed{dir: t.TempDir()}
	register(t, b.dir, "kind", kindServers["stdio"](t))
	how := hostileBy[by](t, tricks...)
	register(t, b.dir, "bad", append(slices.Clone(flags), how...))
	b.cs = hostOf(t, b.dir, "stdio", era, &b.h)
	return b
}

func (b *hostileBed) call(t *testing.T, name string, args any) *mcp.CallToolResult {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	res, err := b.cs.CallTool(ctx, &mcp.CallToolParams{Name: name, Arguments: args})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return res
}

// refused is a call that must come to an error that says one of these.
func (b *hostileBed) refused(t *testing.T, name string, says ...string) {
	t.Helper()
	res := b.call(t, "mcp_bad_"+name, nil)
	text := said(res)
	if !res.IsError || !slices.ContainsFunc(says, func(s string) bool { return strings.Contains(text, s) }) {
		t.Errorf("%s: %v %.500s", name, res.IsError, text)
	}
}

// lives demands that both servers can be called, the hostile one when it was attached again if it has to be.
func (b *hostileBed) lives(t *testing.T, after string) {
	t.Helper()
	if res := b.call(t, "mcp_kind_spare", nil); !strings.Contains(said(res), "here") {
		t.Errorf("after %s the other server says %s", after, said(res))
	}
	until(t, "the server answers after "+after, func() bool {
		return strings.Contains(said(b.call(t, "mcp_bad_echo", map[string]any{"after": "all"})), "after")
	})
}

// Whatever the hostile server answers, by every transport, the host gets an error that says what became of its call, the record holds, and
// the same server and others can be called afterwards.
func TestHostileAnswersEndTheirCallsOnly(t *testing.T) {
	for by := range hostileBy {
		for era := range eras {
			if testing.Short() && (era == "legacy") == (by == "http") {
				continue
			}
			t.Run(by+" behind "+era, func(t *testing.T) {
				t.Parallel()
				b := bed(t, by, era, []string{"--max-bytes", "1000000"})
				b.lives(t, "its start")
				b.refused(t, "huge", "too large", "more than 1000000 bytes", "without end")
				b.lives(t, "an answer of twenty million bytes")
				b.refused(t, "odd_content", "not one of the protocol", "cannot be used")
				b.refused(t, "not_a_result", "not one of the protocol", "cannot be used")
				b.refused(t, "flat", "not one of the protocol", "cannot be used")
				b.refused(t, "refuse", "code -32000")
				// Only now: a machine that is busy takes longer than that for twenty million bytes.
				output(t, b.dir, "server", "edit", "bad", "--call-timeout", "3s")
				b.lives(t, "an edit")
				b.refused(t, "hang", "in time", "within")
				b.lives(t, "a call without an answer")
				if text := said(b.call(t, "mcp_bad_password", nil)); !strings.Contains(text, `"action":"decline"`) || !strings.Contains(text, "declined without asking") {
					t.Errorf("password: %s", text)
				}
				if len(b.h.asked) > 0 {
					t.Errorf("a person was asked: %s", <-b.h.asked)
				}
				b.refused(t, "endless", "too large", "more than 1000000 bytes", "without end", "may have happened", "in time", "within")
				b.lives(t, "an answer without end")
				if by == "stdio" { // Which cannot start another anew.
					b.refused(t, "die", "may have happened")
				}
				b.lives(t, "the worst")
				output(t, b.dir, "audit", "verify")
				if by == "stdio" {
					text := said(b.call(t, "mcp_bad_env", nil))
					if strings.Contains(text, testKey) || strings.Contains(text, "TFTSR_") || !strings.Contains(text, "PATH=") {
						t.Errorf("its environment: %s", text)
					}
				}
			})
		}
	}
}

// A tool that changes once it has been called is not called again, by whatever transport, before a person has seen it.
func TestASwappedToolIsBlockedThroughTheProgram(t *testing.T) {
	for by := range hostileBy {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			b := bed(t, by, "legacy", nil, "swap")
			if text := said(b.call(t, "mcp_bad_echo", map[string]any{"n": 1})); !strings.Contains(text, "1") {
				t.Fatalf("echo: %s", text)
			}
			until(t, "the tool is blocked", func() bool {
				res := b.call(t, "mcp_bad_echo", nil)
				return res.IsError && strings.Contains(said(res), "tftsr server approve bad") && !strings.Contains(said(res), "id_ed25519")
			})
			if res := b.call(t, "mcp_bad_sleep", nil); res.IsError {
				t.Errorf("what did not change is blocked too: %s", said(res))
			}
			// To whom it does not know yet it shows the old one again: that is said, and does not bring it back by itself.
			if shown := string(output(t, b.dir, "server", "approve", "bad", "--show")); !strings.Contains(shown, "had changed since") {
				t.Errorf("approve shows\n%s", shown)
			}
			if res := b.call(t, "mcp_bad_echo", nil); !res.IsError {
				t.Errorf("a look has brought it back: %s", said(res))
			}
		})
	}
}

// Poisoned descriptions are shown with their signs and approved only by who says so twice.
func TestPoisonIsShownThroughTheProgram(t *testing.T) {
	for by, how := range hostileBy {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			output(t, dir, append([]string{"server", "add", "bad"}, how(t, "poison")...)...)
			text := fails(t, dir, "server", "approve", "bad", "--yes")
			for _, want := range []string{"!! hidden", "‹U+200B›", "look", "signs of poisoning: nothing was approved", "--despite-signs"} {
				if !strings.Contains(strings.ToLower(text), strings.ToLower(want)) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
			if strings.ContainsAny(text, "\u200b\u202e\x1b") {
				t.Error("an invisible character is printed")
			}
			if got := string(output(t, dir, "server", "list")); !strings.Contains(got, "0 offered") {
				t.Errorf("after that: %s", got)
			}
		})
	}
}

// However much a server offers, a bounded part of it is taken, and its owner is told.
func TestListsWithoutMeasureAreBoundedThroughTheProgram(t *testing.T) {
	for by, how := range hostileBy {
		for trick, want := range map[string]string{
			"many-tools": "503 to approve", "one-page": "503 to approve", "endless-pages": "3 to approve", "same-cursor": "6 to approve", "huge-list": "", "no-lists": "",
		} {
			if testing.Short() && by != "http" && trick != "many-tools" {
				continue
			}
			t.Run(by+"/"+trick, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				output(t, dir, append([]string{"server", "add", "bad"}, how(t, trick)...)...)
				if want == "" {
					text := fails(t, dir, "server", "discover", "bad")
					if strings.Contains(text, "hunter2") || !strings.Contains(text, "catalog") && !strings.Contains(text, "refuses to list") && !strings.Contains(text, "bytes") {
						t.Errorf("discover says %s", text)
					}
					return
				}
				if text := string(output(t, dir, "server", "discover", "bad")); !strings.Contains(text, want) {
					t.Errorf("discover says %s, want %s", text, want)
				}
			})
		}
	}
}

// Servers that hang, flood, greet or die while they are attached are explained, and delay neither the start of the host nor the calls of
// another server.
func TestAHostileStartIsExplainedAndDelaysNobody(t *testing.T) {
	for by, tricks := range map[string]map[string]string{
		"stdio": {
			"silent": "not answered within 8s", "garbage": "stdout", "exit": "exited with status 7", "deaf": "", "flood": "", "questions": "", "responses": "", "drip": "",
			"banner": "", "slow-start": "", "die-soon": "", "noise": "", "wants": "", "exit-discover": "", "mute-discover": "",
		},
		"http": {"silent": "did not answer within 8s", "garbage": "does not speak the protocol", "flood": "", "questions": "", "drip": ""},
		"sse":  {"silent": "did not answer within 8s", "garbage": "does not speak the protocol", "flood": "", "questions": ""},
	} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			register(t, dir, "kind", kindServers["stdio"](t))
			for trick := range tricks {
				output(t, dir, append([]string{"server", "add", trick, "--connect-timeout", "8s"}, hostileBy[by](t, trick)...)...)
			}
			output(t, dir, append([]string{"server", "add", "mute", "--connect-timeout", "10m"}, hostileBy[by](t, "silent")...)...)
			var h heard
			cs := hostOf(t, dir, "stdio", "legacy", &h)
			ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
			defer cancel()
			// By the order of events, not by the clock: the first call is answered while one that hangs is still being attached.
			res, err := cs.CallTool(ctx, &mcp.CallToolParams{Name: "mcp_kind_spare"})
			if err != nil || !strings.Contains(said(res), "here") {
				t.Fatalf("%s, %v", said(res), err)
			}
			if st := status(t, ctx, cs, "mute"); st.Status != "pending" || st.LastError != "" {
				t.Errorf("the first call came only when the server that hangs was given up: %+v", st)
			}
			for trick, why := range tricks {
				if why == "" {
					continue
				}
				var st serverStatus
				until(t, trick+" is given up", func() bool {
					st = status(t, ctx, cs, trick)
					return st.Status != "pending" && st.LastError != ""
				})
				if !strings.Contains(st.LastError, why) {
					t.Errorf("%s: %+v", trick, st)
				}
			}
			for range 20 {
				if res, err = cs.CallTool(ctx, &mcp.CallToolParams{Name: "mcp_kind_spare"}); err != nil || res.IsError {
					t.Fatalf("%s, %v", said(res), err)
				}
			}
		})
	}
}

type serverStatus struct {
	Status    string `json:"status"`
	LastError string `json:"last_error"`
}

func status(t *testing.T, ctx context.Context, cs *mcp.ClientSession, name string) serverStatus { //nolint:revive // the test is first
	t.Helper()
	res, err := cs.CallTool(ctx, &mcp.CallToolParams{Name: "mcp_server_status", Arguments: map[string]any{"server": name}})
	if err != nil || res.IsError {
		t.Fatalf("status of %s: %s, %v", name, said(res), err)
	}
	b, err := json.Marshal(res.StructuredContent)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	var st serverStatus
	if err := json.Unmarshal(b, &st); err == nil && st.Status != "" {
		return st
	}
	if err := json.Unmarshal(doc["server"], &st); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	return st
}

// Calls that hang, and all places of their server taken, delay no call of another server, by whatever transport, and leave the server usable
// when they are given up.
func TestAHangingCallDelaysNobodyElse(t *testing.T) {
	for by := range hostileBy {
		for era := range eras {
			if testing.Short() && (era == "legacy") == (by == "http") {
				continue
			}
			t.Run(by+" behind "+era, func(t *testing.T) {
				t.Parallel()
				b := bed(t, by, era, []string{"--max-calls", "2", "--call-timeout", "10m"})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				done := make(chan string, 10)
				for i := range 10 {
					go func() {
						p := &mcp.CallToolParams{Name: "mcp_bad_hang"}
						p.SetProgressToken(i)
						_, err := b.cs.CallTool(ctx, p)
						done <- fmt.Sprint(i, " ", err)
					}()
				}
				for range 2 {
					next(t, "that a call hangs", b.h.progress)
				}
				for range 20 {
					if res := b.call(t, "mcp_kind_spare", nil); res.IsError {
						t.Fatal(said(res))
					}
				}
				if len(done) > 0 {
					t.Errorf("a call that hangs has ended: %s", <-done)
				}
				if len(b.h.progress) > 0 {
					t.Errorf("more calls run than the server may have: %+v", <-b.h.progress)
				}
				cancel()
				for range 10 {
					next(t, "that its call ended", done)
				}
				b.lives(t, "ten calls that were given up")
			})
		}
	}
}

// A server that its owner changes, switches off or removes in the middle of a call ends that call with an error that says what may have
// become of it, and no call of another; and it is as its owner said at once.
func TestAServerCanBeChangedInTheMiddleOfACall(t *testing.T) {
	for by := range hostileBy {
		for _, change := range []string{"edit", "disable", "rm"} {
			if testing.Short() && by != "http" && change != "disable" {
				continue
			}
			t.Run(by+"/"+change, func(t *testing.T) {
				t.Parallel()
				b := bed(t, by, "modern", []string{"--call-timeout", "10m"})
				ended := make(chan string, 1)
				go func() {
					p := &mcp.CallToolParams{Name: "mcp_bad_hang"}
					p.SetProgressToken("p")
					res, err := b.cs.CallTool(t.Context(), p)
					if err == nil && !res.IsError {
						err = fmt.Errorf("no error")
					}
					ended <- fmt.Sprint(said(res), " ", err)
				}()
				next(t, "that the call hangs", b.h.progress)
				args := map[string][]string{"edit": {"--call-timeout", "9m"}}[change]
				output(t, b.dir, append([]string{"server", change, "bad"}, args...)...)
				if text := next(t, "that its call ended", ended); !strings.Contains(text, "may have happened") {
					t.Errorf("the call ends with %s", text)
				}
				offered := func() bool {
					for tool, err := range b.cs.Tools(t.Context(), nil) {
						if err == nil && tool.Name == "mcp_bad_echo" {
							return true
						}
					}
					return false
				}
				switch change {
				case "edit":
					b.lives(t, "an edit")
				case "disable":
					until(t, "a server that is off is not offered", func() bool { return !offered() })
					if res, err := b.cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "mcp_bad_echo"}); err == nil && !res.IsError {
						t.Errorf("a server that is off answers %s", said(res))
					}
					output(t, b.dir, "server", "enable", "bad")
					until(t, "a server that is on again is offered", offered)
					b.lives(t, "enable")
				case "rm":
					until(t, "a server that is gone is not offered", func() bool { return !offered() })
				}
				if res := b.call(t, "mcp_kind_spare", nil); res.IsError {
					t.Errorf("the other server says %s", said(res))
				}
				output(t, b.dir, "audit", "verify")
			})
		}
	}
}
