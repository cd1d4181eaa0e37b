package secrets

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
)

func newStore(t *testing.T, ring Keyring) (*Store, *memoryRows) {
	t.Helper()
	rows := &memoryRows{}
	s, err := NewStore(StoreOptions{Keys: testKeys(t), Keyring: ring, Rows: rows, DataDir: t.TempDir(), Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	return s, rows
}

func TestSecretsComeBackFromTheirPlace(t *testing.T) {
	for _, tt := range []struct {
		name  string
		ring  Keyring
		value string
		o     SetOptions
		want  Place
	}{
		{"keyring", &MemoryKeyring{}, "hunter2", SetOptions{}, PlaceKeyring},
		{"no keyring", nil, "hunter2", SetOptions{}, PlaceSealed},
		{"keyring unavailable", &MemoryKeyring{Err: ErrUnavailable}, "hunter2", SetOptions{}, PlaceSealed},
		{"too big", &MemoryKeyring{MaxBytes: 10}, "a longer value", SetOptions{}, PlaceSealed},
		{"not text", &MemoryKeyring{}, "\xff\xfe", SetOptions{}, PlaceSealed},
		{"NUL", &MemoryKeyring{}, "a\x00b", SetOptions{}, PlaceSealed},
		{"asked for sealed", &MemoryKeyring{}, "hunter2", SetOptions{Place: PlaceSealed}, PlaceSealed},
		{"largest", nil, strings.Repeat("x", MaxValueBytes), SetOptions{}, PlaceSealed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, rows := newStore(t, tt.ring)
			info, err := s.Set(t.Context(), "servicenow/prod", []byte(tt.value), tt.o)
			if err != nil {
				t.Fatal(err)
			}
			if info.Place != tt.want || !info.CreatedAt.Equal(testNow) {
				t.Errorf("info %+v, want place %s", info, tt.want)
			}
			got, err := s.Get(t.Context(), "servicenow/prod")
			if err != nil || string(got) != tt.value {
				t.Errorf("got %q, %v", got, err)
			}
			row := rows.rows["servicenow/prod"]
			if strings.Contains(fmt.Sprint(row), tt.value) || (row.Sealed != "") != (tt.want == PlaceSealed) {
				t.Errorf("row %+v", row)
			}
			if tt.want == PlaceSealed {
				raw, err := base64.StdEncoding.DecodeString(row.Sealed)
				if err != nil || len(raw) != 12+len(tt.value)+16 {
					t.Errorf("sealed form has %d bytes, %v; want nonce, ciphertext, tag", len(raw), err)
				}
			}
			list, err := s.List(t.Context())
			if err != nil || len(list) != 1 || list[0] != info {
				t.Errorf("list %+v, %v", list, err)
			}
			if strings.Contains(fmt.Sprintf("%+v", list), tt.value) {
				t.Error("the list shows the value")
			}
			if err := s.Delete(t.Context(), "servicenow/prod"); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Get(t.Context(), "servicenow/prod"); !errors.Is(err, ErrNotFound) {
				t.Errorf("after Delete: %v, want ErrNotFound", err)
			}
			if m, ok := tt.ring.(*MemoryKeyring); ok && len(m.Items()) != 0 {
				t.Errorf("left in the keyring: %v", m.Items())
			}
		})
	}
}

func TestPassingTroubleOfTheKeyringNeverMovesASecret(t *testing.T) {
	for name, o := range map[string]SetOptions{"default": {}, "asked for keyring": {Place: PlaceKeyring}} {
		for _, cause := range []error{ErrLocked, ErrTimeout} {
			s, rows := newStore(t, &MemoryKeyring{Err: cause})
			if _, err := s.Set(t.Context(), "x", []byte("v"), o); !errors.Is(err, cause) || len(rows.rows) != 0 {
				t.Errorf("%s, %v: error %v, rows %v", name, cause, err, rows.rows)
			}
		}
	}
	s, rows := newStore(t, nil)
	if _, err := s.Set(t.Context(), "x", []byte("v"), SetOptions{Place: PlaceKeyring}); !errors.Is(err, ErrUnavailable) || len(rows.rows) != 0 {
		t.Errorf("asked for a keyring that is not there: %v, rows %v", err, rows.rows)
	}
}

func TestSealedRowsOpenOnlyUnderTheirNameAndKey(t *testing.T) {
	s, rows := newStore(t, nil)
	for _, name := range []string{"a", "b"} {
		if _, err := s.Set(t.Context(), name, []byte("value of "+name), SetOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	good := rows.rows["a"]

	moved := rows.rows["b"]
	moved.Name = "a"
	rows.rows["a"] = moved
	if v, err := s.Get(t.Context(), "a"); err == nil {
		t.Errorf("a row moved to another name opened as %q", v)
	}
	raw, err := base64.StdEncoding.DecodeString(good.Sealed)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		broken := append([]byte(nil), raw...)
		broken[i] ^= 0x80
		row := good
		row.Sealed = base64.StdEncoding.EncodeToString(broken)
		rows.rows["a"] = row
		if v, err := s.Get(t.Context(), "a"); err == nil {
			t.Fatalf("byte %d changed, and it opened as %q", i, v)
		}
	}
	for _, sealed := range []string{"", "A", "%%%", "AAAA"} {
		row := good
		row.Sealed = sealed
		rows.rows["a"] = row
		if v, err := s.Get(t.Context(), "a"); err == nil {
			t.Errorf("%q opened as %q", sealed, v)
		}
	}
	rows.rows["a"] = good
	if v, err := s.Get(t.Context(), "a"); err != nil || string(v) != "value of a" {
		t.Errorf("the good row: %q, %v", v, err)
	}
	other, err := NewKeys([KeySize]byte{1}, "")
	if err != nil {
		t.Fatal(err)
	}
	s2, err := NewStore(StoreOptions{Keys: other, Rows: rows, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := s2.Get(t.Context(), "a"); err == nil {
		t.Errorf("another key opened it as %q", v)
	}
}

func TestSameValueSealedTwiceLooksDifferent(t *testing.T) {
	s, rows := newStore(t, nil)
	seen := map[string]bool{}
	for range 20 {
		if _, err := s.Set(t.Context(), "a", []byte("v"), SetOptions{}); err != nil {
			t.Fatal(err)
		}
		if sealed := rows.rows["a"].Sealed; seen[sealed] {
			t.Fatal("a nonce was used twice")
		} else {
			seen[sealed] = true
		}
	}
}

func TestReplacedSecretLeavesNothingBehind(t *testing.T) {
	ring := &MemoryKeyring{}
	s, _ := newStore(t, ring)
	first, err := s.Set(t.Context(), "a", []byte("one"), SetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.Set(t.Context(), "a", []byte("two"), SetOptions{Place: PlaceSealed})
	if err != nil {
		t.Fatal(err)
	}
	if len(ring.Items()) != 0 {
		t.Errorf("left in the keyring: %v", ring.Items())
	}
	if first.Fingerprint == second.Fingerprint {
		t.Error("two values have one fingerprint")
	}
	if v, err := s.Get(t.Context(), "a"); err != nil || string(v) != "two" {
		t.Errorf("got %q, %v", v, err)
	}
}

func TestKeyringItemChangedByAnotherProgramIsNoticed(t *testing.T) {
	ring := &MemoryKeyring{}
	s, _ := newStore(t, ring)
	if _, err := s.Set(t.Context(), "a", []byte("one"), SetOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := ring.Set(t.Context(), ring.Items()[0], []byte("forged")); err != nil {
		t.Fatal(err)
	}
	if v, err := s.Get(t.Context(), "a"); !errors.Is(err, ErrChanged) {
		t.Errorf("got %q, %v; want ErrChanged", v, err)
	} else if strings.Contains(err.Error(), "forged") {
		t.Error("the error holds the value")
	}
}

func TestExpiredSecretIsNotGivenOut(t *testing.T) {
	s, _ := newStore(t, nil)
	for _, tt := range []struct {
		in   time.Duration
		want error
	}{{-time.Second, ErrExpired}, {0, ErrExpired}, {time.Second, nil}} {
		if _, err := s.Set(t.Context(), "a", []byte("v"), SetOptions{ExpiresAt: testNow.Add(tt.in)}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(t.Context(), "a"); !errors.Is(err, tt.want) {
			t.Errorf("expiry in %s: %v, want %v", tt.in, err, tt.want)
		}
	}
}

func TestBadNamesAndValuesAreRefused(t *testing.T) {
	s, rows := newStore(t, nil)
	for _, name := range []string{
		"", "A", "a b", "/a", "a/", "a//b", "../x", ".a", "-a", "a/../b", "a\n", "ü", "a\x00", "tftsr/audit-key", "tftsr/x", strings.Repeat("a", 101),
	} {
		if _, err := s.Set(t.Context(), name, []byte("v"), SetOptions{}); err == nil {
			t.Errorf("Set %q: accepted", name)
		}
		if _, err := s.Get(t.Context(), name); err == nil || errors.Is(err, ErrNotFound) {
			t.Errorf("Get %q: %v", name, err)
		}
		if err := s.Delete(t.Context(), name); err == nil || errors.Is(err, ErrNotFound) {
			t.Errorf("Delete %q: %v", name, err)
		}
	}
	for _, n := range []int{0, MaxValueBytes + 1} {
		if _, err := s.Set(t.Context(), "a", make([]byte, n), SetOptions{}); err == nil {
			t.Errorf("a value of %d bytes was accepted", n)
		}
	}
	if _, err := s.Set(t.Context(), "a", []byte("v"), SetOptions{Place: "cloud"}); err == nil {
		t.Error("an unknown place was accepted")
	}
	if len(rows.rows) != 0 {
		t.Errorf("rows %v", rows.rows)
	}
}

func TestDeleteKeepsTheRowOfAnItemItCannotDelete(t *testing.T) {
	ring := &MemoryKeyring{}
	s, rows := newStore(t, ring)
	if _, err := s.Set(t.Context(), "a", []byte("v"), SetOptions{}); err != nil {
		t.Fatal(err)
	}
	ring.Err = ErrLocked
	if err := s.Delete(t.Context(), "a"); !errors.Is(err, ErrLocked) || len(rows.rows) != 1 {
		t.Errorf("error %v, rows %v", err, rows.rows)
	}
	ring.Err = nil
	if err := ring.Delete(t.Context(), ring.Items()[0]); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), "a"); err != nil || len(rows.rows) != 0 {
		t.Errorf("item gone already: %v, rows %v", err, rows.rows)
	}
}

func TestAuditKeySignsAndStaysTheSame(t *testing.T) {
	for name, ring := range map[string]Keyring{"keyring": &MemoryKeyring{}, "sealed row": nil} {
		t.Run(name, func(t *testing.T) {
			s, rows := newStore(t, ring)
			skeys := make([]string, 8)
			var wg sync.WaitGroup
			for i := range skeys {
				wg.Go(func() {
					var err error
					if skeys[i], _, err = AuditKey(t.Context(), s, "tftsr.example/log"); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			skey, vkey, err := AuditKey(t.Context(), s, "tftsr.example/log")
			if err != nil {
				t.Fatal(err)
			}
			for i, other := range skeys {
				if other != skey {
					t.Errorf("call %d got another key", i)
				}
			}
			signer, err := note.NewSigner(skey)
			if err != nil {
				t.Fatal(err)
			}
			verifier, err := note.NewVerifier(vkey)
			if err != nil {
				t.Fatal(err)
			}
			signed, err := note.Sign(&note.Note{Text: "head\n"}, signer)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := note.Open(signed, note.VerifierList(verifier)); err != nil {
				t.Errorf("the verifier key does not verify: %v", err)
			}
			if list, err := s.List(t.Context()); err != nil || len(list) != 0 {
				t.Errorf("the signing key is listed: %v, %v", list, err)
			}
			if strings.Contains(fmt.Sprint(rows.rows), skey) {
				t.Error("the row holds the key in the clear")
			}
			if _, _, err := AuditKey(t.Context(), s, "another/log"); err == nil {
				t.Error("the key of one log was given out for another")
			}
		})
	}
}

func TestLostAuditKeyIsNeverReplaced(t *testing.T) {
	ring := &MemoryKeyring{}
	s, _ := newStore(t, ring)
	if _, _, err := AuditKey(t.Context(), s, "log"); err != nil {
		t.Fatal(err)
	}
	item := "audit-key/" + s.o.Keys.Installation()
	skey, err := ring.Get(t.Context(), item)
	if err != nil {
		t.Fatal(err)
	}
	if err := ring.Delete(t.Context(), item); err != nil {
		t.Fatal(err)
	}
	if _, _, err := AuditKey(t.Context(), s, "log"); !errors.Is(err, ErrKeyMissing) || len(ring.Items()) != 0 {
		t.Errorf("lost: %v, items %v", err, ring.Items())
	}
	forged, _, err := note.GenerateKey(nil, "log")
	if err != nil {
		t.Fatal(err)
	}
	if err := ring.Set(t.Context(), item, []byte(forged)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := AuditKey(t.Context(), s, "log"); !errors.Is(err, ErrChanged) {
		t.Errorf("swapped: %v, want ErrChanged", err)
	} else if strings.Contains(err.Error(), "secret set") {
		t.Errorf("the hint cannot work: %v", err)
	}
	if err := ring.Set(t.Context(), item, skey); err != nil {
		t.Fatal(err)
	}
	if got, _, err := AuditKey(t.Context(), s, "log"); err != nil || got != string(skey) {
		t.Errorf("restored: %v", err)
	}
}

func TestAuditKeyOfACrashedFirstStartIsTakenOver(t *testing.T) {
	ring := &MemoryKeyring{}
	s, rows := newStore(t, ring)
	rows.err = errors.New("disk full")
	if _, _, err := AuditKey(t.Context(), s, "log"); err == nil {
		t.Fatal("a key that was not recorded was given out")
	}
	item, err := ring.Get(t.Context(), "audit-key/"+s.o.Keys.Installation())
	if err != nil {
		t.Fatal(err)
	}
	rows.err = nil
	if skey, _, err := AuditKey(t.Context(), s, "log"); err != nil || skey != string(item) {
		t.Errorf("the item was not taken over: %v", err)
	}
}

func TestLockedKeyringMakesNoAuditKey(t *testing.T) {
	for _, cause := range []error{ErrLocked, ErrTimeout} {
		s, rows := newStore(t, &MemoryKeyring{Err: cause})
		if _, _, err := AuditKey(t.Context(), s, "log"); !errors.Is(err, cause) || len(rows.rows) != 0 {
			t.Errorf("error %v, rows %v", err, rows.rows)
		}
	}
}

// halfway is a keyring whose Get fails once while Set works.
type halfway struct {
	*MemoryKeyring
	err error
}

func (h *halfway) Get(ctx context.Context, item string) ([]byte, error) {
	if err := h.err; err != nil {
		h.err = nil
		return nil, err
	}
	return h.MemoryKeyring.Get(ctx, item)
}

func TestAuditKeyThatCannotBeReadIsNotOverwritten(t *testing.T) {
	for _, cause := range []error{ErrLocked, ErrTimeout, errors.New("odd")} {
		ring := &halfway{&MemoryKeyring{}, nil}
		s, rows := newStore(t, ring)
		rows.err = errors.New("disk full")
		if _, _, err := AuditKey(t.Context(), s, "log"); err == nil {
			t.Fatal("a key that was not recorded was given out")
		}
		rows.err = nil
		item := "audit-key/" + s.o.Keys.Installation()
		before, err := ring.MemoryKeyring.Get(t.Context(), item)
		if err != nil {
			t.Fatal(err)
		}
		ring.err = cause
		if _, _, err := AuditKey(t.Context(), s, "log"); !errors.Is(err, cause) {
			t.Errorf("%v: error %v", cause, err)
		}
		if after, err := ring.MemoryKeyring.Get(t.Context(), item); err != nil || string(after) != string(before) {
			t.Errorf("%v: the item was overwritten", cause)
		}
	}
}

func TestAuditKeyOriginMustFitTheNoteFormat(t *testing.T) {
	s, _ := newStore(t, nil)
	for _, origin := range []string{"", "a b", "a+b", "a\n"} {
		if _, _, err := AuditKey(t.Context(), s, origin); err == nil {
			t.Errorf("%q was accepted", origin)
		}
	}
}

func TestTheNewestCheckpointIsBesideTheKeyThatSignsIt(t *testing.T) {
	s, _ := newStore(t, nil)
	if _, _, err := AuditKey(t.Context(), s, "log"); err != nil {
		t.Fatal(err)
	}
	if h, err := AuditHead(t.Context(), s); h != nil || err != nil {
		t.Errorf("without a keyring: %v, %v", h, err)
	}
	ring := &MemoryKeyring{}
	s, _ = newStore(t, ring)
	if _, err := AuditHead(t.Context(), s); !errors.Is(err, ErrNotFound) {
		t.Errorf("before there is a key: %v", err)
	}
	if _, _, err := AuditKey(t.Context(), s, "log"); err != nil {
		t.Fatal(err)
	}
	h, err := AuditHead(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if note, err := h.LoadHead(t.Context()); note != nil || err != nil {
		t.Errorf("before anything was kept: %q, %v", note, err)
	}
	for _, text := range []string{"one", "two"} {
		if err := h.SaveHead(t.Context(), []byte(text)); err != nil {
			t.Fatal(err)
		}
		if note, err := h.LoadHead(t.Context()); string(note) != text || err != nil {
			t.Errorf("%q, %v; want %q", note, err, text)
		}
	}
	if _, err := ring.Get(t.Context(), AuditHeadItem(s.o.Keys.Installation())); err != nil {
		t.Errorf("the item has another name: %v", err)
	}
	ring.Err = ErrLocked
	if _, err := h.LoadHead(t.Context()); !errors.Is(err, ErrLocked) {
		t.Errorf("a locked keyring: %v", err)
	}
	if err := h.SaveHead(t.Context(), []byte("x")); !errors.Is(err, ErrLocked) {
		t.Errorf("a locked keyring: %v", err)
	}
}
