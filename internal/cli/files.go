package cli

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/tftsr/tftsr/internal/pii"
)

// input opens a file, or stdin for "-", and undoes gzip, which it tells by
// the first bytes (RFC 1952, section 2.3.1), and UTF-16, see [pii.ToUTF8]. Its
// errors do not name the file: callers do.
func (a *app) input(name string) (io.ReadCloser, error) {
	file := io.NopCloser(a.in)
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, bare(err)
		}
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return nil, errors.Join(usageError(errors.New("it is a folder: name the files in it")), f.Close())
		}
		file = f
	}
	br := bufio.NewReaderSize(file, 256<<10)
	magic, err := br.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(fmt.Errorf("read: %w", bare(err)), file.Close())
	}
	if len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b {
		text, _, err := pii.ToUTF8(br)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("read: %w", bare(err)), file.Close())
		}
		return &stacked{text, []io.Closer{file}}, nil
	}
	zr, err := gzip.NewReader(br)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("it looks like gzip and is not: %w", err), file.Close())
	}
	text, _, err := pii.ToUTF8(bufio.NewReaderSize(zr, 32<<10))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read: %w", err), zr.Close(), file.Close())
	}
	return &stacked{text, []io.Closer{zr, file}}, nil
}

// atRest reports whether the inputs are files that are there as a whole, rather
// than pipes whose writers may wait to see their lines come out again. Such text
// is scanned on all processors, some megabytes ahead of what is written.
func (a *app) atRest(names ...string) bool {
	for _, name := range names {
		info, err := os.Stat(name)
		if name == "-" {
			f, ok := a.in.(*os.File)
			if !ok {
				return false
			}
			info, err = f.Stat()
		}
		if err != nil || !info.Mode().IsRegular() {
			return false
		}
	}
	return true
}

// writeTo runs f with the file that the answer goes to, or stdout. The file
// is created anew or refused: nothing is overwritten. When f fails the file is
// removed, and a compressed stream on stdout is left without its end, so that
// half an answer is not taken for a whole one.
func (a *app) writeTo(name string, compress bool, f func(io.Writer) error) (err error) {
	w := a.out
	if name != "" && name != "-" {
		file, openErr := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(openErr, fs.ErrExist) {
			return usageError(fmt.Errorf("%s exists; name another file or remove it first", name))
		}
		if openErr != nil {
			return openErr
		}
		defer func() {
			if err = errors.Join(err, file.Close()); err != nil {
				err = errors.Join(err, os.Remove(name))
			}
		}()
		w = file
	}
	bw := bufio.NewWriterSize(w, 256<<10)
	if !compress {
		return errors.Join(f(bw), bw.Flush())
	}
	zw := gzip.NewWriter(bw)
	if err := f(zw); err != nil {
		return errors.Join(err, bw.Flush())
	}
	return errors.Join(zw.Close(), bw.Flush())
}

// bare is the cause of an error of os that names the file, for callers that
// name it themselves.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

type stacked struct {
	io.Reader
	closers []io.Closer
}

func (s *stacked) Close() error { return closeAll(s.closers) }

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
