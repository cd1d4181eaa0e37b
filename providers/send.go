package providers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

// Sender is how tools and commands reach providers: whatever it sends was
// cleared for its destination, comes from reviewed logs only, is within the
// budget, and is on the record before it leaves. It is safe for concurrent
// use. All fields are required.
type Sender struct {
	Gate  *gate.Gate
	Store store.Store
	// Open opens the provider of a name, or the default one.
	Open func(ctx context.Context, name string) (Provider, error)
	Now  func() time.Time
}

// Job is something to ask a provider.
type Job struct {
	Provider string // empty for the default one
	IssueID  string // whose budget it is; may be empty
	// EntityType and EntityID say in the record what it is about.
	EntityType, EntityID string
	// Logs are the ids of the logs that text of the request is from. One that
	// waits for its review stops the request.
	Logs []string
	// Build makes the request for a provider: it clears every text for it. It
	// is called again for each provider of the chain of fallbacks.
	Build func(ctx context.Context, p Provider) (*Request, error)
	// Only forbids the chain of fallbacks.
	Only bool
	// Recorded says that the caller has put the intent on the record, and puts
	// the outcome there.
	Recorded bool
}

// Answered is an answer and who gave it.
type Answered struct {
	Reply
	Provider string
	// Passed are those of the chain that could not answer, with the kind of their
	// trouble, as "name (kind)".
	Passed []string
}

// maxChain bounds how many providers are asked.
const maxChain = 5

// Send asks the provider of a job, and those of its chain of fallbacks where it
// cannot answer. An error is an [*Error] of the first one that was asked, a
// [*gate.ReviewError], a [*store.BudgetError] or an error of ours.
func (s *Sender) Send(ctx context.Context, j Job) (*Answered, error) {
	var first error
	out := &Answered{}
	asked := []string{}
	for next := []string{j.Provider}; len(next) > 0 && len(asked) < maxChain; next = next[1:] {
		name := next[0]
		if slices.Contains(asked, name) {
			continue
		}
		asked = append(asked, name)
		p, err := s.Open(ctx, name)
		if err == nil {
			if !slices.Contains(asked, p.Name()) {
				asked = append(asked, p.Name()) // the default, by its name
			}
			if !j.Only {
				next = append(next, p.Traits().Fallback...)
			}
			name = p.Name()
			var reply *Reply
			if reply, err = s.one(ctx, p, j); err == nil {
				out.Reply, out.Provider = *reply, p.Name()
				return out, nil
			}
		}
		if first == nil {
			first = err
		}
		kind := KindOf(err)
		if !anotherMay(kind) {
			if errors.Is(err, ErrProvider) && len(asked) > 1 {
				continue // A fallback that is no more.
			}
			return nil, err
		}
		out.Passed = append(out.Passed, fmt.Sprintf("%s (%s)", name, kind))
	}
	return nil, first
}

// anotherMay says whether another provider may answer what one did not.
func anotherMay(k Kind) bool {
	switch k {
	case "", KindContext, KindRefused, KindInvalid, KindTooLarge:
		return false
	}
	return true
}

// one asks one provider.
func (s *Sender) one(ctx context.Context, p Provider, j Job) (*Reply, error) {
	for _, id := range j.Logs {
		l, err := s.Store.Log(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := s.Gate.MayRead(l, p.Destination()); err != nil {
			return nil, err
		}
	}
	caller, ok := gate.CallerFrom(ctx)
	if !ok {
		return nil, gate.ErrNoCaller
	}
	r, err := j.Build(ctx, p)
	if err != nil {
		return nil, err
	}
	if r.Trace == nil {
		r.Trace = new(Trace)
	}
	sums, size, err := outgoing(p.Destination(), r)
	if err != nil {
		return nil, err
	}
	held, err := s.reserve(ctx, p, r, store.Spending{Provider: p.Name(), Owner: caller.ID, IssueID: j.IssueID}, size)
	if err != nil {
		return nil, err
	}
	rec, err := s.begin(ctx, p, j, r, sums, size)
	if err != nil {
		none := held
		none.Calls, none.Input, none.Output, none.MicroUSD = 0, 0, 0, 0
		return nil, errors.Join(err, s.Store.Settle(context.WithoutCancel(ctx), held, none))
	}
	reply, chatErr := p.Chat(ctx, r)
	done := context.WithoutCancel(ctx)
	if rec != nil {
		if err := rec.End(done, outcome(r, reply, chatErr)); err != nil {
			return nil, errors.Join(err, chatErr)
		}
	}
	if err := s.Store.Settle(done, held, cost(p, held, reply, chatErr)); err != nil && chatErr == nil {
		return nil, err
	}
	return reply, chatErr
}

// begin puts on the record that a request is about to leave; nil where it is
// there.
func (s *Sender) begin(ctx context.Context, p Provider, j Job, r *Request, sums []string, size int) (*gate.Call, error) {
	if j.Recorded {
		return nil, nil //nolint:nilnil // Nothing is to be ended either.
	}
	model := r.Model
	if model == "" {
		model = p.Model()
	}
	if j.EntityType == "provider" && j.EntityID == "" {
		j.EntityID = p.Name()
	}
	details := map[string]any{"destination": string(p.Destination()), "provider": p.Name(), "model": model, "sha256": sums, "bytes": size}
	if len(j.Logs) > 0 {
		details["logs"] = j.Logs
	}
	if j.IssueID != "" {
		details["issue"] = j.IssueID
	}
	return s.Gate.Begin(ctx, gate.Intent{Action: audit.ActionAISend, EntityType: j.EntityType, EntityID: j.EntityID, Details: details})
}

// outcome is what the record says of how a request ended.
func outcome(r *Request, reply *Reply, err error) gate.Outcome {
	end := gate.Outcome{Status: "ok", Details: map[string]any{"attempts": r.Trace.Attempts, "wire_sha256": r.Trace.Bodies}}
	switch {
	case err == nil:
		end.Details["answered_by"], end.Details["input_tokens"], end.Details["output_tokens"] = reply.Model, reply.Usage.Input, reply.Usage.Output
		if reply.Usage.Priced {
			end.Details["micro_usd"] = reply.Usage.MicroUSD
		}
		if reply.Session != "" {
			end.Details["history"] = "kept by the provider" // The record says whose memory it is.
		}
	case errors.Is(err, context.Canceled):
		end.Status = "cancelled"
	default:
		end.Status = "error"
		end.Details["kind"] = string(KindOf(err))
	}
	return end
}

// outgoing returns the SHA-256 of every text of a request, and the bytes of
// all. What was cleared for another destination is an error.
func outgoing(d gate.Destination, r *Request) (sums []string, size int, err error) {
	take := func(c gate.Cleared) {
		if c.SHA256() == "" {
			return
		}
		text, textErr := c.Text(d)
		if textErr != nil {
			err = textErr
		}
		if !slices.Contains(sums, c.SHA256()) {
			sums = append(sums, c.SHA256())
		}
		size += len(text)
	}
	for _, m := range r.Messages {
		take(m.Text)
		for _, c := range m.Calls {
			take(c.Arguments)
		}
	}
	tools := 0
	for _, t := range r.Tools {
		// What tools are is the same in every request: only its size counts.
		for _, c := range []gate.Cleared{t.Description, t.Parameters} {
			text, textErr := c.Text(d)
			if textErr != nil {
				return nil, 0, textErr
			}
			tools += len(text)
		}
	}
	if r.Schema != nil {
		tools += len(r.Schema.JSON)
	}
	return sums, size + tools, err
}

// reserve counts what a request will cost at most.
func (s *Sender) reserve(ctx context.Context, p Provider, r *Request, held store.Spending, size int) (store.Spending, error) {
	t := p.Traits()
	most := r.MaxTokens
	if most == 0 {
		most = t.MaxTokens
	}
	held.Day, held.Calls = s.Now().UTC().Format(time.DateOnly), 1
	held.Input, held.Output = int64(size/bytesPerToken)+int64(len(r.Messages)*8), int64(most)
	if t.Priced {
		held.MicroUSD = Price(t, held.Input, held.Output)
	} else {
		limits, err := s.Store.Budgets(ctx)
		if err != nil {
			return held, err
		}
		for _, b := range limits {
			if b.MicroUSD > 0 {
				return held, fmt.Errorf("%w: it is in dollars and nobody knows what %s costs: the owner gives it price_in and price_out, or a budget in tokens", store.ErrBudget, p.Name())
			}
		}
	}
	return held, s.Store.Reserve(ctx, held)
}

// cost is what a call that ended did cost.
func cost(p Provider, held store.Spending, reply *Reply, err error) store.Spending {
	is := held
	var e *Error
	switch {
	case err == nil && reply.Usage.Known:
		is.Input, is.Output = reply.Usage.Input, reply.Usage.Output
	case err == nil:
		is.Output = int64(len(reply.Text)/bytesPerToken) + 1
	case errors.As(err, &e) && !e.sent:
		is.Input, is.Output, is.MicroUSD = 0, 0, 0 // It was turned away.
		return is
	default:
		return is // It may have been worked on.
	}
	if t := p.Traits(); reply.Usage.Priced {
		is.MicroUSD = reply.Usage.MicroUSD
	} else if t.Priced {
		is.MicroUSD = Price(t, is.Input, is.Output)
	}
	return is
}

// maxReason bounds what is repeated of a provider's own words, in bytes.
const maxReason = 600

// Explain is an error for people and models: with the words of the provider,
// which are cleared first.
func (s *Sender) Explain(ctx context.Context, err error) (string, error) {
	var e *Error
	if !errors.As(err, &e) || e.Reason == "" {
		return err.Error(), nil
	}
	reason := e.Reason
	if len(reason) > maxReason {
		reason = reason[:maxReason] + "…"
	}
	said, _, clearErr := s.Gate.RedactText(context.WithoutCancel(ctx), pii.ModeRaw, reason)
	if clearErr != nil {
		return "", clearErr
	}
	return e.Error() + "; it says: " + said, nil
}
