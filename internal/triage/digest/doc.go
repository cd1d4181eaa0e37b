// Package digest makes a large log small without losing the line that
// matters. It reads lines once, as a stream, and finds
//
//   - when each line was written, in the formats that real logs have;
//   - how severe it is;
//   - its template: the words that its statement always prints, with the
//     values taken out;
//   - where each template starts, stops, bursts and changes its rate.
//
// A [Miner] takes lines, a [Result] is what it found, a [Report] is what of it
// fits a budget of tokens, and a [Comparison] says what differs between two
// logs or two windows of one.
//
// The package does no I/O, knows no clock and never redacts: it repeats words
// of the lines that it was given, so give it redacted text where its answers
// leave. The same lines and options always give the same answer, however they
// were cut into writes and however many processors work on them.
package digest
