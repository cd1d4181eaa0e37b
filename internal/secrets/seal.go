package secrets

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
)

// seal encrypts a value with AES-256-GCM under a random 96-bit nonce, with the name as associated data, so that a row cannot be moved to
// another name. The form is base64(nonce || ciphertext || tag).
func seal(key [KeySize]byte, name string, value []byte) (string, error) {
	defer wipe(key[:])
	aead, err := newAEAD(key[:])
	if err != nil {
		return "", err
	}
	sealed := aead.Seal(nil, nil, value, []byte(name)) //nolint:gosec // the AEAD draws the nonce itself and takes none
	return base64.StdEncoding.EncodeToString(sealed), nil
}

// open is the inverse of seal.
func open(key [KeySize]byte, name, sealed string) ([]byte, error) {
	defer wipe(key[:])
	aead, err := newAEAD(key[:])
	if err != nil {
		return nil, err
	}
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, errors.New("its sealed row is damaged: not base64")
	}
	value, err := aead.Open(nil, nil, raw, []byte(name))
	if err != nil {
		return nil, errors.New("its sealed row does not open: it was changed, or sealed under another key (was TFTSR_ENCRYPTION_KEY set or changed since?)")
	}
	return value, nil
}

// newAEAD is AES-256-GCM that draws the nonce itself and puts it in front of the ciphertext.
func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return aead, nil
}
