package hardware

import (
	"context"

	"golang.org/x/sys/unix"
)

func detect(ctx context.Context, r *Report) {
	number := func(name string) int64 {
		n, err := unix.SysctlUint64(name)
		if err != nil || n > uint64(maxBytes) {
			return 0
		}
		return int64(n)
	}
	chip, err := unix.Sysctl("machdep.cpu.brand_string")
	if err == nil {
		r.CPU.Model = clip(chip)
	}
	r.Memory.Total = number("hw.memsize")
	if out, err := run(ctx, "/usr/bin/vm_stat"); err == nil {
		r.Memory.Available = min(parseVMStat(string(out)), r.Memory.Total)
	}
	if r.Memory.Available == 0 {
		r.note("vm_stat gave no answer: half of the main memory is taken for available")
		r.Memory.Available = r.Memory.Total / 2
	}
	// A program for Intel under Rosetta sees its own architecture; this one tells.
	arm, err := unix.SysctlUint32("hw.optional.arm64")
	if err != nil || arm == 0 {
		r.note("Ollama runs models on the processor of Intel Macs only")
		return
	}
	wired, err := unix.SysctlUint32("iogpu.wired_limit_mb")
	if err != nil {
		wired = 0 // Before macOS 14, or not set.
	}
	r.GPUs = append(r.GPUs, appleGPU(chip, r.Memory.Total, r.Memory.Available, int64(wired)))
}
