package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Options says where [Load] reads from. The zero value reads the process's environment and the platform's places.
type Options struct {
	// File is the configuration file, as from --config. Empty: TFTSR_CONFIG, else the platform's place, where it may be missing. "none" reads
	// no file.
	File string
	// Flags are the flags that were given on the command line: the dotted key, to the text. Lists are comma-separated.
	Flags map[string]string
	// NoData says that the data folder is not needed: it is no error if the environment names none.
	NoData bool
	// Environ is the environment as NAME=VALUE. Nil means the process's own, from which secrets are then removed.
	Environ []string
	// GOOS stands in for runtime.GOOS in tests.
	GOOS string
	// Home stands in for the user's home folder in tests.
	Home string
}

// Load merges flags, environment, file and defaults. An error names the key, where it was set and what to write instead; several errors are
// joined, one a line. It holds no secret.
func Load(o Options) (*Config, error) {
	environ := o.Environ
	if environ == nil {
		environ = os.Environ()
		defer unsetSecrets()
	}
	p := platform{goos: o.GOOS, home: o.Home, vars: environMap(environ)}
	if p.goos == "" {
		p.goos = runtime.GOOS
	}
	if p.home == "" {
		p.home = p.vars[map[bool]string{true: "USERPROFILE", false: "HOME"}[p.goos == "windows"]]
	}

	c := Default()
	c.Env = NewEnv(environ)
	c.DataDir = p.dataDir()

	var errs []error
	path, required := o.File, o.File != ""
	if path == "" {
		path, required = p.vars["TFTSR_CONFIG"], p.vars["TFTSR_CONFIG"] != ""
	}
	if path == "" {
		path = p.configFile()
	}
	if path != "" && path != "none" {
		errs = append(errs, c.applyFile(p.expand(path), required, p))
	}
	errs = append(errs, c.applyEnv(p)...)
	errs = append(errs, c.applyFlags(o.Flags, p)...)
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if c.DataDir == "" && !o.NoData {
		return nil, errors.New("no data folder: the environment names no home folder; set TFTSR_DATA_DIR")
	}
	if err := c.validate(); err != nil {
		return nil, err
	}
	return c, nil
}

// applyEnv applies the variables of settings, and refuses a name that looks like a misspelt one: silently ignoring a misspelt policy would
// leave a weaker one in force. Other TFTSR_ names are let pass, with a warning; Kubernetes makes some for every service called tftsr.
func (c *Config) applyEnv(p platform) []error {
	var errs []error
	known := map[string]bool{}
	for i := range keys {
		k := &keys[i]
		known[k.Env] = true
		text, ok := p.vars[k.Env]
		if !ok || (text == "" && !k.takesEmpty()) {
			continue
		}
		if err := c.setText(k, text, p); err != nil {
			errs = append(errs, fmt.Errorf("environment variable %s: %w", k.Env, err))
			continue
		}
		c.origins[k.Key] = "env " + k.Env
	}
	for _, v := range envOnly {
		known[v.name] = true
	}
	names := sortedKeys(known)
	for _, name := range sortedKeys(p.vars) {
		if !strings.HasPrefix(name, "TFTSR_") || strings.HasPrefix(name, "TFTSR_TEST_") || known[name] {
			continue
		}
		if near := nearest(name, names, 2); near != "" {
			errs = append(errs, fmt.Errorf("environment variable %s is not known; did you mean %s?", name, near))
			continue
		}
		c.Warnings = append(c.Warnings, "environment variable "+name+" is not known and was ignored")
	}
	return errs
}

// takesEmpty reports whether an empty variable is a value (an empty list clears what the file says) or as good as unset.
func (k *key) takesEmpty() bool { return k.Type == typeList || k.Type == typeTable }

func (c *Config) applyFlags(flags map[string]string, p platform) []error {
	var errs []error
	for _, name := range sortedKeys(flags) {
		k := findKey(name)
		if k == nil {
			errs = append(errs, fmt.Errorf("setting %q is not known%s", name, didYouMean(name)))
			continue
		}
		label := "--" + k.Flag
		if k.Flag == "" {
			label = "--set " + k.Key
		}
		if err := c.setText(k, flags[name], p); err != nil {
			errs = append(errs, fmt.Errorf("flag %s: %w", label, err))
			continue
		}
		c.origins[k.Key] = "flag " + label
	}
	return errs
}

// setText sets a key from text, as it comes from the environment and from flags.
func (c *Config) setText(k *key, text string, p platform) error {
	items := []string{text}
	if k.Type == typeList || k.Type == typeTable {
		items = splitList(text)
	}
	return c.setItems(k, items, p, true)
}

// setItems sets a key, paths made absolute first. Relative paths count from the working folder, which only somebody at a command line knows:
// in the file they are refused.
func (c *Config) setItems(k *key, items []string, p platform, relative bool) error {
	if k.Type == typePath || k.Key == "allowed_folders" {
		items = slices.Clone(items)
		for i, item := range items {
			abs, err := p.absolute(item, relative)
			if err != nil {
				return err
			}
			items[i] = abs
		}
	}
	return k.set(c, items)
}

func splitList(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// platform knows the places of an operating system. It takes them from the given environment only, so that tests can be any platform.
type platform struct {
	goos string
	home string
	vars map[string]string
}

func (p platform) join(parts ...string) string {
	if p.goos == "windows" && runtime.GOOS != "windows" {
		return strings.Join(parts, `\`)
	}
	return filepath.Join(parts...)
}

// dataDir is the platform's place for data that is not configuration.
func (p platform) dataDir() string {
	switch p.goos {
	case "windows":
		if local := p.vars["LOCALAPPDATA"]; local != "" {
			return p.join(local, "tftsr")
		}
		if p.home != "" {
			return p.join(p.home, "AppData", "Local", "tftsr")
		}
	case "darwin":
		if p.home != "" {
			return p.join(p.home, "Library", "Application Support", "tftsr")
		}
	default:
		// The XDG base directory specification says to ignore a relative path.
		if xdg := p.vars["XDG_DATA_HOME"]; filepath.IsAbs(xdg) {
			return p.join(xdg, "tftsr")
		}
		if p.home != "" {
			return p.join(p.home, ".local", "share", "tftsr")
		}
	}
	return ""
}

// configFile is where os.UserConfigDir would have it, computed from the given environment.
func (p platform) configFile() string {
	switch p.goos {
	case "windows":
		if roaming := p.vars["APPDATA"]; roaming != "" {
			return p.join(roaming, "tftsr", "config.toml")
		}
	case "darwin":
		if p.home != "" {
			return p.join(p.home, "Library", "Application Support", "tftsr", "config.toml")
		}
	default:
		if xdg := p.vars["XDG_CONFIG_HOME"]; filepath.IsAbs(xdg) {
			return p.join(xdg, "tftsr", "config.toml")
		}
		if p.home != "" {
			return p.join(p.home, ".config", "tftsr", "config.toml")
		}
	}
	return ""
}

// expand replaces a leading ~/ by the home folder.
func (p platform) expand(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok && p.home != "" {
		return p.join(p.home, rest)
	}
	return path
}

func (p platform) absolute(path string, relative bool) (string, error) {
	if path == "" {
		return "", errors.New("the path is empty")
	}
	path = p.expand(path)
	if filepath.IsAbs(path) {
		return filepath.Clean(path), nil
	}
	if !relative {
		return "", fmt.Errorf("%q is a relative path: in the file write it in full or from ~/", path)
	}
	return filepath.Abs(path)
}
