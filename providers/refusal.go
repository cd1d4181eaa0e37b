package providers

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// said is what an error body says, whoever wrote it.
type said struct {
	message string
	codes   []string // types and codes, from the outside in
}

func (s said) has(words ...string) bool {
	text := strings.ToLower(s.message + " " + strings.Join(s.codes, " "))
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// read takes an error apart. Vendors write
//
//	{"error": {"message", "type", "code", "param", "innererror": {"code"}}}   OpenAI, Azure, LiteLLM
//	{"type": "error", "error": {"type", "message"}, "request_id"}             Anthropic
//	[{"error": {"code", "message", "status"}}]                                Gemini
//	{"detail": [{"loc", "msg", "type"}]}, {"message", "type", "code"}          Mistral
//	{"object": "error", "message", "type", "code"}                            vLLM, Mistral
//	{"error": "text"}                                                         Ollama, LM Studio
//	{"status": false, "msg": "text"}                                          MSI GenAI
//	{"message": "text"}, {"detail": "text"}                                   gateways
func read(body []byte) said {
	body = bytes.TrimSpace(body)
	var list []json.RawMessage
	if json.Unmarshal(body, &list) == nil && len(list) > 0 {
		return read(list[0])
	}
	var o map[string]json.RawMessage
	if json.Unmarshal(body, &o) != nil {
		return said{}
	}
	var s said
	s.take(o)
	return s
}

func (s *said) take(o map[string]json.RawMessage) {
	for _, name := range []string{"type", "code", "status"} {
		if text := scalar(o[name]); text != "" && text != "error" && text != "false" {
			s.codes = append(s.codes, text)
		}
	}
	for _, name := range []string{"error", "innererror"} {
		var inner map[string]json.RawMessage
		if json.Unmarshal(o[name], &inner) == nil {
			s.take(inner)
		}
	}
	for _, name := range []string{"message", "msg", "detail", "error", "error_message"} {
		if s.message == "" {
			s.message = text(o[name])
		}
	}
	if param := scalar(o["param"]); param != "" && param != "null" && !strings.Contains(s.message, param) {
		s.message += " (" + param + ")"
	}
}

// scalar is a string or a number as text.
func scalar(raw json.RawMessage) string {
	var v any
	if len(raw) == 0 || json.Unmarshal(raw, &v) != nil {
		return ""
	}
	switch v := v.(type) {
	case string:
		return v
	case float64, bool:
		return string(raw)
	}
	return ""
}

// text is a string, or what a list of problems says.
func text(raw json.RawMessage) string {
	if s := scalar(raw); s != "" {
		return s
	}
	var problems []struct {
		Loc []any  `json:"loc"`
		Msg string `json:"msg"`
	}
	if json.Unmarshal(raw, &problems) != nil {
		// Mistral has {"message": {"detail": […]}} too.
		var nested struct{ Detail json.RawMessage }
		if json.Unmarshal(raw, &nested) == nil && len(nested.Detail) > 0 {
			return text(nested.Detail)
		}
		return ""
	}
	var all []string
	for _, p := range problems {
		var where []string
		for _, l := range p.Loc {
			switch l := l.(type) {
			case string:
				where = append(where, l)
			case float64:
				where = append(where, strconv.Itoa(int(l)))
			}
		}
		all = append(all, strings.TrimPrefix(strings.Join(where, ".")+": "+p.Msg, ": "))
	}
	return strings.Join(all, "; ")
}

// refusal sorts an answer that is no success.
func refusal(status int, h http.Header, body []byte, now time.Time) *Error {
	s := read(body)
	e := &Error{Status: status, Code: strings.Join(s.codes, " "), Reason: s.message, RetryAfter: wait(h, s, now)}
	if s.message == "" && len(s.codes) == 0 && !strings.Contains(h.Get("Content-Type"), "html") {
		e.Reason = strings.TrimSpace(string(body[:min(len(body), 500)])) // Plain words of a proxy.
	}
	e.Kind = sortOut(status, s)
	switch e.Kind {
	case KindServer, KindOverloaded, KindTimeout:
		e.sent = true
	}
	return e
}

// sortOut names the trouble: by the vendor's words, where they are plainer
// than the status.
func sortOut(status int, s said) Kind {
	switch {
	case s.has("insufficient_quota", "billing", "credit balance", "budget", "exceeded your current quota", "payment_required", "spend limit", "spending limit"), status == http.StatusPaymentRequired:
		return KindBudget
	case s.has("context_length", "context length", "context window", "prompt is too long", "maximum context", "too many tokens", "exceeds the context", "input token count", "too large for model", "contextwindowexceeded", "exceeds the maximum number of tokens"):
		return KindContext
	case s.has("content_filter", "content_policy", "content management policy", "responsibleaipolicy", "safety system", "blocked by", "prohibited_content", "contentpolicyviolation", "safety_violation"):
		return KindRefused
	case status == http.StatusTooManyRequests, s.has("rate_limit", "resource_exhausted", "throttlingexception"):
		return KindLimited
	case status == http.StatusUnauthorized, s.has("invalid_api_key", "authentication_error", "api key not valid", "unauthenticated", "token_not_found"):
		return KindAuth
	case status == http.StatusNotFound, s.has("model_not_found", "deploymentnotfound", "invalid model", "unknown model", "does not exist", "model not found", "invalid_model"):
		// 404 without words is what a web server says that has no interface there.
		if s.has("model", "deployment") {
			return KindModel
		}
		if status == http.StatusNotFound {
			return KindNotFound
		}
	case status == http.StatusForbidden, s.has("permission_denied"):
		return KindForbidden
	case status == http.StatusRequestEntityTooLarge:
		return KindTooLarge
	case status == http.StatusRequestTimeout, status == http.StatusGatewayTimeout:
		return KindTimeout
	case status == 529, status == http.StatusServiceUnavailable, s.has("overloaded", "unavailable", "no capacity"):
		return KindOverloaded
	case status >= 500:
		return KindServer
	case status == http.StatusMethodNotAllowed:
		return KindNotFound
	}
	return KindInvalid
}

var pleaseRetry = sync.OnceValue(func() *regexp.Regexp {
	// Azure: "Please retry after 6 seconds"; OpenAI: "Please try again in 1.2s" or
	// "in 350ms"; Gemini: "Please retry in 7.5s".
	return regexp.MustCompile(`(?i)(?:retry|try again) (?:after|in) ([0-9]+(?:\.[0-9]+)?) ?(ms|s|seconds?)\b`)
})

const maxRetryAfter = 24 * time.Hour

// wait reads when a call may work again: from retry-after-ms (OpenAI, Azure),
// Retry-After (RFC 9110, section 10.2.3), or the words.
func wait(h http.Header, s said, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 && ms < 1e9 {
		return time.Duration(ms * float64(time.Millisecond))
	}
	after := h.Get("Retry-After")
	if n, err := strconv.ParseFloat(after, 64); err == nil && n > 0 {
		return time.Duration(min(n, maxRetryAfter.Seconds()) * float64(time.Second))
	}
	if at, err := http.ParseTime(after); err == nil && at.After(now) {
		return min(at.Sub(now), maxRetryAfter)
	}
	if m := pleaseRetry().FindStringSubmatch(s.message); m != nil {
		n, _ := strconv.ParseFloat(m[1], 64) // The pattern lets only numbers by.
		unit := time.Second
		if m[2] == "ms" {
			unit = time.Millisecond
		}
		return min(time.Duration(min(n, 1e6)*float64(unit)), maxRetryAfter)
	}
	return 0
}
