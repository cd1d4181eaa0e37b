package client

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

var (
	errGarbage = errors.New("too much on stdout that is no message")
	errFlood   = errors.New("a message without end")
)

// drainFactor is how many times the limit a message may be long for the rest of it to be skipped; beyond, the server is ended.
const drainFactor = 16

// smallFrame is, in bytes, the length up to which a line is copied and the buffer used again.
const smallFrame = 16 << 10

// frame is one line.
type frame struct {
	data []byte // without the end of the line and the space around it; of an oversize frame the beginning
	// oversize: the line is longer than the limit, and was skipped. id is that of the message, if it is a response and has one.
	oversize bool
	id       any
}

// frames reads lines of bounded length.
type frames struct {
	r     *bufio.Reader
	limit int64
	buf   []byte
}

func newFrames(r io.Reader, limit int64) *frames {
	return &frames{r: bufio.NewReaderSize(r, 64<<10), limit: limit}
}

// next returns the next line; its data is valid for good. The last line counts without an end, too.
func (f *frames) next() (frame, error) {
	f.buf = f.buf[:0]
	for {
		part, err := f.r.ReadSlice('\n')
		if int64(len(f.buf)+len(part)) > f.limit+1 {
			return f.skip(part, err)
		}
		f.buf = append(f.buf, part...)
		switch {
		case err == nil, errors.Is(err, io.EOF) && len(f.buf) > 0:
			line := bytes.TrimSpace(f.buf)
			if len(line) < smallFrame {
				return frame{data: bytes.Clone(line)}, nil
			}
			f.buf = nil // It is given away rather than copied.
			return frame{data: line}, nil
		case errors.Is(err, bufio.ErrBufferFull):
		default:
			return frame{}, err
		}
	}
}

// skip reads the rest of a line that is too long, and finds out what it answers. The line so far is in f.buf and part.
func (f *frames) skip(part []byte, err error) (frame, error) {
	var s idScanner
	s.write(f.buf)
	head := bytes.Clone(f.buf[:min(len(f.buf), ringLine)])
	size := int64(len(f.buf))
	f.buf = nil // It has grown to the limit.
	for {
		s.write(part)
		size += int64(len(part))
		switch {
		case err == nil, errors.Is(err, io.EOF):
			return frame{data: bytes.TrimSpace(head), oversize: true, id: s.value()}, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return frame{}, err
		case size > f.limit*drainFactor:
			return frame{}, fmt.Errorf("%w: more than %d bytes", errFlood, size)
		}
		part, err = f.r.ReadSlice('\n')
	}
}

// idScanner finds the member "id" of the object that it is fed, in pieces, without keeping the object. It looks at the outermost object
// only: the text of a result may contain what looks like another.
type idScanner struct {
	depth  int
	text   bool // inside a string
	escape bool
	colon  bool // at depth 1, a value is next or being read
	key    bool // the string is the name of a member of the outermost object
	word   []byte
	want   bool // what follows is the value of "id"
	method bool // the object is a request
	id     []byte
	over   bool // the value has ended
}

const maxID = 128 // bytes

func (s *idScanner) write(p []byte) {
	for _, c := range p {
		s.step(c)
	}
}

func (s *idScanner) step(c byte) {
	if s.want && !s.over {
		// The value is a string, a number or null; it ends at a comma or a brace outside of a string.
		if !s.text && (c == ',' || c == '}') {
			s.over = true
		} else if len(s.id) < maxID {
			s.id = append(s.id, c)
		}
	}
	switch {
	case s.escape:
		s.escape = false
	case s.text && c == '\\':
		s.escape = true
	case s.text && c == '"':
		s.text = false
		if s.key {
			s.key = false
			switch string(s.word) {
			case "id":
				s.want = s.id == nil
			case "method":
				s.method = true
			}
		}
	case s.text:
		if s.key && len(s.word) < 8 {
			s.word = append(s.word, c)
		}
	case c == '"':
		s.text = true
		// A name follows a brace or a comma; a value follows a colon.
		s.word = s.word[:0]
		s.key = s.depth == 1 && !s.colon
	case c == '{' || c == '[':
		s.depth++
	case c == '}' || c == ']':
		s.depth--
	case c == ':' && s.depth == 1:
		s.colon = true
	case c == ',' && s.depth == 1:
		s.colon = false
	}
}

// value returns the id, if the object is a response that has one.
func (s *idScanner) value() any {
	if s.method || len(s.id) >= maxID {
		return nil
	}
	var v any
	text := bytes.TrimSpace(s.id)
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte{':'}))
	if json.Unmarshal(text, &v) != nil {
		return nil
	}
	switch v.(type) {
	case string, float64:
		return v
	}
	return nil
}
