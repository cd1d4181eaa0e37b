package logs

import (
	"fmt"
	"time"
)

// What is kept aside: nobody looks at how these are grouped while tuning.
var heldKinds = []kind{
	{name: "postgres", held: true, step: time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s UTC [%d] %s@%s %s:  ", d.now.Format("2006-01-02 15:04:05.000"), 100+d.IntN(900), d.pick("app|reporting|app|postgres"), d.pick("shop|dwh"), s.level)
	}, statements: []statement{
		{100, "connection received: host={ip} port={port}", "LOG", ""},
		{100, "connection authorized: user={user} database={name} application_name={name}", "LOG", ""},
		{100, "disconnection: session time: 0:{n:10-59}:{n:10-59}.{n:100-999} user={user} database={name} host={ip} port={port}", "LOG", ""},
		{60, "duration: {f} ms  statement: SELECT * FROM {name} WHERE id = {n}", "LOG", ""},
		{60, "duration: {f} ms  statement: UPDATE {name} SET state = 'x' WHERE id = {n}", "LOG", ""},
		{40, `relation "{name}" does not exist at character {n}`, "ERROR", ""},
		{40, `column "{name}" does not exist at character {n}`, "ERROR", ""},
		{40, `duplicate key value violates unique constraint "{name}_pkey"`, "ERROR", ""},
		{30, "deadlock detected", "ERROR", ""},
		{30, "canceling statement due to statement timeout", "ERROR", ""},
		{30, "canceling autovacuum task", "ERROR", ""},
		{30, "remaining connection slots are reserved for non-replication superuser connections", "FATAL", ""},
		{30, `password authentication failed for user "{user}"`, "FATAL", ""},
		{20, "checkpoint starting: {enum:time|wal|xlog}", "LOG", ""},
		{20, "checkpoint complete: wrote {n} buffers ({f}%); {n:0-9} WAL file(s) added, {n:0-9} removed, {n:0-9} recycled; write={f} s, sync={f} s, total={f} s", "LOG", ""},
		{20, `automatic vacuum of table "{name}.public.{name}": index scans: {n:0-3}`, "LOG", ""},
		{10, "could not receive data from client: Connection reset by peer", "LOG", ""},
		{10, "unexpected EOF on client connection with an open transaction", "LOG", ""},
		{10, "server process (PID {n}) was terminated by signal {n:6-11}: {enum:Killed|Aborted|Segmentation fault}", "LOG", ""},
	}},
	{name: "systemd", held: true, step: 10 * time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s %s %s: ", d.now.Format("2006-01-02T15:04:05.000000-07:00"), d.pick("web01|db02"), d.program(s.from))
	}, statements: []statement{
		{100, "Started Session {n} of user {user}.", "", "systemd[]"},
		{100, "Removed slice User Slice of UID {n}.", "", "systemd[]"},
		{100, "{name}.service: Succeeded.", "", "systemd[]"},
		{40, "{name}.service: Main process exited, code=exited, status={n:1-255}/FAILURE", "", "systemd[]"},
		{40, "{name}.service: Failed with result '{enum:exit-code|signal|timeout}'.", "", "systemd[]"},
		{40, "{name}.service: Scheduled restart job, restart counter is at {n:1-99}.", "", "systemd[]"},
		{40, "Reloading {name} configuration...", "", "systemd[]"},
		{30, "New session {n} of user {user}.", "", "systemd-logind[]"},
		{30, "Session {n} logged out. Waiting for processes to exit.", "", "systemd-logind[]"},
		{30, "({user}) CMD ({path})", "", "CRON[]"},
		{30, "pam_unix(sudo:session): session opened for user root(uid=0) by {user}(uid={n})", "", "sudo[]"},
		{30, "    {user} : TTY=pts/{n:0-9} ; PWD=/home/{user} ; USER=root ; COMMAND=/usr/bin/{name}", "", "sudo[]"},
		{20, "usb {n:1-3}-{n:1-3}: new {enum:high-speed|full-speed} USB device number {n:1-99} using xhci_hcd", "", "kernel"},
		{20, "eth{n:0-3}: Link is Up - 1Gbps/Full - flow control rx/tx", "", "kernel"},
		{20, "eth{n:0-3}: Link is Down", "", "kernel"},
		{20, "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/system.slice/{name}.service,task={name},pid={n},uid={n}", "", "kernel"},
		{20, "EXT4-fs ({pick:sda1|sdb1|dm-0|nvme0n1p2}): mounted filesystem with ordered data mode. Opts: (null)", "", "kernel"},
		{10, "Buffer I/O error on dev {pick:sda1|sdb1|dm-0}, logical block {n}, lost async page write", "", "kernel"},
	}},
}
