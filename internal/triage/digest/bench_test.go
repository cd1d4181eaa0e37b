package digest_test

import (
	"fmt"
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

func BenchmarkDigest(b *testing.B) {
	text := []byte(plain(20e6))
	for _, processors := range []int{1, 2} {
		b.Run(fmt.Sprintf("processors=%d", processors), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				m := digest.New(digest.Options{Source: digest.Source{Reference: time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)}, Processors: processors})
				_, _ = m.Write(text)
				if r := m.Finish(); len(r.Templates) > 20 {
					b.Fatalf("%d templates", len(r.Templates))
				}
			}
		})
	}
}
