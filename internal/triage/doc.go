// Package triage is the domain: issues, their timeline, references to lines of
// redacted logs, the five-whys engine and the documents made from all of it.
//
// The engine keeps a causal analysis as a graph of claims. Whoever analyses
// proposes; the engine judges. A claim's status and every verdict are derived
// from evidence, never set: a log excerpt counts only while its lines exist,
// their digest matches and the quote occurs in them, which is checked when it
// is given, when the analysis is finished and when a document is rendered.
// CONFIRMED needs that for every claim of a branch, a rival explanation that
// such evidence refutes, and a root that somebody can act on. Documents claim
// no more than the verdict does and say what they lack.
//
// The package never reads a file, a clock or the network, keeps no state but a
// bounded memory of how claims read, and never sees an original: all text in it has been redacted, and pseudonyms in
// it are left restorable. It takes lines from a [Resolver] and templates from
// an fs.FS, and imports nothing of ours. All of it is safe for concurrent use.
package triage
