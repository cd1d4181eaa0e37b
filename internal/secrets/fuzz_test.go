package secrets

import (
	"bytes"
	"strings"
	"testing"
)

func FuzzKeyTextHasOneForm(f *testing.F) {
	f.Add([]byte(textKey(1)))
	f.Add([]byte(" " + textKey(2) + "\r\n"))
	f.Add([]byte(textKey(3)[:43]))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, text []byte) {
		key, err := parseKey(text)
		if err != nil {
			if key != ([KeySize]byte{}) {
				t.Error("a refused text left a key behind")
			}
			return
		}
		if got := formatKey(key); string(got) != strings.TrimSpace(string(text)) {
			t.Errorf("%q was read as %q", text, got)
		}
	})
}

func FuzzSealedRowsOpenToWhatWasSealed(f *testing.F) {
	f.Add("name", []byte("value"), "AAAA")
	f.Add("", []byte{}, "")
	key := [KeySize]byte{1, 2, 3}
	f.Fuzz(func(t *testing.T, name string, value []byte, forged string) {
		sealed, err := seal(key, name, value)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := open(key, name, sealed); err != nil || !bytes.Equal(got, value) {
			t.Errorf("opened as %q, %v", got, err)
		}
		if got, err := open(key, name+"x", sealed); err == nil {
			t.Errorf("opened under another name as %q", got)
		}
		if got, err := open(key, name, forged); err == nil {
			t.Errorf("a forged row opened as %q", got)
		}
	})
}
