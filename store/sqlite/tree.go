package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/store"
)

// errNoBlock is returned for nodes that are not written yet, as in a database
// from before the tree.
var errNoBlock = errors.New("the tree of the record is not complete")

// TreeNodes implements [store.Record].
func (db *DB) TreeNodes(ctx context.Context, indexes []int64) ([]audit.Hash, error) {
	nodes, err := db.treeNodes(ctx, indexes)
	if errors.Is(err, errNoBlock) {
		// The record of an earlier version: its tree is made once, now.
		err = db.write(ctx, func(c *conn) error {
			size, _, err := recordHead(c)
			if err != nil {
				return err
			}
			return growTree(c, size)
		})
		if err == nil {
			nodes, err = db.treeNodes(ctx, indexes)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("tree of the record: %w", err)
	}
	return nodes, nil
}

func (db *DB) treeNodes(ctx context.Context, indexes []int64) (nodes []audit.Hash, err error) {
	nodes = make([]audit.Hash, len(indexes))
	err = db.read(ctx, func(c *conn) error {
		return c.snapshot(func() error {
			size, _, err := recordHead(c)
			if err != nil {
				return err
			}
			for i, x := range indexes {
				if nodes[i], err = treeNode(c, size, x); err != nil {
					return err
				}
			}
			return nil
		})
	})
	return nodes, err
}

// treeNode returns a node of the tree over size entries.
func treeNode(c *conn, size, index int64) (node audit.Hash, err error) {
	if index < 0 {
		return node, fmt.Errorf("node %d: %w", index, store.ErrNotFound)
	}
	p := audit.PlaceOf(index)
	if p.Seq+p.Count-1 > size {
		return node, fmt.Errorf("node %d of a tree over %d entries: %w", index, size, store.ErrNotFound)
	}
	if p.Count == 1 || p.Block >= size/audit.BlockSize {
		entries, err := entryHashes(c, p.Seq, p.Count)
		if err != nil {
			return node, err
		}
		return audit.Subtree(entries), nil
	}
	found, err := c.queryRow("SELECT substr(nodes, ?, ?) FROM audit_tree WHERE block = ?", []any{p.Offset + 1, audit.HashSize, p.Block}, func(r row) error {
		if copy(node[:], r.raw(0)) != audit.HashSize {
			return fmt.Errorf("%w: block %d of the record's tree is too short", store.ErrDamaged, p.Block)
		}
		return nil
	})
	if err == nil && !found {
		err = errNoBlock
	}
	return node, err
}

// entryHashes returns the hashes of n entries from the one with sequence seq.
func entryHashes(c *conn, seq, n int64) ([]audit.Hash, error) {
	hashes := make([]audit.Hash, 0, n)
	err := c.query("SELECT entry_hash FROM audit_log WHERE seq BETWEEN ? AND ? ORDER BY seq", []any{seq, seq + n - 1}, func(r row) error {
		var h audit.Hash
		copy(h[:], r.raw(0))
		hashes = append(hashes, h)
		return nil
	})
	if err == nil && int64(len(hashes)) != n {
		err = fmt.Errorf("%w: entries are missing from %d to %d", store.ErrDamaged, seq, seq+n-1)
	}
	return hashes, err
}

// growTree writes the blocks that are complete with size entries and are not
// there. It belongs into the transaction of the entries.
func growTree(c *conn, size int64) error {
	var next int64
	if _, err := c.queryRow("SELECT coalesce(max(block), -1) + 1 FROM audit_tree", nil, func(r row) error {
		next = r.int64(0)
		return nil
	}); err != nil {
		return err
	}
	for ; next < size/audit.BlockSize; next++ {
		nodes, err := block(c, next)
		if err != nil {
			return err
		}
		if _, err := c.exec("INSERT INTO audit_tree (block, nodes) VALUES (?, ?)", next, nodes); err != nil {
			return err
		}
	}
	return nil
}

// block computes block n from its entries and earlier blocks.
func block(c *conn, n int64) ([]byte, error) {
	entries, err := entryHashes(c, n*audit.BlockSize+1, audit.BlockSize)
	if err != nil {
		return nil, err
	}
	return audit.Block(n, entries, func(index int64) (audit.Hash, error) {
		return treeNode(c, n*audit.BlockSize, index)
	})
}
