package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"golang.org/x/mod/sumdb/tlog"
)

// Proof shows to somebody who has nothing else that an entry is on a record:
// the entry, the way from it to the root of the Merkle tree, and the
// checkpoint that signs that root. It says nothing of other entries but their
// hashes. Without the entry itself it shows that one with this hash is there,
// whose content somebody else may show.
type Proof struct {
	Seq        int64
	Hash       Hash   // of the entry
	Entry      *Entry // may be nil
	Path       []Hash // as RFC 6962, section 2.1.1, has it: from the leaf up
	Checkpoint []byte // signed note
}

// proofFile is a proof as it is written: a JSON object, with the entry in the
// form of an export.
type proofFile struct {
	Seq        int64       `json:"seq"`
	Hash       string      `json:"entry_hash"`
	Entry      *exportLine `json:"entry,omitempty"`
	Path       []string    `json:"path"` // hex
	Checkpoint string      `json:"checkpoint"`
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
	p := Proof{Seq: e.Seq, Hash: e.EntryHash, Entry: &e, Checkpoint: checkpoint, Path: make([]Hash, len(path))}
	for i, n := range path {
		p.Path[i] = Hash(n)
	}
	return p, p.check(h)
}

func (p Proof) check(h Head) error {
	switch e := p.Entry; {
	case e != nil && (e.Seq != p.Seq || e.EntryHash != p.Hash):
		return fmt.Errorf("%w: it names another entry than it shows", ErrProof)
	case e != nil && HashOf(*e) != p.Hash:
		return fmt.Errorf("%w: entry %d was edited: its content does not have its hash", ErrProof, p.Seq)
	case h.Chain():
		return fmt.Errorf("%w: the checkpoint has no root", ErrProof)
	case p.Seq < 1 || p.Seq > h.Size || len(p.Path) > 64:
		return fmt.Errorf("%w: entry %d is not among the %d of the checkpoint", ErrProof, p.Seq, h.Size)
	}
	path := make(tlog.RecordProof, len(p.Path))
	for i, n := range p.Path {
		path[i] = tlog.Hash(n)
	}
	if err := tlog.CheckRecord(path, h.Size, tlog.Hash(h.Root), p.Seq-1, tlog.Hash(leafHash(p.Hash))); err != nil {
		return fmt.Errorf("%w: entry %d is not on the record that was signed", ErrProof, p.Seq)
	}
	return nil
}

// MarshalJSON returns the proof as [CheckProof] reads it.
func (p Proof) MarshalJSON() ([]byte, error) {
	f := proofFile{Seq: p.Seq, Hash: p.Hash.Hex(), Path: make([]string, len(p.Path)), Checkpoint: string(p.Checkpoint)}
	if p.Entry != nil {
		line := lineOf(*p.Entry)
		f.Entry = &line
	}
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
	p := Proof{Seq: f.Seq, Checkpoint: []byte(f.Checkpoint)}
	var err error
	if p.Hash, err = ParseHash(f.Hash); err != nil {
		return Proof{}, Head{}, fmt.Errorf("%w: it has no hash of an entry", ErrProof)
	}
	if f.Entry != nil {
		e, err := f.Entry.entry()
		if err != nil {
			return Proof{}, Head{}, fmt.Errorf("%w: %w of the entry", ErrProof, err)
		}
		p.Entry = &e
	}
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

// sameJSON reports whether two texts are one JSON value. White space, escapes
// and the order of members may differ: programs that hand JSON on change them.
// A key that is there twice is never the same.
func sameJSON(a, b []byte) bool {
	x, err1 := jsonValue(a)
	y, err2 := jsonValue(b)
	return err1 == nil && err2 == nil && reflect.DeepEqual(x, y)
}

func jsonValue(b []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	v, err := nextValue(d)
	if err == nil && d.More() {
		err = errors.New("more than one value")
	}
	return v, err
}

// nextValue reads a value of which no object has a key twice.
func nextValue(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	open, _ := t.(json.Delim)
	object, list := map[string]any{}, []any{}
	for open != 0 && d.More() {
		var key string
		if open == '{' {
			k, err := d.Token()
			if err != nil {
				return nil, err
			}
			key, _ = k.(string)
		}
		v, err := nextValue(d)
		if err != nil {
			return nil, err
		}
		if _, twice := object[key]; twice {
			return nil, fmt.Errorf("key %q twice", key)
		}
		if open == '{' {
			object[key] = v
		}
		list = append(list, v)
	}
	if open == 0 {
		return t, nil
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if open == '{' {
		return object, nil
	}
	return list, nil
}
