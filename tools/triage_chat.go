package tools

import (
	"context"
	"errors"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/triage"
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
		description: "One turn of a conversation with an AI provider about an issue, which is stored; the provider may read this issue's reviewed logs.",
	}, func(ctx context.Context, c *call, in triageChatIn) (triageChatOut, error) {
		switch {
		case in.Search != "" && in.Message != "":
			return triageChatOut{}, usage("give message or search, not both")
		case in.Search != "":
			return c.searchChats(ctx, in)
		}
		return c.talk(ctx, in, c.streaming(ctx))
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
	return &TalkOut{out.ConversationID, out.Provider, out.Model, out.Answer, out.WhyLevel, out.Calls, out.Waiting}, nil
}

// TalkIn is what a person says.
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
	if in.Message == "" {
		return triageChatOut{}, usage("say something: message is empty")
	}
	if _, err := c.sender(); err != nil {
		return triageChatOut{}, err
	}
	// What a host sends is cleared on its way in; what a person types is not.
	var err error
	if in.Message, _, err = c.Gate.RedactText(ctx, pii.ModeAgent, in.Message); err != nil {
		return triageChatOut{}, err
	}
	v, err := c.conversation(ctx, in.ConversationID, in.IssueID)
	if err != nil {
		return triageChatOut{}, err
	}
	if in.Provider != "" && in.ConversationID != "" && in.Provider != v.Provider {
		return triageChatOut{}, usage("this conversation is with %s; set_provider changes that", v.Provider)
	}
	if v.Provider == "" {
		v.Provider = in.Provider
	}
	p, err := c.provider(ctx, v.Provider)
	if err != nil {
		return triageChatOut{}, err
	}
	if in.ConversationID == "" {
		v.Provider, v.SessionID = p.Name(), p.Traits().Session
	}
	t := &chatTurn{call: c, conv: v, message: in.Message, stream: stream}
	if t.issue, err = c.Store.Issue(ctx, v.IssueID); err != nil {
		return triageChatOut{}, missing(err, "issue", "list_issues")
	}
	for _, id := range in.LogIDs {
		log, err := c.Store.Log(ctx, id)
		if err != nil {
			return triageChatOut{}, missing(err, "log", "list_logs")
		}
		if log.IssueID != v.IssueID {
			return triageChatOut{}, usage("log %s belongs to another issue", log.ID)
		}
		if err := c.mayReach(ctx, log, p.Destination()); err != nil {
			return triageChatOut{}, err
		}
		if err := t.attach(ctx, log); err != nil {
			return triageChatOut{}, err
		}
	}
	if err := t.run(ctx, p); err != nil {
		return triageChatOut{}, err
	}
	return t.keep(ctx)
}

// keep stores a turn that was answered.
func (t *chatTurn) keep(ctx context.Context) (triageChatOut, error) {
	v := t.conv
	if v.ID == "" {
		if err := t.begunConversation(ctx, v); err != nil {
			return triageChatOut{}, err
		}
	}
	now := t.Now().UTC()
	level := triage.WhyLevel(t.reply)
	added := []store.ChatMessage{
		{Owner: t.caller.ID, Role: "user", Text: t.message, Provider: t.answeredBy, Model: t.model, WhyLevel: triage.WhyLevel(t.message), CreatedAt: now},
		{Owner: t.caller.ID, Role: "assistant", Text: t.reply, Provider: t.answeredBy, Model: t.model, WhyLevel: level, CreatedAt: now},
	}
	v.Domain, v.UpdatedAt = t.issue.Category, now
	if t.answeredBy == v.Provider && t.session != "" {
		v.SessionID = t.session
	}
	err := t.Store.SaveConversation(ctx, v, added)
	if errors.Is(err, store.ErrConflict) {
		return triageChatOut{}, usage("another turn was added to this conversation meanwhile; this one was not kept: say it again")
	}
	if err != nil {
		return triageChatOut{}, err
	}
	if level > t.highest {
		if err := t.note(ctx, v.IssueID, triage.EventWhyLevelAdvanced, whyText(level, t.answeredBy)); err != nil {
			return triageChatOut{}, err
		}
	}
	return triageChatOut{
		ConversationID: v.ID, Provider: t.answeredBy, Model: t.model, Answer: t.reply, WhyLevel: level, Calls: t.called, Waiting: t.waiting,
		LeftOut: t.leftOut, Passed: t.passed, Usage: viewUsage(t.usage),
	}, nil
}
