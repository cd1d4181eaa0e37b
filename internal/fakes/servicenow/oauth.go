package servicenow

import (
	"net/http"
	"time"

	"github.com/tftsr/tftsr/internal/fakes/authserver"
)

// login makes what logs people and clients in.
func (f *Fake) login() *authserver.Server {
	return &authserver.Server{
		ClientID: ClientID, ClientSecret: ClientSecret, ClientCredentials: true, Scope: "useraccount", Refused: http.StatusUnauthorized,
		Life: func() time.Duration {
			if life := f.options().TokenLife; life != 0 {
				return life
			}
			return 30 * time.Minute
		},
		Deny: func() bool { return f.options().Deny },
		Now:  func() time.Time { return f.options().Now() },
	}
}

func (f *Fake) options() Options {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.o
}

// Expire ends all access tokens, as time does.
func (f *Fake) Expire() { f.oauth.Expire() }
