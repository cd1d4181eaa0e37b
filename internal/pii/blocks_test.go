package pii

import (
	"math/rand/v2"
	"testing"
)

func TestAViewHasTheClassOfEachByte(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var b [blockSpan]byte
	for range 20_000 {
		var want view
		for i := range b {
			b[i] = byte(r.UintN(256))
			if r.UintN(2) == 0 {
				b[i] = " aAfFzZ_09:.-=(+[\"@,/"[r.IntN(21)]
			}
			c, at := b[i], uint64(1)<<i
			for _, m := range []struct {
				mask *uint64
				in   bool
			}{
				{&want.word, isWord(c)},
				{&want.digit, isDigit(c)},
				{&want.letter, isWord(c) && !isDigit(c)},
				{&want.upper, is(c, chUpper)},
				{&want.hex, is(c, chHex)},
				{&want.colon, c == ':'},
				{&want.dot, c == '.'},
				{&want.dash, c == '-'},
				{&want.equals, c == '='},
				{&want.before, c == '(' || c == '+' || c == '['},
				{&want.space, isSpace(c) || isQuote(c) || c == ','},
				{&want.symbol, code(c) == codeSymbol},
			} {
				if m.in {
					*m.mask |= at
				}
			}
		}
		var got view
		if block(&b, &got); got != want {
			t.Fatalf("%q: %+v, want %+v", b, got, want)
		}
	}
}
