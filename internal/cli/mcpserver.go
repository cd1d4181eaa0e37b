package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/tools"
)

// gateway is the registry of other MCP servers.
func (w *workspace) gateway() *registry.Registry { return w.gatewayBeside(tools.All()) }

// gatewayBeside is gateway for whom the tools are described already.
func (w *workspace) gatewayBeside(all []tools.Tool) *registry.Registry {
	var ours []string
	for _, t := range all {
		ours = append(ours, t.Name)
	}
	return registry.New(registry.Options{
		Store: w.store, Secrets: w.secrets, Config: w.config, Gate: w.gate, Now: now, Log: w.log, Version: Version(), Ours: ours,
	})
}

func (a *app) serverCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "server",
		Short: "Register other MCP servers, whose tools agents get through this one",
		Long: `A registered server is started, or reached, by tftsr. Its tools, prompts and
resources appear to hosts as mcp_<server>_<tool>, after you have approved what
they say of themselves; what changes later is hidden until you approve that.
What goes to it has tokens in the place of what is sensitive, unless you trust
it with some types in some arguments; what it answers is redacted. A call waits
for a person unless you set the policy of its tool to read.

A server that runs sees a change within a second. The first server is seen at
the next start of a host. docs/gateway.md has recipes.`,
	}
	family(cmd)
	cmd.AddCommand(a.serverAddCmd(), a.serverListCmd(), a.serverShowCmd(), a.serverEditCmd(), a.serverSwitchCmd("enable", true), a.serverSwitchCmd("disable", false),
		a.serverRmCmd(), a.serverDiscoverCmd(), a.serverApproveCmd(), a.serverImportCmd(), a.serverLoginCmd())
	return cmd
}

// serverFlags are the settings of a server, as flags.
type serverFlags struct {
	s                           store.MCPServer
	env, headers, trust, policy []string
	unsetEnv, unsetHeader       []string
	untrust, newCredential      bool
}

func (o *serverFlags) register(f *pflag.FlagSet) {
	f.StringVar(&o.s.URL, "url", "", "`address` of a server that is reached by HTTP, with https://")
	f.StringVar(&o.s.Transport, "transport", "", "stdio, http or sse; stdio for a command and http for an address unless given")
	f.StringVar(&o.s.Dir, "dir", "", "working `folder` of the command")
	f.StringArrayVar(&o.env, "env", nil, "`NAME=value` in the environment of the command")
	f.StringSliceVar(&o.s.SecretEnv, "secret-env", nil, "`NAME` of a variable whose value is asked for, or read from stdin")
	f.StringArrayVar(&o.headers, "header", nil, "`NAME=value` sent with every request")
	f.StringSliceVar(&o.s.SecretHeaders, "secret-header", nil, "`NAME` of a header whose value is asked for, or read from stdin")
	f.StringVar(&o.s.Auth, "auth", "", "`way` to be known: none, bearer, api_key or oauth2")
	f.StringVar(&o.s.AuthHeader, "auth-header", "", "`header` of an api_key (X-API-Key)")
	f.StringVar(&o.s.ClientID, "client-id", "", "`id` of the OAuth client, where it is registered already")
	f.StringSliceVar(&o.s.Scopes, "scope", nil, "OAuth `scope` to ask for")
	f.StringSliceVar(&o.trust, "trust", nil, "`TYPE=PATH` or TYPE=TOOL:PATH: originals of that type go to it in that argument; * is all")
	f.StringVar(&o.s.OnSensitive, "on-sensitive", "", "what happens to other sensitive values: redact (tokens go) or refuse (nothing goes)")
	f.BoolVar(&o.s.PrivateNetwork, "private-network", false, "the address may be of this machine or a private network")
	f.DurationVar(&o.s.ConnectTimeout, "connect-timeout", 0, "`time` that a start may take (1m)")
	f.DurationVar(&o.s.CallTimeout, "call-timeout", 0, "`time` that a call may take (1m)")
	f.Int64Var(&o.s.MaxBytes, "max-bytes", 0, "largest message that it may send, in `bytes` (8388608)")
	f.IntVar(&o.s.MaxCalls, "max-calls", 0, "`calls` at a time (8)")
}

// apply puts the flags that were given over the settings of s.
func (o *serverFlags) apply(f *pflag.FlagSet, s *store.MCPServer, command []string) error {
	for name, set := range map[string]func(){
		"url": func() { s.URL = o.s.URL }, "transport": func() { s.Transport = o.s.Transport }, "dir": func() { s.Dir = o.s.Dir },
		"auth": func() { s.Auth = o.s.Auth }, "auth-header": func() { s.AuthHeader = o.s.AuthHeader }, "client-id": func() { s.ClientID = o.s.ClientID },
		"scope": func() { s.Scopes = o.s.Scopes }, "on-sensitive": func() { s.OnSensitive = o.s.OnSensitive },
		"private-network": func() { s.PrivateNetwork = o.s.PrivateNetwork }, "connect-timeout": func() { s.ConnectTimeout = o.s.ConnectTimeout },
		"call-timeout": func() { s.CallTimeout = o.s.CallTimeout }, "max-bytes": func() { s.MaxBytes = o.s.MaxBytes }, "max-calls": func() { s.MaxCalls = o.s.MaxCalls },
		"secret-env":    func() { s.SecretEnv = append(s.SecretEnv, o.s.SecretEnv...) },
		"secret-header": func() { s.SecretHeaders = append(s.SecretHeaders, o.s.SecretHeaders...) },
	} {
		if f.Changed(name) {
			set()
		}
	}
	if len(command) > 0 {
		s.Command = command
	}
	if s.Transport == "" {
		s.Transport = store.TransportStdio
		if s.URL != "" {
			s.Transport = store.TransportHTTP
		}
	}
	if s.Auth != store.AuthKey {
		s.AuthHeader = ""
	}
	for _, list := range []struct {
		flag   string
		values []string
		into   *map[string]string
		secret *[]string
	}{{"--env", o.env, &s.Env, &s.SecretEnv}, {"--header", o.headers, &s.Headers, &s.SecretHeaders}} {
		for _, text := range list.values {
			name, value, ok := strings.Cut(text, "=")
			if !ok {
				return fmt.Errorf("%s is NAME=value; for a secret it is --secret-%s NAME", list.flag, strings.TrimPrefix(list.flag, "--"))
			}
			if *list.into == nil {
				*list.into = map[string]string{}
			}
			(*list.into)[name] = value
			*list.secret = slices.DeleteFunc(*list.secret, func(n string) bool { return n == name })
		}
	}
	for _, name := range o.s.SecretEnv {
		delete(s.Env, name)
	}
	for _, name := range o.s.SecretHeaders {
		delete(s.Headers, name)
	}
	for _, text := range o.trust {
		rule, err := parseTrust(text)
		if err != nil {
			return err
		}
		if !slices.Contains(s.Trust, rule) {
			s.Trust = append(s.Trust, rule)
		}
	}
	return nil
}

func parseTrust(text string) (store.TrustRule, error) {
	typ, path, ok := strings.Cut(text, "=")
	if !ok || typ == "" || path == "" {
		return store.TrustRule{}, fmt.Errorf("--trust %q: it is TYPE=PATH, such as Hostname=query, or TYPE=TOOL:PATH", text)
	}
	rule := store.TrustRule{Type: typ, Path: path}
	if tool, in, ok := strings.Cut(path, ":"); ok {
		rule.Tool, rule.Path = tool, in
	}
	return rule, nil
}

func (a *app) serverAddCmd() *cobra.Command {
	var o serverFlags
	cmd := &cobra.Command{
		Use:   "add NAME [-- COMMAND [ARG...]]",
		Short: "Register a server; its secrets are asked for, or read from stdin, one a line",
		Example: `  tftsr server add filesystem -- /usr/bin/npx -y @modelcontextprotocol/server-filesystem /srv/runbooks
  tftsr server add grafana --env GRAFANA_URL=https://grafana.example.com --secret-env GRAFANA_SERVICE_ACCOUNT_TOKEN -- /usr/local/bin/mcp-grafana
  tftsr server add github --url https://api.githubcopilot.com/mcp/ --auth bearer
  tftsr server add sentry --url https://mcp.sentry.dev/mcp --auth oauth2`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, command, err := nameAndCommand(cmd, args)
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				s := &store.MCPServer{Name: name, Owner: osUser(), Enabled: true}
				if err := o.apply(cmd.Flags(), s, command); err != nil {
					return usageError(err)
				}
				return a.serverAdd(ctx, w, s)
			})
		},
	}
	o.register(cmd.Flags())
	return cmd
}

// nameAndCommand parts the arguments at the dashes.
func nameAndCommand(cmd *cobra.Command, args []string) (string, []string, error) {
	n := cmd.ArgsLenAtDash()
	if n < 0 {
		n = len(args)
	}
	if n != 1 {
		return "", nil, usageError(errors.New("give the name of the server, and its command, if it has one, after --"))
	}
	return args[0], args[1:], nil
}

func (a *app) serverAdd(ctx context.Context, w *workspace, s *store.MCPServer) error {
	others, err := w.store.ListServers(ctx)
	if err != nil {
		return err
	}
	var names []string
	for i := range others {
		if others[i].Name == s.Name {
			return withHint(fmt.Errorf("there is a server %s already", s.Name), "tftsr server edit changes it")
		}
		names = append(names, others[i].Name)
	}
	if err := registry.Check(s, names); err != nil {
		return usageError(err)
	}
	if err := w.noPlainSecrets(ctx, s, nil); err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	s.ID, s.CreatedAt, s.UpdatedAt = id.String(), moment(), moment()
	values, err := a.serverSecrets(wantedSecrets(s, nil))
	defer wipe(values)
	if err != nil {
		return err
	}
	if err := w.saveServer(ctx, s, "added", values); err != nil {
		return err
	}
	a.printf("%s %s, %s\n", s.Name, registry.Host(s), s.Transport)
	if s.Auth == store.AuthOAuth {
		a.sayf("log in: tftsr server login %s", s.Name)
	}
	a.warnTrust(s)
	if err := registry.CheckProgram(s); err != nil {
		a.sayf("it cannot be started yet: %s", printable(err.Error()))
	}
	a.sayf("nothing of it is offered yet: tftsr server approve %s shows what there is", s.Name)
	return nil
}

// warnTrust says what a rule means that is easily written and seldom meant.
func (a *app) warnTrust(s *store.MCPServer) {
	for _, r := range s.Trust {
		if r.Type == "*" && r.Path == "*" {
			a.sayf("warning: %s gets every original that an agent names, wherever it puts it; name types and arguments instead", s.Name)
		}
	}
}

// moment is now as the store keeps it.
func moment() time.Time { return now().UTC().Truncate(time.Microsecond) }

// saveServer stores a server with new values of secrets, on the record.
func (w *workspace) saveServer(ctx context.Context, s *store.MCPServer, change string, values map[string][]byte) error {
	var rules []string
	for _, r := range s.Trust {
		rules = append(rules, r.Type+"="+strings.TrimPrefix(r.Tool+":"+r.Path, ":"))
	}
	intent := gate.Intent{Action: audit.ActionConfig, EntityType: "mcp_server", EntityID: s.Name, Details: map[string]any{
		"server_id": s.ID, "change": change, "transport": s.Transport, "auth": s.Auth, "enabled": s.Enabled, "on_sensitive": s.OnSensitive,
		"trust": strings.Join(rules, " "), "private_network": s.PrivateNetwork, "secrets": len(values),
	}}
	err := w.recorded(ctx, intent, func() error {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if _, err := w.secrets.Set(ctx, name, values[name], secrets.SetOptions{Owner: osUser()}); err != nil {
				return err
			}
		}
		return w.store.SaveServer(ctx, s)
	})
	if errors.Is(err, store.ErrConflict) {
		return usageError(fmt.Errorf("there is a server %s already", s.Name))
	}
	return err
}

// oneServer finds a server that a command names.
func oneServer(ctx context.Context, r *registry.Registry, name string) (*store.MCPServer, error) {
	s, err := r.Server(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, usageError(err)
	}
	return s, err
}
