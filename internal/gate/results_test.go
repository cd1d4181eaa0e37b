package gate

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tftsr/tftsr/store"
)

func TestLargeResultsAreReadInParts(t *testing.T) {
	c := testClearer(t, testOptions(t))
	body := strings.Repeat("caf\u00e9 \u65e5\u672c [PrivateIPv4_12.2] \U0001f600\n", 50)
	id, err := c.KeepResult(asHost(), "read_log", []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int{1, 2, 3, 4, 5, 17, 18, 19, 100, 1 << 20} {
		var got []byte
		for len(got) < len(body) {
			chunk, total, err := c.ReadResult(asHost(), id, len(got), limit)
			if err != nil {
				t.Fatal(err)
			}
			if total != len(body) || len(chunk) == 0 || !utf8.Valid(chunk) || len(chunk) > max(limit, utf8.UTFMax) {
				t.Fatalf("limit %d at %d: %d bytes of %d, %q", limit, len(got), len(chunk), total, chunk)
			}
			if limit >= len("[PrivateIPv4_12.2]") && bytes.Count(chunk, []byte("[Priv")) != bytes.Count(chunk, []byte(".2]")) {
				t.Fatalf("limit %d: a token is cut in %q", limit, chunk)
			}
			got = append(got, chunk...)
		}
		if string(got) != body {
			t.Errorf("in parts of %d it reads %q", limit, got)
		}
	}
	if chunk, total, err := c.ReadResult(asHost(), id, len(body)+7, 10); len(chunk) != 0 || total != len(body) || err != nil {
		t.Errorf("beyond the end: %q, %d, %v", chunk, total, err)
	}
	for _, bad := range [][2]int{{-1, 10}, {0, 0}, {0, -1}} {
		if _, _, err := c.ReadResult(asHost(), id, bad[0], bad[1]); err == nil {
			t.Errorf("offset %d and limit %d were accepted", bad[0], bad[1])
		}
	}
}

func TestChunksOfAnythingLoseNothing(t *testing.T) {
	for _, b := range [][]byte{
		[]byte("\x80\x80\x80\x80\x80\x80\xff\xfe"), []byte("a\xc3"), []byte("[Email_1][Email_1]["), []byte("\xf0\x9f\x98\x80"), nil,
	} {
		for limit := 1; limit < 12; limit++ {
			for offset := range b {
				chunk := cutChunk(b, offset, limit)
				if !bytes.HasSuffix(b[:], chunk) && !bytes.Contains(b, chunk) {
					t.Fatalf("%q is not in %q", chunk, b)
				}
			}
			at := 0
			for n := 0; at < len(b); n++ {
				chunk := cutChunk(b, at, limit)
				if len(chunk) == 0 && utf8.RuneStart(b[at]) || n > len(b) {
					t.Fatalf("no way on in %q at %d with limit %d", b, at, limit)
				}
				at += max(1, len(chunk))
			}
		}
	}
}

func TestResultsAreForTheirCallerForAnHour(t *testing.T) {
	now := time.Now()
	o := testOptions(t)
	o.Now = func() time.Time { return now }
	c := testClearer(t, o)
	id, err := c.KeepResult(asHost(), "read_log", []byte("text"))
	if err != nil {
		t.Fatal(err)
	}
	for name, caller := range map[string]Caller{
		"another":                {ID: "other", Channel: ChannelStdio},
		"a token of this name":   {ID: "agent", Channel: ChannelHTTP},
		"a terminal of the name": {ID: "agent", Channel: ChannelTerminal},
	} {
		if _, _, err := c.ReadResult(WithCaller(context.Background(), caller), id, 0, 10); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := c.ReadResult(context.Background(), id, 0, 10); !errors.Is(err, ErrNoCaller) {
		t.Errorf("nobody: %v", err)
	}
	if _, err := c.KeepResult(context.Background(), "read_log", nil); !errors.Is(err, ErrNoCaller) {
		t.Errorf("nobody: %v", err)
	}
	now = now.Add(resultTTL - time.Second)
	if _, _, err := c.ReadResult(asHost(), id, 0, 10); err != nil {
		t.Errorf("within the hour: %v", err)
	}
	now = now.Add(2 * time.Second)
	if _, _, err := c.ReadResult(asHost(), id, 0, 10); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("after the hour: %v", err)
	}
}

func TestKeptResultsHoldNoOriginal(t *testing.T) {
	c := testClearer(t, testOptions(t))
	id, err := c.KeepResult(asHost(), "read_log", []byte(allPlanted()))
	if err != nil {
		t.Fatal(err)
	}
	chunk, _, err := c.ReadResult(asHost(), id, 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	wantNothingPlanted(t, "the result", string(chunk))
}
