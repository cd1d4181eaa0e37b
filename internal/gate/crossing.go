package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/pii"
)

// maxCrossing is how many distinct originals one exchange may restore. What
// comes back is searched for each of them.
const maxCrossing = 200

// Crossing is one exchange with a destination outside, on behalf of one
// caller: what goes out is cleared for it, what comes back is cleared for the
// host. A destination that its owner trusts gets originals in the place of
// tokens; what comes back is then also searched for those, in the forms that
// a service may give them. A Crossing is safe for concurrent use.
type Crossing struct {
	g       *Gate
	caller  Caller
	dest    Destination
	trust   Trust
	issueID string

	mu       sync.Mutex
	restored map[pii.Token][]byte
	sent     map[pii.Token]bool // tokens that went out as such
}

// Cross begins an exchange with d for the caller of ctx. issueID, which may be
// empty, names the issue whose digest key the record uses for bytes that hold
// originals. A destination "ai:…" is never trusted.
func (g *Gate) Cross(ctx context.Context, d Destination, trust Trust, issueID string) (*Crossing, error) {
	caller, ok := CallerFrom(ctx)
	if !ok {
		return nil, ErrNoCaller
	}
	if d == "" {
		return nil, errors.New("cross: no destination named")
	}
	return &Crossing{g: g, caller: caller, dest: d, trust: trust, issueID: issueID, restored: map[pii.Token][]byte{}}, nil
}

// Destination is where the exchange goes.
func (x *Crossing) Destination() Destination { return x.dest }

// Outgoing is a text that was cleared for the destination of a [Crossing].
type Outgoing struct {
	Body    Cleared // the exact bytes, with originals where the destination is trusted
	Preview string  // the same with tokens in their place, for a person in a host
	// Digest is what approvals and the record know the bytes by: their hex
	// SHA-256; or, when they hold originals or a kept text, which somebody could
	// guess at, an HMAC-SHA256 under the key of the issue. Keyed says which.
	Digest   string
	Keyed    bool
	Restored Counts // originals, by type
	Tokens   Counts // that go in the place of values, by type

	kept bool // it holds text of the destination's own: see [Shape]
}

// JSON clears v, encoded as JSON, for the destination. A field is trusted by
// its name, in nested objects by the names on the way to it with dots between;
// lists have no name. The same v gives the same bytes.
func (x *Crossing) JSON(ctx context.Context, v any) (Outgoing, error) {
	return x.Shaped(ctx, v, Shape{})
}

// Text clears a text that stands for a field.
func (x *Crossing) Text(ctx context.Context, field, text string) (Outgoing, error) {
	clean, counts, err := x.g.RedactText(ctx, pii.ModeAgent, text)
	if err != nil {
		return Outgoing{}, fmt.Errorf("clear for %s: %w", x.dest, err)
	}
	r, err := x.resolver(ctx, []byte(clean))
	if err != nil {
		return Outgoing{}, err
	}
	body, err := r.restore(field, clean)
	if err != nil {
		return Outgoing{}, err
	}
	return x.outgoing(ctx, []byte(body), []byte(clean), counts, r, false)
}

// outgoing binds body to the destination. kept says that it holds what nobody
// redacted.
func (x *Crossing) outgoing(ctx context.Context, body, clean []byte, counts Counts, r *fieldResolver, kept bool) (Outgoing, error) {
	out := Outgoing{Body: newCleared(x.dest, string(body), counts), Preview: string(clean), Restored: r.counts, kept: kept, Tokens: countTokens(body)}
	if err := x.digest(ctx, &out); err != nil {
		return Outgoing{}, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for t := range r.used {
		x.restored[t] = r.values[t]
	}
	if x.sent == nil {
		x.sent = map[pii.Token]bool{}
	}
	for _, t := range allTokensIn(body) {
		x.sent[t] = true
	}
	if len(x.restored) > maxCrossing {
		return Outgoing{}, fmt.Errorf("clear for %s: more than %d originals in one exchange: send less at a time", x.dest, maxCrossing)
	}
	return out, nil
}

// digest names the bytes of out.
func (x *Crossing) digest(ctx context.Context, out *Outgoing) error {
	out.Digest, out.Keyed = out.Body.SHA256(), out.kept || out.Restored.Total() > 0
	if !out.Keyed {
		return nil
	}
	body, err := out.Body.Text(x.dest)
	if err != nil {
		return err
	}
	var ids []string
	if x.issueID != "" {
		ids = []string{x.issueID}
	}
	key, err := x.g.KeyFor(ctx, ids)
	if err != nil {
		return fmt.Errorf("clear for %s: %w", x.dest, err)
	}
	out.Digest = key.Digest([]byte(body))
	return nil
}

// ErrForm is returned by [Crossing.Derive] for a form that would have to be
// redacted.
var ErrForm = errors.New("in the form that it would be sent in, the text reads like something that must be redacted: word it otherwise")

// Derive returns out in the form that the destination wants, such as a query
// or a JSON Patch with HTML in it: what build makes of the exact text, so that
// originals are quoted and escaped there as anything else is, and for the
// preview of the text with tokens. build depends on nothing but its argument
// and what needs no clearing: the form is scanned again, and is refused with
// [ErrForm] if it holds what out did not. An error of build is returned as it
// is.
func (x *Crossing) Derive(ctx context.Context, out Outgoing, build func(text string) (any, error)) (Outgoing, error) {
	return x.derive(ctx, out, x.g.RedactJSON, func(text string) ([]byte, error) {
		v, err := build(text)
		if err != nil {
			return nil, err
		}
		return encodeJSON(v)
	})
}

// DeriveText is [Crossing.Derive] for a form that is no JSON, such as an
// address.
func (x *Crossing) DeriveText(ctx context.Context, out Outgoing, build func(text string) (string, error)) (Outgoing, error) {
	scan := func(ctx context.Context, m pii.Mode, text []byte) ([]byte, Counts, error) {
		clean, counts, err := x.g.RedactText(ctx, m, string(text))
		return []byte(clean), counts, err
	}
	return x.derive(ctx, out, scan, func(text string) ([]byte, error) {
		form, err := build(text)
		return []byte(form), err
	})
}

func (x *Crossing) derive(ctx context.Context, out Outgoing, scan func(context.Context, pii.Mode, []byte) ([]byte, Counts, error), form func(text string) ([]byte, error)) (Outgoing, error) {
	text, err := out.Body.Text(x.dest)
	if err != nil {
		return Outgoing{}, err
	}
	body, err := form(text)
	if err != nil {
		return Outgoing{}, err
	}
	preview, err := form(out.Preview)
	if err != nil {
		return Outgoing{}, err
	}
	clean, counts, err := scan(ctx, pii.ModeCleared, preview)
	if err != nil {
		return Outgoing{}, fmt.Errorf("clear for %s: %w", x.dest, err)
	}
	if counts.Total() > 0 || !bytes.Equal(clean, preview) {
		return Outgoing{}, fmt.Errorf("clear for %s: %w (%s)", x.dest, ErrForm, strings.Join(counts.List(), ", "))
	}
	next := out
	next.Body, next.Preview = newCleared(x.dest, string(body), out.Body.Counts()), string(preview)
	return next, x.digest(ctx, &next)
}

// resolver fetches the originals of the tokens in text that this caller was
// shown and that the destination may get in some field.
func (x *Crossing) resolver(ctx context.Context, text []byte) (*fieldResolver, error) {
	r := &fieldResolver{dest: x.dest, trust: x.trust, counts: Counts{}, used: map[pii.Token]bool{}}
	if x.trust.none() {
		return r, nil
	}
	tokens := tokensIn(text)
	if len(tokens) == 0 {
		return r, nil
	}
	shown, err := x.g.opts.Store.WereShown(ctx, callerOf(x.caller), tokens)
	if err != nil {
		return nil, fmt.Errorf("clear for %s: %w", x.dest, err)
	}
	r.values, err = x.g.originals(ctx, shown)
	return r, err
}

func (x *Crossing) restoreTree(r *fieldResolver, path string, v any) (_ any, err error) {
	switch v := v.(type) {
	case string:
		return r.restore(path, v)
	case []any:
		for i := range v {
			if v[i], err = x.restoreTree(r, path, v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for name := range v {
			if v[name], err = x.restoreTree(r, join(path, name), v[name]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// Begin records that out is about to leave: first, where it holds originals,
// that they are shown to the destination, then what happens. Nothing may be
// sent unless it returns without an error; the caller ends the [Call].
func (x *Crossing) Begin(ctx context.Context, in Intent, out Outgoing) (*Call, error) {
	if _, err := out.Body.Text(x.dest); err != nil {
		return nil, err
	}
	name := "sha256"
	if out.Keyed {
		name = "hmac"
	}
	if out.Restored.Total() > 0 {
		err := x.g.Note(ctx, Intent{
			Action: audit.ActionReveal, EntityType: in.EntityType, EntityID: in.EntityID,
			Details: map[string]any{"destination": string(x.dest), "restored": out.Restored.List(), name: out.Digest},
		})
		if err != nil {
			return nil, err
		}
	}
	details := map[string]any{"destination": string(x.dest), name: out.Digest}
	if x.issueID != "" {
		details["issue"] = x.issueID
	}
	for k, v := range in.Details {
		details[k] = v
	}
	in.Details = details
	return x.g.Begin(ctx, in)
}

// allTokensIn returns every token of a text as often as it is there, those of
// secrets too.
func allTokensIn(b []byte) []pii.Token {
	var out []pii.Token
	for i := 0; i < len(b); i++ {
		if b[i] != '[' {
			continue
		}
		if t, n, ok := pii.ParseToken(b[i:]); ok {
			out = append(out, t)
			i += n - 1
		}
	}
	return out
}

func countTokens(b []byte) Counts {
	counts := Counts{}
	for _, t := range allTokensIn(b) {
		counts[t.Type().String()]++
	}
	return counts
}

// encodeJSON encodes without the escapes that are for HTML only.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// fieldResolver gives [pii.Restore] the originals that may stand in a field.
type fieldResolver struct {
	dest   Destination
	trust  Trust
	values map[pii.Token][]byte
	counts Counts
	used   map[pii.Token]bool
	xml    []string // fields of XML
	field  string
	escape func([]byte) []byte // nil for none
}

func (r *fieldResolver) restore(field, text string) (string, error) {
	if len(r.values) == 0 || !strings.Contains(text, "[") {
		return text, nil
	}
	r.field = field
	if slices.Contains(r.xml, field) {
		return r.restoreXML(text)
	}
	out, err := pii.Restore(nil, []byte(text), r, pii.ModeAgent)
	return string(out), err
}

// Value implements [pii.Resolver].
func (r *fieldResolver) Value(t pii.Token) ([]byte, bool, error) {
	v, ok := r.values[t]
	if !ok || !mayCross(r.dest, r.trust, r.field, t.Type()) {
		return nil, false, nil
	}
	r.counts[t.Type().String()]++
	r.used[t] = true
	if r.escape != nil {
		v = r.escape(v)
	}
	return v, true, nil
}
