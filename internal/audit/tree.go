package audit

import (
	"crypto/sha256"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Tree is the Merkle tree over the entries of a record as far as they were
// read, kept as the roots of its complete subtrees: as many hashes as its
// size has bits set. Leaf i is the EntryHash of the entry with sequence i+1,
// hashed as RFC 6962, section 2.1, says. The zero value is an empty tree. It
// is not safe for concurrent use; a copy is made with [Tree.Clone].
type Tree struct {
	size  int64
	peaks []Hash // of the complete subtrees, the largest first
}

// emptyRoot is the root of a tree without leaves: the SHA-256 of nothing.
var emptyRoot = Hash(sha256.Sum256(nil))

// leafHash and nodeHash are those of RFC 6962, without the allocations of
// package tlog: they run once an entry.
func leafHash(entry Hash) Hash {
	var b [1 + HashSize]byte
	copy(b[1:], entry[:])
	return sha256.Sum256(b[:])
}

func nodeHash(left, right Hash) Hash {
	var b [1 + 2*HashSize]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+HashSize:], right[:])
	return sha256.Sum256(b[:])
}

// LoadTree returns the tree of the given size, whose nodes read gives by
// their index in the order of [tlog.StoredHashIndex].
func LoadTree(size int64, read func(indexes []int64) ([]Hash, error)) (Tree, error) {
	t := Tree{size: size}
	var indexes []int64
	for from := int64(0); from < size; {
		level := bits.Len64(uint64(size-from)) - 1 //nolint:gosec // positive
		indexes = append(indexes, tlog.StoredHashIndex(level, from>>level))
		from += 1 << level
	}
	if len(indexes) == 0 {
		return t, nil
	}
	var err error
	if t.peaks, err = read(indexes); err != nil {
		return Tree{}, err
	}
	if len(t.peaks) != len(indexes) {
		return Tree{}, fmt.Errorf("tree: %d of %d nodes were read", len(t.peaks), len(indexes))
	}
	return t, nil
}

// Add appends the entry with this hash.
func (t *Tree) Add(entry Hash) {
	h := leafHash(entry)
	for n := t.size; n&1 == 1; n >>= 1 {
		last := len(t.peaks) - 1
		h = nodeHash(t.peaks[last], h)
		t.peaks = t.peaks[:last]
	}
	t.peaks = append(t.peaks, h)
	t.size++
}

// Size is the number of entries.
func (t Tree) Size() int64 { return t.size }

// Root is the root hash, of an empty tree the SHA-256 of nothing.
func (t Tree) Root() Hash {
	if len(t.peaks) == 0 {
		return emptyRoot
	}
	h := t.peaks[len(t.peaks)-1]
	for i := len(t.peaks) - 2; i >= 0; i-- {
		h = nodeHash(t.peaks[i], h)
	}
	return h
}

// Clone returns a copy that changes by itself.
func (t Tree) Clone() Tree {
	t.peaks = append(make([]Hash, 0, len(t.peaks)+1), t.peaks...)
	return t
}

// The nodes of a tree are kept in blocks, one for [BlockSize] entries. A block
// holds the nodes above its own leaves, level by level, and after them those
// further up that are complete with it. The leaves are not in it: they are
// hashes of what is in the record.
const (
	blockLevels = 8
	// BlockSize is the number of entries under one block of nodes.
	BlockSize = 1 << blockLevels
)

// Block returns the nodes of block n, which are to be kept. entries are the
// hashes of its entries, [BlockSize] of them; read gives nodes of earlier
// blocks by their index.
func Block(n int64, entries []Hash, read func(index int64) (Hash, error)) ([]byte, error) {
	if len(entries) != BlockSize {
		return nil, fmt.Errorf("tree: block %d of %d entries, not %d", n, len(entries), BlockSize)
	}
	level := make([]Hash, BlockSize)
	for i, e := range entries {
		level[i] = leafHash(e)
	}
	out := make([]byte, 0, (BlockSize+8)*HashSize)
	for len(level) > 1 {
		for i := range len(level) / 2 {
			level[i] = nodeHash(level[2*i], level[2*i+1])
			out = append(out, level[i][:]...)
		}
		level = level[:len(level)/2]
	}
	// As many levels more as the number of the next block has zeroes at its end.
	h := level[0]
	for up := 0; n>>up&1 == 1; up++ {
		left, err := read(tlog.StoredHashIndex(blockLevels+up, n>>up-1))
		if err != nil {
			return nil, err
		}
		h = nodeHash(left, h)
		out = append(out, h[:]...)
	}
	return out, nil
}

// Place is where a node of the tree is: a leaf is hashed from the entry with
// sequence Seq; any other is in a block, at an offset in bytes, or, while the
// block is not complete, the subtree over the entries Seq to Seq+Count-1.
type Place struct {
	Seq    int64
	Count  int64 // 1 for a leaf
	Block  int64
	Offset int
}

// PlaceOf returns the place of a node by its index.
func PlaceOf(index int64) Place {
	level, n := tlog.SplitStoredHashIndex(index)
	p := Place{Seq: n<<level + 1, Count: 1 << level}
	p.Block = (n<<level + 1<<level - 1) >> blockLevels // that of its last leaf
	switch {
	case level == 0:
	case level <= blockLevels:
		p.Offset = (BlockSize - BlockSize>>(level-1) + int(n&(BlockSize>>level-1))) * HashSize
	default:
		p.Offset = (BlockSize - 2 + level - blockLevels) * HashSize
	}
	return p
}

// Subtree returns the root of the subtree over entries, whose number is a
// power of two.
func Subtree(entries []Hash) Hash {
	var t Tree
	for _, e := range entries {
		t.Add(e)
	}
	return t.Root()
}
