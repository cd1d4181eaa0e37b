// Package hardware finds out what a machine has for running language models:
// processors, memory, the limits of a container, and graphics processors with
// their memory. It reads files of the kernel and values of the system, and
// runs two programs at most, by their full paths, with a time-out: nvidia-smi,
// which alone knows how much memory of an NVIDIA GPU is free, and vm_stat on
// macOS.
//
// What cannot be found out is left at zero and said in [Report.Notes]; nothing
// here fails. The package changes nothing and keeps nothing.
package hardware

import (
	"context"
	"runtime"
	"time"
)

// Report is what was found. Sizes are bytes.
type Report struct {
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	CPU    CPU    `json:"cpu"`
	Memory Memory `json:"memory"`
	GPUs   []GPU  `json:"gpus"`
	// Notes are sentences on what could not be found out or is out of the ordinary.
	Notes []string `json:"notes,omitempty"`
}

// CPU is the processor.
type CPU struct {
	Model   string  `json:"model"`
	Threads int     `json:"threads"`         // that the system schedules on
	Limit   float64 `json:"limit,omitempty"` // processors that a container may use; 0 is no limit
}

// Memory is the main memory.
type Memory struct {
	Total     int64 `json:"total_bytes"`
	Available int64 `json:"available_bytes"` // what programs could still get, caches counted as free
	// Limit is what a container may use and LimitUsed what of it is in use; 0 is no limit.
	Limit     int64 `json:"limit_bytes,omitempty"`
	LimitUsed int64 `json:"limit_used_bytes,omitempty"`
}

// Usable is what a new program could get: what is available, within the limit.
func (m Memory) Usable() int64 {
	if m.Limit > 0 {
		return max(0, min(m.Available, m.Limit-m.LimitUsed))
	}
	return m.Available
}

// The vendors of GPUs.
const (
	NVIDIA = "nvidia"
	AMD    = "amd"
	Apple  = "apple"
	Intel  = "intel"
)

// GPU is a graphics processor.
type GPU struct {
	Vendor string `json:"vendor"`
	Name   string `json:"name"`
	Total  int64  `json:"total_bytes"` // of its memory; 0 if unknown
	Free   int64  `json:"free_bytes"`  // 0 if unknown
	// Shared: its memory is the main memory. Total is then the part that it may use.
	Shared bool   `json:"shared,omitempty"`
	Source string `json:"source"` // where this was read
}

// programTime bounds each program that is run. nvidia-smi takes a second or two
// where the driver is not kept loaded.
const programTime = 5 * time.Second

// Detect looks at this machine. It takes milliseconds, or with an NVIDIA GPU as
// long as nvidia-smi.
func Detect(ctx context.Context) Report {
	r := Report{OS: runtime.GOOS, Arch: runtime.GOARCH, CPU: CPU{Threads: runtime.NumCPU()}, GPUs: []GPU{}}
	detect(ctx, &r)
	if r.Memory.Total == 0 {
		r.note("the size of the main memory could not be read")
	}
	return r
}

func (r *Report) note(text string) { r.Notes = append(r.Notes, text) }
