package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/oauth"
)

func (a *app) serverLoginCmd() *cobra.Command {
	var paste, noBrowser bool
	var scopes []string
	cmd := &cobra.Command{
		Use:   "login NAME",
		Short: "Log in to a server that is registered with --auth oauth2",
		Long: `Login asks the server where people log in, opens your browser there and waits,
for five minutes, until it sends you back to this machine. The tokens go where
secrets are kept, and are renewed from then on. --scope asks for more than the
login before, as a server may say that a call needs; it is kept for logins to
come.`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				r := w.gateway()
				s, err := oneServer(ctx, r, args[0])
				if err != nil {
					return err
				}
				opens := !paste && !noBrowser && !w.config.Env.Headless()
				redirect := oauth.Redirect{Port: w.config.Login.Port, Show: func(_ context.Context, address string) error {
					a.sayf("open this address and log in:\n%s", address)
					if opens && oauth.OpenBrowser(address) != nil {
						a.sayf("no browser could be started: open it yourself, on this machine")
					}
					return nil
				}}
				if paste {
					redirect.Paste = func(ctx context.Context) (string, error) {
						a.ask("address that the browser ended at: ")
						return readLine(ctx, a.in)
					}
				}
				intent := gate.Intent{Action: audit.ActionLogin, EntityType: "mcp_server", EntityID: s.Name, Details: map[string]any{"server_id": s.ID}}
				if len(scopes) > 0 && len(s.Scopes) == 0 {
					if s.Scopes, err = r.AskedScopes(ctx, s); err != nil {
						return err
					}
				}
				for _, scope := range scopes {
					if !slices.Contains(s.Scopes, scope) {
						s.Scopes = append(s.Scopes, scope)
					}
				}
				if err := registry.Check(s, nil); err != nil {
					return usageError(err)
				}
				err = w.recorded(ctx, intent, func() error {
					if err := r.Login(ctx, s, redirect); err != nil {
						return err
					}
					s.UpdatedAt = moment() // A process that runs attaches it anew.
					return w.store.SaveServer(ctx, s)
				})
				if errors.Is(err, registry.ErrNoLoginNeeded) {
					return withHint(fmt.Errorf("%s: %w", s.Name, err), "tftsr server edit "+s.Name+" --auth none")
				}
				if errors.Is(err, registry.ErrNoClient) {
					return withHint(err, "register a public client with the address "+redirect.URL()+", then: tftsr server edit "+s.Name+" --client-id ID")
				}
				if err != nil {
					return err
				}
				a.printf("logged in to %s\n", s.Name)
				return nil
			})
		},
	}
	f := cmd.Flags()
	a.settings(f, "login.port")
	f.StringSliceVar(&scopes, "scope", nil, "`scope` to ask for beside those of the login before")
	f.BoolVar(&paste, "paste", false, "ask for the address that the browser ends at, instead of waiting for it")
	f.BoolVar(&noBrowser, "no-browser", false, "only show the address, and wait")
	cmd.MarkFlagsMutuallyExclusive("paste", "no-browser")
	return cmd
}
