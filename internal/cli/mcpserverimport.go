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
there. What can be taken over is, whatever else is in the file; what cannot is
said, with the reason and what to do about it. Nothing of the servers is
offered before you approve it.

Exit codes: 0 all is registered, or was; 3 some of it could not be, as the
lines with "skipped" say; 1 none could. With --dry-run they are the same.`,
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
	servers, err := w.store.ListServers(ctx)
	if err != nil {
		return err
	}
	had := sortedNames(servers)
	names := slices.Clone(had)
	taken, there := 0, 0
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if slices.Contains(had, importName(name)) {
			a.printf("%s: there is a server %s already\n", printable(name), importName(name))
			there++
			continue
		}
		s, notes, err := a.importOne(ctx, w, name, all[name], names, dry)
		switch {
		case errors.Is(err, errOurselves): // Nothing is amiss.
			a.printf("%s: left out: %v\n", printable(name), err)
			there++
			continue
		case ctx.Err() != nil:
			return err
		case err != nil:
			a.printf("%s: skipped: %s\n", printable(name), printable(err.Error()))
			if hint := hintFor(err); hint != "" {
				a.printf("  %s\n", hint)
			}
			continue
		}
		a.printf("%s: %s %s\n", s.Name, s.Transport, printable(registry.Host(s)))
		for _, n := range notes {
			a.printf("  %s\n", printable(n))
		}
		names = append(names, s.Name)
		taken++
	}
	bad := len(all) - taken - there
	summary := fmt.Sprintf("%d of %d registered", taken, len(all))
	if dry {
		summary = fmt.Sprintf("nothing was changed; %d of %d can be registered", taken, len(all))
	}
	if bad > 0 {
		summary += fmt.Sprintf(", %d skipped: see why above", bad)
	}
	if taken > 0 && !dry {
		summary += "; look at what each offers: tftsr server approve NAME"
	}
	a.sayf("%s", summary)
	switch {
	case bad == 0:
		return nil
	case bad == len(all):
		return &exitError{exitFailure, nil}
	}
	return &exitError{exitFindings, nil}
}

// errOurselves is of an entry that starts this program.
var errOurselves = errors.New("it is this program")

// importOne takes one entry over. names are those that are taken.
func (a *app) importOne(ctx context.Context, w *workspace, name string, entry json.RawMessage, names []string, dry bool) (*store.MCPServer, []string, error) {
	f, err := readForeign(entry)
	if err != nil {
		return nil, nil, err
	}
	s, values, notes, err := w.fromForeign(ctx, importName(name), f)
	defer wipe(values)
	if err != nil {
		return nil, nil, err
	}
	if slices.Contains(names, s.Name) {
		return nil, nil, withHint(fmt.Errorf("another entry of the file is named %s, too", s.Name), "register it yourself, under another name: tftsr server add NAME …")
	}
	if err := registry.Check(s, names); err != nil {
		return nil, nil, err
	}
	if !dry {
		if err := w.saveServer(ctx, s, "imported", values); err != nil {
			return nil, nil, err
		}
	}
	return s, notes, nil
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
			return nil, values, nil, errOurselves
		}
		path := command
		if !filepath.IsAbs(command) {
			if path, err = exec.LookPath(command); err == nil {
				path, err = filepath.Abs(path)
			}
			if err != nil {
				return nil, values, nil, withHint(fmt.Errorf("there is no program %s on this machine", command), "install it and import the file again, or name it by its absolute path")
			}
			notes = append(notes, command+" is "+path)
		}
		s.Command = append([]string{path}, args...)
		for i, arg := range args {
			if reference().MatchString(arg) {
				return nil, values, nil, withHint(fmt.Errorf("argument %d refers to something that only that host knows", i+1), "register it with what that host puts there: tftsr server add "+name+" -- "+command+" …")
			}
			if looks, err := w.looksSecret(ctx, "", arg); err != nil {
				return nil, values, nil, err
			} else if looks {
				return nil, values, nil, withHint(fmt.Errorf("argument %d looks like a secret, which everybody on this machine can see", i+1),
					"give it in the environment, if the server reads it there: tftsr server add "+name+" --secret-env NAME -- "+command+" …")
			}
		}
	case s.URL != "":
		s.Transport = store.TransportHTTP
		if kind == "sse" {
			s.Transport = store.TransportSSE
		}
		u, err := url.Parse(s.URL)
		if err != nil || reference().MatchString(s.URL) {
			return nil, values, nil, withHint(errors.New("its address refers to something that only that host knows"), "register it with the whole address: tftsr server add "+name+" --url …")
		}
		for key, v := range u.Query() {
			if looks, err := w.looksSecret(ctx, key, v[0]); err != nil {
				return nil, values, nil, err
			} else if looks {
				return nil, values, nil, withHint(errors.New("its address holds what looks like a secret"), "give it in a header, if the server reads it there: tftsr server add "+name+" --url … --secret-header NAME")
			}
		}
		s.Dir = ""
	default:
		return nil, values, nil, withHint(errors.New("it has no command and no address"), `write a "command" or a "url", or delete the entry`)
	}
	var plain map[string]string
	if s.Transport == store.TransportStdio {
		if plain, err = texts("the variable", f.Env); err != nil {
			return nil, values, nil, err
		}
		s.Env, s.SecretEnv, err = w.sortSecrets(ctx, s, plain, "--secret-env", func(n string) string { return registry.SecretEnv(name, n) }, values, &notes)
	} else {
		if plain, err = texts("the header", f.Headers); err != nil {
			return nil, values, nil, err
		}
		s.Headers, s.SecretHeaders, err = w.sortSecrets(ctx, s, plain, "--secret-header", func(n string) string { return registry.SecretHeader(name, n) }, values, &notes)
	}
	return s, values, notes, err
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
