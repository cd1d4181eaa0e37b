package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/providers/ollama"
	"github.com/tftsr/tftsr/server"
	"github.com/tftsr/tftsr/tools"
)

// serveSettings are the settings that both transports take as flags.
var serveSettings = []string{
	"toolsets", "tools", "exclude_tools", "read_only", "review", "writes.default", "allowed_folders",
}

// stdioName is the command that hosts start.
const stdioName = "stdio"

func (a *app) stdioCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   stdioName,
		Short: "Serve MCP on stdin and stdout; a host starts this",
		Long: `Stdio serves one host over stdin and stdout, in the protocol revisions
2026-07-28 and 2025-11-25 and older. Stdout carries the protocol and nothing
else; messages for people go to stderr. It never asks for anything.`,
		Example: `  {"mcpServers": {"tftsr": {"command": "/usr/local/bin/tftsr", "args": ["stdio"]}}}`,
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.serve(cmd.Context(), func(ctx context.Context, s *server.Server) error {
				// A host that goes away while something is said to it must not end this
				// process before the outcomes of its calls are on the record.
				signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
				out := a.protocolStream()
				if err := s.RunStdio(ctx, io.NopCloser(a.in), out); !errors.Is(err, syscall.EPIPE) {
					return err
				}
				return nil
			})
		},
	}
	a.settings(cmd.Flags(), serveSettings...)
	return cmd
}

// protocolStream takes stdout for the protocol and points os.Stdout at
// stderr, so that nothing stray in this process can break a frame.
func (a *app) protocolStream() io.WriteCloser {
	out := a.out
	if answers, ok := out.(*answer); ok {
		out = answers.w
	}
	if f, ok := out.(*os.File); ok && f == os.Stdout {
		os.Stdout = os.Stderr
		return f
	}
	return nopWriteCloser{out}
}

type nopWriteCloser struct{ io.Writer }

func (nopWriteCloser) Close() error { return nil }

func (a *app) httpCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "http",
		Short: "Serve MCP over Streamable HTTP, for remote agents",
		Long: `Http serves MCP at /mcp. A bearer token is always required: make one with
"tftsr token create NAME". It listens on the loopback address unless told
otherwise; anything else needs --tls-cert and --tls-key, or --trusted-proxy for
the network of the proxy that ends TLS in front of it.`,
		Example: `  tftsr http
  tftsr http --addr 0.0.0.0:7337 --tls-cert cert.pem --tls-key key.pem`,
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.serve(cmd.Context(), func(ctx context.Context, s *server.Server) error {
				return s.ListenAndServe(ctx, func(addr string) {
					a.sayf("serving MCP on %s/mcp", addr)
				})
			})
		},
	}
	a.settings(cmd.Flags(), serveSettings...)
	a.settings(cmd.Flags(), "http.addr", "http.tls_cert", "http.tls_key", "http.trusted_proxy")
	return cmd
}

// closePulls stops the pulls of models that run, and waits until their ends are
// on the record.
func closePulls(ctx context.Context, s *ollama.Server) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return s.Pulls.Close(ctx)
}

// serverGCPercent lets the heap of a server, of which little lives, grow to five
// times that before it is collected: every message makes garbage.
const serverGCPercent = 400

// serve opens the data folder and runs a transport until it ends.
func (a *app) serve(ctx context.Context, run func(context.Context, *server.Server) error) (err error) {
	debug.SetGCPercent(serverGCPercent)
	// Describing the tools and building the tables of detection take about as long as
	// opening the data folder, and a host waits for all of them.
	described := make(chan []tools.Tool, 1)
	go func() { described <- tools.All() }()
	pii.Prepare()
	w, err := a.open(ctx, neverPrompt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close(ctx)) }()
	reg := w.registry()
	configured, err := reg.Configured(ctx)
	if err != nil {
		return err
	}
	local, haveLocal, err := w.ollama(ctx)
	if err != nil {
		return err
	}
	if haveLocal {
		configured = append(configured, tools.SetModels)
	}
	servers, err := w.store.ListServers(ctx)
	if err != nil {
		return err
	}
	if len(servers) > 0 {
		configured = append(configured, tools.SetGateway)
	}
	ai, err := w.store.ListProviders(ctx)
	if err != nil {
		return err
	}
	if len(ai) > 0 {
		configured = append(configured, tools.SetProviders)
	}
	all := <-described
	chosen, err := tools.Select(all, tools.Selection{
		Configured: configured, Toolsets: w.config.Toolsets, Tools: w.config.Tools, Exclude: w.config.ExcludeTools, ReadOnly: w.config.ReadOnly,
	})
	if err != nil {
		return usageError(err)
	}
	for _, dir := range w.config.AllowedFolders {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			a.sayf("warning: the allowed folder %s is no folder that can be read", printable(dir))
		}
	}
	deps := &tools.Deps{Gate: w.gate, Store: w.store, Config: w.config, Now: now, Log: w.log, Services: reg, Ollama: local}
	defer func() { err = errors.Join(err, closePulls(ctx, local)) }()
	w.askProviders(deps)
	s, err := server.New(ctx, server.Options{
		Gateway: w.relays(all, chosen, len(servers) > 0),
		Gate:    w.gate, Store: w.store, Config: w.config, Tools: chosen, Deps: deps, Version: Version(), Logger: w.log, User: osUser(),
	})
	if err != nil {
		return err
	}
	retaining, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.gate.Retain(retaining)
	}()
	err = run(ctx, s)
	s.Close()
	stop()
	<-done
	if err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// relays returns the registry of other servers, where there are some and the
// toolset that they belong to was chosen. The first one is seen at the next
// start: until then no host is told that lists change.
func (w *workspace) relays(all, chosen []tools.Tool, registered bool) *registry.Registry {
	if registered && slices.ContainsFunc(chosen, func(t tools.Tool) bool { return t.Toolset == tools.SetGateway }) {
		return w.gatewayBeside(all)
	}
	return nil
}
