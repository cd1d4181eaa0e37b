package sqlite

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"math"
	"sync"

	"github.com/tftsr/tftsr/store"
)

var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil { // Only for a level that does not exist.
		panic(err)
	}
	return w
}}

func compress(text []byte) []byte {
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	var b bytes.Buffer
	w.Reset(&b)
	_, _ = w.Write(text) // A buffer takes everything.
	_ = w.Close()
	return b.Bytes()
}

// decodeSpans calls fn for each span of a block.
func decodeSpans(data []byte, count int, fn func(store.LogSpan) error) error {
	bad := fmt.Errorf("%w: a block of spans cannot be read", store.ErrDamaged)
	next := func() (int64, bool) {
		v, n := binary.Uvarint(data)
		if n <= 0 || v > math.MaxInt64 {
			return 0, false
		}
		data = data[n:]
		return int64(v), true
	}
	n, ok := next()
	if !ok || n > int64(len(data)) {
		return bad
	}
	types := make([]string, n)
	for i := range types {
		size, ok := next()
		if !ok || size > int64(len(data)) {
			return bad
		}
		types[i], data = string(data[:size]), data[size:]
	}
	var start int64
	for range count {
		dist, ok1 := next()
		size, ok2 := next()
		t, ok3 := next()
		if !ok1 || !ok2 || !ok3 || t >= int64(len(types)) {
			return bad
		}
		start += dist
		if err := fn(store.LogSpan{Start: start, End: start + size, Type: types[t]}); err != nil {
			return err
		}
	}
	if len(data) != 0 {
		return bad
	}
	return nil
}
