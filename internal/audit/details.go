package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
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
// newest head before the database was put back, the one that was put back,
// which the entry follows, and how many heads no longer fit. Those are named by
// the [ActionGivenUp] entries after it.
type RestoreDetails struct {
	OldSize int64  `json:"old_size"`
	OldRoot string `json:"old_root"` // hex; empty after a head of the first version
	Size    int64  `json:"size"`
	Root    string `json:"root"` // hex
	GivenUp int    `json:"given_up"`
}

// GivenUpDetails are what the details of an [ActionGivenUp] entry say: names of
// signed heads, [Head.Name], that do not fit the database that was put back. A
// verifier takes them, and no others, for what they are.
type GivenUpDetails struct {
	Heads []string `json:"heads"`
}

// Name tells a head from others: its size, and the first 16 bytes of its root,
// or of the hash of its newest entry, in hexadecimal.
func (h Head) Name() string {
	hash := h.Root
	if h.Chain() {
		hash = h.Newest
	}
	return fmt.Sprintf("%d %x", h.Size, hash[:16])
}

func parseDetails[T any](e Entry) (T, bool) {
	var d T
	return d, json.Unmarshal(e.Details, &d) == nil
}

// GivenUp reports whether e, an entry of a record, names h as a head of a
// history that was given up when the database was put back.
func GivenUp(e Entry, h Head) bool {
	if e.Action != ActionGivenUp {
		return false
	}
	d, ok := parseDetails[GivenUpDetails](e)
	return ok && slices.Contains(d.Heads, h.Name())
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
