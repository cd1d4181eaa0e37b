package tools

import (
	"context"

	"github.com/tftsr/tftsr/internal/hardware"
)

type detectHardwareIn struct{}

type detectHardwareOut struct {
	OS        string    `json:"os" jsonschema:"example=linux"`
	Arch      string    `json:"arch"`
	CPU       string    `json:"cpu"`
	Threads   int       `json:"threads"`
	CPULimit  float64   `json:"cpu_limit,omitempty" jsonschema_description:"processors that the container may use"`
	Memory    float64   `json:"memory_gib"`
	Available float64   `json:"available_gib"`
	Limit     float64   `json:"limit_gib,omitempty" jsonschema_description:"memory that the container may use"`
	GPUs      []gpuView `json:"gpus"`
	Notes     []string  `json:"notes,omitempty"`
}

type gpuView struct {
	Vendor string  `json:"vendor"`
	Name   string  `json:"name"`
	Memory float64 `json:"memory_gib" jsonschema_description:"0 if unknown"`
	Free   float64 `json:"free_gib"`
	Shared bool    `json:"shared,omitempty" jsonschema_description:"its memory is the main memory"`
	Source string  `json:"source"`
}

func viewHardware(r hardware.Report) detectHardwareOut {
	out := detectHardwareOut{
		OS: r.OS, Arch: r.Arch, CPU: r.CPU.Model, Threads: r.CPU.Threads, CPULimit: r.CPU.Limit, Memory: gib(r.Memory.Total),
		Available: gib(r.Memory.Usable()), Limit: gib(r.Memory.Limit), GPUs: []gpuView{}, Notes: r.Notes,
	}
	for _, g := range r.GPUs {
		out.GPUs = append(out.GPUs, gpuView{g.Vendor, g.Name, gib(g.Total), gib(g.Free), g.Shared, g.Source})
	}
	return out
}

func detectHardware() Tool {
	return define(spec{
		name: "detect_hardware", title: "Detect hardware", toolset: SetModels, readOnly: true,
		description: "Say which processor, memory and GPUs the machine of this server has for running models.",
	}, func(ctx context.Context, _ *call, _ detectHardwareIn) (detectHardwareOut, error) {
		return viewHardware(hardware.Detect(ctx)), nil
	})
}
