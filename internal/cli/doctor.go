package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
)

// placesHint names what can be done where there is no keyring.
const placesHint = "choose one: tftsr init --key-file FILE, --passphrase or --systemd, or TFTSR_DB_KEY"

// check is one thing that doctor looked at.
type check struct {
	Name  string `json:"name"`
	State string `json:"state"` // "ok", "note" or "problem"
	Text  string `json:"text"`
	Hint  string `json:"hint,omitempty"`
}

type checkup struct{ checks []check }

func (c *checkup) ok(name, format string, args ...any) {
	c.checks = append(c.checks, check{Name: name, State: "ok", Text: fmt.Sprintf(format, args...)})
}

func (c *checkup) note(name, hint, format string, args ...any) {
	c.checks = append(c.checks, check{Name: name, State: "note", Text: fmt.Sprintf(format, args...), Hint: hint})
}

func (c *checkup) problem(name, hint string, err error) {
	if h := hintFor(err); h != "" {
		hint = h
	}
	c.checks = append(c.checks, check{Name: name, State: "problem", Text: err.Error(), Hint: hint})
}

func (a *app) doctorCmd() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check that this machine and this data folder are ready",
		Long: `Doctor looks at the configuration, the data folder, the data key, the database,
the record and the redaction engine, and says what to do about what it finds.
It changes nothing: on a machine without a data folder it makes none.`,
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var c checkup
			a.doctor(cmd.Context(), &c)
			bad := false
			for _, k := range c.checks {
				bad = bad || k.State == "problem"
			}
			if asJSON {
				if err := encoder(a.out).Encode(map[string]any{"ready": !bad, "checks": c.checks}); err != nil {
					return err
				}
			} else {
				for _, k := range c.checks {
					a.printf("%-8s %-14s %s\n", k.State, k.Name, printable(k.Text))
					if k.Hint != "" {
						a.printf("%-8s %-14s → %s\n", "", "", printable(k.Hint))
					}
				}
			}
			if bad {
				return &exitError{exitFindings, nil}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as a JSON object")
	return cmd
}

func (a *app) doctor(ctx context.Context, c *checkup) {
	c.ok("program", "tftsr %s, %s, %s/%s", Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	cfg, err := a.config()
	if err != nil {
		c.problem("configuration", "correct the named key; tftsr config show --origin lists them", err)
		return
	}
	if cfg.File != "" {
		c.ok("configuration", "%s", cfg.File)
	} else {
		c.ok("configuration", "no file: defaults, environment and flags")
	}
	doctorEngine(c)
	keyring := a.doctorKeyring(ctx, c, cfg)
	for _, dir := range cfg.AllowedFolders {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			c.note("allowed folder", "correct allowed_folders", "%s is not a folder that can be read", dir)
		}
	}
	if len(cfg.AllowedFolders) == 0 {
		c.note("allowed folder", "hosts that offer roots need none; otherwise set allowed_folders or --allow-folder", "none is configured, so agents can pass logs as text only")
	}
	a.doctorData(ctx, c, cfg, keyring)
}

// doctorEngine scans a text of which the answer is known.
func doctorEngine(c *checkup) {
	s, err := pii.NewScanner(pii.Options{})
	if err != nil {
		c.problem("redaction", "reinstall tftsr", err)
		return
	}
	if found := s.Scan(nil, []byte("user=alice@corp-mail.com password=Tr0ub4dor&3x")); len(found) != 2 {
		c.problem("redaction", "reinstall tftsr", fmt.Errorf("the engine found %d of 2 planted values", len(found)))
		return
	}
	c.ok("redaction", "%d types are detected", len(pii.Types()))
}

// doctorKeyring reports whether there is a keyring that answers. A machine
// without one is nothing bad: the data key can be elsewhere.
func (a *app) doctorKeyring(ctx context.Context, c *checkup, cfg *config.Config) bool {
	keyring := a.keyring(cfg)
	if keyring == nil {
		c.note("keyring", "", "this machine has none")
		return false
	}
	_, err := keyring.Get(ctx, "doctor")
	if err == nil || errors.Is(err, secrets.ErrNotFound) {
		c.ok("keyring", "answers")
		return true
	}
	c.note("keyring", "", "%s", strings.TrimPrefix(err.Error(), "keyring item doctor: "))
	return false
}

// doctorFirstStart says whether the first start will have a data key.
func (a *app) doctorFirstStart(c *checkup, cfg *config.Config, keyring bool) {
	given := cfg.Env.DBKey() != "" || cfg.Env.DBKeyFile() != "" || cfg.Env.CredentialsDirectory() != ""
	if _, err := os.Stat(filepath.Join(cfg.DataDir, keyRecordFile)); err == nil {
		given = true
	}
	switch {
	case given:
		c.ok("data key", "a place for it is chosen")
	case keyring:
		c.ok("data key", "the first start makes it in the keyring")
	default:
		c.problem("data key", placesHint, errors.New("there is no keyring to keep it in, and no other place is chosen"))
	}
}

func (a *app) doctorData(ctx context.Context, c *checkup, cfg *config.Config, keyring bool) {
	info, err := os.Stat(cfg.DataDir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.note("data folder", "the first start makes it", "%s does not exist yet", cfg.DataDir)
		a.doctorFirstStart(c, cfg, keyring)
		return
	case err != nil:
		c.problem("data folder", "make it accessible to this user, or move it with TFTSR_DATA_DIR", err)
		return
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		c.problem("data folder", "chmod 700 "+cfg.DataDir, fmt.Errorf("%s is open to other users (mode %04o)", cfg.DataDir, info.Mode().Perm()))
	default:
		c.ok("data folder", "%s", cfg.DataDir)
	}
	if _, err := os.Stat(filepath.Join(cfg.DataDir, databaseFile)); errors.Is(err, fs.ErrNotExist) {
		c.note("database", "the first start makes it", "there is none yet")
		a.doctorFirstStart(c, cfg, keyring)
		return
	}
	w, err := a.openStore(ctx, mayPrompt)
	if err != nil {
		name := "database"
		if exitCode(err) == exitNoKey {
			name = "data key"
		}
		c.problem(name, "see docs/troubleshooting.md", err)
		return
	}
	defer func() {
		if err := w.close(ctx); err != nil {
			c.problem("database", "see docs/troubleshooting.md", err)
		}
	}()
	c.ok("data key", "from %s, id %s", w.keys.Source(), w.keys.ID())
	if err := w.store.Check(ctx); err != nil {
		c.problem("database", "restore the data folder from a backup", err)
	} else {
		c.ok("database", "every page and row reads")
	}
	report, err := gate.VerifyRecord(ctx, w.gateOptions())
	switch {
	case err != nil:
		c.problem("record", "see tftsr audit verify", err)
	case !report.OK():
		c.problem("record", "tftsr audit verify names what is wrong", errors.New("the record does not verify"))
	default:
		c.ok("record", "%d entries verified", report.Entries)
	}
	if pending, err := w.store.ListApprovals(ctx, store.ApprovalPending, time.Now()); err == nil && len(pending) > 0 {
		c.note("approvals", "tftsr approvals list", "%d wait for an answer", len(pending))
	}
}
