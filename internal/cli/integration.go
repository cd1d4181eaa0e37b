package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/integrations/azuredevops"
	"github.com/tftsr/tftsr/integrations/confluence"
	"github.com/tftsr/tftsr/integrations/servicenow"
	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
)

// services are the outside services of this version.
func services() []integrations.Service {
	return []integrations.Service{servicenow.Service, confluence.Service, azuredevops.Service}
}

func (w *workspace) registry() *integrations.Registry {
	return integrations.NewRegistry(integrations.Options{Services: services(), Store: w.store, Secrets: w.secrets, Config: w.config})
}

func (a *app) integrationCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "integration",
		Short: "Configure ticket systems and wikis that agents may use",
		Long: `An integration is an instance of an outside service, by a name of yours. Its
credential is asked for, or read from stdin, and kept as "tftsr secret set"
keeps one. A server that runs uses a change at once; whether the tools of a
service are listed is decided at its start.

Text goes out with tokens in the place of what is sensitive, unless you trust
the instance with the originals of some types in some fields.`,
	}
	family(cmd)
	cmd.AddCommand(a.integrationAddCmd(), a.integrationListCmd(), a.integrationTestCmd(), a.integrationRmCmd())
	return cmd
}

// addOptions are the flags of integration add.
type addOptions struct {
	i             store.Integration
	named         func(flag string) bool // was it given?
	options       []string
	expires       string
	replace, keep bool
	confidential  bool
}

func (a *app) integrationAddCmd() *cobra.Command {
	var o addOptions
	cmd := &cobra.Command{
		Use:   "add SERVICE NAME",
		Short: "Add or replace an instance; its credential is asked for, or read from stdin",
		Example: `  tftsr integration add servicenow prod --url https://acme.service-now.com --username triage.bot
  tftsr integration add servicenow prod --url https://acme.service-now.com --auth oauth --client-id 0f7c…
  tftsr integration add servicenow prod --url https://acme.service-now.com --username triage.bot \
    --trust-type Hostname --trust-type IPv4 --trust-field description
  tftsr integration add azuredevops prod --url https://dev.azure.com/acme --project Payments`,
		Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.i.Service, o.i.Name, o.named = args[0], args[1], cmd.Flags().Changed
			return a.integrationAdd(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.i.BaseURL, "url", "", "base `URL` of the instance, with https://")
	f.StringVar(&o.i.Auth, "auth", "", "`way` to log in: basic, pat, api-key, oauth or client-credentials, as the service has them")
	f.StringVar(&o.i.Username, "username", "", "account, for basic")
	f.StringVar(&o.i.ClientID, "client-id", "", "`id` of the OAuth client")
	f.BoolVar(&o.confidential, "confidential", false, "the OAuth client has a secret, which is asked for")
	f.StringVar(&o.i.ProjectName, "project", "", "project `name`, for services that have projects")
	f.StringVar(&o.i.SpaceKey, "space", "", "`key` of a space, for services that have spaces")
	f.StringArrayVar(&o.options, "option", nil, "`name=value` of the service, or name= for none; docs/integrations lists them")
	f.StringSliceVar(&o.i.Categories, "category", nil, "`category` of issues that this instance is the default for; * is any other")
	f.StringSliceVar(&o.i.TrustTypes, "trust-type", nil, "`type` of values whose originals the instance gets; * is all but secrets")
	f.StringSliceVar(&o.i.TrustFields, "trust-field", nil, "`field` in which it gets them; * is all")
	f.BoolVar(&o.i.AutoCreate, "auto-create", false, "prepare a ticket for your approval when an issue of its categories opens; nothing is sent before that")
	f.StringVar(&o.expires, "expires", "", "`date` (2027-01-31) after which the credential is no longer used")
	f.BoolVar(&o.replace, "replace", false, "change the instance of that name; what is not named stays as it is")
	f.BoolVar(&o.keep, "keep-credential", false, "with --replace: leave the credential as it is")
	return cmd
}

// merged returns the instance that the flags describe. What they do not name
// stays as it is in old, which may be nil.
func (o addOptions) merged(r *integrations.Registry, old *store.Integration) (store.Integration, error) {
	i := o.i
	if old != nil {
		i = *old
		for flag, set := range map[string]func(){
			"url": func() { i.BaseURL = o.i.BaseURL }, "auth": func() { i.Auth = o.i.Auth }, "username": func() { i.Username = o.i.Username },
			"client-id": func() { i.ClientID = o.i.ClientID }, "project": func() { i.ProjectName = o.i.ProjectName }, "space": func() { i.SpaceKey = o.i.SpaceKey },
			"category": func() { i.Categories = o.i.Categories }, "auto-create": func() { i.AutoCreate = o.i.AutoCreate },
			"trust-type": func() { i.TrustTypes = o.i.TrustTypes }, "trust-field": func() { i.TrustFields = o.i.TrustFields },
		} {
			if o.named(flag) {
				set()
			}
		}
		if !o.keep {
			i.Fingerprint, i.ExpiresAt = "", time.Time{} // They are the credential's.
		}
		i.Options = maps.Clone(old.Options)
		if i.BaseURL != old.BaseURL {
			if err := r.Move(&i); err != nil {
				return i, err
			}
		}
	}
	for _, text := range o.options {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return i, errors.New("--option is name=value")
		}
		if i.Options == nil {
			i.Options = map[string]string{}
		}
		if i.Options[name] = value; value == "" && old != nil {
			delete(i.Options, name)
		}
	}
	if o.expires != "" {
		t, err := time.Parse(time.DateOnly, o.expires)
		if err != nil {
			return i, fmt.Errorf("--expires %q is not a date like 2027-01-31", o.expires)
		}
		i.ExpiresAt = t
	}
	return i, nil
}

// elsewhere reports whether tokens of the one are nothing that the other may be
// shown: they were given out by another service, to another client, or for
// something else.
func elsewhere(r *integrations.Registry, a, b *store.Integration) bool {
	if a.BaseURL != b.BaseURL || a.Auth != b.Auth || a.ClientID != b.ClientID || a.Options["scope"] != b.Options["scope"] {
		return true
	}
	was, errA := r.Endpoint(a)
	is, errB := r.Endpoint(b)
	return (errA == nil) != (errB == nil) || was.Authorize != is.Authorize || was.Token != is.Token
}

func (a *app) integrationAdd(ctx context.Context, o addOptions) error {
	return a.with(ctx, func(ctx context.Context, w *workspace) error {
		old, err := w.store.Integration(ctx, o.i.Service, o.i.Name)
		switch {
		case err == nil && !o.replace:
			return withHint(fmt.Errorf("there is an instance %s of %s already", o.i.Name, o.i.Service), "take another name, or --replace it")
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return err
		case err != nil && o.keep:
			return usageError(errors.New("--keep-credential: there is no instance yet that has one"))
		case err != nil:
			old = nil
		}
		i, err := o.merged(w.registry(), old)
		if err == nil {
			err = w.registry().Check(&i)
		}
		if err != nil {
			return usageError(err)
		}
		now := time.Now().UTC()
		i.Owner, i.UpdatedAt = osUser(), now
		if old == nil {
			i.CreatedAt = now
		} else if o.keep && old.Auth != i.Auth {
			return usageError(fmt.Errorf("--keep-credential: what is kept is for %s, not for %s", old.Auth, i.Auth))
		}
		var value []byte
		defer func() { clear(value) }()
		wanted, err := w.registry().NeedsSecret(&i)
		if err != nil {
			return usageError(err)
		}
		if !o.named("confidential") && old != nil && old.Auth == i.Auth && old.Fingerprint != "" {
			o.confidential = true // It had a secret, and nobody says that it has none now.
		}
		if (wanted || o.confidential) && !o.keep {
			if value, err = a.readSecret(integrations.SecretOf(&i)); err != nil {
				return err
			}
		}
		intent := gate.Intent{
			Action: audit.ActionConfig, EntityType: "integration", EntityID: i.Service + "/" + i.Name,
			Details: map[string]any{
				"change": "set", "auth": i.Auth, "categories": strings.Join(i.Categories, " "),
				"trust": strings.Join(i.TrustTypes, " "), "trust_fields": strings.Join(i.TrustFields, " "), "auto_create": i.AutoCreate,
			},
		}
		err = w.recorded(ctx, intent, func() error {
			if old != nil && elsewhere(w.registry(), old, &i) {
				if err := w.secrets.Delete(ctx, integrations.TokensOf(&i)); err != nil && !errors.Is(err, secrets.ErrNotFound) {
					return err
				}
			}
			if value == nil && !o.keep && old != nil { // An old secret is not for a client without one.
				if err := w.secrets.Delete(ctx, integrations.SecretOf(&i)); err != nil && !errors.Is(err, secrets.ErrNotFound) {
					return err
				}
			}
			if value != nil {
				info, err := w.secrets.Set(ctx, integrations.SecretOf(&i), value, secrets.SetOptions{Owner: osUser(), ExpiresAt: i.ExpiresAt})
				if err != nil {
					return err
				}
				i.Fingerprint = info.Fingerprint
			}
			return w.store.SaveIntegration(ctx, &i)
		})
		if errors.Is(err, store.ErrConflict) {
			return usageError(fmt.Errorf("another instance of %s is the default for one of these categories: %s", i.Service, strings.Join(i.Categories, ", ")))
		}
		if err != nil {
			return err
		}
		a.printf("%s/%s %s, %s\n", i.Service, i.Name, i.BaseURL, i.Auth)
		if old != nil && len(i.TrustTypes) > 0 {
			a.sayf("it is trusted with %s in %s", strings.Join(i.TrustTypes, ","), strings.Join(i.TrustFields, ","))
		}
		if i.Auth == integrations.AuthCode && (old == nil || elsewhere(w.registry(), old, &i)) {
			a.sayf("log in now: tftsr login %s %s", i.Service, i.Name)
		}
		a.sayf("a host lists the tools of %s after its next start; test it now: tftsr integration test %s %s", i.Service, i.Service, i.Name)
		return nil
	})
}

func (a *app) integrationTestCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "test SERVICE [NAME]",
		Short: "Check that an instance answers and accepts the login",
		Args:  between(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				r := w.registry()
				s, i, err := pick(ctx, r, args)
				if err != nil {
					return err
				}
				intent := gate.Intent{Action: audit.ActionExternalRead, EntityType: "integration", EntityID: i.Service + "/" + i.Name}
				return w.recorded(ctx, intent, func() error {
					if err := w.settle(ctx, r, i); err != nil {
						return serviceError(err)
					}
					c, err := r.Client(ctx, i)
					if err != nil {
						return serviceError(err)
					}
					who, err := s.Test(ctx, c)
					if err != nil {
						return serviceError(err)
					}
					a.printf("%s/%s answers and accepts %s\n", i.Service, i.Name, printable(who))
					return nil
				})
			})
		},
	}
}

// settle keeps what the service tells of its settings.
func (w *workspace) settle(ctx context.Context, r *integrations.Registry, i *store.Integration) error {
	changed, err := r.Settle(ctx, i)
	if err != nil || !changed {
		return err
	}
	i.UpdatedAt = now().UTC()
	return w.store.SaveIntegration(ctx, i)
}

// pick finds the service and the instance that the arguments name.
func pick(ctx context.Context, r *integrations.Registry, args []string) (integrations.Service, *store.Integration, error) {
	s, err := r.Service(args[0])
	if err != nil {
		return s, nil, usageError(err)
	}
	name := ""
	if len(args) > 1 {
		name = args[1]
	}
	i, err := r.Pick(ctx, s.Name, name, "")
	if errors.Is(err, integrations.ErrInstance) {
		return s, nil, usageError(err)
	}
	return s, i, err
}

// serviceError adds what a service says: a person at a terminal may read it.
func serviceError(err error) error {
	var e *integrations.Error
	if errors.As(err, &e) && e.Reason != "" {
		return fmt.Errorf("%w; it says: %s", err, printable(e.Reason))
	}
	return err
}

func (a *app) integrationRmCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "rm SERVICE NAME",
		Short: "Forget an instance and its credential; what was filed there stays",
		Args:  exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				i, err := w.store.Integration(ctx, args[0], args[1])
				if errors.Is(err, store.ErrNotFound) {
					return withHint(fmt.Errorf("there is no instance %s of %s", printable(args[1]), printable(args[0])), "tftsr integration list shows them")
				}
				if err != nil {
					return err
				}
				intent := gate.Intent{Action: audit.ActionConfig, EntityType: "integration", EntityID: i.Service + "/" + i.Name, Details: map[string]any{"change": "removed"}}
				return w.recorded(ctx, intent, func() error {
					for _, name := range []string{integrations.SecretOf(i), integrations.TokensOf(i)} {
						if err := w.secrets.Delete(ctx, name); err != nil && !errors.Is(err, secrets.ErrNotFound) {
							return err
						}
					}
					return w.store.DeleteIntegration(ctx, i.Service, i.Name)
				})
			})
		},
	}
}
