-- A step of a large analysis changes little of its state. So a revision keeps
-- what it has beyond an older one, and every revision, the newest too, is a row
-- of one table: the row of the analysis itself stays small.

-- +goose Up

ALTER TABLE analysis_revisions ADD COLUMN base INTEGER NOT NULL DEFAULT 0; -- the revision that state is a delta of; 0: it is whole
INSERT INTO analysis_revisions (owner, analysis_id, revision, problem, state, updated_at)
  SELECT owner, id, revision, problem, state, updated_at FROM analyses;
ALTER TABLE analyses DROP COLUMN state;

PRAGMA user_version = 23;
