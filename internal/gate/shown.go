package gate

import (
	"context"
	"fmt"
	"sync"

	"github.com/tftsr/tftsr/internal/pii"
)

// maxShownCache is how many pairs of caller and token a process remembers to
// have stored. What falls out is stored again, which changes nothing.
const maxShownCache = 1 << 16

// shownCache is safe for concurrent use.
type shownCache struct {
	mu   sync.Mutex
	seen map[shownKey]bool
}

type shownKey struct {
	caller string
	token  pii.Token
}

// missing returns those of tokens that were not stored for the caller yet.
func (s *shownCache) missing(caller string, tokens []pii.Token) []pii.Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []pii.Token
	for _, t := range tokens {
		if !s.seen[shownKey{caller, t}] {
			out = append(out, t)
		}
	}
	return out
}

func (s *shownCache) add(caller string, tokens []pii.Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil || len(s.seen)+len(tokens) > maxShownCache {
		s.seen = map[shownKey]bool{}
	}
	for _, t := range tokens {
		s.seen[shownKey{caller, t}] = true
	}
}

// NoteShown remembers which tokens are in an answer to the caller of ctx,
// before it leaves. Only these are ever restored for a destination on its
// behalf: a token that it made up refers to nothing.
func (g *Gate) NoteShown(ctx context.Context, answer []byte) error {
	caller, ok := CallerFrom(ctx)
	if !ok {
		return ErrNoCaller
	}
	name := callerOf(caller)
	tokens := g.shown.missing(name, tokensIn(answer))
	if len(tokens) == 0 {
		return nil
	}
	if err := g.opts.Store.NoteShown(ctx, name, tokens); err != nil {
		return fmt.Errorf("note the tokens of an answer: %w", err)
	}
	g.shown.add(name, tokens)
	return nil
}
