package pii

import (
	"math/rand/v2"
	"testing"
)

func TestAShortTextIsSeenAsALongOneIs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var b [blockSpan]byte
	for range 20_000 {
		for i := range b {
			b[i] = byte(r.UintN(256))
			if r.UintN(2) == 0 {
				b[i] = " aAfFzZ_09:.-=(+[\"@,/"[r.IntN(21)]
			}
		}
		var short, long view
		shortBlock(&b, &short)
		block(lanes(), &b, &long)
		if short != long {
			t.Fatalf("%q: %+v, by pairs of bytes %+v", b, short, long)
		}
	}
}
