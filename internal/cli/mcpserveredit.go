package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
)

func (a *app) serverEditCmd() *cobra.Command {
	var o serverFlags
	cmd := &cobra.Command{
		Use:   "edit NAME [-- COMMAND [ARG...]]",
		Short: "Change settings of a server, or policies of its tools",
		Example: `  tftsr server edit grafana --policy query_prometheus=read --policy update_dashboard=off
  tftsr server edit grafana --trust Hostname=query_prometheus:expr --call-timeout 2m
  tftsr server edit github --new-credential`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, command, err := nameAndCommand(cmd, args)
			if err != nil {
				return err
			}
			if len(command) == 0 && cmd.Flags().NFlag() == 0 {
				return usageError(errors.New("nothing to change: name a setting, a policy or a command"))
			}
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				return a.serverEdit(ctx, w, name, command, &o, cmd.Flags())
			})
		},
	}
	f := cmd.Flags()
	o.register(f)
	f.StringSliceVar(&o.policy, "policy", nil, "`TOOL=off`, TOOL=read or TOOL=confirm; read means that you say that it only reads; * is all")
	f.StringSliceVar(&o.unsetEnv, "unset-env", nil, "`NAME` of a variable to forget, with its secret")
	f.StringSliceVar(&o.unsetHeader, "unset-header", nil, "`NAME` of a header to forget, with its secret")
	f.BoolVar(&o.untrust, "untrust", false, "trust it with nothing, before --trust")
	f.BoolVar(&o.newCredential, "new-credential", false, "ask for all secrets anew")
	return cmd
}

func (a *app) serverEdit(ctx context.Context, w *workspace, name string, command []string, o *serverFlags, f *pflag.FlagSet) error {
	r := w.gateway()
	old, err := oneServer(ctx, r, name)
	if err != nil {
		return err
	}
	policies, err := parsePolicies(o.policy)
	if err != nil {
		return usageError(err)
	}
	s := *old
	s.Env, s.Headers = maps.Clone(old.Env), maps.Clone(old.Headers)
	s.SecretEnv, s.SecretHeaders, s.Trust = slices.Clone(old.SecretEnv), slices.Clone(old.SecretHeaders), slices.Clone(old.Trust)
	var gone []string
	for _, n := range o.unsetEnv {
		delete(s.Env, n)
		s.SecretEnv = slices.DeleteFunc(s.SecretEnv, func(v string) bool { return v == n })
		gone = append(gone, registry.SecretEnv(name, n))
	}
	for _, n := range o.unsetHeader {
		delete(s.Headers, n)
		s.SecretHeaders = slices.DeleteFunc(s.SecretHeaders, func(v string) bool { return v == n })
		gone = append(gone, registry.SecretHeader(name, n))
	}
	if o.untrust {
		s.Trust = nil
	}
	if err := o.apply(f, &s, command); err != nil {
		return usageError(err)
	}
	if err := registry.Check(&s, nil); err != nil {
		return usageError(err)
	}
	if err := w.noPlainSecrets(ctx, &s, old); err != nil {
		return err
	}
	had := old
	if o.newCredential {
		had = nil
	}
	values, err := a.serverSecrets(wantedSecrets(&s, had))
	defer wipe(values)
	if err != nil {
		return err
	}
	onlyPolicy := len(policies) > 0 && f.NFlag() == 1 && len(command) == 0
	if !onlyPolicy {
		s.UpdatedAt = moment()
		if err := w.saveServer(ctx, &s, "changed", values); err != nil {
			return err
		}
		a.warnTrust(&s)
		for _, name := range gone {
			if err := w.secrets.Delete(ctx, name); err != nil && !errors.Is(err, secrets.ErrNotFound) {
				return err
			}
		}
	}
	if len(policies) == 0 {
		return nil
	}
	intent := gate.Intent{Action: audit.ActionConfig, EntityType: "mcp_server", EntityID: s.Name, Details: map[string]any{
		"server_id": s.ID, "change": "policy", "policies": strings.Join(o.policy, " "),
	}}
	err = w.recorded(ctx, intent, func() error { return r.SetPolicy(ctx, &s, policies) })
	return err
}

func parsePolicies(texts []string) (map[string]store.ToolPolicy, error) {
	out := map[string]store.ToolPolicy{}
	for _, text := range texts {
		name, policy, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--policy %q: it is TOOL=off, TOOL=read or TOOL=confirm", text)
		}
		out[name] = store.ToolPolicy(policy)
	}
	return out, nil
}

func (a *app) serverSwitchCmd(verb string, on bool) *cobra.Command {
	short := "Offer what is approved of a server again"
	if !on {
		short = "End the connection to a server and offer nothing of it"
	}
	return &cobra.Command{
		Use:   verb + " NAME",
		Short: short,
		Args:  exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				s, err := oneServer(ctx, w.gateway(), args[0])
				if err != nil || s.Enabled == on {
					return err
				}
				s.Enabled, s.UpdatedAt = on, moment()
				return w.saveServer(ctx, s, verb+"d", nil)
			})
		},
	}
}

func (a *app) serverRmCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "rm NAME",
		Short: "Forget a server: its tools, approvals, secrets and logins; the record stays",
		Args:  exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				r := w.gateway()
				s, err := oneServer(ctx, r, args[0])
				if err != nil {
					return err
				}
				intent := gate.Intent{Action: audit.ActionConfig, EntityType: "mcp_server", EntityID: s.Name, Details: map[string]any{"server_id": s.ID, "change": "removed"}}
				return w.recorded(ctx, intent, func() error { return r.Forget(ctx, s) })
			})
		},
	}
}
