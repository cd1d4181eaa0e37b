package gate

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

// surfaces are all ways by which text leaves the clearer.
var surfaces = map[string]func(*clearer, string) (string, error){
	"Clear": func(c *clearer, text string) (string, error) {
		got, err := c.Clear(asHost(), Host, text)
		if err != nil {
			return fmt.Sprint(got), err
		}
		return got.Text(Host)
	},
	"RedactText": func(c *clearer, text string) (string, error) {
		out, _, err := c.RedactText(asHost(), pii.ModeRaw, text)
		return out, err
	},
	"RedactJSON": func(c *clearer, text string) (string, error) {
		doc, _ := json.Marshal([]string{text})
		out, _, err := c.RedactJSON(asHost(), pii.ModeRaw, doc)
		return string(out), err
	},
	"ClearArgs": func(c *clearer, text string) (string, error) {
		doc, _ := json.Marshal(map[string]string{"x": text})
		out, _, _, err := c.ClearArgs(asHost(), ArgSpec{}, doc)
		return string(out), err
	},
	"RedactStream": func(c *clearer, text string) (string, error) {
		var out bytes.Buffer
		_, err := c.RedactStream(asHost(), pii.ModeRaw, &out, strings.NewReader(text))
		return out.String(), err
	},
	"KeepResult": func(c *clearer, text string) (string, error) {
		return c.KeepResult(asHost(), "tool", []byte(text))
	},
}

func TestClearingFailsClosed(t *testing.T) {
	errStore := errors.New("disk I/O error")
	for name, surface := range surfaces {
		for _, tc := range []struct {
			name string
			want error
			set  func(*testing.T, *clearer, *brokenStore)
		}{
			{"scanner error", ErrScan, func(t *testing.T, c *clearer, _ *brokenStore) {
				(&fakeEngine{fail: errors.New("boom")}).install(t, c)
			}},
			{"scanner panic", ErrScan, func(t *testing.T, c *clearer, _ *brokenStore) {
				(&fakeEngine{hook: func() { panic(allPlanted()) }}).install(t, c)
			}},
			{"scanner too slow", ErrScan, func(t *testing.T, c *clearer, _ *brokenStore) {
				c.config.Limits.ScanTimeout = 20 * time.Millisecond
				done := make(chan struct{})
				t.Cleanup(func() { close(done) })
				(&fakeEngine{hook: func() { <-done }}).install(t, c)
			}},
			{"vault locked", store.ErrLocked, func(_ *testing.T, _ *clearer, s *brokenStore) { s.allocate = store.ErrLocked }},
			{"vault unreadable", errStore, func(_ *testing.T, c *clearer, s *brokenStore) {
				s.known = errStore
				c.state.Store(nil)
			}},
			{"releases unreadable", errStore, func(_ *testing.T, c *clearer, s *brokenStore) {
				s.generation = errStore
				c.state.Store(nil)
			}},
		} {
			t.Run(name+"/"+tc.name, func(t *testing.T) {
				o := testOptions(t)
				s := &brokenStore{Store: o.Store}
				o.Store = s
				var log bytes.Buffer
				o.Logger = slog.New(slog.NewTextHandler(&log, nil))
				c := testClearer(t, o)
				tc.set(t, c, s)
				out, err := surface(c, allPlanted())
				wantError(t, err, tc.want)
				wantNothingPlanted(t, "the output", out)
				wantNothingPlanted(t, "the log", log.String())
				if clean, _, _ := c.Check(asHost(), []byte(allPlanted())); clean {
					t.Error("text with originals is said to be clean")
				}
			})
		}
	}
}

func TestOutputThatIsNotCleanDoesNotLeave(t *testing.T) {
	for _, name := range []string{"Clear", "RedactText", "RedactJSON", "ClearArgs", "KeepResult"} {
		c := testClearer(t, testOptions(t))
		(&fakeEngine{keep: true}).install(t, c)
		out, err := surfaces[name](c, planted[0].text)
		wantError(t, err, ErrScan)
		wantNothingPlanted(t, name, out)
	}
}

func TestCancelledScanIsNotATimeout(t *testing.T) {
	c := testClearer(t, testOptions(t))
	ctx, cancel := context.WithCancel(asHost())
	done := make(chan struct{})
	defer close(done)
	(&fakeEngine{hook: func() { cancel(); <-done }}).install(t, c)
	_, err := c.Clear(ctx, Host, "text")
	if !errors.Is(err, context.Canceled) || errors.Is(err, ErrScan) {
		t.Errorf("error is %v", err)
	}
}

func TestStuckScansAreBounded(t *testing.T) {
	c := testClearer(t, testOptions(t))
	c.config.Limits.ScanTimeout = time.Millisecond
	done := make(chan struct{})
	f := &fakeEngine{hook: func() { <-done }}
	f.install(t, c)
	for range maxStuck {
		if _, err := c.Clear(asHost(), Host, "text"); !errors.Is(err, ErrScan) {
			t.Fatal(err)
		}
	}
	c.config.Limits.ScanTimeout = time.Hour // Were it waited for, the test would hang.
	if _, err := c.Clear(asHost(), Host, "text"); !errors.Is(err, ErrScan) {
		t.Fatal(err)
	}
	close(done)
	for deadline := time.Now().Add(10 * time.Second); c.stuck.Load() != 0; {
		if time.Now().After(deadline) {
			t.Fatalf("%d scans count as stuck although all have ended", c.stuck.Load())
		}
		time.Sleep(time.Millisecond)
	}
	if _, err := c.Clear(asHost(), Host, "text"); err != nil {
		t.Errorf("after the scans have ended: %v", err)
	}
}

// nothingStored fails if a log is visible or an original is anywhere but in the
// vault.
func nothingStored(t *testing.T, s store.Store, issue string) {
	t.Helper()
	logs, err := s.LogsOf(context.Background(), issue)
	if err != nil || len(logs) > 0 {
		t.Errorf("logs are %v, %v", logs, err)
	}
}

// failingReader gives text and then an error.
type failingReader struct {
	r   io.Reader
	err error
}

func (f failingReader) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if errors.Is(err, io.EOF) {
		err = f.err
	}
	return n, err
}

func TestRedactLogFailsClosed(t *testing.T) {
	errRead := errors.New("input/output error")
	for _, tc := range []struct {
		name string
		want error
		req  func(t *testing.T, c *clearer, s *brokenStore, req *LogRequest) context.Context
	}{
		{"scanner error", ErrScan, func(t *testing.T, c *clearer, _ *brokenStore, _ *LogRequest) context.Context {
			(&fakeEngine{fail: errors.New("boom")}).install(t, c)
			return nil
		}},
		{"scanner panic", ErrScan, func(t *testing.T, c *clearer, _ *brokenStore, _ *LogRequest) context.Context {
			n := 0
			(&fakeEngine{hook: func() {
				if n++; n == 3 {
					panic(allPlanted())
				}
			}}).install(t, c)
			return nil
		}},
		{"scanner too slow", ErrScan, func(t *testing.T, c *clearer, _ *brokenStore, _ *LogRequest) context.Context {
			c.config.Limits.ScanTimeout = 50 * time.Millisecond
			n := 0
			(&fakeEngine{hook: func() {
				if n++; n == 3 {
					time.Sleep(150 * time.Millisecond)
				}
			}}).install(t, c)
			return nil
		}},
		{"vault locked", store.ErrLocked, func(_ *testing.T, _ *clearer, s *brokenStore, _ *LogRequest) context.Context {
			s.allocate = store.ErrLocked
			return nil
		}},
		{"vault locked, pipe", store.ErrLocked, func(_ *testing.T, _ *clearer, s *brokenStore, req *LogRequest) context.Context {
			s.allocate = store.ErrLocked
			req.R = onlyReader{req.R}
			return nil
		}},
		{"store full", store.ErrFull, func(_ *testing.T, _ *clearer, s *brokenStore, _ *LogRequest) context.Context {
			s.span = store.ErrFull
			return nil
		}},
		{"unreadable", errRead, func(_ *testing.T, _ *clearer, _ *brokenStore, req *LogRequest) context.Context {
			req.R = failingReader{req.R, errRead}
			return nil
		}},
		{"too large", ErrTooLarge, func(_ *testing.T, _ *clearer, _ *brokenStore, req *LogRequest) context.Context {
			req.MaxBytes = 100
			return nil
		}},
		{"gzip bomb", ErrTooLarge, func(t *testing.T, _ *clearer, _ *brokenStore, req *LogRequest) context.Context {
			req.R = bytes.NewReader(gzipped(t, strings.Repeat("a", 8<<20)))
			req.MaxBytes = 1 << 20
			return nil
		}},
		{"gzip cut", io.ErrUnexpectedEOF, func(t *testing.T, _ *clearer, _ *brokenStore, req *LogRequest) context.Context {
			b := gzipped(t, allPlanted())
			req.R = bytes.NewReader(b[:len(b)-9])
			return nil
		}},
		{"gzip damaged", gzip.ErrChecksum, func(t *testing.T, _ *clearer, _ *brokenStore, req *LogRequest) context.Context {
			b := gzipped(t, allPlanted())
			b[len(b)-8] ^= 1
			req.R = bytes.NewReader(b)
			return nil
		}},
		{"rubbish after gzip", gzip.ErrHeader, func(t *testing.T, _ *clearer, _ *brokenStore, req *LogRequest) context.Context {
			req.R = bytes.NewReader(append(gzipped(t, "a"), allPlanted()...))
			return nil
		}},
		{"cancelled", context.Canceled, func(_ *testing.T, _ *clearer, _ *brokenStore, req *LogRequest) context.Context {
			ctx, cancel := context.WithCancel(asHost())
			req.Progress = func(n int64) {
				if n > 1<<20 {
					cancel()
				}
			}
			return ctx
		}},
		{"no caller", ErrNoCaller, func(*testing.T, *clearer, *brokenStore, *LogRequest) context.Context {
			return context.Background()
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := testOptions(t)
			s := &brokenStore{Store: o.Store}
			o.Store = s
			c := testClearer(t, o)
			issue := testIssue(t, o.Store)
			req := LogRequest{IssueID: issue, Name: "a", R: strings.NewReader(strings.Repeat(allPlanted(), 4000))}
			ctx := tc.req(t, c, s, &req)
			if ctx == nil {
				ctx = asHost()
			}
			l, findings, err := c.RedactLog(ctx, req)
			if l != nil || findings != nil {
				t.Error("a log was returned")
			}
			wantError(t, err, tc.want)
			nothingStored(t, s, issue)
		})
	}
}
