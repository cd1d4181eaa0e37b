package pii

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// ToUTF8 returns a reader of r's text in UTF-8, and whether it had to be
// converted: from UTF-16 or UTF-32, as a byte order mark says (Unicode, section
// 23.8) or, without one, the zeros of every other byte. Windows writes such logs
// (PowerShell's ">", the exports of its event viewer), and in them nothing is
// found: to a detector that reads bytes their values are letters between zeros.
// Other text is r itself. Units that are no character become U+FFFD. It waits
// for no more than the first two bytes.
func ToUTF8(r *bufio.Reader) (io.Reader, bool, error) {
	if _, err := r.Peek(2); err != nil {
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return r, false, err
	}
	head, _ := r.Peek(min(r.Buffered(), guessed))
	order, unit, mark := wide(head)
	if order == nil {
		return r, false, nil
	}
	if _, err := r.Discard(mark); err != nil {
		return nil, false, err
	}
	return &wideReader{r: r, order: order, unit: unit}, true, nil
}

// guessed is how many bytes, at most, tell a text without a mark.
const guessed = 1024

// wide returns the order of bytes, the size of a unit and that of the mark of a
// text that begins with head; nil for one of single bytes.
func wide(head []byte) (order binary.ByteOrder, unit, mark int) {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe, 0, 0}):
		return binary.LittleEndian, 4, 4
	case bytes.HasPrefix(head, []byte{0, 0, 0xfe, 0xff}):
		return binary.BigEndian, 4, 4
	}
	// Of Latin text in UTF-16 nearly every second byte is zero, and no first one.
	zeros := [2]int{}
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	pairs := len(head) / 2
	// A mark alone proves nothing: other bytes may begin so. Spaces, digits or the
	// ends of lines show.
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}) && (pairs < 4 || zeros[1] > 0):
		return binary.LittleEndian, 2, 2
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}) && (pairs < 4 || zeros[0] > 0):
		return binary.BigEndian, 2, 2
	case pairs < 4:
	case zeros[0] == 0 && zeros[1]*10 >= pairs*8:
		return binary.LittleEndian, 2, 0
	case zeros[1] == 0 && zeros[0]*10 >= pairs*8:
		return binary.BigEndian, 2, 0
	}
	return nil, 0, 0
}

// wideReader decodes units of two or four bytes.
type wideReader struct {
	r     *bufio.Reader
	order binary.ByteOrder
	unit  int
	out   []byte
	buf   [4 * 1024]byte
	high  rune // the first half of a pair, which waits for the second
	err   error
}

// Read implements [io.Reader].
func (w *wideReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(w.out) == 0 {
		if w.err != nil {
			return 0, w.err
		}
		w.fill()
	}
	n := copy(p, w.out)
	w.out = w.out[n:]
	return n, nil
}

// fill decodes what is there, a unit at least.
func (w *wideReader) fill() {
	if _, err := w.r.Peek(w.unit); err != nil {
		w.err = err
		if !errors.Is(err, io.EOF) {
			return
		}
		w.out = w.buf[:0]
		if w.high != 0 { // Half a pair at the end.
			w.put(utf8.RuneError)
		}
		if w.r.Buffered() > 0 { // Half a unit.
			w.put(utf8.RuneError)
		}
		return
	}
	n := min(w.r.Buffered(), 1024) / w.unit * w.unit
	units, _ := w.r.Peek(n)
	w.out = w.buf[:0]
	for i := 0; i < n; i += w.unit {
		if w.unit == 4 {
			w.put(rune(min(w.order.Uint32(units[i:]), utf8.MaxRune+1))) //nolint:gosec // Bounded.
			continue
		}
		w.half(rune(w.order.Uint16(units[i:])))
	}
	_, _ = w.r.Discard(n)
}

// half takes a unit of UTF-16.
func (w *wideReader) half(u rune) {
	if w.high != 0 {
		r := utf16.DecodeRune(w.high, u)
		w.high = 0
		w.put(r)
		if r != utf8.RuneError {
			return
		}
	}
	if utf16.IsSurrogate(u) && u < 0xdc00 {
		w.high = u
		return
	}
	w.put(u) // A second half without a first becomes U+FFFD.
}

func (w *wideReader) put(r rune) { w.out = utf8.AppendRune(w.out, r) }
