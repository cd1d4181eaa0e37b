package gate

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// ErrHandle is returned for a handle that this gate did not make for this
// caller and destination, or that has expired.
var ErrHandle = errors.New("this address or state is not valid here, or no more: get it anew from where it came")

// handlePrefix names the version of a handle. It is authenticated with whom
// and what it is for.
const handlePrefix = "tftsr-handle-v1"

// Seal makes bytes opaque that a destination sent and wants back as they are,
// such as an address, a cursor or a state: whoever carries them learns nothing
// and can change nothing. They are of use to the caller of ctx only, for what
// they were sealed for, and for as long as ttl. The text of them is up to the
// transport.
func (g *Gate) Seal(ctx context.Context, d Destination, use string, plain []byte, ttl time.Duration) ([]byte, error) {
	about, err := g.about(ctx, d, use)
	if err != nil {
		return nil, err
	}
	doc := binary.BigEndian.AppendUint64(nil, uint64(g.opts.Now().Add(ttl).Unix())) //nolint:gosec // a time after 1970
	return g.sealer.aead.Seal(nil, nil, append(doc, plain...), about), nil          //nolint:gosec // the AEAD draws the nonce itself and takes none
}

// Unseal returns what was sealed, to the same caller, destination and use, or
// [ErrHandle].
func (g *Gate) Unseal(ctx context.Context, d Destination, use string, sealed []byte) ([]byte, error) {
	about, err := g.about(ctx, d, use)
	if err != nil {
		return nil, err
	}
	doc, err := g.sealer.aead.Open(nil, nil, sealed, about)
	if err != nil || len(doc) < 8 {
		return nil, ErrHandle
	}
	if at := binary.BigEndian.Uint64(doc); g.opts.Now().Unix() >= int64(at) { //nolint:gosec // it was made above
		return nil, fmt.Errorf("%w: it has expired", ErrHandle)
	}
	return doc[8:], nil
}

// Returned binds to d what d itself had said and wants back: sealed by
// [Gate.Seal] for d, this caller and use. That is how text that
// was not redacted becomes a [Cleared] for whom it came from.
func (g *Gate) Returned(ctx context.Context, d Destination, use string, sealed []byte) (Cleared, error) {
	plain, err := g.Unseal(ctx, d, use, sealed)
	if err != nil {
		return Cleared{}, err
	}
	return newCleared(d, string(plain), Counts{}), nil
}

func (g *Gate) about(ctx context.Context, d Destination, use string) ([]byte, error) {
	caller, ok := CallerFrom(ctx)
	if !ok {
		return nil, ErrNoCaller
	}
	var b []byte
	for _, s := range []string{handlePrefix, string(d), use, callerOf(caller)} {
		b = fmt.Appendf(b, "%d:%s", len(s), s)
	}
	return b, nil
}

// CheckAnswer says whether the content of an answer fits the form that it
// answers, a flat object in JSON Schema, and fills in its defaults. Errors name
// fields, never values.
func CheckAnswer(schema, content map[string]any) (map[string]any, error) { return fit(schema, content) }
