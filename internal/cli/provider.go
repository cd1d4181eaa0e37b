package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/providers"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/tools"
)

func (w *workspace) providers() *providers.Registry {
	return providers.NewRegistry(providers.Options{Store: w.store, Secrets: w.secrets, Config: w.config})
}

func (w *workspace) sender() *providers.Sender {
	r := w.providers()
	return &providers.Sender{
		Gate: w.gate, Store: w.store, Now: now,
		Open: func(ctx context.Context, name string) (providers.Provider, error) { return r.Open(ctx, name) },
	}
}

// askProviders lets tools ask AI providers.
func (w *workspace) askProviders(d *tools.Deps) {
	d.Providers = w.sender()
	d.Proposers = tools.ProposersOf(d.Providers)
}

func (a *app) providerCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "provider",
		Short: "Configure AI providers that may be asked about issues",
		Long: `A provider is an AI model that this program may ask itself, by a name of yours:
one that a vendor runs, or one on this machine. Its key is asked for, or read
from stdin, and kept as "tftsr secret set" keeps one. Only redacted text goes to
it, and a log only after "tftsr review". A server that runs uses a change at
once; whether the tools for providers are listed is decided at its start.`,
	}
	family(cmd)
	cmd.AddCommand(a.providerAddCmd(), a.providerListCmd(), a.providerTestCmd(), a.providerRmCmd(), a.providerBudgetCmd())
	return cmd
}

type providerOptions struct {
	p              store.Provider
	options        []string
	expires        string
	replace        bool
	keepKey, noKey bool
	key            bool
}

func (a *app) providerAddCmd() *cobra.Command {
	var o providerOptions
	var doc strings.Builder
	for _, d := range providers.OptionDocs() {
		fmt.Fprintf(&doc, "\n  %-21s %s", d[0], fold(d[1], 24))
	}
	cmd := &cobra.Command{
		Use:   "add KIND NAME",
		Short: "Add or replace a provider; its key is asked for, or read from stdin",
		Long: fold("The kinds are "+strings.Join(providers.VendorNames(), ", ")+".", 0) + `
Ollama, LM Studio and vLLM have no key unless --key says so; a custom one has
none with --no-key.

Options, given as --option name=value, which every kind knows:
` + doc.String(),
		Example: `  tftsr provider add openai gpt --model gpt-5.2
  tftsr provider add azure work --url https://acme.openai.azure.com --model triage-gpt
  tftsr provider add litellm bedrock --url https://litellm.acme.example/v1 --model bedrock/anthropic.claude-sonnet-4
  tftsr provider add ollama local --model qwen3:8b
  tftsr provider add msi_genai msi --url production --model Claude-Sonnet-4
  tftsr provider add custom ours --url https://llm.acme.example --model m \
    --option custom_endpoint_path=/invoke --option custom_auth_header=X-Acme-Key --option custom_auth_prefix=`,
		Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.p.Kind, o.p.Name = args[0], args[1]
			return a.providerAdd(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.p.BaseURL, "url", "", "base `URL`; the vendor's own unless given")
	f.StringVar(&o.p.Model, "model", "", "`name` of the model, or of the deployment at Azure")
	f.StringArrayVar(&o.options, "option", nil, "`name=value`, any number of times")
	f.StringSliceVar(&o.p.Fallback, "fallback", nil, "`name` of a provider to ask when this one cannot answer, in order")
	f.BoolVar(&o.p.Default, "default", false, "use it where no provider is named")
	f.StringVar(&o.expires, "expires", "", "`date` (2027-01-31) after which the key is no longer used")
	f.BoolVar(&o.replace, "replace", false, "replace the provider of that name")
	f.BoolVar(&o.keepKey, "keep-key", false, "with --replace: leave the key as it is")
	f.BoolVar(&o.noKey, "no-key", false, "it has no key")
	f.BoolVar(&o.key, "key", false, "it has a key, although its kind mostly has none")
	return cmd
}

func (a *app) providerAdd(ctx context.Context, o providerOptions) error {
	for _, text := range o.options {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return usageError(errors.New("--option is name=value"))
		}
		if o.p.Options == nil {
			o.p.Options = map[string]string{}
		}
		o.p.Options[name] = value
	}
	if o.expires != "" {
		t, err := time.Parse(time.DateOnly, o.expires)
		if err != nil {
			return usageError(fmt.Errorf("--expires %q is not a date like 2027-01-31", o.expires))
		}
		o.p.ExpiresAt = t
	}
	p := o.p
	if err := providers.Check(&p); err != nil {
		return usageError(err)
	}
	if o.noKey && providers.NeedsKey(&p) {
		return usageError(fmt.Errorf("%s cannot do without a key", p.Kind))
	}
	o.noKey = o.noKey || !o.key && providers.Local(&p)
	return a.with(ctx, func(ctx context.Context, w *workspace) error {
		at := time.Now().UTC()
		p.Owner, p.CreatedAt, p.UpdatedAt = osUser(), at, at
		old, err := w.store.Provider(ctx, p.Name)
		switch {
		case err == nil && !o.replace:
			return withHint(fmt.Errorf("there is a provider %s already", p.Name), "take another name, or --replace it")
		case err == nil:
			p.CreatedAt = old.CreatedAt
			p.Default = p.Default || old.Default
		case !errors.Is(err, store.ErrNotFound):
			return err
		case o.keepKey:
			return usageError(errors.New("--keep-key: there is no provider yet that has one"))
		}
		for _, name := range p.Fallback {
			if _, err := w.store.Provider(ctx, name); errors.Is(err, store.ErrNotFound) {
				return usageError(fmt.Errorf("--fallback: there is no provider %s", printable(name)))
			} else if err != nil {
				return err
			}
		}
		var value []byte
		defer func() { clear(value) }()
		switch {
		case o.keepKey:
			p.Fingerprint = old.Fingerprint
			if p.ExpiresAt.IsZero() {
				p.ExpiresAt = old.ExpiresAt
			}
		case !o.noKey:
			if value, err = a.readSecret(providers.SecretOf(p.Name)); err != nil {
				return err
			}
		}
		intent := gate.Intent{
			Action: audit.ActionConfig, EntityType: "provider", EntityID: p.Name,
			Details: map[string]any{"change": "set", "kind": p.Kind, "model": p.Model, "fallback": strings.Join(p.Fallback, " ")},
		}
		err = w.recorded(ctx, intent, func() error {
			if value != nil {
				info, err := w.secrets.Set(ctx, providers.SecretOf(p.Name), value, secrets.SetOptions{Owner: osUser(), ExpiresAt: p.ExpiresAt})
				if err != nil {
					return err
				}
				p.Fingerprint = info.Fingerprint
			} else if o.noKey {
				if err := w.secrets.Delete(ctx, providers.SecretOf(p.Name)); err != nil && !errors.Is(err, secrets.ErrNotFound) {
					return err
				}
			}
			return w.store.SaveProvider(ctx, &p)
		})
		if err != nil {
			return err
		}
		a.printf("%s %s %s, %s\n", p.Name, p.Kind, p.BaseURL, p.Model)
		a.sayf("a host lists the tools for providers after its next start; test it now: tftsr provider test %s", p.Name)
		return nil
	})
}

// providerView is the JSON form of a provider.
type providerView struct {
	Name        string            `json:"name"`
	Kind        string            `json:"kind"`
	URL         string            `json:"base_url"`
	Model       string            `json:"model"`
	Default     bool              `json:"default"`
	Options     map[string]string `json:"options,omitempty"`
	Fallback    []string          `json:"fallback"`
	Fingerprint string            `json:"fingerprint,omitempty"`
	ExpiresAt   *time.Time        `json:"expires_at"` // null when it does not expire
}

func viewProvider(p *store.Provider) providerView {
	v := providerView{p.Name, p.Kind, p.BaseURL, p.Model, p.Default, p.Options, listOf(p.Fallback), p.Fingerprint, nil}
	if !p.ExpiresAt.IsZero() {
		v.ExpiresAt = &p.ExpiresAt
	}
	return v
}

func (a *app) providerListCmd() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List providers, never their keys",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				list, err := w.store.ListProviders(ctx)
				if err != nil {
					return err
				}
				views := []providerView{}
				for n := range list {
					views = append(views, viewProvider(&list[n]))
				}
				if asJSON {
					return encoder(a.out).Encode(views)
				}
				if len(views) == 0 {
					a.sayf("none is configured; tftsr provider add KIND NAME does that")
					return nil
				}
				tw := a.table()
				for _, v := range views {
					mark := "-"
					if v.Default {
						mark = "default"
					}
					key := "no key"
					if v.Fingerprint != "" {
						key = "key " + v.Fingerprint
					}
					tw.row("%s\t%s\t%s\t%s\t%s\t%s\t%s\n", v.Name, v.Kind, v.URL, v.Model, mark, key, cmp.Or(strings.Join(v.Fallback, ","), "-"))
				}
				return tw.Flush()
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as a JSON array")
	return cmd
}

func (a *app) providerTestCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "test [NAME]",
		Short: "Check that a provider answers, takes the key and has the model; the default one unless named",
		Args:  between(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := ""
			if len(args) > 0 {
				name = args[0]
			}
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				s := w.sender()
				res, err := s.Test(ctx, name)
				if errors.Is(err, providers.ErrProvider) {
					return usageError(err)
				}
				if err != nil {
					return providerError(ctx, s, err)
				}
				a.printf("%s answers as %s in %s: %s\n", res.Provider, printable(res.Model), res.Took.Round(time.Millisecond), printable(res.Text))
				if len(res.Models) > 0 {
					a.sayf("it offers: %s", printable(strings.Join(res.Models, ", ")))
				}
				return nil
			})
		},
	}
}

// providerError adds what a provider says.
func providerError(ctx context.Context, s *providers.Sender, err error) error {
	text, clearErr := s.Explain(ctx, err)
	if clearErr != nil {
		return clearErr
	}
	return &explained{printable(text), err}
}

// explained is an error in other words.
type explained struct {
	text string
	err  error
}

func (e *explained) Error() string { return e.text }
func (e *explained) Unwrap() error { return e.err }

func (a *app) providerRmCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "rm NAME",
		Short: "Forget a provider and its key; what was said with it stays",
		Args:  exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				p, err := w.store.Provider(ctx, args[0])
				if errors.Is(err, store.ErrNotFound) {
					return withHint(fmt.Errorf("there is no provider %s", printable(args[0])), "tftsr provider list shows them")
				}
				if err != nil {
					return err
				}
				intent := gate.Intent{Action: audit.ActionConfig, EntityType: "provider", EntityID: p.Name, Details: map[string]any{"change": "removed"}}
				return w.recorded(ctx, intent, func() error {
					if err := w.secrets.Delete(ctx, providers.SecretOf(p.Name)); err != nil && !errors.Is(err, secrets.ErrNotFound) {
						return err
					}
					return w.store.DeleteProvider(ctx, p.Name)
				})
			})
		},
	}
}

func (a *app) providerBudgetCmd() *cobra.Command {
	var usd float64
	var tokens int64
	cmd := &cobra.Command{
		Use:   "budget [issue|day]",
		Short: "Show what may be spent and what was today, or limit it per issue or day",
		Long: `Without arguments it shows the budgets and what was spent today (UTC). With
issue or day it sets that budget; a limit of 0 is none. A budget in dollars
needs the options price_in and price_out of every provider that is not on this
machine.`,
		Example: `  tftsr provider budget day --usd 5
  tftsr provider budget issue --tokens 200000`,
		Args: between(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				if len(args) == 0 {
					return a.showBudgets(ctx, w)
				}
				b := store.Budget{Scope: args[0], Owner: osUser(), MicroUSD: int64(usd * 1e6), Tokens: tokens}
				switch {
				case b.Scope != store.BudgetIssue && b.Scope != store.BudgetDay:
					return usageError(errors.New("a budget is of an issue or of a day"))
				case !cmd.Flags().Changed("usd") && !cmd.Flags().Changed("tokens"):
					return usageError(errors.New("give --usd, --tokens or both; 0 is no limit"))
				case !(usd >= 0 && usd <= 1e6) || tokens < 0:
					return usageError(errors.New("a limit is a number from 0 to a million dollars, or of tokens"))
				}
				intent := gate.Intent{Action: audit.ActionConfig, EntityType: "budget", EntityID: b.Scope, Details: map[string]any{"change": "set", "micro_usd": b.MicroUSD, "tokens": b.Tokens}}
				return w.recorded(ctx, intent, func() error { return w.store.SetBudget(ctx, b) })
			})
		},
	}
	cmd.Flags().Float64Var(&usd, "usd", 0, "limit in `dollars`")
	cmd.Flags().Int64Var(&tokens, "tokens", 0, "limit in `tokens`, in and out together")
	return cmd
}

func (a *app) showBudgets(ctx context.Context, w *workspace) error {
	limits, err := w.store.Budgets(ctx)
	if err != nil {
		return err
	}
	for _, b := range limits {
		a.printf("each %s: %s\n", b.Scope, b.Limits())
	}
	if len(limits) == 0 {
		a.printf("no budget is set\n")
	}
	s, err := w.store.Spent(ctx, now().UTC().Format(time.DateOnly), "")
	if err != nil {
		return err
	}
	a.printf("today: %d calls, %d tokens in, %d out, $%.4f\n", s.Calls, s.Input, s.Output, float64(s.MicroUSD)/1e6)
	return nil
}
