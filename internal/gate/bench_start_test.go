package gate

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

// BenchmarkStartWithKnownValues prints how long the start of a clearer takes
// with 40,000 known values in the store, and how long until the first text is
// clear, which has to wait for them.
func BenchmarkStartWithKnownValues(b *testing.B) {
	o := testOptions(b)
	ctx := context.Background()
	v := testClearer(b, o).vault
	const n = 40_000
	for k := 0; k < n; k += allocateBatch {
		var values []store.VaultValue
		for i := range min(allocateBatch, n-k) {
			typ, value := pii.Email, fmt.Appendf(nil, "user%06d@example.com", k+i)
			if i%2 == 0 {
				typ = pii.Password
			}
			values = append(values, v.describe(v.spell(typ, value), value))
		}
		if err := v.allocate(ctx, values, func(spelling, pii.Token) {}); err != nil {
			b.Fatal(err)
		}
	}
	var start, first time.Duration
	for b.Loop() {
		t := time.Now()
		c, err := newClearer(ctx, o)
		if err != nil {
			b.Fatal(err)
		}
		start += time.Since(t)
		if _, _, err := c.RedactText(asHost(), pii.ModeAgent, "mail user000001@example.com"); err != nil {
			b.Fatal(err)
		}
		first += time.Since(t)
		c.stopLoading()
	}
	b.ReportMetric(float64(start.Microseconds())/float64(b.N)/1000, "ms/start")
	b.ReportMetric(float64(first.Microseconds())/float64(b.N)/1000, "ms/first-text")
}
