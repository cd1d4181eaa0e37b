package pii

import (
	"encoding/binary"
	"math/bits"
)

// keccak256 is Keccak[512] with the padding of the submission to NIST, which Ethereum and Monero use and SHA-3 does not
// (keccak.team: Keccak specifications summary). It is for texts of fewer than 136 bytes.
func keccak256(text []byte) (sum [32]byte) {
	var s [25]uint64
	var block [136]byte
	n := copy(block[:135], text)
	block[n] = 1
	block[135] |= 0x80
	for i := range 17 {
		s[i] = binary.LittleEndian.Uint64(block[8*i:])
	}
	keccakF(&s)
	for i := range 4 {
		binary.LittleEndian.PutUint64(sum[8*i:], s[i])
	}
	return sum
}

// keccakF is the permutation Keccak-f[1600].
func keccakF(s *[25]uint64) {
	rotations := [24]int{1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44}
	lanes := [24]int{10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1}
	lfsr := uint8(1)
	for range 24 {
		var c [5]uint64
		for x := range 5 {
			c[x] = s[x] ^ s[x+5] ^ s[x+10] ^ s[x+15] ^ s[x+20]
		}
		for x := range 5 {
			d := c[(x+4)%5] ^ bits.RotateLeft64(c[(x+1)%5], 1)
			for y := 0; y < 25; y += 5 {
				s[x+y] ^= d
			}
		}
		t := s[1]
		for i, l := range lanes {
			s[l], t = bits.RotateLeft64(t, rotations[i]), s[l]
		}
		for y := 0; y < 25; y += 5 {
			row := [5]uint64(s[y : y+5])
			for x := range 5 {
				s[y+x] = row[x] ^ ^row[(x+1)%5]&row[(x+2)%5]
			}
		}
		for j := range 7 { // The round constant has a bit at each 2^j - 1.
			if lfsr&1 != 0 {
				s[0] ^= 1 << (1<<j - 1)
			}
			if lfsr&0x80 != 0 {
				lfsr = lfsr<<1 ^ 0x71
			} else {
				lfsr <<= 1
			}
		}
	}
}
