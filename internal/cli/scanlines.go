package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"strconv"

	"github.com/tftsr/tftsr/internal/pii"
)

// findingLines writes findings without their values, one a line. A log may have
// millions, of few kinds: what is said of a kind is made once.
type findingLines struct {
	s     *pii.Scanner
	file  string
	json  bool
	kinds map[pii.Finding][]byte // what follows the places, by the finding without them
	head  []byte                 // what precedes the line
	buf   []byte
}

func newFindingLines(s *pii.Scanner, file string, json bool) *findingLines {
	l := &findingLines{s: s, file: file, json: json, kinds: map[pii.Finding][]byte{}, head: []byte(file + ":")}
	if json {
		l.head = []byte("{")
		if file != "" {
			l.head = l.marshal(finding{File: file}, `,"start":`)
			l.head = append(l.head, ',')
		}
		l.head = append(l.head, `"line":`...)
	}
	return l
}

// write writes what scan says of f, which starts in that line, counted from 1.
func (l *findingLines) write(out *bufio.Writer, f pii.Finding, line int64) error {
	kind := f
	kind.Start, kind.End = 0, 0
	tail, ok := l.kinds[kind]
	if !ok {
		tail = l.tail(kind)
		l.kinds[kind] = tail
	}
	b := strconv.AppendInt(append(l.buf[:0], l.head...), line, 10)
	if l.json {
		b = strconv.AppendInt(append(b, `,"start":`...), f.Start, 10)
		b = strconv.AppendInt(append(b, `,"end":`...), f.End, 10)
	} else {
		b = strconv.AppendInt(append(b, ": "...), f.Start, 10)
		b = strconv.AppendInt(append(b, '-'), f.End, 10)
	}
	l.buf = append(b, tail...)
	_, err := out.Write(l.buf)
	return err
}

// tail returns what is said of all findings that differ in their places only.
func (l *findingLines) tail(kind pii.Finding) []byte {
	v := newFinding(l.s, kind, nil, false)
	if l.json {
		all := l.marshal(v, "")
		return append(all[bytes.Index(all, []byte(`,"type":`)):], '\n')
	}
	return []byte(" " + v.kind() + "\n")
}

// marshal returns v in JSON, up to a part of it.
func (l *findingLines) marshal(v finding, until string) []byte {
	var b bytes.Buffer
	_ = encoder(&b).Encode(v) // It has nothing that JSON does not.
	all := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if until != "" {
		all = all[:bytes.LastIndex(all, []byte(until))]
	}
	return all
}

// kind is what a person is told of a finding besides its places and its value.
func (v finding) kind() string {
	s := fmt.Sprintf("%s (%s) %d%% %s", v.Type, v.Class, v.Confidence, v.Reason)
	if v.Level != "" && v.Value == nil {
		s += " [" + v.Level + "]"
	}
	return s
}
