package gate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"unicode/utf8"

	"github.com/tftsr/tftsr/internal/audit"
)

const (
	// maxDetails bounds the details of an entry, in bytes of JSON, maxField every
	// other field of it, and maxOwn what an intent or outcome brings of the
	// details.
	maxDetails = 8 << 10
	maxField   = 200
	maxOwn     = maxDetails - maxField*8
	// withheld stands for a text that was to be recorded and in which the
	// scanner found something.
	withheld = "[withheld]"
)

// checker is the re-scan of the clearer.
type checker interface {
	Check(ctx context.Context, text []byte) (clean bool, counts Counts, err error)
}

// checker returns the gate's clearer, which a gate of a test may lack.
func (g *Gate) checker() checker {
	if g.clearer == nil {
		return nil
	}
	return g.clearer
}

// draft makes an entry. Its details are a JSON object with sorted keys: those
// of in, then phase, channel and client, and the call that it is within, then fixed, which only this package
// sets and which win. What a scan finds in what others set is withheld; a
// scan that fails is an error.
func draft(ctx context.Context, chk checker, c Caller, in Intent, p audit.Phase, fixed map[string]any) (audit.Draft, error) {
	d := audit.Draft{Action: in.Action, EntityType: clip(in.EntityType), EntityID: clip(in.EntityID), UserID: clip(c.ID), Phase: p}
	details := in.Details // Not changed: it is the caller's.
	client := clip(c.Client)
	if chk != nil {
		var err error
		if details, err = checkedDetails(ctx, chk, details); err != nil {
			return d, err
		}
		for _, s := range []*string{&d.EntityID, &client} {
			clean, err := checkedText(ctx, chk, *s)
			if err != nil {
				return d, err
			}
			*s = clean
		}
	}
	whole := func() (err error) {
		all := make(map[string]any, len(details)+len(fixed)+4)
		maps.Copy(all, details)
		all["phase"], all["channel"], all["client"] = p, c.Channel, client
		maps.Copy(all, fixed)
		if call := callOf(ctx); call != nil && p != audit.PhaseOutcome {
			if all["call"] = call.Seq(); call.Seq() == 0 {
				d.Within = func(intent int64) []byte {
					all["call"] = intent
					b, _ := appendDetails(nil, all) // It was encoded below.
					return b
				}
			}
		}
		if d.Details, err = appendDetails(make([]byte, 0, 768), all); err != nil {
			return fmt.Errorf("details of %s for the record: %w", in.Action, err)
		}
		return nil
	}
	if err := whole(); err != nil || len(d.Details) <= maxOwn {
		return d, err
	}
	b, err := json.Marshal(details)
	if err != nil {
		return d, fmt.Errorf("details of %s for the record: %w", in.Action, err)
	}
	if len(b) > maxOwn {
		sum := sha256.Sum256(b)
		details = map[string]any{"omitted_bytes": len(b), "omitted_sha256": hex.EncodeToString(sum[:])}
	}
	err = whole()
	return d, err
}

// interrupted is the end of an intent whose process is gone.
func interrupted(e audit.Entry) audit.Draft {
	b, err := json.Marshal(map[string]any{
		"phase": audit.PhaseOutcome, "intent": e.Seq, "status": "interrupted", "action": e.Action,
		"channel": system.Channel, "client": "",
	})
	if err != nil { // Numbers and texts always encode.
		b = fmt.Appendf(nil, `{"intent":%d,"phase":"outcome"}`, e.Seq)
	}
	return audit.Draft{
		Action: audit.ActionInterrupted, EntityType: e.EntityType, EntityID: e.EntityID, UserID: e.UserID,
		Details: b, Phase: audit.PhaseOutcome, Intent: e.Seq,
	}
}

// checkedDetails returns details in which a scan finds nothing.
func checkedDetails(ctx context.Context, chk checker, details map[string]any) (map[string]any, error) {
	if len(details) == 0 {
		return details, nil
	}
	// Numbers and digests differ from call to call and hold nothing: without
	// them the details of one tool are one text, which is scanned once.
	shape, err := appendDetails(make([]byte, 0, 512), shapeOf(details))
	if err != nil {
		return nil, fmt.Errorf("details for the record: %w", err)
	}
	if clean, _, err := chk.Check(ctx, shape); err != nil || clean {
		return details, err
	}
	b, err := json.Marshal(details)
	if err != nil {
		return nil, fmt.Errorf("details for the record: %w", err)
	}
	// Only the texts that are not clean go, so that the digests stay.
	var plain map[string]any
	if err := json.Unmarshal(b, &plain); err != nil {
		return nil, fmt.Errorf("details for the record: %w", err)
	}
	clean, err := withhold(ctx, chk, plain)
	if err != nil {
		return nil, err
	}
	plain, _ = clean.(map[string]any)
	if b, err = json.Marshal(plain); err != nil {
		return nil, fmt.Errorf("details for the record: %w", err)
	}
	if clean, _, err := chk.Check(ctx, b); err != nil || clean {
		return plain, err
	}
	// It is found only beside its key.
	return map[string]any{"withheld_bytes": len(b)}, nil
}

// shapeOf returns details with numbers as 0, SHA-256 digests as one text, and
// names of digest keys as another.
func shapeOf(details map[string]any) map[string]any {
	out := make(map[string]any, len(details))
	for key, value := range details {
		switch v := value.(type) {
		case int, int64, float64:
			value = 0
		case keyName: // Ids of issues, which we gave them.
			value = "key"
		case string:
			if isDigest(v) {
				value = "sha256"
			}
		}
		out[key] = value
	}
	return out
}

// isDigest reports whether s is 32 bytes in lower-case hex.
func isDigest(s string) bool {
	if len(s) != 2*sha256.Size {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// withhold replaces every text in v in which a scan finds something.
func withhold(ctx context.Context, chk checker, v any) (any, error) {
	switch v := v.(type) {
	case string:
		return checkedText(ctx, chk, v)
	case []any:
		for i := range v {
			clean, err := withhold(ctx, chk, v[i])
			if err != nil {
				return nil, err
			}
			v[i] = clean
		}
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			k, err := checkedText(ctx, chk, key)
			if err != nil {
				return nil, err
			}
			if out[k], err = withhold(ctx, chk, value); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}

func checkedText(ctx context.Context, chk checker, s string) (string, error) {
	if s == "" {
		return s, nil
	}
	clean, _, err := chk.Check(ctx, []byte(s))
	if err != nil {
		return "", err
	}
	if !clean {
		return withheld, nil
	}
	return s, nil
}

// clip cuts a field to its bound, between characters.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= maxField {
		return s
	}
	n := maxField
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
