package ollama

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	fake "github.com/tftsr/tftsr/internal/fakes/ollama"
)

// quick makes pulls of the fake take a few steps of a millisecond.
var quick = fake.Options{Tick: time.Millisecond, Speed: 600e9}

func serve(t *testing.T, h http.Handler, change ...func(*Options)) *Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	o := Options{Host: srv.URL}
	for _, c := range change {
		c(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func name(t *testing.T, s string) Name {
	t.Helper()
	n, err := ParseName(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAModelIsPulledListedShownAndDeleted(t *testing.T) {
	f := fake.New(quick)
	c := serve(t, f)
	ctx := t.Context()
	if v, err := c.Version(ctx); err != nil || v != "0.17.4" {
		t.Fatal(v, err)
	}
	if list, err := c.List(ctx); err != nil || list == nil || len(list) != 0 {
		t.Fatal(list, err)
	}
	var seen []Progress
	if err := c.Pull(ctx, name(t, "qwen3:8b"), func(p Progress) { seen = append(seen, p) }); err != nil {
		t.Fatal(err)
	}
	last := seen[len(seen)-1]
	if seen[0].Phase != PhaseManifest || last.Phase != PhaseDone || last.Completed != last.Total || last.Total < 5e9 || len(seen) < 8 {
		t.Errorf("%d lines, from %+v to %+v", len(seen), seen[0], last)
	}
	for i := 1; i < len(seen); i++ {
		if seen[i].Completed < seen[i-1].Completed || seen[i].Completed > seen[i].Total {
			t.Errorf("%+v follows %+v", seen[i], seen[i-1])
		}
	}
	list, err := c.List(ctx)
	if err != nil || len(list) != 1 || list[0].Name != "qwen3:8b" || list[0].Size != last.Total || list[0].Details.Quantization != "Q4_K_M" {
		t.Fatalf("%+v, %v", list, err)
	}
	s, err := c.Show(ctx, name(t, "QWEN3:8B"))
	if err != nil || !slices.Contains(s.Capabilities, "tools") || s.ModelInfo["qwen3.block_count"] != 36.0 || s.Template == "" || s.License == "" {
		t.Fatalf("%+v, %v", s, err)
	}
	if err := c.Delete(ctx, name(t, "qwen3:8b")); err != nil || f.Has("qwen3:8b") {
		t.Fatal(err)
	}
	if loaded, err := c.Loaded(ctx); err != nil || len(loaded) != 0 {
		t.Fatal(loaded, err)
	}
}

func TestAPullThatWasStoppedGoesOnFromThere(t *testing.T) {
	f := fake.New(fake.Options{Tick: time.Millisecond, Speed: 50e9})
	c := serve(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	err := c.Pull(ctx, name(t, "qwen3:8b"), func(p Progress) {
		if p.Completed > 1e9 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "goes on from there") || f.Has("qwen3:8b") {
		t.Fatal(err)
	}
	f.Set(func(o *fake.Options) { o.Speed = 0 })
	first := int64(-1)
	err = c.Pull(t.Context(), name(t, "qwen3:8b"), func(p Progress) {
		if first < 0 && p.Total > 0 {
			first = p.Completed
		}
	})
	if err != nil || first < 1e9 || !f.Has("qwen3:8b") {
		t.Errorf("it began at %d, %v", first, err)
	}
}

// TestEveryEndOfAPullHasItsOwnSentence holds what each failure of a pull is
// called, and that the server's own words are kept apart from ours.
func TestEveryEndOfAPullHasItsOwnSentence(t *testing.T) {
	for _, tt := range []struct {
		name  string
		setup func(*fake.Fake)
		model string
		want  Kind
		says  string
	}{
		{"no such model", func(*fake.Fake) {}, "qwen33:8b", KindUnknownModel, "pull model manifest: file does not exist"},
		{"registry away", func(f *fake.Fake) { f.Set(func(o *fake.Options) { o.Offline = true }) }, "qwen3:8b", KindRegistry, "no such host"},
		{"wrong digest", func(f *fake.Fake) { f.Corrupt("qwen3:8b") }, "qwen3:8b", KindDigest, "digest mismatch"},
		{"full disk", func(f *fake.Fake) { f.Set(func(o *fake.Options) { o.Free = 3e9; o.Speed = 500e9 }) }, "qwen3:8b", KindDiskFull, "no space left on device"},
		{"full disk of Windows", func(f *fake.Fake) {
			f.Fail("qwen3:8b", `write C:\Users\x\.ollama\models\blobs\sha256-x-partial: There is not enough space on the disk.`)
		}, "qwen3:8b", KindDiskFull, "not enough space"},
		{"old server", func(*fake.Fake) {}, "newest:1b", KindOutdated, "attempting to pull"},
		{"registry fails", func(f *fake.Fake) { f.Fail("qwen3:8b", "max retries exceeded: unexpected EOF") }, "qwen3:8b", KindRegistry, "max retries"},
		{"login", func(f *fake.Fake) { f.Fail("qwen3:8b", "unauthorized: access denied") }, "qwen3:8b", KindRegistryLogin, "access denied"},
		{"too many", func(f *fake.Fake) { f.Fail("qwen3:8b", "pull model manifest: 429: slow down") }, "qwen3:8b", KindLimited, "slow down"},
		{"unknown words", func(f *fake.Fake) { f.Fail("qwen3:8b", "the moon is in the wrong house") }, "qwen3:8b", KindServer, "moon"},
		{"cut", func(f *fake.Fake) { f.Cut("qwen3:8b") }, "qwen3:8b", KindInterrupted, ""},
		{"silent", func(f *fake.Fake) { f.Silence("qwen3:8b") }, "qwen3:8b", KindStalled, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := fake.New(fake.Options{Tick: time.Millisecond})
			tt.setup(f)
			c := serve(t, f, func(o *Options) { o.StallTime = 300 * time.Millisecond })
			err := c.Pull(t.Context(), name(t, tt.model), nil)
			var e *Error
			if !errors.As(err, &e) || e.Kind != tt.want || !strings.Contains(e.Reason, tt.says) {
				t.Fatalf("%v: %+v", err, e)
			}
			if tt.says != "" && strings.Contains(e.Error(), tt.says) {
				t.Errorf("the words of the server are in %q, which nobody clears", e)
			}
			if tt.want == KindUnknownModel && !strings.Contains(e.Error(), "there is qwen3:8b") {
				t.Errorf("what may have been meant is not in %q", e)
			}
			if f.Has(tt.model) {
				t.Error("the model is there")
			}
			// After what went wrong once, it works.
			f.Set(func(o *fake.Options) { o.Offline, o.Free = false, 0 })
			if tt.model == "qwen3:8b" {
				if err := c.Pull(t.Context(), name(t, tt.model), nil); err != nil {
					t.Errorf("again: %v", err)
				}
			}
		})
	}
}

func TestEverySentenceIsThere(t *testing.T) {
	for _, w := range pullWords {
		if sentences[w.kind] == "" {
			t.Errorf("%s has none", w.kind)
		}
		if w.words != strings.ToLower(w.words) {
			t.Errorf("%q is never found: what is searched is in lower case", w.words)
		}
	}
}

func TestWhatIsNotThereIsNamedWithWhatIsLikeIt(t *testing.T) {
	c := serve(t, fake.New(fake.Options{Installed: []string{"qwen3:8b", "llama3.2:3b"}}))
	_, err := c.Show(t.Context(), name(t, "qwen3:7b"))
	if KindOf(err) != KindNotFound || !strings.Contains(err.Error(), "qwen3:7b; it has qwen3:8b") {
		t.Error(err)
	}
	err = c.Delete(t.Context(), name(t, "lama3.2:3b"))
	if KindOf(err) != KindNotFound || !strings.Contains(err.Error(), "it has llama3.2:3b") {
		t.Error(err)
	}
	var e *Error
	if errors.As(err, &e); e.Lost || e.Reason != "model 'lama3.2:3b' not found" {
		t.Errorf("%+v", e)
	}
}

func TestNothingThatListensIsToldWithHowToStartIt(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	c, err := New(Options{Host: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	srv.Close()
	for goos, want := range map[string]string{"linux": "systemctl start ollama", "darwin": "open the Ollama app", "windows": "Start menu", "plan9": "ollama serve"} {
		c.goos = goos
		_, err := c.Version(t.Context())
		if KindOf(err) != KindNotRunning || !strings.Contains(err.Error(), "Ollama is not running: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", goos, err)
		}
		if err := c.Pull(t.Context(), name(t, "qwen3:8b"), nil); KindOf(err) != KindNotRunning {
			t.Errorf("a pull: %v", err)
		}
		if err := c.Delete(t.Context(), name(t, "qwen3:8b")); KindOf(err) != KindNotRunning || strings.Contains(err.Error(), "may have been done") {
			t.Errorf("a deletion: %v", err)
		}
	}
}

// TestWhatIsNotOllamaIsToldSo holds it for the things that listen on its port
// or stand before it.
func TestWhatIsNotOllamaIsToldSo(t *testing.T) {
	write := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Location", "https://login.example.org/?next=secret")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	for what, tt := range map[string]struct {
		h    http.HandlerFunc
		want Kind
	}{
		"a web page":         {write(200, "text/html", "<html>"), KindProtocol},
		"another interface":  {write(200, "application/json", `{"object":"list"}`), KindProtocol},
		"a missing page":     {write(404, "text/plain", "404 page not found"), KindProtocol},
		"a redirect":         {write(302, "text/html", ""), KindProtocol},
		"a login":            {write(401, "application/json", `{"error":"who are you"}`), KindForbidden},
		"a host check":       {write(403, "", ""), KindForbidden},
		"a proxy that fails": {write(502, "text/html", "bad gateway"), KindServer},
		"too much":           {write(200, "application/json", `{"version":"`+strings.Repeat("x", maxAnswer)+`"}`), KindTooLarge},
	} {
		c := serve(t, tt.h)
		calls := map[string]func() error{
			"version": func() error { _, err := c.Version(t.Context()); return err },
			"list":    func() error { _, err := c.List(t.Context()); return err },
		}
		if what != "too much" {
			calls["pull"] = func() error { return c.Pull(t.Context(), name(t, "qwen3:8b"), nil) }
		}
		for call, do := range calls {
			if err := do(); KindOf(err) != tt.want || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s, %s: %v is %q, want %q", what, call, err, KindOf(err), tt.want)
			}
		}
	}
}

func TestADeletionWithoutAnAnswerIsNotRepeated(t *testing.T) {
	calls := 0
	c := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		calls++
		panic(http.ErrAbortHandler)
	}))
	err := c.Delete(t.Context(), name(t, "qwen3:8b"))
	var e *Error
	if !errors.As(err, &e) || !e.Lost || calls != 1 || !strings.Contains(err.Error(), "may have been done") {
		t.Errorf("%v after %d calls", err, calls)
	}
}

func TestARegistryMustBeConfigured(t *testing.T) {
	f := fake.New(quick)
	c := serve(t, f)
	n := name(t, "hf.co/bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M")
	err := c.Pull(t.Context(), n, nil)
	if !errors.Is(err, ErrRegistry) || !strings.Contains(err.Error(), "ollama.registries") || f.Calls("POST /api/pull") != 0 {
		t.Fatalf("%v, %d calls", err, f.Calls("POST /api/pull"))
	}
	if _, err := c.PullBody(n); !errors.Is(err, ErrRegistry) {
		t.Error(err)
	}
	c = serve(t, f, func(o *Options) { o.Registries = []string{"HF.co", "http://127.0.0.1:5000"} })
	if err := c.Pull(t.Context(), n, nil); err != nil {
		t.Error(err)
	}
	for text, want := range map[string]string{
		"hf.co/a/b:c":            `{"model":"hf.co/a/b:c","stream":true}`,
		"127.0.0.1:5000/a/b":     `{"model":"127.0.0.1:5000/a/b:latest","insecure":true,"stream":true}`,
		"qwen3":                  `{"model":"qwen3:latest","stream":true}`,
		"registry.ollama.ai/x/y": `{"model":"x/y:latest","stream":true}`,
	} {
		if body, err := c.PullBody(name(t, text)); err != nil || string(body) != want {
			t.Errorf("%s is sent as %s, %v", text, body, err)
		}
	}
	for _, text := range []string{"127.0.0.1:5001/a/b", "127.0.0.1/a/b", "hf.co:443/a/b", "hf.co.evil.example/a/b"} {
		if _, err := c.PullBody(name(t, text)); !errors.Is(err, ErrRegistry) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestPullsOutliveTheCallThatBeganThem(t *testing.T) {
	f := fake.New(fake.Options{Tick: time.Millisecond, Speed: 10e9})
	c := serve(t, f)
	n := name(t, "qwen3:8b")
	var pulls Pulls
	run := func(ctx context.Context, on func(Progress)) error { return c.Pull(ctx, n, on) }
	q, began, err := pulls.Start("ann", n, run)
	if err != nil || !began {
		t.Fatal(began, err)
	}
	over, err := q.Wait(t.Context(), 30*time.Millisecond, time.Millisecond, func(Progress) {})
	if over || err != nil {
		t.Fatal(over, err)
	}
	again, began, err := pulls.Start("ben", name(t, "QWEN3:8b"), run)
	if err != nil || began || again != q || again.Owner != "ann" {
		t.Fatal("a second pull of the same model", began, err)
	}
	f.Set(func(o *fake.Options) { o.Speed = 0 })
	if over, err := again.Wait(t.Context(), time.Minute, time.Millisecond, func(Progress) {}); !over || err != nil {
		t.Fatal(over, err)
	}
	if pulls.Find(n) != q {
		t.Error("its end is forgotten before it was told")
	}
	pulls.Forget(q)
	if pulls.Find(n) != nil || f.Calls("POST /api/pull") != 1 {
		t.Error("its end is told twice, or it was pulled twice")
	}
}

func TestClosingStopsPullsAndWaitsForThem(t *testing.T) {
	var pulls Pulls
	ended := false
	q, _, err := pulls.Start("ann", name(t, "a"), func(ctx context.Context, _ func(Progress)) error {
		<-ctx.Done()
		time.Sleep(20 * time.Millisecond) // As the record takes its time.
		ended = true
		return ctx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := pulls.Close(t.Context()); err != nil || !ended {
		t.Fatal(err, ended)
	}
	if over, err := q.Wait(t.Context(), time.Second, time.Second, func(Progress) {}); !over || !errors.Is(err, context.Canceled) {
		t.Error(over, err)
	}
	if _, _, err := pulls.Start("ann", name(t, "b"), nil); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestPullsAreBounded(t *testing.T) {
	var pulls Pulls
	for _, text := range []string{"a", "b", "c", "d", "e"} {
		_, began, err := pulls.Start("ann", name(t, text), func(ctx context.Context, _ func(Progress)) error { <-ctx.Done(); return nil })
		if text == "e" != errors.Is(err, ErrPulls) || began == (text == "e") {
			t.Error(text, began, err)
		}
	}
	pulls.Find(name(t, "a")).Stop()
	for range 1000 {
		if _, _, err := pulls.Start("ann", name(t, "f"), func(context.Context, func(Progress)) error { return nil }); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if pulls.Find(name(t, "f")) == nil {
		t.Error("a pull that ended still counts")
	}
	if err := pulls.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestEveryPlatformHasAGuide(t *testing.T) {
	for _, p := range append(Platforms(), "macos", "Windows") {
		if g, ok := GuideFor(p); !ok || len(g.Steps) < 3 || !strings.HasPrefix(g.Source, "https://docs.ollama.com/") {
			t.Errorf("%s: %+v", p, g)
		}
	}
	if _, ok := GuideFor("amiga"); ok {
		t.Error("a guide for what there is none for")
	}
}
