package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
)

// NoteRestore records that the database of o was put back from a backup, and
// signs the record anew from there: the one way in which a record may become
// shorter than its signed head. The entry names both heads, so that everybody
// sees afterwards that, when and by whom it was put back, and of how much.
// Entries after it name every signed head that is known and that the record
// does not extend: these are excused, and no others, so that an honest restore
// is told from a rollback, before it as after it. The chain of what was put
// back is checked first, all of it. Nothing may have a gate open on the
// database meanwhile; ctx carries the person.
func NoteRestore(ctx context.Context, o Options) (audit.Head, error) {
	return noteRestore(ctx, o, "")
}

// StageRestore is [NoteRestore] for a database that is not in its place yet:
// the signed head goes into a new file at headFile, which the caller puts in the
// place of o.HeadFile once the database is in its own. Until then nothing that
// belongs to the old database has changed; [AnchorRestored] is for afterwards.
func StageRestore(ctx context.Context, o Options, headFile string) (audit.Head, error) {
	return noteRestore(ctx, o, headFile)
}

func noteRestore(ctx context.Context, o Options, staged string) (audit.Head, error) {
	caller, err := terminal(ctx)
	if err != nil {
		return audit.Head{}, err
	}
	t, signer, err := openTrust(ctx, o)
	if err != nil {
		return audit.Head{}, err
	}
	old, err := t.newestKnown(ctx)
	if err != nil {
		return audit.Head{}, err
	}
	x, err := extend(ctx, o.Store, extent{})
	if err != nil {
		return audit.Head{}, fmt.Errorf("the record that was put back: %w", err)
	}
	misfits, err := t.unfitting(ctx, x.size())
	if err != nil {
		return audit.Head{}, err
	}
	now := time.Now
	if o.Now != nil {
		now = o.Now
	}
	drafts, err := restoreDrafts(ctx, now(), caller, t.origin, old, x, misfits)
	if err != nil {
		return audit.Head{}, err
	}
	entries, err := o.Store.Append(ctx, drafts)
	if err != nil {
		return audit.Head{}, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	for _, e := range entries {
		if !x.follows(e) {
			return audit.Head{}, fmt.Errorf("%w: entry %d was written by another process meanwhile", ErrTampered, e.Seq-1)
		}
	}
	head := audit.Head{Origin: t.origin, Size: x.size(), Root: x.tree.Root()}
	note, err := signer.Sign(head)
	if err != nil {
		return audit.Head{}, err
	}
	if staged != "" {
		return head, newHeadFile(staged, t.head.vkey, t.origin).replace(ctx, head, note)
	}
	if err := t.head.replace(ctx, head, note); err != nil {
		return audit.Head{}, err
	}
	t.anchor(ctx, o.Logger, audit.Checkpoint{Head: head, Note: note})
	return head, nil
}

// AnchorRestored hands the head of a database that was put back, and is in its
// place now, to every place of checkpoints. From then on going back behind it
// shows, as it would for any other.
func AnchorRestored(ctx context.Context, o Options, head audit.Head) error {
	signer, err := audit.NewHeadSigner(o.SignKey)
	if err != nil {
		return err
	}
	note, err := signer.Sign(head)
	if err != nil {
		return err
	}
	trustOf(o, signer.VerifierKey(), head.Origin).anchor(ctx, o.Logger, audit.Checkpoint{Head: head, Note: note})
	return nil
}

func (t *trust) anchor(ctx context.Context, log *slog.Logger, c audit.Checkpoint) {
	for _, p := range t.places {
		if err := p.put(ctx, []audit.Checkpoint{c}); err != nil && log != nil {
			log.Warn("a place has not got the checkpoint of the database that was put back; it gets the next one", "place", p.name(), "error", err)
		}
	}
}

// headsOfAnEntry is how many heads one entry gives up: so many fit into its
// details.
const headsOfAnEntry = 100

// restoreDrafts makes the entry that says that the database was put back, and
// those that name the heads which are given up with it.
func restoreDrafts(ctx context.Context, now time.Time, caller Caller, origin string, old audit.Head, x extent, misfits []string) ([]audit.Draft, error) {
	details := map[string]any{"old_size": old.Size, "old_root": "", "size": x.size(), "root": x.tree.Root().Hex(), "given_up": len(misfits)}
	if !old.Chain() {
		details["old_root"] = old.Root.Hex()
	}
	in := []Intent{{Action: audit.ActionRestored, EntityType: "record", EntityID: origin, Details: details}}
	for part := range slices.Chunk(misfits, headsOfAnEntry) {
		in = append(in, Intent{Action: audit.ActionGivenUp, EntityType: "record", EntityID: origin, Details: map[string]any{"heads": part}})
	}
	drafts := make([]audit.Draft, len(in))
	for i := range in {
		d, err := draft(ctx, nil, caller, in[i], audit.PhaseEvent, nil)
		if err != nil {
			return nil, err
		}
		d.Timestamp = now
		drafts[i] = d
	}
	return drafts, nil
}

// known returns all signed heads that are known outside the database.
func (t *trust) known(ctx context.Context) ([]audit.Head, error) {
	var heads []audit.Head
	head, err := t.head.read()
	switch {
	case err == nil:
		heads = append(heads, head)
	case !errors.Is(err, errNoHead) && !errors.Is(err, audit.ErrHead):
		return nil, err
	}
	for _, p := range t.places {
		kept, _, err := p.all(ctx, t)
		if err != nil {
			continue // It says so in every verification.
		}
		for _, c := range kept {
			heads = append(heads, c.Head)
		}
	}
	return heads, nil
}

// unfitting returns the names of the known heads that the record, of the given
// size, does not extend, by size.
func (t *trust) unfitting(ctx context.Context, size int64) ([]string, error) {
	heads, err := t.known(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(heads, func(a, b audit.Head) int { return cmp.Compare(a.Size, b.Size) })
	seen := map[string]bool{}
	var names []string
	for _, h := range heads {
		name := h.Name()
		if seen[name] {
			continue
		}
		seen[name] = true
		fits := h.Size <= size
		switch {
		case !fits:
		case h.Chain():
			err = t.record.Entries(ctx, h.Size, h.Size, func(e audit.Entry) error { fits = e.EntryHash == h.Newest; return nil })
		default:
			var tree audit.Tree
			tree, err = audit.LoadTree(h.Size, t.nodes(ctx))
			fits = err == nil && tree.Root() == h.Root
		}
		if err != nil {
			return nil, fmt.Errorf("compare the record that was put back with its signed heads: %w", err)
		}
		if !fits {
			names = append(names, name)
		}
	}
	return names, nil
}

// newestKnown returns the largest signed head that is known outside the
// database, that of an empty record when there is none. It is not always the
// last one: a database may be put back twice, the second time from a backup in
// which the first is not noted. Where histories of one size are known its root
// is empty, which stands for all of them.
func (t *trust) newestKnown(ctx context.Context) (audit.Head, error) {
	heads, err := t.known(ctx)
	if err != nil {
		return audit.Head{}, err
	}
	var newest audit.Head
	for i, h := range heads {
		switch {
		case i == 0 || h.Size > newest.Size:
			newest = h
		case h.Size == newest.Size && h.Root != newest.Root:
			newest.Root = audit.Hash{}
		}
	}
	return newest, nil
}
