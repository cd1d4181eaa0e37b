package tools

import (
	"context"
	"slices"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/providers"
	"github.com/tftsr/tftsr/store"
)

type triageChatIn struct {
	IssueID        string   `json:"issue_id,omitempty" gate:"id" jsonschema_description:"to begin a conversation"`
	ConversationID string   `json:"conversation_id,omitempty" gate:"id" jsonschema_description:"to go on with one"`
	Message        string   `json:"message,omitempty" gate:"text" jsonschema:"maxLength=20000,example=Why does the pool run dry?"`
	LogIDs         []string `json:"log_ids,omitempty" gate:"id" jsonschema:"maxItems=5" jsonschema_description:"reviewed logs whose digests go with the message"`
	Provider       string   `json:"provider,omitempty" gate:"id" jsonschema_description:"of a new conversation"`
	Search         string   `json:"search,omitempty" gate:"text" jsonschema:"maxLength=500" jsonschema_description:"instead of a message: find what was said before"`
}

type triageChatOut struct {
	ConversationID string     `json:"conversation_id,omitempty"`
	Provider       string     `json:"provider,omitempty" jsonschema:"example=claude"`
	Model          string     `json:"model,omitempty"`
	Answer         string     `json:"answer,omitempty"`
	WhyLevel       int        `json:"why_level,omitempty" jsonschema_description:"1 to 5"`
	Calls          []string   `json:"tools_called,omitempty"`
	Waiting        []string   `json:"waiting,omitempty" jsonschema_description:"what a person has to approve first, and how"`
	LeftOut        int64      `json:"older_messages_left_out,omitempty"`
	Passed         []string   `json:"could_not_answer,omitempty"`
	Usage          *usageView `json:"usage,omitempty"`
	Found          []foundSay `json:"found,omitempty"`

	approvals []string // ids of those that wait
}

// foundSay is a message that a search found.
type foundSay struct {
	ConversationID string `json:"conversation_id"`
	IssueID        string `json:"issue_id"`
	Role           string `json:"role"`
	At             string `json:"at"`
	Snippet        string `json:"snippet"`
}

const maxFound = 20

func triageChat() Tool {
	return define(spec{
		name: "triage_chat", title: "Talk an issue over with an AI provider", toolset: SetProviders, openWorld: true,
		description: "One turn of a conversation with an AI provider about an issue, which is stored. The provider may read this issue's reviewed logs and call tools that people allow; " +
			"what it writes waits for a person: if the answer says so, tell the user the command, and afterwards call again with conversation_id and no message.",
	}, func(ctx context.Context, c *call, in triageChatIn) (triageChatOut, error) {
		switch {
		case in.Search != "" && in.Message != "":
			return triageChatOut{}, usage("give message or search, not both")
		case in.Search != "":
			return c.searchChats(ctx, in)
		}
		out, err := c.talk(ctx, in, c.streaming(ctx))
		if len(out.approvals) > 0 {
			out.Waiting = append(out.Waiting, "afterwards call triage_chat with this conversation_id and no message, and the conversation goes on; a message goes on without what was not approved by then")
		}
		return out, err
	})
}

// Talk is a turn of a conversation for a person at the terminal: see the tool
// triage_chat. An error that the person can mend is the only kind that has a
// text for people.
func Talk(ctx context.Context, d *Deps, in TalkIn) (*TalkOut, error) {
	caller, err := terminalCaller(ctx)
	if err != nil {
		return nil, err
	}
	c := &call{Deps: d, caller: caller}
	c.to = "" // Nothing of it goes to the host's model.
	out, err := c.talk(ctx, triageChatIn{IssueID: in.IssueID, ConversationID: in.ConversationID, Message: in.Message, LogIDs: in.LogIDs, Provider: in.Provider},
		func(string) func(string) { return in.OnText })
	if err != nil {
		return nil, err
	}
	return &TalkOut{out.ConversationID, out.Provider, out.Model, out.Answer, out.WhyLevel, out.Calls, out.Waiting, out.approvals}, nil
}

// TalkIn is what a person says. Without a message the conversation goes on after
// what it waited for.
type TalkIn struct {
	IssueID, ConversationID, Message, Provider string
	LogIDs                                     []string
	// OnText gets the pieces of answers as they arrive, text from outside.
	OnText func(string)
}

// TalkOut is what came of it.
type TalkOut struct {
	ConversationID, Provider, Model, Answer string
	WhyLevel                                int
	Calls, Waiting                          []string
	// Approvals are the ids of those that the provider's calls wait for.
	Approvals []string
}

func (c *call) searchChats(ctx context.Context, in triageChatIn) (triageChatOut, error) {
	issue := in.IssueID
	if in.ConversationID != "" {
		v, err := c.conversation(ctx, in.ConversationID, in.IssueID)
		if err != nil {
			return triageChatOut{}, err
		}
		issue = v.IssueID
	}
	hits, err := c.Store.SearchMessages(ctx, in.Search, issue, maxFound)
	if err != nil {
		return triageChatOut{}, err
	}
	var out triageChatOut
	for _, h := range hits {
		if may, err := c.readable(ctx, h.Message.Logs, c.to); err != nil {
			return out, err
		} else if !may {
			continue
		}
		out.Found = append(out.Found, foundSay{h.ConversationID, h.IssueID, h.Message.Role, timestamp(h.Message.CreatedAt), h.Snippet})
	}
	if len(out.Found) == 0 {
		return out, usage("no message has all of these words")
	}
	return out, nil
}

// talk is one turn. Everything that can need a person comes before anything
// that cannot be repeated: the handler runs again when the person has
// answered.
func (c *call) talk(ctx context.Context, in triageChatIn, stream func(from string) func(piece string)) (triageChatOut, error) {
	if _, err := c.sender(); err != nil {
		return triageChatOut{}, err
	}
	// What a host sends is cleared on its way in; what a person types is not.
	var err error
	if in.Message, _, err = c.Gate.RedactText(ctx, pii.ModeAgent, in.Message); err != nil {
		return triageChatOut{}, err
	}
	t, err := c.turn(ctx, in)
	if err != nil {
		return triageChatOut{}, err
	}
	t.stream = stream
	for _, id := range in.LogIDs {
		log, err := c.Store.Log(ctx, id)
		if err != nil {
			return triageChatOut{}, missing(err, "log", "list_logs")
		}
		if log.IssueID != t.issue.ID {
			return triageChatOut{}, usage("log %s belongs to another issue", log.ID)
		}
		if err := c.mayReach(ctx, log, providers.DestinationOf(t.Provider)); err != nil {
			return triageChatOut{}, err
		}
		if err := t.attach(ctx, log); err != nil {
			return triageChatOut{}, err
		}
	}
	if err := t.offer(ctx); err != nil {
		return triageChatOut{}, err
	}
	parked := t.conv.Parked != ""
	if parked {
		begin := t.turnState // of a turn that begins
		waits, dropped, err := t.takeUp(ctx, in.Message)
		switch {
		case err != nil:
			return triageChatOut{}, err
		case waits:
			return t.parked(), nil
		case dropped:
			t.turnState, parked = begin, false
		default:
			for _, id := range begin.Logs {
				if !slices.Contains(t.Logs, id) {
					t.Logs = append(t.Logs, id)
				}
			}
		}
	}
	if in.Message != "" {
		t.says(in.Message)
	}
	if err := t.run(ctx); err != nil {
		if parked {
			err = t.again(ctx, err)
		}
		return triageChatOut{}, err
	}
	if len(t.Waiting) > 0 {
		t.letGo()
		if err := t.park(context.WithoutCancel(ctx)); err != nil {
			return triageChatOut{}, err
		}
		return t.parked(), nil
	}
	return t.keep(ctx)
}

// turn begins a turn of a conversation that there is, or of one that begins.
func (c *call) turn(ctx context.Context, in triageChatIn) (*chatTurn, error) {
	v, err := c.conversation(ctx, in.ConversationID, in.IssueID)
	if err != nil {
		return nil, err
	}
	if in.Provider != "" && in.ConversationID != "" && in.Provider != v.Provider {
		return nil, usage("this conversation is with %s; set_provider changes that", v.Provider)
	}
	if in.Message == "" && (v.Parked == "" || len(in.LogIDs) > 0) {
		return nil, usage("say something: message is empty")
	}
	t := &chatTurn{call: c, conv: v, stored: in.ConversationID != ""}
	if v.Provider == "" {
		v.Provider = in.Provider
	}
	p, err := c.provider(ctx, v.Provider)
	if err != nil {
		return nil, err
	}
	if !t.stored {
		v.Provider, v.SessionID = p.Name(), p.Traits().Session
		// The record has the turn under its conversation, which is stored when there
		// is an answer.
		if v.ID, err = newID(); err != nil {
			return nil, err
		}
	}
	t.turnState = turnState{Base: v.Messages, First: p.Name(), Provider: p.Name()}
	if t.issue, err = c.Store.Issue(ctx, v.IssueID); err != nil {
		return nil, missing(err, "issue", "list_issues")
	}
	return t, nil
}

// keep stores a turn that was answered.
func (t *chatTurn) keep(ctx context.Context) (triageChatOut, error) {
	v := t.conv
	level := triage.WhyLevel(t.reply)
	v.Parked = ""
	if t.Provider == v.Provider && t.Session != "" {
		v.SessionID = t.Session
	}
	for i := range t.unsaved {
		t.unsaved[i].Provider, t.unsaved[i].Model = t.Provider, t.Model
	}
	err := t.save(ctx, &store.ChatMessage{
		Owner: t.caller.ID, Role: "assistant", Text: t.reply, Provider: t.Provider, Model: t.Model, WhyLevel: level, Logs: t.Logs, CreatedAt: t.Now().UTC(),
	})
	if err != nil {
		return triageChatOut{}, err
	}
	if level > t.highest {
		if err := t.note(ctx, v.IssueID, triage.EventWhyLevelAdvanced, whyText(level, t.Provider)); err != nil {
			return triageChatOut{}, err
		}
	}
	return triageChatOut{
		ConversationID: v.ID, Provider: t.Provider, Model: t.Model, Answer: t.reply, WhyLevel: level, Calls: t.Called, Waiting: t.waiting,
		LeftOut: t.leftOut, Passed: t.Passed, Usage: viewUsage(t.Usage),
	}, nil
}
