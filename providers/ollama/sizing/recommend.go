package sizing

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

//go:embed models.json
var tableText []byte

// Table is the list of models that can call tools.
type Table struct {
	AsOf    string
	BasedOn string
	Models  []Spec
}

// Models returns the table. It is read once, at the first call.
var Models = sync.OnceValue(func() Table {
	var raw struct {
		AsOf    string `json:"as_of"`
		BasedOn string `json:"based_on"`
		Models  []struct {
			Name         string  `json:"name"`
			Parameters   float64 `json:"parameters"`
			Active       float64 `json:"active"`
			Quantization string  `json:"quantization"`
			SizeGB       float64 `json:"size_gb"` // powers of ten, as the library has them
			Layers       int     `json:"layers"`
			KVHeads      int     `json:"kv_heads"`
			HeadDim      int     `json:"head_dim"`
			Windowed     int     `json:"windowed_layers"`
			Window       int     `json:"window"`
			Context      int     `json:"context"`
			Source       string  `json:"source"` // for readers of the file
		} `json:"models"`
	}
	if err := json.Unmarshal(tableText, &raw); err != nil {
		panic(fmt.Sprintf("sizing: models.json: %v", err)) // It is embedded, and tested.
	}
	t := Table{AsOf: raw.AsOf, BasedOn: raw.BasedOn}
	for _, m := range raw.Models {
		t.Models = append(t.Models, Spec{
			Name: m.Name, Parameters: m.Parameters, Active: m.Active, Quantization: m.Quantization, Size: int64(m.SizeGB * 1e9), Layers: m.Layers,
			KVHeads: m.KVHeads, KeyDim: m.HeadDim, ValueDim: m.HeadDim, Windowed: m.Windowed, Window: m.Window, Context: m.Context,
		})
	}
	return t
})

// The places that a model can run in.
const (
	OnGPU   = "gpu"
	OnBoth  = "gpu and cpu"
	OnCPU   = "cpu"
	Nowhere = "none"
)

// Fit says whether a model fits.
type Fit struct {
	Model        string  `json:"model" jsonschema:"example=qwen3:8b"`
	Installed    bool    `json:"installed"`
	Parameters   float64 `json:"parameters_billion"`
	Quantization string  `json:"quantization"`
	Where        string  `json:"runs_on" jsonschema_description:"gpu, gpu and cpu, cpu, or none"`
	Need         Need    `json:"need"`
	Why          string  `json:"why"`
}

// Plan is a recommendation.
type Plan struct {
	Context int
	Best    string // name of the model to take; empty when none is to be recommended
	Why     string // why it, or why none
	Fits    []Fit  // those that fit first, the best of them first
}

// slowActive is how many billions of parameters may compute each token where
// the main memory holds them, to be of use: its bandwidth bounds the tokens a
// second.
const slowActive = 9

// small is where models begin, in billions of parameters, that call the right
// tool often enough. It is a judgement.
const small = 3

func (s Spec) active() float64 { return cmp.Or(s.Active, s.Parameters) }

// Recommend fits models into a memory, for a context of so many tokens.
func Recommend(b Budget, models []Spec, context int) Plan {
	p := Plan{Context: context}
	specs := map[string]Spec{}
	for _, s := range models {
		specs[s.Name] = s
		p.Fits = append(p.Fits, fit(b, s, context))
	}
	rank := func(f Fit) (int, float64) {
		s := specs[f.Model]
		switch {
		case f.Where == OnGPU:
			return 0, -s.Parameters
		case f.Where != Nowhere && s.active() <= slowActive:
			return 1, -s.Parameters
		case f.Where != Nowhere:
			return 2, s.active()
		}
		return 3, float64(f.Need.Total)
	}
	slices.SortStableFunc(p.Fits, func(x, y Fit) int {
		gx, vx := rank(x)
		gy, vy := rank(y)
		return cmp.Or(cmp.Compare(gx, gy), cmp.Compare(vx, vy))
	})
	p.choose(b, specs)
	return p
}

func (p *Plan) choose(b Budget, specs map[string]Spec) {
	if len(p.Fits) == 0 {
		p.Why = "there is no model to choose from"
		return
	}
	best := p.Fits[0]
	s := specs[best.Model]
	switch {
	case best.Where == Nowhere:
		p.Why = fmt.Sprintf("nothing fits: the least that is needed is for %s: %s", best.Model, best.Why)
		if p.Context > 4096 {
			p.Why += "; a shorter context needs less"
		}
		return
	case best.Where == OnGPU:
		p.Why = "the largest that fits the video memory"
		if b.FreeGPU > 0 && best.Need.Total > b.FreeGPU {
			p.Why += fmt.Sprintf("; only %s of it are free now", GiB(b.FreeGPU))
		}
	case s.active() > slowActive:
		p.Why = "it fits, but every token of its answers takes seconds: there is no smaller one that fits"
	case best.Where == OnBoth:
		p.Why = "none fits the video memory; the largest that is fast enough with a part of it in main memory"
	default:
		p.Why = "there is no GPU that Ollama uses; the largest that is fast enough on a processor, which is slow all the same"
	}
	if s.Parameters < small {
		p.Why += "; it can call tools, but models this small often call the wrong one"
	}
	p.Best = best.Model
}

func fit(b Budget, s Spec, context int) Fit {
	f := Fit{Model: s.Name, Installed: s.Installed, Parameters: s.Parameters, Quantization: s.Quantization, Where: Nowhere}
	n, ok := NeedOf(s, context)
	if !ok {
		f.Why = "too little is known of it to say what it needs"
		return f
	}
	f.Need = n
	switch {
	case s.Context > 0 && context > s.Context:
		f.Why = fmt.Sprintf("its context is at most %d tokens, and %d are asked for", s.Context, context)
	case n.Total <= b.GPU:
		f.Where, f.Why = OnGPU, fmt.Sprintf("%s ≤ %s, which is %s", GiB(n.Total), GiB(b.GPU), b.GPUText)
	case n.Total <= b.RAM:
		f.Where, f.Why = OnCPU, fmt.Sprintf("%s ≤ %s, which is %s", GiB(n.Total), GiB(b.RAM), b.RAMText)
		if b.GPU > 0 && !b.Shared {
			f.Where = OnBoth
		}
	case b.GPU > 0 && !b.Shared && n.Total <= b.GPU+b.RAM:
		f.Where, f.Why = OnBoth, fmt.Sprintf("%s ≤ %s + %s, which are %s and %s", GiB(n.Total), GiB(b.GPU), GiB(b.RAM), b.GPUText, b.RAMText)
	case b.GPU > b.RAM:
		f.Why = fmt.Sprintf("%s > %s, which is %s", GiB(n.Total), GiB(b.GPU), b.GPUText)
	default:
		f.Why = fmt.Sprintf("%s > %s, which is %s", GiB(n.Total), GiB(b.RAM), b.RAMText)
	}
	return f
}
