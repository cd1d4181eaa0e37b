-- An index of the titles alone: to find those that have a word which most
-- descriptions have too, the index of issues goes through all of them. It has
-- no text of its own.
--
-- And the lists of words by which the words with a given beginning are found.
-- One by instance gives the first of a word at once; one by row, which these
-- were, counts all of them before.

-- +goose Up

CREATE VIRTUAL TABLE titles_fts USING fts5 (
  title, content = 'issues', content_rowid = 'n', tokenize = 'porter unicode61 remove_diacritics 2'
);
INSERT INTO titles_fts (titles_fts) VALUES ('rebuild');

-- +goose StatementBegin
CREATE TRIGGER titles_indexed AFTER INSERT ON issues
BEGIN
  INSERT INTO titles_fts (rowid, title) VALUES (NEW.n, NEW.title);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER titles_reindexed AFTER UPDATE OF title ON issues
BEGIN
  INSERT INTO titles_fts (titles_fts, rowid, title) VALUES ('delete', OLD.n, OLD.title);
  INSERT INTO titles_fts (rowid, title) VALUES (NEW.n, NEW.title);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER titles_removed AFTER DELETE ON issues
BEGIN
  INSERT INTO titles_fts (titles_fts, rowid, title) VALUES ('delete', OLD.n, OLD.title);
END;
-- +goose StatementEnd

DROP TABLE issues_terms;
DROP TABLE logs_terms;
CREATE VIRTUAL TABLE issues_terms USING fts5vocab (issues_fts, instance);
CREATE VIRTUAL TABLE logs_terms USING fts5vocab (logs_fts, instance);

PRAGMA user_version = 17;
