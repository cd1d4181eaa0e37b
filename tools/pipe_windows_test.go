package tools

import "os"

// Windows has no pipes in the file system; a folder is refused likewise.
func makePipe(path string) error { return os.Mkdir(path, 0o700) }
