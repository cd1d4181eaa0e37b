package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"time"

	"golang.org/x/term"

	"github.com/tftsr/tftsr/internal/backup"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/store/sqlite"
)

// The files of a data folder, beside those that internal/secrets keeps.
const (
	keyRecordFile = "keysource.json" // that one is internal/secrets'
	databaseFile  = backup.DatabaseFile
	headFile      = backup.HeadFile
	exportFolder  = "exports"
)

// now is the clock by which entries of the record and all that tools make get
// their times. Tests of the program set it back under a running server.
var now = time.Now

// workspace is an open data folder.
type workspace struct {
	config  *config.Config
	keys    *secrets.Keys
	store   store.Store
	db      *sqlite.DB // the same, for what is particular to it
	secrets *secrets.Store
	gate    *gate.Gate
	log     *slog.Logger

	signKey     string            // signs the heads of the record
	verifierKey string            // verifies them; may be shown
	headItem    *secrets.HeadItem // nil without a keyring
}

// prompting says whether a command may ask for a passphrase. A server never
// does: nobody sits at its terminal.
type prompting bool

const (
	mayPrompt   prompting = true
	neverPrompt prompting = false
)

// open opens the data folder: its key, database, record and gate.
func (a *app) open(ctx context.Context, ask prompting) (*workspace, error) {
	w, err := a.openStore(ctx, ask)
	if err != nil {
		return nil, err
	}
	if w.gate, err = gate.New(terminalContext(ctx), w.gateOptions()); err != nil {
		return nil, errors.Join(err, w.close(ctx))
	}
	return w, nil
}

// openStore opens the data folder without its gate, which refuses to start
// over a record that does not verify. Only looking is allowed this way.
func (a *app) openStore(ctx context.Context, ask prompting) (_ *workspace, err error) {
	cfg, err := a.config()
	if err != nil {
		return nil, err
	}
	w := &workspace{config: cfg, log: a.logger(cfg)}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close(ctx))
		}
	}()
	keyring := a.keyring(cfg)
	if w.keys, err = a.resolveKeys(ctx, cfg, keyring, ask); err != nil {
		return nil, err
	}
	if w.db, err = backup.OpenDatabase(ctx, cfg.DataDir, w.keys, a.claim); err != nil {
		return nil, err
	}
	w.store = w.db
	if w.secrets, err = secrets.NewStore(secrets.StoreOptions{Keys: w.keys, Rows: w.store, Keyring: keyring, DataDir: cfg.DataDir}); err != nil {
		return nil, err
	}
	origin, err := w.store.Origin(ctx)
	if err != nil {
		return nil, err
	}
	if w.signKey, w.verifierKey, err = secrets.AuditKey(ctx, w.secrets, origin); err != nil {
		return nil, err
	}
	w.headItem, err = secrets.AuditHead(ctx, w.secrets)
	return w, err
}

// resolveKeys finds the data key, once: what the environment holds is
// forgotten then.
func (a *app) resolveKeys(ctx context.Context, cfg *config.Config, keyring secrets.Keyring, ask prompting) (*secrets.Keys, error) {
	if a.keys != nil {
		return a.keys, nil
	}
	source, err := secrets.ParseSource(cfg.KeySource)
	if err != nil {
		return nil, usageError(err)
	}
	o := secrets.Options{
		DataDir: cfg.DataDir, Source: source, Keyring: keyring,
		DBKey: cfg.Env.DBKey(), KeyFile: cfg.Env.DBKeyFile(), EncryptionKey: cfg.Env.EncryptionKey(),
		PassphraseFile: cfg.Env.PassphraseFile(), CredentialsDirectory: cfg.Env.CredentialsDirectory(),
	}
	if ask {
		o.Passphrase = a.askPassphrase
	}
	keys, err := secrets.Resolve(ctx, o)
	if err != nil {
		return nil, keyError(err, cfg.DataDir)
	}
	cfg.Env.Forget()
	return keys, nil
}

func (w *workspace) gateOptions() gate.Options {
	o := gate.Options{
		Store: w.store, Keys: w.keys, Config: w.config, SignKey: w.signKey,
		HeadFile: filepath.Join(w.config.DataDir, headFile), Logger: w.log, Now: now,
	}
	if w.headItem != nil {
		o.Keyring = w.headItem
	}
	return o
}

// close writes what is pending. It is called once, also for a workspace that
// was opened halfway.
func (w *workspace) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	var errs []error
	if w.gate != nil {
		errs = append(errs, w.gate.Close(ctx))
	}
	if w.store != nil {
		errs = append(errs, w.store.Close())
	}
	if w.keys != nil {
		w.keys.Close()
	}
	return errors.Join(errs...)
}

// with opens the data folder for a person at a terminal, runs f and closes.
func (a *app) with(ctx context.Context, f func(context.Context, *workspace) error) (err error) {
	w, err := a.open(ctx, mayPrompt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close(ctx)) }()
	return f(terminalContext(ctx), w)
}

// terminalContext names the person at the command line as the caller.
func terminalContext(ctx context.Context) context.Context {
	return gate.WithCaller(ctx, gate.Caller{ID: osUser(), Channel: gate.ChannelTerminal, Client: "tftsr " + Version(), Attended: true})
}

// osUser names the user of this process. The name is what the record shows.
func osUser() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return fmt.Sprintf("uid:%d", os.Getuid())
}

func (a *app) keyring(cfg *config.Config) secrets.Keyring {
	return secrets.SystemKeyring(secrets.KeyringOptions{BusAddress: cfg.Env.BusAddress()})
}

// askPassphrase asks on the terminal, where there is one.
func (a *app) askPassphrase(context.Context) ([]byte, error) {
	return a.askSecret("passphrase of the data key: ")
}

// askSecret reads a line without echo from the terminal. Without a terminal
// it fails at once: nothing waits for an answer that cannot come.
func (a *app) askSecret(prompt string) ([]byte, error) {
	f, ok := a.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil, errors.New("there is no terminal to ask on")
	}
	a.ask(prompt)
	value, err := term.ReadPassword(int(f.Fd()))
	a.ask("\n")
	return value, err
}

// onTerminal reports whether a person can be asked.
func (a *app) onTerminal() bool { return isTerminal(a.in) }

// errNoPerson refuses originals where no person is.
var errNoPerson = errors.New("originals are shown only to a person at a terminal")

// person demands somebody to show originals to: stdin is a terminal, or, where
// that is a pipe or a file, stderr is. A program that runs tftsr has neither,
// unless it goes out of its way.
func (a *app) person() error {
	if isTerminal(a.in) || isTerminal(a.err) {
		return nil
	}
	return errNoPerson
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
