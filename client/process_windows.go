package client

import (
	"fmt"
	"os/exec"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// startFailed is no status of Windows.
const startFailed = -1 << 31

// job is a process in a job object: the system ends everything in it when its last handle is closed, by us or by our end.
type job struct{ handle windows.Handle }

// startTree starts the program of c in a job of its own. It is started suspended, so that it cannot start anything outside the job.
func startTree(cmd *exec.Cmd, c Config) (tree, error) {
	h, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return nil, fmt.Errorf("job object: %w", err)
	}
	info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE},
	}
	if _, err := windows.SetInformationJobObject(h, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info))); err != nil {
		_ = windows.CloseHandle(h)
		return nil, fmt.Errorf("job object: %w", err)
	}
	cmd.Path, cmd.Args = c.Command, append([]string{c.Command}, c.Args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		HideWindow:    true,
		CreationFlags: windows.CREATE_SUSPENDED | windows.CREATE_NEW_PROCESS_GROUP | windows.CREATE_NO_WINDOW,
	}
	if err := cmd.Start(); err != nil {
		_ = windows.CloseHandle(h)
		return nil, err
	}
	if err := adoptInto(h, uint32(cmd.Process.Pid)); err != nil { //nolint:gosec // Process ids have 32 bits there.
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = windows.CloseHandle(h)
		return nil, err
	}
	return &job{h}, nil
}

// adoptInto puts a suspended process into a job and lets it run.
func adoptInto(h windows.Handle, pid uint32) error {
	p, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, pid)
	if err != nil {
		return fmt.Errorf("job object: %w", err)
	}
	defer windows.CloseHandle(p) //nolint:errcheck // Nothing is left to do about it.
	if err := windows.AssignProcessToJobObject(h, p); err != nil {
		return fmt.Errorf("job object: %w", err)
	}
	snap, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPTHREAD, 0)
	if err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	defer windows.CloseHandle(snap) //nolint:errcheck // Nothing is left to do about it.
	e := windows.ThreadEntry32{Size: uint32(unsafe.Sizeof(windows.ThreadEntry32{}))}
	for err = windows.Thread32First(snap, &e); err == nil; err = windows.Thread32Next(snap, &e) {
		if e.OwnerProcessID != pid {
			continue
		}
		t, err := windows.OpenThread(windows.THREAD_SUSPEND_RESUME, false, e.ThreadID)
		if err != nil {
			return fmt.Errorf("resume: %w", err)
		}
		_, err = windows.ResumeThread(t)
		_ = windows.CloseHandle(t)
		if err != nil {
			return fmt.Errorf("resume: %w", err)
		}
		return nil
	}
	return fmt.Errorf("resume: %w", err)
}

// terminate does nothing: a program without a window or a console takes no such message. It was told by the end of its input.
func (j *job) terminate() {}

func (j *job) kill() { _ = windows.TerminateJobObject(j.handle, 1) }

func (j *job) over() {
	j.kill()
	_ = windows.CloseHandle(j.handle)
}
