package gate

import (
	"context"
	"errors"
	"fmt"

	"github.com/tftsr/tftsr/store"
)

// digestKey returns the key of the digests of an issue's unredacted content.
// It depends on a salt that is kept with the issue and goes with it. Content
// of no issue, and of one that does not exist, has the key of the
// installation alone.
func (c *clearer) digestKey(ctx context.Context, issueID string) ([32]byte, error) {
	if issueID == "" {
		return c.keys.DigestKey("", nil), nil
	}
	salt, err := c.store.DigestSalt(ctx, issueID)
	if errors.Is(err, store.ErrNotFound) {
		return c.keys.DigestKey("", nil), nil
	}
	if err != nil {
		return [32]byte{}, fmt.Errorf("get the digest key of issue %s: %w", issueID, err)
	}
	return c.keys.DigestKey(issueID, salt), nil
}
