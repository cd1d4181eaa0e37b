package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/client"
	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

// maxImport bounds a file of servers, in bytes.
const maxImport = 4 << 20

func (a *app) serverImportCmd() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Register the servers that another host is configured with",
		Long: `Import reads mcpServers of Claude Desktop, Claude Code, Cursor, Windsurf and
Gemini, servers of VS Code and context_servers of Zed. Values that look like
secrets go where secrets are kept, and leave the file as it is: delete them
there. What cannot be taken over is said, with the reason. Nothing of the
servers is offered before you approve it.`,
		Example: `  tftsr server import ~/.cursor/mcp.json
  tftsr server import --dry-run .vscode/mcp.json`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				return a.serverImport(ctx, w, args[0], dry)
			})
		},
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only say what would be registered")
	return cmd
}

// foreign is a server as other hosts write it.
type foreign struct {
	Type      string            `json:"type"`
	Transport string            `json:"transport"`
	Command   json.RawMessage   `json:"command"`
	Args      []string          `json:"args"`
	Env       map[string]any    `json:"env"`
	Cwd       string            `json:"cwd"`
	URL       string            `json:"url"`
	ServerURL string            `json:"serverUrl"` // Windsurf
	HTTPURL   string            `json:"httpUrl"`   // Gemini
	Headers   map[string]string `json:"headers"`
	Disabled  bool              `json:"disabled"`
}

// foreignFile is a file of them. Claude Code keeps those of projects below
// their paths.
type foreignFile struct {
	MCPServers     map[string]foreign `json:"mcpServers"`
	Servers        map[string]foreign `json:"servers"`
	ContextServers map[string]foreign `json:"context_servers"`
	MCP            struct {
		Servers map[string]foreign `json:"servers"`
	} `json:"mcp"`
	Projects map[string]struct {
		MCPServers map[string]foreign `json:"mcpServers"`
	} `json:"projects"`
}

func (f *foreignFile) all() (map[string]foreign, []string) {
	out := map[string]foreign{}
	var twice []string
	take := func(from map[string]foreign) {
		for _, name := range slices.Sorted(maps.Keys(from)) {
			if _, there := out[name]; there {
				twice = append(twice, name)
				continue
			}
			out[name] = from[name]
		}
	}
	take(f.MCPServers)
	take(f.Servers)
	take(f.ContextServers)
	take(f.MCP.Servers)
	for _, path := range slices.Sorted(maps.Keys(f.Projects)) {
		take(f.Projects[path].MCPServers)
	}
	return out, twice
}

func (a *app) serverImport(ctx context.Context, w *workspace, path string, dry bool) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() > maxImport {
		return fmt.Errorf("%s is larger than %d bytes", path, maxImport)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var file foreignFile
	if err := json.Unmarshal(withoutComments(text), &file); err != nil {
		return usageError(fmt.Errorf("%s is not a file of servers: %w", path, jsonPlace(err)))
	}
	all, twice := file.all()
	if len(all) == 0 {
		return withHint(fmt.Errorf("%s has no mcpServers and no servers", path), "name the file that the host keeps its servers in")
	}
	for _, name := range twice {
		a.sayf("%s is there more than once: the first is taken", printable(name))
	}
	had, err := w.store.ListServers(ctx)
	if err != nil {
		return err
	}
	names := sortedNames(had)
	taken := 0
	for _, name := range slices.Sorted(maps.Keys(all)) {
		f := all[name]
		s, values, notes, err := w.fromForeign(ctx, importName(name), &f)
		if err == nil && slices.Contains(names, s.Name) {
			err = fmt.Errorf("there is a server %s already", s.Name)
		}
		if err == nil {
			err = registry.Check(s, names)
		}
		if err != nil {
			wipe(values)
			a.printf("%s: skipped: %v\n", printable(name), err)
			continue
		}
		a.printf("%s: %s %s\n", s.Name, s.Transport, printable(registry.Host(s)))
		for _, n := range notes {
			a.printf("  %s\n", printable(n))
		}
		if !dry {
			if err := w.saveServer(ctx, s, "imported", values); err != nil {
				wipe(values)
				return err
			}
		}
		wipe(values)
		names = append(names, s.Name)
		taken++
	}
	switch {
	case dry:
		a.sayf("nothing was changed; %d of %d can be registered", taken, len(all))
	case taken > 0:
		a.sayf("%d of %d registered; look at what each offers: tftsr server approve NAME", taken, len(all))
	}
	return nil
}

// jsonPlace keeps the content of a file out of an error about its syntax.
func jsonPlace(err error) error {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("it is no JSON at byte %d", syntax.Offset)
	case errors.As(err, &typ):
		return fmt.Errorf("JSON of the kind %s stands at byte %d, where something else is expected", typ.Value, typ.Offset)
	}
	return errors.New("it is no JSON")
}

var notName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[^a-z0-9]+`) })

// importName makes a name of ours of one of another host.
func importName(name string) string {
	out := strings.Trim(notName().ReplaceAllString(strings.ToLower(name), "-"), "-")
	return strings.Trim(out[:min(len(out), 30)], "-")
}

// reference recognises values that another host fills in: ${VAR}, ${env:VAR},
// ${input:id}, {env:VAR}, $VAR.
var reference = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$\{[^}]*\}|^\$[A-Za-z_]\w*$|\{env:[^}]*\}`)
})

// secretName recognises names of values that are secret.
var secretName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)token|secret|passw|pwd|(api|access|private|auth|license|signing|encryption)[_-]?key|[_-]key$|^key$|credential|auth|cookie|session|[_-]pat$|^pat$|dsn|connection[_-]?string|database[_-]?ur[il]`)
})

// fromForeign makes a server of one of another host. notes say what a person
// has to do.
func (w *workspace) fromForeign(ctx context.Context, name string, f *foreign) (s *store.MCPServer, values map[string][]byte, notes []string, err error) {
	values = map[string][]byte{}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, values, nil, err
	}
	s = &store.MCPServer{ID: id.String(), Name: name, Owner: osUser(), Enabled: !f.Disabled, CreatedAt: moment(), UpdatedAt: moment(), Dir: f.Cwd}
	command, args, err := f.command()
	if err != nil {
		return nil, values, nil, err
	}
	s.URL = firstOf(f.URL, f.ServerURL, f.HTTPURL)
	switch kind := strings.ToLower(firstOf(f.Type, f.Transport)); {
	case command != "":
		s.Transport, s.URL = store.TransportStdio, ""
		if filepath.Base(command) == "tftsr" {
			return nil, values, nil, errors.New("it is this program")
		}
		path := command
		if !filepath.IsAbs(command) {
			if path, err = exec.LookPath(command); err == nil {
				path, err = filepath.Abs(path)
			}
			if err != nil {
				return nil, values, nil, fmt.Errorf("there is no program %s on this machine", command)
			}
			notes = append(notes, command+" is "+path)
		}
		s.Command = append([]string{path}, args...)
		for i, arg := range args {
			if reference().MatchString(arg) {
				return nil, values, nil, fmt.Errorf("argument %d refers to something that only that host knows", i+1)
			}
			if looks, err := w.looksSecret(ctx, "", arg); err != nil || looks {
				return nil, values, nil, errors.Join(err, fmt.Errorf("argument %d looks like a secret, which everybody on this machine can see: register it with --secret-env", i+1))
			}
		}
	case s.URL != "":
		s.Transport = store.TransportHTTP
		if kind == "sse" {
			s.Transport = store.TransportSSE
		}
		u, err := url.Parse(s.URL)
		if err != nil || reference().MatchString(s.URL) {
			return nil, values, nil, errors.New("its address refers to something that only that host knows")
		}
		for key, v := range u.Query() {
			if looks, err := w.looksSecret(ctx, key, v[0]); err != nil || looks {
				return nil, values, nil, errors.Join(err, errors.New("its address holds what looks like a secret: register it with --secret-header"))
			}
		}
		s.Dir = ""
	default:
		return nil, values, nil, errors.New("it has no command and no address")
	}
	env := map[string]string{}
	for n, v := range f.Env {
		env[n] = fmt.Sprint(v)
	}
	if s.Transport == store.TransportStdio {
		s.Env, s.SecretEnv, err = w.sortSecrets(ctx, s, env, "--secret-env", func(n string) string { return registry.SecretEnv(name, n) }, values, &notes)
	} else {
		s.Headers, s.SecretHeaders, err = w.sortSecrets(ctx, s, f.Headers, "--secret-header", func(n string) string { return registry.SecretHeader(name, n) }, values, &notes)
	}
	return s, values, notes, err
}

// command returns the program of a server: a text, or as Zed wrote it once, an
// object.
func (f *foreign) command() (string, []string, error) {
	if len(f.Command) == 0 || string(f.Command) == "null" {
		return "", nil, nil
	}
	var text string
	if json.Unmarshal(f.Command, &text) == nil {
		return text, f.Args, nil
	}
	var object struct {
		Path string         `json:"path"`
		Args []string       `json:"args"`
		Env  map[string]any `json:"env"`
	}
	if json.Unmarshal(f.Command, &object) != nil || object.Path == "" {
		return "", nil, errors.New("its command is in a form that is not known")
	}
	if f.Env == nil {
		f.Env = object.Env
	}
	return object.Path, object.Args, nil
}

// sortSecrets parts plain values from secret ones, which it adds to values. One
// that another host fills in is wanted of the person; the server waits for it.
func (w *workspace) sortSecrets(ctx context.Context, s *store.MCPServer, in map[string]string, flag string, secret func(string) string, values map[string][]byte, notes *[]string) (plain map[string]string, names []string, err error) {
	plain = map[string]string{}
	for _, n := range slices.Sorted(maps.Keys(in)) {
		v := in[n]
		if reference().MatchString(v) {
			s.Enabled = false
			*notes = append(*notes, fmt.Sprintf("%s is filled in by that host: it is disabled until you run: tftsr server edit %s %s %s, then tftsr server enable %s", n, s.Name, flag, n, s.Name))
			continue
		}
		looks, err := w.looksSecret(ctx, n, v)
		switch {
		case err != nil:
			return nil, nil, err
		case s.Transport == store.TransportStdio && client.LoadsCode(n):
			*notes = append(*notes, n+" makes programs load code, and is left out: set it with tftsr server edit if you mean it")
		case looks && v != "":
			names = append(names, n)
			values[secret(n)] = []byte(v)
			*notes = append(*notes, n+" is kept as a secret")
		default:
			plain[n] = v
		}
	}
	return plain, names, nil
}

// looksSecret reports whether a value is to be kept as a secret: by its name, or
// because something sensitive is found in it.
func (w *workspace) looksSecret(ctx context.Context, name, value string) (bool, error) {
	if name != "" && secretName().MatchString(name) {
		return true, nil
	}
	text := value
	if name != "" {
		text = name + "=" + value
	}
	_, counts, err := w.gate.Check(ctx, []byte(text))
	if err != nil {
		return false, err
	}
	for name := range counts {
		if typ, ok := pii.ParseType(name); ok && typ.Class() == pii.ClassSecret {
			return true, nil
		}
	}
	return false, nil
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// withoutComments makes JSON of JSON with comments and commas at the ends of
// lists, as VS Code and Zed write it. Bytes keep their places.
func withoutComments(in []byte) []byte {
	out := slices.Clone(in)
	blank := func(from, to int) {
		for i := from; i < to; i++ {
			if out[i] != '\n' {
				out[i] = ' '
			}
		}
	}
	comma := -1
	for i := 0; i < len(out); i++ {
		switch c := out[i]; {
		case c == '"':
			for i++; i < len(out) && out[i] != '"'; i++ {
				if out[i] == '\\' {
					i++
				}
			}
			comma = -1
		case c == '/' && i+1 < len(out) && out[i+1] == '/':
			end := i
			for end < len(out) && out[end] != '\n' {
				end++
			}
			blank(i, end)
			i = end
		case c == '/' && i+1 < len(out) && out[i+1] == '*':
			end := len(out)
			if n := strings.Index(string(out[i+2:]), "*/"); n >= 0 {
				end = i + 2 + n + 2
			}
			blank(i, end)
			i = end - 1
		case c == ',':
			comma = i
		case c == ']' || c == '}':
			if comma >= 0 {
				out[comma] = ' '
			}
			comma = -1
		case c != ' ' && c != '\t' && c != '\r' && c != '\n':
			comma = -1
		}
	}
	return out
}
