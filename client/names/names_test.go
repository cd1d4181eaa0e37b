package names

import (
	"errors"
	"regexp"
	"strings"
	"testing"
)

func TestNamesOfRelayedTools(t *testing.T) {
	for _, tc := range [][3]string{
		{"grafana", "query_prometheus", "mcp_grafana_query_prometheus"},
		{"grafana-prod", "Query.Loki--Logs", "mcp_grafana_prod_query_loki_logs"},
		{"fs", "__read__file__", "mcp_fs_read_file"},
		{"fs", "ｒead", "mcp_fs_ead"}, // The full-width letter does not become a plain one.
		{"fs", "読む", ""},             // A digest, below.
		{"fs", strings.Repeat("a", 57), "mcp_fs_" + strings.Repeat("a", 57)},
	} {
		got := Of(tc[0], tc[1])
		if tc[1] == "読む" {
			if !regexp.MustCompile(`^mcp_fs_[0-9a-f]{8}$`).MatchString(got) {
				t.Errorf("%q: %s", tc[1], got)
			}
			continue
		}
		if got != tc[2] {
			t.Errorf("%q: %s, want %s", tc[1], got, tc[2])
		}
	}
	long, other := Of("fs", strings.Repeat("a", 58)), Of("fs", strings.Repeat("a", 58)+"b")
	if len(long) != Max || len(other) != Max || long == other {
		t.Errorf("long names: %s, %s", long, other)
	}
}

func FuzzNamesFitEveryModel(f *testing.F) {
	f.Add("grafana", "query")
	f.Add("a-b", "\u202e")
	f.Add(strings.Repeat("x", 30), strings.Repeat("y_", 100))
	form := regexp.MustCompile(`^mcp_[a-z0-9]+(_[a-z0-9]+)+$`)
	f.Fuzz(func(t *testing.T, server, name string) {
		if CheckServer(server, nil) != nil {
			t.Skip()
		}
		if got := Of(server, name); len(got) > Max || !form.MatchString(got) || got != Of(server, name) {
			t.Errorf("%q of %q becomes %q", name, server, got)
		}
	})
}

func TestServersWhoseToolsWouldShareNamesAreRefused(t *testing.T) {
	for _, bad := range []string{"", "Grafana", "-x", "x-", "a b", "a__b", "a.b", strings.Repeat("a", 31), "é"} {
		if CheckServer(bad, nil) == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
	if err := CheckServer("git-hub", []string{"git_hub"}); !errors.Is(err, ErrTaken) || !strings.Contains(err.Error(), "another name") {
		t.Errorf("%v", err)
	}
	if err := CheckServer("git-hub", []string{"git-hub", "github"}); err != nil {
		t.Error(err)
	}
}

func TestATakenNameIsRefusedWithARemedy(t *testing.T) {
	taken := func(alias string) string {
		return map[string]string{"mcp_a_b_c": "b_c of a"}[alias]
	}
	for alias, says := range map[string]string{Of("server", "status"): "a tool of ours", Of("a_b", "c"): "b_c of a"} {
		err := Check(alias, "x", taken)
		if !errors.Is(err, ErrTaken) || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "another name") {
			t.Errorf("%s: %v", alias, err)
		}
	}
	if err := Check("mcp_a_b", "a", taken); err != nil {
		t.Error(err)
	}
}

func TestLettersComeBack(t *testing.T) {
	for _, s := range []string{"", "x", "\x00\xff"} {
		got, ok := Bytes(Letters([]byte(s)))
		if !ok || string(got) != s {
			t.Errorf("%q: %q", s, got)
		}
	}
	for _, bad := range []string{"a", "aq", "AA", "a\xff"} {
		if _, ok := Bytes(bad); ok {
			t.Errorf("%q is read", bad)
		}
	}
	if Address("a", "b", "c") == Address("a", "bc", "") || Address("a", "b", "c") == Address("ab", "", "c") {
		t.Error("addresses of different things are the same")
	}
}
