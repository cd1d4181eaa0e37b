package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/fakes/ollama"
	fake "github.com/tftsr/tftsr/internal/fakes/servicenow"
)

func (a *app) fakeCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fake",
		Short: "Run a stand-in for a service, to try integrations without an account",
	}
	var addr string
	var o fake.Options
	snow := &cobra.Command{
		Use:   "servicenow",
		Short: "Run a ServiceNow instance that lives in memory",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.serveFake(cmd.Context(), addr, fake.New(o), func(base string) {
				a.printf("%s\n", base)
				a.sayf("a ServiceNow that lives in memory listens on %s; it takes %s / %q, the API key %s and the OAuth client %s", base, fake.User, fake.Password, fake.Key, fake.ClientID)
				a.sayf("in another terminal: printf %%s %q | tftsr integration add servicenow fake --url %s --username %s", fake.Password, base, fake.User)
			})
		},
	}
	snow.Flags().StringVar(&addr, "addr", "127.0.0.1:8080", "`address` of this machine to listen on; port 0 takes any")
	snow.Flags().IntVar(&o.RateLimit, "rate-limit", 0, "answer 429 after `n` calls")
	snow.Flags().BoolVar(&o.Hibernating, "hibernating", false, "answer as an instance that sleeps")
	snow.Flags().BoolVar(&o.Deny, "deny", false, "decline logins")
	snow.Flags().DurationVar(&o.TokenLife, "token-life", 30*time.Minute, "how long an access token lives")
	family(cmd)
	cmd.AddCommand(snow, a.fakeConfluenceCmd(), a.fakeAzureDevOpsCmd(), a.fakeOllamaCmd())
	cmd.AddCommand(a.fakeProviderCmds()...)
	return cmd
}

func (a *app) fakeOllamaCmd() *cobra.Command {
	var addr string
	var o ollama.Options
	cmd := &cobra.Command{
		Use:   "ollama",
		Short: "Run an Ollama server that lives in memory and has no models, only their sizes",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, name := range o.Installed {
				if !ollama.Known(name) {
					return usageError(fmt.Errorf("--installed: the fake knows no %q; it knows %s", name, strings.Join(ollama.Names(), ", ")))
				}
			}
			return a.serveFake(cmd.Context(), addr, ollama.New(o), func(base string) {
				a.printf("%s\n", base)
				a.sayf("an Ollama that lives in memory listens on %s; it can pull %s", base, strings.Join(ollama.Names(), ", "))
				a.sayf("in another terminal: TFTSR_OLLAMA_HOST=%s tftsr models pull qwen3:8b", base)
			})
		},
	}
	cmd.Flags().StringVar(&addr, "addr", "127.0.0.1:11434", "`address` of this machine to listen on; port 0 takes any")
	cmd.Flags().StringSliceVar(&o.Installed, "installed", nil, "`model` that is there from the start")
	cmd.Flags().Int64Var(&o.Speed, "speed", 500_000_000, "`bytes` a second that a pull loads")
	cmd.Flags().Int64Var(&o.Free, "free", 0, "`bytes` that fit on its disk; 0 is any number")
	cmd.Flags().BoolVar(&o.Offline, "offline", false, "its registry cannot be reached")
	return cmd
}

// serveFake serves until ctx ends, on this machine only: everybody knows the
// credentials of a fake.
func (a *app) serveFake(ctx context.Context, addr string, h http.Handler, ready func(base string)) error {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil || !ap.Addr().IsLoopback() {
		return usageError(errors.New("--addr must be an address of this machine, such as 127.0.0.1:8080"))
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", addr, err)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stop()
	ready("http://" + l.Addr().String())
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
