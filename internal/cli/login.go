package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/oauth"
)

func (a *app) loginCmd() *cobra.Command {
	var port int
	var paste, noBrowser bool
	cmd := &cobra.Command{
		Use:   "login SERVICE [NAME]",
		Short: "Log in to an instance that is configured with OAuth",
		Long: `Login opens your browser at the service and waits, for five minutes, until it
sends you back to this machine. The tokens go where secrets are kept.

Where the browser is on another machine, use --paste: open the address there,
log in, and paste the address that the browser ends at, although it shows an
error page.`,
		Args: between(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				r := w.registry()
				_, i, err := pick(ctx, r, args)
				if err != nil {
					return err
				}
				if i.Auth != integrations.AuthCode {
					return usageError(fmt.Errorf("%s/%s is logged in to with %s, which needs no login", i.Service, i.Name, i.Auth))
				}
				source, err := r.Tokens(ctx, i)
				if err != nil {
					return err
				}
				l := &oauth.Login{Source: source, Port: port, Show: func(address string) error {
					a.sayf("open this address and log in:\n%s", address)
					if !paste && !noBrowser {
						openBrowser(ctx, address)
					}
					return nil
				}}
				if paste {
					l.Paste = func(ctx context.Context) (string, error) {
						a.ask("address that the browser ended at: ")
						return readLine(ctx, a.in)
					}
				}
				intent := gate.Intent{Action: audit.ActionLogin, EntityType: "integration", EntityID: i.Service + "/" + i.Name}
				err = w.recorded(ctx, intent, func() error {
					if err := l.Run(ctx); err != nil {
						return err
					}
					return serviceError(w.settle(ctx, r, i))
				})
				if err != nil {
					var refused *oauth.Error
					if errors.As(err, &refused) && refused.Description != "" {
						return fmt.Errorf("%w; it says: %s", err, printable(refused.Description))
					}
					return err
				}
				a.printf("logged in to %s/%s\n", i.Service, i.Name)
				return nil
			})
		},
	}
	cmd.Flags().IntVar(&port, "port", oauth.Port, "`port` of this machine that the service sends you back to, as registered there")
	cmd.Flags().BoolVar(&paste, "paste", false, "ask for the address instead of waiting for the browser")
	cmd.Flags().BoolVar(&noBrowser, "no-browser", false, "only show the address")
	return cmd
}

// openBrowser opens an address of ours, where that can be done. What the
// program says goes nowhere: stdout may belong to a protocol. A person who
// sees no browser has the address.
func openBrowser(ctx context.Context, address string) {
	name, args := "xdg-open", []string{address}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", address}
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), name, args...) //nolint:gosec // No shell; the address is one that we built.
	if cmd.Start() == nil {
		go func() { _ = cmd.Wait() }() // Nobody waits for a browser.
	}
}

// readLine reads one line and gives up when ctx ends.
func readLine(ctx context.Context, in io.Reader) (string, error) {
	type read struct {
		text string
		err  error
	}
	done := make(chan read, 1)
	go func() {
		text, err := bufio.NewReader(io.LimitReader(in, 16<<10)).ReadString('\n')
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
