package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// CheckpointEvery is after how many entries a checkpoint is due, and
// CheckpointAfter how long after an entry that has none.
const (
	CheckpointEvery = 256
	CheckpointAfter = 10 * time.Second
)

// checkpointSlack is how many entries may come between two checkpoints of one
// log: those of groups that were written at once by several processes, one of
// which was killed before its checkpoint.
const checkpointSlack = 16 * CheckpointEvery

// Checkpoint is a signed head as it is kept and handed on.
type Checkpoint struct {
	Head
	Note []byte
}

// logLine is a line of a log of checkpoints. Only the note is signed.
type logLine struct {
	Time       string `json:"time"` // RFC 3339, for people
	Checkpoint string `json:"checkpoint"`
}

// AppendLogLine appends the line of a log of checkpoints for a signed note.
func AppendLogLine(dst []byte, at time.Time, note []byte) []byte {
	var b bytes.Buffer
	// Encoding texts into memory never fails.
	_ = writeLine(&b, logLine{at.UTC().Format(time.RFC3339), string(note)})
	return append(dst, b.Bytes()...)
}

// ReadCheckpoints reads whatever holds checkpoints: a signed note, a log of
// checkpoints, or an export of the record. Those that key signed for the
// record of that name, any where it is "", are returned in the order of the
// file. bad tells of each of the others, and, as a warning, of lines that are
// none: a power cut leaves such. A last line without its end is one that is
// being written, and is passed over. The error is only for r failing to be read.
func ReadCheckpoints(r io.Reader, key, origin, from string) (good []Checkpoint, bad []Finding, err error) {
	br := bufio.NewReaderSize(r, 64<<10)
	note := func(kind Kind, format string, args ...any) {
		if len(bad) < maxFindings {
			bad = append(bad, Finding{Kind: kind, Warning: kind == KindMalformed, Text: from + ": " + fmt.Sprintf(format, args...)})
		}
	}
	take := func(n int, msg []byte) {
		h, err := OpenHead(key, msg)
		switch {
		case err != nil:
			note(KindCheckpointInvalid, "line %d: %v", n, err)
		case origin != "" && h.Origin != origin:
			note(KindCheckpointInvalid, "line %d: the checkpoint is of another record", n)
		default:
			good = append(good, Checkpoint{h, bytes.Clone(msg)})
		}
	}
	var plain []byte // of a file that is a note
	for n := 1; ; n++ {
		line, err := readLine(br)
		if errors.Is(err, errLongLine) {
			note(KindMalformed, "line %d is longer than %d bytes", n, maxLine)
			return good, bad, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, nil, fmt.Errorf("read checkpoints from %s: %w", from, err)
		}
		switch l := bytes.TrimSpace(line); {
		case plain != nil || len(l) > 0 && l[0] != '{':
			if plain = append(plain, line...); len(plain) > maxNote {
				note(KindMalformed, "line %d is none of a checkpoint", n)
				return good, bad, nil
			}
		case len(l) == 0 || err != nil && !json.Valid(l):
		default:
			var c struct{ Checkpoint, Head, EntryHash string }
			if json.Unmarshal(l, &c) != nil || c.Checkpoint == "" && c.Head == "" && !strings.Contains(string(l), `"entry_hash"`) {
				note(KindMalformed, "line %d holds no checkpoint", n)
			} else if msg := c.Checkpoint + c.Head; msg != "" {
				take(n, []byte(msg))
			}
		}
		if err != nil {
			break
		}
	}
	// The two places of a head file are filled up with line feeds.
	for _, msg := range bytes.Split(plain, []byte("\n\n\n")) {
		if msg = bytes.Trim(msg, "\n\x00"); len(msg) > 0 {
			take(1, append(bytes.Clone(msg), '\n'))
		}
	}
	return good, bad, nil
}

// maxNote bounds a file that is one signed note, or the two of a head file.
const maxNote = 4 << 10

// CheckLog says whether checkpoints that were due are missing from a log of
// them, for a record whose newest signed head has the given size. A log begins
// where it begins: the record may be older than it.
func CheckLog(log []Checkpoint, size int64, from string) []Finding {
	var sizes []int64
	for _, c := range log {
		sizes = append(sizes, c.Size)
	}
	slices.Sort(sizes) // Processes append as they come.
	missing := func(a, b int64) []Finding {
		return []Finding{{
			Kind: KindCheckpointMissing, Seq: a + 1, Warning: true,
			Text: fmt.Sprintf("%s has no checkpoint between %d and %d entries", from, a, b),
		}}
	}
	if len(sizes) == 0 {
		if size > checkpointSlack {
			return missing(0, size)
		}
		return nil
	}
	for i, next := range append(sizes[1:], max(size, sizes[len(sizes)-1])) {
		if next-sizes[i] > checkpointSlack {
			return missing(sizes[i], next)
		}
	}
	return nil
}
