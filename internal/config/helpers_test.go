package config

import (
	"net/url"
	"os"
	"path/filepath"
	"testing"
)

// file writes a configuration file and returns its path.
func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// load loads with an environment of the test's own; without a file unless o names one.
func load(t *testing.T, o Options, environ ...string) (*Config, error) {
	t.Helper()
	o.Environ = append([]string{}, environ...)
	if o.File == "" {
		o.File = "none"
	}
	if o.Home == "" {
		o.Home = t.TempDir()
	}
	return Load(o)
}

func mustLoad(t *testing.T, o Options, environ ...string) *Config {
	t.Helper()
	c, err := load(t, o, environ...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func proxyOf(t *testing.T, f func(*url.URL) (*url.URL, error), target string) string {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	p, err := f(u)
	if err != nil {
		t.Fatal(err)
	}
	if p == nil {
		return ""
	}
	return p.String()
}

func FuzzFileNeverPanicsAndNeverBreaksPolicy(f *testing.F) {
	f.Add("review = 'ask'\n[limits]\nburst = 3\n")
	f.Add("[writes.tools]\na = 'deny'\n")
	f.Add("limits = 3\n[[http]]\n")
	f.Add("a.b.c = [1, [2]]\nreview.x = 1")
	f.Add("tools = [\n'a',\n]\n\"\" = 1")
	p := platform{goos: "linux", home: "/home/u"}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4<<10 {
			return
		}
		c := Default()
		if err := c.applyTOML("f", text, p); err != nil {
			return
		}
		switch c.Review {
		case ReviewAsk, ReviewRequired, ReviewAuto:
		default:
			t.Errorf("review %q", c.Review)
		}
		for _, tool := range append([]string{"x"}, c.Tools...) {
			switch c.Writes.For(tool) {
			case WriteConfirm, WriteAllow, WriteDeny:
			default:
				t.Errorf("writes of %q: %q", tool, c.Writes.For(tool))
			}
		}
	})
}
