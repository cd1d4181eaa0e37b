package cli

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
)

// input opens a file, or stdin for "-", and undoes gzip, which it tells by
// the first bytes (RFC 1952, section 2.3.1).
func (a *app) input(name string) (io.ReadCloser, error) {
	var file io.ReadCloser = io.NopCloser(a.in)
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return nil, errors.Join(usageError(fmt.Errorf("%s is a folder: name the files in it", name)), f.Close())
		}
		file = f
	}
	br := bufio.NewReaderSize(file, 256<<10)
	magic, err := br.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(fmt.Errorf("read %s: %w", name, err), file.Close())
	}
	if len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b {
		return &stacked{br, []io.Closer{file}}, nil
	}
	zr, err := gzip.NewReader(br)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s looks like gzip and is not: %w", name, err), file.Close())
	}
	return &stacked{zr, []io.Closer{zr, file}}, nil
}

// output opens the file that the answer goes to, or stdout. It is created
// anew or refused: nothing is overwritten.
func (a *app) output(name string, compress bool) (io.WriteCloser, error) {
	var w io.Writer = a.out
	var closers []io.Closer
	if name != "" && name != "-" {
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			return nil, usageError(fmt.Errorf("%s exists; name another file or remove it first", name))
		}
		if err != nil {
			return nil, err
		}
		w, closers = f, []io.Closer{f}
	}
	bw := bufio.NewWriterSize(w, 256<<10)
	closers = append([]io.Closer{flusher{bw}}, closers...)
	if !compress {
		return &sink{bw, closers}, nil
	}
	zw := gzip.NewWriter(bw)
	return &sink{zw, append([]io.Closer{zw}, closers...)}, nil
}

type flusher struct{ w *bufio.Writer }

func (f flusher) Close() error { return f.w.Flush() }

type stacked struct {
	io.Reader
	closers []io.Closer
}

func (s *stacked) Close() error { return closeAll(s.closers) }

type sink struct {
	io.Writer
	closers []io.Closer
}

func (s *sink) Close() error { return closeAll(s.closers) }

func closeAll(closers []io.Closer) error {
	var errs []error
	for _, c := range closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// names are the files that a command works on: its arguments, or stdin.
func names(args []string) []string {
	if len(args) == 0 {
		return []string{"-"}
	}
	return args
}

// exactly is cobra.ExactArgs with an error that shows how it is meant.
func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError(fmt.Errorf("%s takes %d argument(s), got %d; usage: %s", cmd.CommandPath(), n, len(args), cmd.UseLine()))
		}
		return nil
	}
}
