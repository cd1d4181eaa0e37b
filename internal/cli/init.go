package cli

import (
	"bytes"
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/secrets"
)

type initOptions struct {
	keyFile    string
	passphrase bool
	systemd    bool
	keyring    bool
	json       bool
}

func (a *app) initCmd() *cobra.Command {
	var o initOptions
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Choose where the data key lives, on a machine without a keyring",
		Long: `Init makes the data key of a new data folder and puts it where you say. With
a working OS keyring there is no need for it: the first start does it.

Without the data key nothing in the data folder can be read. Keep a copy.`,
		Example: `  tftsr init --key-file /etc/tftsr/key     a file that only you can read
  tftsr init --passphrase                  a file sealed under a passphrase
  sudo tftsr init --systemd                a systemd credential (TPM or host key)
  TFTSR_DB_KEY=$(openssl rand -base64 32) tftsr init     the environment`,
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOf(cmd, "key-file", "passphrase", "systemd", "keyring"); err != nil {
				return err
			}
			return a.init(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.keyFile, "key-file", "", "keep the data key in this `file`, made if it is missing")
	f.BoolVar(&o.passphrase, "passphrase", false, "seal the data key under a passphrase (asked, or in TFTSR_PASSPHRASE_FILE)")
	f.BoolVar(&o.systemd, "systemd", false, "make an encrypted systemd credential")
	f.BoolVar(&o.keyring, "keyring", false, "put the data key into the OS keyring")
	f.BoolVar(&o.json, "json", false, "as a JSON object")
	return cmd
}

func (a *app) init(ctx context.Context, o initOptions) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	in, err := a.initKey(cfg, o)
	if err != nil {
		return err
	}
	res, err := secrets.Init(ctx, in)
	if err != nil {
		return err
	}
	if o.json {
		return encoder(a.out).Encode(map[string]string{
			"data_dir": cfg.DataDir, "source": string(res.Source), "key_id": res.KeyID, "path": res.Path, "next": res.Next,
		})
	}
	a.printf("data folder  %s\ndata key     %s (id %s)\n", cfg.DataDir, res.Source, res.KeyID)
	if res.Path != "" {
		a.printf("file         %s\n", res.Path)
	}
	if res.Next != "" {
		a.printf("%s\n", res.Next)
	}
	return nil
}

// initKey says where the data key is to be.
func (a *app) initKey(cfg *config.Config, o initOptions) (in secrets.InitOptions, err error) {
	in = secrets.InitOptions{
		DataDir: cfg.DataDir, KeyFile: o.keyFile, DBKey: cfg.Env.DBKey(),
		CredentialsDirectory: cfg.Env.CredentialsDirectory(), Keyring: a.keyring(cfg),
	}
	switch {
	case o.keyFile != "":
		in.Source = secrets.SourceFile
	case o.passphrase:
		in.Source = secrets.SourcePassphrase
		if in.Passphrase, err = a.newPassphrase(cfg.Env.PassphraseFile()); err != nil {
			return in, err
		}
	case o.systemd:
		in.Source = secrets.SourceSystemd
	case o.keyring:
		in.Source = secrets.SourceKeyring
	case in.DBKey != "":
		in.Source = secrets.SourceEnv
	default:
		in.Source = secrets.SourceKeyring
	}
	return in, nil
}

// newPassphrase reads a new passphrase from the file, or asks twice.
func (a *app) newPassphrase(file string) ([]byte, error) {
	if file != "" {
		return secrets.ReadPassphraseFile(file)
	}
	first, err := a.askSecret("new passphrase: ")
	if err != nil {
		return nil, withHint(err, "name a file that holds the passphrase in TFTSR_PASSPHRASE_FILE")
	}
	second, err := a.askSecret("once more: ")
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(first, second) {
		return nil, errors.New("the two passphrases differ; nothing was made")
	}
	return first, nil
}
