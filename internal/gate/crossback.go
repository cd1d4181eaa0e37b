package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tftsr/tftsr/internal/pii"
)

// Back clears v, which came from the destination, for the host, in place: v is
// a pointer to a struct of texts. Look-alikes of tokens are escaped, and
// values that were restored in this exchange become their tokens again.
func (x *Crossing) Back(ctx context.Context, v any) error {
	doc, err := encodeJSON(v)
	if err != nil {
		return fmt.Errorf("answer of %s: %w", x.dest, err)
	}
	if doc, err = x.backJSON(ctx, doc); err != nil {
		return err
	}
	if err := json.Unmarshal(doc, v); err != nil {
		return fmt.Errorf("answer of %s: %w: it does not fit its form any more", x.dest, ErrScan)
	}
	return nil
}

func (x *Crossing) backJSON(ctx context.Context, doc []byte) ([]byte, error) {
	clean, _, err := x.g.RedactJSON(ctx, pii.ModeRaw, doc)
	if err != nil {
		return nil, fmt.Errorf("answer of %s: %w", x.dest, err)
	}
	return x.hide(clean, true), nil
}

// BackJSON is [Crossing.Back] for a JSON document of any shape, in which there
// is no character for private use. Tokens that went out in this exchange, and
// that the caller was shown before, are those tokens again where they come
// back: a server that repeats what it was asked speaks of the same values. Any
// other look-alike is escaped.
func (x *Crossing) BackJSON(ctx context.Context, doc []byte) ([]byte, error) {
	x.mu.Lock()
	tokens := slices.SortedFunc(maps.Keys(x.sent), func(a, b pii.Token) int { return strings.Compare(a.String(), b.String()) })
	x.mu.Unlock()
	var err error
	if len(tokens) > 0 {
		if tokens, err = x.g.opts.Store.WereShown(ctx, callerOf(x.caller), tokens); err != nil {
			return nil, fmt.Errorf("answer of %s: %w", x.dest, err)
		}
	}
	// While it is scanned, a token stands as what nothing is found in. That of a
	// secret stays, or its key before it would make a secret of the stand-in.
	stands := make([]string, len(tokens))
	for i, t := range tokens {
		if t.Type().Class() != pii.ClassSecret {
			stands[i] = "\ue000" + strconv.Itoa(i) + "\ue001"
			doc = bytes.ReplaceAll(doc, []byte(t.String()), []byte(stands[i]))
		}
	}
	if doc, err = x.backJSON(ctx, doc); err != nil {
		return nil, err
	}
	for i, t := range tokens {
		if stands[i] != "" {
			doc = bytes.ReplaceAll(doc, []byte(stands[i]), []byte(t.String()))
		}
		doc = bytes.ReplaceAll(doc, []byte("[="+t.String()[1:]), []byte(t.String()))
	}
	return doc, nil
}

// BackBytes reports whether bytes that came from the destination, of which
// nothing can be cut out, hold nothing that would have to be.
func (x *Crossing) BackBytes(ctx context.Context, b []byte) (clean bool, err error) {
	if clean, _, err = x.g.Check(ctx, b); err != nil || !clean {
		return false, err
	}
	return bytes.Equal(x.hide(b, false), b), nil
}

// BackText is [Crossing.Back] for one text.
func (x *Crossing) BackText(ctx context.Context, text string) (string, error) {
	clean, _, err := x.g.RedactText(ctx, pii.ModeRaw, text)
	if err != nil {
		return "", fmt.Errorf("answer of %s: %w", x.dest, err)
	}
	return string(x.hide([]byte(clean), false)), nil
}
