package cli

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/store"
)

// tokenPrefix makes our tokens recognisable to scanners, our own included.
const tokenPrefix = "tftsr_"

// tokenBytes are 256 bits from the system's generator.
const tokenBytes = 32

var tokenName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

func (a *app) tokenCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make and revoke bearer tokens for tftsr http",
	}
	var attended, asJSON bool
	var expires time.Duration
	create := &cobra.Command{
		Use:   "create NAME",
		Short: "Make a token and show it once; only its hash is kept",
		Long: `Create makes a bearer token for one client of "tftsr http" and prints it, once.
The name is what the record shows as the caller.

With --attended you state that a person sits at this client: only then do its
answers to questions count as yours.`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.tokenCreate(cmd.Context(), args[0], attended, expires, asJSON)
		},
	}
	create.Flags().BoolVar(&attended, "attended", false, "a person sits at this client")
	create.Flags().DurationVar(&expires, "expires", 90*24*time.Hour, "lifetime; 0 means that it does not expire")
	create.Flags().BoolVar(&asJSON, "json", false, "as a JSON object")

	var listJSON bool
	list := &cobra.Command{
		Use:   "list",
		Short: "List tokens by name",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				tokens, err := w.store.ListTokens(ctx)
				if err != nil {
					return err
				}
				return a.printTokens(tokens, listJSON)
			})
		},
	}
	list.Flags().BoolVar(&listJSON, "json", false, "as a JSON array")

	revoke := &cobra.Command{
		Use:   "revoke NAME",
		Short: "Revoke a token; a running server refuses it within a second",
		Args:  exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				intent := gate.Intent{Action: audit.ActionTokenRevoke, EntityType: "token", EntityID: args[0]}
				err := w.recorded(ctx, intent, func() error {
					return errors.Join(w.store.RevokeToken(ctx, args[0]), w.store.Bump(ctx))
				})
				if errors.Is(err, store.ErrNotFound) {
					return withHint(fmt.Errorf("there is no token %q", args[0]), "tftsr token list shows their names")
				}
				return err
			})
		},
	}
	family(cmd)
	cmd.AddCommand(create, list, revoke)
	return cmd
}

func (a *app) tokenCreate(ctx context.Context, name string, attended bool, expires time.Duration, asJSON bool) error {
	if !tokenName.MatchString(name) {
		return usageError(fmt.Errorf("token name %q: use up to 64 letters, digits, dots, dashes and underscores", name))
	}
	if expires < 0 {
		return usageError(errors.New("--expires must not be negative"))
	}
	return a.with(ctx, func(ctx context.Context, w *workspace) error {
		raw := make([]byte, tokenBytes)
		if _, err := rand.Read(raw); err != nil {
			return err
		}
		value := tokenPrefix + base64.RawURLEncoding.EncodeToString(raw)
		t := store.Token{Name: name, Owner: osUser(), Hash: sha256.Sum256([]byte(value)), Attended: attended, CreatedAt: time.Now().UTC()}
		if expires > 0 {
			t.ExpiresAt = t.CreatedAt.Add(expires)
		}
		intent := gate.Intent{
			Action: audit.ActionTokenCreate, EntityType: "token", EntityID: name,
			Details: map[string]any{"attended": attended, "expires": expiry(t.ExpiresAt)},
		}
		err := w.recorded(ctx, intent, func() error { return w.store.CreateToken(ctx, t) })
		if errors.Is(err, store.ErrConflict) {
			return withHint(fmt.Errorf("there is a token %q already", name), "take another name, or revoke it first: tftsr token revoke "+name)
		}
		if err != nil {
			return err
		}
		if asJSON {
			return encoder(a.out).Encode(struct {
				tokenView
				Token string `json:"token"`
			}{viewToken(t), value})
		}
		a.printf("%s\n", value)
		a.sayf("this is the only time that the token of %s is shown; it %s", name, expiry(t.ExpiresAt))
		return nil
	})
}

// tokenView is the JSON form of a token, which nothing but its making shows.
type tokenView struct {
	Name      string     `json:"name"`
	Attended  bool       `json:"attended"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt *time.Time `json:"expires_at"` // null when it does not expire
}

func viewToken(t store.Token) tokenView {
	v := tokenView{Name: t.Name, Attended: t.Attended, CreatedAt: t.CreatedAt.UTC().Truncate(time.Second)}
	if !t.ExpiresAt.IsZero() {
		at := t.ExpiresAt.UTC().Truncate(time.Second)
		v.ExpiresAt = &at
	}
	return v
}

func expiry(t time.Time) string {
	if t.IsZero() {
		return "does not expire"
	}
	return "expires " + shortTime(t)
}

func (a *app) printTokens(tokens []store.Token, asJSON bool) error {
	if asJSON {
		views := []tokenView{}
		for _, t := range tokens {
			views = append(views, viewToken(t))
		}
		return encoder(a.out).Encode(views)
	}
	tw := a.table()
	for _, t := range tokens {
		kind := "unattended"
		if t.Attended {
			kind = "attended"
		}
		tw.row("%s\t%s\tcreated %s\t%s\n", t.Name, kind, shortTime(t.CreatedAt), expiry(t.ExpiresAt))
	}
	return tw.Flush()
}
