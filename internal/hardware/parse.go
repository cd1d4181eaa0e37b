package hardware

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"strings"
)

const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30
)

// maxBytes is where sizes stop being believed: a pebibyte.
const maxBytes = int64(1) << 50

// size reads a number of units and returns bytes; 0 for what is none.
func size(text string, unit int64) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n < 0 || n > maxBytes/unit {
		return 0
	}
	return n * unit
}

// parseMeminfo reads /proc/meminfo (proc_meminfo(5)). Before Linux 3.14 there is
// no MemAvailable.
func parseMeminfo(text string) (total, available int64) {
	values := map[string]int64{}
	for line := range strings.Lines(text) {
		name, rest, ok := strings.Cut(line, ":")
		number, unit, _ := strings.Cut(strings.TrimSpace(rest), " ")
		if ok && strings.TrimSpace(unit) == "kB" {
			values[name] = size(number, kib)
		}
	}
	available, ok := values["MemAvailable"]
	if !ok {
		available = values["MemFree"] + values["Buffers"] + values["Cached"]
	}
	return values["MemTotal"], min(available, values["MemTotal"])
}

// parseCPUModel finds the name of the processor in /proc/cpuinfo: "model name"
// on x86, "Model" on a Raspberry Pi, "cpu" on POWER. Other ARM machines give
// none.
func parseCPUModel(text string) string {
	found := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		if _, had := found[name]; ok && !had {
			found[name] = strings.TrimSpace(value)
		}
	}
	for _, name := range []string{"model name", "Model", "cpu"} {
		if found[name] != "" {
			return clip(found[name])
		}
	}
	return ""
}

// clip bounds a name that a driver gives.
func clip(s string) string {
	s = strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), "")
	if len(s) > 120 {
		s = strings.ToValidUTF8(s[:120], "")
	}
	return s
}

// parseCgroup reads /proc/self/cgroup (cgroups(7)): the path in the unified
// hierarchy, and those of the controllers of the first version.
func parseCgroup(text string) (unified string, byController map[string]string) {
	byController = map[string]string{}
	for line := range strings.Lines(text) {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(parts) != 3 {
			continue
		}
		if parts[0] == "0" && parts[1] == "" {
			unified = parts[2]
			continue
		}
		for c := range strings.SplitSeq(parts[1], ",") {
			byController[c] = parts[2]
		}
	}
	return unified, byController
}

// parseLimit reads a limit of a cgroup: bytes, "max", or the number near 2^63
// that the first version has for no limit.
func parseLimit(text string) int64 { return size(text, 1) }

// parseStat returns a value of memory.stat.
func parseStat(text, name string) int64 {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			return size(rest, 1)
		}
	}
	return 0
}

// parseCPUMax reads cpu.max of cgroup v2: "$MAX $PERIOD" in microseconds.
func parseCPUMax(text string) float64 {
	f := strings.Fields(text)
	if len(f) != 2 {
		return 0
	}
	return quota(f[0], f[1])
}

// quota divides the time that may be used by the period it is for.
func quota(used, period string) float64 {
	q, err1 := strconv.ParseInt(strings.TrimSpace(used), 10, 64)
	p, err2 := strconv.ParseInt(strings.TrimSpace(period), 10, 64)
	if err1 != nil || err2 != nil || q <= 0 || p <= 0 {
		return 0
	}
	return float64(q) / float64(p)
}

// smiQuery asks nvidia-smi for one line a GPU, sizes in MiB without their unit
// (nvidia-smi --help-query-gpu).
var smiQuery = []string{"--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits"}

// parseSMI reads its answer. A GPU whose memory is the machine's answers [N/A].
func parseSMI(text string) []GPU {
	var gpus []GPU
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimSpace(line), ", ")
		if len(f) < 3 {
			continue // An empty line, or a message.
		}
		n := len(f)
		gpus = append(gpus, GPU{
			Vendor: NVIDIA, Name: clip(strings.Join(f[:n-2], ", ")), Total: size(f[n-2], mib), Free: size(f[n-1], mib), Source: "nvidia-smi",
		})
	}
	return gpus
}

// parseNVIDIAInformation finds the name of a GPU in
// /proc/driver/nvidia/gpus/*/information.
func parseNVIDIAInformation(text string) string {
	for line := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(line, "Model:"); ok {
			return clip(name)
		}
	}
	return ""
}

// parseProperties reads a properties file of the topology of AMD's compute
// driver (/sys/class/kfd/kfd/topology): a name and a number a line.
func parseProperties(text string) map[string]int64 {
	out := map[string]int64{}
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.ParseInt(value, 10, 64); ok && err == nil {
			out[name] = n
		}
	}
	return out
}

// gfxName writes a gfx_target_version as AMD does: 110000 is gfx1100, 90010 is
// gfx90a (major, minor and stepping in two decimal digits each, the last two
// in hexadecimal).
func gfxName(version int64) string {
	if version <= 0 {
		return ""
	}
	return "gfx" + strconv.FormatInt(version/10000, 10) + strconv.FormatInt(version/100%100, 16) + strconv.FormatInt(version%100, 16)
}

// parseVMStat reads what vm_stat of macOS tells: the size of a page, and the
// pages that programs could get.
func parseVMStat(text string) int64 {
	_, rest, ok := strings.Cut(text, "page size of ")
	number, _, ok2 := strings.Cut(rest, " bytes")
	page := size(number, 1)
	if !ok || !ok2 || page == 0 || page > gib {
		return 0
	}
	var pages int64
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "Pages free", "Pages inactive", "Pages speculative", "Pages purgeable":
			pages += size(strings.TrimSuffix(strings.TrimSpace(value), "."), page) / page
		}
	}
	return min(pages, maxBytes/page) * page
}

// appleGPU is what the GPU of Apple silicon may use of the main memory: what
// the owner set (sysctl iogpu.wired_limit_mb), else two thirds, the least of
// what Metal recommends (recommendedMaxWorkingSetSize; three quarters on the
// larger machines).
func appleGPU(chip string, total, available, wiredMB int64) GPU {
	g := GPU{Vendor: Apple, Name: clip(chip), Shared: true, Total: total / 3 * 2, Source: "two thirds of hw.memsize"}
	if wiredMB > 0 && wiredMB < maxBytes/mib {
		g.Total, g.Source = min(wiredMB*mib, total), "sysctl iogpu.wired_limit_mb"
	}
	g.Free = min(g.Total, available)
	return g
}

// videoMemory reads HardwareInformation.qwMemorySize of a display class key of
// the Windows registry: eight bytes, or, from some drivers, four
// (HardwareInformation.MemorySize), the lowest first.
func videoMemory(raw []byte) int64 {
	var n uint64
	switch len(raw) {
	case 8:
		n = binary.LittleEndian.Uint64(raw)
	case 4:
		n = uint64(binary.LittleEndian.Uint32(raw))
	}
	if n > uint64(maxBytes) || n > math.MaxInt64 {
		return 0
	}
	return int64(n) //nolint:gosec // bounded just before
}

// vendorOf tells the vendor by a PCI id, as Windows writes it
// (PCI\VEN_10DE&DEV_2684…) and sysfs does (0x10de).
func vendorOf(id string) string {
	id = strings.ToLower(strings.TrimSpace(id))
	for code, vendor := range map[string]string{"10de": NVIDIA, "1002": AMD, "8086": Intel} {
		if id == "0x"+code || strings.Contains(id, "ven_"+code) {
			return vendor
		}
	}
	return ""
}

// firstLine returns what a small file of the kernel says.
func firstLine(b []byte) string {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return strings.TrimSpace(string(line))
}
