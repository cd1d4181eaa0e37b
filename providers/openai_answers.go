package providers

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/openai/openai-go/v3/packages/ssestream"
)

// chatAnswer is a completion, or a chunk of one.
type chatAnswer struct {
	Model   string
	Choices []struct {
		Message, Delta chatSaid
		Finish         string `json:"finish_reason"`
	}
	Usage struct {
		Input  int64 `json:"prompt_tokens"`
		Output int64 `json:"completion_tokens"`
	}
}

type chatSaid struct {
	Content json.RawMessage
	Refusal string
	Calls   []rawCall `json:"tool_calls"`
}

// rawCall is a tool call as the vendors write it; in a stream, a part of one.
type rawCall struct {
	Index    *int
	ID       string
	Function struct {
		Name      string
		Arguments json.RawMessage
	}
	Extra chatExtra `json:"extra_content"`
}

func readWhole(body io.Reader) (*Reply, error) {
	var a *chatAnswer
	err := json.NewDecoder(body).Decode(&a)
	var syntax *json.SyntaxError
	var form *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax), errors.As(err, &form):
		return nil, &Error{Kind: KindProtocol, Detail: "JSON of another form", sent: true}
	case err != nil:
		return nil, err
	}
	switch {
	case a == nil:
		return nil, &Error{Kind: KindProtocol, Detail: "null", sent: true}
	case len(a.Choices) == 0:
		return nil, &Error{Kind: KindEmpty, Detail: "no choices", sent: true}
	}
	choice := a.Choices[0]
	r := &Reply{Text: contentText(string(choice.Message.Content)), Model: a.Model, Usage: usageOf(a.Usage.Input, a.Usage.Output)}
	for _, call := range choice.Message.Calls {
		r.Calls = append(r.Calls, ReplyCall{call.Function.Name, argumentsText(string(call.Function.Arguments)), signature(call.Extra.Google.Signature)})
	}
	return ended(r, choice.Finish, choice.Message.Refusal)
}

func readChunks(stream *ssestream.Stream[chatAnswer], onText func(string)) (*Reply, error) {
	defer func() { _ = stream.Close() }()
	r := &Reply{}
	var text, refused strings.Builder
	var calls []rawCall
	var args []*strings.Builder
	finish, some := "", false
	for stream.Next() {
		chunk := stream.Current()
		some = true
		if chunk.Model != "" {
			r.Model = chunk.Model
		}
		if u := chunk.Usage; u.Input > 0 || u.Output > 0 {
			r.Usage = usageOf(u.Input, u.Output)
		}
		if len(chunk.Choices) == 0 {
			continue // Azure begins with one that tells of its filters; the last has the usage.
		}
		choice := chunk.Choices[0]
		piece := contentText(string(choice.Delta.Content))
		text.WriteString(piece)
		onText(piece)
		refused.WriteString(choice.Delta.Refusal)
		for _, p := range choice.Delta.Calls {
			at := len(calls) // Gemini and Ollama may leave the index out.
			if p.Index != nil && *p.Index >= 0 && *p.Index < len(calls) && (p.ID == "" || p.ID == calls[*p.Index].ID) {
				at = *p.Index
			}
			if at == len(calls) {
				calls, args = append(calls, p), append(args, new(strings.Builder))
			}
			args[at].WriteString(argumentsText(string(p.Function.Arguments)))
			if p.Extra.Google.Signature != "" {
				calls[at].Extra = p.Extra
			}
		}
		if choice.Finish != "" {
			finish = choice.Finish
		}
	}
	if err := stream.Err(); err != nil {
		return nil, streamError(err, some)
	}
	if finish == "" {
		return nil, &Error{Kind: KindTruncated, Detail: "the stream ended before the answer did", sent: true}
	}
	for i, call := range calls {
		r.Calls = append(r.Calls, ReplyCall{call.Function.Name, args[i].String(), signature(call.Extra.Google.Signature)})
	}
	r.Text = text.String()
	return ended(r, finish, refused.String())
}

// streamError sorts an error in the middle of a stream.
func streamError(err error, some bool) error {
	var known *Error
	var whole *notStreamError
	if errors.As(err, &known) || errors.As(err, &whole) {
		return err
	}
	var event *ssestream.StreamError
	if errors.As(err, &event) {
		return toldInStream(event.Event.Data)
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return &Error{Kind: KindTruncated, Detail: "an event of the stream is cut", sent: true}
	}
	if some {
		return failed("", err, true)
	}
	return err
}

// toldInStream reads an error that came where a piece of the answer should.
func toldInStream(data []byte) *Error {
	s := read(data)
	e := &Error{Code: strings.Join(s.codes, " "), Reason: s.message, Detail: "told in the middle of the answer", sent: true}
	if e.Kind = sortOut(0, s); e.Kind == KindInvalid {
		e.Kind = KindServer
	}
	return e
}

// signature keeps what a model wants back with a call, if it is what it says
// to be: Base64.
func signature(s string) string {
	if len(s) > 64<<10 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-") != "" {
		return ""
	}
	return s
}

// maxCount bounds the tokens that are believed of one answer: sums of more, and
// what they cost, would be no numbers.
const maxCount = 1_000_000_000

func usageOf(in, out int64) Usage {
	if in < 0 || out < 0 || in > maxCount || out > maxCount {
		return Usage{}
	}
	return Usage{Input: in, Output: out, Known: in > 0 || out > 0}
}

// ended says why an answer ended, and whether it is one.
func ended(r *Reply, finish, refused string) (*Reply, error) {
	switch finish {
	case "content_filter", "refusal", "SAFETY", "safety":
		return nil, &Error{Kind: KindRefused, Code: finish, Reason: refused, sent: true}
	case "error":
		return nil, &Error{Kind: KindServer, Code: finish, sent: true}
	case "length", "model_length", "max_tokens", "model_context_window_exceeded":
		r.Stop = StopLength
	default:
		r.Stop = StopEnd
		if len(r.Calls) > 0 {
			r.Stop = StopTools
		}
	}
	switch {
	case refused != "":
		return nil, &Error{Kind: KindRefused, Reason: refused, sent: true}
	case strings.TrimSpace(r.Text) == "" && len(r.Calls) == 0 && r.Stop == StopLength:
		return nil, &Error{Kind: KindEmpty, Detail: "the whole of max_tokens went into thinking: allow more", sent: true}
	case strings.TrimSpace(r.Text) == "" && len(r.Calls) == 0:
		return nil, &Error{Kind: KindEmpty, sent: true}
	}
	return r, nil
}
