package audit

import "encoding/json"

// AnchorDetails are what the details of an [ActionAnchor] entry say, beside
// what those of every entry do.
type AnchorDetails struct {
	Anchor string `json:"anchor"` // "keyring", "checkpoint log", "anchor file" or "anchor command"
	State  string `json:"state"`  // AnchorFailed or AnchorReached
	Reason string `json:"reason,omitempty"`
}

// The states of an anchor.
const (
	AnchorFailed  = "failed"
	AnchorReached = "reached"
)

// RestoreDetails are what the details of an [ActionRestored] entry say: the
// newest head before the database was put back, which no longer fits, and the
// one that was put back, which the entry follows. A verifier takes older
// checkpoints of the history that was given up for what they are.
type RestoreDetails struct {
	OldSize int64  `json:"old_size"`
	OldRoot string `json:"old_root"` // hex; empty after a head of the first version
	Size    int64  `json:"size"`
	Root    string `json:"root"` // hex
}

func parseDetails[T any](e Entry) (T, bool) {
	var d T
	return d, json.Unmarshal(e.Details, &d) == nil
}

// restoreOf reads an entry that says that the database was put back.
func restoreOf(e Entry) (restore, bool) {
	d, ok := parseDetails[RestoreDetails](e)
	if !ok || d.OldSize < 0 || d.Size != e.Seq-1 {
		return restore{}, false
	}
	r := restore{seq: e.Seq, old: Head{Size: d.OldSize}}
	if d.OldRoot != "" {
		var err error
		if r.old.Root, err = ParseHash(d.OldRoot); err != nil {
			return restore{}, false
		}
	}
	return r, true
}

// GivenUp reports whether e, an entry of a record, says that the history that
// h was signed for was given up when the database was put back.
func GivenUp(e Entry, h Head) bool {
	if e.Action != ActionRestored {
		return false
	}
	r, ok := restoreOf(e)
	return ok && r.seq <= h.Size && r.explains(h)
}
