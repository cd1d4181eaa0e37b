package pii

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand"
	"runtime"
	"testing"
)

// jsonLog returns n bytes of minified JSON of an interface: requests and answers with nested objects, one a line.
func jsonLog(n int) []byte {
	r := rand.New(rand.NewSource(2))
	var b bytes.Buffer
	for b.Len() < n {
		fmt.Fprintf(&b, `{"timestamp":"2024-03-%02dT%02d:%02d:%02d.%03dZ","severity":"INFO","request":{"method":"GET","path":"/api/v2/orders/%d","query":{"page":%d,"limit":50},"headers":{"accept":"application/json","x-request-id":"%08x-%04x-%04x-%04x-%012x"}},"response":{"status":%d,"bytes":%d,"items":[{"sku":"A%06d","qty":%d,"price":%d.%02d},{"sku":"B%06d","qty":%d,"price":%d.%02d}]},"latency_ms":%d}`+"\n",
			1+r.Intn(28), r.Intn(24), r.Intn(60), r.Intn(60), r.Intn(1000), r.Intn(1e6), r.Intn(90), r.Uint32(), r.Intn(1<<16), r.Intn(1<<16), r.Intn(1<<16),
			r.Int63n(1<<48), 200+r.Intn(300), r.Intn(1e6), r.Intn(1e6), r.Intn(9), r.Intn(900), r.Intn(100), r.Intn(1e6), r.Intn(9), r.Intn(900), r.Intn(100), r.Intn(2000))
	}
	return b.Bytes()[:n]
}

// base64Log returns n bytes of manifests and certificates: base64 of random bytes in lines and in single values.
func base64Log(n int) []byte {
	r := rand.New(rand.NewSource(3))
	var b bytes.Buffer
	buf := make([]byte, 48)
	for i := 0; b.Len() < n; i++ {
		if i%40 == 0 {
			fmt.Fprintf(&b, "-----END CERTIFICATE-----\napiVersion: v1\nkind: ConfigMap\nbinaryData:\n  bundle-%d.bin: ", i)
			big := make([]byte, 1500)
			r.Read(big)
			b.WriteString(base64.StdEncoding.EncodeToString(big) + "\n-----BEGIN CERTIFICATE-----\n")
		}
		r.Read(buf)
		b.WriteString(base64.StdEncoding.EncodeToString(buf) + "\n")
	}
	return b.Bytes()[:n]
}

// hexLog returns n bytes of a hexadecimal dump.
func hexLog(n int) []byte {
	r := rand.New(rand.NewSource(4))
	data := make([]byte, n/4)
	r.Read(data)
	return []byte(hex.Dump(data))[:n]
}

func BenchmarkScanJSON(b *testing.B)    { benchScan(b, jsonLog(4<<20)) }
func BenchmarkScanBase64(b *testing.B)  { benchScan(b, base64Log(4<<20)) }
func BenchmarkScanHexDump(b *testing.B) { benchScan(b, hexLog(4<<20)) }

// BenchmarkDoubling shows the cost of a byte of the worst inputs as they double.
func BenchmarkDoubling(b *testing.B) {
	s := newScanner(b, Options{})
	for name, unit := range worstInputs {
		for _, size := range []int{256 << 10, 512 << 10, 1 << 20} {
			b.Run(fmt.Sprintf("%s/%dk", name, size>>10), func(b *testing.B) {
				text := bytes.Repeat([]byte(unit), size/len(unit))
				var found []Finding
				start := cpuTime()
				for b.Loop() {
					found = s.Scan(found[:0], text)
				}
				b.ReportMetric(float64((cpuTime()-start).Nanoseconds())/float64(b.N)/float64(len(text)), "cpu-ns/byte")
			})
		}
	}
}

// BenchmarkMillionValues redacts a million distinct addresses and shows what each of them costs in memory.
func BenchmarkMillionValues(b *testing.B) {
	const values = 1_000_000
	var text bytes.Buffer
	for i := range values {
		fmt.Fprintf(&text, "mail to user%07d@example.com queued\n", i)
	}
	s := newScanner(b, Options{})
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		tokens := NewMemoryAllocator()
		r := NewRedactor(s, tokens, ModeRaw, io.Discard)
		if _, err := r.Write(text.Bytes()); err != nil {
			b.Fatal(err)
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/values, "heap-B/value")
		runtime.KeepAlive(tokens)
	}
	b.SetBytes(int64(text.Len()))
}
