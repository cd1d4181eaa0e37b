package sizing

import "strings"

// FromShown reads what Ollama says of a model that is there (model_info of
// api/show: the metadata of its file, docs/gguf.md of ggml) and the size of
// its files. What is missing stays zero, so that [NeedOf] refuses it.
func FromShown(name string, size int64, quantization string, info map[string]any) Spec {
	s := Spec{Name: name, Quantization: quantization, Size: size, Installed: true}
	arch, _ := info["general.architecture"].(string)
	number := func(key string) int {
		n, ok := info[arch+"."+key].(float64)
		if !ok || n < 0 || n > 1<<30 || n != float64(int(n)) {
			return 0 // Also where each layer has its own: such a list is left out.
		}
		return int(n)
	}
	if n, ok := info["general.parameter_count"].(float64); ok && n > 0 && n < 1e15 {
		s.Parameters = n / 1e9
	}
	s.Layers, s.Context = number("block_count"), number("context_length")
	heads := number("attention.head_count")
	if s.KVHeads = number("attention.head_count_kv"); s.KVHeads == 0 {
		if _, varies := info[arch+".attention.head_count_kv"]; !varies {
			s.KVHeads = heads // Without grouped queries.
		}
	}
	s.KeyDim, s.ValueDim = number("attention.key_length"), number("attention.value_length")
	if width := number("embedding_length"); heads > 0 && width > 0 {
		if s.KeyDim == 0 {
			s.KeyDim = width / heads
		}
		if s.ValueDim == 0 {
			s.ValueDim = width / heads
		}
	}
	s.window(arch, number("attention.sliding_window"))
	if used, all := number("expert_used_count"), number("expert_count"); used > 0 && used < all {
		// What does not belong to an expert computes every token; a fifth is a
		// generous share of it.
		s.Active = s.Parameters * (0.2 + 0.8*float64(used)/float64(all))
	}
	return s
}

// window says which layers have a sliding window, for the architectures whose
// rule Ollama's own estimate has (fs/ggml/ggml.go of v0.17.4). Others count as
// if each layer had the whole context, which is never too little.
func (s *Spec) window(arch string, window int) {
	const batch = 512 // tokens that are computed at a time, which the window is held besides
	switch {
	case arch == "gemma3" && window > 0:
		s.Windowed, s.Window = s.Layers-s.Layers/6, window+batch
	case strings.HasPrefix(arch, "gpt-oss"), strings.HasPrefix(arch, "gptoss"):
		s.Windowed, s.Window = (s.Layers+1)/2, 4096+batch
	}
}
