-- An issue may leave several things in one instance, such as a page for each
-- of its documents: what tells them apart is the correlation id.

-- +goose Up

CREATE TABLE tickets_20 (
  issue_id       TEXT NOT NULL REFERENCES issues (id) ON DELETE CASCADE,
  service        TEXT NOT NULL,
  instance       TEXT NOT NULL,
  correlation_id TEXT NOT NULL, -- by which it is found there
  owner          TEXT NOT NULL,
  state          TEXT NOT NULL, -- sending until the service has answered
  remote_id      TEXT NOT NULL,
  number         TEXT NOT NULL,
  url            TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL,
  PRIMARY KEY (issue_id, service, instance, correlation_id)
) STRICT, WITHOUT ROWID;

INSERT INTO tickets_20 SELECT issue_id, service, instance, correlation_id, owner, state, remote_id, number, url, created_at, updated_at FROM tickets;
DROP TABLE tickets;
ALTER TABLE tickets_20 RENAME TO tickets;

PRAGMA user_version = 20;
