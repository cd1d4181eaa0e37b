package audit

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
)

// timeForm is the form of timestamps in an export: RFC 3339, UTC, always six
// digits of the second, so that a time has one spelling.
const timeForm = "2006-01-02T15:04:05.000000Z"

// maxLine bounds a line of an export, in bytes.
const maxLine = 1 << 20

// exportLine is an entry in an export. Details stand in a string, so that
// their bytes, which are hashed, survive any tool that rewrites JSON.
type exportLine struct {
	Seq        int64  `json:"seq"`
	Timestamp  string `json:"timestamp"`
	Action     string `json:"action"`
	EntityType string `json:"entity_type"`
	EntityID   string `json:"entity_id"`
	UserID     string `json:"user_id"`
	Details    string `json:"details"`
	PrevHash   string `json:"prev_hash"`
	EntryHash  string `json:"entry_hash"`
}

// exportEnd is the last line of an export.
type exportEnd struct {
	Head string `json:"head"` // signed note
	Key  string `json:"vkey"` // note verifier key
}

// WriteExport writes entries as JSON lines, one a line, and after them a line
// with the signed head of the last of them and the key that verifies it. An
// error that entries yields ends the export and is returned.
func WriteExport(w io.Writer, entries iter.Seq2[Entry, error], signedHead []byte, vkey string) error {
	bw := bufio.NewWriterSize(w, 64<<10)
	for e, err := range entries {
		if err != nil {
			return fmt.Errorf("export of the record: %w", err)
		}
		if err := writeLine(bw, lineOf(e)); err != nil {
			return fmt.Errorf("export of the record: %w", err)
		}
	}
	if err := writeLine(bw, exportEnd{Head: string(signedHead), Key: vkey}); err != nil {
		return fmt.Errorf("export of the record: %w", err)
	}
	if err := bw.Flush(); err != nil {
		return fmt.Errorf("export of the record: %w", err)
	}
	return nil
}

func writeLine(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func lineOf(e Entry) exportLine {
	return exportLine{
		Seq: e.Seq, Timestamp: e.Timestamp.UTC().Format(timeForm), Action: string(e.Action),
		EntityType: e.EntityType, EntityID: e.EntityID, UserID: e.UserID, Details: string(e.Details),
		PrevHash: hex.EncodeToString(e.PrevHash[:]), EntryHash: hex.EncodeToString(e.EntryHash[:]),
	}
}

func (l exportLine) entry() (Entry, error) {
	at, err := time.Parse(timeForm, l.Timestamp)
	if err != nil {
		return Entry{}, errors.New("timestamp")
	}
	e := Entry{
		Seq: l.Seq, Timestamp: at, Action: Action(l.Action),
		EntityType: l.EntityType, EntityID: l.EntityID, UserID: l.UserID, Details: []byte(l.Details),
	}
	if n, err := hex.Decode(e.PrevHash[:], []byte(first(l.PrevHash, 2*HashSize))); err != nil || n != HashSize {
		return Entry{}, errors.New("prev_hash")
	}
	if n, err := hex.Decode(e.EntryHash[:], []byte(first(l.EntryHash, 2*HashSize))); err != nil || n != HashSize {
		return Entry{}, errors.New("entry_hash")
	}
	return e, nil
}

func first(s string, n int) string { return s[:min(n, len(s))] }

// decodeLine parses a line and accepts it only when it is, byte for byte,
// what this package writes. So no line can show one thing to a reader, by a
// key given twice or a key that nobody hashes, and another to the verifier.
func decodeLine(line []byte) (e Entry, end *exportEnd, err error) {
	var again bytes.Buffer
	if bytes.HasPrefix(line, []byte(`{"head":`)) {
		end = new(exportEnd)
		if err := json.Unmarshal(line, end); err != nil {
			return Entry{}, nil, errors.New("not JSON")
		}
		err = writeLine(&again, *end)
	} else {
		var l exportLine
		if err := json.Unmarshal(line, &l); err != nil {
			return Entry{}, nil, errors.New("not JSON of an entry")
		}
		if e, err = l.entry(); err != nil {
			return Entry{}, nil, err
		}
		err = writeLine(&again, lineOf(e))
	}
	if err != nil || !bytes.Equal(bytes.TrimSuffix(again.Bytes(), []byte("\n")), line) {
		return Entry{}, nil, errors.New("not in the form in which an export is written")
	}
	return e, end, nil
}

// VerifyExport reads an export and checks all of it, without a database or a
// network. With a pinned key, in note form, the head must be signed by that
// key; without, "", the key in the export is used, which shows damage but not
// a forgery, and the report warns of it. The error is only for r failing to
// be read; whatever is wrong with the content is a finding.
func VerifyExport(r io.Reader, pinned string) (Report, error) {
	v := NewVerifier(nil)
	br := bufio.NewReaderSize(r, 64<<10)
	var end *exportEnd
	for n := 1; ; n++ {
		line, err := readLine(br)
		if errors.Is(err, errLongLine) {
			v.note(KindMalformed, 0, false, "line %d is longer than %d bytes", n, maxLine)
			break
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return Report{}, fmt.Errorf("read export: %w", err)
		}
		line = bytes.TrimSuffix(line, []byte("\n"))
		if len(line) > 0 || err == nil {
			if end != nil {
				v.note(KindMalformed, 0, false, "line %d follows the signed head, which is the last line of an export", n)
				break
			}
			var e Entry
			var bad error
			if e, end, bad = decodeLine(line); bad != nil {
				v.note(KindMalformed, 0, false, "line %d is not a line of an export: %v", n, bad)
			} else if end == nil {
				v.Add(e)
			}
		}
		if err != nil {
			break
		}
	}
	v.checkEnd(end, pinned)
	return v.report(false), nil
}

var errLongLine = errors.New("line too long")

// readLine reads a line with its line feed, which only the last may lack.
func readLine(br *bufio.Reader) ([]byte, error) {
	line, err := br.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	long := bytes.Clone(line)
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(long) > maxLine {
			return nil, errLongLine
		}
		line, err = br.ReadSlice('\n')
		long = append(long, line...)
	}
	return long, err
}

// checkEnd compares the entries that were read with the last line.
func (v *Verifier) checkEnd(end *exportEnd, pinned string) {
	if end == nil {
		v.note(KindHeadMissing, v.next, false, "the export has no signed head in its last line: its end was cut off")
		return
	}
	key := pinned
	if key == "" {
		key = end.Key
		v.note(KindKeyOnly, 0, true, "checked with the key in the export: give the key of the record to exclude a forgery")
	} else if end.Key != pinned {
		v.note(KindHeadInvalid, 0, false, "the export names another key than the given one")
	}
	h, err := OpenHead(key, []byte(end.Head))
	if err != nil {
		v.note(KindHeadInvalid, 0, false, "%v", err)
		return
	}
	v.head = &h
	if v.next-1 == h.Size && v.last != h.Hash {
		v.note(KindForked, h.Size, false, "entry %d has another hash than the signed head: the record was rewritten up to it", h.Size)
	}
}
