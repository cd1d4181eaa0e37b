//go:build !amd64.v3

package pii

import "math/bits"

// place returns the index of the only bit that is set. Counting the bits below it takes half the time of
// bits.TrailingZeros64, which is fast on processors from x86-64-v3 on only.
func place(low uint64) int { return bits.OnesCount64(low - 1) }
