package cli

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/server"
	"github.com/tftsr/tftsr/store"
)

// sourceTree is the root of the source tree, from here.
const sourceTree = "../.."

func testRoot() *cobra.Command {
	return (&app{streams: streams{strings.NewReader(""), io.Discard, io.Discard}, flags: map[string]string{}}).root(nil)
}

func TestGeneratedDocumentsAreUpToDate(t *testing.T) {
	files, err := docs(testRoot(), sourceTree)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		path := filepath.Join(sourceTree, f.name)
		if *update {
			if err := os.WriteFile(path, f.text, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		have, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(have, f.text) {
			t.Errorf("%s is not what the program generates: run make golden", f.name)
		}
	}
}

func TestReferenceHasEverySettingAndEveryCommand(t *testing.T) {
	settings := string(configurationDoc())
	for _, k := range config.Keys() {
		for _, want := range []string{"### `" + k.Key + "`", "`" + k.Env + "`", k.Doc} {
			if !strings.Contains(settings, want) {
				t.Errorf("configuration.md does not have %s", want)
			}
		}
	}
	for _, v := range config.EnvDocs() {
		if !strings.Contains(settings, "`"+v.Env+"`") {
			t.Errorf("configuration.md does not have %s", v.Env)
		}
	}
	commands := string(commandsDoc(testRoot()))
	walk(testRoot(), func(cmd *cobra.Command) {
		if cmd.IsAvailableCommand() && cmd.HasParent() && !strings.Contains(commands, "## "+cmd.CommandPath()+"\n") {
			t.Errorf("commands.md does not have %s", cmd.CommandPath())
		}
	})
}

func walk(cmd *cobra.Command, f func(*cobra.Command)) {
	f(cmd)
	for _, sub := range cmd.Commands() {
		walk(sub, f)
	}
}

// Every command says what it does, and how it is meant where that is not
// plain; what takes a setting as a flag takes one that exists.
func TestEveryCommandExplainsItself(t *testing.T) {
	walk(testRoot(), func(cmd *cobra.Command) {
		if cmd.Short == "" {
			t.Errorf("%s says nothing of itself", cmd.CommandPath())
		}
		if strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: the short help is a title, without a full stop", cmd.CommandPath())
		}
		if !cmd.Runnable() {
			t.Errorf("%s cannot be run, so that a mistake in its subcommand would pass for a call for help", cmd.CommandPath())
		}
		for line := range strings.Lines(cmd.Long) {
			if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > 80 && !cmd.Hidden {
				t.Errorf("%s: a line of the help is wider than a terminal: %q", cmd.CommandPath(), line)
			}
		}
	})
	for _, key := range serveSettings {
		if !slices.ContainsFunc(config.Keys(), func(k config.KeyDoc) bool { return k.Key == key && k.Flag != "" }) {
			t.Errorf("there is no setting %q with a flag", key)
		}
	}
}

// What lists something can list it for a program.
func TestWhateverIsListedHasJSON(t *testing.T) {
	for _, path := range []string{
		"scan", "digest", "review", "approvals list", "approvals show", "audit list", "audit verify", "secret list", "token create", "token list", "config show", "doctor", "init", "version",
	} {
		cmd, _, err := testRoot().Find(strings.Fields(path))
		if err != nil || cmd.Flags().Lookup("json") == nil {
			t.Errorf("tftsr %s has no --json", path)
		}
	}
}

// The README promises commands and files: they exist.
func TestReadmeNamesWhatThereIs(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(sourceTree, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`tftsr ((?:[a-z]+ ?){1,2})((?:[^|`+"`"+`\n#&]*?--[a-z-]+)*)`).FindAllStringSubmatch(string(readme), -1) {
		cmd, _, err := testRoot().Find(strings.Fields(m[1])[:1])
		if err != nil || !cmd.HasParent() {
			continue // prose: "tftsr is one Go binary"
		}
		cmd, _, err = testRoot().Find(strings.Fields(m[1]))
		if err != nil {
			t.Errorf("README.md: tftsr %s: %v", m[1], err)
			continue
		}
		for _, name := range regexp.MustCompile(`--([a-z-]+)`).FindAllStringSubmatch(m[2], -1) {
			cmd.InitDefaultHelpFlag()
			if cmd.Flags().Lookup(name[1]) == nil && cmd.InheritedFlags().Lookup(name[1]) == nil {
				t.Errorf("README.md: %s has no flag --%s", cmd.CommandPath(), name[1])
			}
		}
	}
	for _, m := range regexp.MustCompile(`\]\(((?:docs/)?[A-Za-z-]+\.md)\)`).FindAllStringSubmatch(string(readme), -1) {
		if _, err := os.Stat(filepath.Join(sourceTree, m[1])); err != nil {
			t.Errorf("README.md links to what is not there: %v", err)
		}
	}
}

// What a person can meet as an error is explained.
func TestTroubleshootingHasEveryError(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(sourceTree, "docs/troubleshooting.md"))
	if err != nil {
		t.Fatal(err)
	}
	record, err := os.ReadFile(filepath.Join(sourceTree, "docs/audit.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		store.ErrLocked, store.ErrWrongKey, store.ErrDamaged, store.ErrReadOnly, store.ErrFull, store.ErrNewer,
		secrets.ErrNotFound, secrets.ErrUnavailable, secrets.ErrLocked, secrets.ErrTimeout, secrets.ErrTooBig, secrets.ErrNoKeySource, secrets.ErrKeyMismatch,
		secrets.ErrKeyMissing, secrets.ErrBadKey, secrets.ErrBadPermissions, secrets.ErrBadPassphrase, secrets.ErrInitialised, secrets.ErrExpired, secrets.ErrChanged,
		gate.ErrPending, gate.ErrDeclined, gate.ErrDenied, gate.ErrExpired, gate.ErrNoApproval, gate.ErrCannotAsk, gate.ErrReview, gate.ErrTerminalOnly,
		gate.ErrRecord, gate.ErrOutcome, gate.ErrTampered, gate.ErrScan, gate.ErrTooLarge,
		server.ErrFrameTooLarge,
	} {
		// What comes after a colon or a bracket is the remedy, which the page has in its own words.
		head, _, _ := strings.Cut(err.Error(), ":")
		head, _, _ = strings.Cut(head, ";")
		if !bytes.Contains(text, []byte(head)) {
			t.Errorf("docs/troubleshooting.md does not have %q", head)
		}
	}
	for _, kind := range []audit.Kind{
		audit.KindEdited, audit.KindRemoved, audit.KindInserted, audit.KindSwapped, audit.KindUnlinked, audit.KindTruncated, audit.KindRewritten, audit.KindForked, audit.KindUnsigned,
		audit.KindTree, audit.KindCheckpointInvalid, audit.KindCheckpointMissing, audit.KindAnchor, audit.KindSilence, audit.KindRestored,
		audit.KindHeadMissing, audit.KindHeadInvalid, audit.KindTime, audit.KindOpen, audit.KindOrphan, audit.KindKeyOnly, audit.KindNoHead, audit.KindMalformed,
	} {
		if !bytes.Contains(text, []byte(kind)) {
			t.Errorf("docs/troubleshooting.md does not have %s", kind)
		}
		if !bytes.Contains(record, []byte("`"+kind+"`")) {
			t.Errorf("docs/audit.md does not explain %s", kind)
		}
	}
}
