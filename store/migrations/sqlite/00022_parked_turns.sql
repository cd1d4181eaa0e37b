-- A turn of a conversation may wait for a person, and what an answer rests on is
-- kept with it: a log that a person rejects later does not stay in a history.

-- +goose Up

ALTER TABLE conversations ADD COLUMN calls INTEGER NOT NULL DEFAULT 0; -- of tools, by the provider
ALTER TABLE conversations ADD COLUMN parked TEXT NOT NULL DEFAULT '';  -- the turn that waits, as JSON
ALTER TABLE conversations ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN logs TEXT NOT NULL DEFAULT '[]';       -- JSON array of ids of logs

PRAGMA user_version = 22;
