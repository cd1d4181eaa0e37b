package server

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/tools"
)

var update = flag.Bool("update", false, "rewrite the transcripts in testdata/wire with what the server answers now")

type section struct {
	name  string
	lines []string
}

func parseTranscript(b []byte) (comment string, out []section) {
	for l := range strings.Lines(string(b)) {
		l = strings.TrimSuffix(l, "\n")
		switch name, ok := strings.CutPrefix(l, "-- "); {
		case ok && strings.HasSuffix(name, " --"):
			out = append(out, section{name: strings.TrimSuffix(name, " --")})
		case len(out) == 0:
			comment += l + "\n"
		case l != "":
			last := &out[len(out)-1]
			last.lines = append(last.lines, l)
		}
	}
	return comment, out
}

func TestTheWireIsAsItWas(t *testing.T) {
	files, err := filepath.Glob("testdata/wire/*.txtar")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d transcripts, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			comment, sections := parseTranscript(b)
			offer := offerNothing
			switch {
			case seeded(file):
				offer = offerAll
			case strings.Contains(file, "_whys_"):
				offer = func(_ *config.Config, o *Options) { o.Tools = chosenTool(t, "five_whys_step") }
			}
			f := newFixture(t, offer)
			if seeded(file) {
				f.seed(t, 3)
				touched := f.touchTool(t)
				defer touched.Wait()
			} else if err := f.store.CreateIssue(t.Context(), &triage.Issue{
				ID: wireIssue, Owner: "tester", Title: "Checkout answers 502", Severity: triage.SeverityHigh, Status: triage.StatusOpen,
				Category: "databases", CreatedAt: time.Unix(0, 0).UTC(), UpdatedAt: time.Unix(0, 0).UTC(),
			}); err != nil {
				t.Fatal(err)
			}
			wireTools(f)
			in, out, done := f.stdio(t)
			lines := make(chan string, 100)
			go func() {
				r := bufio.NewScanner(out)
				r.Buffer(nil, 1<<20)
				for r.Scan() {
					lines <- r.Text()
				}
				close(lines)
			}()
			var state, analysis string
			got := comment
			for _, s := range sections {
				got += "-- " + s.name + " --\n"
				if s.name == "client" {
					for _, l := range s.lines {
						got += l + "\n"
						if _, err := io.WriteString(in, strings.NewReplacer("$STATE", state, "$ANALYSIS", analysis).Replace(l)+"\n"); err != nil {
							t.Fatal(err)
						}
					}
					continue
				}
				want := len(s.lines)
				if *update && want == 0 {
					want = 1
				}
				for range want {
					select {
					case l := <-lines:
						l, state = unseal(l, state)
						if m := newAnalysis.FindStringSubmatch(l); m != nil {
							analysis = m[1]
						}
						if analysis != "" {
							l = strings.ReplaceAll(l, analysis, "$ANALYSIS")
						}
						got += l + "\n"
					case <-time.After(3 * time.Second):
						got += "(no answer)\n"
					}
				}
			}
			select {
			case l := <-lines:
				got += "(one too many) " + l + "\n"
			case <-time.After(20 * time.Millisecond):
			}
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := strings.ReplaceAll(string(b), "\n\n--", "\n--"); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
			in.Close() // Ends what a host listens to.
			<-done
			f.paired(t)
		})
	}
}

// chosenTool is one of the real tools, alone.
func chosenTool(t *testing.T, name string) []tools.Tool {
	t.Helper()
	out, err := tools.Select(tools.All(), tools.Selection{Tools: []string{name}})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// wireIssue is an issue that every transcript finds.
const wireIssue = "0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44"

// newAnalysis finds the id that five_whys_step gave, which is another each
// time.
var newAnalysis = regexp.MustCompile(`"structuredContent":\{"analysis_id":"([0-9a-f-]{36})"`)

func unseal(l, state string) (string, string) {
	var m struct {
		Result struct {
			RequestState string `json:"requestState"`
		} `json:"result"`
	}
	if json.Unmarshal([]byte(l), &m) == nil && m.Result.RequestState != "" {
		return strings.ReplaceAll(l, m.Result.RequestState, "$STATE"), m.Result.RequestState
	}
	return l, state
}

// seeded reports whether a transcript is about what a store holds.
func seeded(file string) bool {
	return strings.Contains(file, "_resources") || strings.Contains(file, "_prompts") || strings.Contains(file, "_subscriptions")
}

func offerNothing(*config.Config, *Options) {}

// touchTool adds a tool that adds to the timeline, shortly after it has
// answered.
func (f *fixture) touchTool(t *testing.T) *sync.WaitGroup {
	var touched sync.WaitGroup
	f.tool("touch", func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		touched.Go(func() {
			time.Sleep(50 * time.Millisecond)
			f.event(t, 9, "note")
			f.note(t)
		})
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "soon"}}}, nil
	})
	return &touched
}

func wireTools(f *fixture) {
	f.tool("greet", func(_ context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "hello " + string(r.Params.Arguments)}}}, nil
	})
	f.tool("confirm", func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		var said []string
		for _, key := range []string{"first", "second"} {
			ans, next, err := f.gate.Ask(ctx, r, gate.Question{Key: key, Message: "The " + key + " question about " + email})
			switch {
			case err != nil:
				res := &mcp.CallToolResult{}
				res.SetError(err)
				return res, nil
			case next != nil:
				return next, nil
			}
			said = append(said, ans.Action)
		}
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: strings.Join(said, ", ")}}}, nil
	})
}
