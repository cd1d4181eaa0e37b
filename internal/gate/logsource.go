package gate

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// ErrTooLarge is returned for a log that is larger than it may be.
var ErrTooLarge = errors.New("log is too large")

// bounded reads at most limit bytes and fails with [ErrTooLarge] where r has
// more.
type bounded struct {
	r     io.Reader
	left  int64
	limit int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		var one [1]byte
		n, err := io.ReadFull(b.r, one[:])
		if n > 0 {
			return 0, fmt.Errorf("%w: it has more than %d bytes (limits.max_redact_bytes)", ErrTooLarge, b.limit)
		}
		return 0, err
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// peeker is a reader that can be looked into.
type peeker interface {
	io.Reader
	Peek(n int) ([]byte, error)
}

// unzip returns what r holds: decompressed if it is gzip (RFC 1952, magic and
// the only method there is), and whether it is.
func unzip(r peeker) (io.Reader, bool, error) {
	magic, err := r.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	if !bytes.Equal(magic, []byte{0x1f, 0x8b, 8}) {
		return r, false, nil
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, true, gzipError(err)
	}
	return gzipReader{z}, true, nil
}

// gzipReader names the format in errors.
type gzipReader struct{ z *gzip.Reader }

func (g gzipReader) Read(p []byte) (int, error) {
	n, err := g.z.Read(p)
	return n, gzipError(err)
}

func gzipError(err error) error {
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("gzip data ends in the middle: %w", err)
	}
	return fmt.Errorf("gzip data is damaged: %w", err)
}
