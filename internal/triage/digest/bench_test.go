package digest_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/triage/digest"
)

// plain is a log of some megabytes with a few hundred shapes.
func plain(bytes int) string {
	var sb strings.Builder
	at := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	for i := 0; sb.Len() < bytes; i++ {
		at = at.Add(7 * time.Millisecond)
		stamp := at.Format("2006-01-02 15:04:05,000")
		switch i % 5 {
		case 0:
			fmt.Fprintf(&sb, "%s INFO [exec-%d] com.example.web.AccessFilter: request %x for /api/v1/orders/%d done in %d ms\n", stamp, i%32, i*7919, i, i%977)
		case 1:
			fmt.Fprintf(&sb, "%s DEBUG [pool-1-thread-%d] com.example.cache.Store: lookup of key user:%d in region %s missed\n", stamp, i%8, i, []string{"eu", "us", "ap"}[i%3])
		case 2:
			fmt.Fprintf(&sb, "%s INFO [main] com.example.net.Server: connection from 10.%d.%d.%d:%d accepted, %d open\n", stamp, i%4, i%200, i%250, 1024+i%60000, i%90)
		case 3:
			fmt.Fprintf(&sb, "%s WARN [exec-%d] com.example.db.Pool: acquiring took %d ms, waiting=%d active=%d idle=%d statement number %d\n", stamp, i%32, i%500, i%9, i%20, i%3, i%211)
		default:
			fmt.Fprintf(&sb, "%s ERROR [exec-%d] com.example.pay.Client: call %d to host pay-%d.example.internal failed: java.net.SocketTimeoutException: Read timed out\n", stamp, i%32, i, i%12)
		}
	}
	return sb.String()
}

// digestAll mines n copies of a text and returns the most heap that was in use.
func digestAll(text []byte, n, processors int) (templates int, peak uint64) {
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	m := digest.New(digest.Options{Source: digest.Source{Reference: time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)}, Processors: processors})
	for range n {
		for rest := text; len(rest) > 0; {
			k := min(len(rest), 4<<20)
			_, _ = m.Write(rest[:k])
			rest = rest[k:]
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapInuse)
		}
	}
	r := m.Finish()
	runtime.ReadMemStats(&now)
	return len(r.Templates), max(peak, now.HeapInuse) - min(before.HeapInuse, peak)
}

// BenchmarkDigest is the mining of a hundred megabytes, as digest_log does it
// but for reading the log, with the most memory in use beside the text.
func BenchmarkDigest(b *testing.B) {
	text := []byte(plain(20e6))
	for _, processors := range []int{1, 2} {
		b.Run(fmt.Sprintf("100MB/processors=%d", processors), func(b *testing.B) {
			b.SetBytes(5 * int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				templates, peak := digestAll(text, 5, processors)
				if templates > 20 {
					b.Fatalf("%d templates", templates)
				}
				b.ReportMetric(float64(peak)/1e6, "peak-MB")
			}
		})
	}
}

// BenchmarkWithoutPattern is the worst log for the miner: no two lines are of
// one shape, so that it gives up shapes all the time.
func BenchmarkWithoutPattern(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	var text []byte
	for len(text) < 10e6 {
		for range 3 + r.IntN(12) {
			for range 3 + r.IntN(8) {
				text = append(text, 'a'+byte(r.IntN(26)))
			}
			text = append(text, ' ')
		}
		text = append(text, '\n')
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		_, peak := digestAll(text, 1, 2)
		b.ReportMetric(float64(peak)/1e6, "peak-MB")
	}
}

func BenchmarkReport(b *testing.B) {
	m := digest.New(digest.Options{Source: digest.Source{Reference: time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)}})
	_, _ = m.Write([]byte(plain(5e6)))
	for i := range 5000 {
		fmt.Fprintf(m, "2024-01-02 03:04:05,000 INFO statement %s of many\n", strings.Repeat("x", 1+i%70)+string(rune('a'+i%26))+string(rune('a'+i/26%26)))
	}
	r := m.Finish()
	b.ReportAllocs()
	for b.Loop() {
		r.Report(0, digest.ReportOptions{Budget: 2000, RefBytes: 80})
	}
}

// BenchmarkWorstLines are lines that make the parts of the miner look furthest.
func BenchmarkWorstLines(b *testing.B) {
	for name, unit := range map[string]string{
		"brackets": "[", "lists": "(a,b,", "fields": "a=[", "colons": "ab:", "digits": "1", "dots": ".", "quotes": `"a" `, "slashes": "a/", "stamps": "2024-01-02 ",
		"json": `{"a":{"b":`, "backslashes": `\042`, "levels": "INFO ", "hex": "::", "words": "a ",
	} {
		b.Run(name, func(b *testing.B) {
			line := strings.Repeat(unit, 4000/len(unit))
			text := []byte(strings.Repeat(line+"\n2024-01-02 10:00:00 "+line+"\n", 50))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				m := digest.New(digest.Options{Processors: 1})
				_, _ = m.Write(text)
				m.Finish()
			}
		})
	}
}
