package store

import (
	"context"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
)

// Record is the append-only log. Nothing edits or deletes an entry.
type Record interface {
	// Append links drafts to the newest entry and stores them in one durable
	// transaction. An intent stays open until a draft with its Seq as Intent
	// is appended; ErrConflict, and nothing is appended, when it is not open.
	// A draft that is [audit.Draft.Within] another stands behind it.
	Append(ctx context.Context, drafts []audit.Draft) ([]audit.Entry, error)
	// Entries calls fn for entries from..to (inclusive, to 0 = the newest) in
	// order; fn stops it with io.EOF.
	Entries(ctx context.Context, from, to int64, fn func(audit.Entry) error) error
	// ListEntries lists newest first.
	ListEntries(ctx context.Context, f EntryFilter) ([]audit.Entry, error)
	// RecordHead returns the newest sequence and its hash, 0 when empty.
	RecordHead(ctx context.Context) (int64, audit.Hash, error)
	// TreeNodes returns nodes of the Merkle tree over the entries, each by its
	// index in the order of golang.org/x/mod/sumdb/tlog; leaf i is of the entry
	// with sequence i+1. ErrNotFound for one that is beyond the newest entry.
	TreeNodes(ctx context.Context, indexes []int64) ([]audit.Hash, error)
	// Origin names this record in signed heads; it is made with the database.
	Origin(ctx context.Context) (string, error)
	// OpenIntents lists intents without outcome whose process is gone.
	OpenIntents(ctx context.Context) ([]audit.Entry, error)
}

// EntryFilter narrows a listing of the record.
type EntryFilter struct {
	Action     audit.Action
	EntityType string
	EntityID   string
	UserID     string
	Outcome    string // what "status" in the details says: "ok", "error", …
	Since      time.Time
	Until      time.Time
	Before     int64 // only entries with a smaller sequence; 0 = from the newest
	Limit      int   // 0 means 50, at most 500
}
