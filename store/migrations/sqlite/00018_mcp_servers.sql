-- Other MCP servers, and what of theirs people have approved. A credential is
-- a secret, of which these tables know the name only.

-- +goose Up

CREATE TABLE mcp_servers (
  id              TEXT PRIMARY KEY,
  name            TEXT NOT NULL UNIQUE,
  owner           TEXT NOT NULL,
  enabled         INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  transport       TEXT NOT NULL CHECK (transport IN ('stdio', 'http', 'sse')),
  command         TEXT NOT NULL, -- JSON array: an absolute path and its arguments
  dir             TEXT NOT NULL,
  url             TEXT NOT NULL,
  auth            TEXT NOT NULL CHECK (auth IN ('none', 'api_key', 'bearer', 'oauth2')),
  auth_header     TEXT NOT NULL, -- of an api_key
  client_id       TEXT NOT NULL, -- of oauth2
  scopes          TEXT NOT NULL, -- JSON array
  env             TEXT NOT NULL, -- JSON object of texts
  secret_env      TEXT NOT NULL, -- JSON array of names
  headers         TEXT NOT NULL, -- JSON object of texts
  secret_headers  TEXT NOT NULL, -- JSON array of names
  trust           TEXT NOT NULL, -- JSON array of rules
  on_sensitive    TEXT NOT NULL CHECK (on_sensitive IN ('redact', 'refuse')),
  private_network INTEGER NOT NULL CHECK (private_network IN (0, 1)),
  connect_timeout INTEGER NOT NULL CHECK (connect_timeout >= 0), -- these in milliseconds, 0 for the default
  call_timeout    INTEGER NOT NULL CHECK (call_timeout >= 0),
  max_bytes       INTEGER NOT NULL CHECK (max_bytes >= 0),
  max_calls       INTEGER NOT NULL CHECK (max_calls >= 0),
  status          TEXT NOT NULL CHECK (status IN ('pending', 'connected', 'unreachable', 'error', 'blocked', 'needs_auth')),
  last_error      TEXT NOT NULL, -- redacted
  protocol        TEXT NOT NULL, -- revision that it spoke last
  discovered_at   INTEGER,
  status_at       INTEGER,
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL,
  CHECK ((transport = 'stdio') = (url = '')),
  CHECK (transport <> 'stdio' OR auth = 'none')
) STRICT, WITHOUT ROWID;

CREATE TABLE mcp_tools (
  server_id       TEXT NOT NULL REFERENCES mcp_servers (id) ON DELETE CASCADE,
  name            TEXT NOT NULL, -- as the server gives it, redacted
  alias           TEXT NOT NULL, -- as hosts see it; empty when it can have none
  policy          TEXT NOT NULL CHECK (policy IN ('off', 'read', 'confirm')),
  state           TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'changed', 'removed')),
  approved        BLOB, -- the definition that a person approved: canonical JSON, redacted
  approved_digest TEXT NOT NULL, -- of the definition as it came
  approved_check  TEXT NOT NULL, -- of both
  seen            BLOB, -- the newest definition, redacted
  seen_digest     TEXT NOT NULL,
  approved_by     TEXT NOT NULL,
  approved_at     INTEGER,
  first_seen      INTEGER NOT NULL,
  last_seen       INTEGER NOT NULL,
  PRIMARY KEY (server_id, name),
  CHECK (state <> 'approved' OR approved IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX mcp_tools_alias ON mcp_tools (alias) WHERE alias <> '';

CREATE TABLE mcp_resources (
  server_id       TEXT NOT NULL REFERENCES mcp_servers (id) ON DELETE CASCADE,
  kind            TEXT NOT NULL CHECK (kind IN ('resource', 'template', 'prompt', 'instructions')),
  name            TEXT NOT NULL, -- the address, the template or the name of a prompt, redacted
  alias           TEXT NOT NULL,
  state           TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'changed', 'removed')),
  approved        BLOB,
  approved_digest TEXT NOT NULL,
  approved_check  TEXT NOT NULL,
  seen            BLOB,
  seen_digest     TEXT NOT NULL,
  approved_by     TEXT NOT NULL,
  approved_at     INTEGER,
  first_seen      INTEGER NOT NULL,
  last_seen       INTEGER NOT NULL,
  PRIMARY KEY (server_id, kind, name),
  CHECK (state <> 'approved' OR approved IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX mcp_resources_alias ON mcp_resources (kind, alias) WHERE alias <> '';

PRAGMA user_version = 18;
