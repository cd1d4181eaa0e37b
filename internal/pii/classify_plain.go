//go:build !goexperiment.simd || !amd64

package pii

// classify makes the views of consecutive blocks from b[i] on.
func classify(t *laneTab, b []byte, i int, out []view) { t.classify(b, i, out) }
