package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/tftsr/tftsr/internal/pii"
)

// What is said of a finding is the same whether it is put together from what is kept of its kind or made as a whole.
func TestLinesOfFindingsSayWhatFindingsAre(t *testing.T) {
	s, err := pii.NewScanner(pii.Options{Preset: pii.PresetStrict})
	if err != nil {
		t.Fatal(err)
	}
	text := []byte("mail a@b.com from 10.20.30.40 password=hunter22 pwd=hunter22 Bob Miller said a@b.com, card 4111 1111 1111 1111\n")
	found := s.Scan(nil, bytes.Repeat(text, 2))
	if len(found) < 8 {
		t.Fatalf("%d findings", len(found))
	}
	suspects := 0
	for _, file := range []string{"a.log", "", `w"e,"start":1,"type":ird <&>.log`} {
		text, asJSON := newFindingLines(s, file, false), newFindingLines(s, file, true)
		for i, f := range found {
			if i%3 == 0 {
				f.Level = pii.LevelSuspect
				suspects++
			}
			v := newFinding(s, f, nil, false)
			v.File, v.Line = file, int64(i+1)
			wantText := fmt.Sprintf("%s:%d: %d-%d %s (%s) %d%% %s", file, i+1, f.Start, f.End, v.Type, v.Class, v.Confidence, v.Reason)
			if v.Level != "" {
				wantText += " [" + v.Level + "]"
			}
			var want bytes.Buffer
			if err := encoder(&want).Encode(v); err != nil {
				t.Fatal(err)
			}
			for l, want := range map[*findingLines]string{text: wantText + "\n", asJSON: want.String()} {
				var out bytes.Buffer
				w := bufio.NewWriter(&out)
				if err := l.write(w, f, v.Line); err != nil {
					t.Fatal(err)
				}
				_ = w.Flush() // To memory.
				if out.String() != want {
					t.Errorf("got  %swant %s", out.String(), want)
				}
			}
			if !json.Valid(want.Bytes()) {
				t.Errorf("%s is no JSON", want.String())
			}
		}
	}
	if suspects == 0 {
		t.Error("none is suspected")
	}
}
