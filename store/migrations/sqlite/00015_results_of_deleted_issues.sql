-- What was kept of large answers can be about any issue, so that it goes when
-- one is deleted; it would have expired within the hour. Who still reads it
-- calls again.

-- +goose Up

-- +goose StatementBegin
CREATE TRIGGER results_removed AFTER DELETE ON issues
BEGIN
  DELETE FROM results;
END;
-- +goose StatementEnd

PRAGMA user_version = 15;
