// Package store says what is kept and what a database of tftsr must do, in
// terms of the domain. Its sub-package sqlite is the encrypted default;
// nothing above this package knows which engine runs. One contract suite,
// package storetest, holds every engine to the same behaviour.
//
// The store never sees an original outside the vault: text that reaches it
// has passed the gate. It decides no policy and asks nobody.
package store

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/internal/triage"
)

// Errors that callers test for with [errors.Is].
var (
	// ErrNotFound: no row of that id.
	ErrNotFound = errors.New("not found")
	// ErrConflict: the row has moved on since the revision that was expected.
	ErrConflict = errors.New("changed since it was read")
	// ErrSpent: an approval was used, answered or has expired.
	ErrSpent = errors.New("no longer open")
	// ErrCursor: a cursor that no listing returned.
	ErrCursor = errors.New("the cursor is not one that a listing returned: leave it out to begin at the first page")
	// ErrLocked: another process held the database longer than the busy
	// time-out.
	ErrLocked = errors.New("database is locked by another process")
	// ErrWrongKey: the database exists and the key does not open it.
	ErrWrongKey = errors.New("the key does not open this database")
	// ErrDamaged: a page failed its checksum, or the file is cut.
	ErrDamaged = errors.New("the database is damaged")
	// ErrReadOnly: the folder or the file cannot be written.
	ErrReadOnly = errors.New("the data folder is read-only")
	// ErrFull: no space is left for the write.
	ErrFull = errors.New("no space left for the database")
	// ErrNewer: a newer version of the program has changed the schema.
	ErrNewer = errors.New("the database was made by a newer version")
)

// Store is the whole of what is kept. All methods are safe for concurrent
// use, by several processes on one data folder too. Every method that changes
// something is durable when it returns nil.
type Store interface {
	Issues
	Timeline
	Logs
	Analyses
	Documents
	Approvals
	Vault
	Record
	Tokens
	Releases
	Results
	Integrations
	Tickets
	Servers
	Shown
	Providers
	Conversations
	Budgets
	secrets.Rows

	// Generation counts changes of tokens, releases and policy by any process;
	// a running server compares it to see them.
	Generation(ctx context.Context) (int64, error)
	// Bump advances Generation.
	Bump(ctx context.Context) error
	// Holder names this store for as long as its process has it open, so that
	// others can tell what it does from what a dead one left. It goes into rows.
	Holder() string
	// Held reports whether the store that holder names is still open. What cannot
	// be found out counts as open; "" and what no Holder returned do not.
	Held(holder string) bool
	// Check reads every page and row and returns the first damage found.
	Check(ctx context.Context) error
	// Dump calls fn with every stored value of every table but those of the
	// vault, decompressed, as the leak tests read it.
	Dump(ctx context.Context, fn func(table, column string, value []byte) error) error
	Close() error
}

// IssueFilter narrows a listing. The zero value lists everything, newest
// first.
type IssueFilter struct {
	Status   triage.Status
	Severity triage.Severity
	Category string
	Since    time.Time // created then or later
	Until    time.Time // created before
	Limit    int       // rows of a page; 0 means 20, at most 200
	Cursor   string    // from the page before; empty for the first
}

// IssueHit is an issue that a search found, with a snippet of the matching
// text in which matches are set in « and ».
type IssueHit struct {
	Issue   triage.Issue
	Snippet string
	LogID   string // the log that the snippet is from; empty when it is from the issue
	// ConversationID is the conversation that the snippet is from, and Logs are the
	// ids of the logs that it rests on.
	ConversationID string
	Logs           []string
	Score          float64 // higher is better; comparable within one answer only
}

// LikeIssues are issues that share rare words with a text.
type LikeIssues struct {
	Issues []triage.Issue // best first
	Words  map[string]int // of the words that were looked for, in how many issues each is; capped, see [Issues]
	Total  int            // issues that there are, or were
}

// Issues keeps issues.
type Issues interface {
	// CreateIssue stores i, whose ID, Owner and times the caller has set, with
	// revision 1.
	CreateIssue(ctx context.Context, i *triage.Issue) error
	Issue(ctx context.Context, id string) (*triage.Issue, error)
	// ListIssues returns a page and the cursor of the next, empty at the end.
	ListIssues(ctx context.Context, f IssueFilter) ([]triage.Issue, string, error)
	// UpdateIssue changes an issue in one transaction: it reads the issue,
	// calls change, which must not call the store, and stores what change left,
	// with the next revision.
	// Revision 0 accepts any current one; another that is not current is
	// ErrConflict.
	UpdateIssue(ctx context.Context, id string, revision int64, change func(*triage.Issue) error) (*triage.Issue, error)
	// CreateIssueWithSalt is CreateIssue with the salt of the issue's digests,
	// which CreateIssue makes itself.
	CreateIssueWithSalt(ctx context.Context, i *triage.Issue, salt [32]byte) error
	// IssueSalts returns, by the ids of issues, the 32 random bytes each that key
	// the digests of their unredacted content. ids name the issues, or their
	// logs, analyses, documents, events and approvals; others are passed over.
	// The salts are made with the issue and are in no other answer: deleting the
	// issue destroys them, and [Vault.Forget] replaces them.
	IssueSalts(ctx context.Context, ids []string) (map[string][]byte, error)
	// DeleteIssue removes an issue and all that belongs to it; the record stays.
	DeleteIssue(ctx context.Context, id string) error
	// SearchIssues ranks issues by the words of query, in their own texts, in their
	// redacted logs and in what was said about them with AI providers, in this order;
	// nothing of a log that a person rejected. No input is a syntax error.
	SearchIssues(ctx context.Context, query string, f IssueFilter) ([]IssueHit, error)
	// IssuesLike returns at most limit issues that have some of the rarest words
	// of text, and a few more that have them in their logs. It takes the words from the
	// beginning of text on, as many as it can afford, and counts an issue of a
	// word up to a bound only: what is in more is common.
	IssuesLike(ctx context.Context, text string, limit int) (*LikeIssues, error)
}

// Timeline keeps events.
type Timeline interface {
	AddEvent(ctx context.Context, e *triage.TimelineEvent) error
	// Events returns all events of an issue ordered by At, then ID.
	Events(ctx context.Context, issueID string) ([]triage.TimelineEvent, error)
}

// LogFinding is one distinct value of a log, by its token. It holds no value.
type LogFinding struct {
	Token      string // "[Email_3]"
	Type       string // name of the pii type
	Class      string
	Rule       string
	Reason     string
	Confidence int // percent
	Count      int64
	FirstLine  int64
}

// LogSpan is the place of one redaction in the original, in bytes.
type LogSpan struct {
	Start, End int64
	Type       string
}

// LogWriter takes the redacted text of a log that is being stored. Nothing is
// visible before Commit; Abort, or Close of the store, drops it.
type LogWriter interface {
	io.Writer
	// Span notes one redaction, in order of Start.
	Span(LogSpan) error
	// Commit makes the log visible with its distinct findings.
	Commit(ctx context.Context, l *triage.Log, findings []LogFinding) error
	Abort() error
}

// Logs keeps redacted logs.
type Logs interface {
	NewLog(ctx context.Context, id string) (LogWriter, error)
	Log(ctx context.Context, id string) (*triage.Log, error)
	// LogsOf lists the logs of an issue, or of all issues when issueID is
	// empty, oldest first.
	LogsOf(ctx context.Context, issueID string) ([]triage.Log, error)
	// Lines calls fn for the lines from..to of a log, counted from 1 and
	// inclusive; to 0 means the last. The line is without its line feed and is
	// valid only during the call. fn stops the reading with io.EOF.
	Lines(ctx context.Context, id string, from, to int64, fn func(n int64, line []byte) error) error
	Findings(ctx context.Context, logID string) ([]LogFinding, error)
	Spans(ctx context.Context, logID string) ([]LogSpan, error)
	SetReview(ctx context.Context, logID string, s triage.ReviewState, by string, at time.Time) error
}

// Analyses keeps five-whys analyses. What is put on the timeline with one
// stands or falls with it.
type Analyses interface {
	CreateAnalysis(ctx context.Context, a *triage.Analysis, notes ...triage.TimelineEvent) error
	Analysis(ctx context.Context, id string) (*triage.Analysis, error)
	AnalysesOf(ctx context.Context, issueID string) ([]triage.Analysis, error)
	// SaveAnalysis stores a as the successor of revision a.Revision-1, keeping
	// that older state as history; ErrConflict when it is not current.
	SaveAnalysis(ctx context.Context, a *triage.Analysis, notes ...triage.TimelineEvent) error
	// AnalysisAt returns the state as it was at a revision.
	AnalysisAt(ctx context.Context, id string, revision int64) (*triage.Analysis, error)
}

// Documents keeps rendered documents.
type Documents interface {
	CreateDocument(ctx context.Context, d *triage.Document) error
	Document(ctx context.Context, id string) (*triage.Document, error)
	DocumentsOf(ctx context.Context, issueID string) ([]triage.Document, error)
	// DocumentVersion returns a document as it was at a version, the current one
	// included.
	DocumentVersion(ctx context.Context, id string, version int64) (*triage.Document, error)
	// SaveDocument stores d as the successor of version d.Version-1; ErrConflict
	// when that is not current.
	SaveDocument(ctx context.Context, d *triage.Document) error
}

// ApprovalStatus is the state of a write that waits for a person.
type ApprovalStatus string

// The states. Expired is derived from ExpiresAt when read.
const (
	ApprovalPending  ApprovalStatus = "pending"
	ApprovalApproved ApprovalStatus = "approved"
	ApprovalDeclined ApprovalStatus = "declined"
	ApprovalExpired  ApprovalStatus = "expired"
	ApprovalUsed     ApprovalStatus = "used"
)

// Approval is a write that waits for, or has had, a person's answer. It is
// bound to one caller, one destination and the digest of the exact bytes.
type Approval struct {
	ID            string // UUIDv7
	Owner         string // the caller who asked
	IssueID       string // may be empty
	Tool          string
	Destination   string
	PayloadSHA256 string // hex
	Preview       string // redacted
	Status        ApprovalStatus
	Channel       string // "elicitation", "terminal"
	AnsweredBy    string
	CreatedAt     time.Time
	ExpiresAt     time.Time
	AnsweredAt    time.Time
	UsedAt        time.Time
}

// Approvals keeps approvals.
type Approvals interface {
	CreateApproval(ctx context.Context, a *Approval) error
	Approval(ctx context.Context, id string, now time.Time) (*Approval, error)
	// ListApprovals lists newest first; an empty status lists all.
	ListApprovals(ctx context.Context, s ApprovalStatus, now time.Time) ([]Approval, error)
	// AnswerApproval answers a pending, unexpired approval; else ErrSpent.
	AnswerApproval(ctx context.Context, id string, approved bool, by, channel string, now time.Time) (*Approval, error)
	// RevokeApproval takes back an approval that was not used yet, or refuses one
	// that waits: it becomes declined; ErrSpent if there is nothing to take back.
	RevokeApproval(ctx context.Context, id, by, channel string, now time.Time) (*Approval, error)
	// UseApproval spends an approved, unexpired approval of this owner, tool,
	// destination and digest, once; ErrSpent or ErrConflict otherwise.
	UseApproval(ctx context.Context, a Approval, now time.Time) error
}

// Token is a bearer token for HTTP. Only its SHA-256 is kept.
type Token struct {
	Name      string
	Owner     string
	Hash      [32]byte
	Attended  bool // a person sits at this client: its elicitation answers count
	CreatedAt time.Time
	ExpiresAt time.Time // zero: does not expire
}

// Tokens keeps HTTP bearer tokens.
type Tokens interface {
	CreateToken(ctx context.Context, t Token) error // ErrConflict when the name is taken
	ListTokens(ctx context.Context) ([]Token, error)
	RevokeToken(ctx context.Context, name string) error
	// TokenByHash finds a token; comparing by hash leaks nothing of the token.
	TokenByHash(ctx context.Context, hash [32]byte) (*Token, error)
}

// Release says that a value, or a whole type, is harmless.
type Release struct {
	ID        string
	Owner     string
	Type      string   // name of the pii type
	Spelling  [16]byte // keyed hash of the value; zero releases the type
	Note      string   // token or type, for people; never the value
	CreatedAt time.Time
}

// Releases keeps what people released.
type Releases interface {
	AddRelease(ctx context.Context, r Release) error
	ListReleases(ctx context.Context) ([]Release, error)
	RemoveRelease(ctx context.Context, id string) error
}

// Result is the body of an answer that was too large to send, redacted.
type Result struct {
	ID        string
	Owner     string
	Tool      string
	Body      []byte
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Results keeps large answers for read_result until they expire.
type Results interface {
	PutResult(ctx context.Context, r Result) error
	Result(ctx context.Context, id, owner string, now time.Time) (*Result, error)
}
