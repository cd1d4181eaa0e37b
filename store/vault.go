package store

import (
	"context"
	"time"

	"github.com/tftsr/tftsr/internal/pii"
)

// VaultValue is a detected value that needs a token.
type VaultValue struct {
	Type        pii.Type
	Label       string
	Value       []byte   // as spelled; empty for class secret, which is never kept
	Length      int      // bytes of the value
	Identity    [16]byte // keyed hash of type and canonical form: same identity, same ordinal
	Spelling    [16]byte // keyed hash of the value as spelled: other spelling, other variant
	Recoverable bool     // false for class secret, and where originals are not kept
	// SeenAt is when it was found; see ForgetRequest.NotSeenSince. Within a day it
	// is noted once.
	SeenAt time.Time
}

// KnownValue is a value of the vault as matchers need it: the value, or for
// class secret its length and keyed hash.
type KnownValue struct {
	Seq      int64
	Type     pii.Type
	Value    []byte
	Length   int
	Spelling [16]byte
}

// Vault maps values to tokens and, for recoverable ones, back.
type Vault interface {
	// Allocate returns the tokens of values, in order, and makes the missing
	// ones in one transaction. It is the same token in every process.
	Allocate(ctx context.Context, values []VaultValue) ([]pii.Token, error)
	// Original returns the value of a token, or ErrNotFound when the token
	// was never given or its class is secret.
	Original(ctx context.Context, t pii.Token) ([]byte, error)
	// Spelling returns the keyed hash of the value that a token stands for, for
	// class secret too, or ErrNotFound when the token was never given.
	Spelling(ctx context.Context, t pii.Token) ([16]byte, error)
	// KnownValues calls fn for values added after seq, in order.
	KnownValues(ctx context.Context, seq int64, fn func(KnownValue) error) error
	// IssueTokens returns the tokens that occur in the texts of an issue, its logs
	// and old versions of its documents and analyses included.
	IssueTokens(ctx context.Context, issueID string) ([]pii.Token, error)
	// Forgettable reports whether there is an original of a value that was not
	// seen since then.
	Forgettable(ctx context.Context, since time.Time) (bool, error)
	// Forget removes originals, all spellings of each value, for good: from the
	// vault, from free pages and from the write-ahead log. The tokens stay, and
	// the keyed hashes by which a value is recognised and gets the same token
	// again; it is not kept again then.
	Forget(ctx context.Context, f ForgetRequest) (*Forgotten, error)
}

// ForgetRequest says what to forget. What several fields name adds up.
type ForgetRequest struct {
	Tokens     []pii.Token // whatever their variant
	Identities [][16]byte  // see [VaultValue]
	Spellings  [][16]byte
	// IssueID names an issue whose digest key is destroyed and made anew. Its
	// tokens are named by Tokens.
	IssueID string
	// NotSeenSince names all values that were not seen since then. Together with
	// them the digest keys of issues that have not changed since then go.
	NotSeenSince time.Time
	At           time.Time
}

// Forgotten says what was forgotten.
type Forgotten struct {
	Tokens     []pii.Token      // of the values that had an original
	Counts     map[pii.Type]int // of them
	Before     int              // values that had none any more
	DigestKeys int
	// Purged is false when other processes kept reading from the write-ahead log,
	// so that the originals go from it with its next turn only.
	Purged bool
}
