package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/providers"
	"github.com/tftsr/tftsr/store"
)

// turnState is what is kept of a turn that waits for a person, so that it goes
// on where it stood. All text in it was redacted.
type turnState struct {
	Base     int64       `json:"base"` // messages of the conversation before the turn
	Said     []utterance `json:"said"` // by the user, the provider and its tools
	Logs     []string    `json:"logs,omitempty"`
	Round    int         `json:"round"`
	Asked    int         `json:"asked"`    // calls of the turn
	IDs      int         `json:"ids"`      // of calls that were given
	First    string      `json:"first"`    // provider that was asked at first
	Provider string      `json:"provider"` // that answers
	Model    string      `json:"model"`
	Session  string      `json:"session,omitempty"`
	Text     string      `json:"text,omitempty"` // said beside the calls that wait
	Called   []string    `json:"called,omitempty"`
	Passed   []string    `json:"passed,omitempty"`

	Usage   providers.Usage `json:"usage"`
	Waiting []waitingCall   `json:"waiting,omitempty"`
	// Taken is when a call took the turn up to go on with it, and Holder the store
	// of the process that did.
	Taken  time.Time `json:"taken,omitzero"`
	Holder string    `json:"holder,omitempty"`
}

// waitingCall is a call of a provider that waits for a person.
type waitingCall struct {
	CallID   string          `json:"call_id"`
	Tool     string          `json:"tool"`
	Args     json.RawMessage `json:"args"`
	Approval string          `json:"approval"`
	Until    time.Time       `json:"until,omitzero"`
}

// maxTaken is for how long a call that took a turn up keeps others from it while
// its process lives. When that ends, however it does, the turn is free at once.
// What is longer is of a call that could not even store that it had failed.
const maxTaken = 10 * time.Minute

// park keeps the turn with the conversation.
func (t *chatTurn) park(ctx context.Context) error {
	b, err := json.Marshal(&t.turnState)
	if err != nil {
		return err
	}
	t.conv.Parked = string(b)
	return t.save(ctx, nil)
}

// save stores the conversation with what was said and is not stored yet.
func (t *chatTurn) save(ctx context.Context, answer *store.ChatMessage) error {
	v := t.conv
	if !t.stored {
		if err := t.begunConversation(ctx, v); err != nil {
			return err
		}
		t.stored = true
	}
	added := t.unsaved
	if answer != nil {
		added = append(added, *answer)
	}
	v.Domain, v.UpdatedAt = t.issue.Category, t.Now().UTC()
	err := t.Store.SaveConversation(ctx, v, added)
	if errors.Is(err, store.ErrConflict) {
		return usage("another turn was added to this conversation meanwhile, or it was changed; this one was not kept: say it again")
	}
	if err == nil {
		t.unsaved = nil
	}
	return err
}

// parked is the answer of a turn that waits.
func (t *chatTurn) parked() triageChatOut {
	out := triageChatOut{
		ConversationID: t.conv.ID, Provider: t.Provider, Model: t.Model, Answer: t.Text, Calls: t.Called, Passed: t.Passed,
		Waiting: slices.Clone(t.waiting), Usage: viewUsage(t.Usage),
	}
	for _, w := range t.Waiting {
		out.approvals = append(out.approvals, w.Approval)
		out.Waiting = append(out.Waiting, fmt.Sprintf("%s %s waits for a person until %s: they see it with `tftsr approvals show %s` and let it happen with `tftsr approvals approve %s`",
			w.Tool, clip(string(w.Args), maxStatement), timestamp(w.Until), w.Approval, w.Approval))
	}
	return out
}

// takeUp goes on with the turn that is parked, as far as to ask the provider
// again: it makes what a person has approved. waits says that nobody has decided
// yet and the caller said nothing new; dropped, that the turn cannot go on and
// that what the caller says begins another one.
func (t *chatTurn) takeUp(ctx context.Context, message string) (waits, dropped bool, err error) {
	if err := json.Unmarshal([]byte(t.conv.Parked), &t.turnState); err != nil {
		return false, false, fmt.Errorf("the turn that waits cannot be read: %w", err)
	}
	if t.Now().Sub(t.Taken) < maxTaken && t.Store.Held(t.Holder) {
		return false, false, usage("another call goes on with this conversation just now: wait for it")
	}
	if why, err := t.stuck(ctx); err != nil {
		return false, false, err
	} else if why != "" {
		if message == "" {
			return false, false, usage("the turn that waited cannot go on: %s; say something new, and it is left", why)
		}
		t.turnState, t.conv.Parked = turnState{}, ""
		return false, true, nil
	}
	open := map[string]bool{}
	for _, w := range t.Waiting {
		a, err := t.Store.Approval(ctx, w.Approval, t.Now())
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return false, false, err
		}
		open[w.Approval] = err == nil && a.Status == store.ApprovalPending
		if open[w.Approval] && message == "" {
			return true, false, nil
		}
	}
	t.Taken, t.Holder = t.Now().UTC(), t.Store.Holder()
	if err := t.park(ctx); err != nil {
		return false, false, err
	}
	return false, false, t.settle(ctx, open)
}

// stuck says why a parked turn cannot go on.
func (t *chatTurn) stuck(ctx context.Context) (string, error) {
	if t.conv.Provider != t.First {
		return "another provider was chosen since", nil
	}
	to := providers.DestinationOf(t.Provider)
	for _, id := range t.Logs {
		log, err := t.Store.Log(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return "a log that it read is gone", nil
		}
		if err != nil {
			return "", err
		}
		if t.Gate.MayRead(log, to) != nil {
			return "a person has rejected a log that it read", nil
		}
	}
	return "", nil
}

// settle makes the calls that waited, but for those that are still open, and
// gives the provider their results.
func (t *chatTurn) settle(ctx context.Context, open map[string]bool) error {
	speaking := t.speaking(ctx)
	for len(t.Waiting) > 0 {
		w := t.Waiting[0]
		text := "No person has approved this yet. It was not done."
		if !open[w.Approval] {
			n := slices.IndexFunc(t.tools, func(tool chatTool) bool { return tool.name == w.Tool })
			if n < 0 {
				text = "This tool is not offered any more. It was not done."
			} else {
				res, err := t.make(speaking, t.tools[n], w)
				if err != nil {
					return t.again(ctx, err)
				}
				if text = res.text; res.wait != nil {
					text = "No person has approved this yet. It was not done."
				}
			}
		}
		for i := range t.Said {
			if t.Said[i].Role == providers.RoleTool && t.Said[i].CallID == w.CallID {
				t.Said[i].Text = text
			}
		}
		// What was done is not done again, whatever happens next.
		t.Waiting = t.Waiting[1:]
		if err := t.park(context.WithoutCancel(ctx)); err != nil {
			return err
		}
	}
	t.Text = ""
	return nil
}

// letGo lets the next call take the turn up.
func (t *chatTurn) letGo() { t.Taken, t.Holder = time.Time{}, "" }

// again leaves a turn that was taken up to the next call, and returns what kept
// it from going on.
func (t *chatTurn) again(ctx context.Context, why error) error {
	t.letGo()
	return errors.Join(why, t.park(context.WithoutCancel(ctx)))
}

// readable reports whether text that rests on logs may go to a destination.
func (c *call) readable(ctx context.Context, logs []string, to gate.Destination) (bool, error) {
	for _, id := range logs {
		log, err := c.Store.Log(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if c.Gate.MayRead(log, to) != nil {
			return false, nil
		}
	}
	return true, nil
}
