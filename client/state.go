package client

import "time"

// Status is the condition of a server.
type Status string

// The statuses. A call can succeed only while a server is [Connected].
const (
	Pending     Status = "pending"     // being attached, or not yet
	Connected   Status = "connected"   // attached, its catalog is known
	Unreachable Status = "unreachable" // it cannot be started or reached, or is gone; tried again by itself
	Failed      Status = "error"       // it fails again and again, or speaks nonsense; tried again by itself, late
	Blocked     Status = "blocked"     // the owner's decision is needed, see [Set.Block]
	NeedsAuth   Status = "needs_auth"  // it wants a login that it does not have; tried again by [Set.Retry] only
)

// State is the condition of one server. It is safe to show: it holds no text of the server, but for Said.
type State struct {
	Server string
	Status Status
	Since  time.Time // of Status
	Err    string    // why it is not connected, a sentence without text of the server; empty when connected
	// Said is what the server said to that: its last lines on stderr, the text of an HTTP answer. NOT cleared.
	Said string
	Era  Era // as found; EraUnknown before
	// NextTry is when it is attached again by itself; zero when it is not.
	NextTry time.Time
	// Failures counts the attempts in a row that failed; zero once it has been connected for a while.
	Failures int
	// Notes say what is odd although it works: a banner on stdout, a catalog that was cut. Sentences without text of the server.
	Notes []string
	// LastConnected is when it was last attached; zero for never.
	LastConnected time.Time
	PID           int // of the process of a stdio server; 0 without one
}
