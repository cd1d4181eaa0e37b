package export

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// extraFont is the caller's font: which characters of the Basic Multilingual
// Plane it has, and how wide they are. The library embeds no others.
type extraFont struct {
	data   []byte
	glyph  []uint16 // by character; 0 means that there is none
	widths []uint16 // by glyph, in thousandths of the font size
}

// ErrFont is wrapped in the error for a font that cannot be used.
var ErrFont = errors.New("the font cannot be used: documents.font must name a TrueType font (.ttf) with outlines in its table glyf")

// loadFont reads what is needed of a TrueType font (OpenType 1.9, the tables
// head, hhea, hmtx and cmap).
func loadFont(data []byte) (*extraFont, error) {
	if len(data) >= 4 {
		switch string(data[:4]) {
		case "OTTO":
			return nil, fmt.Errorf("%w; this one has CFF outlines", ErrFont)
		case "ttcf":
			return nil, fmt.Errorf("%w; this one is a collection (.ttc)", ErrFont)
		case "wOFF", "wOF2":
			return nil, fmt.Errorf("%w; this one is compressed for the web", ErrFont)
		}
	}
	t := tables{data}
	if t.u32(0) != 0x00010000 && t.u32(0) != 0x74727565 { // 1.0, or "true"
		return nil, ErrFont
	}
	head, hhea, hmtx, cmap := t.find("head"), t.find("hhea"), t.find("hmtx"), t.find("cmap")
	if head.d == nil || hhea.d == nil || hmtx.d == nil || cmap.d == nil || t.find("glyf").d == nil {
		return nil, ErrFont
	}
	f := &extraFont{data: data, glyph: make([]uint16, 1<<16)}
	em := int(head.u16(18))
	if em == 0 {
		return nil, ErrFont
	}
	n := int(hhea.u16(34))
	f.widths = make([]uint16, n)
	for i := range f.widths {
		f.widths[i] = uint16(min(int(hmtx.u16(4*i))*1000/em, math.MaxUint16))
	}
	if n == 0 || !f.characters(cmap) {
		return nil, fmt.Errorf("%w; this one does not say which characters it has", ErrFont)
	}
	return f, nil
}

func (f *extraFont) has(r rune) bool {
	return r >= 0 && r < 1<<16 && f.glyph[r] != 0
}

func (f *extraFont) width(r rune) uint16 {
	return f.widths[min(int(f.glyph[r]), len(f.widths)-1)]
}

// characters reads the best Unicode subtable of cmap that it knows.
func (f *extraFont) characters(cmap tables) bool {
	best := tables{}
	for i := range int(cmap.u16(2)) {
		rec := 4 + 8*i
		platform, encoding := cmap.u16(rec), cmap.u16(rec+2)
		if platform != 0 && (platform != 3 || encoding != 1 && encoding != 10) {
			continue
		}
		sub := cmap.from(int(cmap.u32(rec + 4)))
		if format := sub.u16(0); format == 4 || format == 12 && best.d == nil {
			best = sub // The library itself reads format 4.
		}
	}
	switch best.u16(0) {
	case 4:
		f.format4(best)
	case 12:
		f.format12(best)
	}
	for _, g := range f.glyph {
		if g != 0 {
			return true
		}
	}
	return false
}

func (f *extraFont) format4(t tables) {
	n := int(t.u16(6)) // twice the number of segments
	for i := 0; i < n; i += 2 {
		end, start := int(t.u16(14+i)), int(t.u16(16+n+i))
		delta, offset := t.u16(16+2*n+i), int(t.u16(16+3*n+i))
		for c := start; c <= end && c < 0xffff; c++ {
			g := uint16(c) + delta
			if offset != 0 {
				if g = t.u16(16 + 3*n + i + offset + 2*(c-start)); g != 0 {
					g += delta
				}
			}
			f.glyph[c] = g
		}
	}
}

func (f *extraFont) format12(t tables) {
	groups := min(int(t.u32(12)), len(t.d)/12)
	for i := range groups {
		at := 16 + 12*i
		start, end, g := t.u32(at), t.u32(at+4), t.u32(at+8)
		for c := start; c <= end && c < 1<<16; c++ {
			f.glyph[c] = uint16(g + c - start)
		}
	}
}

// tables reads big-endian numbers. What lies outside reads as 0.
type tables struct{ d []byte }

func (t tables) from(at int) tables {
	if at < 0 || at > len(t.d) {
		return tables{}
	}
	return tables{t.d[at:]}
}

func (t tables) u16(at int) uint16 {
	if at < 0 || at+2 > len(t.d) {
		return 0
	}
	return binary.BigEndian.Uint16(t.d[at:])
}

func (t tables) u32(at int) uint32 {
	if at < 0 || at+4 > len(t.d) {
		return 0
	}
	return binary.BigEndian.Uint32(t.d[at:])
}

func (t tables) find(name string) tables {
	for i := range int(t.u16(4)) {
		rec := t.from(12 + 16*i)
		if len(rec.d) < 16 || string(rec.d[:4]) != name {
			continue
		}
		at, n := int(rec.u32(8)), int(rec.u32(12))
		if at > len(t.d) || n > len(t.d)-at {
			return tables{}
		}
		return tables{t.d[at : at+n : at+n]}
	}
	return tables{}
}
