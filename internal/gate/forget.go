package gate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

// retentionEvery is how often a running process looks for originals that are
// past the retention, and retentionFirst how long after its start.
const (
	retentionEvery = time.Hour
	retentionFirst = 2 * time.Second
)

// ForgetRequest names what is to be forgotten: one of an issue, values, and an
// age.
type ForgetRequest struct {
	// IssueID names all values that occur in an issue, and its digest key.
	IssueID string
	// KeepShared leaves out values of the issue that occur in other issues too.
	KeepShared bool
	// Tokens and Values name values by token ("[Email_3]") and by what they are.
	Tokens []string
	Values [][]byte
	// OlderThan names all values that were not seen for so long.
	OlderThan time.Duration
}

// what names the kind of request in the record.
func (r *ForgetRequest) what() (string, error) {
	kinds := []string{}
	if r.IssueID != "" {
		kinds = append(kinds, "issue")
	}
	if len(r.Tokens)+len(r.Values) > 0 {
		kinds = append(kinds, "values")
	}
	if r.OlderThan > 0 {
		kinds = append(kinds, "age")
	}
	if len(kinds) != 1 || r.OlderThan < 0 {
		return "", errors.New("forget: name an issue, values, or an age, one of them")
	}
	return kinds[0], nil
}

// ErrNothingToForget: no value of the vault is meant.
var ErrNothingToForget = errors.New("the vault has no such value")

// Forget removes originals from the vault for good. The pseudonyms stay in all
// texts, and a value that was forgotten is still recognised and gets its token
// again; nothing can restore it any more. The caller must be at a terminal.
// That and how much was forgotten is on the record, with the digest of the
// list of tokens.
func (g *Gate) Forget(ctx context.Context, req ForgetRequest) (*store.Forgotten, error) {
	if _, err := terminal(ctx); err != nil {
		return nil, err
	}
	what, err := req.what()
	if err != nil {
		return nil, err
	}
	f := store.ForgetRequest{At: g.opts.Now().UTC()}
	switch what {
	case "issue":
		f.IssueID = req.IssueID
		if f.Tokens, err = g.tokensOfIssue(ctx, req.IssueID, req.KeepShared); err != nil {
			return nil, err
		}
	case "values":
		if err := g.nameValues(ctx, &f, req); err != nil {
			return nil, err
		}
	case "age":
		f.NotSeenSince = f.At.Add(-req.OlderThan)
	}
	return g.forget(ctx, what, f)
}

// tokensOfIssue returns the tokens that occur in an issue, those that others
// have too left out if keepShared says so.
func (g *Gate) tokensOfIssue(ctx context.Context, id string, keepShared bool) ([]pii.Token, error) {
	tokens, err := g.opts.Store.IssueTokens(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("forget: %w", err)
	}
	if !keepShared {
		return tokens, nil
	}
	elsewhere := map[pii.Token]bool{}
	f := store.IssueFilter{Limit: 200}
	for {
		issues, next, err := g.opts.Store.ListIssues(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("forget: %w", err)
		}
		for _, i := range issues {
			if i.ID == id {
				continue
			}
			others, err := g.opts.Store.IssueTokens(ctx, i.ID)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, fmt.Errorf("forget: %w", err)
			}
			for _, t := range others {
				t.Variant = 0
				elsewhere[t] = true
			}
		}
		if f.Cursor = next; next == "" {
			break
		}
	}
	return slices.DeleteFunc(tokens, func(t pii.Token) bool {
		t.Variant = 0
		return elsewhere[t]
	}), nil
}

// nameValues finds what a person named by token or by value. A value is of any
// type, in any spelling.
func (g *Gate) nameValues(ctx context.Context, f *store.ForgetRequest, req ForgetRequest) error {
	for _, text := range req.Tokens {
		tok, n, ok := pii.ParseToken([]byte(text))
		if !ok || n != len(text) {
			return errors.New("forget: not a token; tokens have the form [Email_3]")
		}
		if tok.Type().Class() == pii.ClassSecret {
			return fmt.Errorf("forget %s: of a secret there is no original: nothing ever kept it", tok)
		}
		if _, err := g.opts.Store.Spelling(ctx, tok); err != nil {
			return fmt.Errorf("forget %s: %w", tok, err)
		}
		f.Tokens = append(f.Tokens, tok)
	}
	for _, value := range req.Values {
		f.Spellings = append(f.Spellings, g.vault.known.Fingerprint(value))
		for _, t := range pii.Types() {
			f.Identities = append(f.Identities, g.vault.identity(t, value))
		}
	}
	return nil
}

// forget does it between an intent and its outcome.
func (g *Gate) forget(ctx context.Context, what string, f store.ForgetRequest) (*store.Forgotten, error) {
	in := Intent{Action: audit.ActionForget, EntityType: what, EntityID: f.IssueID, Details: map[string]any{}}
	if !f.NotSeenSince.IsZero() {
		in.Details["not_seen_since"] = f.NotSeenSince.Format(time.RFC3339)
	}
	call, err := g.Begin(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("forget: nothing was forgotten: %w", err)
	}
	done, err := g.opts.Store.Forget(ctx, f)
	out := Outcome{Status: "ok"}
	if done != nil {
		out.Details = forgottenDetails(done)
	}
	switch {
	case err != nil:
		out.Status = "error"
	case what == "values" && len(done.Tokens)+done.Before == 0:
		out.Status, err = "error", ErrNothingToForget
	}
	return done, errors.Join(err, call.End(ctx, out))
}

// forgottenDetails describes for the record what was forgotten: how much, and
// the SHA-256 over the tokens, sorted, each with a line feed.
func forgottenDetails(f *store.Forgotten) map[string]any {
	counts := map[string]int{}
	for t, n := range f.Counts {
		counts[t.String()] = n
	}
	list := make([]string, len(f.Tokens))
	for i, t := range f.Tokens {
		list[i] = t.String() + "\n"
	}
	slices.Sort(list)
	sum := sha256.Sum256([]byte(strings.Join(list, "")))
	return map[string]any{
		"counts": counts, "values": len(f.Tokens), "tokens_sha256": hex.EncodeToString(sum[:]),
		"digest_keys": f.DigestKeys, "purged": f.Purged,
	}
}

// Retain forgets by itself, now and then, what is past the retention of the
// configuration. It returns when ctx ends.
func (g *Gate) Retain(ctx context.Context) {
	keep := g.opts.Config.Vault.Retention
	if keep <= 0 {
		return
	}
	ctx = WithCaller(ctx, system)
	for wait := retentionFirst; ; wait = retentionEvery {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		if err := g.retain(ctx, keep); err != nil && ctx.Err() == nil {
			g.opts.Logger.WarnContext(ctx, "originals past their retention could not be forgotten", "error", err)
		}
	}
}

// retain forgets what was not seen for keep. Where there is nothing it leaves
// no entry.
func (g *Gate) retain(ctx context.Context, keep time.Duration) error {
	now := g.opts.Now().UTC()
	due, err := g.opts.Store.Forgettable(ctx, now.Add(-keep))
	if err != nil || !due {
		return err
	}
	_, err = g.forget(ctx, "retention", store.ForgetRequest{NotSeenSince: now.Add(-keep), At: now})
	return err
}
