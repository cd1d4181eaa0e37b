-- What is pinned of a server has the owner of the server, as every row has one.

-- +goose Up

ALTER TABLE mcp_tools ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE mcp_resources ADD COLUMN owner TEXT NOT NULL DEFAULT '';
UPDATE mcp_tools SET owner = (SELECT owner FROM mcp_servers WHERE id = server_id);
UPDATE mcp_resources SET owner = (SELECT owner FROM mcp_servers WHERE id = server_id);

PRAGMA user_version = 21;
