package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

func entryHash(i int64) Hash { return sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i))) }

// reference is the same tree as package tlog makes it.
type reference []tlog.Hash

func (r *reference) add(t testing.TB, n int64, entry Hash) {
	t.Helper()
	hashes, err := tlog.StoredHashes(n, entry[:], r)
	if err != nil {
		t.Fatal(err)
	}
	*r = append(*r, hashes...)
}

func (r reference) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x >= int64(len(r)) {
			return nil, errors.New("not there")
		}
		out[i] = r[x]
	}
	return out, nil
}

func (r reference) read(indexes []int64) ([]Hash, error) {
	hashes, err := r.ReadHashes(indexes)
	out := make([]Hash, len(hashes))
	for i, h := range hashes {
		out[i] = Hash(h)
	}
	return out, err
}

func TestTreeIsThatOfRFC6962AtEverySize(t *testing.T) {
	var ref reference
	var tree Tree
	for n := range int64(1100) {
		want, err := tlog.TreeHash(n, ref)
		if err != nil {
			t.Fatal(err)
		}
		if tree.Root() != Hash(want) || tree.Size() != n {
			t.Fatalf("size %d: another root than tlog's", n)
		}
		loaded, err := LoadTree(n, ref.read)
		if err != nil || loaded.Root() != tree.Root() {
			t.Fatalf("size %d: loaded tree has another root (%v)", n, err)
		}
		ahead := loaded.Clone()
		ahead.Add(entryHash(n))
		tree.Add(entryHash(n))
		if ahead.Root() != tree.Root() || loaded.Size() != n {
			t.Fatalf("size %d: a loaded tree grows in another way", n)
		}
		ref.add(t, n, entryHash(n))
	}
}

// Every node is found at its place: in a block once that is complete, else
// hashed from the entries under it.
func TestEveryNodeHasItsPlace(t *testing.T) {
	const size = 9*BlockSize + 37
	var ref reference
	entries := make([]Hash, size)
	for n := range int64(size) {
		entries[n] = entryHash(n)
		ref.add(t, n, entries[n])
	}
	var blocks [][]byte
	node := func(index int64) (Hash, error) {
		p := PlaceOf(index)
		switch {
		case p.Count == 1 || p.Block >= int64(len(blocks)):
			return Subtree(entries[p.Seq-1 : p.Seq-1+p.Count]), nil
		case p.Offset+HashSize > len(blocks[p.Block]):
			return Hash{}, errors.New("beyond the block")
		}
		return Hash(blocks[p.Block][p.Offset : p.Offset+HashSize]), nil
	}
	for n := range int64(size / BlockSize) {
		b, err := Block(n, entries[n*BlockSize:(n+1)*BlockSize], node)
		if err != nil {
			t.Fatal(err)
		}
		blocks = append(blocks, b)
	}
	for index, want := range ref {
		got, err := node(int64(index))
		if err != nil || got != Hash(want) {
			t.Fatalf("node %d at %+v: %v", index, PlaceOf(int64(index)), err)
		}
	}
	if _, err := Block(0, entries[:3], node); err == nil {
		t.Error("a block of three entries")
	}
	if _, err := Block(1, entries[:BlockSize], func(int64) (Hash, error) { return Hash{}, errors.New("broken") }); err == nil {
		t.Error("a block without those before it")
	}
	if n := slices.MaxFunc(blocks, func(a, b []byte) int { return len(a) - len(b) }); len(n) != (BlockSize-1+3)*HashSize {
		t.Errorf("the largest of nine blocks has %d bytes", len(n))
	}
}

func BenchmarkTreeAdd(b *testing.B) {
	var t Tree
	h := entryHash(1)
	for b.Loop() {
		t.Add(h)
	}
}
