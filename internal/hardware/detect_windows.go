package hardware

import (
	"context"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// displayClass holds a key for each display adapter (System-Defined Device
// Setup Classes, "Display Adapters").
const displayClass = `SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}`

// memoryStatus is MEMORYSTATUSEX (sysinfoapi.h).
type memoryStatus struct {
	length, load                                                                          uint32
	totalPhys, availPhys, totalPage, availPage, totalVirtual, availVirtual, availExtended uint64
}

func detect(ctx context.Context, r *Report) {
	m := memoryStatus{length: uint32(unsafe.Sizeof(memoryStatus{}))}
	proc := windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalMemoryStatusEx")
	if ok, _, _ := proc.Call(uintptr(unsafe.Pointer(&m))); ok != 0 {
		r.Memory.Total, r.Memory.Available = int64(min(m.totalPhys, uint64(maxBytes))), int64(min(m.availPhys, uint64(maxBytes)))
	}
	if k, err := registry.OpenKey(registry.LOCAL_MACHINE, `HARDWARE\DESCRIPTION\System\CentralProcessor\0`, registry.QUERY_VALUE); err == nil {
		if name, _, err := k.GetStringValue("ProcessorNameString"); err == nil {
			r.CPU.Model = clip(name)
		}
		_ = k.Close() // It was only read.
	}
	var smi []string
	if dir, err := windows.GetSystemDirectory(); err == nil {
		smi = append(smi, filepath.Join(dir, "nvidia-smi.exe"))
	}
	if dir, err := windows.KnownFolderPath(windows.FOLDERID_ProgramFiles, 0); err == nil {
		smi = append(smi, filepath.Join(dir, "NVIDIA Corporation", "NVSMI", "nvidia-smi.exe"))
	}
	if out, err := firstOf(ctx, run, smi, smiQuery...); err == nil {
		r.addNVIDIA(parseSMI(string(out)))
	}
	for _, g := range adapters() {
		if g.Vendor != NVIDIA || !has(r.GPUs, NVIDIA) {
			r.GPUs = append(r.GPUs, g)
		}
	}
}

// adapters reads the display adapters that have memory of their own.
func adapters() []GPU {
	class, err := registry.OpenKey(registry.LOCAL_MACHINE, displayClass, registry.ENUMERATE_SUB_KEYS)
	if err != nil {
		return nil
	}
	defer class.Close()
	names, err := class.ReadSubKeyNames(-1)
	if err != nil && len(names) == 0 {
		return nil
	}
	var gpus []GPU
	for _, name := range names {
		k, err := registry.OpenKey(class, name, registry.QUERY_VALUE)
		if err != nil {
			continue // "Properties" is for the system only.
		}
		g := GPU{Source: "registry"}
		g.Name, _, _ = k.GetStringValue("DriverDesc") // Without a name it is none.
		id, _, _ := k.GetStringValue("MatchingDeviceId")
		g.Name, g.Vendor = clip(g.Name), vendorOf(id)
		for _, value := range []string{"HardwareInformation.qwMemorySize", "HardwareInformation.MemorySize"} {
			if g.Total == 0 {
				g.Total = memoryValue(k, value)
			}
		}
		_ = k.Close() // It was only read.
		if g.Name != "" && g.Vendor != "" && g.Total > 0 {
			gpus = append(gpus, g)
		}
	}
	return gpus
}

// memoryValue reads a size that is a number or bytes, as the driver likes.
func memoryValue(k registry.Key, name string) int64 {
	if n, _, err := k.GetIntegerValue(name); err == nil && n <= uint64(maxBytes) {
		return int64(n)
	}
	raw, _, err := k.GetBinaryValue(name)
	if err != nil {
		return 0
	}
	return videoMemory(raw)
}
