package audit

import (
	"bufio"
	"bytes"
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

// exportCheckpoint is a line of an export that stands behind the newest entry
// that a checkpoint covers.
type exportCheckpoint struct {
	Checkpoint string `json:"checkpoint"` // signed note
}

// exportEnd is the last line of an export: the checkpoint of all of it.
type exportEnd struct {
	Head string `json:"head"` // signed note
	Key  string `json:"vkey"` // note verifier key
}

// maxCheckpoints bounds the checkpoints of an export.
const maxCheckpoints = 1 << 18

// WriteExport writes entries as JSON lines, one a line, each checkpoint behind
// the entry of its size, and at the end a line with the checkpoint of all of
// them and the key that verifies it. Checkpoints are by size, each size once,
// and none is that of the end. An error that entries yields ends the export
// and is returned.
func WriteExport(w io.Writer, entries iter.Seq2[Entry, error], checkpoints []Checkpoint, end []byte, vkey string) error {
	bw := bufio.NewWriterSize(w, 64<<10)
	for e, err := range entries {
		if err == nil {
			err = writeLine(bw, lineOf(e))
		}
		for err == nil && len(checkpoints) > 0 && checkpoints[0].Size <= e.Seq {
			if checkpoints[0].Size == e.Seq {
				err = writeLine(bw, exportCheckpoint{string(checkpoints[0].Note)})
			}
			checkpoints = checkpoints[1:]
		}
		if err != nil {
			return fmt.Errorf("export of the record: %w", err)
		}
	}
	if err := writeLine(bw, exportEnd{Head: string(end), Key: vkey}); err != nil {
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
		PrevHash: e.PrevHash.Hex(), EntryHash: e.EntryHash.Hex(),
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
	if e.PrevHash, err = ParseHash(l.PrevHash); err != nil {
		return Entry{}, errors.New("prev_hash")
	}
	if e.EntryHash, err = ParseHash(l.EntryHash); err != nil {
		return Entry{}, errors.New("entry_hash")
	}
	return e, nil
}

func first(s string, n int) string { return s[:min(n, len(s))] }

// exported is a line of an export: one of the three.
type exported struct {
	entry      Entry
	checkpoint *exportCheckpoint
	end        *exportEnd
}

// decodeLine parses a line and accepts it only when it is, byte for byte,
// what this package writes. So no line can show one thing to a reader, by a
// key given twice or a key that nobody hashes, and another to the verifier.
func decodeLine(line []byte) (x exported, err error) {
	var again bytes.Buffer
	switch {
	case bytes.HasPrefix(line, []byte(`{"head":`)):
		x.end = new(exportEnd)
		err = decodeAgain(&again, line, x.end)
	case bytes.HasPrefix(line, []byte(`{"checkpoint":`)):
		x.checkpoint = new(exportCheckpoint)
		err = decodeAgain(&again, line, x.checkpoint)
	default:
		var l exportLine
		if json.Unmarshal(line, &l) != nil {
			return x, errors.New("not JSON of an entry")
		}
		if x.entry, err = l.entry(); err != nil {
			return x, err
		}
		err = writeLine(&again, lineOf(x.entry))
	}
	if err != nil || !bytes.Equal(bytes.TrimSuffix(again.Bytes(), []byte("\n")), line) {
		return x, errors.New("not in the form in which an export is written")
	}
	return x, nil
}

// decodeAgain parses a line into v and writes what it understood.
func decodeAgain(again *bytes.Buffer, line []byte, v any) error {
	if err := json.Unmarshal(line, v); err != nil {
		return errors.New("not JSON")
	}
	return writeLine(again, v)
}

// exportReader reads an export line by line.
type exportReader struct {
	*Verifier
	checkpoints []met
	end         *exportEnd
}

// met is a checkpoint of an export and the record as it was there. It is
// judged at the end, since the key may come last.
type met struct {
	note   string
	line   int
	size   int64
	root   Hash
	broken bool
}

// VerifyExport reads an export and checks all of it, without a database or a
// network. With a pinned key, in note form, all checkpoints must be signed by
// that key; without, "", the key in the export is used, which shows damage but
// not a forgery, and the report warns of it. The entries are compared with
// anchors too: heads that somebody kept elsewhere. The error is only for r
// failing to be read; whatever is wrong with the content is a finding.
func VerifyExport(r io.Reader, pinned string, anchors ...Anchor) (Report, error) {
	x := exportReader{Verifier: NewVerifier(anchors...)}
	br := bufio.NewReaderSize(r, 64<<10)
	for n := 1; ; n++ {
		line, err := readLine(br)
		if errors.Is(err, errLongLine) {
			x.note(KindMalformed, 0, false, "line %d is longer than %d bytes", n, maxLine)
			break
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return Report{}, fmt.Errorf("read export: %w", err)
		}
		line = bytes.TrimSuffix(line, []byte("\n"))
		if (len(line) > 0 || err == nil) && !x.line(n, line) || err != nil {
			break
		}
	}
	x.checkEnd(pinned)
	return x.report(false), nil
}

// line takes line n and reports whether the next one is to be read.
func (x *exportReader) line(n int, line []byte) bool {
	if x.end != nil {
		x.note(KindMalformed, 0, false, "line %d follows the signed head, which is the last line of an export", n)
		return false
	}
	got, bad := decodeLine(line)
	switch {
	case bad != nil:
		x.note(KindMalformed, 0, false, "line %d is not a line of an export: %v", n, bad)
	case got.end != nil:
		x.end = got.end
	case got.checkpoint != nil && len(x.checkpoints) == maxCheckpoints:
		x.note(KindMalformed, 0, false, "line %d is one of more than %d checkpoints", n, maxCheckpoints)
		return false
	case got.checkpoint != nil:
		x.checkpoints = append(x.checkpoints, met{got.checkpoint.Checkpoint, n, x.next - 1, x.tree.Root(), x.broken})
	default:
		x.Add(got.entry)
	}
	return true
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

// checkEnd compares the entries that were read with the checkpoints among them.
func (x *exportReader) checkEnd(pinned string) {
	if x.end == nil {
		x.note(KindHeadMissing, x.next, false, "the export has no signed head in its last line: its end was cut off")
		return
	}
	key := pinned
	if key == "" {
		key = x.end.Key
		x.note(KindKeyOnly, 0, true, "checked with the key in the export: give the key of the record to exclude a forgery")
	} else if x.end.Key != pinned {
		x.note(KindHeadInvalid, 0, false, "the export names another key than the given one")
	}
	h, err := OpenHead(key, []byte(x.end.Head))
	if err != nil {
		x.note(KindHeadInvalid, 0, false, "%v", err)
		return
	}
	for _, c := range x.checkpoints {
		got, err := OpenHead(key, []byte(c.note))
		a := Anchor{Head: got, From: fmt.Sprintf("the checkpoint in line %d", c.line)}
		switch {
		case err != nil:
			x.note(KindCheckpointInvalid, 0, false, "the checkpoint in line %d: %v", c.line, err)
		case got.Origin != h.Origin:
			x.note(KindCheckpointInvalid, 0, false, "the checkpoint in line %d is of another record", c.line)
		case got.Chain():
			x.note(KindCheckpointInvalid, 0, false, "the checkpoint in line %d has no root", c.line)
		case got.Size != c.size && !c.broken:
			x.note(KindMalformed, 0, false, "the checkpoint of %d entries in line %d stands behind entry %d", got.Size, c.line, c.size)
		case got.Root == c.root:
			x.fitting = max(x.fitting, got.Size)
		case !c.broken:
			x.misfits = append(x.misfits, a)
		}
	}
	a := Anchor{Head: h, From: "the signed head", Current: true}
	for i, other := range x.anchors {
		if other.Origin != h.Origin {
			x.note(KindCheckpointInvalid, 0, false, "%s is of another record", other.From)
			x.anchors[i].Origin = h.Origin
		}
	}
	if x.anchors = append(x.anchors, a); a.Size == x.next-1 {
		x.compare(a)
	}
}
