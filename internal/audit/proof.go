package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/tlog"
)

// Proof shows to somebody who has nothing else that an entry is on a record:
// the entry, the way from it to the root of the Merkle tree, and the
// checkpoint that signs that root. It says nothing of other entries but their
// hashes.
type Proof struct {
	Entry      Entry
	Path       []Hash // as RFC 6962, section 2.1.1, has it: from the leaf up
	Checkpoint []byte // signed note
}

// proofFile is a proof as it is written: a JSON object, with the entry in the
// form of an export.
type proofFile struct {
	Entry      exportLine `json:"entry"`
	Path       []string   `json:"path"` // hex
	Checkpoint string     `json:"checkpoint"`
}

// maxProof bounds a proof, in bytes.
const maxProof = 1 << 20

// ErrProof is returned, wrapped, for a proof that does not prove its entry.
var ErrProof = errors.New("the proof does not hold")

// Prove makes the proof of e under a checkpoint of the given head. read gives
// nodes of the tree, as for [LoadTree]. What it read is checked, so that
// [ErrProof] is returned where the record is no longer what was signed.
func Prove(e Entry, h Head, checkpoint []byte, read func(indexes []int64) ([]Hash, error)) (Proof, error) {
	if e.Seq < 1 || e.Seq > h.Size {
		return Proof{}, fmt.Errorf("entry %d is not among the %d of the checkpoint", e.Seq, h.Size)
	}
	path, err := tlog.ProveRecord(h.Size, e.Seq-1, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		nodes, err := read(indexes)
		out := make([]tlog.Hash, len(nodes))
		for i, n := range nodes {
			out[i] = tlog.Hash(n)
		}
		return out, err
	}))
	if err != nil {
		return Proof{}, err
	}
	p := Proof{Entry: e, Checkpoint: checkpoint, Path: make([]Hash, len(path))}
	for i, n := range path {
		p.Path[i] = Hash(n)
	}
	return p, p.check(h)
}

func (p Proof) check(h Head) error {
	e := p.Entry
	switch {
	case HashOf(e) != e.EntryHash:
		return fmt.Errorf("%w: entry %d was edited: its content does not have its hash", ErrProof, e.Seq)
	case h.Chain():
		return fmt.Errorf("%w: the checkpoint has no root", ErrProof)
	case e.Seq < 1 || e.Seq > h.Size || len(p.Path) > 64:
		return fmt.Errorf("%w: entry %d is not among the %d of the checkpoint", ErrProof, e.Seq, h.Size)
	}
	path := make(tlog.RecordProof, len(p.Path))
	for i, n := range p.Path {
		path[i] = tlog.Hash(n)
	}
	if err := tlog.CheckRecord(path, h.Size, tlog.Hash(h.Root), e.Seq-1, tlog.Hash(leafHash(e.EntryHash))); err != nil {
		return fmt.Errorf("%w: entry %d is not on the record that was signed", ErrProof, e.Seq)
	}
	return nil
}

// MarshalJSON returns the one spelling of a proof.
func (p Proof) MarshalJSON() ([]byte, error) {
	f := proofFile{Entry: lineOf(p.Entry), Path: make([]string, len(p.Path)), Checkpoint: string(p.Checkpoint)}
	for i, n := range p.Path {
		f.Path[i] = n.Hex()
	}
	var b bytes.Buffer
	err := writeLine(&b, f)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// CheckProof checks a proof, as [Proof.MarshalJSON] wrote it, against the key
// of the record, in note form, and returns it with the head that was signed.
// Every failure wraps [ErrProof]; nothing else of the record is needed.
func CheckProof(b []byte, key string) (Proof, Head, error) {
	if len(b) > maxProof {
		return Proof{}, Head{}, fmt.Errorf("%w: it has more than %d bytes", ErrProof, maxProof)
	}
	var f proofFile
	if err := json.Unmarshal(b, &f); err != nil {
		return Proof{}, Head{}, fmt.Errorf("%w: it is not JSON of a proof", ErrProof)
	}
	e, err := f.Entry.entry()
	if err != nil {
		return Proof{}, Head{}, fmt.Errorf("%w: %w of the entry", ErrProof, err)
	}
	p := Proof{Entry: e, Checkpoint: []byte(f.Checkpoint)}
	for _, text := range f.Path {
		n, err := ParseHash(text)
		if err != nil {
			return Proof{}, Head{}, fmt.Errorf("%w: its path is not of hashes", ErrProof)
		}
		p.Path = append(p.Path, n)
	}
	// One spelling, so that no reader is shown what was not proven.
	again, err := p.MarshalJSON()
	if err != nil || !sameJSON(b, again) {
		return Proof{}, Head{}, fmt.Errorf("%w: it is not in the form in which a proof is written", ErrProof)
	}
	h, err := OpenHead(key, p.Checkpoint)
	if err != nil {
		return Proof{}, Head{}, fmt.Errorf("%w: %w", ErrProof, err)
	}
	return p, h, p.check(h)
}

// sameJSON reports whether two texts are one JSON value with its members in
// one order; white space and escapes, which programs that hand JSON on
// change, may differ.
func sameJSON(a, b []byte) bool {
	x, y := json.NewDecoder(bytes.NewReader(a)), json.NewDecoder(bytes.NewReader(b))
	x.UseNumber()
	y.UseNumber()
	for {
		s, err1 := x.Token()
		t, err2 := y.Token()
		if errors.Is(err1, io.EOF) && errors.Is(err2, io.EOF) {
			return true
		}
		if err1 != nil || err2 != nil || s != t {
			return false
		}
	}
}
