// Package plainlog makes the logs that benchmarks of detection read: lines as
// common software writes them, in which next to nothing is sensitive.
package plainlog

import (
	"bytes"
	"fmt"
	"math/rand"
)

// Make returns n bytes of log lines of eight kinds, the same at every call. If
// dirty is true, a line with a secret or an address follows one in a hundred.
func Make(n int, dirty bool) []byte {
	r := rand.New(rand.NewSource(1)) //nolint:gosec // The same text at every call.
	var b bytes.Buffer
	b.Grow(n + 512)
	for i := 0; b.Len() < n; i++ {
		ts := fmt.Sprintf("2024-03-%02d %02d:%02d:%02d,%03d", 1+r.Intn(28), r.Intn(24), r.Intn(60), r.Intn(60), r.Intn(1000))
		switch r.Intn(8) {
		case 0:
			fmt.Fprintf(&b, "%s INFO dfs.DataNode$PacketResponder: PacketResponder %d for block blk_%d terminating\n", ts, r.Intn(3), r.Int63())
		case 1:
			fmt.Fprintf(&b, "Jun %2d %02d:%02d:%02d combo sshd(pam_unix)[%d]: session opened for user root by (uid=%d)\n", 1+r.Intn(28), r.Intn(24), r.Intn(60), r.Intn(60), r.Intn(30000), r.Intn(1000))
		case 2:
			fmt.Fprintf(&b, "%s WARN org.apache.hadoop.ipc.Client: Retrying connect, already tried %d time(s); maxRetries=45\n", ts, r.Intn(45))
		case 3:
			fmt.Fprintf(&b, `{"ts":"%s","level":"info","msg":"request done","status":%d,"took_ms":%d,"trace":"%016x%016x"}`+"\n", ts, 200+r.Intn(300), r.Intn(5000), r.Uint64(), r.Uint64())
		case 4:
			fmt.Fprintf(&b, "- %d 2005.06.03 R02-M1-N0-C:J12-U11 RAS KERNEL INFO instruction cache parity error corrected\n", 1117838570+r.Intn(1e6))
		case 5:
			fmt.Fprintf(&b, "%s [main] DEBUG o.s.w.s.DispatcherServlet - GET /api/v1/items/%d completed in %d ms\n", ts, r.Intn(1e6), r.Intn(900))
		case 6:
			fmt.Fprintf(&b, "level=info ts=%s caller=compact.go:%d component=tsdb msg=\"write block\" duration=%d.%ds\n", ts, r.Intn(900), r.Intn(9), r.Intn(999))
		case 7:
			fmt.Fprintf(&b, "[%8d.%06d] usb 1-%d: new high-speed USB device number %d using xhci_hcd\n", r.Intn(1e6), r.Intn(1e6), r.Intn(9), r.Intn(100))
		}
		if dirty && i%100 == 0 {
			switch i / 100 % 5 {
			case 0:
				fmt.Fprintf(&b, "%s Failed password for root from 218.92.%d.%d port 22\n", ts, r.Intn(256), r.Intn(256))
			case 1:
				fmt.Fprintf(&b, "%s mail to user%d@example.com queued\n", ts, r.Intn(1000))
			case 2:
				fmt.Fprintf(&b, "%s connect host=db01 password=hunter%d\n", ts, r.Intn(1000))
			case 3:
				fmt.Fprintf(&b, "%s using AKIAIOSFODNN7EXAMPLE\n", ts)
			case 4:
				fmt.Fprintf(&b, "%s postgres://app:s3cr3t@db.prod.internal:5432/app\n", ts)
			}
		}
	}
	return b.Bytes()[:n]
}
