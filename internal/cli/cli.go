// Package cli is the command line: commands, flags to options, and what a
// person reads. It holds no logic of its own; every command opens what it
// needs, calls it and prints the answer.
//
// Answers go to stdout, everything else to stderr: lower case, prefixed with
// "tftsr:", and with a hint where a person can act. In `tftsr stdio` stdout
// belongs to the protocol alone.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store/sqlite"
)

// The exit codes, which the top-level help documents.
const (
	exitOK       = 0
	exitFailure  = 1 // it did not work
	exitUsage    = 2 // the command line or the configuration is wrong
	exitFindings = 3 // a check found something: audit verify, doctor, scan --check, demo
	exitNoKey    = 4 // the data key is missing, wrong or locked
)

// streams are what a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// app is what all commands share.
type app struct {
	streams
	environ    []string // nil means the process's
	configFile string
	flags      map[string]string // the settings given as flags, by key
	loaded     *config.Config
	claim      *sqlite.Claim // of a command that needs the database for itself
	keys       *secrets.Keys // of one that needs them before it opens the data folder
	ollamaHost string        // that the commands for models name
}

// Main runs the process's command line and returns its exit code.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, nil)
}

// Run runs one command. A nil environ means the process's own environment.
func Run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer, environ []string) int {
	answers := &answer{w: out}
	a := &app{streams: streams{in, answers, errOut}, environ: environ, flags: map[string]string{}}
	root := a.root(args)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(answers)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	if answers.err != nil && !errors.Is(err, answers.err) {
		err = errors.Join(err, fmt.Errorf("write the answer: %w", answers.err))
	}
	if err == nil {
		return exitOK
	}
	var quiet *exitError
	if errors.As(err, &quiet) && quiet.err == nil {
		return quiet.code
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		a.sayf("interrupted")
		return exitCode(err)
	}
	a.say(err)
	return exitCode(err)
}

// root builds the commands that args may mean. A host that starts `tftsr
// stdio` waits for its answer: that command is built alone, since the others
// with their 300 flags are a tenth of the start.
func (a *app) root(args []string) *cobra.Command {
	root := &cobra.Command{
		Use:   "tftsr",
		Short: "IT incident triage for AI agents, behind a gate",
		Long: `tftsr gives any AI agent the tools of IT incident triage over the Model
Context Protocol. What leaves is redacted, what happens is on a tamper-evident
record, and what changes the outside world is confirmed by a person.

Start with:  tftsr demo      see a whole triage, without an account or a key
             tftsr doctor    see whether this machine is ready
             tftsr stdio     what a host such as Claude Desktop starts

Exit codes: 0 done; 1 failed; 2 wrong command line or configuration;
3 a check found something; 4 no data key, or not the right one.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	family(root)
	root.PersistentFlags().StringVar(&a.configFile, "config", "", "configuration `file`; none reads no file")
	a.settings(root.PersistentFlags(), "data_dir", "key_source", "log.level", "log.format")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError(withHint(err, fmt.Sprintf("`%s --help` lists the flags", cmd.CommandPath())))
	})
	root.AddGroup(
		&cobra.Group{ID: "serve", Title: "Serve agents:"},
		&cobra.Group{ID: "text", Title: "Work on text, without key or data folder:"},
		&cobra.Group{ID: "owner", Title: "Decide and look, as the owner:"},
		&cobra.Group{ID: "setup", Title: "Set up:"},
	)
	add := func(group string, cmds ...*cobra.Command) {
		for _, c := range cmds {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	root.SetUsageTemplate(usageTemplate)
	add("serve", a.stdioCmd())
	if len(args) > 0 && args[0] == stdioName {
		return root
	}
	add("serve", a.httpCmd(), a.demoCmd(), a.fakeCmd())
	add("text", a.scanCmd(), a.redactCmd(), a.digestCmd(), a.whysCmd(), a.domainsCmd())
	add("owner", a.restoreCmd(), a.forgetCmd(), a.reviewCmd(), a.approvalsCmd(), a.chatCmd(), a.auditCmd(), a.exportCmd())
	root.AddCommand(a.docsCmd())
	root.SetHelpCommand(helpCmd())
	root.SetHelpCommandGroupID("setup")
	root.SetCompletionCommandGroupID("setup")
	add("setup", a.initCmd(), a.templatesCmd(), a.secretCmd(), a.integrationCmd(), a.providerCmd(), a.loginCmd(), a.modelsCmd(), a.serverCmd(), a.tokenCmd(), a.dbCmd(), a.configCmd(), a.doctorCmd(), a.versionCmd())
	return root
}

// settings adds the flags of the named settings.
func (a *app) settings(fs *pflag.FlagSet, keys ...string) {
	docs := config.Keys()
	for _, key := range keys {
		for _, doc := range docs {
			if doc.Key != key {
				continue
			}
			fs.Var(&setting{a, doc}, doc.Flag, flagUsage(doc.Doc))
			if doc.Type == "bool" {
				fs.Lookup(doc.Flag).NoOptDefVal = "true"
			}
		}
	}
}

// setting is a flag that sets a key of the configuration. Given twice, a list
// has both.
type setting struct {
	a   *app
	doc config.KeyDoc
}

func (s *setting) String() string { return "" }
func (s *setting) Type() string   { return s.doc.Type }

func (s *setting) Set(text string) error {
	if old, ok := s.a.flags[s.doc.Key]; ok && s.doc.Type == "list" {
		text = old + "," + text
	}
	s.a.flags[s.doc.Key] = text
	return nil
}

// config loads the settings, once, and says their warnings. Loading takes the
// secrets out of the environment, so that a second time would not find them.
func (a *app) config() (*config.Config, error) {
	return a.load(config.Options{})
}

// detection returns the options of the scanner as they are configured, for commands that work on text and need no data
// folder. A preset, if not empty, is one that was given as a flag.
func (a *app) detection(preset string) (pii.Options, error) {
	cfg, err := a.load(config.Options{NoData: true})
	if err != nil {
		return pii.Options{}, err
	}
	detect := cfg.PII
	if preset != "" {
		if _, ok := pii.ParsePreset(preset); !ok {
			return pii.Options{}, usageError(fmt.Errorf("unknown preset %q: use strict, balanced or secrets-only", preset))
		}
		detect.Preset = preset
	}
	o, err := gate.DetectOptions(detect)
	if err != nil {
		return pii.Options{}, usageError(err)
	}
	return o, nil
}

func (a *app) load(o config.Options) (*config.Config, error) {
	if a.loaded != nil {
		return a.loaded, nil
	}
	o.File, o.Flags, o.Environ = a.configFile, a.flags, a.environ
	cfg, err := config.Load(o)
	if err != nil {
		return nil, usageError(err)
	}
	for _, w := range cfg.Warnings {
		a.sayf("warning: %s", w)
	}
	a.loaded = cfg
	return cfg, nil
}

func (a *app) logger(cfg *config.Config) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Log.Level)); err != nil {
		level = slog.LevelInfo
	}
	opts := &slog.HandlerOptions{Level: level}
	if cfg.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(a.err, opts))
	}
	return slog.New(slog.NewTextHandler(a.err, opts))
}
