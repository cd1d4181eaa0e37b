package hardware

import (
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// tree makes a file system of paths and texts.
func tree(files map[string]string) fs.FS {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

// none runs no program: none is there.
func none(context.Context, string, ...string) ([]byte, error) { return nil, fs.ErrNotExist }

func says(out string) runner {
	return func(_ context.Context, path string, args ...string) ([]byte, error) {
		if path != "/usr/local/bin/nvidia-smi" || strings.Join(args, " ") != "--query-gpu=name,memory.total,memory.free --format=csv,noheader,nounits" {
			return nil, fs.ErrNotExist
		}
		return []byte(out), nil
	}
}

const meminfo = `MemTotal:       24604236 kB
MemFree:        20713596 kB
MemAvailable:   23854428 kB
Buffers:          137636 kB
Cached:          3061028 kB
HugePages_Total:       0
`

const cpuinfo = "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R)  Xeon(R) Processor @ 2.60GHz\n\nprocessor\t: 1\nmodel name\t: other\n"

func look(files map[string]string, do runner) Report {
	r := Report{CPU: CPU{Threads: 16}}
	all := map[string]string{"proc/meminfo": meminfo, "proc/cpuinfo": cpuinfo}
	for k, v := range files {
		all[k] = v
	}
	linux{tree(all), do}.detect(context.Background(), &r)
	return r
}

func TestProcessorAndMemoryAreRead(t *testing.T) {
	r := look(nil, none)
	if r.CPU.Model != "Intel(R) Xeon(R) Processor @ 2.60GHz" || r.Memory.Total != 24604236<<10 || r.Memory.Available != 23854428<<10 || r.Memory.Usable() != r.Memory.Available || len(r.GPUs) != 0 {
		t.Errorf("%+v", r)
	}
	if total, available := parseMeminfo("MemTotal: 100 kB\nMemFree: 10 kB\nBuffers: 5 kB\nCached: 20 kB\n"); total != 100<<10 || available != 35<<10 {
		t.Errorf("an old kernel: %d of %d", available, total)
	}
	if m := parseCPUModel("processor\t: 0\nBogoMIPS\t: 108.00\nModel\t\t: Raspberry Pi 5 Model B Rev 1.0\n"); m != "Raspberry Pi 5 Model B Rev 1.0" {
		t.Error(m)
	}
}

// TestTheLimitsOfAContainerAreHonoured holds it for both versions of cgroups,
// with and without a namespace, for limits that lie above the process's own group,
// and for those that are none.
func TestTheLimitsOfAContainerAreHonoured(t *testing.T) {
	const gb = 1 << 30
	for what, tt := range map[string]struct {
		files         map[string]string
		limit, usable int64
		cpus          float64
	}{
		"v2 in a container": {map[string]string{
			"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "4294967296\n", "sys/fs/cgroup/memory.current": "2147483648\n",
			"sys/fs/cgroup/memory.stat": "anon 100\nfile 1073741824\ninactive_file 1073741824\n", "sys/fs/cgroup/cpu.max": "150000 100000\n",
		}, 4 * gb, 3 * gb, 1.5},
		"v2, a limit on the slice above": {map[string]string{
			"proc/self/cgroup": "0::/user.slice/app.service\n", "sys/fs/cgroup/user.slice/memory.max": "8589934592\n", "sys/fs/cgroup/user.slice/memory.current": "0\n",
			"sys/fs/cgroup/user.slice/app.service/memory.max": "max\n", "sys/fs/cgroup/user.slice/cpu.max": "max 100000\n",
		}, 8 * gb, 8 * gb, 0},
		"v1 whose path is the host's": {map[string]string{
			"proc/self/cgroup":                           "12:memory:/docker/0123abcd\n4:cpu,cpuacct:/docker/0123abcd\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "2147483648\n", "sys/fs/cgroup/memory/memory.usage_in_bytes": "536870912\n",
			"sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "200000\n", "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
		}, 2 * gb, 2*gb - 536870912, 2},
		"v1 without a limit": {map[string]string{
			"proc/self/cgroup": "12:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
		}, 0, 23854428 << 10, 0},
		"more than there is": {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "99999999999999\n"}, 0, 23854428 << 10, 0},
		"used up":            {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "1073741824\n", "sys/fs/cgroup/memory.current": "2073741824\n"}, gb, 0, 0},
		"a path out of it":   {map[string]string{"proc/self/cgroup": "0::/../../x\n", "sys/fs/cgroup/memory.max": "1073741824\n"}, gb, gb, 0},
	} {
		r := look(tt.files, none)
		if r.Memory.Limit != tt.limit || r.Memory.Usable() != tt.usable || r.CPU.Limit != tt.cpus {
			t.Errorf("%s: %+v %+v, usable %d", what, r.Memory, r.CPU, r.Memory.Usable())
		}
	}
}

func TestNVIDIAGPUsAreReadAsNvidiaSMIWritesThem(t *testing.T) {
	r := look(nil, says("NVIDIA GeForce RTX 4090, 24564, 23010\nTesla V100-SXM2-16GB, 16384, [N/A]\n\n"))
	if len(r.GPUs) != 2 || r.GPUs[0] != (GPU{Vendor: NVIDIA, Name: "NVIDIA GeForce RTX 4090", Total: 24564 << 20, Free: 23010 << 20, Source: "nvidia-smi"}) || r.GPUs[1].Free != 0 || r.GPUs[1].Total != 16384<<20 {
		t.Errorf("%+v", r.GPUs)
	}
	// A GPU without a memory of its own has the machine's.
	r = look(nil, says("NVIDIA GB10, [N/A], [N/A]\n"))
	if len(r.GPUs) != 1 || !r.GPUs[0].Shared || r.GPUs[0].Total != r.Memory.Total || len(r.Notes) != 1 {
		t.Errorf("%+v", r)
	}
	for _, text := range []string{"No devices were found\n", "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n", "", "a, b\n"} {
		if r := look(nil, says(text)); len(r.GPUs) != 0 {
			t.Errorf("%q: %+v", text, r.GPUs)
		}
	}
}

func TestAGPUWhoseMemoryIsNotKnownIsToldAsThat(t *testing.T) {
	files := map[string]string{"proc/driver/nvidia/gpus/0000:01:00.0/information": "Model: \t\t NVIDIA GeForce GTX 1080\nIRQ:   \t\t 33\nGPU UUID: \t GPU-????\n"}
	r := look(files, none)
	if len(r.GPUs) != 1 || r.GPUs[0].Name != "NVIDIA GeForce GTX 1080" || r.GPUs[0].Total != 0 || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "no nvidia-smi") {
		t.Errorf("%+v", r)
	}
	r = look(files, func(context.Context, string, ...string) ([]byte, error) { return nil, context.DeadlineExceeded })
	if len(r.GPUs) != 1 || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "gave no answer") {
		t.Errorf("%+v", r)
	}
}

func TestAMDGPUsAreReadFromTheKernel(t *testing.T) {
	r := look(map[string]string{
		"sys/class/drm/card1/device/vendor": "0x1002\n", "sys/class/drm/card1/device/device": "0x744c\n",
		"sys/class/drm/card1/device/mem_info_vram_total": "25753026560\n", "sys/class/drm/card1/device/mem_info_vram_used": "1073741824\n",
		"sys/class/drm/card1-HDMI-A-1/device/vendor": "0x1002\n",
		"sys/class/drm/card2/device/vendor":          "0x1002\n", "sys/class/drm/card2/device/product_name": "AMD Radeon 780M\n",
		"sys/class/drm/card2/device/mem_info_vram_total": "536870912\n", "sys/class/drm/card2/device/mem_info_gtt_total": "16106127360\n",
		"sys/class/drm/card0/device/vendor": "0x8086\n", "sys/class/drm/card0/device/device": "0x56a0\n",
		"sys/class/drm/renderD128/device/vendor": "0x1002\n",
		// Not read: the driver for graphics has told.
		"sys/class/kfd/kfd/topology/nodes/1/properties": "simd_count 192\nvendor_id 4098\n",
	}, none)
	want := []GPU{
		{Vendor: Intel, Name: "Intel GPU 0x56a0", Source: "/sys/class/drm"},
		{Vendor: AMD, Name: "AMD GPU 0x744c", Total: 25753026560, Free: 25753026560 - 1073741824, Source: "amdgpu"},
		{Vendor: AMD, Name: "AMD Radeon 780M", Total: 536870912, Free: 536870912, Source: "amdgpu"},
	}
	if len(r.GPUs) != 3 || r.GPUs[0] != want[0] || r.GPUs[1] != want[1] || r.GPUs[2] != want[2] || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "15360 MiB of the main memory") {
		t.Errorf("%+v", r)
	}
	// In a container with /dev/kfd only.
	r = look(map[string]string{
		"sys/class/kfd/kfd/topology/nodes/0/properties":             "cpu_cores_count 16\nsimd_count 0\nvendor_id 4098\n",
		"sys/class/kfd/kfd/topology/nodes/1/properties":             "cpu_cores_count 0\nsimd_count 192\nvendor_id 4098\ngfx_target_version 110000\n",
		"sys/class/kfd/kfd/topology/nodes/1/mem_banks/0/properties": "heap_type 1\nsize_in_bytes 25753026560\nflags 0\n",
		"sys/class/kfd/kfd/topology/nodes/1/mem_banks/1/properties": "heap_type 4\nsize_in_bytes 99\n",
	}, none)
	if len(r.GPUs) != 1 || r.GPUs[0] != (GPU{Vendor: AMD, Name: "AMD GPU gfx1100", Total: 25753026560, Source: "kfd"}) {
		t.Errorf("%+v", r.GPUs)
	}
	for version, want := range map[int64]string{110000: "gfx1100", 90010: "gfx90a", 100302: "gfx1032", 90402: "gfx942", 0: "", -1: ""} {
		if got := gfxName(version); got != want {
			t.Errorf("%d is %s, not %s", version, got, want)
		}
	}
}

// TestAppleMemoryIsShared reads vm_stat as macOS 15 writes it.
func TestAppleMemoryIsShared(t *testing.T) {
	const stat = `Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                               65536.
Pages active:                            412345.
Pages inactive:                          131072.
Pages speculative:                        16384.
Pages throttled:                              0.
Pages wired down:                        123456.
Pages purgeable:                          16384.
"Translation faults":                1234567890.
`
	if got := parseVMStat(stat); got != (65536+131072+16384+16384)*16384 {
		t.Error(got)
	}
	for _, text := range []string{"", "page size of 0 bytes", "page size of x bytes\nPages free: 1.", "(page size of 99999999999 bytes)\nPages free: 9223372036854775807."} {
		if got := parseVMStat(text); got != 0 {
			t.Errorf("%q is %d", text, got)
		}
	}
	if g := appleGPU("Apple M3 Pro", 36<<30, 20<<30, 0); g.Total != 24<<30 || g.Free != 20<<30 || !g.Shared || g.Vendor != Apple {
		t.Errorf("%+v", g)
	}
	if g := appleGPU("Apple M3 Pro", 36<<30, 35<<30, 30<<10); g.Total != 30<<30 || g.Free != 30<<30 {
		t.Errorf("what the owner set: %+v", g)
	}
}

func TestVideoMemoryOfWindowsIsReadInBothForms(t *testing.T) {
	eight := binary.LittleEndian.AppendUint64(nil, 24<<30)
	four := binary.LittleEndian.AppendUint32(nil, 3<<30)
	for want, raw := range map[int64][]byte{24 << 30: eight, 3 << 30: four, 0: {1, 2, 3}} {
		if got := videoMemory(raw); got != want {
			t.Errorf("%x is %d, not %d", raw, got, want)
		}
	}
	if videoMemory(binary.LittleEndian.AppendUint64(nil, 1<<63)) != 0 {
		t.Error("a size that none is")
	}
	for id, want := range map[string]string{`PCI\VEN_10DE&DEV_2684&SUBSYS_16F4`: NVIDIA, `pci\ven_1002&dev_744c`: AMD, "0x8086\n": Intel, `ROOT\BasicDisplay`: "", "0x10de": NVIDIA, "": ""} {
		if got := vendorOf(id); got != want {
			t.Errorf("%q is %q, not %q", id, got, want)
		}
	}
}

func TestProgramsAreNamedInFullAndBoundInTimeAndSize(t *testing.T) {
	dir := t.TempDir()
	script := func(name, text string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return p
	}
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("there is no shell")
	}
	ctx := t.Context()
	if out, err := run(ctx, script("ok", "echo $LC_ALL$HOME")); err != nil || string(out) != "C\n" {
		t.Errorf("%q, %v", out, err)
	}
	t.Chdir(dir)
	for _, p := range []string{"ok", "./ok", dir} {
		if _, err := run(ctx, p); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%s: %v", p, err)
		}
	}
	if out, err := run(ctx, script("loud", "exec yes")); err == nil || len(out) > maxOutput {
		t.Errorf("a program without end: %d bytes, %v", len(out), err)
	}
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	if _, err := run(short, script("slow", "exec sleep 60")); err == nil {
		t.Error("a program that sleeps succeeds")
	}
	// The first that is there is the one; its failure is not covered up by another.
	if _, err := firstOf(ctx, run, []string{filepath.Join(dir, "missing"), script("bad", "exit 3"), filepath.Join(dir, "ok")}); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestThisMachineIsSeen(t *testing.T) {
	r := Detect(t.Context())
	if r.Memory.Total < 1<<28 || r.Memory.Usable() <= 0 || r.Memory.Usable() > r.Memory.Total || r.CPU.Threads < 1 {
		t.Errorf("%+v", r)
	}
}

// FuzzParsers holds that no text of a driver or kernel gives a size that is
// none.
func FuzzParsers(f *testing.F) {
	f.Add(meminfo)
	f.Add("NVIDIA GeForce RTX 4090, 24564, 23010\n")
	f.Add("(page size of 16384 bytes)\nPages free: 9223372036854775807.\n")
	f.Add("0::/a\n1:memory:/b\n")
	f.Add("150000 100000\n")
	f.Fuzz(func(t *testing.T, text string) {
		check := func(what string, n int64) {
			if n < 0 || n > maxBytes*4 {
				t.Fatalf("%s of %q is %d", what, text, n)
			}
		}
		total, available := parseMeminfo(text)
		check("total", total)
		check("available", available)
		for _, g := range parseSMI(text) {
			check("GPU", g.Total)
			check("GPU", g.Free)
		}
		check("vm_stat", parseVMStat(text))
		check("limit", parseLimit(text))
		check("video memory", videoMemory([]byte(text)))
		if q := parseCPUMax(text); q < 0 {
			t.Fatalf("%q is %g processors", text, q)
		}
		unified, _ := parseCgroup(text)
		for _, dir := range ways("sys/fs/cgroup", unified) {
			if !strings.HasPrefix(dir, "sys/fs/cgroup") || strings.Contains(dir, "..") && !fs.ValidPath(dir) {
				t.Fatalf("%q leads to %q", text, dir)
			}
		}
	})
}
