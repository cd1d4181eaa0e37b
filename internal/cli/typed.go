package cli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"unicode/utf8"
)

// maxSaid is the longest line that a person types, in bytes.
const maxSaid = 20_000

// cutLine is the length, in bytes, of a line that the terminal driver has cut:
// Linux keeps 4096 bytes of a line, its end included, and drops the rest without
// a word (N_TTY_BUF_SIZE of drivers/tty/n_tty.c).
const cutLine = 4095

// typed are the lines that a person types, and the interrupts beside them.
type typed struct {
	app        *app
	lines      chan string
	err        error // why there are no more; to be read when lines is closed
	begun      bool
	interrupts chan os.Signal
}

// typing begins to read lines. At a terminal ctrl-C no longer ends the program:
// the context that it returns ends by SIGTERM only.
func (a *app) typing(ctx context.Context) (context.Context, *typed, func()) {
	t := &typed{app: a, lines: make(chan string), interrupts: make(chan os.Signal, 1)}
	stop := func() {}
	if a.onTerminal() {
		signal.Notify(t.interrupts, os.Interrupt)
		var end func()
		ctx, end = signal.NotifyContext(context.WithoutCancel(ctx), syscall.SIGTERM)
		stop = func() { signal.Stop(t.interrupts); end() }
	}
	return ctx, t, stop
}

// begin reads ahead by one line, so that a person who types nothing keeps
// nobody from ending.
func (t *typed) begin(ctx context.Context) {
	if t.begun {
		return
	}
	t.begun = true
	go func() {
		defer close(t.lines)
		in := bufio.NewScanner(t.app.in)
		in.Buffer(nil, maxSaid)
		for in.Scan() {
			select {
			case t.lines <- in.Text():
			case <-ctx.Done():
				return
			}
		}
		t.err = in.Err()
	}()
}

// line returns the next line. At the prompt of a terminal a first ctrl-C is
// explained, a second ends the input.
func (t *typed) line(ctx context.Context, prompt string) (text string, more bool) {
	t.begin(ctx)
	for told := false; ; {
		if t.app.onTerminal() {
			t.app.ask(prompt)
		}
		select {
		case text, more = <-t.lines:
			if more && t.app.onTerminal() {
				if why := unsound(text); why != "" {
					t.app.sayf("%s: it was not sent", why)
					continue
				}
			}
			if !more && t.app.onTerminal() {
				t.app.ask("\n")
			}
			return strings.TrimSpace(text), more
		case <-t.interrupts:
			t.app.ask("\n")
			if told {
				return "", false
			}
			told = true
			t.app.sayf("ctrl-D ends; so does another ctrl-C")
		case <-ctx.Done():
			return "", false
		}
	}
}

// unsound says what a terminal has done to a line; empty for nothing.
func unsound(line string) string {
	switch {
	case len(line) == cutLine && runtime.GOOS == "linux":
		return fmt.Sprintf("a terminal keeps %d bytes of a line, and this one may have been cut; give long text by a pipe or as a log", cutLine)
	case !utf8.ValidString(line):
		return "this is no UTF-8, as when half a character is erased; `stty iutf8` tells the terminal to erase whole ones"
	}
	return ""
}

// answer returns the answer to a question of an interruptible turn, whose end leaves it open.
func (t *typed) answer(ctx context.Context, question string) (text string, more bool) {
	t.begin(ctx)
	t.app.ask(question)
	select {
	case text, more = <-t.lines:
		return strings.TrimSpace(text), more
	case <-ctx.Done():
		t.app.ask("\n")
	}
	return "", false
}

// interruptible returns a context that ctrl-C ends. done takes the ctrl-C back
// and reports whether it came.
func (t *typed) interruptible(ctx context.Context) (during context.Context, done func() bool) {
	during, cancel := context.WithCancel(ctx)
	over, watched := make(chan struct{}), make(chan bool)
	go func() {
		select {
		case <-t.interrupts:
			cancel()
			watched <- true
		case <-over:
			watched <- false
		}
	}()
	return during, func() bool {
		close(over)
		came := <-watched
		cancel()
		return came
	}
}

// failure is why the lines ended, if not by the person's will.
func (t *typed) failure(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case _, more := <-t.lines:
		if !more && t.err != nil {
			return fmt.Errorf("read what you type: %w; a message has at most %d bytes", t.err, maxSaid)
		}
	default:
	}
	return nil
}
