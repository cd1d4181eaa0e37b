package shim

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// adopt makes the shim the parent of every orphan below it, see prctl(2), PR_SET_CHILD_SUBREAPER.
func adopt() {
	const prSetChildSubreaper = 36
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0)
}

// childAttr puts the program into a group of its own and lets it die with the shim.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// descendants returns all processes below this one, which has every orphan of them for a child.
func descendants() []int {
	children := map[int][]int{}
	EachProcess(func(pid, parent, _ int) { children[parent] = append(children[parent], pid) })
	var out []int
	for todo := []int{os.Getpid()}; len(todo) > 0; todo = todo[1:] {
		out = append(out, children[todo[0]]...)
		todo = append(todo, children[todo[0]]...)
	}
	return out
}

// KillSession kills what is left of a session.
func KillSession(id int) {
	EachProcess(func(pid, _, session int) {
		if session == id {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
}

// EachProcess calls f for every process that can be seen, see proc_pid_stat(5).
func EachProcess(f func(pid, parent, session int)) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		b, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		// "pid (name) state ppid pgrp session …", and the name may hold anything.
		fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
		if len(fields) < 4 {
			continue
		}
		parent, err1 := strconv.Atoi(string(fields[1]))
		session, err2 := strconv.Atoi(string(fields[3]))
		if err1 == nil && err2 == nil {
			f(pid, parent, session)
		}
	}
}
