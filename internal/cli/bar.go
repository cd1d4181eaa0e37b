package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/tftsr/tftsr/providers/ollama"
	"github.com/tftsr/tftsr/providers/ollama/sizing"
)

// bar shows on stderr how far a pull is, where that is a terminal. Elsewhere it
// shows nothing: a log has no use for a hundred thousand lines.
type bar struct {
	w     io.Writer
	width func() int // nil where nothing is shown
	name  string
	last  ollama.Progress

	drawn time.Time
	began time.Time
	first int64 // bytes that were there when it began
	long  int   // columns of the line that stands
	now   func() time.Time
}

const (
	drawEvery = 100 * time.Millisecond
	barWidth  = 24
)

func (a *app) newBar(name string) *bar {
	b := &bar{w: a.err, name: name, now: time.Now}
	if f, ok := a.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		b.width = func() int {
			if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
				return w
			}
			return 80
		}
	}
	return b
}

// show draws the line anew, at most every drawEvery.
func (b *bar) show(p ollama.Progress) {
	changed := p.Phase != b.last.Phase
	b.last = p
	now := b.now()
	if b.began.IsZero() && p.Total > 0 {
		b.began, b.first = now, p.Completed
	}
	if b.width == nil || !changed && now.Sub(b.drawn) < drawEvery {
		return
	}
	b.drawn = now
	line := b.line(now)
	if w := b.width(); len([]rune(line)) >= w {
		line = string([]rune(line)[:max(0, w-1)])
	}
	n := len([]rune(line))
	pad := strings.Repeat(" ", max(0, b.long-n))
	b.long = n
	_, _ = fmt.Fprintf(b.w, "\r%s%s", line, pad) // That it cannot be shown ends no pull.
}

func (b *bar) line(now time.Time) string {
	p := b.last
	if p.Phase != ollama.PhaseLoad || p.Total <= 0 {
		return fmt.Sprintf("%s: %s", b.name, p.Phase)
	}
	part := float64(p.Completed) / float64(p.Total)
	full := int(part * barWidth)
	line := fmt.Sprintf("%s: %3d%% [%s%s] %s of %s", b.name, int(part*100), strings.Repeat("#", full), strings.Repeat(".", barWidth-full), sizing.GiB(p.Completed), sizing.GiB(p.Total))
	took := now.Sub(b.began)
	if got := p.Completed - b.first; got > 0 && took > time.Second {
		rate := float64(got) / took.Seconds()
		line += fmt.Sprintf(", %.1f MiB/s", rate/(1<<20))
		if left := time.Duration(float64(p.Total-p.Completed) / rate * float64(time.Second)); left < 100*time.Hour {
			line += ", " + left.Round(time.Second).String() + " left"
		}
	}
	return line
}

// end takes the line away, so that what follows stands alone.
func (b *bar) end() {
	if b.width != nil && b.long > 0 {
		_, _ = fmt.Fprintf(b.w, "\r%s\r", strings.Repeat(" ", b.long))
		b.long = 0
	}
}
