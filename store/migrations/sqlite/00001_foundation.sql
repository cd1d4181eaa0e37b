-- The first schema.
--
-- Conventions: times are microseconds since 1970-01-01 UTC, and NULL where
-- the domain has a zero time; every table has an owner; a row that no single
-- owner has made belongs to 'workspace'. Integer keys (n, id, seq) are
-- declared, never implicit, so that VACUUM keeps them. Names that begin with
-- vault_ mark the only tables that may hold an original.

-- +goose Up

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  owner TEXT NOT NULL DEFAULT 'workspace',
  value ANY  NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta (key, value) VALUES ('origin', 'tftsr/' || lower(hex(randomblob(16))));
INSERT INTO meta (key, value) VALUES ('generation', 0);

-- The record ----------------------------------------------------------------

CREATE TABLE audit_log (
  seq         INTEGER PRIMARY KEY,
  owner       TEXT NOT NULL,
  timestamp   INTEGER NOT NULL,
  action      TEXT NOT NULL,
  entity_type TEXT NOT NULL,
  entity_id   TEXT NOT NULL,
  user_id     TEXT NOT NULL,
  details     TEXT NOT NULL,
  prev_hash   BLOB NOT NULL CHECK (length(prev_hash) = 32),
  entry_hash  BLOB NOT NULL CHECK (length(entry_hash) = 32)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER audit_log_refuses_update BEFORE UPDATE ON audit_log
BEGIN
  SELECT RAISE(ABORT, 'the record is append-only: an entry is never changed');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_log_refuses_delete BEFORE DELETE ON audit_log
BEGIN
  SELECT RAISE(ABORT, 'the record is append-only: an entry is never removed');
END;
-- +goose StatementEnd

-- This one also turns away INSERT OR REPLACE, which fires no delete trigger.
-- +goose StatementBegin
CREATE TRIGGER audit_log_refuses_gap BEFORE INSERT ON audit_log
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit_log)
  OR NEW.prev_hash IS NOT coalesce((SELECT entry_hash FROM audit_log ORDER BY seq DESC LIMIT 1), zeroblob(32))
BEGIN
  SELECT RAISE(ABORT, 'the record is append-only: an entry follows the newest one');
END;
-- +goose StatementEnd

CREATE TABLE open_intents (
  seq      INTEGER PRIMARY KEY REFERENCES audit_log (seq),
  owner    TEXT NOT NULL,
  instance TEXT NOT NULL
) STRICT;

-- Issues ----------------------------------------------------------------------

CREATE TABLE issues (
  n           INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  owner       TEXT NOT NULL,
  title       TEXT NOT NULL,
  description TEXT NOT NULL,
  severity    TEXT NOT NULL,
  status      TEXT NOT NULL,
  category    TEXT NOT NULL,
  root_cause  TEXT NOT NULL,
  tags        TEXT NOT NULL, -- each ended by a line feed; \ and line feeds within are escaped
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  resolved_at INTEGER,
  revision    INTEGER NOT NULL
) STRICT;
CREATE INDEX issues_by_time ON issues (created_at, id);

CREATE VIRTUAL TABLE issues_fts USING fts5 (
  title, description, root_cause, tags,
  content = 'issues', content_rowid = 'n', tokenize = 'porter unicode61 remove_diacritics 2'
);
INSERT INTO issues_fts (issues_fts, rank) VALUES ('rank', 'bm25(8.0, 1.0, 4.0, 4.0)');

-- +goose StatementBegin
CREATE TRIGGER issues_indexed AFTER INSERT ON issues
BEGIN
  INSERT INTO issues_fts (rowid, title, description, root_cause, tags)
  VALUES (NEW.n, NEW.title, NEW.description, NEW.root_cause, NEW.tags);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER issues_reindexed AFTER UPDATE OF title, description, root_cause, tags ON issues
BEGIN
  INSERT INTO issues_fts (issues_fts, rowid, title, description, root_cause, tags)
  VALUES ('delete', OLD.n, OLD.title, OLD.description, OLD.root_cause, OLD.tags);
  INSERT INTO issues_fts (rowid, title, description, root_cause, tags)
  VALUES (NEW.n, NEW.title, NEW.description, NEW.root_cause, NEW.tags);
END;
-- +goose StatementEnd

CREATE TABLE timeline_events (
  n          INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  owner      TEXT NOT NULL,
  issue_id   TEXT NOT NULL REFERENCES issues (id) ON DELETE CASCADE,
  at         INTEGER NOT NULL,
  type       TEXT NOT NULL,
  text       TEXT NOT NULL,
  source     TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX timeline_events_by_issue ON timeline_events (issue_id, at, id);

-- Logs ------------------------------------------------------------------------

-- A log that is still being written has staged_by, the instance that writes
-- it, and is invisible.
CREATE TABLE logs (
  n               INTEGER PRIMARY KEY,
  id              TEXT NOT NULL UNIQUE,
  owner           TEXT NOT NULL,
  staged_by       TEXT,
  issue_id        TEXT REFERENCES issues (id) ON DELETE CASCADE,
  name            TEXT NOT NULL,
  original_sha256 TEXT NOT NULL,
  redacted_sha256 TEXT NOT NULL,
  original_bytes  INTEGER NOT NULL,
  redacted_bytes  INTEGER NOT NULL,
  lines           INTEGER NOT NULL,
  compressed      INTEGER NOT NULL,
  counts          TEXT NOT NULL, -- JSON object, type name to number
  review          TEXT NOT NULL,
  reviewed_by     TEXT NOT NULL,
  reviewed_at     INTEGER,
  created_at      INTEGER NOT NULL,
  CHECK (staged_by IS NOT NULL OR issue_id IS NOT NULL)
) STRICT;
CREATE INDEX logs_by_issue ON logs (issue_id, created_at, id);
CREATE INDEX logs_staged ON logs (staged_by) WHERE staged_by IS NOT NULL;

-- The redacted text in pieces that end with a line where they can. A piece
-- whose first byte is within a line has mid = 1, and first_line is the number
-- of that line.
CREATE TABLE log_chunks (
  id         INTEGER PRIMARY KEY,
  owner      TEXT NOT NULL,
  log_n      INTEGER NOT NULL REFERENCES logs (n) ON DELETE CASCADE,
  seq        INTEGER NOT NULL,
  first_line INTEGER NOT NULL,
  mid        INTEGER NOT NULL,
  start      INTEGER NOT NULL, -- offset of the first byte in the redacted text
  size       INTEGER NOT NULL, -- bytes before compression
  data       BLOB NOT NULL,    -- DEFLATE (RFC 1951)
  UNIQUE (log_n, seq)
) STRICT;
CREATE INDEX log_chunks_by_line ON log_chunks (log_n, first_line, seq, mid);

-- Spans in blocks: see the encoding in the package sqlite.
CREATE TABLE log_spans (
  id    INTEGER PRIMARY KEY,
  owner TEXT NOT NULL,
  log_n INTEGER NOT NULL REFERENCES logs (n) ON DELETE CASCADE,
  seq   INTEGER NOT NULL,
  spans INTEGER NOT NULL,
  data  BLOB NOT NULL,
  UNIQUE (log_n, seq)
) STRICT;

CREATE TABLE log_findings (
  id         INTEGER PRIMARY KEY,
  owner      TEXT NOT NULL,
  log_n      INTEGER NOT NULL REFERENCES logs (n) ON DELETE CASCADE,
  token      TEXT NOT NULL,
  type       TEXT NOT NULL,
  class      TEXT NOT NULL,
  rule       TEXT NOT NULL,
  reason     TEXT NOT NULL,
  confidence INTEGER NOT NULL,
  count      INTEGER NOT NULL,
  first_line INTEGER NOT NULL
) STRICT;
CREATE INDEX log_findings_by_log ON log_findings (log_n);

-- Analyses and documents --------------------------------------------------------

CREATE TABLE analyses (
  n          INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  owner      TEXT NOT NULL,
  issue_id   TEXT NOT NULL REFERENCES issues (id) ON DELETE CASCADE,
  problem    TEXT NOT NULL,
  state      BLOB NOT NULL,
  revision   INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX analyses_by_issue ON analyses (issue_id, created_at, id);

CREATE TABLE analysis_revisions (
  n           INTEGER PRIMARY KEY,
  owner       TEXT NOT NULL,
  analysis_id TEXT NOT NULL REFERENCES analyses (id) ON DELETE CASCADE,
  revision    INTEGER NOT NULL,
  problem     TEXT NOT NULL,
  state       BLOB NOT NULL,
  updated_at  INTEGER NOT NULL,
  UNIQUE (analysis_id, revision)
) STRICT;

CREATE TABLE documents (
  n          INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  owner      TEXT NOT NULL,
  issue_id   TEXT NOT NULL REFERENCES issues (id) ON DELETE CASCADE,
  kind       TEXT NOT NULL,
  title      TEXT NOT NULL,
  markdown   TEXT NOT NULL,
  sha256     TEXT NOT NULL,
  version    INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX documents_by_issue ON documents (issue_id, created_at, id);

CREATE TABLE document_versions (
  n           INTEGER PRIMARY KEY,
  owner       TEXT NOT NULL,
  document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
  version     INTEGER NOT NULL,
  title       TEXT NOT NULL,
  markdown    TEXT NOT NULL,
  sha256      TEXT NOT NULL,
  updated_at  INTEGER NOT NULL,
  UNIQUE (document_id, version)
) STRICT;

-- What people decide ------------------------------------------------------------

CREATE TABLE approvals (
  n              INTEGER PRIMARY KEY,
  id             TEXT NOT NULL UNIQUE,
  owner          TEXT NOT NULL,
  issue_id       TEXT NOT NULL, -- may be empty, so it is no foreign key
  tool           TEXT NOT NULL,
  destination    TEXT NOT NULL,
  payload_sha256 TEXT NOT NULL,
  preview        TEXT NOT NULL,
  status         TEXT NOT NULL,
  channel        TEXT NOT NULL,
  answered_by    TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  expires_at     INTEGER NOT NULL,
  answered_at    INTEGER,
  used_at        INTEGER
) STRICT;
CREATE INDEX approvals_by_time ON approvals (created_at, id);
CREATE INDEX approvals_by_issue ON approvals (issue_id) WHERE issue_id <> '';

-- +goose StatementBegin
CREATE TRIGGER issues_removed AFTER DELETE ON issues
BEGIN
  INSERT INTO issues_fts (issues_fts, rowid, title, description, root_cause, tags)
  VALUES ('delete', OLD.n, OLD.title, OLD.description, OLD.root_cause, OLD.tags);
  DELETE FROM approvals WHERE issue_id = OLD.id AND issue_id <> '';
END;
-- +goose StatementEnd

CREATE TABLE tokens (
  name       TEXT PRIMARY KEY,
  owner      TEXT NOT NULL,
  hash       BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  attended   INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER
) STRICT;

CREATE TABLE releases (
  n          INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  owner      TEXT NOT NULL,
  type       TEXT NOT NULL,
  spelling   BLOB NOT NULL CHECK (length(spelling) = 16),
  note       TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE results (
  n          INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  owner      TEXT NOT NULL,
  tool       TEXT NOT NULL,
  body       BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX results_by_expiry ON results (expires_at);

CREATE TABLE secrets (
  name        TEXT PRIMARY KEY,
  owner       TEXT NOT NULL,
  place       TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  sealed      TEXT NOT NULL, -- under the sealing key, which is not the database key
  expires_at  INTEGER,
  created_at  INTEGER NOT NULL
) STRICT;

-- The vault ---------------------------------------------------------------------

-- The newest ordinal of each label.
CREATE TABLE vault_labels (
  label TEXT PRIMARY KEY,
  owner TEXT NOT NULL DEFAULT 'workspace',
  last  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row for each value in its canonical form: its token without variant.
CREATE TABLE vault_identities (
  id       INTEGER PRIMARY KEY,
  owner    TEXT NOT NULL DEFAULT 'workspace',
  identity BLOB NOT NULL UNIQUE CHECK (length(identity) = 16),
  type     TEXT NOT NULL,
  label    TEXT NOT NULL,
  ordinal  INTEGER NOT NULL,
  UNIQUE (label, ordinal)
) STRICT;

-- One row for each spelling of it. AUTOINCREMENT: a matcher that has read up
-- to a seq must see everything that is added later, whatever is removed.
CREATE TABLE vault_values (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  owner       TEXT NOT NULL DEFAULT 'workspace',
  identity_id INTEGER NOT NULL REFERENCES vault_identities (id),
  variant     INTEGER NOT NULL,
  spelling    BLOB NOT NULL CHECK (length(spelling) = 16),
  length      INTEGER NOT NULL,
  value       BLOB, -- NULL for class secret, and once forgotten
  UNIQUE (identity_id, spelling),
  UNIQUE (identity_id, variant)
) STRICT;

-- What keys the digests of an issue's unredacted content. Without it nobody
-- can test a guess against the digests that stay in the record.
CREATE TABLE vault_salts (
  issue_id TEXT PRIMARY KEY REFERENCES issues (id) ON DELETE CASCADE,
  owner    TEXT NOT NULL,
  salt     BLOB NOT NULL CHECK (length(salt) = 32)
) STRICT;

-- 'tfts', so that file(1) and we can tell our databases from others.
PRAGMA application_id = 1952871539;
PRAGMA user_version = 1;
