package tools

import (
	"context"

	"github.com/tftsr/tftsr/store"
)

type setProviderIn struct {
	IssueID        string `json:"issue_id,omitempty" gate:"id" jsonschema_description:"to begin a conversation"`
	ConversationID string `json:"conversation_id,omitempty" gate:"id"`
	Provider       string `json:"provider" gate:"id" jsonschema:"example=claude"`
	Model          string `json:"model,omitempty" gate:"text" jsonschema:"maxLength=200" jsonschema_description:"the provider's own unless given"`
}

type setProviderOut struct {
	ConversationID string `json:"conversation_id" jsonschema:"example=0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44"`
	Provider       string `json:"provider"`
	Model          string `json:"model"`
	Note           string `json:"note,omitempty"`
}

func setProvider() Tool {
	return define(spec{
		name: "set_provider", title: "Choose the provider of a conversation", toolset: SetProviders, idempotent: true,
		description: "Choose the AI provider and model that the next turns of a conversation go to.",
	}, func(ctx context.Context, c *call, in setProviderIn) (setProviderOut, error) {
		p, err := c.provider(ctx, in.Provider)
		if err != nil {
			return setProviderOut{}, err
		}
		v, err := c.conversation(ctx, in.ConversationID, in.IssueID)
		if err != nil {
			return setProviderOut{}, err
		}
		out := setProviderOut{Provider: p.Name(), Model: in.Model}
		if out.Model == "" {
			out.Model = p.Model()
		}
		if v.Messages > 0 && v.Provider != p.Name() {
			out.Note = "the new provider is sent the conversation so far, as far as it fits"
			if p.Traits().KeepsHistory {
				out.Note = "the new provider keeps its own history and does not know the conversation so far: sum it up in the next message"
			}
		}
		if v.Provider != p.Name() {
			v.SessionID = p.Traits().Session
		}
		v.Provider, v.Model, v.UpdatedAt = p.Name(), in.Model, c.Now().UTC()
		if in.ConversationID == "" {
			if err := c.begunConversation(ctx, v); err != nil {
				return setProviderOut{}, err
			}
		} else if err := c.Store.SaveConversation(ctx, v, nil); err != nil {
			return setProviderOut{}, err
		}
		out.ConversationID = v.ID
		return out, nil
	})
}

// conversation returns a conversation to go on with, or one to begin about an
// issue, which is not stored yet.
func (c *call) conversation(ctx context.Context, id, issueID string) (*store.Conversation, error) {
	switch {
	case id != "":
		v, err := c.Store.Conversation(ctx, id)
		if err != nil {
			return nil, missing(err, "conversation", "triage_chat")
		}
		if issueID != "" && issueID != v.IssueID {
			return nil, usage("this conversation is about another issue; leave issue_id out")
		}
		return v, nil
	case issueID == "":
		return nil, usage("give issue_id to begin a conversation, or conversation_id to go on with one")
	}
	if _, err := c.Store.Issue(ctx, issueID); err != nil {
		return nil, missing(err, "issue", "list_issues")
	}
	return &store.Conversation{IssueID: issueID, Owner: c.caller.ID}, nil
}

// begunConversation stores a conversation that begins.
func (c *call) begunConversation(ctx context.Context, v *store.Conversation) (err error) {
	if v.ID == "" {
		if v.ID, err = newID(); err != nil {
			return err
		}
	}
	v.CreatedAt = c.Now().UTC()
	v.UpdatedAt = v.CreatedAt
	return c.Store.CreateConversation(ctx, v)
}
