// Package bench measures the built program from outside, as a host sees it:
// start, idle memory, a large log through redact, and a gated call beside the
// same tool on a bare server. It holds nothing but its benchmarks, which print
// the figures of docs/performance.md; `make bench` runs them.
package bench
