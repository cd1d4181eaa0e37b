//go:build unix

package hostile

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// offspringArg makes of a test binary a process that tries to live on.
const offspringArg = "hostile-offspring"

// spawn starts processes that try to outlive their parent, each in its way, and returns their ids, one a line.
func spawn() string {
	var pids []string
	for _, how := range []string{"plain", "group", "session", "daemon"} {
		cmd := exec.Command(os.Args[0], append(prefix(), offspringArg, how)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: how == "group", Setsid: how == "session" || how == "daemon"}
		out, err := cmd.StdoutPipe()
		if err != nil {
			panic(err)
		}
		if how == "daemon" {
			cmd.Env = []string{} // No trace of where it comes from.
		}
		if err := cmd.Start(); err != nil {
			panic(err)
		}
		var pid int
		if _, err := fmt.Fscan(out, &pid); err != nil {
			panic(err)
		}
		pids = append(pids, fmt.Sprint(pid))
	}
	return strings.Join(pids, "\n")
}

// prefix is what of the arguments leads to [Main].
func prefix() []string {
	if len(os.Args) > 1 {
		return os.Args[1:2]
	}
	return nil
}

// offspring tells its id and stays. A daemon leaves its parent first.
func offspring(args []string) int {
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGPIPE)
	if args[0] == "daemon" {
		cmd := exec.Command(os.Args[0], append(prefix(), offspringArg, "plain")...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		cmd.Stdout = os.Stdout
		if err := cmd.Start(); err != nil {
			panic(err)
		}
		return 0
	}
	fmt.Println(os.Getpid())
	time.Sleep(10 * time.Minute)
	return 0
}
