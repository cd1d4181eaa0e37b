package sqlite

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/maphash"
)

// A delta says what a text has beyond a base: runs of bytes that the base has
// too, by offset and length, and the bytes between them. Each run begins with
// a number, as an unsigned varint of encoding/binary: twice the length, and
// one more for bytes that follow; behind the others stands the offset.
//
// Texts are compared in pieces that end before an opening brace, which are the
// objects of JSON and most of what is nested in them. So a delta holds whole
// whatever has no brace in it, tokens of the vault among them, and who looks for
// such a thing in a text finds it in the delta.

var errDelta = errors.New("its delta is damaged")

// deltaSeed is of this process: hashes of pieces are never kept.
var deltaSeed = maphash.MakeSeed()

// deltaOf returns a delta that makes text of base.
func deltaOf(base, text []byte) []byte {
	at := make(map[uint64]int, bytes.Count(base, []byte{'{'})+1)
	for from := 0; from < len(base); {
		n := piece(base[from:])
		at[maphash.Bytes(deltaSeed, base[from:from+n])] = from
		from += n
	}
	var out, fresh []byte
	from, n := 0, 0 // the run of the base that has been found so far
	flush := func() {
		if n > 0 {
			out = binary.AppendUvarint(binary.AppendUvarint(out, uint64(n)<<1), uint64(from)) //nolint:gosec // Not negative.
		}
		if len(fresh) > 0 {
			out = append(binary.AppendUvarint(out, uint64(len(fresh))<<1|1), fresh...)
		}
		n, fresh = 0, fresh[:0]
	}
	for len(text) > 0 {
		p := text[:piece(text)]
		text = text[len(p):]
		// What follows on the run is looked for there first: pieces recur.
		next := from + n
		if len(fresh) > 0 || n == 0 || !bytes.HasPrefix(base[next:], p) {
			var ok bool
			next, ok = at[maphash.Bytes(deltaSeed, p)]
			if !ok || !bytes.HasPrefix(base[next:], p) {
				fresh = append(fresh, p...)
				continue
			}
			flush()
			from = next
		}
		n += len(p)
	}
	flush()
	return out
}

// piece returns the length of the first piece of a text that is not empty.
func piece(text []byte) int {
	if i := bytes.IndexByte(text[1:], '{'); i >= 0 {
		return i + 1
	}
	return len(text)
}

// undelta returns the text that a delta makes of base. It is never longer than
// most bytes.
func undelta(base, delta []byte, most int) ([]byte, error) {
	size, err := walkDelta(base, delta, nil)
	if err != nil {
		return nil, err
	}
	if size > most {
		return nil, errDelta
	}
	out := make([]byte, 0, size)
	_, err = walkDelta(base, delta, func(run []byte) { out = append(out, run...) })
	return out, err
}

// walkDelta calls fn, unless that is nil, with the runs of a delta, and returns
// the length of them all.
func walkDelta(base, delta []byte, fn func([]byte)) (size int, err error) {
	number := func() (uint64, bool) {
		v, n := binary.Uvarint(delta)
		if n <= 0 {
			return 0, false
		}
		delta = delta[n:]
		return v, true
	}
	for len(delta) > 0 {
		head, ok := number()
		if !ok {
			return 0, errDelta
		}
		n, from := head>>1, uint64(0)
		source := base
		if head&1 == 1 {
			source = delta
		} else if from, ok = number(); !ok {
			return 0, errDelta
		}
		if from > uint64(len(source)) || n > uint64(len(source))-from {
			return 0, errDelta
		}
		if fn != nil {
			fn(source[from : from+n])
		}
		if head&1 == 1 {
			delta = delta[n:]
		}
		size += int(n)
	}
	return size, nil
}
