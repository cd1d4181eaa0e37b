package client

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/tftsr/tftsr/internal/config"
)

// BaseEnv is what a stdio server gets of the environment of this program, where it is set: what a program needs to find its folders, its
// language and its interpreter. Everything else, credentials first, is given to it by name or not at all.
func BaseEnv() []string {
	if runtime.GOOS == "windows" {
		return []string{
			"PATH", "PATHEXT", "SystemRoot", "SystemDrive", "windir", "ComSpec", "TEMP", "TMP", "USERNAME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH",
			"APPDATA", "LOCALAPPDATA", "ProgramData", "ProgramFiles", "ProgramFiles(x86)", "PROCESSOR_ARCHITECTURE", "NUMBER_OF_PROCESSORS", "OS",
		}
	}
	return []string{"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"}
}

// checkCommand checks what can be checked before a process is started.
func (c Config) checkCommand() error {
	switch {
	case c.Command == "":
		return errors.New("a stdio server needs a command")
	case !filepath.IsAbs(c.Command):
		return fmt.Errorf("the command %q is not an absolute path: which program a bare name means depends on who asks; write what `command -v` says", c.Command)
	case c.Dir != "" && !filepath.IsAbs(c.Dir):
		return fmt.Errorf("the folder %q is not an absolute path", c.Dir)
	}
	for _, s := range append([]string{c.Command, c.Dir}, c.Args...) {
		if strings.ContainsRune(s, 0) {
			return errors.New("the command, its arguments or its folder hold a zero byte")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Env)) {
		if err := CheckEnv(name, c.Env[name]); err != nil {
			return err
		}
	}
	return nil
}

// loadsCode are variables by which an interpreter runs code before the program. They are given only where the owner names them.
var loadsCode = []string{
	"NODE_OPTIONS", "NODE_PATH", "PYTHONSTARTUP", "PYTHONPATH", "PYTHONHOME", "PERL5OPT", "PERL5LIB", "RUBYOPT", "RUBYLIB", "JAVA_TOOL_OPTIONS",
	"_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "BASH_ENV", "ENV", "PROMPT_COMMAND", "GCONV_PATH", "GIT_SSH_COMMAND", "DOTNET_STARTUP_HOOKS",
}

// LoadsCode reports whether a variable makes interpreters run code of its value's choice. A configuration may name one, but whoever takes it
// over from elsewhere should ask its owner.
func LoadsCode(name string) bool { return slices.Contains(loadsCode, strings.ToUpper(name)) }

// CheckEnv says whether a variable can be given to a server. An error holds no value.
func CheckEnv(name, value string) error {
	upper := strings.ToUpper(name)
	switch {
	case name == "" || strings.ContainsAny(name, "=\x00 \t\r\n") || strings.ContainsRune(value, 0):
		return fmt.Errorf("the environment variable %q cannot be set", name)
	case strings.HasPrefix(upper, "LD_"), strings.HasPrefix(upper, "DYLD_"), upper == "GLIBC_TUNABLES":
		return fmt.Errorf("the environment variable %s changes what code the system loads into a program and is never set; start the server through a script of yours if it needs that", name)
	}
	return nil
}

// environ returns the whole environment of the process.
func (c Config) environ() []string {
	env := make(map[string]string, len(c.Env)+16)
	maps.Copy(env, config.Inherited(BaseEnv()))
	for name, v := range c.Env {
		if runtime.GOOS == "windows" {
			// Names differ by more than their case there.
			maps.DeleteFunc(env, func(k, _ string) bool { return strings.EqualFold(k, name) })
		}
		env[name] = v
	}
	out := make([]string, 0, len(env))
	for _, name := range slices.Sorted(maps.Keys(env)) {
		out = append(out, name+"="+env[name])
	}
	return out
}

// dir returns the working folder.
func (c Config) dir() string {
	switch {
	case c.Dir != "":
		return c.Dir
	case runtime.GOOS == "windows":
		return filepath.Dir(c.Command)
	}
	return "/"
}

// CheckProgram looks at the program and the folder as they are now. Its errors are sentences for the owner.
func (c Config) CheckProgram() error {
	fi, err := os.Stat(c.Command)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("the command %s does not exist", c.Command)
	case err != nil:
		return fmt.Errorf("the command %s cannot be looked at: %w", c.Command, err)
	case fi.IsDir():
		return fmt.Errorf("the command %s is a folder", c.Command)
	case runtime.GOOS != "windows" && fi.Mode()&0o111 == 0:
		return fmt.Errorf("the command %s is not executable", c.Command)
	}
	if fi, err = os.Stat(c.dir()); err != nil || !fi.IsDir() {
		return fmt.Errorf("the working folder %s does not exist or is no folder", c.dir())
	}
	return nil
}
