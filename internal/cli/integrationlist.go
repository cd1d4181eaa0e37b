package cli

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/store"
)

// integrationView is the JSON form of an instance.
type integrationView struct {
	Service     string            `json:"service"`
	Name        string            `json:"name"`
	URL         string            `json:"base_url"`
	Auth        string            `json:"auth"`
	Username    string            `json:"username,omitempty"`
	Project     string            `json:"project_name,omitempty"`
	Space       string            `json:"space_key,omitempty"`
	Options     map[string]string `json:"options,omitempty"`
	Categories  []string          `json:"categories"`
	TrustTypes  []string          `json:"trust_types"`
	TrustFields []string          `json:"trust_fields"`
	AutoCreate  bool              `json:"auto_create_enabled"`
	Fingerprint string            `json:"fingerprint,omitempty"`
	ExpiresAt   *time.Time        `json:"expires_at"` // null when it does not expire
}

func viewIntegration(i *store.Integration) integrationView {
	v := integrationView{
		i.Service, i.Name, i.BaseURL, i.Auth, i.Username, i.ProjectName, i.SpaceKey, i.Options, listOf(i.Categories), listOf(i.TrustTypes), listOf(i.TrustFields),
		i.AutoCreate, i.Fingerprint, nil,
	}
	if !i.ExpiresAt.IsZero() {
		v.ExpiresAt = &i.ExpiresAt
	}
	return v
}

func (a *app) integrationListCmd() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List instances, never their credentials",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				list, err := w.store.ListIntegrations(ctx, "")
				if err != nil {
					return err
				}
				views := []integrationView{}
				for n := range list {
					views = append(views, viewIntegration(&list[n]))
				}
				if asJSON {
					return encoder(a.out).Encode(views)
				}
				tw := a.table()
				for _, v := range views {
					trust := "untrusted"
					if len(v.TrustTypes) > 0 {
						trust = "trusted with " + strings.Join(v.TrustTypes, ",") + " in " + strings.Join(v.TrustFields, ",")
					}
					if v.AutoCreate {
						trust += ", prepares tickets"
					}
					tw.row("%s\t%s\t%s\t%s\t%s\t%s\n", v.Service, v.Name, v.URL, v.Auth, cmp.Or(strings.Join(v.Categories, ","), "-"), trust)
				}
				return tw.Flush()
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as a JSON array")
	return cmd
}
