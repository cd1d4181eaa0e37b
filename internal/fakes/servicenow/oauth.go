package servicenow

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"time"
)

// grants is what the fake has given out.
type grants struct {
	codes   map[string]code
	access  map[string]access
	refresh map[string]string // token to its family
	spent   map[string]string // refresh tokens that were used, to their family
}

type code struct{ challenge, redirect, client string }

type access struct {
	family  string
	expires time.Time
}

func newGrants() grants {
	return grants{codes: map[string]code{}, access: map[string]access{}, refresh: map[string]string{}, spent: map[string]string{}}
}

func (g grants) valid(token string, now time.Time) bool {
	a, ok := g.access[token]
	return ok && now.Before(a.expires)
}

// Expire ends all access tokens, as time does.
func (f *Fake) Expire() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.oauth.access)
}

// authorize logs the one person in that a fake has, and sends the browser back.
func (f *Fake) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || back.Scheme != "http" || !loopback(back.Hostname()) || q.Get("client_id") != ClientID {
		http.Error(w, "invalid client or redirect", http.StatusBadRequest)
		return
	}
	v := url.Values{"state": {q.Get("state")}}
	f.mu.Lock()
	switch {
	case f.o.Deny:
		v.Set("error", "access_denied")
	case q.Get("response_type") != "code", q.Get("code_challenge_method") != "S256", q.Get("code_challenge") == "":
		v.Set("error", "invalid_request")
	default:
		c := random(16)
		f.oauth.codes[c] = code{q.Get("code_challenge"), q.Get("redirect_uri"), q.Get("client_id")}
		v.Set("code", c)
	}
	f.mu.Unlock()
	back.RawQuery = v.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound) //nolint:gosec // to loopback only, as checked above
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// token gives out tokens. A refresh token is good once: who shows one a second
// time ends the whole login.
func (f *Fake) token(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.ParseForm() != nil {
		refuse(w, http.StatusBadRequest, "invalid_request", "")
		return
	}
	p := r.PostForm
	secret := p.Get("client_secret")
	if p.Get("client_id") != ClientID || secret != "" && !same(secret, ClientSecret) {
		refuse(w, http.StatusUnauthorized, "invalid_client", "access_denied")
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	g := &f.oauth
	switch p.Get("grant_type") {
	case "authorization_code":
		c, ok := g.codes[p.Get("code")]
		delete(g.codes, p.Get("code"))
		sum := sha256.Sum256([]byte(p.Get("code_verifier")))
		if !ok || c.redirect != p.Get("redirect_uri") || c.challenge != base64.RawURLEncoding.EncodeToString(sum[:]) {
			refuse(w, http.StatusBadRequest, "invalid_grant", "The code is not valid")
			return
		}
		f.give(w, random(8), true)
	case "refresh_token":
		token := p.Get("refresh_token")
		if family, replayed := g.spent[token]; replayed {
			g.revoke(family)
		}
		family, ok := g.refresh[token]
		if !ok {
			refuse(w, http.StatusUnauthorized, "invalid_grant", "The refresh token is not valid any more")
			return
		}
		delete(g.refresh, token)
		g.spent[token] = family
		f.give(w, family, true)
	case "client_credentials":
		if secret == "" {
			refuse(w, http.StatusUnauthorized, "invalid_client", "access_denied")
			return
		}
		f.give(w, random(8), false)
	default:
		refuse(w, http.StatusBadRequest, "unsupported_grant_type", "")
	}
}

func (g *grants) revoke(family string) {
	for t, fam := range g.refresh {
		if fam == family {
			delete(g.refresh, t)
		}
	}
	for t, a := range g.access {
		if a.family == family {
			delete(g.access, t)
		}
	}
}

func (f *Fake) give(w http.ResponseWriter, family string, refresh bool) {
	life := f.o.TokenLife
	if life == 0 {
		life = 30 * time.Minute
	}
	out := map[string]any{"access_token": random(24), "token_type": "Bearer", "scope": "useraccount", "expires_in": int(life.Seconds())}
	f.oauth.access[out["access_token"].(string)] = access{family, f.o.Now().Add(life)}
	if refresh {
		t := random(24)
		f.oauth.refresh[t] = family
		out["refresh_token"] = t
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(out)
}

func refuse(w http.ResponseWriter, status int, code, description string) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": code, "error_description": description})
}
