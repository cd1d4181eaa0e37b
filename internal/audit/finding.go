package audit

import (
	"errors"
	"fmt"
)

// Kind names what a verification found.
type Kind string

// The kinds. Those of the first group mean that the record is not what was
// written; those of the second leave it intact and deserve a look. Their names
// are established.
const (
	KindEdited            Kind = "edited"             // a field of the entry does not fit its hash
	KindRemoved           Kind = "removed"            // sequences are missing before a later entry
	KindInserted          Kind = "inserted"           // a sequence occurs twice, or is not positive
	KindSwapped           Kind = "swapped"            // the entry stands in another place than its sequence
	KindUnlinked          Kind = "unlinked"           // the entry names another predecessor: one of the two was replaced
	KindTruncated         Kind = "truncated"          // the record is smaller than a signed head says
	KindRewritten         Kind = "rewritten"          // the entries up to a signed head are others than those that were signed
	KindForked            Kind = "forked"             // the same, and these entries were signed too: there are two histories
	KindUnsigned          Kind = "unsigned"           // entries follow the newest signed head; see [Verifier]
	KindTree              Kind = "tree_damaged"       // the stored nodes of the tree are not those of the entries
	KindHeadMissing       Kind = "head_missing"       // there are entries and no signed head
	KindHeadInvalid       Kind = "head_invalid"       // the signed head is malformed, of another key or of another record
	KindCheckpointInvalid Kind = "checkpoint_invalid" // the same of a checkpoint that is kept elsewhere
	KindMalformed         Kind = "malformed"          // a line of an export or of a file of checkpoints is not as it is written

	KindCheckpointMissing Kind = "checkpoint_missing" // a checkpoint that was due is not in the log of checkpoints
	KindAnchor            Kind = "anchor_failed"      // checkpoints do not reach a place outside any more
	KindSilence           Kind = "silence"            // nothing was recorded for longer than the heartbeat
	KindRestored          Kind = "restored"           // the database was put back from a backup, and says so
	KindTime              Kind = "time_backwards"     // an entry is older than the one before it
	KindOpen              Kind = "open_intent"        // an intent has no outcome: the call runs, or was cut off
	KindOrphan            Kind = "orphan_outcome"     // an outcome names no open intent
	KindKeyOnly           Kind = "key_from_export"    // the export was checked with the key that came in it
	KindNoHead            Kind = "head_restarted"     // a process started on entries without a signed head
)

// Finding is one thing that a verification found.
type Finding struct {
	Kind    Kind   `json:"kind"`
	Seq     int64  `json:"seq"` // the entry, or the first of those missing; 0 when none is meant
	Text    string `json:"text"`
	Warning bool   `json:"warning"` // the record is intact all the same
}

// Report is the result of a verification.
type Report struct {
	Entries  int64     // entries read
	FirstBad int64     // smallest sequence with a finding that is no warning; 0 when there is none
	Findings []Finding // by sequence, at most 100
	Omitted  int       // findings beyond those listed
	Head     Head      // size and root of what was read; Origin when a signed head was given
	Newest   Hash      // hash of the newest entry that was read
	Signed   *Head     // the newest signed head that the entries were compared with, nil without one
	bad      bool
}

// OK reports whether the record is intact: no finding but warnings.
func (r Report) OK() bool { return !r.bad }

// Err returns nil for an intact record, and otherwise an error that tells
// the first finding.
func (r Report) Err() error {
	for _, f := range r.Findings {
		if !f.Warning {
			return fmt.Errorf("the record does not verify: %s", f.Text)
		}
	}
	if r.bad {
		return errors.New("the record does not verify")
	}
	return nil
}
