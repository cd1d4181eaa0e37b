// Package authserver is the authorization server of a stand-in for a service:
// authorization codes, refresh tokens that are good once, client credentials.
// Who shows a refresh token a second time ends the whole login, as services do
// that rotate them (RFC 9700, section 4.14.2).
//
// It logs in the one person that it has, without asking, sends browsers to
// this machine only, and keeps nothing on disk.
package authserver

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Server gives out tokens. Its fields are set before the first call; it is
// safe for concurrent use then.
type Server struct {
	ClientID, ClientSecret string
	// Confidential: the secret is needed, and no challenge is.
	Confidential bool
	// ClientCredentials: a client gets tokens of its own.
	ClientCredentials bool
	// Params are parameters that an authorization request may have besides those
	// of RFC 6749 and RFC 7636.
	Params []string
	// Scope is what a token has where none is asked for.
	Scope string
	// Refused is the status with which a code or token that is not valid is
	// refused; 0 means 400 (RFC 6749, section 5.2).
	Refused int
	// Life, Deny and Now return how long an access token lives, whether logins
	// are declined, and the time. They are asked at each call.
	Life func() time.Duration
	Deny func() bool
	Now  func() time.Time

	mu      sync.Mutex
	codes   map[string]code
	access  map[string]access
	refresh map[string]login  // by token
	spent   map[string]string // refresh tokens that were used, to their family
}

type login struct{ family, scope string }

type code struct{ challenge, redirect, scope string }

type access struct {
	login
	expires time.Time
}

// Valid reports whether an access token is good, and for which scopes.
func (s *Server) Valid(token string) (scope string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.access[token]
	return a.scope, ok && s.Now().Before(a.expires)
}

// Expire ends all access tokens, as time does.
func (s *Server) Expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.access)
}

// Authorize logs a person in and sends the browser back.
func (s *Server) Authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || back.Scheme != "http" || !loopback(back.Hostname()) || q.Get("client_id") != s.ClientID || r.Method != http.MethodGet || !s.sound(q) {
		http.Error(w, "invalid client, redirect or parameter", http.StatusBadRequest)
		return
	}
	v := url.Values{"state": {q.Get("state")}}
	challenged := q.Get("code_challenge_method") == "S256" && q.Get("code_challenge") != ""
	switch {
	case s.Deny():
		v.Set("error", "access_denied")
	case !challenged && !s.Confidential:
		v.Set("error", "invalid_request")
	default:
		c := random(16)
		s.mu.Lock()
		s.init()
		s.codes[c] = code{q.Get("code_challenge"), q.Get("redirect_uri"), q.Get("scope")}
		s.mu.Unlock()
		v.Set("code", c)
	}
	back.RawQuery = v.Encode()
	w.Header().Set("Location", back.String()) // to loopback only, as checked above
	w.WriteHeader(http.StatusFound)
}

func loopback(host string) bool { return host == "localhost" || host == "127.0.0.1" }

// params are the parameters of an authorization request.
var params = map[string]func(string) bool{
	"response_type":         func(v string) bool { return v == "code" },
	"client_id":             func(v string) bool { return v != "" },
	"redirect_uri":          func(v string) bool { return v != "" },
	"state":                 func(v string) bool { return v != "" },
	"scope":                 func(string) bool { return true },
	"code_challenge":        func(v string) bool { return v == "" || isChallenge(v) },
	"code_challenge_method": func(v string) bool { return v == "" || v == "S256" },
}

// sound says whether an authorization request has the parameters that it must
// and may have, once each.
func (s *Server) sound(q url.Values) bool {
	for name, values := range q {
		if params[name] == nil && !slices.Contains(s.Params, name) || len(values) != 1 {
			return false
		}
	}
	for name, good := range params {
		if !good(q.Get(name)) {
			return false
		}
	}
	return true
}

// isChallenge reports whether v is the base64url of a SHA-256.
func isChallenge(v string) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(v)
	return err == nil && len(b) == sha256.Size
}

func (s *Server) init() {
	if s.codes == nil {
		s.codes, s.access, s.refresh, s.spent = map[string]code{}, map[string]access{}, map[string]login{}, map[string]string{}
	}
}

// Token gives out tokens. The client names itself in the body.
func (s *Server) Token(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.ParseForm() != nil {
		refuse(w, http.StatusBadRequest, "invalid_request", "")
		return
	}
	p := r.PostForm
	secret := p.Get("client_secret")
	if p.Get("client_id") != s.ClientID || (s.Confidential || secret != "") && !same(secret, s.ClientSecret) {
		refuse(w, http.StatusUnauthorized, "invalid_client", "access_denied")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.init()
	refused := s.Refused
	if refused == 0 {
		refused = http.StatusBadRequest
	}
	switch grant := p.Get("grant_type"); {
	case grant == "authorization_code":
		c, ok := s.codes[p.Get("code")]
		delete(s.codes, p.Get("code"))
		sum := sha256.Sum256([]byte(p.Get("code_verifier")))
		if !ok || c.redirect != p.Get("redirect_uri") || !s.Confidential && c.challenge != base64.RawURLEncoding.EncodeToString(sum[:]) {
			refuse(w, http.StatusBadRequest, "invalid_grant", "The code is not valid")
			return
		}
		s.give(w, login{random(8), c.scope}, true)
	case grant == "refresh_token":
		token := p.Get("refresh_token")
		if family, replayed := s.spent[token]; replayed {
			s.revoke(family)
		}
		l, ok := s.refresh[token]
		if !ok {
			refuse(w, refused, "invalid_grant", "The refresh token is not valid any more")
			return
		}
		delete(s.refresh, token)
		s.spent[token] = l.family
		s.give(w, l, true)
	case grant == "client_credentials" && s.ClientCredentials && secret != "":
		s.give(w, login{random(8), p.Get("scope")}, false)
	case grant == "client_credentials" && s.ClientCredentials:
		refuse(w, http.StatusUnauthorized, "invalid_client", "access_denied")
	default:
		refuse(w, http.StatusBadRequest, "unsupported_grant_type", "")
	}
}

func (s *Server) revoke(family string) {
	for t, l := range s.refresh {
		if l.family == family {
			delete(s.refresh, t)
		}
	}
	for t, a := range s.access {
		if a.family == family {
			delete(s.access, t)
		}
	}
}

func (s *Server) give(w http.ResponseWriter, l login, refresh bool) {
	if l.scope == "" {
		l.scope = s.Scope
	}
	life := s.Life()
	token := random(24)
	out := map[string]any{"access_token": token, "token_type": "Bearer", "scope": l.scope, "expires_in": int(life.Seconds())}
	s.access[token] = access{l, s.Now().Add(life)}
	if refresh {
		t := random(24)
		s.refresh[t] = l
		out["refresh_token"] = t
	}
	answer(w, http.StatusOK, out)
}

func refuse(w http.ResponseWriter, status int, code, description string) {
	answer(w, status, map[string]any{"error": code, "error_description": description})
}

func answer(w http.ResponseWriter, status int, v map[string]any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // The client may be gone.
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// random returns n random bytes as hexadecimal digits.
func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, says crypto/rand
	return hex.EncodeToString(b)
}
