package server

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
)

// frameHeader carries the key of a [frame] from the wrapper of a connection to
// the middleware, in the header that the SDK hands on. What arrives under this
// name over HTTP is overwritten.
const frameHeader = "Tftsr-Frame"

// stdioFrame marks notifications over stdio, which have no answer.
const stdioFrame = "stdio"

// frame is one incoming call on its way through the SDK. seen tells whether
// the middleware got it; the record of a call that the SDK turned away
// is up to the wrapper. durable is set by the middleware of a call whose
// wrapper waits: no byte of the answer may leave before it returned nil.
type frame struct {
	method  string
	seen    atomic.Bool
	waits   bool
	durable func() *jsonrpc.Error
}

// frameTable finds frames by their keys.
type frameTable struct {
	last atomic.Uint64
	by   sync.Map // string to *frame
}

func (t *frameTable) add(prefix string, f *frame) string {
	key := prefix + "/" + strconv.FormatUint(t.last.Add(1), 36)
	t.by.Store(key, f)
	return key
}

func (t *frameTable) drop(key string) { t.by.Delete(key) }

func (t *frameTable) see(key string) {
	if f, ok := t.by.Load(key); ok {
		f.(*frame).seen.Store(true)
	}
}

// hold leaves it to the wrapper to wait for durable before an answer leaves, and
// reports whether that does.
func (t *frameTable) hold(req mcp.Request, durable func() *jsonrpc.Error) bool {
	f, _ := t.get(req.GetExtra().Header.Get(frameHeader))
	if f == nil || !f.waits {
		return false
	}
	f.durable = durable
	return true
}

// tokenAttended is the key in the extra information of a verified token that
// tells whether a person sits at its client.
const tokenAttended = "attended"

// identify returns who makes a request, as far as the transport knows, or
// false. Over HTTP it is the token of this very request, not of the session.
func (s *Server) identify(req mcp.Request) (gate.Caller, bool) {
	extra := req.GetExtra()
	if extra == nil {
		return gate.Caller{}, false
	}
	key := extra.Header.Get(frameHeader)
	s.frames.see(key)
	if t := extra.TokenInfo; t != nil {
		attended, _ := t.Extra[tokenAttended].(bool)
		return gate.Caller{ID: t.UserID, Channel: gate.ChannelHTTP, Attended: attended}, t.UserID != ""
	}
	if key == stdioFrame || strings.HasPrefix(key, stdioFrame+"/") {
		return gate.Caller{ID: s.user, Channel: gate.ChannelStdio, Attended: true}, true
	}
	return gate.Caller{}, false
}

// header makes the extra information that carries key.
func header(key string) *mcp.RequestExtra {
	return &mcp.RequestExtra{Header: http.Header{frameHeader: {key}}}
}

// clientName returns what the host says that it is, redacted and bounded. It
// is never more than a hint.
func (s *Server) clientName(ctx context.Context, req mcp.Request) string {
	info := clientInfo(req)
	if info == nil {
		return ""
	}
	name := info.Name
	if info.Version != "" {
		name += "/" + info.Version
	}
	name = strings.ToValidUTF8(name[:min(len(name), 200)], "")
	clean, _, err := s.gate.RedactText(ctx, pii.ModeRaw, name)
	if err != nil {
		return ""
	}
	return clean[:min(len(clean), 200)]
}

// clientInfo finds what a client says of itself: in the request since
// [modern], in the session before.
func clientInfo(req mcp.Request) *mcp.Implementation {
	if p, ok := req.GetParams().(*mcp.InitializeParams); ok && p != nil {
		return p.ClientInfo
	}
	if raw, ok := metaOf(req)[mcp.MetaKeyClientInfo]; ok {
		var info mcp.Implementation
		if b, err := json.Marshal(raw); err == nil && json.Unmarshal(b, &info) == nil {
			return &info
		}
	}
	if p := sessionParams(req); p != nil {
		return p.ClientInfo
	}
	return nil
}

// protocolVersion returns the revision that a request follows.
func protocolVersion(req mcp.Request) string {
	if v, ok := metaOf(req)[mcp.MetaKeyProtocolVersion].(string); ok && isWord(v) {
		return v
	}
	if p, ok := req.GetParams().(*mcp.InitializeParams); ok && p != nil && isWord(p.ProtocolVersion) {
		return p.ProtocolVersion
	}
	if p := sessionParams(req); p != nil && isWord(p.ProtocolVersion) {
		return p.ProtocolVersion
	}
	return ""
}

func sessionParams(req mcp.Request) *mcp.InitializeParams {
	if ss, ok := req.GetSession().(*mcp.ServerSession); ok && ss != nil {
		return ss.InitializeParams()
	}
	return nil
}

func metaOf(req mcp.Request) map[string]any {
	p := req.GetParams()
	if isNil(p) {
		return nil
	}
	return p.GetMeta()
}

// get returns a frame and whether the middleware has seen it.
func (t *frameTable) get(key string) (f *frame, seen bool) {
	v, ok := t.by.Load(key)
	if !ok {
		return nil, false
	}
	f = v.(*frame)
	return f, f.seen.Load()
}
