package gate

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/store"
)

// older is a store that shows an older or another record than it has, as a
// database that somebody has put back or rewritten.
type older struct {
	store.Store
	entries []audit.Entry
}

func (s *older) Entries(_ context.Context, from, to int64, fn func(audit.Entry) error) error {
	for _, e := range s.entries {
		if e.Seq < from || to != 0 && e.Seq > to {
			continue
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	return nil
}

func (s *older) RecordHead(context.Context) (int64, audit.Hash, error) {
	if len(s.entries) == 0 {
		return 0, audit.Hash{}, nil
	}
	e := s.entries[len(s.entries)-1]
	return e.Seq, e.EntryHash, nil
}

func (s *older) TreeNodes(_ context.Context, indexes []int64) ([]audit.Hash, error) {
	out := make([]audit.Hash, len(indexes))
	for i, x := range indexes {
		p := audit.PlaceOf(x)
		if p.Seq+p.Count-1 > int64(len(s.entries)) {
			return nil, store.ErrNotFound
		}
		var hashes []audit.Hash
		for _, e := range s.entries[p.Seq-1 : p.Seq-1+p.Count] {
			hashes = append(hashes, e.EntryHash)
		}
		out[i] = audit.Subtree(hashes)
	}
	return out, nil
}

func (s *older) ListEntries(_ context.Context, f store.EntryFilter) (out []audit.Entry, err error) {
	for _, e := range slices.Backward(s.entries) {
		if f.Action == "" || e.Action == f.Action {
			out = append(out, e)
		}
	}
	return out, nil
}

func (s *older) OpenIntents(context.Context) ([]audit.Entry, error) { return nil, nil }

func (s *older) Append(_ context.Context, drafts []audit.Draft) ([]audit.Entry, error) {
	var out []audit.Entry
	for _, d := range drafts {
		seq, hash, _ := s.RecordHead(context.Background()) // Never fails.
		e := audit.Link(hash, seq+1, d)
		s.entries = append(s.entries, e)
		out = append(out, e)
	}
	return out, nil
}

// filled makes a folder with some calls on its record.
func filled(t *testing.T) (*folder, store.Store) {
	t.Helper()
	f := newFolder(t)
	db := f.store()
	r := f.recorder(db)
	ctx := ana(context.Background())
	for range 5 {
		call, err := r.begin(ctx, nil, Intent{Action: audit.ActionToolCall})
		if err != nil {
			t.Fatal(err)
		}
		if err := call.End(ctx, Outcome{Status: "ok"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.close(ctx); err != nil {
		t.Fatal(err)
	}
	return f, db
}

func rewritten(entries []audit.Entry, change func(*audit.Entry), at int) []audit.Entry {
	var prev audit.Hash
	for i := range entries {
		if i == at {
			change(&entries[i])
		}
		entries[i].PrevHash = prev
		entries[i].EntryHash = audit.HashOf(entries[i])
		prev = entries[i].EntryHash
	}
	return entries
}

func TestStartRefusesARecordThatIsNotWhatWasSigned(t *testing.T) {
	f, db := filled(t)
	entries := allEntries(t, db)
	bob := func(e *audit.Entry) { e.UserID = "bob" }
	for _, c := range []struct {
		name    string
		entries []audit.Entry
		want    string
		kind    audit.Kind
	}{
		{"cut off", allEntries(t, db)[:9], "truncated", audit.KindTruncated},
		{"emptied", nil, "truncated", audit.KindTruncated},
		{"rewritten", rewritten(allEntries(t, db), bob, 3), "rewritten", audit.KindRewritten},
		{"last entry replaced", rewritten(allEntries(t, db), bob, len(entries)-1), "rewritten", audit.KindRewritten},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &older{db, c.entries}
			_, err := newRecorder(context.Background(), f.options(s))
			if !errors.Is(err, ErrTampered) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "tftsr audit verify") {
				t.Errorf("start: %v", err)
			}
			rep := f.verify(s)
			if rep.OK() || rep.Findings[len(rep.Findings)-1].Kind != c.kind {
				t.Errorf("verification: %+v", rep.Findings)
			}
		})
	}
	// Entries after the head, as a crash leaves them, are taken when they are
	// linked, and only then.
	last := entries[len(entries)-1]
	next := audit.Link(last.EntryHash, last.Seq+1, audit.Draft{Timestamp: time.Now(), Action: audit.ActionConfig, Details: []byte("{}")})
	if _, err := newRecorder(context.Background(), f.options(&older{db, append(entries, audit.Link(audit.Hash{9}, last.Seq+1, audit.Draft{Details: []byte("{}")}))})); !errors.Is(err, ErrTampered) {
		t.Errorf("entry that is not linked: %v", err)
	}
	f.recorder(&older{db, append(entries, next)})
}

func TestNoHeadIsSignedOverARecordThatChangedUnderneath(t *testing.T) {
	f := newFolder(t)
	s := &older{Store: f.store()}
	r := f.recorder(s)
	ctx := ana(context.Background())
	for range 5 {
		if err := r.note(ctx, nil, Intent{Action: audit.ActionConfig}); err != nil {
			t.Fatal(err)
		}
	}
	if rep, err := r.Verify(ctx); err != nil || !rep.OK() {
		t.Fatalf("%+v, %v", rep, err)
	}
	s.entries = rewritten(s.entries, func(e *audit.Entry) { e.UserID = "bob" }, 2)
	_ = r.note(ctx, nil, Intent{Action: audit.ActionConfig}) // It may still be written; no head follows it.
	if rep, err := r.Verify(ctx); err != nil || rep.OK() || !strings.Contains(rep.Err().Error(), "the record was rewritten") {
		t.Errorf("%+v, %v", rep, err)
	}
	if err := r.note(ctx, nil, Intent{Action: audit.ActionConfig}); !errors.Is(err, ErrTampered) || !errors.Is(err, ErrRecord) {
		t.Errorf("a call on a rewritten record: %v", err)
	}
	g := &Gate{recorder: r}
	if err := g.ExportRecord(ctx, &bytes.Buffer{}); !errors.Is(err, ErrTampered) {
		t.Errorf("export of a rewritten record: %v", err)
	}
}

func TestMissingHeadIsToldAndStaysOnTheRecord(t *testing.T) {
	f, db := filled(t)
	if err := os.Remove(f.headFile()); err != nil {
		t.Fatal(err)
	}
	if rep := f.verify(db); rep.OK() || rep.Findings[0].Kind != audit.KindHeadMissing {
		t.Errorf("%+v", rep.Findings)
	}
	r := f.recorder(db)
	if !strings.Contains(f.logs.String(), "no signed head") {
		t.Errorf("log: %s", f.logs.String())
	}
	rep, err := r.Verify(context.Background())
	if err != nil || rep.OK() || len(rep.Findings) != 1 || rep.Findings[0].Kind != audit.KindNoHead {
		t.Errorf("%+v, %v", rep.Findings, err)
	}
}

func TestTornHeadFileKeepsTheOlderHead(t *testing.T) {
	f, db := filled(t)
	good, err := os.ReadFile(f.headFile())
	if err != nil {
		t.Fatal(err)
	}
	vkey := f.recorder(db).VerifierKey()
	origin, err := db.Origin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	head := func(content []byte) (audit.Head, error) {
		if err := os.WriteFile(f.headFile(), content, 0o600); err != nil {
			t.Fatal(err)
		}
		return newHeadFile(f.headFile(), vkey, origin).read()
	}
	whole, err := head(good)
	if err != nil || whole.Size != 12 {
		t.Fatalf("%+v, %v", whole, err)
	}
	var sizes []int64
	for i := range 2 {
		torn := bytes.Clone(good)
		copy(torn[i*headSlot+20:], strings.Repeat("x", 100))
		h, err := head(torn)
		if err != nil {
			t.Errorf("place %d torn: %v", i, err)
		}
		sizes = append(sizes, h.Size)
	}
	if slices.Sort(sizes); sizes[1] != 12 || sizes[0] < 1 || sizes[0] > 11 {
		t.Errorf("one place torn leaves heads of %v entries", sizes)
	}
	for name, c := range map[string]struct {
		content []byte
		want    error
	}{
		"empty":       {nil, errNoHead},
		"zeros":       {make([]byte, 2*headSlot), errNoHead},
		"nonsense":    {[]byte("nonsense"), audit.ErrHead},
		"both torn":   {bytes.ReplaceAll(good, []byte("tftsr/"), []byte("tftsr_")), audit.ErrHead},
		"cut in half": {good[:100], audit.ErrHead},
	} {
		if h, err := head(c.content); !errors.Is(err, c.want) {
			t.Errorf("%s: %+v, %v", name, h, err)
		}
	}
	if err := os.WriteFile(f.headFile(), good, 0o600); err != nil {
		t.Fatal(err)
	}
	if h, err := newHeadFile(f.headFile(), vkey, "other").read(); !errors.Is(err, audit.ErrHead) {
		t.Errorf("the head of another record: %+v, %v", h, err)
	}
	if err := os.WriteFile(f.headFile(), []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := newRecorder(context.Background(), f.options(db)); !errors.Is(err, ErrTampered) || !errors.Is(err, audit.ErrHead) {
		t.Errorf("start on a damaged head: %v", err)
	}
}

func TestHeadNeverReplacesANewerOne(t *testing.T) {
	f, db := filled(t)
	o := f.options(db)
	signer, err := audit.NewHeadSigner(o.SignKey)
	if err != nil {
		t.Fatal(err)
	}
	origin, err := db.Origin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	file := newHeadFile(f.headFile(), signer.VerifierKey(), origin)
	put := func(h audit.Head) error {
		h.Origin = origin
		signed, err := signer.Sign(h)
		if err != nil {
			t.Fatal(err)
		}
		return file.write(context.Background(), h, signed)
	}
	if err := put(audit.Head{Size: 100, Root: audit.Hash{1}}); err != nil {
		t.Fatal(err)
	}
	if err := put(audit.Head{Size: 99, Root: audit.Hash{2}}); err != nil {
		t.Fatal(err)
	}
	other := newHeadFile(f.headFile(), signer.VerifierKey(), origin)
	if h, err := other.read(); err != nil || h.Size != 100 {
		t.Errorf("%+v, %v", h, err)
	}
	if err := put(audit.Head{Size: 100, Root: audit.Hash{3}}); !errors.Is(err, errHeadForked) {
		t.Errorf("fork: %v", err)
	}
	if err := file.sync(); err != nil {
		t.Error(err)
	}
}

func TestUnwritableHeadStopsTheRecordUntilItIsMended(t *testing.T) {
	f := newFolder(t)
	r := f.recorder(f.store())
	ctx := ana(context.Background())
	if err := os.Remove(f.headFile()); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(f.headFile(), 0o700); err != nil { // Nobody, root included, can write a folder.
		t.Fatal(err)
	}
	_ = r.note(ctx, nil, Intent{Action: audit.ActionConfig}) // One group may pass before it shows.
	waitFor(t, func() bool { return errors.Is(r.note(ctx, nil, Intent{Action: audit.ActionConfig}), ErrRecord) })
	if err := os.Remove(f.headFile()); err != nil {
		t.Fatal(err)
	}
	if err := r.note(ctx, nil, Intent{Action: audit.ActionConfig}); err != nil {
		t.Errorf("after it was mended: %v", err)
	}
	if rep, err := r.Verify(ctx); err != nil || !rep.OK() || len(rep.Findings) != 0 {
		t.Errorf("%+v, %v", rep.Findings, err)
	}
}

func TestAStartWaitsForTheFirstHeadOfAnother(t *testing.T) {
	f, db := filled(t)
	head, err := os.ReadFile(f.headFile())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(f.headFile()); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(40*time.Millisecond, func() {
		if err := os.WriteFile(f.headFile(), head, 0o600); err != nil {
			t.Error(err)
		}
	})
	rep, err := f.recorder(db).Verify(context.Background())
	if err != nil || len(rep.Findings) != 0 {
		t.Errorf("%+v, %v", rep.Findings, err)
	}
}

// firstVersion signs a head as the first version did.
func (f *folder) firstVersion(t *testing.T, h audit.Head) []byte {
	t.Helper()
	signer, err := note.NewSigner(f.skey)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("tftsr/record/%s\n%d\n%s\n", h.Origin, h.Size, base64.StdEncoding.EncodeToString(h.Newest[:]))
	msg, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		t.Fatal(err)
	}
	return msg
}
