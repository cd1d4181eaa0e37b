package config

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestUnknownKeysAreRefusedWithLineAndHint(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"misspelt", "review = 'ask'\nreviev = 'ask'\n", []string{":2:", `"reviev"`, `did you mean "review"`}},
		{"in a table", "[limits]\n# burst\nburts = 3\n", []string{":3:", `"limits.burts"`, `did you mean "limits.burst"`}},
		{"wrong table", "max_result_bytes = 3\n", []string{":1:", `did you mean "limits.max_result_bytes"`}},
		{"unknown table", "\n[gate]\na = 1\nb = 2\n", []string{":2:", `unknown key "gate"`}},
		{"nothing near", "zzzzzzzzz = 1\n", []string{":1:", "tftsr config show"}},
		{"secret", "db_key = 'hunter2'\n", []string{":1:", "secrets are never read from this file"}},
		{"several", "aaaaaaaaa = 1\n\nbbbbbbbbb = 1\n", []string{":1:", "aaaaaaaaa", ":3:", "bbbbbbbbb"}},
		{"below lines", "allowed_folders = [\n  '/a',\n  '/b',\n]\n[http]\naddress = 'x'\n", []string{":6:", `"http.address"`, `did you mean "http.addr"`}},
		{"several lines", "review = 'ask'\ntoolz = [\n  'a',\n]\n", []string{":2:", `"toolz"`}},
		{"table as value", "limits = 3\n", []string{":1:", "limits is a table", "[limits]"}},
		{"syntax", "review = 'ask'\nread_only = maybe\n", []string{":2:"}},
		{"twice", "review = 'ask'\nreview = 'ask'\n", []string{":2:"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := file(t, tt.text)
			_, err := load(t, Options{File: path})
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range append(tt.want, path) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q lacks %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error holds the value: %v", err)
			}
		})
	}
}

func TestWrongTypesInTheFileAreRefusedWithLine(t *testing.T) {
	for text, want := range map[string]string{
		"review = true":                        "string",
		"read_only = 'true'":                   "true or false",
		"read_only = 1":                        "true or false",
		"tools = 'a'":                          "list of strings",
		"tools = [1]":                          "list of strings",
		"limits.burst = '3'":                   "whole number",
		"limits.burst = 3.5":                   "whole number",
		"limits.scan_timeout = 3":              "30s",
		"limits.max_result_bytes = 1.5":        "64KiB",
		"writes.tools = ['a']":                 "table",
		"writes.tools = {a = 1}":               "not a string",
		"data_dir = 'relative'":                "relative path",
		"allowed_folders = ['/a', 'relative']": "relative path",
		"review = 1979-05-27":                  "string",
	} {
		path := file(t, "\n\n"+text+"\n")
		_, err := load(t, Options{File: path})
		if err == nil {
			t.Errorf("%s: accepted", text)
			continue
		}
		if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path+":3:") {
			t.Errorf("%s: %q lacks %q or the line", text, err, want)
		}
	}
}

func TestPlacesFollowThePlatform(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the other platforms' absolute paths are relative here")
	}
	for _, tt := range []struct {
		goos, data, config string
		vars               map[string]string
	}{
		{"linux", "/home/u/.local/share/tftsr", "/home/u/.config/tftsr/config.toml", nil},
		{"linux", "/d/tftsr", "/c/tftsr/config.toml", map[string]string{"XDG_DATA_HOME": "/d", "XDG_CONFIG_HOME": "/c"}},
		{"linux", "/home/u/.local/share/tftsr", "/home/u/.config/tftsr/config.toml", map[string]string{"XDG_DATA_HOME": "d", "XDG_CONFIG_HOME": "c"}},
		{"darwin", "/home/u/Library/Application Support/tftsr", "/home/u/Library/Application Support/tftsr/config.toml", map[string]string{"XDG_DATA_HOME": "/d"}},
		{"windows", `C:\L\tftsr`, `C:\R\tftsr\config.toml`, map[string]string{"LOCALAPPDATA": `C:\L`, "APPDATA": `C:\R`}},
	} {
		p := platform{tt.goos, "/home/u", tt.vars}
		if p.dataDir() != tt.data || p.configFile() != tt.config {
			t.Errorf("%s %v: %q and %q", tt.goos, tt.vars, p.dataDir(), p.configFile())
		}
	}
	if _, err := Load(Options{Environ: []string{}, File: "none"}); err == nil || !strings.Contains(err.Error(), "TFTSR_DATA_DIR") {
		t.Errorf("without a home: %v", err)
	}
	c, err := Load(Options{Environ: []string{"TFTSR_DATA_DIR=/d"}})
	if err != nil || c.DataDir != "/d" {
		t.Errorf("without a home but with a data folder: %v, %v", c, err)
	}
}

func TestFileIsFoundWhereDocumented(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".config", "tftsr"), 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(home, ".config", "tftsr", "config.toml")
	if err := os.WriteFile(path, []byte("review = 'required'\ndata_dir = '~/data'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	other := file(t, "review = 'auto'\n")
	for _, tt := range []struct {
		name, file string
		environ    []string
		want       ReviewPolicy
		wantFile   string
	}{
		{"platform's place", "", nil, ReviewRequired, path},
		{"variable", "", []string{"TFTSR_CONFIG=" + other}, ReviewAuto, other},
		{"variable none", "", []string{"TFTSR_CONFIG=none"}, ReviewAsk, ""},
		{"option before variable", other, []string{"TFTSR_CONFIG=" + path}, ReviewAuto, other},
		{"option none", "none", []string{"TFTSR_CONFIG=" + path}, ReviewAsk, ""},
		{"home", "~/.config/tftsr/config.toml", nil, ReviewRequired, path},
	} {
		c, err := Load(Options{File: tt.file, Environ: append([]string{}, tt.environ...), GOOS: "linux", Home: home})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if c.Review != tt.want || c.File != tt.wantFile {
			t.Errorf("%s: review %q from %q", tt.name, c.Review, c.File)
		}
		if tt.wantFile == path && c.DataDir != filepath.Join(home, "data") {
			t.Errorf("%s: data in %q", tt.name, c.DataDir)
		}
	}
	// The data folder holds no configuration.
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, "config.toml"), []byte("review = 'auto'"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(Options{Environ: []string{"TFTSR_DATA_DIR=" + data}, GOOS: "linux", Home: t.TempDir()})
	if err != nil || c.Review != ReviewAsk || c.File != "" {
		t.Errorf("a file in the data folder was read: %v, %v", c, err)
	}
}

func TestFilesThatCannotBeTrustedAreRefused(t *testing.T) {
	large := file(t, "# "+strings.Repeat("x", maxFileBytes))
	for name, path := range map[string]string{"missing but named": filepath.Join(t.TempDir(), "x"), "folder": t.TempDir(), "large": large} {
		if _, err := load(t, Options{File: path}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	open := file(t, "review = 'auto'")
	if err := os.Chmod(open, 0o646); err != nil {
		t.Fatal(err)
	}
	if _, err := load(t, Options{File: open}); err == nil || !strings.Contains(err.Error(), "chmod o-w") {
		t.Errorf("writable by everybody: %v", err)
	}
}
