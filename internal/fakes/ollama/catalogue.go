package ollama

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Model is a model that the fake's registry has, or that was put there.
type Model struct {
	Name         string // with its tag
	Family       string
	Parameters   string // "8.2B"
	Count        int64  // of parameters
	Quantization string
	Weights      int64 // bytes
	License      string
	Template     string
	System       string
	Options      string // as api/show has them
	Capabilities []string
	// Of the architecture.
	Layers, Heads, KVHeads, HeadDim, Context, Embedding int
	// Requires makes pulls by older versions fail.
	Requires string
}

const (
	toolTemplate  = "{{- if .Tools }}# Tools\n{{ range .Tools }}{{ .Function }}\n{{ end }}{{ end }}{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}"
	plainTemplate = "{{ range .Messages }}<start_of_turn>{{ .Role }}\n{{ .Content }}<end_of_turn>\n{{ end }}"
	apache        = "                                 Apache License\n                           Version 2.0, January 2004\n                        http://www.apache.org/licenses/\n"
	stopAtEnd     = "stop                           \"<|im_end|>\""
)

// catalogue is what the registry has: the shapes of real models, so that sums
// over them come out as with Ollama's.
var catalogue = []Model{
	{
		Name: "qwen3:0.6b", Family: "qwen3", Parameters: "751.63M", Count: 751632384, Quantization: "Q4_K_M", Weights: 522640096, License: apache, Template: toolTemplate, Options: stopAtEnd,
		Capabilities: []string{"completion", "tools", "thinking"}, Layers: 28, Heads: 16, KVHeads: 8, HeadDim: 128, Context: 40960, Embedding: 1024,
	},
	{
		Name: "qwen3:8b", Family: "qwen3", Parameters: "8.2B", Count: 8190735360, Quantization: "Q4_K_M", Weights: 5225374720, License: apache, Template: toolTemplate, Options: stopAtEnd,
		Capabilities: []string{"completion", "tools", "thinking"}, Layers: 36, Heads: 32, KVHeads: 8, HeadDim: 128, Context: 40960, Embedding: 4096,
	},
	{
		Name: "llama3.2:3b", Family: "llama", Parameters: "3.2B", Count: 3212749888, Quantization: "Q4_K_M", Weights: 2019377376, License: "LLAMA 3.2 COMMUNITY LICENSE AGREEMENT\n", Template: toolTemplate,
		Capabilities: []string{"completion", "tools"}, Layers: 28, Heads: 24, KVHeads: 8, HeadDim: 128, Context: 131072, Embedding: 3072,
	},
	{
		Name: "gemma3:4b", Family: "gemma3", Parameters: "4.3B", Count: 4299915632, Quantization: "Q4_K_M", Weights: 3338792448, License: "Gemma Terms of Use\n", Template: plainTemplate,
		Capabilities: []string{"completion", "vision"}, Layers: 34, Heads: 8, KVHeads: 4, HeadDim: 256, Context: 131072, Embedding: 2560,
	},
	{
		Name: "nomic-embed-text:latest", Family: "nomic-bert", Parameters: "137M", Count: 136727040, Quantization: "F16", Weights: 274290656, License: apache, Template: "{{ .Prompt }}",
		Capabilities: []string{"embedding"}, Layers: 12, Heads: 12, KVHeads: 12, HeadDim: 64, Context: 2048, Embedding: 768,
	},
	{
		Name: "hf.co/bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M", Family: "llama", Parameters: "1.24B", Count: 1235814432, Quantization: "unknown", Weights: 807694464, Template: toolTemplate,
		Capabilities: []string{"completion", "tools"}, Layers: 16, Heads: 32, KVHeads: 8, HeadDim: 64, Context: 131072, Embedding: 2048,
	},
	{
		Name: "newest:1b", Family: "newest", Parameters: "1B", Count: 1e9, Quantization: "Q4_K_M", Weights: 7e8, Template: toolTemplate, Requires: "99.0.0",
		Capabilities: []string{"completion", "tools"}, Layers: 16, Heads: 16, KVHeads: 8, HeadDim: 64, Context: 32768, Embedding: 1024,
	},
}

// Names are the models that can be pulled.
func Names() []string {
	var names []string
	for _, m := range catalogue {
		names = append(names, m.Name)
	}
	return names
}

// Known reports whether a model can be pulled.
func Known(name string) bool {
	_, ok := find(name)
	return ok
}

func find(name string) (Model, bool) {
	i := slices.IndexFunc(catalogue, func(m Model) bool { return same(m.Name, name) })
	if i < 0 {
		return Model{}, false
	}
	return catalogue[i], true
}

// layer is a file of a model.
type layer struct {
	digest string
	size   int64
}

// layers are the files of a model in the order in which they are loaded: the
// weights, then the small ones, and the configuration last.
func (m Model) layers() []layer {
	if m.Name == "" {
		return nil
	}
	var out []layer
	add := func(text string, size int64) {
		if size > 0 {
			sum := sha256.Sum256([]byte(text))
			out = append(out, layer{"sha256:" + hex.EncodeToString(sum[:]), size})
		}
	}
	add("weights of "+full(m.Name), m.Weights)
	add(m.Template, int64(len(m.Template)))
	add(m.License, int64(len(m.License)))
	add(m.System, int64(len(m.System)))
	add(m.Options, int64(len(m.Options)))
	add("configuration of "+full(m.Name), 486)
	return out
}

func (m Model) size() int64 {
	var n int64
	for _, l := range m.layers() {
		n += l.size
	}
	return n
}

// digest is that of the manifest.
func (m Model) digest() string {
	sum := sha256.Sum256([]byte("manifest of " + full(m.Name)))
	return hex.EncodeToString(sum[:])
}

// cache is the size of the keys and values of a context, at 16 bits.
func (m Model) cache(context int) int64 {
	return 2 * int64(m.Layers) * int64(m.KVHeads) * int64(m.HeadDim) * int64(context) * 2
}

func (m Model) modelfile() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Modelfile generated by \"ollama show\"\n# To build a new Modelfile based on this, replace FROM with:\n# FROM %s\n\nFROM /root/.ollama/models/blobs/%s\n", m.Name, strings.Replace(m.layers()[0].digest, ":", "-", 1))
	if m.Template != "" {
		fmt.Fprintf(&b, "TEMPLATE \"\"\"%s\"\"\"\n", m.Template)
	}
	if m.System != "" {
		fmt.Fprintf(&b, "SYSTEM %s\n", m.System)
	}
	if m.License != "" {
		fmt.Fprintf(&b, "LICENSE \"\"\"%s\"\"\"\n", m.License)
	}
	return b.String()
}

func (m Model) info() map[string]any {
	p := m.Family + "."
	return map[string]any{
		"general.architecture": m.Family, "general.file_type": 15, "general.parameter_count": m.Count, "general.quantization_version": 2,
		p + "attention.head_count": m.Heads, p + "attention.head_count_kv": m.KVHeads, p + "attention.key_length": m.HeadDim, p + "attention.value_length": m.HeadDim,
		p + "block_count": m.Layers, p + "context_length": m.Context, p + "embedding_length": m.Embedding,
		"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.tokens": nil, // Long lists are left out unless the client is verbose.
	}
}

// tensor is Tensor of api/types.go.
type tensor struct {
	Name  string   `json:"name"`
	Type  string   `json:"type"`
	Shape []uint64 `json:"shape"`
}

// tensors are some of those that a file has: enough for their place in the
// answer, which lists them all, asked for or not.
func (m Model) tensors() []tensor {
	width := uint64(max(m.Embedding, 1)) //nolint:gosec // Just bounded.
	out := []tensor{{"token_embd.weight", "Q6_K", []uint64{width, 151936}}}
	for i := range m.Layers {
		for _, name := range []string{"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"} {
			out = append(out, tensor{fmt.Sprintf("blk.%d.%s.weight", i, name), "Q4_K", []uint64{width, width}})
		}
	}
	return out
}

// full completes a name in lower case, as far as the fake needs it.
func full(name string) string {
	name = strings.ToLower(name)
	if strings.LastIndexByte(name, ':') <= strings.LastIndexByte(name, '/') {
		name += ":latest"
	}
	switch strings.Count(name, "/") {
	case 0:
		name = "registry.ollama.ai/library/" + name
	case 1:
		name = "registry.ollama.ai/" + name
	}
	return name
}

func same(a, b string) bool { return full(a) == full(b) }

// valid reports whether a name is one, for the fake's purposes.
func valid(name string) bool {
	if name == "" || len(name) > 600 || strings.Count(name, "/") > 2 {
		return false
	}
	rest, tag, tagged := name, "", false
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		rest, tag, tagged = name[:i], name[i+1:], true
	}
	parts := strings.Split(rest, "/")
	if tagged {
		parts = append(parts, tag)
	}
	for _, p := range parts {
		if p == "" || strings.Trim(strings.ToLower(p), "abcdefghijklmnopqrstuvwxyz0123456789-_.:") != "" || strings.ContainsAny(p[:1], "-.:") {
			return false
		}
	}
	return true
}
