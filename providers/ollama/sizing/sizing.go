// Package sizing computes what memory a language model needs, and which models
// fit a machine. It is arithmetic over a table and what Ollama says of a model:
// no file is read and nothing is called.
//
// A model needs its weights, the keys and values of its context, and buffers.
// The weights are the file; where its size is not known, parameters times bits
// by weight. The cache of a layer with full attention holds a key and a value
// for each token, of kv heads times the head's dimension, at 16 bits, which is
// what Ollama keeps unless it is told otherwise (OLLAMA_KV_CACHE_TYPE); a layer
// with a sliding window holds those of the window only. The sums are estimates:
// docs/models.md says how near they come.
package sizing

import (
	"fmt"
	"math"
	"strings"

	"github.com/tftsr/tftsr/internal/hardware"
)

const gib = 1 << 30

// Overhead is what is reckoned for buffers and the runtime of each model, and
// extraGPU for each GPU after the first.
const (
	Overhead = gib * 7 / 10
	extraGPU = gib / 2
)

// Shares of a memory that a model may fill: the rest is for what else runs, and
// for what the sums leave out.
const (
	gpuShare = 0.9
	ramShare = 0.7
)

const cacheBytes = 2 // of a number in the cache: 16 bits

// Spec is what the need of a model depends on.
type Spec struct {
	Name         string
	Parameters   float64 // billions
	Active       float64 // billions that compute a token; 0 means all
	Quantization string
	Size         int64 // of the file, in bytes; 0 if unknown
	Layers       int
	KVHeads      int
	KeyDim       int // of a head
	ValueDim     int
	// Windowed layers attend to the last Window tokens only.
	Windowed, Window int
	Context          int // the longest that it was trained for; 0 if unknown
	Installed        bool
}

// bits by weight of the usual quantizations, with their scales: the figures of
// llama.cpp (tools/quantize/README.md), MXFP4 by its definition (OCP
// Microscaling Formats 1.0: 32 weights of 4 bits share a scale of 8).
var bits = map[string]float64{
	"Q2_K": 3.16, "Q3_K_S": 3.64, "Q3_K_M": 4.0, "Q3_K_L": 4.3, "Q4_0": 4.66, "Q4_1": 5.1, "Q4_K_S": 4.67, "Q4_K_M": 4.89, "Q5_0": 5.5, "Q5_1": 6.0,
	"Q5_K_S": 5.57, "Q5_K_M": 5.7, "Q6_K": 6.56, "Q8_0": 8.5, "MXFP4": 4.25, "F16": 16, "BF16": 16, "F32": 32,
}

// weights returns the size of the weights and how it was reckoned.
func (s Spec) weights() (int64, string, bool) {
	if s.Size > 0 {
		return s.Size, "weights " + GiB(s.Size) + " (the file)", true
	}
	b, ok := bits[strings.ToUpper(s.Quantization)]
	if !ok || s.Parameters <= 0 {
		return 0, "", false
	}
	n := int64(math.Round(s.Parameters * 1e9 * b / 8))
	return n, fmt.Sprintf("weights %.1f billion × %.2f bits (%s) / 8 = %s", s.Parameters, b, s.Quantization, GiB(n)), true
}

// cache returns the size of the keys and values of a context and how it was
// reckoned.
func (s Spec) cache(context int) (int64, string, bool) {
	if s.Layers <= 0 || s.KVHeads <= 0 || s.KeyDim <= 0 || s.ValueDim <= 0 || s.Windowed > s.Layers {
		return 0, "", false
	}
	if float64(s.Layers)*float64(s.KVHeads)*float64(s.KeyDim+s.ValueDim)*cacheBytes*float64(context) > 1<<60 {
		return 0, "", false // No machine, and no sum of this type, has room for it.
	}
	token := int64(s.KVHeads) * int64(s.KeyDim+s.ValueDim) * cacheBytes // bytes a layer
	full := int64(s.Layers-s.Windowed) * token * int64(context)
	heads := fmt.Sprintf("%d kv heads × (%d + %d) × %d bytes", s.KVHeads, s.KeyDim, s.ValueDim, cacheBytes)
	if s.Windowed == 0 {
		return full, fmt.Sprintf("cache %d tokens × %d layers × %s = %s", context, s.Layers, heads, GiB(full)), true
	}
	near := min(context, s.Window)
	n := full + int64(s.Windowed)*token*int64(near)
	return n, fmt.Sprintf("cache (%d tokens × %d layers + %d tokens × %d layers with a window) × %s = %s", context, s.Layers-s.Windowed, near, s.Windowed, heads, GiB(n)), true
}

// Need is what a model needs, with the way there.
type Need struct {
	Weights    int64  `json:"weights_bytes"`
	Cache      int64  `json:"cache_bytes"`
	Overhead   int64  `json:"overhead_bytes"`
	Total      int64  `json:"total_bytes"`
	Arithmetic string `json:"arithmetic" jsonschema:"example=weights 4.8 GiB (the file) + cache 16384 tokens × 36 layers × 8 kv heads × (128 + 128) × 2 bytes = 2.2 GiB + buffers 0.7 GiB = 7.8 GiB"`
}

// NeedOf computes the need of a model for a context. ok is false where too
// little is known of it.
func NeedOf(s Spec, context int) (n Need, ok bool) {
	w, how, known := s.weights()
	c, howCache, knownCache := s.cache(context)
	if !known || !knownCache || context <= 0 || w > 1<<60 {
		return Need{}, false
	}
	n = Need{Weights: w, Cache: c, Overhead: Overhead, Total: w + c + Overhead}
	n.Arithmetic = fmt.Sprintf("%s + %s + buffers %s = %s", how, howCache, GiB(Overhead), GiB(n.Total))
	return n, true
}

// GiB writes a size.
func GiB(n int64) string { return fmt.Sprintf("%.1f GiB", float64(n)/gib) }

// Budget is the memory that models may fill.
type Budget struct {
	GPU     int64  // bytes of video memory that a model may fill; 0 without a GPU that Ollama uses
	RAM     int64  // bytes of main memory
	Shared  bool   // the video memory is main memory
	GPUText string // how GPU was reckoned; empty without one
	RAMText string
	FreeGPU int64 // video memory that is free now; 0 if unknown
}

// BudgetOf reckons with the memory of a machine. GPUs of one vendor count
// together: Ollama spreads a model over them.
func BudgetOf(r hardware.Report) Budget {
	b := Budget{RAM: share(r.Memory.Usable(), ramShare)}
	b.RAMText = fmt.Sprintf("%.1f × %s of main memory that can be had", ramShare, GiB(r.Memory.Usable()))
	if r.Memory.Limit > 0 {
		b.RAMText += " within the container's limit"
	}
	for _, vendor := range []string{hardware.NVIDIA, hardware.AMD, hardware.Apple} {
		var total, free int64
		var names []string
		shared := false
		for _, g := range r.GPUs {
			// Less is the carve-out of a processor with graphics, which holds no model.
			if g.Vendor == vendor && g.Total >= 2*gib {
				total, free = total+g.Total, free+g.Free
				names, shared = append(names, g.Name), shared || g.Shared
			}
		}
		if n := int64(len(names)); n > 1 {
			total -= (n - 1) * extraGPU
		}
		if share(total, gpuShare) > b.GPU {
			b.GPU, b.Shared, b.FreeGPU = share(total, gpuShare), shared, free
			b.GPUText = fmt.Sprintf("%.1f × %s of video memory (%s)", gpuShare, GiB(total), strings.Join(names, ", "))
		}
	}
	return b
}

// Texts says how the memories were reckoned.
func (b Budget) Texts() []string {
	if b.GPUText == "" {
		return []string{b.RAMText}
	}
	return []string{b.GPUText, b.RAMText}
}

// BudgetFor reckons with memories that are given, in bytes: of a machine that
// is not at hand.
func BudgetFor(gpu, ram int64) Budget {
	b := Budget{GPU: share(gpu, gpuShare), RAM: share(ram, ramShare), RAMText: fmt.Sprintf("%.1f × %s of main memory, as given", ramShare, GiB(ram))}
	if gpu > 0 {
		b.GPUText = fmt.Sprintf("%.1f × %s of video memory, as given", gpuShare, GiB(gpu))
	}
	return b
}

func share(n int64, of float64) int64 { return int64(float64(max(n, 0)) * of) }
