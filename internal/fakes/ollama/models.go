package ollama

import (
	"net/http"
	"slices"
	"time"
)

// details is ModelDetails of api/types.go.
type details struct {
	ParentModel       string   `json:"parent_model"`
	Format            string   `json:"format"`
	Family            string   `json:"family"`
	Families          []string `json:"families"`
	ParameterSize     string   `json:"parameter_size"`
	QuantizationLevel string   `json:"quantization_level"`
}

func (m Model) details() details {
	return details{"", "gguf", m.Family, []string{m.Family}, m.Parameters, m.Quantization}
}

func (f *Fake) tags(w http.ResponseWriter, _ *http.Request) {
	type listed struct {
		Name       string    `json:"name"`
		Model      string    `json:"model"`
		ModifiedAt time.Time `json:"modified_at"`
		Size       int64     `json:"size"`
		Digest     string    `json:"digest"`
		Details    details   `json:"details"`
	}
	f.mu.Lock()
	out := []listed{}
	for _, m := range f.models {
		out = append(out, listed{m.Name, m.Name, m.at, m.size(), m.digest(), m.details()})
	}
	f.mu.Unlock()
	answer(w, http.StatusOK, struct {
		Models []listed `json:"models"`
	}{out})
}

func (f *Fake) ps(w http.ResponseWriter, _ *http.Request) {
	type process struct {
		Name          string    `json:"name"`
		Model         string    `json:"model"`
		Size          int64     `json:"size"`
		Digest        string    `json:"digest"`
		Details       details   `json:"details"`
		ExpiresAt     time.Time `json:"expires_at"`
		SizeVRAM      int64     `json:"size_vram"`
		ContextLength int       `json:"context_length"`
	}
	f.mu.Lock()
	out := []process{}
	for _, l := range f.loaded {
		m, ok := f.installed(l.name)
		if !ok || f.o.Now().After(l.until) {
			continue
		}
		out = append(out, process{m.Name, m.Name, m.Weights + m.cache(l.context), m.digest(), m.details(), l.until, 0, l.context})
	}
	f.mu.Unlock()
	answer(w, http.StatusOK, struct {
		Models []process `json:"models"`
	}{out})
}

func (f *Fake) show(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Model string `json:"model"`
		Name  string `json:"name"`
	}
	if !read(w, r, &in) {
		return
	}
	if in.Model == "" {
		in.Model = in.Name
	}
	if in.Model == "" {
		fail(w, http.StatusBadRequest, "model is required")
		return
	}
	if !valid(in.Model) {
		// Ollama says no more of a name that is none.
		fail(w, http.StatusInternalServerError, "unqualified name: "+full(in.Model))
		return
	}
	f.mu.Lock()
	m, ok := f.installed(in.Model)
	f.mu.Unlock()
	if !ok {
		fail(w, http.StatusNotFound, "model '"+in.Model+"' not found")
		return
	}
	answer(w, http.StatusOK, struct {
		License      string         `json:"license,omitempty"`
		Modelfile    string         `json:"modelfile,omitempty"`
		Parameters   string         `json:"parameters,omitempty"`
		Template     string         `json:"template,omitempty"`
		System       string         `json:"system,omitempty"`
		Details      details        `json:"details"`
		ModelInfo    map[string]any `json:"model_info"`
		Tensors      []tensor       `json:"tensors,omitempty"`
		Capabilities []string       `json:"capabilities,omitempty"`
		ModifiedAt   time.Time      `json:"modified_at"`
	}{m.License, m.modelfile(), m.Options, m.Template, m.System, m.details(), m.info(), m.tensors(), m.Capabilities, m.at})
}

func (f *Fake) remove(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Model string `json:"model"`
		Name  string `json:"name"`
	}
	if !read(w, r, &in) {
		return
	}
	if in.Model == "" {
		in.Model = in.Name
	}
	if !valid(in.Model) {
		fail(w, http.StatusBadRequest, `name "`+in.Model+`" is invalid`)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	m, ok := f.installed(in.Model)
	if !ok {
		fail(w, http.StatusNotFound, "model '"+in.Model+"' not found")
		return
	}
	f.models = slices.DeleteFunc(f.models, func(o installed) bool { return same(o.Name, m.Name) })
	for _, l := range m.layers() {
		if !slices.ContainsFunc(f.models, func(o installed) bool { return slices.Contains(o.layers(), l) }) {
			delete(f.kept, l.digest)
		}
	}
	w.WriteHeader(http.StatusOK)
}
