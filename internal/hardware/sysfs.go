package hardware

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// maxFile bounds what is read of a file of the kernel, in bytes: /proc/cpuinfo
// of a large machine is the largest.
const maxFile = 4 << 20

// smiPaths are where nvidia-smi is on Linux; the last is that of WSL 2.
var smiPaths = []string{"/usr/bin/nvidia-smi", "/usr/local/bin/nvidia-smi", "/usr/local/nvidia/bin/nvidia-smi", "/run/current-system/sw/bin/nvidia-smi", "/usr/lib/wsl/lib/nvidia-smi"}

// linux looks at a Linux machine through its file system.
type linux struct {
	root fs.FS
	run  runner
}

func (l linux) detect(ctx context.Context, r *Report) {
	r.CPU.Model = parseCPUModel(l.read("proc/cpuinfo"))
	r.Memory.Total, r.Memory.Available = parseMeminfo(l.read("proc/meminfo"))
	l.limits(r)
	l.nvidia(ctx, r)
	l.drm(r)
	if !has(r.GPUs, AMD) {
		l.kfd(r)
	}
}

func has(gpus []GPU, vendor string) bool {
	for _, g := range gpus {
		if g.Vendor == vendor {
			return true
		}
	}
	return false
}

// read returns a file, or nothing.
func (l linux) read(name string) string {
	f, err := l.root.Open(name)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return ""
	}
	return string(b)
}

// limits reads what a container, or a service with limits, may use: the lowest
// limit on the way from the root of the hierarchy to this process's group.
func (l linux) limits(r *Report) {
	unified, byController := parseCgroup(l.read("proc/self/cgroup"))
	take := func(limit, used int64) {
		if limit > 0 && limit < r.Memory.Total && (r.Memory.Limit == 0 || limit-used < r.Memory.Limit-r.Memory.LimitUsed) {
			r.Memory.Limit, r.Memory.LimitUsed = limit, max(0, used)
		}
	}
	takeCPU := func(n float64) {
		if n > 0 && n < float64(r.CPU.Threads) && (r.CPU.Limit == 0 || n < r.CPU.Limit) {
			r.CPU.Limit = n
		}
	}
	// The cache of files that are not in use is given back when memory is needed.
	for _, dir := range ways("sys/fs/cgroup", unified) {
		used := parseLimit(firstLine([]byte(l.read(dir+"/memory.current")))) - parseStat(l.read(dir+"/memory.stat"), "inactive_file")
		take(parseLimit(l.read(dir+"/memory.max")), used)
		takeCPU(parseCPUMax(l.read(dir + "/cpu.max")))
	}
	for _, dir := range ways("sys/fs/cgroup/memory", byController["memory"]) {
		used := parseLimit(l.read(dir+"/memory.usage_in_bytes")) - parseStat(l.read(dir+"/memory.stat"), "total_inactive_file")
		take(parseLimit(l.read(dir+"/memory.limit_in_bytes")), used)
	}
	for _, base := range []string{"sys/fs/cgroup/cpu", "sys/fs/cgroup/cpu,cpuacct"} {
		for _, dir := range ways(base, byController["cpu"]) {
			takeCPU(quota(l.read(dir+"/cpu.cfs_quota_us"), l.read(dir+"/cpu.cfs_period_us")))
		}
	}
}

// ways returns the folders from base down to the group. In a container, the
// path of the group may be that of the host, which is not there: base is then
// the group itself.
func ways(base, group string) []string {
	dirs := []string{base}
	for part := range strings.SplitSeq(strings.Trim(group, "/"), "/") {
		if part == "" || part == ".." {
			continue
		}
		dir := path.Join(dirs[len(dirs)-1], part)
		if !fs.ValidPath(dir) {
			break
		}
		dirs = append(dirs, dir)
	}
	return dirs
}

// nvidia asks nvidia-smi, or reads at least which GPUs the driver has.
func (l linux) nvidia(ctx context.Context, r *Report) {
	out, err := firstOf(ctx, l.run, smiPaths, smiQuery...)
	if gpus := parseSMI(string(out)); err == nil && len(gpus) > 0 {
		r.addNVIDIA(gpus)
		return
	}
	dirs, _ := fs.ReadDir(l.root, "proc/driver/nvidia/gpus") // No driver, no GPU.
	for _, d := range dirs {
		name := parseNVIDIAInformation(l.read("proc/driver/nvidia/gpus/" + d.Name() + "/information"))
		r.GPUs = append(r.GPUs, GPU{Vendor: NVIDIA, Name: name, Source: "/proc/driver/nvidia"})
	}
	switch {
	case len(dirs) > 0 && errors.Is(err, fs.ErrNotExist):
		r.note("there is an NVIDIA GPU but no nvidia-smi, so that the size of its memory is not known")
	case len(dirs) > 0:
		r.note("nvidia-smi gave no answer, so that the memory of the NVIDIA GPU is not known; run it by hand to see why")
	}
}

// addNVIDIA adds GPUs that nvidia-smi told of.
func (r *Report) addNVIDIA(gpus []GPU) {
	for i := range gpus {
		if gpus[i].Total == 0 {
			// Jetson, Grace and GB10: the memory is the machine's, all of it.
			gpus[i].Shared, gpus[i].Total, gpus[i].Free = true, r.Memory.Total, r.Memory.Usable()
			r.note(gpus[i].Name + " gives no size of a memory of its own: the main memory is taken for it")
		}
	}
	r.GPUs = append(r.GPUs, gpus...)
}

// drm reads the memory of AMD GPUs from the files of the kernel's driver
// (Documentation/gpu/amdgpu/driver-misc.rst), and finds Intel's.
func (l linux) drm(r *Report) {
	cards, _ := fs.ReadDir(l.root, "sys/class/drm") // No driver, no GPU.
	for _, c := range cards {
		number, ok := strings.CutPrefix(c.Name(), "card")
		if !ok || number == "" || strings.Trim(number, "0123456789") != "" {
			continue // card0-HDMI-A-1 is a connector.
		}
		dir := "sys/class/drm/" + c.Name() + "/device/"
		switch vendorOf(l.read(dir + "vendor")) {
		case AMD:
			total := size(l.read(dir+"mem_info_vram_total"), 1)
			g := GPU{Vendor: AMD, Name: clip(l.read(dir + "product_name")), Total: total, Source: "amdgpu"}
			if g.Name == "" {
				g.Name = "AMD GPU " + strings.TrimSpace(l.read(dir+"device"))
			}
			if total > 0 {
				g.Free = max(0, total-size(l.read(dir+"mem_info_vram_used"), 1))
			}
			if gtt := size(l.read(dir+"mem_info_gtt_total"), 1); total > 0 && total <= 4*gib && gtt > total {
				r.note(fmt.Sprintf("%s has %d MiB of its own and can use %d MiB of the main memory besides; only its own are counted", g.Name, total/mib, gtt/mib))
			}
			r.GPUs = append(r.GPUs, g)
		case Intel:
			r.GPUs = append(r.GPUs, GPU{Vendor: Intel, Name: "Intel GPU " + strings.TrimSpace(l.read(dir+"device")), Source: "/sys/class/drm"})
		}
	}
}

// kfd reads GPUs from the topology of AMD's compute driver, which is there in
// containers that have /dev/kfd only. A node with SIMDs is a GPU; banks of heap
// type 1 and 2 are its memory (include/uapi/linux/kfd_sysfs.h).
func (l linux) kfd(r *Report) {
	const nodes = "sys/class/kfd/kfd/topology/nodes"
	list, _ := fs.ReadDir(l.root, nodes) // No driver, no GPU.
	for _, n := range list {
		p := parseProperties(l.read(nodes + "/" + n.Name() + "/properties"))
		if p["simd_count"] == 0 || p["vendor_id"] != 0x1002 {
			continue
		}
		g := GPU{Vendor: AMD, Name: strings.TrimSpace("AMD GPU " + gfxName(p["gfx_target_version"])), Source: "kfd"}
		banks, _ := fs.ReadDir(l.root, nodes+"/"+n.Name()+"/mem_banks")
		for _, b := range banks {
			bank := parseProperties(l.read(nodes + "/" + n.Name() + "/mem_banks/" + b.Name() + "/properties"))
			if heap := bank["heap_type"]; (heap == 1 || heap == 2) && bank["size_in_bytes"] > 0 {
				g.Total += min(bank["size_in_bytes"], maxBytes)
			}
		}
		r.GPUs = append(r.GPUs, g)
	}
}
