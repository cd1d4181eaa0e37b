package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/client/pins"
	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/store"
)

// serverView is the JSON form of a server. It has names of secrets only.
type serverView struct {
	Name           string            `json:"name"`
	ID             string            `json:"id"`
	Enabled        bool              `json:"enabled"`
	Transport      string            `json:"transport"`
	Command        []string          `json:"command,omitempty"`
	Dir            string            `json:"dir,omitempty"`
	URL            string            `json:"url,omitempty"`
	Auth           string            `json:"auth"`
	AuthHeader     string            `json:"auth_header,omitempty"`
	ClientID       string            `json:"client_id,omitempty"`
	Scopes         []string          `json:"scopes,omitempty"`
	Env            map[string]string `json:"env,omitempty"`
	SecretEnv      []string          `json:"secret_env,omitempty"`
	Headers        map[string]string `json:"headers,omitempty"`
	SecretHeaders  []string          `json:"secret_headers,omitempty"`
	Trust          []store.TrustRule `json:"trust"`
	OnSensitive    string            `json:"on_sensitive"`
	PrivateNetwork bool              `json:"private_network"`
	ConnectTimeout string            `json:"connect_timeout,omitempty"`
	CallTimeout    string            `json:"call_timeout,omitempty"`
	MaxBytes       int64             `json:"max_bytes,omitempty"`
	MaxCalls       int               `json:"max_calls,omitempty"`
	Status         string            `json:"status"`
	LastError      string            `json:"last_error,omitempty"`
	Protocol       string            `json:"protocol,omitempty"`
	DiscoveredAt   string            `json:"discovered_at,omitempty"`
	Approved       int               `json:"approved"`
	Waiting        int               `json:"waiting"`
	Things         []thingView       `json:"things,omitempty"`
}

// thingView is the JSON form of what a server offers.
type thingView struct {
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	Alias    string `json:"alias,omitempty"`
	State    string `json:"state"`
	Policy   string `json:"policy,omitempty"`
	ReadOnly bool   `json:"says_read_only,omitempty"`
	Digest   string `json:"digest"`
}

func viewServer(s *store.MCPServer, all []store.Pin) serverView {
	v := serverView{
		Name: s.Name, ID: s.ID, Enabled: s.Enabled, Transport: s.Transport, Command: s.Command, Dir: s.Dir, URL: s.URL, Auth: s.Auth, AuthHeader: s.AuthHeader,
		ClientID: s.ClientID, Scopes: s.Scopes, Env: s.Env, SecretEnv: s.SecretEnv, Headers: s.Headers, SecretHeaders: s.SecretHeaders, Trust: listOf(s.Trust),
		OnSensitive: s.OnSensitive, PrivateNetwork: s.PrivateNetwork, ConnectTimeout: timeSpan(s.ConnectTimeout), CallTimeout: timeSpan(s.CallTimeout),
		MaxBytes: s.MaxBytes, MaxCalls: s.MaxCalls, Status: string(s.Health.Status), LastError: s.Health.LastError, Protocol: s.Health.Protocol,
	}
	if !s.Health.DiscoveredAt.IsZero() {
		v.DiscoveredAt = shortTime(s.Health.DiscoveredAt)
	}
	for i := range all {
		switch all[i].State {
		case store.PinApproved:
			v.Approved++
		case store.PinPending, store.PinChanged:
			v.Waiting++
		}
	}
	return v
}

func timeSpan(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func (a *app) serverListCmd() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List servers, and how each was when it was last seen",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				list, err := w.store.ListServers(ctx)
				if err != nil {
					return err
				}
				all, err := w.store.Pins(ctx, "")
				if err != nil {
					return err
				}
				views := []serverView{}
				for i := range list {
					views = append(views, viewServer(&list[i], all[list[i].ID]))
				}
				if asJSON {
					return encoder(a.out).Encode(views)
				}
				tw := a.table()
				for i, v := range views {
					status := v.Status
					if !v.Enabled {
						status = "disabled"
					}
					waiting := ""
					if v.Waiting > 0 {
						waiting = fmt.Sprintf(", %d to approve", v.Waiting)
					}
					tw.row("%s\t%s\t%s\t%s\t%d offered%s\n", v.Name, v.Transport, printable(registry.Host(&list[i])), status, v.Approved, waiting)
				}
				return tw.Flush()
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as a JSON array")
	return cmd
}

func (a *app) serverShowCmd() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show the settings of a server and what it offers, never its secrets",
		Args:  exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				r := w.gateway()
				s, err := oneServer(ctx, r, args[0])
				if err != nil {
					return err
				}
				all, err := r.Pins(ctx, s)
				if err != nil {
					return err
				}
				v := viewServer(s, all)
				for i := range all {
					p := &all[i]
					state := string(p.State)
					if p.State == store.PinApproved && pins.Verify(p) != nil {
						state = "corrupt"
					}
					v.Things = append(v.Things, thingView{string(p.Kind), p.Name, p.Alias, state, string(p.Policy), p.Kind == store.PinTool && registry.ReadOnly(p), p.SeenDigest})
				}
				if asJSON {
					return encoder(a.out).Encode(v)
				}
				return a.printServer(&v)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as a JSON object")
	return cmd
}

func (a *app) printServer(v *serverView) error {
	tw := a.table()
	row := func(name string, value any) {
		if text := fmt.Sprint(value); text != "" {
			tw.row("%s\t%s\n", name, printable(text))
		}
	}
	row("name", v.Name)
	row("enabled", v.Enabled)
	row("status", v.Status)
	row("last error", v.LastError)
	row("protocol", v.Protocol)
	row("discovered", v.DiscoveredAt)
	row("command", strings.Join(v.Command, " "))
	row("folder", v.Dir)
	row("address", v.URL)
	row("transport", v.Transport)
	row("auth", v.Auth)
	row("environment", pairs(v.Env, v.SecretEnv))
	row("headers", pairs(v.Headers, v.SecretHeaders))
	for _, rule := range v.Trust {
		where := "all its tools"
		if rule.Tool != "" {
			where = rule.Tool
		}
		row("trusted with", fmt.Sprintf("%s in %s of %s", rule.Type, rule.Path, where))
	}
	row("other values", map[string]string{store.SensitiveRedact: "go as tokens", store.SensitiveRefuse: "are refused"}[v.OnSensitive])
	for _, t := range v.Things {
		line := t.State
		if t.Policy != "" {
			line += ", " + t.Policy
		}
		if t.Alias != "" && (t.Kind == string(store.PinTool) || t.Kind == string(store.PinPrompt)) {
			line += ", " + t.Alias
		}
		if t.ReadOnly && t.Policy == string(store.ToolConfirm) {
			line += ", says that it only reads"
		}
		row(t.Kind+" "+pins.Visible(t.Name), line)
	}
	return tw.Flush()
}

// pairs shows plain values, and of secrets that there are some.
func pairs(plain map[string]string, secret []string) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(plain)) {
		out = append(out, name+"="+plain[name])
	}
	for _, name := range secret {
		out = append(out, name+"=(secret)")
	}
	return strings.Join(out, " ")
}

func (a *app) serverDiscoverCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "discover NAME",
		Short: "Connect to a server and see what it offers; nothing is approved by that",
		Args:  exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				r := w.gateway()
				s, err := oneServer(ctx, r, args[0])
				if err != nil {
					return err
				}
				if err := w.look(ctx, r, s); err != nil {
					return err
				}
				all, err := r.Pins(ctx, s)
				if err != nil {
					return err
				}
				v := viewServer(s, all)
				a.printf("%s is %s: %d offered, %d to approve\n", s.Name, s.Health.Status, v.Approved, v.Waiting)
				if v.Waiting > 0 {
					a.sayf("look at them: tftsr server approve %s", s.Name)
				}
				return nil
			})
		},
	}
}

// look connects to a server, on the record, and says why that fails.
func (w *workspace) look(ctx context.Context, r *registry.Registry, s *store.MCPServer) error {
	intent := gate.Intent{Action: audit.ActionExternalRead, EntityType: "mcp_server", EntityID: s.Name, Details: map[string]any{"server_id": s.ID}}
	return w.recorded(ctx, intent, func() error {
		health, err := r.Look(ctx, s)
		if err != nil {
			return err
		}
		s.Health = health
		switch health.Status {
		case store.ServerNeedsAuth:
			return withHint(fmt.Errorf("%s wants a login", s.Name), "tftsr server login "+s.Name)
		case store.ServerUnreachable, store.ServerError:
			return fmt.Errorf("%s: %s", s.Name, printable(health.LastError))
		}
		return nil
	})
}
