package ollama

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestNamesAreReadAsOllamaReadsThem(t *testing.T) {
	for text, want := range map[string]Name{
		"qwen3":                        {DefaultRegistry, "library", "qwen3", "latest"},
		"qwen3:8b":                     {DefaultRegistry, "library", "qwen3", "8b"},
		"library/qwen3:8b":             {DefaultRegistry, "library", "qwen3", "8b"},
		"mannix/jan-nano":              {DefaultRegistry, "mannix", "jan-nano", "latest"},
		"hf.co/u_1/M.o-d_el:Q4_K_M":    {"hf.co", "u_1", "M.o-d_el", "Q4_K_M"},
		"localhost:5000/ns/m":          {"localhost:5000", "ns", "m", "latest"},
		"localhost:5000/ns/m:t":        {"localhost:5000", "ns", "m", "t"},
		"Registry.Ollama.AI/library/a": {DefaultRegistry, "library", "a", "latest"},
		"_x:1.5b-instruct-q4_K_M":      {DefaultRegistry, "library", "_x", "1.5b-instruct-q4_K_M"},
	} {
		if got, err := ParseName(text); err != nil || got != want {
			t.Errorf("%s is %+v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"qwen3":                        "qwen3:latest",
		"library/qwen3:8b":             "qwen3:8b",
		"a/b":                          "a/b:latest",
		"registry.ollama.ai/a/b":       "a/b:latest",
		"registry.ollama.ai/library/b": "b:latest",
		"hf.co/library/b":              "hf.co/library/b:latest",
	} {
		if got := name(t, text).String(); got != want {
			t.Errorf("%s is shown as %s, not %s", text, got, want)
		}
	}
}

func TestWhatIsNoNameIsRefusedWithWhatToWrite(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "it is empty",
		":8b":                       "its model is empty",
		"qwen3:":                    "its tag is empty",
		"/qwen3":                    "its namespace is empty",
		"a/":                        "its model is empty",
		"a//b":                      "its namespace is empty",
		"/a/b":                      "its host is empty",
		"a/b/c/d":                   "at most three",
		"hf.co/model":               "three parts",
		"localhost:5000/model":      "three parts",
		"http://localhost:5000/a/b": "without a scheme",
		"qwen3@sha256:abc":          "no digests",
		"qwen 3":                    "its model may have",
		"qwen3:8 b":                 "its tag may have",
		"-qwen3":                    "begins with",
		"../../etc/passwd":          "at most three",
		"../x":                      "three parts",
		"a/../b":                    "its namespace may have",
		"qwen3\x00":                 "its model may have",
		"qwen3\n8b":                 "its model may have",
		"модель":                    "its model may have",
		"x?y=1":                     "its model may have",
		"[Hostname_1]/a/b":          "its host may have",
		strings.Repeat("x", 81):     "longer than 80",
		strings.Repeat("x", 999):    "more than",
	} {
		_, err := ParseName(text)
		if !errors.Is(err, ErrName) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestNamesNearAreFound(t *testing.T) {
	have := []Name{name(t, "llama3.2:3b"), name(t, "qwen3:8b"), name(t, "qwen3:0.6b"), name(t, "mannix/jan-nano"), name(t, "gpt-oss:20b")}
	for text, want := range map[string]string{
		"qwen3:7b": "qwen3:8b", "qwen:8b": "qwen3:8b", "gptoss:20b": "gpt-oss:20b", "llama32:3b": "llama3.2:3b", "jan-nano": "mannix/jan-nano:latest", "mixtral": "",
	} {
		got := ""
		if near := name(t, text).Near(have); len(near) > 0 {
			got = near[0].String()
		}
		if got != want {
			t.Errorf("near %s is %q, not %q", text, got, want)
		}
	}
}

func FuzzParseName(f *testing.F) {
	for _, s := range []string{"qwen3", "a/b:c", "hf.co/a/b:c", "localhost:5000/a/b", "a:b/c", "::", "//", "a@b", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseName(s)
		if err != nil {
			if !errors.Is(err, ErrName) || n != (Name{}) {
				t.Fatalf("%q: %+v, %v", s, n, err)
			}
			return
		}
		// What leaves is the name as it is shown: it must mean the same.
		again, err := ParseName(n.String())
		if err != nil || again.host != n.host || again.tag != n.tag || again.model != n.model || !strings.EqualFold(again.namespace, n.namespace) {
			t.Fatalf("%q is shown as %q, which is %+v, %v", s, n, again, err)
		}
		if strings.Trim(n.String(), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/") != "" || len(n.String()) > maxName {
			t.Fatalf("%q leaves as %q", s, n)
		}
	})
}

func TestAStreamIsReadTheSameHoweverItIsCut(t *testing.T) {
	const text = `{"status":"pulling manifest"}
{"status":"pulling a","digest":"sha256:a","total":10,"completed":4}

{"status":"pulling a","digest":"sha256:a","total":10,"completed":10}
{"status":"pulling b","digest":"sha256:b","total":5}
{"status":"something new"}
{"status":"verifying sha256 digest"}
{"status":"success"}
this is not read any more`
	read := func(r io.Reader) []Progress {
		var out []Progress
		if err := readStream(r, func(p Progress) { out = append(out, p) }); err != nil {
			t.Fatal(err)
		}
		return out
	}
	whole, bytewise := read(strings.NewReader(text)), read(iotest.OneByteReader(strings.NewReader(text)))
	if len(whole) != 7 || len(bytewise) != 7 {
		t.Fatalf("%d and %d lines", len(whole), len(bytewise))
	}
	for i := range whole {
		if whole[i] != bytewise[i] {
			t.Errorf("%+v and %+v", whole[i], bytewise[i])
		}
	}
	if want := (Progress{PhaseLoad, 10, 15}); whole[4] != want {
		t.Errorf("%+v, want %+v", whole[4], want)
	}
}

func TestNoStreamWithoutSuccessSucceeds(t *testing.T) {
	for text, want := range map[string]error{
		"":                    io.EOF,
		"\n\n":                io.EOF,
		`{"status":"success"`: errNoLine,
		`{"status":"pulling manifest"}` + "\n" + `{"status":"success"`: io.EOF,
		`{"object":"list"}`:                    errNoLine,
		`{"status":"writing manifest"}` + "\n": io.EOF,
		"<html>\n":                             errNoLine,
		"[1]\n":                                errNoLine,
		"null\n":                               errNoLine,
		`{"status":3}` + "\n":                  errNoLine,
		strings.Repeat("x", maxLine+1) + "\n":  errNoLine,
	} {
		if err := readStream(strings.NewReader(text), func(Progress) {}); !errors.Is(err, want) {
			t.Errorf("%.40q: %v, want %v", text, err, want)
		}
	}
	var said *saidError
	for _, text := range []string{`{"error":"x"}`, `{"error":"x"}` + "\n", `{"status":"success","error":"x"}` + "\n", `{"error":""}` + "\n"} {
		if err := readStream(strings.NewReader(text), func(Progress) {}); !errors.As(err, &said) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// FuzzPullStream holds that whatever a server sends, progress stays in range
// and success needs its line.
func FuzzPullStream(f *testing.F) {
	f.Add([]byte(`{"status":"pulling manifest"}` + "\n" + `{"status":"success"}` + "\n"))
	f.Add([]byte(`{"digest":"sha256:a","total":9223372036854775807,"completed":-1}` + "\n"))
	f.Add([]byte(`{"digest":"a","total":1e30}` + "\n{\"error\":\"x\"}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		err := readStream(bytes.NewReader(text), func(p Progress) {
			if p.Completed < 0 || p.Total < p.Completed {
				t.Fatalf("%+v", p)
			}
		})
		if err != nil {
			return
		}
		for _, l := range bytes.Split(text, []byte("\n")) {
			var v struct{ Status string }
			if json.Unmarshal(l, &v) == nil && v.Status == "success" {
				return
			}
		}
		t.Fatal("success without its line")
	})
}
