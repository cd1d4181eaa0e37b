package gate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

var (
	// ErrCannotAsk is returned when nobody can be asked: the host has no
	// elicitation, the question was not answered in time, or an answer would
	// not come from a person.
	ErrCannotAsk = errors.New("the person cannot be asked through this host")
	// ErrAnswer is returned for an answer that does not fit the question.
	ErrAnswer = errors.New("the answer does not fit the question")
)

// modernProtocol is the revision of MCP since which a server asks by a result
// that the client answers with a retry (SEP-2322). Before, it sends a request
// of its own.
const modernProtocol = "2026-07-28"

// maxAskTime bounds the wait for an answer in a legacy session. An approval
// stays open after it, so that it can be answered in a terminal.
const maxAskTime = 5 * time.Minute

// maxQuestions bounds the questions of one call.
const maxQuestions = 64

// Question is asked of the person at the host.
type Question struct {
	Key     string // names the question within the call; the same on every run of the handler
	Title   string // first line; may be empty
	Message string // cleared for the host before it leaves
	// Schema of the form: a flat object in JSON Schema, of strings, numbers,
	// integers, booleans and arrays of enums. nil asks for yes or no. It holds
	// texts of ours only, which are not cleared here.
	Schema map[string]any
}

// The actions of an [Answer].
const (
	Accept  = "accept"  // the form was sent
	Decline = "decline" // the person said no
	Cancel  = "cancel"  // the question was dismissed without an answer
)

// Answer is what the person did. Content is there only with [Accept]; it fits
// the schema, and its free text is redacted as arguments are.
type Answer struct {
	Action  string         `json:"action"`
	Content map[string]any `json:"content,omitempty"`
}

// textClearer is the part of the clearer that asking needs.
type textClearer interface {
	Clear(ctx context.Context, d Destination, text string) (Cleared, error)
	RedactText(ctx context.Context, m pii.Mode, text string) (string, Counts, error)
}

// asker asks people, and holds what waits for them.
type asker struct {
	sealer    *sealer
	approvals store.Approvals
	ttl       time.Duration
	askTime   time.Duration
	texts     textClearer // For tests; nil means the gate's clearer.
}

func newAsker(o Options, _ *recorder) (*asker, error) {
	if o.Store == nil || o.Keys == nil || o.Config == nil {
		return nil, errors.New("the gate needs a store, keys and a configuration")
	}
	s, err := newSealer(o.Keys.StateKey())
	if err != nil {
		return nil, err
	}
	ttl := o.Config.ApprovalTTL
	if ttl <= 0 {
		ttl = 30 * time.Minute
	}
	return &asker{sealer: s, approvals: o.Store, ttl: ttl, askTime: min(ttl, maxAskTime)}, nil
}

// Ask asks the person at the host, in the way of the session's revision of
// MCP. In a legacy session it waits and returns the answer. In a modern one
// it returns next, which the handler must return at once; when the client
// has the answer, the handler runs again from its start, and this Ask then
// returns that answer. A handler may ask any number of questions with
// different keys, one after the other; it must come to the same questions
// each time, and do nothing that cannot be repeated before the last.
//
// [ErrCannotAsk] means that nobody was asked or nobody answered, which is
// neither yes nor no.
func (g *Gate) Ask(ctx context.Context, req *mcp.CallToolRequest, q Question) (ans *Answer, next *mcp.CallToolResult, err error) {
	ans, _, next, err = g.ask(ctx, req, q, nil)
	return ans, next, err
}

// ask is Ask with a reference that is kept with the question: newRef makes it
// when the question is about to leave, and it comes back with the answer.
func (g *Gate) ask(ctx context.Context, req *mcp.CallToolRequest, q Question, newRef func() (string, error)) (*Answer, string, *mcp.CallToolResult, error) {
	caller, ok := CallerFrom(ctx)
	if !ok {
		return nil, "", nil, ErrNoCaller
	}
	if caller.Channel == ChannelConversation {
		return nil, "", nil, fmt.Errorf("%w: an AI provider calls, in a conversation", ErrCannotAsk)
	}
	if req == nil || req.Params == nil || q.Key == "" {
		return nil, "", nil, errors.New("a question needs a request and a key")
	}
	params, err := g.questionFor(ctx, q)
	if err != nil {
		return nil, "", nil, err
	}
	entry := askedEntry{Digest: questionDigest(params)}
	modern := req.ProtocolVersion() >= modernProtocol
	st := askState{Caller: callerOf(caller), Tool: req.Params.Name, Args: argsDigest(req.Params.Arguments)}
	if modern {
		if err := g.resume(ctx, req, &st); err != nil {
			return nil, "", nil, err
		}
		if had, ok := st.Answers[q.Key]; ok && had.Digest == entry.Digest {
			ans, err := g.answered(ctx, q, had, st.fresh(q.Key))
			return ans, had.Ref, nil, err
		}
	}
	if err := canAsk(caller, req, modern); err != nil {
		return nil, "", nil, err
	}
	if newRef != nil {
		if entry.Ref, err = newRef(); err != nil {
			return nil, "", nil, err
		}
	}
	if err := g.Note(ctx, elicitation(q.Key, map[string]any{"tool": req.Params.Name, "asked": entry.Digest, "ref": entry.Ref})); err != nil {
		return nil, "", nil, err
	}
	if modern {
		next, err := g.nextRound(st, q.Key, entry, params)
		return nil, entry.Ref, next, err
	}
	entry.Answer, err = g.elicit(ctx, req, params)
	if err != nil {
		return nil, entry.Ref, nil, err
	}
	ans, err := g.answered(ctx, q, entry, true)
	return ans, entry.Ref, nil, err
}

// questionFor makes the message that leaves.
func (g *Gate) questionFor(ctx context.Context, q Question) (*mcp.ElicitParams, error) {
	message := q.Message
	if q.Title != "" {
		message = q.Title + "\n\n" + message
	}
	cleared, err := g.texter().Clear(ctx, Host, message)
	if err != nil {
		return nil, fmt.Errorf("question %s: %w", q.Key, err)
	}
	text, err := cleared.Text(Host)
	if err != nil {
		return nil, fmt.Errorf("question %s: %w", q.Key, err)
	}
	schema := q.Schema
	if schema == nil {
		schema = map[string]any{"type": "object", "properties": map[string]any{}}
	}
	return &mcp.ElicitParams{Mode: "form", Message: text, RequestedSchema: schema}, nil
}

func (g *Gate) texter() textClearer {
	if g.texts != nil {
		return g.texts
	}
	return g.clearer
}

// questionDigest tells questions apart, so that an answer to one is never
// taken for an answer to another.
func questionDigest(p *mcp.ElicitParams) string {
	b, err := json.Marshal([]any{p.Message, p.RequestedSchema})
	if err != nil { // The schema cannot be sent either.
		b = []byte(p.Message)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// canAsk says why the caller cannot be asked.
func canAsk(c Caller, req *mcp.CallToolRequest, modern bool) error {
	switch {
	case c.Channel == ChannelHTTP && !c.Attended:
		return fmt.Errorf("%w: no person is known to sit at this client (the owner can mark its token attended)", ErrCannotAsk)
	case c.Channel != ChannelHTTP && c.Channel != ChannelStdio:
		return fmt.Errorf("%w: there is no host", ErrCannotAsk)
	case !modern && req.Session == nil:
		return fmt.Errorf("%w: the request has no session", ErrCannotAsk)
	}
	caps := req.ClientCapabilities()
	if caps == nil || caps.Elicitation == nil || caps.Elicitation.Form == nil && caps.Elicitation.URL != nil {
		return fmt.Errorf("%w: it does not offer elicitation with forms", ErrCannotAsk)
	}
	return nil
}

// resume fills st from the state that the client returned, and takes the
// answers that came with it to the questions that were asked.
func (g *Gate) resume(ctx context.Context, req *mcp.CallToolRequest, st *askState) error {
	if req.Params.RequestState == "" {
		return nil // Answers without a state are answers to no question of ours.
	}
	old, err := g.sealer.open(req.Params.RequestState, g.opts.Now())
	if err == nil && !old.is(st.Caller, st.Tool, st.Args) {
		err = fmt.Errorf("%w: it belongs to another call", ErrState)
	}
	if err != nil {
		g.Refuse(ctx, "request state", Intent{Action: audit.ActionElicit, EntityType: "tool", EntityID: st.Tool})
		return err
	}
	st.Answers = old.Answers
	for key, e := range old.Asked {
		res, ok := req.Params.InputResponses[key]
		if !ok {
			continue
		}
		r, ok := res.(*mcp.ElicitResult)
		if !ok || r == nil {
			return fmt.Errorf("%w: it is not an answer to a form", ErrAnswer)
		}
		e.Answer = &Answer{Action: r.Action, Content: r.Content}
		if st.Answers == nil {
			st.Answers = map[string]askedEntry{}
		}
		st.Answers[key] = e
		if st.Asked == nil {
			st.Asked = map[string]askedEntry{}
		}
		st.Asked[key] = e // Answered in this round.
	}
	return nil
}

// fresh reports whether the answer came with this request.
func (st askState) fresh(key string) bool {
	_, ok := st.Asked[key]
	return ok
}

// nextRound returns the result that asks.
func (g *Gate) nextRound(st askState, key string, e askedEntry, params *mcp.ElicitParams) (*mcp.CallToolResult, error) {
	if len(st.Answers) >= maxQuestions {
		return nil, fmt.Errorf("%w: the call has asked %d times already", ErrCannotAsk, len(st.Answers))
	}
	st.Asked = map[string]askedEntry{key: e}
	st.Expires = g.opts.Now().Add(g.ttl).UTC()
	sealed, err := g.sealer.seal(st)
	if err != nil {
		return nil, err
	}
	return &mcp.CallToolResult{InputRequests: mcp.InputRequestMap{key: params}, RequestState: sealed}, nil
}

// elicit asks in a legacy session.
func (g *Gate) elicit(ctx context.Context, req *mcp.CallToolRequest, params *mcp.ElicitParams) (*Answer, error) {
	wait, cancel := context.WithTimeout(ctx, g.askTime)
	defer cancel()
	res, err := req.Session.Elicit(wait, params)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case wait.Err() != nil:
		return nil, fmt.Errorf("%w: nobody answered within %s", ErrCannotAsk, g.askTime)
	case err != nil || res == nil:
		// The text of the error is the client's, and may hold the answer.
		return nil, fmt.Errorf("%w: the host failed to ask", ErrCannotAsk)
	}
	return &Answer{Action: res.Action, Content: res.Content}, nil
}

// answered checks an answer, redacts its free text and, when it has just
// arrived, records it.
func (g *Gate) answered(ctx context.Context, q Question, e askedEntry, fresh bool) (*Answer, error) {
	if e.Answer == nil {
		return nil, fmt.Errorf("%w: it is empty", ErrAnswer)
	}
	ans := &Answer{Action: e.Answer.Action}
	var err error
	switch ans.Action {
	case Accept:
		ans.Content, err = fit(q.Schema, e.Answer.Content)
		if err == nil {
			ans.Content, err = g.redactAnswer(ctx, q.Schema, ans.Content)
		}
	case Decline, Cancel:
	default:
		err = fmt.Errorf("%w: it is neither accept, decline nor cancel", ErrAnswer)
	}
	if !fresh && err != nil {
		return nil, err
	}
	if !fresh {
		return ans, nil
	}
	action := ans.Action
	if err != nil {
		action = "invalid"
	}
	// The person has answered: that is recorded even if the caller is gone.
	noteErr := g.Note(context.WithoutCancel(ctx), elicitation(q.Key, map[string]any{"asked": e.Digest, "answer": action, "ref": e.Ref}))
	if err = errors.Join(err, noteErr); err != nil {
		return nil, err
	}
	return ans, nil
}

// redactAnswer redacts what a person typed. What was chosen from the schema
// is ours and stays.
func (g *Gate) redactAnswer(ctx context.Context, schema, content map[string]any) (map[string]any, error) {
	out := maps.Clone(content)
	for name, v := range content {
		s, ok := v.(string)
		if !ok || len(choices(property(schema, name))) > 0 {
			continue
		}
		clean, _, err := g.texter().RedactText(ctx, pii.ModeAgent, s)
		if err != nil {
			return nil, err
		}
		out[name] = clean
	}
	return out, nil
}

func elicitation(key string, details map[string]any) Intent {
	if details["ref"] == "" {
		delete(details, "ref")
	}
	return Intent{Action: audit.ActionElicit, EntityType: "question", EntityID: key, Details: details}
}
