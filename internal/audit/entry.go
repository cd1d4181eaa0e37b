package audit

import (
	"encoding/hex"
	"errors"
	"time"
)

// Action names what an entry records. The names are established: reports
// and other programs search for them, so they are never renamed.
type Action string

// The actions. A call that arrives over MCP has one of the *_call, *_read or
// protocol actions; what a person does at the command line has its own.
const (
	ActionToolCall       Action = "tool_call"     // a tool of ours was called
	ActionMCPToolCall    Action = "mcp_tool_call" // a tool of a downstream server was called
	ActionResourceRead   Action = "resource_read" // a resource was read
	ActionPromptGet      Action = "prompt_get"    // a prompt was expanded
	ActionComplete       Action = "complete"      // an argument completion was asked for
	ActionProtocol       Action = "protocol"      // initialize, server/discover, list and notification methods
	ActionElicit         Action = "elicit"        // a person was asked through the host
	ActionRefused        Action = "refused"       // a request was turned away before it ran
	ActionRefusedMany    Action = "refused_many"  // refusals under flood, counted
	ActionInterrupted    Action = "interrupted"   // start-up closed an intent that a crash left open
	ActionAISend         Action = "ai_send"       // redacted text was sent to an AI provider
	ActionPublish        Action = "publish_to_confluence"
	ActionExternalRead   Action = "external_read"   // text was sent to an outside service to search with
	ActionExternalWrite  Action = "external_write"  // something was written to an outside service
	ActionLogin          Action = "login"           // a person logged in to an outside service
	ActionApprovalNew    Action = "approval_create" // a write waits for a person
	ActionApprovalAnswer Action = "approval_answer" // a person approved or declined
	ActionApprovalUse    Action = "approval_use"    // an approval was spent
	ActionReview         Action = "review"          // a person reviewed a log
	ActionRelease        Action = "release"         // a person released a value or type as harmless
	ActionReveal         Action = "reveal"          // an original was shown to a person
	ActionSecretSet      Action = "secret_set"
	ActionSecretDelete   Action = "secret_delete"
	ActionTokenCreate    Action = "token_create"
	ActionTokenRevoke    Action = "token_revoke"
	ActionConfig         Action = "config_change"
	ActionStart          Action = "start"
	ActionStop           Action = "stop"
	ActionExport         Action = "export"
	ActionCheckpoint     Action = "checkpoint"    // a checkpoint was asked for, or a day passed without entries; see [Heartbeat]
	ActionAnchor         Action = "anchor"        // checkpoints stopped reaching a place outside, or do again; see [AnchorDetails]
	ActionBackup         Action = "db_backup"     // the database, its keys and the secrets were written into a sealed file
	ActionRekey          Action = "db_rotate_key" // the database got another key
	ActionForget         Action = "forget"        // originals left the vault for good
	ActionRestored       Action = "db_restored"   // the database was put back from a backup; see [RestoreDetails]
	ActionGivenUp        Action = "db_given_up"   // signed heads of the history that was given up then; see [GivenUpDetails]
)

// Phase tells the intent of a call from its outcome. It is kept in the
// details of an entry under "phase".
type Phase string

// The phases. Every intent has exactly one outcome or one interrupted entry
// that names it; an event stands alone.
const (
	PhaseIntent  Phase = "intent"
	PhaseOutcome Phase = "outcome"
	PhaseEvent   Phase = "event"
)

// HashSize is the size in bytes of an entry hash (SHA-256).
const HashSize = 32

// Hash is an entry hash, or a node of the tree over them.
type Hash [HashSize]byte

// Hex returns h in lower-case hexadecimal.
func (h Hash) Hex() string { return hex.EncodeToString(h[:]) }

// ParseHash is the inverse of [Hash.Hex].
func ParseHash(s string) (h Hash, err error) {
	if n, err := hex.Decode(h[:], []byte(first(s, 2*HashSize))); err != nil || n != HashSize || h.Hex() != s {
		return Hash{}, errors.New("not a hash in lower-case hexadecimal")
	}
	return h, nil
}

// Entry is one line of the record. Seq counts from 1 without gaps. Details
// is a JSON object without originals: digests, counts, names of types.
// PrevHash is the EntryHash of Seq-1, all zero for the first entry.
type Entry struct {
	Seq        int64
	Timestamp  time.Time // UTC, microseconds
	Action     Action
	EntityType string
	EntityID   string
	UserID     string // who: OS user, or token subject
	Details    []byte
	PrevHash   Hash
	EntryHash  Hash
}

// Draft is an entry before it is linked.
type Draft struct {
	Timestamp  time.Time
	Action     Action
	EntityType string
	EntityID   string
	UserID     string
	Details    []byte // JSON object; see [Entry]
	Phase      Phase  // also in Details
	Intent     int64  // for an outcome: the sequence of its intent
	// Within, if it is not nil, makes Details from the sequence of the entry
	// before, which is of the same Append: the intent of the call that this one is
	// within.
	Within func(intent int64) []byte
}
