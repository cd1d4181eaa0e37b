package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/oauth"
	"github.com/tftsr/tftsr/store"
)

// loginOptions are the flags of login.
type loginOptions struct {
	device, paste, noBrowser bool
}

func (a *app) loginCmd() *cobra.Command {
	var o loginOptions
	cmd := &cobra.Command{
		Use:   "login SERVICE [NAME]",
		Short: "Log in to an instance that is configured with OAuth",
		Long: `Login opens your browser at the service and waits, for five minutes, until it
sends you back to this machine. The tokens go where secrets are kept.

Where this machine has no display, it asks for a code in a browser elsewhere if
the service has that (--device), and else for the address that such a browser
ends at, although it shows an error page there (--paste).`,
		Args: between(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				return a.login(ctx, w, args, o)
			})
		},
	}
	f := cmd.Flags()
	a.settings(f, "login.port")
	f.BoolVar(&o.device, "device", false, "show a code to enter in any browser, where the service has that")
	f.BoolVar(&o.paste, "paste", false, "ask for the address that the browser ends at, instead of waiting for it")
	f.BoolVar(&o.noBrowser, "no-browser", false, "only show the address, and wait")
	cmd.MarkFlagsMutuallyExclusive("device", "paste", "no-browser")
	return cmd
}

func (a *app) login(ctx context.Context, w *workspace, args []string, o loginOptions) error {
	r := w.registry()
	s, i, err := pick(ctx, r, args)
	if err != nil {
		return err
	}
	if i.Auth != integrations.AuthCode {
		return usageError(fmt.Errorf("%s/%s is logged in to with %s, which needs no login", i.Service, i.Name, i.Auth))
	}
	source, err := r.Tokens(ctx, i)
	if err != nil {
		return usageError(err)
	}
	if source.Endpoint.Confidential && source.ClientSecret == "" {
		return withHint(fmt.Errorf("the secret of the OAuth client of %s/%s is not known, and the service wants it", i.Service, i.Name), "tftsr integration add … --replace asks for it")
	}
	l, err := a.loginBy(w, source, o)
	if err != nil {
		return err
	}
	var grant oauth.Grant
	intent := gate.Intent{Action: audit.ActionLogin, EntityType: "integration", EntityID: i.Service + "/" + i.Name}
	err = w.recorded(ctx, intent, func() error {
		grant, err = l.Run(ctx)
		return err
	})
	if err != nil {
		return loginError(err)
	}
	a.printf("logged in to %s/%s\n", i.Service, i.Name)
	if !grant.Renewable {
		a.sayf("%s", unrenewable(grant))
	}
	if s.Settle == nil {
		return nil
	}
	return settleLogin(ctx, w, r, i)
}

// settleLogin asks for the settings that only somebody who is logged in can see.
func settleLogin(ctx context.Context, w *workspace, r *integrations.Registry, i *store.Integration) error {
	intent := gate.Intent{Action: audit.ActionExternalRead, EntityType: "integration", EntityID: i.Service + "/" + i.Name}
	if err := w.recorded(ctx, intent, func() error { return w.settle(ctx, r, i) }); err != nil {
		return withHint(serviceError(err), fmt.Sprintf("the login is kept; repeat the rest with: tftsr integration test %s %s", i.Service, i.Name))
	}
	return nil
}

func unrenewable(g oauth.Grant) string {
	text := "the service gave no refresh token: the login ends with its first token"
	if !g.Expires.IsZero() {
		text += ", at " + shortTime(g.Expires)
	}
	return text + "; the scope that asks for one is usually offline_access"
}

// loginBy chooses how the person logs in: as the flags say, else by what this
// machine and the service can do.
func (a *app) loginBy(w *workspace, source *oauth.Source, o loginOptions) (*oauth.Login, error) {
	if o.device && source.Endpoint.Device == "" {
		return nil, usageError(withHint(errors.New("the service has no login by a code"), "--paste works without a browser on this machine"))
	}
	opens := !o.paste && !o.device && !o.noBrowser
	if opens && w.config.Env.Headless() {
		o.device, o.paste, opens = source.Endpoint.Device != "", source.Endpoint.Device == "", false
		a.sayf("this machine shows no browser; --no-browser waits for one all the same")
	}
	l := &oauth.Login{Source: source, Redirect: oauth.Redirect{Port: w.config.Login.Port, Show: func(_ context.Context, address string) error {
		a.sayf("open this address and log in:\n%s", address)
		if opens && oauth.OpenBrowser(address) != nil {
			a.sayf("no browser could be started: open it yourself, on this machine")
		}
		return nil
	}}}
	switch {
	case o.device:
		l.Code = func(_ context.Context, d oauth.DeviceCode) error {
			a.sayf("open this address in any browser, within %s, and enter the code %s\n%s", d.Expires.Round(time.Second), d.Code, d.Address)
			if d.Full != "" {
				a.sayf("or this one, which has the code in it:\n%s", d.Full)
			}
			return nil
		}
	case o.paste:
		l.Redirect.Paste = func(ctx context.Context) (string, error) {
			a.ask("address that the browser ended at: ")
			return readLine(ctx, a.in)
		}
	}
	return l, nil
}

// loginError adds what the service said: a person at a terminal may read it.
func loginError(err error) error {
	var refused *oauth.Error
	if errors.As(err, &refused) && refused.Description != "" {
		return fmt.Errorf("%w; it says: %s", err, printable(refused.Description))
	}
	if errors.As(err, &refused) && refused.Network && errors.Unwrap(refused) != nil {
		return fmt.Errorf("%w: %w", err, errors.Unwrap(refused))
	}
	return err
}

// readLine reads one line and gives up when ctx ends.
func readLine(ctx context.Context, in io.Reader) (string, error) {
	type read struct {
		text string
		err  error
	}
	done := make(chan read, 1)
	go func() {
		text, err := bufio.NewReader(io.LimitReader(in, 64<<10)).ReadString('\n')
		if errors.Is(err, io.EOF) && text != "" {
			err = nil
		}
		done <- read{text, err}
	}()
	select {
	case r := <-done:
		return r.text, r.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}
