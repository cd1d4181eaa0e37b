package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"testing"

	"github.com/tftsr/tftsr/internal/audit"
)

// sameJSON fails the test if details are encoded otherwise than by encoding/json.
func sameJSON(t *testing.T, m map[string]any) {
	t.Helper()
	got, err := appendDetails(nil, m)
	want, wantErr := json.Marshal(m)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%v: error %v, of encoding/json %v", m, err, wantErr)
	}
	if err == nil && !bytes.Equal(got, want) {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
}

func TestDetailsAreEncodedAsByTheStandardLibrary(t *testing.T) {
	sameJSON(t, nil)
	sameJSON(t, map[string]any{})
	sameJSON(t, map[string]any{
		"sha256": "aa", "bytes": 3, "seq": int64(-1 << 62), "status": "ok", "phase": audit.PhaseOutcome, "digest_key": keyName("issue <a>"), "lost": true,
		"tokens": []string{"1 Email", "2 <x>"}, "none": []string(nil), "empty": []string{}, "nothing": nil, "share": 0.25, "nested": map[string]any{"b": 1, "a": "&"},
		"text": "a\"b\\c\n\u2028é\x7f\xff<>&", "kl\xffé": "key", "": "", "list": []any{1, "x"}, "n": uint8(7),
	})
	sameJSON(t, map[string]any{"not a number": math.NaN()})
	many := map[string]any{}
	for i := range 60 {
		many[string(rune('A'+i))] = i
	}
	sameJSON(t, many)
}

func FuzzDetails(f *testing.F) {
	f.Add("server", "echo <b>", "\xff", int64(7))
	f.Fuzz(func(t *testing.T, a, b, c string, n int64) {
		sameJSON(t, map[string]any{a: b, b: []string{c, a}, c: n, "phase": audit.Phase(a), "key": keyName(b)})
	})
}

func BenchmarkDraft(b *testing.B) {
	ctx := WithCaller(b.Context(), Caller{ID: "ana", Channel: ChannelStdio, Client: "host 1.0"})
	caller, _ := CallerFrom(ctx)
	in := Intent{Action: audit.ActionMCPToolCall, EntityType: "mcp_tool", EntityID: "mcp_echo_echo", Details: map[string]any{
		"server_id": "0197f3c2-0000-7000-8000-000000000001", "server": "echo", "name": "echo", "definition": "4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce",
		"restored": []string{}, "tokens": []string{}, "destination": "mcp:echo", "sha256": "4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a",
	}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := draft(ctx, cleanAll{}, caller, in, audit.PhaseIntent, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// cleanAll finds nothing.
type cleanAll struct{}

func (cleanAll) Check(context.Context, []byte) (bool, Counts, error) { return true, nil, nil }
