-- What an event of a timeline follows from, and whether its time was given
-- without a zone.

-- +goose Up

ALTER TABLE timeline_events ADD COLUMN caused_by TEXT NOT NULL DEFAULT '';
ALTER TABLE timeline_events ADD COLUMN zone_assumed INTEGER NOT NULL DEFAULT 0;

PRAGMA user_version = 14;
