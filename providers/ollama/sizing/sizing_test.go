package sizing

import (
	"math"
	"strings"
	"testing"

	"github.com/tftsr/tftsr/internal/hardware"
)

func spec(t *testing.T, name string) Spec {
	t.Helper()
	for _, s := range Models().Models {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("the table has no %s", name)
	return Spec{}
}

// TestTheArithmeticIsThatOfTheArchitecture reckons by hand: 8 billion weights
// at 4.89 bits, 32 layers, 8 kv heads of 128, 8192 tokens.
func TestTheArithmeticIsThatOfTheArchitecture(t *testing.T) {
	s := Spec{Name: "x", Parameters: 8.03, Quantization: "Q4_K_M", Layers: 32, KVHeads: 8, KeyDim: 128, ValueDim: 128}
	n, ok := NeedOf(s, 8192)
	if !ok || n.Cache != 8192*128<<10 || n.Weights != 4908337500 || n.Total != n.Weights+n.Cache+n.Overhead {
		t.Errorf("%+v", n)
	}
	if want := "weights 8.0 billion × 4.89 bits (Q4_K_M) / 8 = 4.6 GiB + cache 8192 tokens × 32 layers × 8 kv heads × (128 + 128) × 2 bytes = 1.0 GiB + buffers 0.7 GiB = 6.3 GiB"; n.Arithmetic != want {
		t.Errorf("%s\nwant %s", n.Arithmetic, want)
	}
	// Half of the layers of gpt-oss hold a window of the context only.
	n, _ = NeedOf(spec(t, "gpt-oss:20b"), 131072)
	if want := int64(131072+4608) * 12 * 8 * 128 * 2; n.Cache != want {
		t.Errorf("%d, want %d", n.Cache, want)
	}
	n, _ = NeedOf(spec(t, "gpt-oss:20b"), 1000)
	if want := int64(1000) * 24 * 8 * 128 * 2; n.Cache != want {
		t.Errorf("a context within the window: %d, want %d", n.Cache, want)
	}
}

func TestWhatIsNotKnownIsNotReckoned(t *testing.T) {
	good := spec(t, "qwen3:8b")
	for what, change := range map[string]func(*Spec){
		"no layers":           func(s *Spec) { s.Layers = 0 },
		"no heads":            func(s *Spec) { s.KVHeads = 0 },
		"no dimension":        func(s *Spec) { s.KeyDim = 0 },
		"no size, odd format": func(s *Spec) { s.Size, s.Quantization = 0, "unknown" },
		"absurd":              func(s *Spec) { s.Layers, s.KVHeads, s.KeyDim = 1<<20, 1<<20, 1<<20 },
		"more windows":        func(s *Spec) { s.Windowed = s.Layers + 1 },
	} {
		s := good
		change(&s)
		if n, ok := NeedOf(s, 8192); ok {
			t.Errorf("%s: %+v", what, n)
		}
		if p := Recommend(BudgetFor(1<<40, 1<<40), []Spec{s}, 8192); p.Best != "" || p.Fits[0].Where != Nowhere {
			t.Errorf("%s: %+v", what, p)
		}
	}
	if _, ok := NeedOf(good, 0); ok {
		t.Error("a context of nothing")
	}
}

func gpu(vendor string, gb int64) hardware.GPU {
	return hardware.GPU{Vendor: vendor, Name: vendor, Total: gb << 30, Free: gb << 30}
}

func machine(ram int64, gpus ...hardware.GPU) hardware.Report {
	return hardware.Report{Memory: hardware.Memory{Total: ram << 30, Available: ram << 30}, GPUs: gpus}
}

// TestMachinesGetWhatFitsThem is a table of machines that people have.
func TestMachinesGetWhatFitsThem(t *testing.T) {
	for what, tt := range map[string]struct {
		r       hardware.Report
		context int
		best    string
		where   string
	}{
		"a GPU of 24 GiB":            {machine(64, gpu(hardware.NVIDIA, 24)), 16384, "qwen3:30b", OnGPU},
		"the same, a long context":   {machine(64, gpu(hardware.NVIDIA, 24)), 65536, "gpt-oss:20b", OnGPU},
		"a GPU of 12 GiB":            {machine(32, gpu(hardware.NVIDIA, 12)), 8192, "qwen3:14b", OnGPU},
		"the same, 16k tokens":       {machine(32, gpu(hardware.NVIDIA, 12)), 16384, "mistral-nemo:12b", OnGPU},
		"a GPU of 8 GiB":             {machine(32, gpu(hardware.AMD, 8)), 4096, "qwen3:8b", OnGPU},
		"a GPU of 8 GiB, 16k tokens": {machine(32, gpu(hardware.AMD, 8)), 16384, "qwen3:4b", OnGPU},
		"four GPUs of 48 GiB":        {machine(512, gpu(hardware.NVIDIA, 48), gpu(hardware.NVIDIA, 48), gpu(hardware.NVIDIA, 48), gpu(hardware.NVIDIA, 48)), 16384, "qwen3:235b", OnGPU},
		"a server without GPU":       {machine(64), 16384, "qwen3:30b", OnCPU},
		"a laptop without GPU":       {machine(16), 8192, "qwen3:8b", OnCPU},
		"a small machine":            {machine(4), 4096, "qwen3:1.7b", OnCPU},
		"graphics in the processor":  {machine(16, hardware.GPU{Vendor: hardware.AMD, Name: "780M", Total: 512 << 20}), 8192, "qwen3:8b", OnCPU},
		"Intel graphics":             {machine(16, gpu(hardware.Intel, 16)), 8192, "qwen3:8b", OnCPU},
		"Apple silicon with 36 GiB":  {machine(36, hardware.GPU{Vendor: hardware.Apple, Name: "M3", Total: 24 << 30, Shared: true}), 16384, "qwen3:30b", OnGPU},
		"nothing to speak of":        {machine(1), 4096, "", Nowhere},
	} {
		p := Recommend(BudgetOf(tt.r), Models().Models, tt.context)
		if p.Best != tt.best || p.Fits[0].Where != tt.where || p.Why == "" {
			t.Errorf("%s: %s on %s (%s; %s), want %s on %s", what, p.Best, p.Fits[0].Where, p.Why, p.Fits[0].Why, tt.best, tt.where)
		}
		if len(p.Fits) != len(Models().Models) {
			t.Errorf("%s: %d of %d models", what, len(p.Fits), len(Models().Models))
		}
		for _, f := range p.Fits {
			if f.Why == "" {
				t.Errorf("%s: %s without a reason", what, f.Model)
			}
		}
	}
}

func TestAContainerCountsByItsLimit(t *testing.T) {
	r := machine(64)
	r.Memory.Limit, r.Memory.LimitUsed = 8<<30, 1<<30
	b := BudgetOf(r)
	whole, limit := float64(7<<30), 0.7
	if b.RAM != int64(whole*limit) || !strings.Contains(b.RAMText, "within the container's limit") {
		t.Errorf("%+v", b)
	}
}

func TestNothingFitsSaysWhyAndWhatIsLeast(t *testing.T) {
	p := Recommend(BudgetFor(0, 2<<30), Models().Models, 32768)
	if p.Best != "" || !strings.HasPrefix(p.Why, "nothing fits: the least that is needed is for ") || !strings.Contains(p.Why, " > 1.4 GiB, which is 0.7 × 2.0 GiB of main memory") || !strings.Contains(p.Why, "a shorter context needs less") {
		t.Errorf("%+v", p)
	}
	p = Recommend(BudgetFor(1<<40, 1<<40), Models().Models, 1<<20)
	if p.Best != "" || !strings.Contains(p.Why, "its context is at most") {
		t.Errorf("a context that none has: %+v", p.Why)
	}
	if p := Recommend(BudgetFor(0, 1<<40), nil, 4096); p.Best != "" || p.Why == "" {
		t.Errorf("no models: %+v", p)
	}
}

func TestMoreMemoryNeverMeansLess(t *testing.T) {
	last := 0.0
	for gb := int64(1); gb <= 256; gb++ {
		p := Recommend(BudgetFor(gb<<30, 0), Models().Models, 8192)
		if p.Best == "" {
			continue
		}
		s := spec(t, p.Best)
		if s.Parameters < last {
			t.Fatalf("%d GiB of video memory get %s, less than before", gb, p.Best)
		}
		last = s.Parameters
	}
	if last < 200 {
		t.Errorf("the largest is never reached: %g", last)
	}
}

func TestEveryModelOfTheTableIsWhole(t *testing.T) {
	table := Models()
	if table.AsOf == "" || table.BasedOn == "" || len(table.Models) < 10 {
		t.Fatalf("%+v", table)
	}
	if rows := strings.Count(string(tableText), `"source": "`); rows != len(table.Models) {
		t.Errorf("%d of %d rows say where they are from", rows, len(table.Models))
	}
	seen := map[string]bool{}
	for _, s := range table.Models {
		n, ok := NeedOf(s, 4096)
		if !ok || seen[s.Name] || s.Context < 4096 || !strings.Contains(s.Name, ":") {
			t.Errorf("%+v", s)
		}
		seen[s.Name] = true
		// The size of the file must be near parameters times bits: a slip of a digit shows.
		b, known := bits[s.Quantization]
		if reckoned := s.Parameters * 1e9 * b / 8; !known || math.Abs(float64(n.Weights)-reckoned) > reckoned*0.28+2e8 {
			t.Errorf("%s: a file of %d bytes, reckoned %.0f", s.Name, n.Weights, reckoned)
		}
		if s.active() > s.Parameters {
			t.Errorf("%s: more weights compute a token than there are", s.Name)
		}
	}
}

func TestWhatIsInstalledIsReckonedByWhatOllamaSays(t *testing.T) {
	s := FromShown("qwen3:8b", 5225374720, "Q4_K_M", map[string]any{
		"general.architecture": "qwen3", "general.parameter_count": 8190735360.0, "qwen3.block_count": 36.0, "qwen3.context_length": 40960.0, "qwen3.embedding_length": 4096.0,
		"qwen3.attention.head_count": 32.0, "qwen3.attention.head_count_kv": 8.0, "qwen3.attention.key_length": 128.0, "qwen3.attention.value_length": 128.0,
	})
	n, ok := NeedOf(s, 8192)
	if !ok || n.Weights != 5225374720 || n.Cache != 8192*36*8*256*2 || s.Context != 40960 || !s.Installed {
		t.Errorf("%+v %+v", s, n)
	}
	// Older files give no length of keys and values.
	s = FromShown("x", 1, "", map[string]any{"general.architecture": "llama", "llama.block_count": 32.0, "llama.embedding_length": 4096.0, "llama.attention.head_count": 32.0, "llama.attention.head_count_kv": 8.0})
	if s.KeyDim != 128 || s.ValueDim != 128 || s.KVHeads != 8 {
		t.Errorf("%+v", s)
	}
	if s = FromShown("x", 1, "", map[string]any{"general.architecture": "llama", "llama.attention.head_count": 32.0}); s.KVHeads != 32 {
		t.Errorf("without grouped queries: %+v", s)
	}
	s = FromShown("gemma3:4b", 1, "", map[string]any{"general.architecture": "gemma3", "gemma3.block_count": 34.0, "gemma3.attention.sliding_window": 1024.0})
	if s.Windowed != 29 || s.Window != 1536 {
		t.Errorf("%+v", s)
	}
	// A list for each layer, which Ollama leaves out, or nonsense, is not known.
	for what, info := range map[string]map[string]any{
		"a list":    {"general.architecture": "granitehybrid", "granitehybrid.block_count": 40.0, "granitehybrid.embedding_length": 4096.0, "granitehybrid.attention.head_count": 32.0, "granitehybrid.attention.head_count_kv": nil},
		"nothing":   {},
		"nil":       nil,
		"texts":     {"general.architecture": "llama", "llama.block_count": "32"},
		"fractions": {"general.architecture": "llama", "llama.block_count": 1.5, "llama.attention.head_count": -1.0},
		"huge":      {"general.architecture": "llama", "llama.block_count": 1e300, "llama.attention.head_count": 1e300, "llama.embedding_length": 1e300},
	} {
		if n, ok := NeedOf(FromShown("x", 1, "Q4_0", info), 4096); ok {
			t.Errorf("%s: %+v", what, n)
		}
	}
}
