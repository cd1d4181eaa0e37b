package cli

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/fakes/confluence"
)

func (a *app) fakeConfluenceCmd() *cobra.Command {
	var addr string
	var o confluence.Options
	cmd := &cobra.Command{
		Use:   "confluence",
		Short: "Run a Confluence that lives in memory: a site of the cloud, or a Data Center",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.serveFake(cmd.Context(), addr, confluence.New(o), func(base string) {
				a.printf("%s\n", base)
				if o.DataCenter {
					a.sayf("a Confluence Data Center that lives in memory listens on %s; it has the spaces OPS and, to read, DOC; its token is %s", base, confluence.PAT)
					a.sayf("in another terminal: printf %%s %s | tftsr integration add confluence fake --url %s%s --auth pat --space OPS", confluence.PAT, base, o.Context)
					return
				}
				a.sayf("a Confluence Cloud that lives in memory listens on %s; it has the spaces OPS and, to read, DOC; it takes %s with the API token %s, the token with scopes %s, and the OAuth client %s with the secret %s",
					base, confluence.User, confluence.Token, confluence.ScopedToken, confluence.ClientID, confluence.ClientSecret)
				a.sayf("in another terminal: printf %%s %s | tftsr integration add confluence fake --url %s --username %s --space OPS --option dialect=cloud", confluence.Token, base, confluence.User)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&addr, "addr", "127.0.0.1:8090", "`address` of this machine to listen on; port 0 takes any")
	f.BoolVar(&o.DataCenter, "data-center", false, "a server of one's own instead of a site of the cloud")
	f.StringVar(&o.Context, "context", "", "`path` that a server is below, such as /confluence")
	f.BoolVar(&o.Closed, "closed", false, "a server lets nobody read who has not logged in")
	f.BoolVar(&o.Captcha, "captcha", false, "a server wants a CAPTCHA answered before it takes passwords")
	f.BoolVar(&o.SearchGone, "search-gone", false, "the search is gone under OAuth and for tokens with scopes")
	f.IntVar(&o.RateLimit, "rate-limit", 0, "answer 429 after `n` calls")
	f.BoolVar(&o.Deny, "deny", false, "decline logins")
	f.DurationVar(&o.TokenLife, "token-life", time.Hour, "how long an access token lives")
	return cmd
}
