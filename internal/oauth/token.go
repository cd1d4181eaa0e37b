package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/oauth2"

	"github.com/tftsr/tftsr/internal/egress"
)

const (
	// maxAnswer bounds an answer of a token endpoint, in bytes. Tokens of Entra
	// have some kilobytes.
	maxAnswer = 128 << 10
	// maxToken bounds one token, in bytes.
	maxToken = 32 << 10
	// maxLife is the longest life of a token that is believed.
	maxLife = 10 * 365 * 24 * time.Hour
	// maxSaid bounds what is kept of a service's own words, in bytes.
	maxSaid = 1000
)

// Error is a refusal of the service (RFC 6749, sections 4.1.2.1 and 5.2; RFC
// 8628, section 3.5), or no answer at all.
type Error struct {
	Code        string // "invalid_grant", or "http_503" where the service names none
	Description string // the service's words, cut and without what was sent; text from outside
	Hint        string // ours: what mends it; may be empty
	Network     bool   // there was no answer
	err         error
}

// Error says the code and what mends it, without the service's words.
func (e *Error) Error() string {
	text := "the service gives out no token: " + e.Code
	if e.Network {
		text = "the service that gives out tokens cannot be reached"
	}
	if e.Hint != "" {
		text += ": " + e.Hint
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.err }

// hints are what mends the refusals that the RFCs name.
var hints = map[string]string{
	"invalid_client":          "the client id or its secret is not the one that is registered: `tftsr integration add … --replace` sets them",
	"invalid_grant":           "the login has ended, was revoked, or took too long: run `tftsr login` again",
	"unauthorized_client":     "the client is not allowed this way to log in: its registration says which",
	"unsupported_grant_type":  "the service does not know this way to log in",
	"invalid_scope":           "the client may not have one of the scopes: compare them with its registration",
	"temporarily_unavailable": "try again later",
	"server_error":            "the service has a fault of its own: try again later",
	"expired_token":           "nobody entered the code in time: start again",
	"no_code":                 "its answer holds neither a code nor an error",
}

// explained adds what mends an error.
func (e Endpoint) explained(err *Error) *Error {
	first, _, _ := strings.Cut(strings.TrimSpace(err.Description), " ")
	for _, key := range []string{strings.Trim(first, ":,."), err.Code} {
		if hint := e.Explain[key]; hint != "" && err.Hint == "" {
			err.Hint = hint
		}
	}
	if err.Hint == "" {
		err.Hint = hints[err.Code]
	}
	return err
}

// text is a JSON text, or a number where services write one for the other.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, (*string)(t))
	}
	*t = text(b)
	return nil
}

// answer is what a token endpoint, or one for devices, answers.
type answer struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    text   `json:"expires_in"`

	DeviceCode   string `json:"device_code"`
	UserCode     string `json:"user_code"`
	Address      string `json:"verification_uri"`
	AddressOld   string `json:"verification_url"` // before RFC 8628
	FullAddress  string `json:"verification_uri_complete"`
	PollInterval text   `json:"interval"`

	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// seconds reads a number of seconds; 0 for none.
func (t text) seconds(most time.Duration) time.Duration {
	n, err := strconv.ParseFloat(string(t), 64)
	if err != nil || !(n > 0) {
		return 0
	}
	if n > most.Seconds() {
		return most
	}
	return time.Duration(n * float64(time.Second))
}

// post sends a form as the client (RFC 6749, section 2.3.1) and returns what
// the service answers. An error is an [*Error]; none holds what was sent.
func (c Config) post(ctx context.Context, address string, form url.Values) (*answer, error) {
	secret := []string{c.ClientSecret}
	for _, name := range []string{"code", "code_verifier", "refresh_token", "device_code"} {
		secret = append(secret, form.Get(name))
	}
	form.Set("client_id", c.ClientID)
	for name, value := range c.Endpoint.TokenParams {
		form.Set(name, value)
	}
	if c.ClientSecret != "" && !c.Endpoint.HeaderAuth {
		form.Set("client_secret", c.ClientSecret)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, errors.New("the address of the token endpoint is none")
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	if c.ClientSecret != "" && c.Endpoint.HeaderAuth {
		r.SetBasicAuth(url.QueryEscape(c.ClientID), url.QueryEscape(c.ClientSecret))
	}
	// What redirects is no token endpoint: the form goes nowhere else.
	hc := *c.HTTP
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := hc.Do(r)
	if err != nil {
		return nil, &Error{Network: true, err: egress.SafeError(err)}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, &Error{Network: true, err: egress.SafeError(err)}
	}
	var a answer
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	isJSON := (media == "application/json" || strings.HasSuffix(media, "+json")) && len(body) <= maxAnswer && json.Unmarshal(body, &a) == nil
	switch {
	case isJSON && a.Error != "":
		return nil, c.Endpoint.explained(&Error{Code: plain(a.Error), Description: clip(without(a.Description, secret))})
	case resp.StatusCode/100 != 2 || !isJSON:
		return nil, c.Endpoint.explained(&Error{Code: fmt.Sprintf("http_%d", resp.StatusCode), Hint: statusHint(resp.StatusCode, isJSON)})
	}
	return &a, nil
}

func statusHint(status int, isJSON bool) string {
	switch {
	case status == http.StatusTooManyRequests, status >= 500:
		return "try again later"
	case status/100 == 3, !isJSON:
		return "it answers with something else than a token endpoint does: check the base URL, and whether single sign-on or a proxy stands before it"
	}
	return ""
}

// token asks for tokens.
func (c Config) token(ctx context.Context, now func() time.Time, form url.Values) (*oauth2.Token, error) {
	a, err := c.post(ctx, c.Endpoint.Token, form)
	if err != nil {
		return nil, err
	}
	switch {
	case a.TokenType != "" && !strings.EqualFold(a.TokenType, "bearer"):
		return nil, &Error{Code: "token_type", Hint: "the service gives out tokens of another kind than bearer"}
	case !isToken(a.AccessToken) || a.RefreshToken != "" && !isToken(a.RefreshToken):
		return nil, &Error{Code: "no_token", Hint: "its answer holds no token that can be sent"}
	}
	t := &oauth2.Token{AccessToken: a.AccessToken, RefreshToken: a.RefreshToken, TokenType: "Bearer"}
	if life := a.ExpiresIn.seconds(maxLife); life > 0 {
		t.Expiry = now().Add(life).UTC()
	}
	return t, nil
}

// isToken reports whether a text has only what a token has (RFC 6749, appendix
// A.12) and can stand in a header.
func isToken(s string) bool {
	if s == "" || len(s) > maxToken {
		return false
	}
	for _, b := range []byte(s) {
		if b <= 0x20 || b >= 0x7f {
			return false
		}
	}
	return true
}

// plain keeps of a code what those of the RFCs are made of.
func plain(code string) string {
	code = strings.Map(func(r rune) rune {
		if r == '_' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, code[:min(len(code), 60)])
	if code == "" {
		return "unknown"
	}
	return code
}

// clip cuts a service's words, and what could act on a terminal out of them.
func clip(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s[:min(len(s), maxSaid)], ""))
}

// without takes out of a service's words what was sent to it in confidence.
func without(s string, secret []string) string {
	for _, v := range secret {
		if v != "" {
			s = strings.ReplaceAll(s, v, "…")
		}
	}
	return s
}
