-- Full-text search over logs: the distinct words of each, without the text.
-- A row has the number of its log. Logs from before are indexed by the first
-- search, from the newest down: logs_to_index says how far that has come.

-- +goose Up

CREATE VIRTUAL TABLE logs_fts USING fts5 (
  words, content = '', contentless_delete = 1, tokenize = 'porter unicode61 remove_diacritics 2'
);

-- +goose StatementBegin
CREATE TRIGGER logs_unindexed AFTER DELETE ON logs
BEGIN
  DELETE FROM logs_fts WHERE rowid = OLD.n;
END;
-- +goose StatementEnd

-- The words of both indexes; these hold nothing themselves.
CREATE VIRTUAL TABLE issues_terms USING fts5vocab (issues_fts, row);
CREATE VIRTUAL TABLE logs_terms USING fts5vocab (logs_fts, row);

INSERT INTO meta (key, value) SELECT 'logs_to_index', max(n) FROM logs HAVING max(n) IS NOT NULL;

PRAGMA user_version = 13;
