// Package secrets keeps the few values that everything else rests on: the data key of an installation, the keys derived from it, the signing
// key of the record, and the API keys, tokens and passwords of the services that tftsr talks to.
//
// The data key is 32 random bytes. It lives in the OS keyring, or comes from a systemd credential, a key file, an environment variable or a
// passphrase-sealed file. Where it comes from is chosen once, remembered in keysource.json in the data folder, and never changes silently:
// a key is only ever created on the very first start with a working keyring, or by [Init].
//
// The package never reads the environment, never prompts (a caller may hand it a function that does), never falls back to plaintext, and
// never puts a value into an error, a log line or a listing. Every keyring call has a time-out.
package secrets

import (
	"errors"
	"fmt"
	"slices"
)

// Source says where the data key comes from.
type Source string

// The sources, in the order in which they are looked for when nothing is recorded yet.
const (
	// SourceSystemd is the credential tftsr-key of the running unit (LoadCredentialEncrypted=).
	SourceSystemd Source = "systemd"
	// SourceFile is a file with the key, readable by its owner only.
	SourceFile Source = "file"
	// SourceEnv is TFTSR_DB_KEY.
	SourceEnv Source = "env"
	// SourceKeyring is the OS keyring: the default.
	SourceKeyring Source = "keyring"
	// SourcePassphrase is data-key.age in the data folder, sealed under a passphrase.
	SourcePassphrase Source = "passphrase"
)

var sources = []Source{SourceSystemd, SourceFile, SourceEnv, SourceKeyring, SourcePassphrase}

// ParseSource checks a source that a person wrote. Empty stays empty: no explicit choice.
func ParseSource(text string) (Source, error) {
	if text == "" || slices.Contains(sources, Source(text)) {
		return Source(text), nil
	}
	return "", fmt.Errorf("key source %q is not known: use keyring, systemd, file, env or passphrase", text)
}

// Errors that callers test for with [errors.Is].
var (
	// ErrNotFound: no item, row or secret of that name.
	ErrNotFound = errors.New("secret not found")
	// ErrUnavailable: there is no keyring that answers. ErrLocked and ErrTimeout are cases of it.
	ErrUnavailable = errors.New("no working keyring")
	// ErrLocked: the keyring is there, is locked, and nothing could unlock it.
	ErrLocked error = &unavailable{"the keyring is locked"}
	// ErrTimeout: the keyring did not answer in time; usually it waits behind a prompt that nobody sees.
	ErrTimeout error = &unavailable{"the keyring did not answer in time"}
	// ErrTooBig: the value is larger than the platform's keyring takes.
	ErrTooBig = errors.New("value too large for the keyring")
	// ErrNoKeySource: this installation has no data key yet, and there is no keyring to keep one in.
	ErrNoKeySource = errors.New("no place for the data key")
	// ErrKeyMismatch: the key that was given is not the key of this data folder.
	ErrKeyMismatch = errors.New("not the key of this data folder")
	// ErrKeyMissing: the key of this data folder is not where it is recorded to be.
	ErrKeyMissing = errors.New("the data key is missing")
	// ErrBadKey: a text is not base64 of 32 bytes.
	ErrBadKey = errors.New("not base64 of 32 bytes")
	// ErrBadPermissions: other users can read a file that holds a key.
	ErrBadPermissions = errors.New("readable by other users")
	// ErrBadPassphrase: the passphrase does not open the sealed data key.
	ErrBadPassphrase = errors.New("the passphrase does not open the data key")
	// ErrInitialised: [Init] was asked to set up a data folder that has a key already.
	ErrInitialised = errors.New("already initialised")
	// ErrExpired: the secret is past its expiry.
	ErrExpired = errors.New("secret has expired")
	// ErrChanged: a keyring item is not what was stored in it.
	ErrChanged = errors.New("keyring item was changed by another program")
)

// unavailable is a kind of ErrUnavailable.
type unavailable struct{ text string }

func (e *unavailable) Error() string        { return e.text }
func (e *unavailable) Is(target error) bool { return target == ErrUnavailable }

// The kinds of keyring items. An item is named KIND/INSTALLATION, and of kind secret KIND/INSTALLATION/NAME, so that two data folders of one
// user never meet. The installation is the random id in keysource.json.
const (
	itemDataKey   = "data-key"
	itemAuditKey  = "audit-key"
	itemAuditHead = "audit-head"
	itemSecret    = "secret"
)

// AuditHeadItem names the keyring item in which the newest signed head of an installation's record is kept.
func AuditHeadItem(installation string) string { return itemAuditHead + "/" + installation }

// wipe overwrites a value that is no longer needed. It is best effort: the runtime may have copied it.
func wipe(b []byte) { clear(b) }
