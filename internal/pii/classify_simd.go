//go:build goexperiment.simd && amd64

package pii

import "simd/archsimd"

// sets are the four bit planes of the codes as sets of bytes, for the look-up of 32 bytes at a time by their nibbles: bit h
// of half[h/8][plane][l] says that the byte with the nibbles h and l is in the set.
type sets struct{ half [2][4][32]int8 }

var nibbles = func() (t sets) {
	for c := range 256 {
		v := code(byte(c)) //nolint:gosec // 0 to 255.
		h, l := c>>4, c&15
		for p := range 4 {
			if v>>p&1 != 0 {
				row := &t.half[h/8][p]
				row[l] |= int8(uint8(1) << (h % 8)) //nolint:gosec // A bit pattern.
				row[l+16] = row[l]
			}
		}
	}
	return t
}()

// bit[h/8][h] is 1<<(h%8), for both 128-bit halves of a vector.
var bit = func() (t [2][32]int8) {
	for h := range 16 {
		t[h/8][h] = int8(uint8(1) << (h % 8)) //nolint:gosec // A bit pattern.
		t[h/8][h+16] = t[h/8][h]
	}
	return t
}()

var hasAVX2 = archsimd.X86.AVX2()

// classify makes the views of consecutive blocks from b[i] on, on processors with AVX2 by vectors of 32 bytes. Without it,
// and at the end of the text, it is that of plain Go, and so are the views.
func classify(b []byte, i int, out []view) {
	n := min(len(out), (len(b)-i)/blockSpan)
	if !hasAVX2 || n <= 0 {
		classifyPlain(b, i, out)
		return
	}
	s := &nibbles
	zero := archsimd.BroadcastInt8x32(0)
	low := archsimd.BroadcastInt8x32(15)
	sixteenth := archsimd.BroadcastUint16x16(1 << 12)
	bit0, bit1 := archsimd.LoadInt8x32(&bit[0]), archsimd.LoadInt8x32(&bit[1])
	a0, b0 := archsimd.LoadInt8x32(&s.half[0][0]), archsimd.LoadInt8x32(&s.half[1][0])
	a1, b1 := archsimd.LoadInt8x32(&s.half[0][1]), archsimd.LoadInt8x32(&s.half[1][1])
	a2, b2 := archsimd.LoadInt8x32(&s.half[0][2]), archsimd.LoadInt8x32(&s.half[1][2])
	a3, b3 := archsimd.LoadInt8x32(&s.half[0][3]), archsimd.LoadInt8x32(&s.half[1][3])
	for k := range out[:n] {
		var p [2][4]uint64
		for half := range p {
			x := archsimd.LoadUint8x32((*[32]uint8)(b[i+32*half:]))
			l := x.AsInt8x32().And(low)
			h := x.AsUint16x16().MulHigh(sixteenth).AsInt8x32().And(low) // Shifted right by four.
			h0, h1 := bit0.PermuteOrZeroGrouped(h), bit1.PermuteOrZeroGrouped(h)
			p[half][0] = uint64(a0.PermuteOrZeroGrouped(l).And(h0).Or(b0.PermuteOrZeroGrouped(l).And(h1)).Equal(zero).ToBits())
			p[half][1] = uint64(a1.PermuteOrZeroGrouped(l).And(h0).Or(b1.PermuteOrZeroGrouped(l).And(h1)).Equal(zero).ToBits())
			p[half][2] = uint64(a2.PermuteOrZeroGrouped(l).And(h0).Or(b2.PermuteOrZeroGrouped(l).And(h1)).Equal(zero).ToBits())
			p[half][3] = uint64(a3.PermuteOrZeroGrouped(l).And(h0).Or(b3.PermuteOrZeroGrouped(l).And(h1)).Equal(zero).ToBits())
		}
		out[k].set(^(p[0][0] | p[1][0]<<32), ^(p[0][1] | p[1][1]<<32), ^(p[0][2] | p[1][2]<<32), ^(p[0][3] | p[1][3]<<32))
		i += blockSpan
	}
	archsimd.ClearAVXUpperBits()
	classifyPlain(b, i, out[n:])
}
