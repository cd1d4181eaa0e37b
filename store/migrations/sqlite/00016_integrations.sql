-- Outside services: their instances, what an issue left there, and which
-- tokens each caller has been shown, since only those are restored for a
-- destination that is trusted.

-- +goose Up

CREATE TABLE integrations (
  service      TEXT NOT NULL,
  name         TEXT NOT NULL,
  owner        TEXT NOT NULL,
  base_url     TEXT NOT NULL,
  username     TEXT NOT NULL,
  project_name TEXT NOT NULL,
  space_key    TEXT NOT NULL,
  auth         TEXT NOT NULL,
  client_id    TEXT NOT NULL,
  options      TEXT NOT NULL, -- JSON object of texts
  auto_create  INTEGER NOT NULL,
  trust_types  TEXT NOT NULL, -- JSON array of names of types
  trust_fields TEXT NOT NULL, -- JSON array of names of fields
  fingerprint  TEXT NOT NULL, -- of the credential; keyed
  expires_at   INTEGER,       -- of the credential
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  PRIMARY KEY (service, name)
) STRICT, WITHOUT ROWID;

-- The instance of a service for issues of a category: at most one.
CREATE TABLE integration_categories (
  service  TEXT NOT NULL,
  category TEXT NOT NULL,
  name     TEXT NOT NULL,
  owner    TEXT NOT NULL,
  PRIMARY KEY (service, category),
  FOREIGN KEY (service, name) REFERENCES integrations (service, name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE tickets (
  issue_id       TEXT NOT NULL REFERENCES issues (id) ON DELETE CASCADE,
  service        TEXT NOT NULL,
  instance       TEXT NOT NULL,
  owner          TEXT NOT NULL,
  correlation_id TEXT NOT NULL,
  state          TEXT NOT NULL, -- sending until the service has answered
  remote_id      TEXT NOT NULL,
  number         TEXT NOT NULL,
  url            TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL,
  PRIMARY KEY (issue_id, service, instance)
) STRICT, WITHOUT ROWID;

CREATE TABLE shown_tokens (
  owner TEXT NOT NULL, -- the caller
  token TEXT NOT NULL,
  PRIMARY KEY (owner, token)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 16;
