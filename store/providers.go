package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Provider is an AI provider, as its owner configured it. It holds no key:
// that is a secret, of which this has the keyed fingerprint.
type Provider struct {
	Name    string // "claude"; what a person calls it
	Kind    string // "anthropic"; package providers lists them
	Owner   string
	BaseURL string // without a slash at the end
	Model   string // used unless a conversation names another
	// Options are settings that only some providers need; package providers
	// documents them. One that is there and empty is not one that is missing.
	Options map[string]string
	// Fallback names the providers that are asked, in this order, when this one
	// cannot answer.
	Fallback    []string
	Default     bool      // used where no provider is named: at most one is
	Fingerprint string    // of the key; empty when there is none
	ExpiresAt   time.Time // of the key; zero when it does not expire
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Providers keeps AI providers.
type Providers interface {
	// SaveProvider stores p, replacing the one of that name. Where p is the
	// default, no other is any more; the first one there is becomes it.
	SaveProvider(ctx context.Context, p *Provider) error
	Provider(ctx context.Context, name string) (*Provider, error)
	ListProviders(ctx context.Context) ([]Provider, error) // by name
	DeleteProvider(ctx context.Context, name string) error
}

// Conversation is what is said with a provider about an issue.
type Conversation struct {
	ID        string // UUIDv7
	IssueID   string
	Owner     string
	Provider  string // that the next turn goes to
	Model     string // empty for the provider's own
	Domain    string // whose notes the provider is given; may be empty
	SessionID string // where the provider keeps the history itself
	Messages  int64  // how many there are
	Calls     int64  // of tools, that providers made in it
	Parked    string // a turn that waits for a person, as package tools writes it; empty for none
	Revision  int64  // counts changes
	CreatedAt time.Time
	UpdatedAt time.Time
}

// ChatMessage is one message of a conversation. Its text was redacted before
// it came here.
type ChatMessage struct {
	Seq       int64 // from 1, without gaps
	Owner     string
	Role      string // "user" or "assistant"
	Text      string
	Provider  string   // that answered
	Model     string   // as the provider names it
	WhyLevel  int      // 1 to 5 where a message is about a why; else 0
	Logs      []string // ids of the logs that it rests on
	CreatedAt time.Time
}

// MessageHit is a message that a search found.
type MessageHit struct {
	ConversationID string
	IssueID        string
	Message        ChatMessage
	Snippet        string // with the matches in « and »
}

// Conversations keeps what is said with providers.
type Conversations interface {
	// CreateConversation stores c, without messages.
	CreateConversation(ctx context.Context, c *Conversation) error
	Conversation(ctx context.Context, id string) (*Conversation, error)
	// ConversationsOf returns the conversations about an issue, oldest first.
	ConversationsOf(ctx context.Context, issueID string) ([]Conversation, error)
	// SaveConversation changes provider, model, domain, session, calls, parked
	// turn and time of c and adds messages, all or nothing. c.Revision is that of c
	// when it was read: if it is another now, it is [ErrConflict]. It becomes the
	// new one, c.Messages how many there are, and the messages get their numbers.
	SaveConversation(ctx context.Context, c *Conversation, added []ChatMessage) error
	// Messages returns the last messages of a conversation, in their order; limit
	// 0 means all.
	Messages(ctx context.Context, conversationID string, limit int) ([]ChatMessage, error)
	// SearchMessages finds the messages that have all words of a query, the best
	// first, of one issue or, where it is empty, of all; none that rests on a log
	// that a person rejected.
	SearchMessages(ctx context.Context, query, issueID string, limit int) ([]MessageHit, error)
}

// The scopes of budgets.
const (
	BudgetIssue = "issue" // of each issue, as long as it exists
	BudgetDay   = "day"   // of all, per day of UTC
)

// Budget is what may be spent. A limit of 0 is none.
type Budget struct {
	Scope    string
	Owner    string
	MicroUSD int64 // millionths of a dollar
	Tokens   int64 // in and out together
}

// Spending is what calls of a provider cost.
type Spending struct {
	Provider string
	Owner    string // the caller
	IssueID  string // may be empty
	Day      string // of UTC, as 2026-03-01
	Calls    int64
	Input    int64 // tokens
	Output   int64 // tokens
	MicroUSD int64
}

// ErrBudget is what every [*BudgetError] matches.
var ErrBudget = errors.New("the budget is used up")

// BudgetError says which budget does not allow a call.
type BudgetError struct {
	Budget Budget
	Spent  Spending // before the call
}

// Error names the limit and what was spent.
func (e *BudgetError) Error() string {
	return fmt.Sprintf("the budget of the %s does not allow this call: %d tokens and $%.4f are spent, of %s; the owner changes it with `tftsr provider budget`",
		e.Budget.Scope, e.Spent.Input+e.Spent.Output, float64(e.Spent.MicroUSD)/1e6, e.Budget.Limits())
}

// Limits says what may be spent, for people.
func (b Budget) Limits() string {
	switch {
	case b.Tokens > 0 && b.MicroUSD > 0:
		return fmt.Sprintf("%d tokens and $%.4f", b.Tokens, float64(b.MicroUSD)/1e6)
	case b.Tokens > 0:
		return fmt.Sprintf("%d tokens", b.Tokens)
	case b.MicroUSD > 0:
		return fmt.Sprintf("$%.4f", float64(b.MicroUSD)/1e6)
	}
	return "any amount"
}

// Is makes every BudgetError match [ErrBudget].
func (e *BudgetError) Is(target error) bool { return target == ErrBudget }

// Budgets keeps what may be spent on providers and what was.
type Budgets interface {
	// SetBudget stores a budget, replacing the one of its scope.
	SetBudget(ctx context.Context, b Budget) error
	Budgets(ctx context.Context) ([]Budget, error)
	// Reserve counts what a call will cost at most as spent, before it is made. A
	// budget that this would go beyond is a [*BudgetError], and nothing is
	// counted.
	Reserve(ctx context.Context, s Spending) error
	// Settle puts what a call did cost in the place of what was reserved for it.
	// A call that never settles stays counted as reserved.
	Settle(ctx context.Context, reserved, spent Spending) error
	// Spent sums up a day or an issue over all providers; the other is empty.
	Spent(ctx context.Context, day, issueID string) (Spending, error)
}
