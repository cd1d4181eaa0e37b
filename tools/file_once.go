package tools

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

const (
	// claimTime is how long another call that is filing the same thing is waited
	// for. After it, the claim is one of a process that is gone.
	claimTime = 2 * time.Minute
	// lookups is how often something is looked for whose creation got no answer.
	lookups = 3
)

// filing is something that is filed for an issue, once.
type filing[T any] struct {
	*outside
	issue *triage.Issue // nil for what is of no issue, which is not remembered
	// correlation is by what it is found there; empty for the id of the issue.
	correlation string
	write       write
	out         gate.Outgoing
	post        func(context.Context) (*T, error)
	find        func(context.Context) (*T, error) // what was filed before, or nil
	name        func(*T) (id, number, url string)
}

// ticket is what is remembered of it.
func (f *filing[T]) ticket() store.Ticket {
	now := f.Now().UTC()
	return store.Ticket{
		IssueID: f.issue.ID, Service: f.inst.Service, Instance: f.inst.Name, Owner: f.caller.ID, CorrelationID: cmp.Or(f.correlation, f.issue.ID),
		CreatedAt: now, UpdatedAt: now,
	}
}

// claim takes the right to file it, unless another call has it.
func (f *filing[T]) claim(ctx context.Context) (store.Ticket, error) {
	if f.issue == nil {
		return store.Ticket{}, nil
	}
	t := f.ticket()
	claim, mine, err := f.Store.ClaimTicket(ctx, t, t.CreatedAt.Add(-claimTime))
	if err != nil {
		return claim, missing(err, "issue", "list_issues")
	}
	if !mine {
		return claim, usage("another call is filing this, or has filed it, just now; call again in two minutes, and it is found")
	}
	return claim, nil
}

// known refuses where something was filed that can no longer be seen.
func (o *outside) known(ctx context.Context, issue *triage.Issue) error {
	tickets, err := o.Store.TicketsOf(ctx, issue.ID)
	if err != nil {
		return err
	}
	for _, t := range tickets {
		if t.Service == o.inst.Service && t.Instance == o.inst.Name && t.CorrelationID == issue.ID && t.State == store.TicketFiled {
			return usage("this issue was filed as %s at %s, which the account can no longer find there: ask a person before filing another", t.Number, o.inst.Name)
		}
	}
	return nil
}

// file sends what was approved unless another call does, and remembers it.
func (f *filing[T]) file(ctx context.Context) (*T, error) {
	claim, err := f.claim(ctx)
	if err != nil {
		return nil, err
	}
	var made *T
	err = f.send(ctx, f.write, f.out, func(ctx context.Context) (map[string]any, error) {
		if made, err = f.create(ctx); err != nil {
			return nil, err
		}
		id, number, _ := f.name(made)
		return map[string]any{"number": number, "remote_id": id}, nil
	})
	var e *integrations.Error
	switch {
	case errors.As(err, &e) && e.Lost:
		return nil, usage("%v. It was looked for and is not there yet: call again in two minutes, which looks again before it files anything", f.failed(ctx, err))
	case err != nil && made == nil && f.issue == nil:
		return nil, f.failed(ctx, err)
	case err != nil && made == nil:
		dropErr := f.Store.DropTicket(context.WithoutCancel(ctx), claim)
		return nil, errors.Join(f.failed(ctx, err), dropErr)
	}
	return made, errors.Join(err, f.remember(ctx, made))
}

// create makes it and, if no answer comes, looks for it.
func (f *filing[T]) create(ctx context.Context) (*T, error) {
	made, err := f.post(ctx)
	var e *integrations.Error
	if !errors.As(err, &e) || !e.Lost {
		return made, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), claimTime/4)
	defer cancel()
	for try := range lookups {
		if found, findErr := f.find(ctx); findErr == nil && found != nil {
			return found, nil
		}
		if try < lookups-1 && pause(ctx, f.lookAgain()) != nil {
			break
		}
	}
	return nil, err
}

// remember keeps what an issue has there.
func (f *filing[T]) remember(ctx context.Context, made *T) error {
	if f.issue == nil {
		return nil
	}
	t := f.ticket()
	t.State = store.TicketFiled
	t.RemoteID, t.Number, t.URL = f.name(made)
	return f.Store.SaveTicket(context.WithoutCancel(ctx), t)
}

// lookAgain is the wait between two looks for what got no answer.
func (c *call) lookAgain() time.Duration {
	if c.LookAgain > 0 {
		return c.LookAgain
	}
	return time.Second
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
