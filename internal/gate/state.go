package gate

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrState is returned for a request state that this gate did not seal for
// this caller, tool and arguments, or that has expired.
var ErrState = errors.New("the state of this request is not valid here: call the tool again without it")

const (
	// statePrefix names the version of a sealed state. It is authenticated.
	statePrefix = "tftsr-state-v1."
	// maxState bounds a sealed state, in characters.
	maxState = 64 << 10
)

// askState is what travels through a client between the rounds of a call. The
// client can neither read nor change it, and can use it for nothing else.
type askState struct {
	Caller  string                `json:"c"` // see callerOf
	Tool    string                `json:"t"`
	Args    string                `json:"a"` // digest of the arguments
	Expires time.Time             `json:"e"`
	Asked   map[string]askedEntry `json:"q,omitempty"` // by key: what the client was told to ask
	Answers map[string]askedEntry `json:"r,omitempty"` // by key: what it answered before
}

// askedEntry is a question and, once there is one, its answer. An answer
// counts only for the question with the same digest.
type askedEntry struct {
	Digest string  `json:"d"`
	Ref    string  `json:"i,omitempty"` // what the question is about, for whoever asks
	Answer *Answer `json:"w,omitempty"`
}

// sealer seals states with AES-256-GCM under a random nonce.
type sealer struct{ aead cipher.AEAD }

func newSealer(key [32]byte) (*sealer, error) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, fmt.Errorf("cipher of request states: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("cipher of request states: %w", err)
	}
	return &sealer{aead}, nil
}

func (s *sealer) seal(st askState) (string, error) {
	plain, err := json.Marshal(st)
	if err != nil {
		return "", fmt.Errorf("request state: %w", err)
	}
	sealed := s.aead.Seal(nil, nil, plain, []byte(statePrefix)) //nolint:gosec // the AEAD draws the nonce itself and takes none
	out := statePrefix + base64.RawURLEncoding.EncodeToString(sealed)
	if len(out) > maxState {
		return "", fmt.Errorf("the answers of this call have %d bytes, more than a request state holds: call it anew", len(plain))
	}
	return out, nil
}

// open opens a state. That it is ours, whole and not expired is all it
// checks; see askState.is.
func (s *sealer) open(sealed string, now time.Time) (askState, error) {
	text, ok := strings.CutPrefix(sealed, statePrefix)
	if !ok || len(sealed) > maxState {
		return askState{}, ErrState
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") { // The decoder skips line ends.
		return askState{}, ErrState
	}
	plain, err := s.aead.Open(nil, nil, raw, []byte(statePrefix))
	if err != nil {
		return askState{}, ErrState
	}
	var st askState
	if err := json.Unmarshal(plain, &st); err != nil {
		return askState{}, ErrState
	}
	if !now.Before(st.Expires) {
		return askState{}, fmt.Errorf("%w: it has expired", ErrState)
	}
	return st, nil
}

// is reports whether the state was sealed for this call.
func (st askState) is(caller, tool, args string) bool {
	return st.Caller == caller && st.Tool == tool && st.Args == args
}

// argsDigest is the digest of arguments whatever the order of their keys and
// the blanks between them. Numbers are compared as they are written.
func argsDigest(args json.RawMessage) string {
	dec := json.NewDecoder(bytes.NewReader(args))
	dec.UseNumber()
	var v any
	canonical := []byte(args)
	if dec.Decode(&v) == nil && !dec.More() {
		if b, err := json.Marshal(v); err == nil {
			canonical = b
		}
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}
