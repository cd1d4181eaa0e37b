// Command toymodel writes a model of a few hundred kilobytes with random
// weights, for trying a real Ollama server: the llama architecture with one
// layer, and a vocabulary of bytes. What it says has no sense; it fits a JSON
// schema where the server holds it to one.
//
//	go run ./scripts/toymodel FILE.gguf
//
// The format is GGUF 3 (github.com/ggml-org/ggml/blob/master/docs/gguf.md).
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
)

// The dimensions of the model.
const (
	embedding = 64
	heads     = 4
	headsKV   = 2
	forward   = 128
	context   = 32768
)

// Types of metadata, and of tensors.
const (
	typeUint32  = 4
	typeInt32   = 5
	typeFloat32 = 6
	typeString  = 8
	typeArray   = 9

	alignment = 32
)

type writer struct {
	bytes.Buffer
	pairs uint64
}

func (w *writer) put(v any) {
	if err := binary.Write(&w.Buffer, binary.LittleEndian, v); err != nil {
		panic(err) // Only types without a size fail.
	}
}

func (w *writer) text(s string) {
	w.put(uint64(len(s)))
	w.WriteString(s)
}

// pair adds metadata.
func (w *writer) pair(key string, v any) {
	w.pairs++
	w.text(key)
	switch v := v.(type) {
	case uint32:
		w.put(uint32(typeUint32))
		w.put(v)
	case float32:
		w.put(uint32(typeFloat32))
		w.put(v)
	case string:
		w.put(uint32(typeString))
		w.text(v)
	case []string:
		w.list(typeString, len(v))
		for _, s := range v {
			w.text(s)
		}
	case []float32:
		w.list(typeFloat32, len(v))
		w.put(v)
	case []int32:
		w.list(typeInt32, len(v))
		w.put(v)
	default:
		panic(fmt.Sprintf("metadata of type %T", v))
	}
}

func (w *writer) list(kind uint32, n int) {
	w.put(uint32(typeArray))
	w.put(kind)
	w.put(uint64(n)) //nolint:gosec // Small.
}

// vocabulary is that of SentencePiece with bytes: three control tokens, the 256
// bytes, and the letters that texts are mostly made of.
func vocabulary() (tokens []string, scores []float32, kinds []int32) {
	add := func(s string, score float32, kind int32) {
		tokens, scores, kinds = append(tokens, s), append(scores, score), append(kinds, kind)
	}
	const normal, unknown, control, byteToken = 1, 2, 3, 6
	add("<unk>", 0, unknown)
	add("<s>", 0, control)
	add("</s>", 0, control)
	for b := range 256 {
		add(fmt.Sprintf("<0x%02X>", b), 0, byteToken)
	}
	add("▁", -1, normal)
	for c := '!'; c <= '~'; c++ {
		add(string(c), -2, normal)
	}
	return tokens, scores, kinds
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: toymodel FILE.gguf")
		os.Exit(2)
	}
	if err := os.WriteFile(os.Args[1], model(), 0o600); err != nil { //nolint:gosec // The file that was named.
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// model returns the file, always the same.
func model() []byte {
	tokens, scores, kinds := vocabulary()
	var meta writer
	for _, p := range []struct {
		key   string
		value any
	}{
		{"general.architecture", "llama"},
		{"general.name", "toy"},
		{"general.file_type", uint32(0)},
		{"llama.block_count", uint32(1)},
		{"llama.context_length", uint32(context)},
		{"llama.embedding_length", uint32(embedding)},
		{"llama.feed_forward_length", uint32(forward)},
		{"llama.attention.head_count", uint32(heads)},
		{"llama.attention.head_count_kv", uint32(headsKV)},
		{"llama.attention.layer_norm_rms_epsilon", float32(1e-5)},
		{"llama.rope.dimension_count", uint32(embedding / heads)},
		{"llama.rope.freq_base", float32(10000)},
		{"llama.vocab_size", uint32(len(tokens))}, //nolint:gosec // Small.
		{"tokenizer.ggml.model", "llama"},
		{"tokenizer.ggml.pre", "default"},
		{"tokenizer.ggml.tokens", tokens},
		{"tokenizer.ggml.scores", scores},
		{"tokenizer.ggml.token_type", kinds},
		{"tokenizer.ggml.bos_token_id", uint32(1)},
		{"tokenizer.ggml.eos_token_id", uint32(2)},
		{"tokenizer.ggml.unknown_token_id", uint32(0)},
	} {
		meta.pair(p.key, p.value)
	}
	vocab := len(tokens)
	const kv = embedding / heads * headsKV
	tensors := []struct {
		name string
		dims []int
	}{
		{"token_embd.weight", []int{embedding, vocab}},
		{"output_norm.weight", []int{embedding}},
		{"output.weight", []int{embedding, vocab}},
		{"blk.0.attn_norm.weight", []int{embedding}},
		{"blk.0.attn_q.weight", []int{embedding, embedding}},
		{"blk.0.attn_k.weight", []int{embedding, kv}},
		{"blk.0.attn_v.weight", []int{embedding, kv}},
		{"blk.0.attn_output.weight", []int{embedding, embedding}},
		{"blk.0.ffn_norm.weight", []int{embedding}},
		{"blk.0.ffn_gate.weight", []int{embedding, forward}},
		{"blk.0.ffn_up.weight", []int{embedding, forward}},
		{"blk.0.ffn_down.weight", []int{forward, embedding}},
	}
	var infos, data writer
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // The same model each time.
	for _, t := range tensors {
		infos.text(t.name)
		infos.put(uint32(len(t.dims))) //nolint:gosec // Small.
		size := 1
		for _, d := range t.dims {
			infos.put(uint64(d)) //nolint:gosec // Small.
			size *= d
		}
		infos.put(uint32(0))          // F32
		infos.put(uint64(data.Len())) //nolint:gosec // Small.
		for range size {
			v := float32(random.NormFloat64() / math.Sqrt(embedding))
			if len(t.dims) == 1 {
				v = 1
			}
			data.put(v)
		}
		pad(&data)
	}
	var out writer
	out.WriteString("GGUF")
	out.put(uint32(3))
	out.put(uint64(len(tensors)))
	out.put(meta.pairs)
	out.Write(meta.Bytes())
	out.Write(infos.Bytes())
	pad(&out)
	out.Write(data.Bytes())
	return out.Bytes()
}

func pad(w *writer) {
	for w.Len()%alignment != 0 {
		w.WriteByte(0)
	}
}
