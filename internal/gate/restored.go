package gate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
)

// NoteRestore records that the database of o was put back from a backup, and
// signs the record anew from there: the one way in which a record may become
// shorter than its signed head. The entry names both heads, so that everybody
// sees afterwards that, when and by whom it was put back, and of how much, and
// so that an honest restore is told from a rollback. The chain of what was put
// back is checked first, all of it. Nothing may have a gate open on the
// database meanwhile; ctx carries the person.
func NoteRestore(ctx context.Context, o Options) (audit.Head, error) {
	return noteRestore(ctx, o, "")
}

// StageRestore is [NoteRestore] for a database that is not in its place yet:
// the signed head goes into a new file at headFile, which the caller puts in the
// place of o.HeadFile once the database is in its own. Until then nothing that
// belongs to the old database has changed; the other places of checkpoints get
// the next one.
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
	details := map[string]any{"old_size": old.Size, "old_root": "", "size": x.size(), "root": x.tree.Root().Hex()}
	if !old.Chain() {
		details["old_root"] = old.Root.Hex()
	}
	d, err := draft(ctx, nil, caller, Intent{Action: audit.ActionRestored, EntityType: "record", EntityID: t.origin, Details: details}, audit.PhaseEvent, nil)
	if err != nil {
		return audit.Head{}, err
	}
	d.Timestamp = time.Now()
	entries, err := o.Store.Append(ctx, []audit.Draft{d})
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
	for _, p := range t.places {
		if err := p.put(ctx, []audit.Checkpoint{{Head: head, Note: note}}); err != nil && o.Logger != nil {
			o.Logger.Warn("a place has not got the checkpoint of the database that was put back; it gets the next one", "place", p.name(), "error", err)
		}
	}
	return head, nil
}

// newestKnown returns the largest signed head that is known outside the
// database, that of an empty record when there is none. It is not always the
// last one: a database may be put back twice, the second time from a backup in
// which the first is not noted. Where histories of one size are known its root
// is empty, which stands for all of them.
func (t *trust) newestKnown(ctx context.Context) (audit.Head, error) {
	newest, err := t.head.read()
	if err != nil && !errors.Is(err, errNoHead) && !errors.Is(err, audit.ErrHead) {
		return newest, err
	}
	for _, p := range t.places {
		kept, _, err := p.all(ctx, t)
		if err != nil {
			continue // It says so in every verification.
		}
		for _, c := range kept {
			switch {
			case c.Size > newest.Size:
				newest = c.Head
			case c.Size == newest.Size && c.Root != newest.Root:
				newest.Root = audit.Hash{}
			}
		}
	}
	return newest, nil
}
