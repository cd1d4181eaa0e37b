package gate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
)

const (
	// anchorPause is the time between two checkpoints for a place outside the
	// data folder; of those that come meanwhile the newest counts.
	anchorPause = time.Second
	// anchorRead bounds how long a start waits for the newest checkpoint of a
	// place that may be on another machine.
	anchorRead = 250 * time.Millisecond
	// lastLines is how much of the end of a log is read for its newest line.
	lastLines = 8 << 10
)

// The places, as findings and the record name them.
const (
	placeLog     = "checkpoint log"
	placeKeyring = "keyring"
	placeFile    = "anchor file"
	placeCommand = "anchor command"
)

// HeadKeeper keeps one checkpoint outside the data folder: an item of the
// keyring. It is safe for concurrent use, and its calls are bounded in time.
type HeadKeeper interface {
	// LoadHead returns what was kept, nil when that was nothing.
	LoadHead(ctx context.Context) ([]byte, error)
	SaveHead(ctx context.Context, note []byte) error
}

// place is somewhere that checkpoints are handed to.
type place interface {
	name() string
	// put hands on checkpoints, oldest first.
	put(ctx context.Context, list []audit.Checkpoint) error
	// last returns the newest checkpoint, the zero one when there is none.
	last(ctx context.Context, t *trust) (audit.Checkpoint, error)
	// all returns all checkpoints, and what is wrong with others.
	all(ctx context.Context, t *trust) ([]audit.Checkpoint, []audit.Finding, error)
	// pause is the time between two puts.
	pause() time.Duration
}

// logPlace is a file to which a line is appended for each checkpoint.
type logPlace struct {
	what    string
	path    string
	outside bool // may be slow or gone
}

func (p *logPlace) name() string { return p.what }

func (p *logPlace) pause() time.Duration {
	if p.outside {
		return anchorPause
	}
	return 0
}

func (p *logPlace) put(_ context.Context, list []audit.Checkpoint) error {
	f, err := os.OpenFile(p.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	var lines []byte
	if size, err := f.Seek(0, io.SeekEnd); err == nil && size > 0 {
		// A power cut may have left half a line.
		end := make([]byte, 1)
		if _, err := f.ReadAt(end, size-1); err == nil && end[0] != '\n' {
			lines = append(lines, '\n')
		}
	}
	for _, c := range list {
		lines = audit.AppendLogLine(lines, time.Now(), c.Note)
	}
	// One write: processes that append at the same time do not mix.
	_, err = f.Write(lines)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func (p *logPlace) last(ctx context.Context, t *trust) (audit.Checkpoint, error) {
	return soon(ctx, p.outside, func() (audit.Checkpoint, error) {
		f, err := os.Open(p.path)
		if errors.Is(err, fs.ErrNotExist) {
			return audit.Checkpoint{}, nil
		}
		if err != nil {
			return audit.Checkpoint{}, err
		}
		defer f.Close()
		size, err := f.Seek(0, io.SeekEnd)
		if err != nil {
			return audit.Checkpoint{}, err
		}
		from := max(0, size-lastLines)
		end := make([]byte, size-from)
		if n, err := f.ReadAt(end, from); err != nil && !errors.Is(err, io.EOF) {
			return audit.Checkpoint{}, err
		} else if end = end[:n]; from > 0 {
			end = end[bytes.IndexByte(end, '\n')+1:]
		}
		list, bad, err := audit.ReadCheckpoints(bytes.NewReader(end), t.vkey, t.origin, p.what)
		if err == nil && len(list) == 0 && len(bad) > 0 {
			err = errors.New(bad[len(bad)-1].Text)
		}
		if err != nil || len(list) == 0 {
			return audit.Checkpoint{}, err
		}
		return list[len(list)-1], nil
	})
}

func (p *logPlace) all(ctx context.Context, t *trust) ([]audit.Checkpoint, []audit.Finding, error) {
	type result struct {
		list []audit.Checkpoint
		bad  []audit.Finding
	}
	r, err := soon(ctx, false, func() (r result, err error) {
		f, err := os.Open(p.path)
		if errors.Is(err, fs.ErrNotExist) {
			if p.outside {
				r.bad = []audit.Finding{{Kind: audit.KindCheckpointMissing, Warning: true, Text: "the " + p.what + " is not there"}}
			}
			return r, nil
		}
		if err != nil {
			return r, err
		}
		defer f.Close()
		r.list, r.bad, err = audit.ReadCheckpoints(f, t.vkey, t.origin, p.what)
		return r, err
	})
	return r.list, r.bad, err
}

// soon runs f, and gives up on it when it takes long and hurry says so.
func soon[T any](ctx context.Context, hurry bool, f func() (T, error)) (T, error) {
	if !hurry {
		return f()
	}
	type result struct {
		v   T
		err error
	}
	ctx, cancel := context.WithTimeout(ctx, anchorRead)
	defer cancel()
	done := make(chan result, 1)
	go func() {
		v, err := f()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.v, r.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// keyringPlace is the item of the keyring that holds the newest checkpoint.
type keyringPlace struct{ keeper HeadKeeper }

func (p *keyringPlace) name() string         { return placeKeyring }
func (p *keyringPlace) pause() time.Duration { return anchorPause }

// put keeps the newest checkpoint. Two processes may overtake one another, so
// that an older one stays; the next one mends that.
func (p *keyringPlace) put(ctx context.Context, list []audit.Checkpoint) error {
	return p.keeper.SaveHead(ctx, list[len(list)-1].Note)
}

func (p *keyringPlace) last(ctx context.Context, t *trust) (audit.Checkpoint, error) {
	list, bad, err := p.all(ctx, t)
	if err == nil && len(bad) > 0 {
		err = errors.New(bad[0].Text)
	}
	if err != nil || len(list) == 0 {
		return audit.Checkpoint{}, err
	}
	return list[0], nil
}

func (p *keyringPlace) all(ctx context.Context, t *trust) ([]audit.Checkpoint, []audit.Finding, error) {
	note, err := p.keeper.LoadHead(ctx)
	if err != nil || note == nil {
		return nil, nil, err
	}
	return audit.ReadCheckpoints(bytes.NewReader(note), t.vkey, t.origin, placeKeyring)
}

// commandPlace is a program of the owner's that gets each checkpoint on stdin.
type commandPlace struct {
	argv    []string // an absolute path and its arguments; no shell
	dir     string
	timeout time.Duration
}

func (p *commandPlace) name() string         { return placeCommand }
func (p *commandPlace) pause() time.Duration { return anchorPause }

func (p *commandPlace) put(ctx context.Context, list []audit.Checkpoint) error {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.argv[0], p.argv[1:]...) //nolint:gosec // The owner's own setting; that it is absolute was checked.
	cmd.Dir = p.dir
	cmd.Stdin = bytes.NewReader(list[len(list)-1].Note)
	// What it starts may hold its streams open when it is gone.
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if ctx.Err() != nil {
		return fmt.Errorf("%w after %s", context.Cause(ctx), p.timeout)
	}
	return err
}

// What the program has is its own affair; `tftsr audit verify --anchor` takes it.
func (p *commandPlace) last(context.Context, *trust) (audit.Checkpoint, error) {
	return audit.Checkpoint{}, nil
}

func (p *commandPlace) all(context.Context, *trust) ([]audit.Checkpoint, []audit.Finding, error) {
	return nil, nil, nil
}

// reasonOf names an error for the record, without its text.
func reasonOf(err error) string {
	var exit *exec.ExitError
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return "took too long"
	case errors.As(err, &exit):
		return fmt.Sprintf("exit status %d", exit.ExitCode())
	case errors.Is(err, fs.ErrNotExist):
		return "not found"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.Is(err, syscall.ENOSPC):
		return "no space left"
	}
	return "error"
}
