//go:build !goexperiment.simd || !amd64

package pii

// classify makes the views of consecutive blocks from b[i] on.
func classify(b []byte, i int, out []view) { classifyPlain(b, i, out) }
