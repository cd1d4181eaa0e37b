package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/backup"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/providers/ollama"
	"github.com/tftsr/tftsr/providers/ollama/sizing"
	"github.com/tftsr/tftsr/store"
)

func (a *app) modelsCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "models",
		Short: "Manage local models: what Ollama has, what fits this machine",
		Long: `Models manages the models of an Ollama server: the one that --host names, or
else ollama.host, or else the address of the provider of the kind ollama, if
there is just one, or else the one on this machine. Looking makes no data
folder; pulling and removing are put on the record.

A name is [host/][namespace/]model[:tag], as in qwen3:8b. A host must stand in
ollama.registries.`,
	}
	cmd.PersistentFlags().StringVar(&a.ollamaHost, "host", "", "base `URL` of the server")
	family(cmd)
	cmd.AddCommand(a.modelsListCmd(), a.modelsShowCmd(), a.modelsPullCmd(), a.modelsRmCmd(), a.modelsStatusCmd(), a.modelsGuideCmd(), a.modelsHardwareCmd(), a.modelsRecommendCmd())
	return cmd
}

// ollama returns a client of the server that is named, configured, or at the
// address of the only provider that is an Ollama.
func (a *app) ollama(ctx context.Context) (*ollama.Client, error) {
	if a.ollamaHost != "" {
		a.flags = maps.Clone(a.flags) // The setting, for this command.
		if a.flags == nil {
			a.flags = map[string]string{}
		}
		a.flags["ollama.host"] = a.ollamaHost
	}
	cfg, err := a.load(config.Options{NoData: true})
	if err != nil {
		return nil, err
	}
	other := ""
	if cfg.Ollama.Host == "" {
		other = a.ollamaProvider(ctx, cfg)
	}
	c, err := ollama.FromConfig(cfg, other)
	if err != nil {
		return nil, usageError(err)
	}
	return c, nil
}

// ollamaProvider returns the address of the only provider of the kind ollama. It
// makes no data folder, asks for no passphrase, and where the folder cannot be
// read there is none: looking at models needs no key.
func (a *app) ollamaProvider(ctx context.Context, cfg *config.Config) string {
	if cfg.DataDir == "" {
		return ""
	}
	if _, err := os.Stat(filepath.Join(cfg.DataDir, backup.DatabaseFile)); err != nil {
		return ""
	}
	w, err := a.openStore(ctx, neverPrompt)
	if err != nil {
		return ""
	}
	list, err := w.store.ListProviders(ctx)
	if err := errors.Join(err, w.close(ctx)); err != nil {
		return ""
	}
	list = slices.DeleteFunc(list, func(p store.Provider) bool { return p.Kind != "ollama" })
	if len(list) != 1 {
		return ""
	}
	return list[0].BaseURL
}

// ollama returns the Ollama server for agents, and whether somebody has
// configured it: in the settings, or as a provider, whose address counts where
// the settings name none.
func (w *workspace) ollama(ctx context.Context) (s *ollama.Server, configured bool, err error) {
	list, err := w.store.ListProviders(ctx)
	if err != nil {
		return nil, false, err
	}
	other := ""
	if i := slices.IndexFunc(list, func(p store.Provider) bool { return p.Kind == "ollama" }); i >= 0 {
		other = list[i].BaseURL
	}
	return ollama.NewServer(w.config, other), w.config.Ollama.Host != "" || other != "", nil
}

// modelNamed reads the name of a model and returns it with a client.
func (a *app) modelNamed(ctx context.Context, text string) (*ollama.Client, ollama.Name, error) {
	n, err := ollama.ParseName(text)
	if err != nil {
		return nil, n, usageError(err)
	}
	c, err := a.ollama(ctx)
	return c, n, err
}

// ollamaError adds what Ollama says: a person at a terminal may read it.
func ollamaError(err error) error {
	var e *ollama.Error
	switch {
	case errors.As(err, &e) && e.Reason != "":
		return fmt.Errorf("%w; Ollama says: %s", err, printable(e.Reason))
	case errors.Is(err, ollama.ErrRegistry):
		return usageError(err)
	}
	return err
}

func (a *app) modelsListCmd() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the models that the server has, the newest first",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.ollama(cmd.Context())
			if err != nil {
				return err
			}
			list, err := c.List(cmd.Context())
			if err != nil {
				return ollamaError(err)
			}
			if asJSON {
				return encoder(a.out).Encode(listOf(list))
			}
			tw := a.table()
			for i := range list {
				m := &list[i]
				size := sizing.GiB(m.Size)
				if m.RemoteHost != "" {
					size = "runs at " + m.RemoteHost
				}
				tw.row("%s\t%s\t%s\t%s\t%s\n", printable(m.Name), printable(size), printable(m.Details.ParameterSize), printable(m.Details.Quantization), shortTime(m.ModifiedAt))
			}
			return tw.Flush()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as a JSON array")
	return cmd
}

func (a *app) modelsShowCmd() *cobra.Command {
	var asJSON bool
	var part string
	var tokens int
	cmd := &cobra.Command{
		Use:   "show MODEL",
		Short: "Show what a model can do and needs, or one of its texts",
		Args:  exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, n, err := a.modelNamed(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			s, err := c.Show(cmd.Context(), n)
			if err != nil {
				return ollamaError(err)
			}
			texts := map[string]string{"license": s.License, "modelfile": s.Modelfile, "template": s.Template, "system": s.System, "parameters": s.Parameters}
			switch text, known := texts[part]; {
			case part != "" && !known:
				return usageError(errors.New("--part is license, modelfile, template, system or parameters"))
			case part != "":
				a.printf("%s\n", strings.TrimRight(printable(text), "\n"))
				return nil
			case asJSON:
				return encoder(a.out).Encode(s)
			}
			list, err := c.List(cmd.Context())
			if err != nil {
				return ollamaError(err)
			}
			a.printShown(n, ollama.Has(list, n), s, tokens)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as a JSON object, with all texts")
	cmd.Flags().StringVar(&part, "part", "", "print one `text`: license, modelfile, template, system or parameters")
	cmd.Flags().IntVar(&tokens, "context", 16384, "`tokens` of context to reckon the memory for")
	return cmd
}

func (a *app) printShown(n ollama.Name, listed *ollama.Model, s *ollama.Shown, tokens int) {
	size := int64(0)
	if listed != nil {
		size = listed.Size
	}
	spec := sizing.FromShown(n.String(), size, s.Details.Quantization, s.ModelInfo)
	tw := a.table()
	tw.row("model\t%s\n", n)
	tw.row("parameters\t%s, %s\n", printable(s.Details.ParameterSize), printable(s.Details.Quantization))
	tw.row("capabilities\t%s\n", printable(strings.Join(s.Capabilities, ", ")))
	if spec.Context > 0 {
		tw.row("context\tat most %d tokens\n", spec.Context)
	}
	if s.RemoteHost != "" {
		tw.row("runs at\t%s\n", printable(s.RemoteHost))
	}
	if s.Requires != "" {
		tw.row("needs Ollama\t%s\n", printable(s.Requires))
	}
	if need, ok := sizing.NeedOf(spec, tokens); ok {
		tw.row("memory\t%s\n", need.Arithmetic)
	}
	_ = tw.Flush() // The answer remembers what fails.
	if !slices.Contains(s.Capabilities, "tools") {
		a.sayf("it cannot call tools, so that conversations with it cannot look anything up")
	}
}

// write puts a change of the server on the record around do.
func (a *app) writeModel(ctx context.Context, tool string, c *ollama.Client, n ollama.Name, do func(context.Context) error) error {
	return a.with(ctx, func(ctx context.Context, w *workspace) error {
		call, err := w.gate.Begin(ctx, gate.Intent{
			Action: audit.ActionExternalWrite, EntityType: "ollama_model", EntityID: n.String(),
			Details: map[string]any{"tool": tool, "destination": "ollama:" + c.Addr() + "/" + n.String(), "registry": n.Registry()},
		})
		if err != nil {
			return err
		}
		doErr := do(ctx)
		end := gate.Outcome{Status: "ok"}
		switch {
		case errors.Is(doErr, context.Canceled):
			end.Status = "cancelled"
		case doErr != nil:
			end.Status, end.Details = "error", map[string]any{"kind": string(ollama.KindOf(doErr))}
		}
		return errors.Join(ollamaError(doErr), call.End(ctx, end))
	})
}

func (a *app) modelsPullCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "pull MODEL",
		Short: "Load a model to the server; stopped, it goes on from there the next time",
		Example: `  tftsr models pull qwen3:8b
  TFTSR_OLLAMA_REGISTRIES=hf.co tftsr models pull hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, n, err := a.modelNamed(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if err := c.Allowed(n); err != nil {
				return ollamaError(err)
			}
			bar := a.newBar(n.String())
			err = a.writeModel(cmd.Context(), "models pull", c, n, func(ctx context.Context) error {
				err := c.Pull(ctx, n, bar.show)
				bar.end()
				return err
			})
			if err != nil {
				return err
			}
			a.printf("%s is there, %s\n", n, sizing.GiB(bar.last.Total))
			return nil
		},
	}
}

func (a *app) modelsRmCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "rm MODEL",
		Short: "Remove a model from the server",
		Args:  exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, n, err := a.modelNamed(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			err = a.writeModel(cmd.Context(), "models rm", c, n, func(ctx context.Context) error { return c.Delete(ctx, n) })
			if err == nil {
				a.printf("%s is gone\n", n)
			}
			return err
		},
	}
}

// modelsStatus is the state of a server.
type modelsStatus struct {
	Host    string           `json:"host"`
	Running bool             `json:"running"`
	Version string           `json:"version,omitempty"`
	Models  int              `json:"models"`
	Loaded  []ollama.Running `json:"loaded"`
}

func (a *app) modelsStatusCmd() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say whether Ollama runs, and what is loaded",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.ollama(cmd.Context())
			if err != nil {
				return err
			}
			s, err := statusOf(cmd.Context(), c)
			switch {
			case asJSON && (err == nil || !s.Running):
				err = errors.Join(ollamaError(err), encoder(a.out).Encode(s))
				return err
			case err != nil:
				return ollamaError(err)
			}
			a.printf("Ollama %s at %s has %d models\n", printable(s.Version), s.Host, s.Models)
			tw := a.table()
			for i := range s.Loaded {
				l := &s.Loaded[i]
				tw.row("%s\t%s loaded\t%s on GPUs\tcontext %d\tuntil %s\n", printable(l.Name), sizing.GiB(l.Size), sizing.GiB(l.SizeVRAM), l.ContextLength, shortTime(l.ExpiresAt))
			}
			return tw.Flush()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as a JSON object")
	return cmd
}

func statusOf(ctx context.Context, c *ollama.Client) (modelsStatus, error) {
	s := modelsStatus{Host: c.Host(), Loaded: []ollama.Running{}}
	var err error
	if s.Version, err = c.Version(ctx); err != nil {
		return s, err
	}
	s.Running = true
	list, err := c.List(ctx)
	if err != nil {
		return s, err
	}
	s.Models = len(list)
	loaded, err := c.Loaded(ctx)
	s.Loaded = listOf(loaded)
	return s, err
}

func (a *app) modelsGuideCmd() *cobra.Command {
	return &cobra.Command{
		Use:       "guide [PLATFORM]",
		Short:     "Say how Ollama is installed: linux, macos, windows or docker",
		Args:      between(0, 1),
		ValidArgs: ollama.Platforms(),
		RunE: func(_ *cobra.Command, args []string) error {
			platform := runtime.GOOS
			if len(args) > 0 {
				platform = args[0]
			}
			g, ok := ollama.GuideFor(platform)
			if !ok {
				return usageError(fmt.Errorf("there is no guide for %q; there are: %s", platform, strings.Join(ollama.Platforms(), ", ")))
			}
			for i, s := range g.Steps {
				a.printf("%d. %s\n", i+1, s)
			}
			for _, n := range g.Notes {
				a.printf("- %s\n", n)
			}
			a.printf("%s\n", g.Source)
			return nil
		},
	}
}
