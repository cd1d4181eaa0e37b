package secrets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// Options says where [Resolve] may find the data key. All values come from the configuration; this package reads no environment.
type Options struct {
	// DataDir is the data folder. It is created, private to its owner, when it is missing.
	DataDir string
	// Source is an explicit choice, as from --key-source. Empty: see [Resolve].
	Source Source
	// DBKey is the text of TFTSR_DB_KEY.
	DBKey string
	// KeyFile is the path in TFTSR_DB_KEY_FILE.
	KeyFile string
	// EncryptionKey is the text of TFTSR_ENCRYPTION_KEY; it overrides the sealing key.
	EncryptionKey string
	// PassphraseFile is the path in TFTSR_PASSPHRASE_FILE.
	PassphraseFile string
	// Passphrase asks a person, where there is one to ask. A server leaves it nil and thereby never prompts.
	Passphrase func(ctx context.Context) ([]byte, error)
	// CredentialsDirectory is systemd's CREDENTIALS_DIRECTORY.
	CredentialsDirectory string
	// Keyring is the OS keyring; nil means there is none.
	Keyring Keyring
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Resolve finds the data key of a data folder.
//
// An explicit source wins. Otherwise a key that the environment holds out is taken: the systemd credential, the key file, TFTSR_DB_KEY, in this
// order; otherwise the recorded source. The first use records source and key id in keysource.json. From then on every key is checked against
// that id: another key is [ErrKeyMismatch], a lost one [ErrKeyMissing], and neither is ever answered by making a new one.
//
// A new key is made in one case: there is no record, no database, no key held out, and the keyring works. Without a working keyring that is
// [ErrNoKeySource], whose text names the ways on. Processes that start for the first time at once agree on one key.
func Resolve(ctx context.Context, o Options) (*Keys, error) {
	if o.DataDir == "" {
		return nil, errors.New("no data folder is configured")
	}
	if _, err := ParseSource(string(o.Source)); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	held, err := o.givenKeys()
	defer func() {
		for i := range held {
			wipe(held[i].key[:])
		}
	}()
	if err != nil {
		return nil, err
	}
	if err := agree(held); err != nil {
		return nil, err
	}
	rec, err := readRecord(o.DataDir)
	if err != nil {
		return nil, err
	}
	if rec != nil {
		return o.recorded(ctx, rec, held)
	}

	unlock, err := lockDir(ctx, o.DataDir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	// Another process may have been first.
	if rec, err = readRecord(o.DataDir); err != nil {
		return nil, err
	}
	if rec != nil {
		return o.recordedLocked(ctx, rec, held)
	}
	return o.firstStart(ctx, held)
}

// agree refuses keys that differ: which one was meant is not ours to guess.
func agree(held []given) error {
	for i := 1; i < len(held); i++ {
		if held[i].key != held[0].key {
			return fmt.Errorf("%w: %s (key id %s) and %s (key id %s) hold different keys: take one of them away",
				ErrKeyMismatch, held[0].name, keyID(held[0].key[:]), held[i].name, keyID(held[i].key[:]))
		}
	}
	return nil
}

// recorded finds the key of a folder that has a record, and takes the lock only to change the record.
func (o *Options) recorded(ctx context.Context, rec *record, held []given) (*Keys, error) {
	if o.Source != "" && o.Source != rec.Source {
		unlock, err := lockDir(ctx, o.DataDir)
		if err != nil {
			return nil, err
		}
		defer unlock()
	}
	return o.recordedLocked(ctx, rec, held)
}

func (o *Options) recordedLocked(ctx context.Context, rec *record, held []given) (*Keys, error) {
	source, found := rec.Source, (*given)(nil)
	switch {
	case o.Source != "":
		source = o.Source
		found = pick(held, source)
	case len(held) > 0:
		source, found = held[0].source, &held[0]
	}

	var key [KeySize]byte
	defer wipe(key[:])
	var name string
	file := rec.KeyFile
	if found != nil {
		key, name = found.key, found.name
		if found.file != "" {
			file = found.file
		}
	} else {
		var err error
		if key, name, err = o.fetch(ctx, source, rec); err != nil {
			return nil, err
		}
	}
	if id := keyID(key[:]); id != rec.KeyID {
		return nil, fmt.Errorf("%w: %s holds key id %s, but %s says that the key of this folder is in source %q and has key id %s: "+
			"take the other key away, or choose the right data folder", ErrKeyMismatch, name, id, filepath.Join(o.DataDir, recordFile), rec.Source, rec.KeyID)
	}
	if o.Source != "" && (o.Source != rec.Source || file != rec.KeyFile) {
		// An explicit choice of another place that holds the same key is remembered.
		moved := *rec
		moved.Source, moved.KeyFile = source, ""
		if source == SourceFile {
			moved.KeyFile = file
		}
		if moved != *rec {
			if err := moved.write(o.DataDir); err != nil {
				return nil, err
			}
		}
	}
	keys, err := newKeys(key, rec.Installation, source, o.EncryptionKey)
	if err != nil {
		return nil, err
	}
	keys.database, keys.next = cmp.Or(rec.Database, firstDatabase), rec.NextDatabase
	return keys, nil
}

func pick(held []given, source Source) *given {
	for i := range held {
		if held[i].source == source {
			return &held[i]
		}
	}
	return nil
}

// fetch gets the key from a source that the environment does not hold out.
func (o *Options) fetch(ctx context.Context, source Source, rec *record) (key [KeySize]byte, name string, err error) {
	record := filepath.Join(o.DataDir, recordFile)
	switch source {
	case SourceKeyring:
		item := itemDataKey + "/" + rec.Installation
		name = "the keyring item " + item
		if o.Keyring == nil {
			return key, name, fmt.Errorf("%s says that the data key is in the keyring: %w here; run where the keyring is unlocked, or give the key in TFTSR_DB_KEY", record, ErrUnavailable)
		}
		text, err := o.Keyring.Get(ctx, item)
		if errors.Is(err, ErrNotFound) {
			return key, name, fmt.Errorf("%w: %s says that it is in the keyring, service %s, item %s, but there is no such item: restore the keyring from a backup, "+
				"or give the key in TFTSR_DB_KEY", ErrKeyMissing, record, Service, item)
		}
		if err != nil {
			return key, name, fmt.Errorf("data key: %w: unlock the keyring and try again", err)
		}
		defer wipe(text)
		if key, err = parseKey(text); err != nil {
			return key, name, fmt.Errorf("%s: %w", name, err)
		}
		return key, name, nil
	case SourceFile:
		if rec.KeyFile == "" {
			break
		}
		key, err = readKeyFile(rec.KeyFile)
		return key, "the key file " + rec.KeyFile, err
	case SourcePassphrase:
		passphrase, err := o.passphrase(ctx)
		if err != nil {
			return key, "", err
		}
		defer wipe(passphrase)
		key, err = openWithPassphrase(o.DataDir, passphrase)
		return key, "the passphrase-sealed " + sealedFile, err
	}
	return key, "", fmt.Errorf("%w: %s", ErrKeyMissing, map[Source]string{
		SourceSystemd: "this process has no systemd credential " + credentialName + ": start it as the unit that has LoadCredentialEncrypted=" + credentialName + ":…",
		SourceFile:    "the key file is not named: set TFTSR_DB_KEY_FILE",
		SourceEnv:     "TFTSR_DB_KEY is not set",
	}[source])
}

// firstStart finds or makes the key of a folder without a record, under the lock.
func (o *Options) firstStart(ctx context.Context, held []given) (*Keys, error) {
	if o.Source != "" {
		if f := pick(held, o.Source); f != nil {
			held = []given{*f}
		} else {
			held = nil
		}
	}
	if len(held) > 0 {
		// The key was given, not made; that there may be a database already is then as it should be.
		return o.adopt(held[0])
	}
	if o.Source != "" && o.Source != SourceKeyring {
		if o.Source == SourcePassphrase {
			return nil, fmt.Errorf("%w: set it up with `tftsr init --passphrase`", ErrNoKeySource)
		}
		_, _, err := o.fetch(ctx, o.Source, &record{})
		return nil, err
	}
	if file, err := existingData(o.DataDir); err != nil {
		return nil, err
	} else if file != "" {
		return nil, fmt.Errorf("%w: %s exists, but %s, which says where its key is, does not: restore it from a backup, or give the key in TFTSR_DB_KEY",
			ErrKeyMissing, file, filepath.Join(o.DataDir, recordFile))
	}
	return o.createInKeyring(ctx, newDataKey(), func(source Source, keyID string) *record { return newRecord(source, keyID, o.Now()) })
}

func (o *Options) adopt(g given) (*Keys, error) {
	rec := newRecord(g.source, keyID(g.key[:]), o.Now())
	rec.KeyFile = g.file
	// The keys are made before the record is, so that a bad TFTSR_ENCRYPTION_KEY leaves no trace.
	keys, err := newKeys(g.key, rec.Installation, g.source, o.EncryptionKey)
	if err != nil {
		return nil, err
	}
	if err := rec.write(o.DataDir); err != nil {
		return nil, err
	}
	return keys, nil
}

// createInKeyring puts a new data key into the keyring. The record is written last: a crash before leaves an item that nothing
// refers to, never a record without an item.
func (o *Options) createInKeyring(ctx context.Context, key [KeySize]byte, make func(Source, string) *record) (*Keys, error) {
	defer wipe(key[:])
	if o.Keyring == nil {
		return nil, noPlace(ErrUnavailable)
	}
	rec := make(SourceKeyring, keyID(key[:]))
	keys, err := newKeys(key, rec.Installation, SourceKeyring, o.EncryptionKey)
	if err != nil {
		return nil, err
	}
	item := itemDataKey + "/" + rec.Installation
	text := formatKey(key)
	defer wipe(text)
	if err := o.Keyring.Set(ctx, item, text); err != nil {
		// The item has the random name of a key that is not to be: it tells
		// nobody anything.
		if cause := errors.Unwrap(err); errors.Is(cause, ErrUnavailable) {
			err = cause
		}
		return nil, noPlace(err)
	}
	back, err := o.Keyring.Get(ctx, item)
	if err != nil || string(back) != string(text) {
		return nil, noPlace(errors.Join(fmt.Errorf("%w: it does not give back what was put in", ErrUnavailable), err))
	}
	wipe(back)
	if err := rec.write(o.DataDir); err != nil {
		_ = o.Keyring.Delete(ctx, item)
		return nil, err
	}
	return keys, nil
}

func noPlace(cause error) error {
	return fmt.Errorf("%w: %w; choose one: `tftsr init --key-file FILE`, `tftsr init --passphrase`, `tftsr init --systemd`, "+
		"or set TFTSR_DB_KEY to what `openssl rand -base64 32` prints (and keep it: without it the data cannot be read)", ErrNoKeySource, cause)
}
