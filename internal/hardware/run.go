package hardware

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// runner runs a program by its full path and returns what it wrote. Tests put
// another in its place.
type runner func(ctx context.Context, path string, args ...string) ([]byte, error)

// maxOutput bounds what is read of a program, in bytes.
const maxOutput = 1 << 20

var errOutput = errors.New("the program wrote too much")

// limited takes at most maxOutput bytes, and ends the program that writes more.
// The buffer is not embedded: it has a ReadFrom, which io.Copy would use in the
// place of Write.
type limited struct {
	buf  bytes.Buffer
	stop context.CancelFunc
}

func (l *limited) Write(p []byte) (int, error) {
	if l.buf.Len()+len(p) > maxOutput {
		l.stop()
		return 0, errOutput
	}
	return l.buf.Write(p)
}

// run is the runner for real. A path that is not absolute is refused: what it
// names would depend on where this process was started.
func run(ctx context.Context, path string, args ...string) ([]byte, error) {
	if !filepath.IsAbs(path) {
		return nil, fs.ErrInvalid
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fs.ErrInvalid
	}
	ctx, cancel := context.WithTimeout(ctx, programTime)
	defer cancel()
	out := limited{stop: cancel}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = []string{"LC_ALL=C"} // Nothing of ours; numbers with points.
	cmd.Dir = filepath.Dir(path)
	cmd.Stdout = &out
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	return out.buf.Bytes(), err
}

// firstOf runs the first program of the paths that is there.
func firstOf(ctx context.Context, do runner, paths []string, args ...string) (out []byte, err error) {
	err = fs.ErrNotExist
	for _, p := range paths {
		if out, err = do(ctx, p, args...); !errors.Is(err, fs.ErrNotExist) {
			return out, err
		}
	}
	return out, err
}
