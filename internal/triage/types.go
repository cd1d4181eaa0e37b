package triage

import "time"

// Severity of an issue, worst first.
type Severity string

// The severities.
const (
	SeverityCritical Severity = "critical"
	SeverityHigh     Severity = "high"
	SeverityMedium   Severity = "medium"
	SeverityLow      Severity = "low"
)

// Status of an issue.
type Status string

// The statuses, in their usual order.
const (
	StatusOpen          Status = "open"
	StatusInvestigating Status = "investigating"
	StatusResolved      Status = "resolved"
	StatusClosed        Status = "closed"
)

// Issue is one incident under triage. All text in it is redacted.
type Issue struct {
	ID          string // UUIDv7
	Owner       string
	Title       string
	Description string
	Severity    Severity
	Status      Status
	Category    string // IT domain, one of Categories
	RootCause   string
	Tags        []string
	CreatedAt   time.Time
	UpdatedAt   time.Time
	ResolvedAt  time.Time // zero until resolved
	Revision    int64     // counts up with each change, from 1
}

// TimelineEvent is something that happened during an incident, as opposed to
// when it was noted. All text in it is redacted.
type TimelineEvent struct {
	ID       string // UUIDv7
	Owner    string
	IssueID  string
	At       time.Time // when it happened
	Type     string    // one of EventTypes, or free
	Text     string
	Source   string // a log reference, a document id, a tool; may be empty
	CausedBy string // id of the event that this one follows from; may be empty
	// ZoneAssumed says that At was given without a zone and read as UTC.
	ZoneAssumed bool
	CreatedAt   time.Time // when it was noted
}

// The types of events that tools add by themselves.
const (
	EventTriageStarted       = "triage_started"
	EventLogUploaded         = "log_uploaded"
	EventWhyLevelAdvanced    = "why_level_advanced"
	EventRootCauseIdentified = "root_cause_identified"
	EventRCAGenerated        = "rca_generated"
	EventPostmortemGenerated = "postmortem_generated"
	EventDocumentExported    = "document_exported"
	EventFree                = "note"
)

// ReviewState of a log's findings.
type ReviewState string

// The review states. A released finding does not change the state: approving
// is said of the log as a whole.
const (
	Unreviewed ReviewState = "unreviewed"
	Approved   ReviewState = "approved"
	Rejected   ReviewState = "rejected"
)

// Log is a redacted log that belongs to an issue. The original stays where it
// is; of it only the digest is kept.
type Log struct {
	ID             string // UUIDv7
	Owner          string
	IssueID        string
	Name           string // base name of the file, redacted
	OriginalSHA256 string // hex, of the original bytes; keyed per issue
	RedactedSHA256 string // hex, of the redacted bytes
	OriginalBytes  int64
	RedactedBytes  int64
	Lines          int64
	Compressed     bool           // the original was gzip
	Counts         map[string]int // findings by type name
	Review         ReviewState
	ReviewedBy     string
	ReviewedAt     time.Time
	CreatedAt      time.Time
}

// Analysis is the stored form of a five-whys analysis: the graph as
// versioned JSON that this package reads and writes.
type Analysis struct {
	ID        string // UUIDv7
	Owner     string
	IssueID   string
	Problem   string
	State     []byte // canonical JSON of the graph
	Revision  int64  // counts up with each accepted step, from 1
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Document is a rendered document of an issue, as Markdown, redacted.
type Document struct {
	ID        string // UUIDv7
	Owner     string
	IssueID   string
	Kind      string // "rca", "postmortem"
	Title     string
	Markdown  string
	SHA256    string // hex, of Markdown
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time
}
