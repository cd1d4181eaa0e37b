//go:build unix

package bench

import (
	"os"
	"runtime"
	"syscall"
)

// peakMiB is the peak resident memory of a process that ended (getrusage(2):
// KiB on Linux and the BSDs, bytes on macOS).
func peakMiB(s *os.ProcessState) float64 {
	usage, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return float64(usage.Maxrss) / (1 << 20)
	}
	return float64(usage.Maxrss) / (1 << 10)
}
