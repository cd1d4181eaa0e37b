package store

import (
	"context"
	"time"

	"github.com/tftsr/tftsr/internal/pii"
)

// Integration is one instance of an outside service, as its owner configured
// it. It holds no credential: that is a secret, of which this has the keyed
// fingerprint.
type Integration struct {
	Service     string // "servicenow"
	Name        string // "prod"; unique within the service
	Owner       string
	BaseURL     string // https://acme.service-now.com, without a slash at the end
	Username    string
	ProjectName string
	SpaceKey    string
	Auth        string // how it is logged in to, in words of package integrations
	ClientID    string // of OAuth
	// Options are particular to a service; its package documents them.
	Options    map[string]string
	AutoCreate bool     // prepare a write for approval when an issue opens
	Categories []string // of issues that this instance is the default for; "*" is any other
	// TrustTypes and TrustFields say which originals this destination gets, by
	// name of the pii type and of the field that they stand in; "*" is all. Both
	// empty: none.
	TrustTypes  []string
	TrustFields []string
	Fingerprint string    // of the credential; empty when there is none yet
	ExpiresAt   time.Time // of the credential; zero when it does not expire
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Integrations keeps instances of outside services.
type Integrations interface {
	// SaveIntegration stores an instance, replacing the one of that service and
	// name. A category that another instance of the service is the default for
	// is [ErrConflict].
	SaveIntegration(ctx context.Context, i *Integration) error
	Integration(ctx context.Context, service, name string) (*Integration, error)
	// ListIntegrations returns the instances of a service, or of all when it is
	// empty, by service and name.
	ListIntegrations(ctx context.Context, service string) ([]Integration, error)
	DeleteIntegration(ctx context.Context, service, name string) error
}

// TicketState is how far a write to a service has come.
type TicketState string

// The states.
const (
	TicketSending TicketState = "sending" // it may have arrived
	TicketFiled   TicketState = "filed"
)

// Ticket is what an issue left in an instance of a service: at most one of
// each correlation id.
type Ticket struct {
	IssueID       string
	Service       string
	Instance      string
	Owner         string
	CorrelationID string // by which it is found there
	State         TicketState
	RemoteID      string
	Number        string
	URL           string
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// Tickets keeps what issues left in outside services.
type Tickets interface {
	// ClaimTicket takes the right to send t, whose state becomes sending, and
	// reports whether the caller has it. Else it returns the ticket that is there:
	// filed, or being sent by another call since staleBefore.
	ClaimTicket(ctx context.Context, t Ticket, staleBefore time.Time) (Ticket, bool, error)
	// SaveTicket stores what became of a claimed ticket.
	SaveTicket(ctx context.Context, t Ticket) error
	// DropTicket gives up the claim of a ticket: nothing was sent. A filed one
	// stays. Of t only what identifies it counts.
	DropTicket(ctx context.Context, t Ticket) error
	// TicketsOf returns the tickets of an issue, by service, instance and
	// correlation id.
	TicketsOf(ctx context.Context, issueID string) ([]Ticket, error)
}

// Shown keeps which tokens a caller was shown.
type Shown interface {
	NoteShown(ctx context.Context, owner string, tokens []pii.Token) error
	// WereShown returns those of tokens that owner was shown, in their order.
	WereShown(ctx context.Context, owner string, tokens []pii.Token) ([]pii.Token, error)
}
