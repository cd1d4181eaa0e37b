package audit

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/mod/sumdb/note"
)

// chainPrefix stands before the origin on the first line of a head of the
// first version, which named the newest entry instead of the root of a tree.
const chainPrefix = "tftsr/record/"

// maxOrigin bounds the name of a record, in bytes.
const maxOrigin = 256

// ErrHead is returned, wrapped, for a signed head that is malformed or whose
// signature is not of the expected key.
var ErrHead = errors.New("signed head is not valid")

// Head says how far a record goes: Size entries under a Merkle tree with this
// Root. A signed head is a checkpoint.
type Head struct {
	Origin string // name of the record; no spaces, at most 256 bytes
	Size   int64
	Root   Hash // see [Tree]; zero in a head of the first version
	Newest Hash // only in a head of the first version: the hash of the newest entry
}

// Chain reports whether h is a head of the first version, which has no tree.
// Such heads are still read, and never signed any more.
func (h Head) Chain() bool { return h.Root == Hash{} }

// text is what is signed: the three lines of a checkpoint, in the form of
// C2SP tlog-checkpoint (https://c2sp.org/tlog-checkpoint).
func (h Head) text() string {
	origin, hash := h.Origin, h.Root
	if h.Chain() {
		origin, hash = chainPrefix+h.Origin, h.Newest
	}
	return origin + "\n" + strconv.FormatInt(h.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(hash[:]) + "\n"
}

func (h Head) check() error {
	switch {
	case h.Origin == "" || len(h.Origin) > maxOrigin:
		return fmt.Errorf("origin has %d bytes, not 1 to %d", len(h.Origin), maxOrigin)
	case strings.ToValidUTF8(h.Origin, "") != h.Origin || strings.ContainsFunc(h.Origin, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return errors.New("origin holds a space or a control character")
	case strings.HasPrefix(h.Origin, chainPrefix):
		return errors.New("origin is that of a head of the first version")
	case h.Size < 0:
		return errors.New("size is negative")
	case h.Size == 0 && (h.Newest != Hash{} || !h.Chain() && h.Root != emptyRoot):
		return errors.New("an empty record has no hash")
	case !h.Chain() && h.Newest != Hash{}:
		return errors.New("a checkpoint names a root and no entry")
	}
	return nil
}

func parseHead(text string) (Head, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return Head{}, errors.New("not three lines")
	}
	origin, chain := strings.CutPrefix(lines[0], chainPrefix)
	h := Head{Origin: origin}
	var err error
	if h.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return Head{}, errors.New("size is not a number")
	}
	raw, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(raw) != HashSize {
		return Head{}, fmt.Errorf("hash is not %d bytes of base64", HashSize)
	}
	if chain {
		h.Newest = Hash(raw)
	} else if h.Root = Hash(raw); h.Chain() {
		return Head{}, errors.New("root is zero")
	}
	// One head, one text: "007" and "+7" are refused here.
	if h.text() != text {
		return Head{}, errors.New("not in canonical form")
	}
	return h, h.check()
}

// HeadSigner signs heads with one key. It is safe for concurrent use.
type HeadSigner struct {
	signer note.Signer
	vkey   string
}

// NewHeadSigner parses a note signer key ("PRIVATE+KEY+name+hash+base64", see
// [golang.org/x/mod/sumdb/note]). Its errors never hold any of the key.
func NewHeadSigner(skey string) (*HeadSigner, error) {
	s, err := note.NewSigner(skey)
	if err != nil {
		return nil, errors.New("the signing key of the record is not a note signer key: restore it from a backup, or make a new one with `tftsr init`")
	}
	// The key was accepted, so its fifth part is the algorithm byte and the
	// Ed25519 seed; the public half follows from it. Base64 may hold a plus.
	raw, err := base64.StdEncoding.DecodeString(strings.SplitN(skey, "+", 5)[4])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return nil, errors.New("the signing key of the record is not an Ed25519 key")
	}
	pub := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	vkey, err := note.NewEd25519VerifierKey(s.Name(), pub)
	if err != nil {
		return nil, fmt.Errorf("public half of the record's signing key: %w", err)
	}
	return &HeadSigner{signer: s, vkey: vkey}, nil
}

// VerifierKey returns the public key in note form, to hand to whoever shall
// verify the record.
func (s *HeadSigner) VerifierKey() string { return s.vkey }

// Sign returns the checkpoint of h: a signed note.
func (s *HeadSigner) Sign(h Head) ([]byte, error) {
	if h.Chain() {
		return nil, errors.New("head of the record: it has no root")
	}
	if err := h.check(); err != nil {
		return nil, fmt.Errorf("head of the record: %w", err)
	}
	msg, err := note.Sign(&note.Note{Text: h.text()}, s.signer)
	if err != nil {
		return nil, fmt.Errorf("sign head of the record: %w", err)
	}
	return msg, nil
}

// IsVerifierKey reports whether vkey is a key that signed heads can be checked
// with, in the form of [golang.org/x/mod/sumdb/note].
func IsVerifierKey(vkey string) bool {
	_, err := note.NewVerifier(vkey)
	return err == nil
}

// SignHead returns h as a note signed with the note signer key skey. Use a
// [HeadSigner] to sign more than once.
func SignHead(skey string, h Head) ([]byte, error) {
	s, err := NewHeadSigner(skey)
	if err != nil {
		return nil, err
	}
	return s.Sign(h)
}

// OpenHead checks the signature of a signed head against the note verifier
// key vkey and returns the head. Every failure wraps [ErrHead].
func OpenHead(vkey string, msg []byte) (Head, error) {
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return Head{}, fmt.Errorf("%w: the verifier key is not a note verifier key", ErrHead)
	}
	n, err := note.Open(msg, note.VerifierList(v))
	if err != nil {
		var wrong *note.InvalidSignatureError
		var unknown *note.UnverifiedNoteError
		switch {
		case errors.As(err, &wrong):
			return Head{}, fmt.Errorf("%w: the signature does not fit the text", ErrHead)
		case errors.As(err, &unknown):
			return Head{}, fmt.Errorf("%w: it is signed by another key than %s", ErrHead, v.Name())
		}
		return Head{}, fmt.Errorf("%w: not a signed note", ErrHead)
	}
	for _, sig := range n.Sigs {
		// Package note ignores the unused bits of the last character.
		if _, err := base64.StdEncoding.Strict().DecodeString(sig.Base64); err != nil {
			return Head{}, fmt.Errorf("%w: the signature is not canonical base64", ErrHead)
		}
	}
	h, err := parseHead(n.Text)
	if err != nil {
		return Head{}, fmt.Errorf("%w: %w", ErrHead, err)
	}
	return h, nil
}
