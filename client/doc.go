// Package client lives with downstream MCP servers: it starts or reaches them, agrees with each on a revision of the protocol,
// keeps what each offers, relays calls, and begins again when one dies. A [Set] holds any number of servers; the death, hang, flood or
// nonsense of one is felt by its own callers only.
//
// What a server sends comes back as received: bounded in size and number, and NOT cleared. The catalog, results, errors' reasons,
// questions and log lines must pass the gate before anybody sees them. What goes to a server comes as [gate.Cleared] for
// [Destination] of its name. The package decides nothing about who may call what, keeps nothing on disk, reads no environment,
// offers servers neither sampling nor roots, and never answers a question that a server asks of a person.
package client
