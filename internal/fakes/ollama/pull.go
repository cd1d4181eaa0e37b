package ollama

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// progress is ProgressResponse of api/types.go.
type progress struct {
	Status    string `json:"status"`
	Digest    string `json:"digest,omitempty"`
	Total     int64  `json:"total,omitempty"`
	Completed int64  `json:"completed,omitempty"`
}

// stream writes lines as they come, or only the last thing when the client
// wants no stream.
type stream struct {
	w      http.ResponseWriter
	r      *http.Request
	whole  bool // no stream
	began  bool
	latest progress
}

func (s *stream) say(p progress) error {
	s.latest = p
	if s.whole {
		return s.r.Context().Err()
	}
	return s.write(p)
}

func (s *stream) write(v any) error {
	if s.r.Context().Err() != nil {
		return errGone
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if !s.began {
		s.w.Header().Set("Content-Type", "application/x-ndjson")
		s.w.WriteHeader(http.StatusOK)
		s.began = true
	}
	if _, err := s.w.Write(append(b, '\n')); err != nil {
		return errGone
	}
	if f, ok := s.w.(http.Flusher); ok {
		f.Flush()
	}
	return nil
}

// fail ends the stream with an error: a line once something was said, or else
// an answer of its own.
func (s *stream) fail(status int, reason string) {
	if s.began {
		_ = s.write(map[string]string{"error": reason}) // A caller that is gone is told nothing.
		return
	}
	b, err := json.Marshal(map[string]string{"error": reason})
	if err != nil {
		panic(err)
	}
	s.w.Header().Set("Content-Type", "application/json")
	s.w.WriteHeader(status)
	if f, ok := s.w.(http.Flusher); ok && !s.whole {
		f.Flush() // As Ollama does, so that its length is not known.
	}
	_, _ = s.w.Write(b)
}

// manifest is the address of the manifest of a model in the registry.
func manifest(name string) string {
	host, rest, _ := strings.Cut(full(name), "/")
	rest, tag, _ := strings.Cut(rest, ":")
	return "https://" + host + "/v2/" + rest + "/manifests/" + tag
}

func (f *Fake) pull(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Model  string `json:"model"`
		Name   string `json:"name"`
		Stream *bool  `json:"stream"`
	}
	if !read(w, r, &in) {
		return
	}
	if in.Model == "" {
		in.Model = in.Name
	}
	if !valid(in.Model) {
		fail(w, http.StatusBadRequest, "invalid model name")
		return
	}
	s := &stream{w: w, r: r, whole: in.Stream != nil && !*in.Stream}
	if err := f.load(s, in.Model); err != nil {
		return // The caller is gone.
	}
	if s.whole && !s.began {
		answer(w, http.StatusOK, s.latest)
	}
}

// load does a pull. An error says that the caller is gone, or was dropped.
func (f *Fake) load(s *stream, name string) error {
	if err := s.say(progress{Status: "pulling manifest"}); err != nil {
		return err
	}
	o := f.options()
	m, known := find(name)
	if !known {
		f.mu.Lock()
		if have, ok := f.installed(name); ok {
			m, known = have.Model, true // Added by hand: the registry has it too.
		}
		f.mu.Unlock()
	}
	switch {
	case o.Offline:
		s.fail(http.StatusInternalServerError, `pull model manifest: Get "`+manifest(name)+`": dial tcp: lookup registry.ollama.ai on 127.0.0.53:53: no such host`)
		return errGone
	case !known:
		s.fail(http.StatusInternalServerError, "pull model manifest: file does not exist")
		return errGone
	case m.Requires != "":
		s.fail(http.StatusInternalServerError, "pull model manifest: 412: \n\nThe model you are attempting to pull requires a newer version of Ollama.\n\nPlease download the latest version at:\n\n\thttps://ollama.com/download\n\n")
		return errGone
	}
	how := f.takeFault(name)
	for i, l := range m.layers() {
		if err := f.loadLayer(s, l, i == 0, how); err != nil {
			return err
		}
	}
	if err := s.say(progress{Status: "verifying sha256 digest"}); err != nil {
		return err
	}
	if how.corrupt {
		l := m.layers()[0]
		f.mu.Lock()
		delete(f.kept, l.digest)
		f.mu.Unlock()
		s.fail(http.StatusInternalServerError, "digest mismatch, file must be downloaded again: want "+l.digest+", got sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
		return errGone
	}
	if err := s.say(progress{Status: "writing manifest"}); err != nil {
		return err
	}
	f.mu.Lock()
	f.put(m)
	f.mu.Unlock()
	return s.say(progress{Status: "success"})
}

// loadLayer loads one file from where it was left, a step a tick.
func (f *Fake) loadLayer(s *stream, l layer, weights bool, how fault) error {
	say := func(n int64) error {
		return s.say(progress{"pulling " + l.digest[7:19], l.digest, l.size, n})
	}
	for {
		f.mu.Lock()
		o, have := f.o, f.kept[l.digest]
		step := l.size - have
		if o.Speed > 0 {
			step = min(step, max(1, int64(float64(o.Speed)*o.Tick.Seconds())))
		} else if weights && how != (fault{}) && !how.corrupt {
			step = min(step, max(1, l.size/2-have)) // Something happens halfway.
		}
		full := o.Free > 0 && f.used()+step > o.Free
		if !full {
			f.kept[l.digest] = have + step
		}
		f.mu.Unlock()
		switch {
		case full:
			s.fail(http.StatusInternalServerError, fmt.Sprintf("write /root/.ollama/models/blobs/sha256-%s-partial: no space left on device", l.digest[7:]))
			return errGone
		}
		have += step
		if err := say(have); err != nil {
			return err
		}
		if weights && have >= l.size/2 && have < l.size {
			switch {
			case how.reason != "":
				s.fail(http.StatusInternalServerError, how.reason)
				return errGone
			case how.silent:
				<-s.r.Context().Done()
				return errGone
			case how.cut:
				panic(http.ErrAbortHandler)
			}
		}
		if have >= l.size {
			return nil
		}
		select {
		case <-time.After(o.Tick):
		case <-s.r.Context().Done():
			return errGone
		}
	}
}

// used is how many bytes are on the disk. The caller holds the lock.
func (f *Fake) used() int64 {
	var n int64
	for _, size := range f.kept {
		n += size
	}
	return n
}
