package ollama

import (
	"encoding/json"
	"time"
)

// ChatRequest is what a client asked, as it came.
type ChatRequest struct {
	Model     string          `json:"model"`
	Messages  []Message       `json:"messages"`
	Stream    *bool           `json:"stream"`
	Format    json.RawMessage `json:"format"`
	KeepAlive KeepAlive       `json:"keep_alive"`
	Tools     []ToolSpec      `json:"tools"`
	Options   ChatOptions     `json:"options"`
	Think     json.RawMessage `json:"think"`
	Truncate  *bool           `json:"truncate"`
}

// KeepAlive is for how long a model stays in memory, as it came: seconds, or a
// duration of Go.
type KeepAlive string

// UnmarshalJSON implements [json.Unmarshaler].
func (k *KeepAlive) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) == nil {
		if _, err := time.ParseDuration(text); err != nil {
			return err
		}
	}
	*k = KeepAlive(b)
	return nil
}

// ChatOptions are those options that the fake knows.
type ChatOptions struct {
	NumCtx     int `json:"num_ctx"`
	NumPredict int `json:"num_predict"`
}

// Message is one message of a chat.
type Message struct {
	Role       string     `json:"role"`
	Content    string     `json:"content"`
	Thinking   string     `json:"thinking,omitempty"`
	ToolCalls  []ToolCall `json:"tool_calls,omitempty"`
	ToolName   string     `json:"tool_name,omitempty"`
	ToolCallID string     `json:"tool_call_id,omitempty"`
}

// ToolCall is a call that the model wants made.
type ToolCall struct {
	ID       string       `json:"id,omitempty"`
	Function FunctionCall `json:"function"`
}

// FunctionCall names a tool and gives its arguments.
type FunctionCall struct {
	Index     int            `json:"index"`
	Name      string         `json:"name"`
	Arguments map[string]any `json:"arguments"`
}

// ToolSpec is a tool that the client offers.
type ToolSpec struct {
	Type     string `json:"type"`
	Function struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Parameters  json.RawMessage `json:"parameters"`
	} `json:"function"`
}

// Reply is what the fake answers to a chat. The zero value is an empty
// answer.
type Reply struct {
	Content   string
	Thinking  string
	ToolCalls []ToolCall
	// Status, not 0, makes the answer an error before anything was said.
	Status int
	// Reason is the error's text; without a Status it comes in the middle of a
	// stream, after half of the content.
	Reason string
	// Cut drops the connection after half of the content.
	Cut bool
	// Wait is the time before each piece.
	Wait time.Duration
}
