-- AI providers, what was said with them about an issue, and what it cost. No
-- key is here: keys are secrets.

-- +goose Up

CREATE TABLE providers (
  name        TEXT PRIMARY KEY NOT NULL,
  kind        TEXT NOT NULL,
  owner       TEXT NOT NULL,
  base_url    TEXT NOT NULL,
  model       TEXT NOT NULL,
  options     TEXT NOT NULL, -- JSON object of texts
  fallback    TEXT NOT NULL, -- JSON array of names of providers
  is_default  INTEGER NOT NULL,
  fingerprint TEXT NOT NULL, -- of the key; keyed
  expires_at  INTEGER,       -- of the key
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX providers_default ON providers (is_default) WHERE is_default = 1;

CREATE TABLE conversations (
  id         TEXT PRIMARY KEY NOT NULL,
  issue_id   TEXT NOT NULL REFERENCES issues (id) ON DELETE CASCADE,
  owner      TEXT NOT NULL,
  provider   TEXT NOT NULL,
  model      TEXT NOT NULL,
  domain     TEXT NOT NULL,
  session_id TEXT NOT NULL, -- where the provider keeps the history itself
  messages   INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX conversations_issue ON conversations (issue_id);

CREATE TABLE messages (
  n               INTEGER PRIMARY KEY,
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  seq             INTEGER NOT NULL, -- from 1, without gaps
  owner           TEXT NOT NULL,
  role            TEXT NOT NULL,
  text            TEXT NOT NULL,
  provider        TEXT NOT NULL,
  model           TEXT NOT NULL,
  why_level       INTEGER NOT NULL,
  created_at      INTEGER NOT NULL,
  UNIQUE (conversation_id, seq)
) STRICT;

CREATE VIRTUAL TABLE messages_fts USING fts5 (
  text, content = 'messages', content_rowid = 'n', tokenize = 'porter unicode61 remove_diacritics 2'
);

-- +goose StatementBegin
CREATE TRIGGER messages_indexed AFTER INSERT ON messages
BEGIN
  INSERT INTO messages_fts (rowid, text) VALUES (NEW.n, NEW.text);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER messages_removed AFTER DELETE ON messages
BEGIN
  INSERT INTO messages_fts (messages_fts, rowid, text) VALUES ('delete', OLD.n, OLD.text);
END;
-- +goose StatementEnd

CREATE TABLE budgets (
  scope     TEXT PRIMARY KEY NOT NULL, -- 'issue' or 'day'
  owner     TEXT NOT NULL,
  micro_usd INTEGER NOT NULL,          -- 0: no limit
  tokens    INTEGER NOT NULL           -- 0: no limit
) STRICT, WITHOUT ROWID;

-- What was spent, by day of UTC. It stays when an issue is deleted.
CREATE TABLE spent_days (
  day           TEXT NOT NULL,
  provider      TEXT NOT NULL,
  owner         TEXT NOT NULL, -- who spent it
  calls         INTEGER NOT NULL,
  input_tokens  INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  micro_usd     INTEGER NOT NULL,
  PRIMARY KEY (day, provider, owner)
) STRICT, WITHOUT ROWID;

CREATE TABLE spent_issues (
  issue_id      TEXT NOT NULL REFERENCES issues (id) ON DELETE CASCADE,
  provider      TEXT NOT NULL,
  owner         TEXT NOT NULL, -- who spent it
  calls         INTEGER NOT NULL,
  input_tokens  INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  micro_usd     INTEGER NOT NULL,
  PRIMARY KEY (issue_id, provider, owner)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 19;
