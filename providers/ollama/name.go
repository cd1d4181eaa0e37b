package ollama

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The parts of a name that is given without them, as Ollama fills them in
// (types/model/name.go).
const (
	DefaultRegistry  = "registry.ollama.ai"
	defaultNamespace = "library"
	defaultTag       = "latest"
)

const (
	maxHost = 350 // bytes, as Ollama bounds them
	maxPart = 80
	maxName = maxHost + 3*maxPart + 3
)

// ErrName is what every error of [ParseName] matches.
var ErrName = errors.New("not the name of a model")

// ErrRegistry says that a name carries the host of a registry that is not
// configured.
var ErrRegistry = errors.New("the registry is not configured")

// Name is the name of a model, complete and valid. Only [ParseName] makes one
// that is not zero. Names are compared by [Name.Is].
type Name struct{ host, namespace, model, tag string }

// ParseName reads [HOST/][NAMESPACE/]MODEL[:TAG]. A host is the first of three
// parts, so that hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M has one and
// mannix/jan-nano has none. Its errors match [ErrName], say what is wrong and
// repeat nothing that is not made of the letters of a name.
func ParseName(s string) (Name, error) {
	bad := func(format string, args ...any) (Name, error) {
		return Name{}, fmt.Errorf("%w: %s", ErrName, fmt.Sprintf(format, args...))
	}
	switch {
	case s == "":
		return bad("it is empty; write model:tag, as in qwen3:8b")
	case len(s) > maxName:
		return bad("it has %d bytes, more than %d", len(s), maxName)
	case strings.Contains(s, "://"):
		return bad("write it without a scheme, as in hf.co/namespace/model:tag")
	case strings.Contains(s, "@"):
		return bad("Ollama knows no digests in names; write model:tag")
	}
	n := Name{host: DefaultRegistry, namespace: defaultNamespace, tag: defaultTag}
	rest := s
	// A colon after the last slash begins the tag; one before it, a port.
	if i := strings.LastIndexByte(rest, ':'); i > strings.LastIndexByte(rest, '/') {
		rest, n.tag = rest[:i], rest[i+1:]
	}
	parts := strings.Split(rest, "/")
	switch len(parts) {
	case 1:
		n.model = parts[0]
	case 2:
		n.namespace, n.model = parts[0], parts[1]
		if strings.ContainsAny(n.namespace, ".:") {
			return bad("a name with a registry has three parts: host/namespace/model:tag")
		}
	case 3:
		n.host, n.namespace, n.model = parts[0], parts[1], parts[2]
	default:
		return bad("it has %d parts, at most three: host/namespace/model:tag", len(parts))
	}
	for _, p := range []struct{ what, text, marks string }{
		{"host", n.host, "-_.:"}, {"namespace", n.namespace, "-_"}, {"model", n.model, "-_."}, {"tag", n.tag, "-_."},
	} {
		limit := maxPart
		if p.what == "host" {
			limit = maxHost
		}
		switch {
		case p.text == "":
			return bad("its %s is empty", p.what)
		case len(p.text) > limit:
			return bad("its %s is longer than %d bytes", p.what, limit)
		case !isPart(p.text, p.marks):
			return bad("its %s may have letters, digits and %s, and begins with a letter, a digit or _", p.what, strings.Join(strings.Split(p.marks, ""), " "))
		}
	}
	if strings.EqualFold(n.host, DefaultRegistry) {
		n.host = DefaultRegistry
	}
	return n, nil
}

func isPart(s, marks string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_'
		if !letter && (i == 0 || strings.IndexByte(marks, c) < 0) {
			return false
		}
	}
	return true
}

// String is the name as Ollama shows it: with its tag, and without what is the
// default of the other parts.
func (n Name) String() string {
	switch {
	case n.model == "":
		return ""
	case n.host != DefaultRegistry:
		return n.host + "/" + n.namespace + "/" + n.model + ":" + n.tag
	case !strings.EqualFold(n.namespace, defaultNamespace):
		return n.namespace + "/" + n.model + ":" + n.tag
	}
	return n.model + ":" + n.tag
}

// Registry is the host that the model is pulled from, with its port if it has
// one.
func (n Name) Registry() string { return n.host }

// Is reports whether two names are of one model: Ollama does not tell upper
// from lower case.
func (n Name) Is(o Name) bool {
	return strings.EqualFold(n.host, o.host) && strings.EqualFold(n.namespace, o.namespace) && strings.EqualFold(n.model, o.model) && strings.EqualFold(n.tag, o.tag)
}

// key is the same for all spellings of a name.
func (n Name) key() string { return strings.ToLower(n.String()) }

// Near returns those of the names that are so close to n that one may have
// been meant, best first and at most three.
func (n Name) Near(names []Name) []Name {
	type near struct {
		Name
		d int
	}
	var found []near
	for _, o := range names {
		d := distance(strings.ToLower(n.model), strings.ToLower(o.model))
		// Another tag of the same model is what is most often meant.
		if d <= max(1, len(n.model)/4) {
			found = append(found, near{o, d*100 + distance(n.tag, o.tag)})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return a.d - b.d })
	var out []Name
	for _, f := range found[:min(len(found), 3)] {
		out = append(out, f.Name)
	}
	return out
}

// distance is the edit distance of two parts of names (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
