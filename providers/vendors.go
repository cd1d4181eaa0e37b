package providers

import (
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tftsr/tftsr/internal/egress"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/store"
)

// The forms that requests are made in.
const (
	formatOpenAI    = "openai"
	formatAnthropic = "anthropic"
	formatGenAI     = "msi_genai"
	formatOllama    = "ollama"
)

// How a provider is asked for JSON.
const (
	jsonSchema = "schema" // by a field that takes a schema
	jsonPrompt = "prompt" // in words
)

// vendor is a kind of provider, as `tftsr provider add` names it.
type vendor struct {
	name, title string
	base        string // the base URL unless another is given; empty: one must be given
	model       string // the model unless another is given; empty: one must be given
	keyless     bool   // works without a key
	local       bool   // runs on this machine as a rule, and costs nothing
	dialect
}

// dialect is what differs between providers of one format, too.
type dialect struct {
	format         string
	path           string // below the base URL
	header, prefix string // of the key
	maxTokens      string // name of the field that bounds an answer
	json           string
	streamUsage    bool // stream_options.include_usage is known
	user, session  string
	noTools        bool
	models         string // path below the base URL that lists models; empty: none does
}

// Sources: platform.openai.com/docs/api-reference/chat,
// learn.microsoft.com/azure/ai-foundry/openai/reference,
// ai.google.dev/gemini-api/docs/openai, docs.mistral.ai/api,
// docs.litellm.ai, lmstudio.ai/docs, docs.vllm.ai,
// docs.anthropic.com/en/api/messages, github.com/ollama/ollama/docs/api.md.
var vendors = []vendor{
	{name: "openai", title: "OpenAI", base: "https://api.openai.com/v1", dialect: dialect{
		format: formatOpenAI, path: "/chat/completions", header: "Authorization", prefix: "Bearer ", maxTokens: "max_completion_tokens",
		json: jsonSchema, streamUsage: true, user: "user", session: "prompt_cache_key", models: "/models",
	}},
	{name: "azure", title: "Azure OpenAI", dialect: dialect{
		format: formatOpenAI, header: "api-key", maxTokens: "max_completion_tokens", json: jsonSchema, streamUsage: true, user: "user",
	}},
	{name: "gemini", title: "Google Gemini", base: "https://generativelanguage.googleapis.com/v1beta/openai", dialect: dialect{
		format: formatOpenAI, path: "/chat/completions", header: "Authorization", prefix: "Bearer ", maxTokens: "max_tokens", json: jsonSchema, models: "/models",
	}},
	{name: "mistral", title: "Mistral", base: "https://api.mistral.ai/v1", dialect: dialect{
		format: formatOpenAI, path: "/chat/completions", header: "Authorization", prefix: "Bearer ", maxTokens: "max_tokens", json: jsonSchema, models: "/models",
	}},
	{name: "litellm", title: "LiteLLM (AWS Bedrock and others)", dialect: dialect{
		format: formatOpenAI, path: "/chat/completions", header: "Authorization", prefix: "Bearer ", maxTokens: "max_tokens", json: jsonSchema, streamUsage: true,
		user: "user", session: "litellm_session_id", models: "/models",
	}},
	{name: "lmstudio", title: "LM Studio", base: "http://127.0.0.1:1234/v1", keyless: true, local: true, dialect: dialect{
		format: formatOpenAI, path: "/chat/completions", header: "Authorization", prefix: "Bearer ", maxTokens: "max_tokens", json: jsonSchema, streamUsage: true, models: "/models",
	}},
	{name: "vllm", title: "vLLM", base: "http://127.0.0.1:8000/v1", keyless: true, local: true, dialect: dialect{
		format: formatOpenAI, path: "/chat/completions", header: "Authorization", prefix: "Bearer ", maxTokens: "max_tokens", json: jsonSchema, streamUsage: true,
		user: "user", models: "/models",
	}},
	{name: "anthropic", title: "Anthropic", base: "https://api.anthropic.com", dialect: dialect{
		format: formatAnthropic, path: "/v1/messages", header: "x-api-key", maxTokens: "max_tokens", json: jsonSchema, user: "metadata.user_id", models: "/v1/models",
	}},
	{name: "ollama", title: "Ollama", base: "http://127.0.0.1:11434", keyless: true, local: true, dialect: dialect{ //nolint:gosec // The name of a header is no credential.
		format: formatOllama, path: "/api/chat", header: "Authorization", prefix: "Bearer ", maxTokens: "options.num_predict", json: jsonSchema, models: "/api/tags",
	}},
	{name: "msi_genai", title: "MSI GenAI", model: "VertexGemini", dialect: genAI},
	{name: "custom", title: "any other, by its format", keyless: true, dialect: dialect{
		format: formatOpenAI, path: "/chat/completions", header: "Authorization", prefix: "Bearer ", maxTokens: "max_tokens", json: jsonSchema,
		user: "user",
	}},
}

var genAI = dialect{
	format: formatGenAI, path: "/api/v2/chat", header: "x-msi-genai-api-key", json: jsonPrompt, user: "userId", session: "sessionId", noTools: true,
}

// genAIBases are the presets of the base URL of MSI GenAI.
var genAIBases = map[string]string{
	"production": "https://genai-service.commandcentral.com/app-gateway",
	"stage":      "https://genai-service.stage.commandcentral.com/app-gateway",
}

// genAIModels are the models that MSI GenAI offers; it has no call that lists
// them.
var genAIModels = []string{"VertexGemini", "Claude-Sonnet-4", "ChatGPT4o", "ChatGPT-5_2-Chat"}

const (
	defaultAPIVersion = "2024-10-21" // of Azure OpenAI; the newest one that is no preview
	defaultClientName = "tftsr-devops-investigation"
	defaultMaxTokens  = 4096
)

// VendorNames returns the kinds of providers, in their order.
func VendorNames() []string {
	var list []string
	for _, k := range vendors {
		list = append(list, k.name)
	}
	return list
}

func vendorNamed(name string) (vendor, error) {
	for _, k := range vendors {
		if k.name == name {
			return k, nil
		}
	}
	return vendor{}, fmt.Errorf("there is no kind of provider %q; there are: %s", name, strings.Join(VendorNames(), ", "))
}

// setting is an option of a provider.
type setting struct {
	name, doc string
	check     func(string) error
}

// settings are those that every kind knows.
var settings = []setting{
	{"api_format", "form of requests: openai, anthropic, ollama or msi_genai; the kind's own unless given", oneOf(formatOpenAI, formatAnthropic, formatOllama, formatGenAI)},
	{"custom_endpoint_path", "path below the base URL; empty when that is the whole address", checkPath},
	{"custom_auth_header", "header that the key goes in", checkHeader},
	{"custom_auth_prefix", "what stands before the key, with its space; may be empty", checkShort},
	{"session_id", "session that new conversations begin with", checkShort},
	{"user_id", "whom requests are made for, as the vendor is told", checkShort},
	{"client_name", "X-msi-genai-client of MSI GenAI", checkShort},
	{"api_version", "api-version of Azure OpenAI", checkShort},
	{"context_tokens", "tokens that the model reads and writes in one turn", checkNumber(512, 100_000_000)},
	{"max_tokens", "tokens of an answer", checkNumber(16, 1_000_000)},
	{"max_tokens_field", "name of the field that bounds an answer: max_tokens or max_completion_tokens", oneOf("max_tokens", "max_completion_tokens")},
	{"json_mode", "how JSON is asked for: schema or prompt", oneOf(jsonSchema, jsonPrompt)},
	{"tools", "whether the model can call tools: on or off", oneOf("on", "off")},
	{"stream", "whether answers are streamed: on or off", oneOf("on", "off")},
	{"price_in", "dollars for a million tokens in", checkPrice},
	{"price_out", "dollars for a million tokens out", checkPrice},
	{"timeout", "seconds that an answer may take", checkNumber(1, 3600)},
}

// OptionDocs returns the settings with a sentence on each, in their order.
func OptionDocs() [][2]string {
	var list [][2]string
	for _, o := range settings {
		list = append(list, [2]string{o.name, o.doc})
	}
	return list
}

func oneOf(values ...string) func(string) error {
	return func(v string) error {
		if slices.Contains(values, v) {
			return nil
		}
		return fmt.Errorf("must be one of: %s", strings.Join(values, ", "))
	}
}

func checkNumber(from, to int) func(string) error {
	return func(v string) error {
		if n, err := strconv.Atoi(v); err != nil || n < from || n > to {
			return fmt.Errorf("must be a number from %d to %d", from, to)
		}
		return nil
	}
}

func checkPrice(v string) error {
	if f, err := strconv.ParseFloat(v, 64); err != nil || !(f >= 0 && f <= 100_000) {
		return errors.New("must be dollars for a million tokens, like 2.5")
	}
	return nil
}

func checkPath(v string) error {
	if v == "" {
		return nil
	}
	u, err := url.Parse(v)
	if err != nil || !strings.HasPrefix(v, "/") || strings.HasPrefix(v, "//") || u.Host != "" || u.Fragment != "" || strings.Contains(u.Path, "..") {
		return errors.New("must be a path like /v1/chat/completions")
	}
	return nil
}

// reserved are headers that say something else than who calls.
var reserved = []string{"Host", "Content-Type", "Content-Length", "Transfer-Encoding", "Connection", "Accept", "User-Agent", "Cookie", "Te", "Trailer", "Upgrade"}

func checkHeader(v string) error {
	if v == "" || len(v) > 100 || strings.Trim(v, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
		return errors.New("must be the name of a header, like Authorization")
	}
	if slices.Contains(reserved, textproto.CanonicalMIMEHeaderKey(v)) {
		return errors.New("this header has another meaning")
	}
	return nil
}

func checkShort(v string) error {
	if len(v) > 200 || strings.ContainsFunc(v, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
		return errors.New("must be at most 200 printable characters of ASCII")
	}
	return nil
}

// DestinationOf names a provider for the gate.
func DestinationOf(name string) gate.Destination { return gate.Destination("ai:provider/" + name) }

// SecretOf names the key of a provider.
func SecretOf(name string) string { return "provider/" + name }

// NeedsKey reports whether a provider cannot do without a key.
func NeedsKey(p *store.Provider) bool {
	k, err := vendorNamed(p.Kind)
	return err == nil && !k.keyless
}

// Local reports whether a provider is of a kind that runs on this machine as a
// rule.
func Local(p *store.Provider) bool {
	v, err := vendorNamed(p.Kind)
	return err == nil && v.local
}

const maxName = 40

// Check says whether a provider is one that can be stored, and completes it:
// base URL and model of its kind where they are not given.
func Check(p *store.Provider) error {
	k, err := vendorNamed(p.Kind)
	if err != nil {
		return err
	}
	if p.Name == "" || len(p.Name) > maxName || strings.Trim(p.Name, "abcdefghijklmnopqrstuvwxyz0123456789_.-") != "" || strings.Trim(p.Name[:1], "_.-") == "" {
		return fmt.Errorf("the name of a provider has at most %d lower-case letters, digits, dots, dashes and underscores", maxName)
	}
	for name, value := range p.Options {
		n := slices.IndexFunc(settings, func(o setting) bool { return o.name == name })
		if n < 0 {
			return fmt.Errorf("there is no option %q of providers", name)
		}
		if err := settings[n].check(value); err != nil {
			return fmt.Errorf("option %s: it %w", name, err)
		}
	}
	d := dialectOf(k, p.Options)
	if d.format == formatGenAI && genAIBases[p.BaseURL] != "" {
		p.BaseURL = genAIBases[p.BaseURL]
	}
	if p.BaseURL == "" {
		p.BaseURL = k.base
	}
	if p.BaseURL == "" {
		return fmt.Errorf("%s needs a base URL", k.title)
	}
	if p.Model == "" {
		p.Model = k.model
	}
	if p.Model == "" {
		return fmt.Errorf("%s needs a model", k.title)
	}
	if len(p.Model) > 200 || strings.ContainsFunc(p.Model, func(r rune) bool { return r <= 0x20 || r > 0x7e }) {
		return errors.New("the name of a model has at most 200 printable characters of ASCII, without spaces")
	}
	if slices.Contains(p.Fallback, p.Name) {
		return errors.New("a provider cannot be its own fallback")
	}
	return checkURL(p)
}

func checkURL(p *store.Provider) error {
	u, err := url.Parse(p.BaseURL)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return errors.New("the base URL must be like https://llm.example.com/v1")
	case u.User != nil:
		return errors.New("the base URL must not hold a user or password: the key is given apart")
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("the base URL must end with the host or its path: keys go in a header, never in an address")
	case u.Scheme != "https" && (u.Scheme != "http" || !egress.Loopback(u.Hostname())):
		return errors.New("the base URL must begin with https://: only a provider on this machine is reached without encryption")
	}
	u.Host, u.Path = strings.ToLower(u.Host), strings.TrimRight(u.Path, "/")
	p.BaseURL = u.String()
	return nil
}

// dialectOf is the dialect of a kind with what its owner changed.
func dialectOf(k vendor, opts map[string]string) dialect {
	d := k.dialect
	if f, ok := opts["api_format"]; ok && f != d.format {
		switch f {
		case formatGenAI:
			d = genAI
		default:
			for _, other := range vendors {
				if other.format == f && (other.name == "custom" || f != formatOpenAI) {
					d = other.dialect
					break
				}
			}
		}
	}
	for name, field := range map[string]*string{
		"custom_endpoint_path": &d.path, "custom_auth_header": &d.header, "custom_auth_prefix": &d.prefix,
		"max_tokens_field": &d.maxTokens, "json_mode": &d.json,
	} {
		if v, ok := opts[name]; ok {
			*field = v
		}
	}
	if v, ok := opts["tools"]; ok && d.format != formatGenAI {
		d.noTools = v == "off"
	}
	return d
}

// endpoint is the whole address that requests of a provider go to.
func endpoint(p *store.Provider, d dialect, model string) (*url.URL, error) {
	base, err := url.Parse(p.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("%s: its base URL is none", DestinationOf(p.Name))
	}
	path, given := p.Options["custom_endpoint_path"]
	if !given {
		path = d.path
	}
	if p.Kind == "azure" && !given && d.format == formatOpenAI {
		// The second generation of the interface is without deployments in the
		// path and without a version.
		if strings.HasSuffix(base.Path, "/openai/v1") {
			path = "/chat/completions"
		} else {
			version := defaultAPIVersion
			if v := p.Options["api_version"]; v != "" {
				version = v
			}
			path = "/openai/deployments/" + url.PathEscape(model) + "/chat/completions?api-version=" + url.QueryEscape(version)
		}
	}
	if path == "" || d.format == formatGenAI && strings.HasSuffix(base.Path, path) {
		return base, nil
	}
	rel, err := url.Parse(path)
	if err != nil {
		return nil, fmt.Errorf("%s: custom_endpoint_path is no path", DestinationOf(p.Name))
	}
	u := base.JoinPath(rel.EscapedPath())
	u.RawQuery = rel.RawQuery
	return u, nil
}

// headers are those of a dialect beside the key's.
func headers(p *store.Provider, d dialect) http.Header {
	h := http.Header{}
	switch d.format {
	case formatAnthropic:
		h.Set("Anthropic-Version", "2023-06-01")
	case formatGenAI:
		name := defaultClientName
		if v, ok := p.Options["client_name"]; ok {
			name = v
		}
		h.Set("X-Msi-Genai-Client", name)
	}
	// Where an interface has no field for them, a gateway before it may read them.
	if v := p.Options["user_id"]; v != "" && d.user == "" {
		h.Set("X-User-Id", v)
	}
	if v := p.Options["session_id"]; v != "" && d.session == "" {
		h.Set("X-Session-Id", v)
	}
	return h
}
