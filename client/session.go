package client

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// link is what carries the messages of a session: a process or an HTTP endpoint.
type link interface {
	// connect makes the connection of the SDK. ctx is the life of the session.
	connect(ctx context.Context) (mcp.Connection, error)
	// explain says, for an owner, what an error means that ended the session or its handshake.
	explain(err error) *attachError
	// callError says what an error of a call means, of whose message this was found. nil leaves it to the caller.
	callError(found finding, err error) *Error
	notes() []string
	pid() int
	// settled is called before a result is delivered, so that what came before it is handled first.
	settled(ctx context.Context)
	// handled is called when a notification has been handled.
	handled(method string)
	// hung reports whether a server that can be started anew has said nothing since.
	hung(since time.Time) bool
	// close ends it gracefully, kill at once. Both may be called more than once.
	close()
	kill()
}

// session is one connection to a server, from its start to its end. As an [mcp.Transport] it connects once.
type session struct {
	srv    *server
	link   link
	cs     *mcp.ClientSession // set before anybody else sees the session
	ctx    context.Context    // its life
	cancel context.CancelFunc
	dirty  chan struct{} // a list changed

	once  sync.Once
	gone  chan struct{} // closed when it has ended
	cause error         // set before gone is closed

	mu      sync.Mutex
	flights map[string]*flight   // by progress token
	ghosts  map[string]time.Time // until when a server may ask for a call that its owner gave up
	asking  int                  // questions that are being handled
	missed  int                  // calls in a row without an answer in time
}

// dial starts or prepares what carries the messages.
func (s *server) dial() (*session, error) {
	sess := &session{
		srv: s, dirty: make(chan struct{}, 1), gone: make(chan struct{}), flights: map[string]*flight{}, ghosts: map[string]time.Time{},
	}
	sess.ctx, sess.cancel = context.WithCancel(context.Background())
	var err error
	switch s.cfg.Transport {
	case Stdio:
		sess.link, err = newPipe(sess)
	default:
		sess.link, err = newWeb(sess)
	}
	if err != nil {
		sess.cancel()
		return nil, err
	}
	return sess, nil
}

// Connect implements [mcp.Transport]. The connection outlives ctx, which bounds the handshake only.
func (sess *session) Connect(ctx context.Context) (mcp.Connection, error) {
	stop := context.AfterFunc(ctx, sess.cancel)
	conn, err := sess.link.connect(sess.ctx)
	if !stop() && err == nil {
		err = ctx.Err() // It has taken too long, and the session is over.
	}
	return conn, err
}

// end notes that the session is over, and why.
func (sess *session) end(err error) {
	sess.once.Do(func() {
		sess.cause = err
		close(sess.gone)
	})
}

func (sess *session) why() error {
	<-sess.gone
	return sess.cause
}

// watch notes the end of the connection.
func (sess *session) watch() {
	go func() {
		err := sess.cs.Wait()
		if err == nil {
			err = mcp.ErrConnectionClosed
		}
		sess.end(err)
	}()
}

// close ends the session gracefully: the other side is told, and what is left of it is killed.
func (sess *session) close() {
	sess.end(errClosing)
	sess.link.close()
	sess.discard()
}

// kill ends it at once.
func (sess *session) kill() {
	sess.end(errClosing)
	sess.link.kill()
	sess.cancel()
}

// discard frees what is left of a session that is over.
func (sess *session) discard() {
	sess.kill()
	if sess.cs != nil {
		go sess.cs.Close() //nolint:errcheck // Its connection is closed; this ends what the SDK keeps.
	}
}

var errClosing = errors.New("the session was ended by this side")

func (sess *session) markDirty() {
	select {
	case sess.dirty <- struct{}{}:
	default:
	}
}

func (sess *session) era() Era {
	if r := sess.cs.InitializeResult(); r != nil && r.ProtocolVersion >= modernVersion {
		return Modern
	}
	return Legacy
}

func (sess *session) pid() int        { return sess.link.pid() }
func (sess *session) notes() []string { return slices.Clone(sess.link.notes()) }

func (sess *session) explain(err error) error { return sess.link.explain(err) }

// explainList says why the catalog could not be fetched.
func (sess *session) explainList(err error) error {
	select {
	case <-sess.gone:
		return sess.explain(sess.why())
	default:
	}
	a := &attachError{status: Failed, sentence: "its catalog cannot be read", err: err}
	if e := rpcError(err); e != nil {
		a.sentence, a.said = fmt.Sprintf("it refuses to list what it offers (code %d)", e.Code), e.Reason
		if e.Kind == KindTooLarge {
			a.sentence = fmt.Sprintf("its catalog has a page of more than %d bytes", sess.srv.cfg.Limits.MessageBytes)
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		a.status, a.sentence = Unreachable, "it did not list what it offers within "+sess.srv.cfg.Timeouts.List.String()
	}
	return a
}

func (sess *session) handled(method string) { sess.link.handled(method) }

// maxMissed is how many calls in a row may get no answer in time before a process that says nothing else either is started anew.
const maxMissed = 3

var errHung = errors.New("the server has stopped answering")

// answered notes that a call was answered, or that it was not within its time.
func (sess *session) answered(in bool) {
	sess.mu.Lock()
	sess.missed++
	if in {
		sess.missed = 0
	}
	over := sess.missed >= maxMissed
	sess.mu.Unlock()
	if over && sess.link.hung(time.Now().Add(-sess.srv.cfg.Timeouts.Call)) {
		sess.end(errHung)
	}
}

// subscribe renews the subscriptions of an earlier session. What they are to may have changed meanwhile.
func (sess *session) subscribe() {
	s := sess.srv
	s.mu.Lock()
	uris := slices.Sorted(maps.Keys(s.subs))
	s.mu.Unlock()
	for _, uri := range uris {
		ctx, cancel := context.WithTimeout(sess.ctx, s.cfg.Timeouts.Call)
		err := sess.cs.Subscribe(ctx, &mcp.SubscribeParams{URI: uri})
		cancel()
		if sess.ctx.Err() != nil {
			return
		}
		if err == nil {
			sess.updatedURI(uri)
		}
	}
}

// updated passes on that a resource changed, if somebody asked for it.
func (sess *session) updated(p *mcp.ResourceUpdatedNotificationParams) {
	if p != nil {
		sess.updatedURI(p.URI)
	}
}

func (sess *session) updatedURI(uri string) {
	s := sess.srv
	if s.set.opts.ResourceUpdated == nil {
		return
	}
	s.mu.Lock()
	wanted := s.subs[uri] > 0
	s.mu.Unlock()
	if wanted {
		s.set.news.other(func() { s.set.opts.ResourceUpdated(s.cfg.Name, uri) })
	}
}

// progressed passes progress on to the call that it belongs to.
func (sess *session) progressed(p *mcp.ProgressNotificationParams) {
	if p == nil {
		return
	}
	token, ok := p.ProgressToken.(string)
	if !ok {
		return
	}
	sess.mu.Lock()
	f := sess.flights[token]
	sess.mu.Unlock()
	if f != nil {
		f.progressed(Progress{Progress: p.Progress, Total: p.Total, Message: p.Message})
	}
}
