package pii

import (
	"bufio"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"
)

// wideOf writes a text in units of two or four bytes.
func wideOf(text string, order binary.AppendByteOrder, unit int) string {
	var b []byte
	for _, r := range text {
		if unit == 4 {
			b = order.AppendUint32(b, uint32(r))
			continue
		}
		for _, u := range utf16.Encode([]rune{r}) {
			b = order.AppendUint16(b, u)
		}
	}
	return string(b)
}

func TestWideTextIsReadAsWhatItSays(t *testing.T) {
	le, be := binary.LittleEndian, binary.BigEndian
	text := "2026-03-01 ERROR jane.roe@acme-widgets.com läuft 接続 🔥\r\n" + strings.Repeat("more of it ", 500)
	latin := "2026-03-01 ERROR jane.roe@acme-widgets.com\r\n"
	for name, tt := range map[string]struct {
		in, out string
		wide    bool
	}{
		"UTF-16LE":                {"\xff\xfe" + wideOf(text, le, 2), text, true},
		"UTF-16BE":                {"\xfe\xff" + wideOf(text, be, 2), text, true},
		"UTF-32LE":                {"\xff\xfe\x00\x00" + wideOf(text, le, 4), text, true},
		"UTF-32BE":                {"\x00\x00\xfe\xff" + wideOf(text, be, 4), text, true},
		"UTF-16LE without a mark": {wideOf(latin, le, 2), latin, true},
		"UTF-16BE without a mark": {wideOf(latin, be, 2), latin, true},
		"only a mark":             {"\xff\xfe", "", true},
		"half a unit":             {"\xff\xfea\x00b", "a\ufffd", true},
		"half a pair":             {"\xff\xfe" + wideOf("🔥", le, 2)[:2] + wideOf("x", le, 2), "\ufffdx", true},
		"half a pair at the end":  {"\xff\xfe" + wideOf("🔥", le, 2)[:2], "\ufffd", true},
		"a second half alone":     {"\xff\xfe" + wideOf("🔥", le, 2)[2:], "\ufffd", true},
		"no character":            {"\xff\xfe\x00\x00\xff\xff\xff\xff", "\ufffd", true},
		"UTF-8":                   {text, text, false},
		"UTF-8 with a mark":       {"\ufeff" + text, "\ufeff" + text, false},
		"empty":                   {"", "", false},
		"one byte":                {"\xff", "\xff", false},
		"zeros in it":             {"a\x00b user=alice@corp-mail.com\x00\x00 end\n", "a\x00b user=alice@corp-mail.com\x00\x00 end\n", false},
		"zeros only":              {strings.Repeat("\x00", 100), strings.Repeat("\x00", 100), false},
		"short":                   {"a\x00b\x00", "a\x00b\x00", false},
		"a mark by chance":        {"\xff\xfe caf\xe9 mail bob@corp-mail.com", "\xff\xfe caf\xe9 mail bob@corp-mail.com", false},
		"a binary":                {"\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 50), "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 50), false},
	} {
		for how, r := range map[string]io.Reader{"at once": strings.NewReader(tt.in), "in halves": iotest.HalfReader(strings.NewReader(tt.in))} {
			out, wide, err := ToUTF8(bufio.NewReader(r))
			if err != nil {
				t.Errorf("%s, %s: %v", name, how, err)
				continue
			}
			got, err := io.ReadAll(out)
			if err != nil || string(got) != tt.out || wide != tt.wide {
				t.Errorf("%s, %s: %q, %v, %v; want %q", name, how, got, wide, err, tt.out)
			}
		}
	}
	if _, _, err := ToUTF8(bufio.NewReader(iotest.ErrReader(io.ErrNoProgress))); err == nil {
		t.Error("an error of the reader is lost")
	}
	out, _, err := ToUTF8(bufio.NewReader(io.MultiReader(strings.NewReader("\xff\xfea\x00"), iotest.ErrReader(io.ErrNoProgress))))
	if err == nil {
		_, err = io.ReadAll(out)
	}
	if err == nil {
		t.Error("an error in the middle passes for the end")
	}
}

func FuzzToUTF8(f *testing.F) {
	f.Add([]byte("\xff\xfea\x00"), true)
	f.Add([]byte("\x3d\xd8"), false)
	f.Fuzz(func(t *testing.T, in []byte, little bool) {
		mark, order := "\xfe\xff", binary.ByteOrder(binary.BigEndian)
		if little {
			mark, order = "\xff\xfe", binary.LittleEndian
		}
		out, wide, err := ToUTF8(bufio.NewReader(iotest.OneByteReader(strings.NewReader(mark + string(in)))))
		if err != nil {
			t.Fatal(err)
		}
		if !wide && len(in) >= 6 {
			return // A mark by chance.
		}
		if little && strings.HasPrefix(string(in), "\x00\x00") {
			return // A mark of UTF-32.
		}
		got, err := io.ReadAll(out)
		if err != nil || !utf8.Valid(got) {
			t.Fatalf("%q, %v", got, err)
		}
		var units []uint16
		for i := 0; i+1 < len(in); i += 2 {
			units = append(units, order.Uint16(in[i:]))
		}
		want := string(utf16.Decode(units))
		if len(in)%2 == 1 {
			want += "\ufffd"
		}
		if string(got) != want {
			t.Errorf("%q, want %q", got, want)
		}
	})
}
