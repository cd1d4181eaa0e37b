package gate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/store"
)

// VerifierKey returns the public key of the record's checkpoints, in the form
// of [golang.org/x/mod/sumdb/note].
func (r *recorder) VerifierKey() string { return r.signer.VerifierKey() }

// signedHead returns the newest signed head, after what was written before.
func (r *recorder) signedHead(ctx context.Context, mark bool) (audit.Checkpoint, error) {
	p := &pending{barrier: true, mark: mark}
	err := r.batch.submit(ctx, p)
	return p.head, err
}

// Verify reads the whole record and checks it against every signed head that
// is known, and those given.
func (r *recorder) Verify(ctx context.Context, more ...audit.Anchor) (audit.Report, error) {
	// What this process wrote is signed first, or entries would seem unsigned.
	if _, err := r.signedHead(ctx, false); err != nil && !errors.Is(err, ErrTampered) {
		return audit.Report{}, err
	}
	return r.trust.verify(ctx, r.batch.now(), more)
}

// VerifyRecord is [Gate.Verify] for a record that [New] refuses. Of o it needs
// what [New] needs, and it writes nothing.
func VerifyRecord(ctx context.Context, o Options, more ...audit.Anchor) (audit.Report, error) {
	t, _, err := openTrust(ctx, o)
	if err != nil {
		return audit.Report{}, err
	}
	now := time.Now
	if o.Now != nil {
		now = o.Now
	}
	return t.verify(ctx, now(), more)
}

// CheckStart does what [New] does to see that the record of o extends every
// signed head that is known, and no more. It writes nothing.
func CheckStart(ctx context.Context, o Options) error {
	t, _, err := openTrust(ctx, o)
	if err == nil {
		_, _, _, err = t.start(ctx, slog.New(slog.DiscardHandler))
	}
	return err
}

func openTrust(ctx context.Context, o Options) (*trust, *audit.HeadSigner, error) {
	signer, err := audit.NewHeadSigner(o.SignKey)
	if err != nil {
		return nil, nil, err
	}
	origin, err := o.Store.Origin(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("name of the record: %w", err)
	}
	return trustOf(o, signer.VerifierKey(), origin), signer, nil
}

func (t *trust) verify(ctx context.Context, now time.Time, more []audit.Anchor) (audit.Report, error) {
	// Heads first: see [trust.start]. A file of its own, since this one may be
	// read after another process has replaced it.
	file := filepath.Base(t.head.path)
	head, headErr := newHeadFile(t.head.path, t.vkey, t.origin).read()
	if headErr != nil && !errors.Is(headErr, errNoHead) && !errors.Is(headErr, audit.ErrHead) {
		return audit.Report{}, headErr
	}
	anchors := slices.Clone(more)
	if headErr == nil {
		anchors = append(anchors, audit.Anchor{Head: head, From: file, Current: true})
	}
	var findings []audit.Finding
	for _, p := range t.places {
		kept, bad, err := p.all(ctx, t)
		if err != nil {
			bad = append(bad, audit.Finding{Kind: audit.KindAnchor, Warning: true, Text: fmt.Sprintf("the %s cannot be read: %v", p.name(), err)})
		}
		findings = append(findings, bad...)
		for _, c := range kept {
			anchors = append(anchors, audit.Anchor{Head: c.Head, From: "the " + p.name()})
		}
		if p == place(t.log) && headErr == nil && !head.Chain() {
			findings = append(findings, audit.CheckLog(kept, head.Size, p.name())...)
		}
	}
	v := audit.NewVerifier(anchors...)
	if err := t.record.Entries(ctx, 1, 0, func(e audit.Entry) error { v.Add(e); return nil }); err != nil {
		return audit.Report{}, fmt.Errorf("read the record: %w", err)
	}
	v.Now(now)
	for _, f := range findings {
		v.Note(f)
	}
	switch {
	case errors.Is(headErr, audit.ErrHead):
		v.Note(audit.Finding{Kind: audit.KindHeadInvalid, Text: headErr.Error()})
	case headErr != nil && v.Entries() > 0:
		v.Note(audit.Finding{Kind: audit.KindHeadMissing, Text: "there is no signed head: whether the end of the record was cut off cannot be told"})
	}
	if tree, ok := v.Tree(); ok {
		stored, err := audit.LoadTree(tree.Size(), t.nodes(ctx))
		switch {
		case errors.Is(err, store.ErrDamaged) || errors.Is(err, store.ErrNotFound) || err == nil && stored.Root() != tree.Root():
			v.Note(audit.Finding{Kind: audit.KindTree, Text: "the stored nodes of the tree are not those of the entries: proofs cannot be made"})
		case err != nil:
			return audit.Report{}, err
		}
	}
	return v.Report(), nil
}

// ExportRecord notes the export and writes the record with its checkpoints,
// in the form that [audit.VerifyExport] reads. The newest checkpoint is of
// what this process knows, not of what the database says: an export of a
// record that was tampered with does not verify.
func (g *Gate) ExportRecord(ctx context.Context, w io.Writer) error {
	in := Intent{Action: audit.ActionExport, EntityType: "record", EntityID: g.trust.origin}
	if err := g.Note(ctx, in); err != nil {
		return err
	}
	end, err := g.signedHead(ctx, true)
	if err != nil {
		return err
	}
	kept, _, err := g.trust.log.all(ctx, g.trust)
	if err != nil {
		return err
	}
	kept = slices.DeleteFunc(kept, func(c audit.Checkpoint) bool { return c.Size >= end.Size })
	slices.SortStableFunc(kept, func(a, b audit.Checkpoint) int { return int(a.Size - b.Size) })
	kept = slices.CompactFunc(kept, func(a, b audit.Checkpoint) bool { return bytes.Equal(a.Note, b.Note) })
	return audit.WriteExport(w, entries(ctx, g.batch.record, end.Size), kept, end.Note, g.VerifierKey())
}

// entries iterates over the entries from the first to that of sequence to.
func entries(ctx context.Context, record store.Record, to int64) iter.Seq2[audit.Entry, error] {
	return func(yield func(audit.Entry, error) bool) {
		more := true
		err := record.Entries(ctx, 1, to, func(e audit.Entry) error {
			e.Details = bytes.Clone(e.Details)
			if more = yield(e, nil); !more {
				return io.EOF
			}
			return nil
		})
		if err != nil && more {
			yield(audit.Entry{}, err)
		}
	}
}

// SignedHead returns the newest signed head of the record. It notes nothing.
func (r *recorder) SignedHead(ctx context.Context) (audit.Checkpoint, error) {
	return r.signedHead(ctx, false)
}

// ProveEntry returns the proof that the entry with sequence seq is on the
// record, under the newest checkpoint. An error that wraps [store.ErrNotFound]
// says that there is no such entry, and one that wraps [ErrTampered] that it
// is no longer what was signed.
func (r *recorder) ProveEntry(ctx context.Context, seq int64) (audit.Proof, error) {
	head, err := r.signedHead(ctx, false)
	if err != nil {
		return audit.Proof{}, err
	}
	var entry audit.Entry
	if err := r.batch.record.Entries(ctx, max(seq, 1), max(seq, 1), func(e audit.Entry) error { entry = e; return nil }); err != nil {
		return audit.Proof{}, err
	}
	if seq < 1 || seq > head.Size || entry.Seq != seq {
		return audit.Proof{}, fmt.Errorf("entry %d of the record: %w", seq, store.ErrNotFound)
	}
	entry.Details = bytes.Clone(entry.Details)
	proof, err := audit.Prove(entry, head.Head, head.Note, r.trust.nodes(ctx))
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrTampered, err)
	}
	return proof, err
}

// Checkpoint notes that a checkpoint was asked for, signs one, and waits until
// every place has it or has failed. reached names the places that have it,
// failed tells why the others have not.
func (g *Gate) Checkpoint(ctx context.Context) (c audit.Checkpoint, reached []string, failed map[string]error, err error) {
	in := Intent{Action: audit.ActionCheckpoint, EntityType: "record", EntityID: g.trust.origin, Details: map[string]any{"reason": "requested"}}
	if err := g.Note(ctx, in); err != nil {
		return c, nil, nil, err
	}
	if c, err = g.signedHead(ctx, true); err != nil {
		return c, nil, nil, err
	}
	reached, failed = g.anchors.wait(ctx)
	return c, reached, failed, nil
}
