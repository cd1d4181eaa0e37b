package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// canonicalPrefix starts every canonical encoding. It names the version and
// keeps the hash of an entry apart from any other SHA-256 in the system.
const canonicalPrefix = "tftsr/entry/v1\n"

// canonicalFixed is the size of what precedes the five variable fields.
const canonicalFixed = len(canonicalPrefix) + 8 + 8 + HashSize

// AppendCanonical appends the canonical encoding, version 1, of e to dst and
// returns the extended slice. EntryHash is not part of it: it is the SHA-256
// of it. Layout, all integers big-endian:
//
//	15 bytes  "tftsr/entry/v1\n"
//	 8 bytes  Seq, two's complement
//	 8 bytes  Timestamp, microseconds since 1970-01-01 UTC, two's complement
//	32 bytes  PrevHash
//	then Action, EntityType, EntityID, UserID and Details, each as
//	 8 bytes  length in bytes
//	 n bytes  the bytes themselves
//
// Every field is of fixed size or carries its length, so two entries that
// differ in any field never have the same encoding. Parts of a microsecond
// and the zone of Timestamp are not encoded; entries made by [Link] have none.
func AppendCanonical(dst []byte, e Entry) []byte {
	dst = append(dst, canonicalPrefix...)
	dst = binary.BigEndian.AppendUint64(dst, uint64(e.Seq)) //nolint:gosec // two's complement, as documented
	dst = binary.BigEndian.AppendUint64(dst, uint64(e.Timestamp.UnixMicro()))
	dst = append(dst, e.PrevHash[:]...)
	for _, s := range [...]string{string(e.Action), e.EntityType, e.EntityID, e.UserID} {
		dst = binary.BigEndian.AppendUint64(dst, uint64(len(s)))
		dst = append(dst, s...)
	}
	dst = binary.BigEndian.AppendUint64(dst, uint64(len(e.Details)))
	return append(dst, e.Details...)
}

// ParseCanonical is the inverse of [AppendCanonical]. It fills EntryHash with
// the hash of b and refuses anything that AppendCanonical does not make,
// trailing bytes included. Empty Details come back as nil.
func ParseCanonical(b []byte) (Entry, error) {
	rest, ok := bytes.CutPrefix(b, []byte(canonicalPrefix))
	if !ok || len(b) < canonicalFixed {
		return Entry{}, errors.New("not a canonical entry of version 1")
	}
	e := Entry{
		Seq:       int64(binary.BigEndian.Uint64(rest)),                           //nolint:gosec // two's complement
		Timestamp: time.UnixMicro(int64(binary.BigEndian.Uint64(rest[8:]))).UTC(), //nolint:gosec // two's complement
		PrevHash:  Hash(rest[16 : 16+HashSize]),
		EntryHash: sha256.Sum256(b),
	}
	rest = rest[16+HashSize:]
	var fields [5][]byte
	for i := range fields {
		if len(rest) < 8 {
			return Entry{}, fmt.Errorf("canonical entry ends before field %d", i+1)
		}
		n := binary.BigEndian.Uint64(rest)
		rest = rest[8:]
		if n > uint64(len(rest)) {
			return Entry{}, fmt.Errorf("canonical entry ends within field %d", i+1)
		}
		fields[i], rest = rest[:n], rest[n:]
	}
	if len(rest) != 0 {
		return Entry{}, fmt.Errorf("canonical entry has %d bytes too many", len(rest))
	}
	e.Action = Action(fields[0])
	e.EntityType, e.EntityID, e.UserID = string(fields[1]), string(fields[2]), string(fields[3])
	if len(fields[4]) > 0 {
		e.Details = bytes.Clone(fields[4])
	}
	return e, nil
}

// HashOf returns the hash that e must have: the SHA-256 of its canonical
// encoding. It does not look at e.EntryHash.
func HashOf(e Entry) Hash {
	var stack [512]byte
	return sha256.Sum256(AppendCanonical(stack[:0], e))
}

// Link makes the entry of d that follows the entry with hash prev and has
// sequence seq; the first entry has sequence 1 and the zero hash before it.
// The timestamp is brought to UTC and cut to microseconds, and bytes that are
// not UTF-8 become U+FFFD, so that what is hashed is what any engine and any
// export gives back.
func Link(prev Hash, seq int64, d Draft) Entry {
	e := Entry{
		Seq:        seq,
		Timestamp:  time.UnixMicro(d.Timestamp.UnixMicro()).UTC(),
		Action:     Action(validUTF8(string(d.Action))),
		EntityType: validUTF8(d.EntityType),
		EntityID:   validUTF8(d.EntityID),
		UserID:     validUTF8(d.UserID),
		Details:    bytes.Clone(d.Details),
		PrevHash:   prev,
	}
	if !utf8.Valid(e.Details) {
		e.Details = bytes.ToValidUTF8(e.Details, []byte("\uFFFD"))
	}
	e.EntryHash = HashOf(e)
	return e
}

func validUTF8(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
