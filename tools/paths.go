package tools

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// filePath returns the path of a file: URI (RFC 8089) without host.
func filePath(uri string) (string, bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "file" || u.Host != "" && u.Host != "localhost" || u.Path == "" {
		return "", false
	}
	p := u.Path
	if runtime.GOOS == "windows" {
		p = strings.TrimPrefix(p, "/")
	}
	return filepath.FromSlash(p), true
}

// openLog opens a regular file below one of the folders. Symbolic links are
// followed only as far as they stay inside; devices, pipes and sockets are
// refused before and after opening, so that none can be slipped in between.
// Errors name the argument, never the path: it may hold what must not leave.
func openLog(path string, folders []string) (*os.File, error) {
	if p, ok := filePath(path); ok {
		path = p
	}
	if !filepath.IsAbs(path) {
		return nil, usage("path must be absolute, such as /var/log/nginx/access.log")
	}
	if len(folders) == 0 {
		return nil, usage("no folder is open to this server: the owner allows one with allowed_folders in the configuration file or --allow-folder; or pass the log as text")
	}
	path = filepath.Clean(path)
	last := usage("path is outside the folders that this server may read; the owner can add one with allowed_folders in the configuration file or --allow-folder")
	for _, folder := range folders {
		f, err := openBelow(folder, path)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, errOutside) {
			last = err
		}
	}
	return nil, last
}

var errOutside = errors.New("outside")

func openBelow(folder, path string) (*os.File, error) {
	rel, ok := below(folder, path)
	if !ok {
		// The folder or the path may be spelled through a link (/tmp on macOS).
		real, err := filepath.EvalSymlinks(folder)
		if err != nil {
			return nil, errOutside
		}
		dir, err := filepath.EvalSymlinks(filepath.Dir(path))
		if err != nil {
			return nil, errOutside
		}
		if rel, ok = below(real, filepath.Join(dir, filepath.Base(path))); !ok {
			return nil, errOutside
		}
		folder = real
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, errOutside
	}
	defer func() { _ = root.Close() }() // Nothing was written.
	info, err := root.Stat(rel)
	if err != nil {
		return nil, pathError(err)
	}
	if err := regular(info); err != nil {
		return nil, err
	}
	// Without O_NONBLOCK a pipe that took the file's place would hold us.
	f, err := root.OpenFile(rel, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, pathError(err)
	}
	if info, err = f.Stat(); err == nil {
		err = regular(info)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func below(folder, path string) (string, bool) {
	rel, err := filepath.Rel(folder, path)
	return rel, err == nil && filepath.IsLocal(rel)
}

func regular(info fs.FileInfo) error {
	switch {
	case info.Mode().IsRegular():
		return nil
	case info.IsDir():
		return usage("path is a folder; name one file in it")
	}
	return usage("path is not a regular file; devices, pipes and sockets are never read")
}

// pathError says what failed without the path that an [fs.PathError] holds.
func pathError(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usage("there is no file at path")
	case errors.Is(err, fs.ErrPermission):
		return usage("the user that runs this server may not read the file at path")
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		if strings.Contains(pe.Err.Error(), "escapes") {
			return usage("path leads, through a symbolic link, out of the folders that this server may read")
		}
		err = pe.Err
	}
	return fmt.Errorf("open the file at path: %w", err)
}
