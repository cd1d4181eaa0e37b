package server

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/store"
)

// The routes. Everything else is not found.
const (
	PathMCP    = "/mcp"
	PathHealth = "/health"
)

const (
	// sessionTimeout ends a legacy session that sends nothing. Without it,
	// each abandoned one keeps a goroutine.
	sessionTimeout = 10 * time.Minute
	// idleTimeout and bodyTimeout bound a connection that does nothing and a
	// body that does not arrive. There is no bound for writing: it would cut
	// event streams.
	idleTimeout = 2 * time.Minute
	bodyTimeout = 30 * time.Second
	// shutdownTime is what running calls get when the server ends.
	shutdownTime = 10 * time.Second
)

// ErrOpenListen is returned for an address outside the machine that neither
// TLS nor a trusted proxy protects.
var ErrOpenListen = errors.New("refusing to listen outside this machine without encryption")

// CheckListen reports whether the server may listen on addr, a host and port.
func CheckListen(addr string, h config.HTTP) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("http.addr %q is not host:port: %w", addr, err)
	}
	switch {
	case (h.TLSCert == "") != (h.TLSKey == ""):
		return errors.New("http.tls_cert and http.tls_key belong together: give both or neither")
	case isLoopback(host), h.TLSCert != "", len(h.TrustedProxy) > 0:
		return nil
	}
	return fmt.Errorf("%w: %s would carry tokens and findings in the clear. Give --tls-cert and --tls-key, or name the network of the proxy that ends TLS with --trusted-proxy, or listen on 127.0.0.1", ErrOpenListen, addr)
}

// ListenAndServe opens the configured address, if [CheckListen] allows it, and
// serves it as [Server.ServeHTTP] does. It calls ready with the URL of the
// server, without a path, once hosts can connect.
func (s *Server) ListenAndServe(ctx context.Context, ready func(url string)) error {
	h := s.config.HTTP
	if err := CheckListen(h.Addr, h); err != nil {
		return err
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", h.Addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	return s.serveHTTP(ctx, ln, ready)
}

// ServeHTTP serves hosts that connect to ln until ctx ends, with TLS when it
// is configured. It closes ln, lets running calls end, and returns nil after
// an orderly end.
func (s *Server) ServeHTTP(ctx context.Context, ln net.Listener) error {
	return s.serveHTTP(ctx, ln, nil)
}

// serveHTTP calls ready, unless it is nil, when nothing more can go wrong.
func (s *Server) serveHTTP(ctx context.Context, ln net.Listener, ready func(url string)) error {
	defer func() { _ = ln.Close() }() // The server has closed it when all went well.
	if err := CheckListen(ln.Addr().String(), s.config.HTTP); err != nil {
		return err
	}
	h, err := s.Handler()
	if err != nil {
		return err
	}
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: s.readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    int(s.config.Limits.MaxHeaderBytes),
		ErrorLog:          log.New(discard{}, "", 0), // Its lines quote addresses and requests.
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	url := "http://" + ln.Addr().String()
	if cert, key := s.config.HTTP.TLSCert, s.config.HTTP.TLSKey; cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return fmt.Errorf("load http.tls_cert and http.tls_key: %w", err)
		}
		url = "https://" + ln.Addr().String()
		ln = tls.NewListener(ln, &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2", "http/1.1"}})
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	if ready != nil {
		ready(url)
	}
	select {
	case err := <-done:
		return fmt.Errorf("serve HTTP: %w", err)
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	for ss := range s.mcp.Sessions() {
		go ss.Close() //nolint:errcheck // It ends streams that would hold the shutdown up; the session is over either way.
	}
	err = srv.Shutdown(end)
	if err != nil {
		err = errors.Join(err, srv.Close())
	}
	s.notes.flush()
	return err
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// Handler returns the routes with every check before them: the peer, Host,
// Origin, the token, and the size of the body.
func (s *Server) Handler() (http.Handler, error) {
	cross := http.NewCrossOriginProtection()
	for _, o := range s.config.HTTP.AllowedOrigins {
		if err := cross.AddTrustedOrigin(o); err != nil {
			return nil, fmt.Errorf("http.allowed_origins: %w", err)
		}
	}
	s.startRelay()
	get := func(*http.Request) *mcp.Server { return s.mcp }
	options := func(stateless bool) *mcp.StreamableHTTPOptions {
		return &mcp.StreamableHTTPOptions{
			Stateless:                    stateless,
			SessionTimeout:               sessionTimeout,
			PropagateRequestCancellation: stateless,
			MaxRequestBodyBytes:          s.config.Limits.MaxBodyBytes,
			DisableLocalhostProtection:   true, // The check of Host below is stricter, and knows the proxy.
		}
	}
	// One handler of the SDK serves one era only: the revision in the header
	// chooses.
	legacyHandler := mcp.NewStreamableHTTPHandler(get, options(false))
	modernHandler := mcp.NewStreamableHTTPHandler(get, options(true))
	era := func(r *http.Request) http.Handler {
		if r.Header.Get("Mcp-Protocol-Version") >= modern {
			return modernHandler
		}
		return legacyHandler
	}
	bearer := auth.RequireBearerToken(s.verifyToken, &auth.RequireBearerTokenOptions{AllowMissingExpiration: true})
	mux := http.NewServeMux()
	mux.Handle(PathMCP, s.challenge(bearer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serveMCP(w, r, era(r)) }))))
	mux.HandleFunc("GET "+PathHealth, s.health)
	return s.guard(cross, mux), nil
}

// health answers whoever asks that the server runs. It says no more than
// that.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"status": "ok", "version": s.version}) // The peer may be gone.
}

// guard turns away what a browser was tricked into sending, or what did not
// come through the proxy, on every route.
func (s *Server) guard(cross *http.CrossOriginProtection, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				s.panicked("http", v)
				panic(http.ErrAbortHandler) // Ends the connection without a word.
			}
		}()
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		switch {
		case !s.fromProxy(r):
			s.forbid(w, r, "peer", "requests are taken from the configured proxy only")
		case !s.hostAllowed(r):
			s.forbid(w, r, "host", "this Host is not served; http.allowed_hosts names further ones")
		case !s.originAllowed(r) || cross.Check(r) != nil && r.Header.Get("Origin") == "":
			s.forbid(w, r, "origin", "this Origin is not allowed; http.allowed_origins names those that are")
		case r.Header.Get("Origin") != "" && cors(w, r):
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (s *Server) forbid(w http.ResponseWriter, r *http.Request, reason, text string) {
	s.turnAway(r, reason)
	http.Error(w, text, http.StatusForbidden)
}

// turnAway puts an HTTP request on the record that nobody stands for.
func (s *Server) turnAway(r *http.Request, reason string) {
	ctx := gate.WithCaller(r.Context(), gate.Caller{ID: "unauthenticated", Channel: gate.ChannelHTTP})
	s.gate.Refuse(ctx, reason, intentOf("", nil))
}

// fromProxy reports whether the peer is the trusted proxy, where one is
// configured, and received the request over TLS as far as it says.
func (s *Server) fromProxy(r *http.Request) bool {
	if len(s.config.HTTP.TrustedProxy) == 0 {
		return true
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	addr := peer.Addr().Unmap()
	if addr.IsLoopback() && r.Header.Get("X-Forwarded-For") == "" {
		return true // Somebody on this machine, not through the proxy.
	}
	proto := r.Header.Get("X-Forwarded-Proto")
	return (proto == "" || strings.EqualFold(proto, "https")) &&
		slices.ContainsFunc(s.config.HTTP.TrustedProxy, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// hostAllowed compares the Host header with the names of this server: a page
// of an attacker whose name suddenly resolves to this machine sends another
// (DNS rebinding).
func (s *Server) hostAllowed(r *http.Request) bool {
	name := hostName(r.Host)
	if listen, _, err := net.SplitHostPort(s.config.HTTP.Addr); err == nil {
		if isLoopback(listen) && isLoopback(name) {
			return true
		}
		if ip, err := netip.ParseAddr(listen); (err != nil || !ip.IsUnspecified()) && listen != "" && strings.EqualFold(name, listen) {
			return true
		}
	}
	return slices.ContainsFunc(s.config.HTTP.AllowedHosts, func(allowed string) bool {
		return strings.EqualFold(r.Host, allowed) || strings.EqualFold(name, allowed)
	})
}

// originAllowed reports whether a request comes from no page at all, from one
// of this very server, or from a configured origin. [http.CrossOriginProtection]
// lets every GET pass, and a GET opens an event stream here.
func (s *Server) originAllowed(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	switch len(origins) {
	case 0:
		return true
	case 1:
		scheme := "http://"
		if r.TLS != nil || len(s.config.HTTP.TrustedProxy) > 0 && r.Header.Get("X-Forwarded-Proto") == "https" {
			scheme = "https://"
		}
		return origins[0] == scheme+r.Host || slices.Contains(s.config.HTTP.AllowedOrigins, origins[0])
	}
	return false
}

// cors tells a browser that an allowed origin may read answers. It reports
// whether that was all that it asked.
func cors(w http.ResponseWriter, r *http.Request) bool {
	h := w.Header()
	h.Add("Vary", "Origin")
	h.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
	h.Set("Access-Control-Expose-Headers", "Mcp-Session-Id, WWW-Authenticate")
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, Mcp-Session-Id, Mcp-Protocol-Version, Mcp-Method, Mcp-Name")
	w.WriteHeader(http.StatusNoContent)
	return true
}

// verifyToken finds the token by its hash, so that no comparison depends on
// how much of it is right.
func (s *Server) verifyToken(ctx context.Context, token string, _ *http.Request) (*auth.TokenInfo, error) {
	t, err := s.store.TokenByHash(ctx, sha256.Sum256([]byte(token)))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, auth.ErrInvalidToken
	case err != nil:
		s.fault(ctx, "a token could not be checked", err)
		return nil, errors.New("the token cannot be checked now; try again in a moment")
	case !t.ExpiresAt.IsZero() && !s.now().Before(t.ExpiresAt):
		return nil, fmt.Errorf("%w: it has expired", auth.ErrInvalidToken)
	}
	// The SDK refuses a session to whoever has another name than its maker.
	return &auth.TokenInfo{UserID: t.Name, Expiration: t.ExpiresAt, Extra: map[string]any{tokenAttended: t.Attended}}, nil
}

// challenge adds to an answer without a token what RFC 6750 section 3 wants,
// and puts it on the record.
func (s *Server) challenge(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&challengeWriter{ResponseWriter: w, server: s, request: r}, r)
	})
}

type challengeWriter struct {
	http.ResponseWriter
	server  *Server
	request *http.Request
}

func (w *challengeWriter) WriteHeader(code int) {
	if code == http.StatusUnauthorized {
		value := `Bearer realm="tftsr"`
		if w.request.Header.Get("Authorization") != "" {
			value += `, error="invalid_token"`
		}
		w.Header().Set("WWW-Authenticate", value)
		w.server.turnAway(w.request, "token")
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *challengeWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// hostName cuts the port off a Host header.
func hostName(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return strings.Trim(host, "[]")
}

func isLoopback(host string) bool {
	if ip, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return ip.Unmap().IsLoopback()
	}
	return strings.EqualFold(host, "localhost")
}
