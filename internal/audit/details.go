package audit

import (
	"bytes"
	"encoding/json"
)

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

// startDetails is what the details of an [ActionStart] entry say of the head.
type startDetails struct {
	Head string `json:"head"`
}

// phaseOf returns the phase of an entry, and of an outcome its intent. Decoding
// JSON would be half of what the verification of a long record costs; the
// texts that are looked for hold quotes, so that in JSON they are a key.
func phaseOf(e Entry) (Phase, int64) {
	const phaseKey, intentKey = `"phase":"`, `"intent":`
	i := bytes.Index(e.Details, []byte(phaseKey))
	if i < 0 {
		// Not as this program writes it.
		d, _ := parseDetails[struct {
			Phase  Phase
			Intent int64
		}](e)
		return d.Phase, d.Intent
	}
	phase, _, _ := bytes.Cut(e.Details[i+len(phaseKey):], []byte{'"'})
	if string(phase) != string(PhaseOutcome) {
		return Phase(phase), 0
	}
	var intent int64
	if i := bytes.Index(e.Details, []byte(intentKey)); i >= 0 {
		for _, c := range e.Details[i+len(intentKey):] {
			if c < '0' || c > '9' {
				break
			}
			intent = intent*10 + int64(c-'0')
		}
	}
	return PhaseOutcome, intent
}
