-- The Merkle tree over the record.
--
-- A row holds the nodes above 256 entries, in the layout of audit.Block; the
-- leaves are hashes of what audit_log holds. Rows are derived: whoever has
-- the entries can compute them, and they prove nothing by themselves. They are
-- written in the transaction of the last of their entries; those of entries
-- from before this migration, when the tree is first asked for.

-- +goose Up

CREATE TABLE audit_tree (
  block INTEGER PRIMARY KEY,
  owner TEXT NOT NULL DEFAULT 'workspace',
  nodes BLOB NOT NULL CHECK (length(nodes) >= 255 * 32)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER audit_tree_refuses_update BEFORE UPDATE ON audit_tree
BEGIN
  SELECT RAISE(ABORT, 'the record is append-only: a node is never changed');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_tree_refuses_delete BEFORE DELETE ON audit_tree
BEGIN
  SELECT RAISE(ABORT, 'the record is append-only: a node is never removed');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_tree_refuses_gap BEFORE INSERT ON audit_tree
WHEN NEW.block IS NOT (SELECT coalesce(max(block), -1) + 1 FROM audit_tree)
BEGIN
  SELECT RAISE(ABORT, 'the record is append-only: a node follows the newest one');
END;
-- +goose StatementEnd

PRAGMA user_version = 2;
