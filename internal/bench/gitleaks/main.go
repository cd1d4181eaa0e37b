// Gitleaks scans one file with gitleaks and with internal/pii in one run and prints what each costs, with the speed of
// the machine beside it. It is a module of its own, so that the product does not depend on gitleaks.
//
// Gitleaks looks for secrets only, this engine for secrets and personal data; gitleaks gets the text in pieces of 100 kB,
// as its own command reads files, because its cost per byte grows with the size of a piece.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/zricethezav/gitleaks/v8/detect"

	"github.com/tftsr/tftsr/internal/bench/plainlog"
	"github.com/tftsr/tftsr/internal/pii"
)

func main() {
	log := flag.NewFlagSet("gitleaks", flag.ExitOnError)
	runs := log.Int("n", 5, "runs of each; the median counts")
	most := log.Int("gitleaks-bytes", 4<<20, "bytes of the file that gitleaks scans, for it is slow")
	_ = log.Parse(os.Args[1:])
	if log.NArg() > 1 {
		fmt.Fprintln(os.Stderr, "usage: gitleaks [-n runs] [FILE]")
		os.Exit(2)
	}
	if err := run(log.Arg(0), *runs, *most); err != nil {
		fmt.Fprintln(os.Stderr, "gitleaks:", err)
		os.Exit(1)
	}
}

func run(name string, runs, most int) error {
	text := plainlog.Make(16<<20, true)
	if name == "" {
		name = "log with a secret every hundred lines"
	} else {
		var err error
		if text, err = os.ReadFile(name); err != nil {
			return err
		}
		if len(text) == 0 {
			return fmt.Errorf("%s is empty", name)
		}
	}
	fmt.Printf("%s: %d bytes; MB (10^6 bytes) a second of processor time, median of %d\n", name, len(text), runs)
	dst := make([]byte, len(text))
	measure("copy of the text", text, runs, func(b []byte) int { return copy(dst, b) })
	measure("loop that skips words", text, runs, skipWords)
	scanner, err := pii.NewScanner(pii.Options{})
	if err != nil {
		return err
	}
	var found []pii.Finding
	measure("tftsr, scan", text, runs, func(b []byte) int {
		found = scanner.Scan(found[:0], b)
		return len(found)
	})
	var failed error
	measure("tftsr, redact and scan again", text, runs, func(b []byte) int {
		tokens := pii.NewMemoryAllocator()
		final := pii.NewRedactor(scanner, tokens, pii.ModeCleared, io.Discard)
		r := pii.NewRedactor(scanner, tokens, pii.ModeRaw, final)
		_, err := r.Write(b)
		for _, f := range []func() error{r.Close, final.Close} {
			if err == nil {
				err = f()
			}
		}
		if err != nil {
			failed = err
		}
		stats := r.Stats()
		return int(stats.Redacted.Total())
	})
	if failed != nil {
		return failed
	}
	detector, err := detect.NewDetectorDefaultConfig()
	if err != nil {
		return err
	}
	measure("gitleaks", text[:min(len(text), most)], runs, func(b []byte) int {
		n := 0
		for len(b) > 0 {
			k := min(len(b), 100_000)
			if nl := bytes.LastIndexByte(b[:k], '\n'); nl >= 0 {
				k = nl + 1
			}
			n += len(detector.DetectBytes(b[:k]))
			b = b[k:]
		}
		return n
	})
	return nil
}

// measure prints the speed of f on text and what it returns.
func measure(what string, text []byte, runs int, f func([]byte) int) {
	speeds := make([]float64, max(1, runs))
	n := 0
	for i := range speeds {
		start := cpuTime()
		n = f(text)
		speeds[i] = float64(len(text)) / 1e6 / (cpuTime() - start).Seconds()
	}
	slices.Sort(speeds)
	fmt.Printf("  %-30s %9.1f MB/s  %d\n", what, speeds[len(speeds)/2], n)
}

// cpuTime returns the processor time that the program has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

var isWord = func() (t [256]bool) {
	for c := range t {
		t[c] = c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
	}
	return t
}()

// skipWords counts words: the least that a scanner which looks at words does.
func skipWords(b []byte) int {
	n := 0
	for i := 0; i < len(b); i++ {
		if !isWord[b[i]] {
			continue
		}
		for i < len(b) && isWord[b[i]] {
			i++
		}
		n++
	}
	return n
}
