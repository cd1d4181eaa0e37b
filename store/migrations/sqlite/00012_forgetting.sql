-- When a value was last seen, so that what is not seen any more can be
-- forgotten by age; what was there before counts as seen now. And that a value
-- was forgotten: no further spelling of it is kept then either.

-- +goose Up

ALTER TABLE vault_values ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;
UPDATE vault_values SET seen_at = unixepoch() * 1000000;
ALTER TABLE vault_identities ADD COLUMN forgotten_at INTEGER;

PRAGMA user_version = 12;
