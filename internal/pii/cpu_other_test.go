//go:build !unix

package pii

import "time"

// cpuTime is not known here; the benchmarks print wall time only.
func cpuTime() time.Duration { return 0 }
