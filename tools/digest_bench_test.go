package tools

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/gate"
)

// BenchmarkDigestLog is digest_log on a log of a hundred megabytes, from the
// call to the answer: the log is read out of the encrypted store.
func BenchmarkDigestLog(b *testing.B) {
	bench := newBench(b, setup{})
	issue := bench.issue()
	var text bytes.Buffer
	at := time.Date(2026, 3, 1, 13, 0, 0, 0, time.UTC)
	for i := 0; text.Len() < 100e6; i++ {
		at = at.Add(3 * time.Millisecond)
		stamp := at.Format("2006-01-02 15:04:05,000")
		switch i % 4 {
		case 0:
			fmt.Fprintf(&text, "%s INFO [exec-%d] com.example.web.AccessFilter: request %x for order %d done in %d ms\n", stamp, i%32, i*7919, i, i%977)
		case 1:
			fmt.Fprintf(&text, "%s DEBUG [pool-1-thread-%d] com.example.cache.Store: lookup of key user:%d missed, region eu-%d, shard %d of 64\n", stamp, i%8, i, i%3, i%64)
		case 2:
			fmt.Fprintf(&text, "%s WARN [exec-%d] com.example.db.Pool: acquiring took %d ms, waiting=%d active=%d idle=%d statement number %d\n", stamp, i%32, i%500, i%9, i%20, i%3, i%211)
		default:
			fmt.Fprintf(&text, "%s ERROR [exec-%d] com.example.pay.Client: call %d to the payment service failed: java.net.SocketTimeoutException: Read timed out\n", stamp, i%32, i)
		}
	}
	size := int64(text.Len())
	// Not by redact_log, which would have it in one frame.
	registered, _, err := bench.gate.RedactLog(bench.person(), gate.LogRequest{IssueID: issue, Name: "app.log", R: &text, MaxBytes: size})
	if err != nil {
		b.Fatal(err)
	}
	log := registered.ID
	text = bytes.Buffer{}
	b.SetBytes(size)
	b.ReportAllocs()
	var peak, base uint64
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	base = stats.HeapInuse
	stop := make(chan struct{})
	go func() { // what is in use while it runs
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
				var now runtime.MemStats
				runtime.ReadMemStats(&now)
				peak = max(peak, now.HeapInuse)
			}
		}
	}()
	for b.Loop() {
		bench.call("digest_log", map[string]any{"log_id": log})
	}
	close(stop)
	b.ReportMetric(float64(peak-min(base, peak))/1e6, "peak-MB")
}
