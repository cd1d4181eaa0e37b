package server

import (
	"bufio"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// releaseProgram takes the pages of the program itself out of this process: what only a start runs, which is most of what
// it touches. The system keeps them in its cache of the file, where the next use finds them. Only mappings of the
// executable that nobody can write, and that hold nothing but the file, are touched: a page that was changed, by relocation
// or by a debugger, would be lost (madvise(2), MADV_DONTNEED; proc_pid_smaps(5)).
func releaseProgram() {
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer f.Close()
	var from, to uintptr
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		if start, end, ok := programMapping(line, exe); ok {
			from, to = start, end
			continue
		}
		name, kb, ok := strings.Cut(line, ":")
		switch {
		case !ok || strings.Contains(name, " "):
			from, to = 0, 0 // Another mapping.
		case name == "Anonymous" && to > from:
			if strings.TrimSpace(kb) == "0 kB" {
				_, _, _ = unix.Syscall(unix.SYS_MADVISE, from, to-from, unix.MADV_DONTNEED)
			}
			from, to = 0, 0
		}
	}
}

// programMapping reads the first line of a mapping in smaps, such as
// 00400000-018fa000 r-xp 00000000 fe:00 917519  /usr/local/bin/tftsr
// and reports whether it is the executable's and read-only.
func programMapping(line, exe string) (from, to uintptr, ok bool) {
	f := strings.Fields(line)
	if len(f) < 6 || f[5] != exe || f[1] != "r-xp" && f[1] != "r--p" {
		return 0, 0, false
	}
	first, last, ok := strings.Cut(f[0], "-")
	if !ok {
		return 0, 0, false
	}
	a, err1 := strconv.ParseUint(first, 16, strconv.IntSize)
	b, err2 := strconv.ParseUint(last, 16, strconv.IntSize)
	return uintptr(a), uintptr(b), err1 == nil && err2 == nil
}
