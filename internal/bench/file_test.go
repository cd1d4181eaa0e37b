package bench

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/bench/plainlog"
)

// BenchmarkFile prints what 100 MB in a file cost from outside, by each of the
// commands that read text, as wall time, processor time and the peak memory of
// the process: of ordinary logs, of those with a finding every hundred lines,
// and of the recorded ones, in which one stands every eighty bytes. redact
// includes its final pass. The text repeats after eight megabytes or more.
func BenchmarkFile(b *testing.B) {
	const size = 100_000_000
	for _, text := range []struct {
		name string
		part func() []byte
	}{
		{"plain", func() []byte { return plainlog.Make(8<<20, false) }},
		{"findings", func() []byte { return plainlog.Make(8<<20, true) }},
		{"recorded", func() []byte { return recordedLogs(b) }},
	} {
		name := filepath.Join(b.TempDir(), text.name+".log")
		repeated(b, name, text.part(), size)
		debug.FreeOSMemory() // The peak of a process begins with what its parent has.
		for _, command := range []string{"scan", "redact", "digest"} {
			b.Run(text.name+"/"+command, func(b *testing.B) {
				var times []time.Duration
				var spent time.Duration
				var peak float64
				for range max(b.N, 5) {
					cmd := exec.CommandContext(b.Context(), binary(b), command, name)
					cmd.Env = []string{"HOME=" + b.TempDir(), "TFTSR_CONFIG=none"}
					cmd.Stderr = os.Stderr
					start := time.Now()
					if err := cmd.Run(); err != nil {
						b.Fatal(err)
					}
					times = append(times, time.Since(start))
					spent += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
					peak = max(peak, peakMiB(cmd.ProcessState))
				}
				report(b, times)
				b.ReportMetric(ms(spent)/float64(len(times)), "ms-cpu")
				b.ReportMetric(peak, "MiB-peak")
			})
		}
	}
}

// repeated writes a file of that size of one text over and over.
func repeated(b *testing.B, name string, text []byte, size int64) {
	b.Helper()
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	_, err = io.Copy(f, io.LimitReader(&repeat{text: text}, size))
	if err := errors.Join(err, f.Close()); err != nil {
		b.Fatal(err)
	}
}
