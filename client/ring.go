package client

import (
	"bytes"
	"regexp"
	"strings"
	"sync"
)

// The bounds of a [ring], in bytes.
const (
	ringBytes = 64 << 10
	ringLine  = 2 << 10
)

// ring keeps the newest lines that a process wrote. It is safe for concurrent use.
type ring struct {
	mu   sync.Mutex
	done []string // whole lines
	size int      // bytes of them
	part []byte   // the line that is being written, cut at ringLine
	more bool     // part was cut
}

// Write implements [io.Writer]. It never fails.
func (r *ring) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(p)
	for {
		line, rest, whole := bytes.Cut(p, []byte{'\n'})
		if room := ringLine - len(r.part); len(line) > room {
			line, r.more = line[:room], true
		}
		r.part = append(r.part, line...)
		if !whole {
			return n, nil
		}
		r.end()
		p = rest
	}
}

// add keeps a line of another source.
func (r *ring) add(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.part) > 0 {
		r.end()
	}
	if len(line) > ringLine {
		line = line[:ringLine] + "…"
	}
	r.keep(line)
}

// end needs the lock.
func (r *ring) end() {
	line := strings.ToValidUTF8(strings.TrimRight(string(r.part), "\r"), "\uFFFD")
	if r.more {
		line += "…"
	}
	r.part, r.more = r.part[:0], false
	if line != "" {
		r.keep(line)
	}
}

func (r *ring) keep(line string) {
	r.done = append(r.done, line)
	r.size += len(line) + 1
	if r.size <= ringBytes {
		return
	}
	// A quarter at a time, so that a flood is not copied line by line.
	drop := 0
	for ; r.size > ringBytes*3/4; drop++ {
		r.size -= len(r.done[drop]) + 1
	}
	r.done = append(r.done[:0:0], r.done[drop:]...)
}

// lines returns what is kept, the oldest first.
func (r *ring) lines() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := append([]string(nil), r.done...)
	if len(r.part) > 0 {
		out = append(out, strings.ToValidUTF8(string(r.part), "\uFFFD"))
	}
	return out
}

// Bounds of what [ring.telling] looks at and returns, in lines and bytes.
const (
	tellingLook = 100
	tellingLine = 300
)

// trouble recognises a line that is likely to say why a program ended, and frame one of a stack, which never does.
var (
	trouble = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)\b\w*(error|exception)\b|\b(fatal|panic|failed|denied|cannot|refused|invalid|missing|required|no such|not found|not set|usage)\b`)
	})
	frameLine = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^\s+(at |File "|\S+\.go:\d+)|^goroutine \d+ |^\s*[\^{}]+,?$`)
	})
)

// telling returns up to n lines that may say why a process ended: of the newest ones those that speak of an error, and the last ones, without
// the frames of stacks that interpreters print behind them.
func (r *ring) telling(n int) string {
	l := r.lines()
	l = l[max(0, len(l)-tellingLook):]
	keep := make([]bool, len(l))
	left := n
	for pass := range 2 {
		for i := len(l) - 1; i >= 0 && left > 0; i-- {
			if keep[i] || frameLine().MatchString(l[i]) || pass == 0 && (!trouble().MatchString(l[i]) || left <= n/2) {
				continue
			}
			keep[i] = true
			left--
		}
	}
	var out []string
	for i, line := range l {
		if keep[i] {
			if len(line) > tellingLine {
				line = strings.ToValidUTF8(line[:tellingLine], "") + "…"
			}
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}
