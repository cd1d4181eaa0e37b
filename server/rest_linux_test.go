package server

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

func TestOnlyReadOnlyMappingsOfTheProgramAreGivenBack(t *testing.T) {
	const exe = "/usr/local/bin/tftsr"
	for _, c := range []struct {
		line     string
		from, to uintptr
		ok       bool
	}{
		{"00400000-018fa000 r-xp 00000000 fe:00 917519                             /usr/local/bin/tftsr", 0x400000, 0x18fa000, true},
		{"018fa000-03c8c000 r--p 014fa000 fe:00 917519                             /usr/local/bin/tftsr", 0x18fa000, 0x3c8c000, true},
		{"03c8c000-03d40000 rw-p 0388c000 fe:00 917519                             /usr/local/bin/tftsr", 0, 0, false},
		{"7f1000000000-7f1000021000 rw-p 00000000 00:00 0 ", 0, 0, false},
		{"7ffd3a5c2000-7ffd3a5c4000 r-xp 00000000 00:00 0                          [vdso]", 0, 0, false},
		{"7f1000400000-7f1000421000 r--p 00000000 fe:00 12                         /usr/lib/libc.so.6", 0, 0, false},
		{"00400000-018fa000 r-xp 00000000 fe:00 917519                             /usr/local/bin/tftsr2", 0, 0, false},
		{"00400000 r-xp 00000000 fe:00 917519 /usr/local/bin/tftsr", 0, 0, false},
		{"Rss:                 120 kB", 0, 0, false},
		{"", 0, 0, false},
	} {
		from, to, ok := programMapping(c.line, exe)
		if ok != c.ok || ok && (from != c.from || to != c.to) {
			t.Errorf("%q: %x to %x, %v", c.line, from, to, ok)
		}
	}
}

// TestAProgramRunsOnWithoutItsPages gives the pages of this test back while
// others of it run, and sees that they come again and that fewer are held.
func TestAProgramRunsOnWithoutItsPages(t *testing.T) {
	stop, done := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		for {
			select {
			case <-stop:
				done <- n
				return
			default:
				n += len(strings.Fields(strconv.Itoa(n)))
			}
		}
	}()
	before := residentFile(t)
	for range 20 {
		releaseProgram()
		runtime.GC()
	}
	after := residentFile(t)
	close(stop)
	if n := <-done; n == 0 {
		t.Error("what ran beside it stood still")
	}
	t.Logf("pages of files held: %d KiB before, %d after", before, after)
	if after >= before {
		t.Errorf("the program holds %d KiB of files, %d before", after, before)
	}
}

// residentFile reads RssFile of this process, in KiB (proc_pid_status(5)).
func residentFile(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(b), "RssFile:")
	if !ok {
		t.Fatal("no RssFile in the status")
	}
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}
