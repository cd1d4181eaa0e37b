//go:build !amd64 || amd64.v3

package pii

import "math/bits"

// place returns the index of the only bit that is set.
func place(low uint64) int { return bits.TrailingZeros64(low) }
