// Package script is the deterministic model behind the fakes of AI providers:
// what it answers depends on what it is asked and on nothing else. It reads no
// meaning; it is for demonstrations without an account and for tests.
package script

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Message is a message as a provider got it.
type Message struct {
	Role  string
	Text  string
	Calls []Call // of an assistant
}

// Call is a call of a tool.
type Call struct{ Name, Arguments string }

// Turn is what a provider is asked.
type Turn struct {
	Messages []Message
	Tools    []string // names
	Schema   string   // name of the form of the answer, or its text where it stands in words; empty for prose
}

// Answer is what it says.
type Answer struct {
	Text  string
	Calls []Call
}

// Script answers turns.
type Script func(Turn) Answer

// Last returns the text of the newest message of a role.
func (t Turn) Last(role string) string {
	for _, m := range slices.Backward(t.Messages) {
		if m.Role == role {
			return m.Text
		}
	}
	return ""
}

// all returns every text of the turn.
func (t Turn) all() string {
	var b strings.Builder
	for _, m := range t.Messages {
		b.WriteString(m.Text)
		b.WriteString("\n")
	}
	return b.String()
}

var (
	logLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^L(\d+)\|(.*)$`) })
	telling = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)\b(fatal|panic|error|exhausted|refused|timed? ?out|denied|failed|oom|killed)\b`)
	})
	logID = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`log_id ([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})`)
	})
)

// maxClaims bounds what Default finds in a piece of a log.
const maxClaims = 4

// Default analyses excerpts of logs by their telling words, looks for errors
// in a log where it may call search_log, writes sections of documents, and
// else says what it was given.
func Default(t Turn) Answer {
	switch {
	case strings.Contains(t.Schema, "log_analysis"):
		return Answer{Text: analyse(t)}
	case strings.Contains(t.Schema, "draft_section"):
		b, _ := json.Marshal(map[string]string{"markdown": "The scripted model was given " + strconv.Itoa(len(t.all())) + " bytes to write this from."}) // Strings marshal.
		return Answer{Text: string(b)}
	}
	results := 0
	for _, m := range t.Messages {
		if m.Role == "tool" {
			results++
		}
	}
	if m := logID().FindStringSubmatch(t.all()); m != nil && slices.Contains(t.Tools, "search_log") && results == 0 {
		return Answer{Calls: []Call{{Name: "search_log", Arguments: fmt.Sprintf(`{"log_id":%q,"text":"error"}`, m[1])}}}
	}
	if results > 0 {
		return Answer{Text: fmt.Sprintf("I looked at the results of %d calls. Why 1: what does the first error in them say happened just before?", results)}
	}
	return Answer{Text: fmt.Sprintf("You said %d bytes. Why 1: what was the first thing that users saw, and what changed before?", len(t.Last("user")))}
}

// Triage is the model of the demo: besides what [Default] does, it proposes a
// cause where it is asked for one, and in a conversation it looks for errors,
// notes what it found, and says what came of both.
func Triage(t Turn) Answer {
	if t.Schema != "" {
		return Default(t)
	}
	if len(t.Tools) == 0 {
		return Answer{Text: `{"nodes":[{"id":"model","claim":"Work was accepted faster than it could be finished"}]}`}
	}
	var results []string
	for _, m := range t.Messages {
		if m.Role == "tool" {
			results = append(results, m.Text)
		}
	}
	switch m := logID().FindStringSubmatch(t.all()); {
	case len(results) == 0 && m != nil:
		return Answer{Text: "I look for errors.", Calls: []Call{{Name: "search_log", Arguments: fmt.Sprintf(`{"log_id":%q,"text":"error","max_lines":3}`, m[1])}}}
	case len(results) == 1:
		return Answer{Text: "I note that.", Calls: []Call{{Name: "add_timeline_event", Arguments: `{"at":"2026-03-01T14:05:00Z","text":"The model was asked and looked for errors","source":"conversation"}`}}}
	case len(results) > 1 && strings.Contains(results[1], `"event"`):
		return Answer{Text: "It is noted. Why 1: what does the first error in the log say happened just before?"}
	}
	return Answer{Text: "It is not noted."}
}

// analyse makes a claim of each telling line.
func analyse(t Turn) string {
	type claim struct {
		Statement  string `json:"statement"`
		Line       int64  `json:"line"`
		Quote      string `json:"quote"`
		Confidence string `json:"confidence"`
	}
	out := struct {
		Summary string  `json:"summary"`
		Claims  []claim `json:"claims"`
	}{Summary: "Lines with telling words, in their order.", Claims: []claim{}}
	for _, m := range logLine().FindAllStringSubmatch(t.Last("user"), -1) {
		word := telling().FindString(m[2])
		if word == "" || len(out.Claims) == maxClaims {
			continue
		}
		n, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil {
			continue
		}
		out.Claims = append(out.Claims, claim{fmt.Sprintf("Line %d speaks of %q.", n, strings.ToLower(word)), n, m[2], "medium"})
	}
	b, err := json.Marshal(out)
	if err != nil {
		return "{}"
	}
	return string(b)
}
