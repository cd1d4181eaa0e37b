package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// maxFileBytes bounds the configuration file; a real one has a few hundred bytes.
const maxFileBytes = 256 << 10

// applyFile applies the TOML file at path. A missing file is an error only when somebody named it.
func (c *Config) applyFile(path string, required bool, p platform) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && !required {
		return nil
	}
	if err != nil {
		return fmt.Errorf("configuration file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("configuration file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("configuration file %s is not a regular file; to read none, name it \"none\"", path)
	}
	// Whoever may write the file decides whether writes are confirmed, so it must not be everybody.
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o002 != 0 {
		return fmt.Errorf("configuration file %s can be written by every user: run chmod o-w %s", path, path)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return fmt.Errorf("configuration file: %w", err)
	}
	if len(data) > maxFileBytes {
		return fmt.Errorf("configuration file %s is larger than %d bytes", path, maxFileBytes)
	}
	c.File = path
	return c.applyTOML(path, string(data), p)
}

func (c *Config) applyTOML(path, text string, p platform) error {
	var tree map[string]any
	md, err := toml.Decode(text, &tree)
	if err != nil {
		var pe toml.ParseError
		if errors.As(err, &pe) {
			return fmt.Errorf("%s:%d: %s", path, pe.Position.Line, pe.Message)
		}
		return fmt.Errorf("%s: %w", path, err)
	}

	var errs []error
	seen := map[string]bool{}
	for _, parts := range md.Keys() {
		name := strings.Join(parts, ".")
		k := findKey(name)
		if k == nil {
			if isGroup(name) {
				if _, isTable := lookup(tree, parts).(map[string]any); !isTable {
					errs = append(errs, fmt.Errorf("%s:%d: %s is a table: write its keys below a line [%s]", path, locate(text, parts), name, name))
				}
				continue
			}
			if belowTable(name) || underUnknown(name, seen) {
				continue
			}
			seen[name] = true
			errs = append(errs, fmt.Errorf("%s:%d: unknown key %q%s", path, locate(text, parts), name, didYouMean(name)))
			continue
		}
		if k.Type == typeRules {
			if !seen[name] {
				seen[name] = true
				errs = append(errs, c.setRules(path, text, lookup(tree, parts)))
			}
			continue
		}
		line := locate(text, parts)
		items, err := fileItems(k, lookup(tree, parts))
		if err == nil {
			err = c.setItems(k, items, p, false)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %s: %w", path, line, name, err))
			continue
		}
		c.origins[k.Key] = "file " + path + ":" + strconv.Itoa(line)
	}
	return errors.Join(errs...)
}

// fileItems checks the TOML type of a value and turns it into items for the key's setter. Types are strict: review = true is a mistake.
func fileItems(k *key, v any) ([]string, error) {
	switch v := v.(type) {
	case string:
		if k.Type == typeString || k.Type == typePath || k.Type == typeDuration || k.Type == typeSize {
			return []string{v}, nil
		}
	case bool:
		if k.Type == typeBool {
			return []string{strconv.FormatBool(v)}, nil
		}
	case int64:
		if k.Type == typeInteger || k.Type == typeNumber || k.Type == typeSize {
			return []string{strconv.FormatInt(v, 10)}, nil
		}
	case float64:
		if k.Type == typeNumber {
			return []string{strconv.FormatFloat(v, 'g', -1, 64)}, nil
		}
	case []any:
		if k.Type == typeList {
			return stringItems(v)
		}
	case map[string]any:
		if k.Type == typeTable {
			var items []string
			for _, name := range sortedKeys(v) {
				text, ok := v[name].(string)
				if !ok {
					return nil, fmt.Errorf("%s is not a string", name)
				}
				items = append(items, name+"="+text)
			}
			return items, nil
		}
	}
	return nil, fmt.Errorf("wrong type: write %s", map[string]string{
		typeString: `a string, as in "text"`, typePath: `a path, as in "/srv/tftsr"`, typeBool: "true or false", typeInteger: "a whole number",
		typeNumber: "a number", typeSize: `a number of bytes, or a string with a unit, as in "64KiB"`, typeDuration: `a string with a unit, as in "30s"`,
		typeList: `a list of strings, as in ["a", "b"]`, typeTable: `a table, as in {name = "value"}`,
	}[k.Type])
}

func stringItems(list []any) ([]string, error) {
	items := make([]string, 0, len(list))
	for _, v := range list {
		text, ok := v.(string)
		if !ok {
			return nil, errors.New(`wrong type: write a list of strings, as in ["a", "b"]`)
		}
		items = append(items, text)
	}
	return items, nil
}

// locate returns the line on which a key is set. The decoder does not say, so it is asked: the first line that mentions the key, below text
// in which the key is not yet defined, from which on some longer piece of the text defines it.
func locate(text string, parts []string) int {
	lines := strings.SplitAfter(text, "\n")
	defined := func(n int) (ok, has bool) {
		var tree map[string]any
		md, err := toml.Decode(strings.Join(lines[:n], ""), &tree)
		return err == nil, err == nil && md.IsDefined(parts...)
	}
	last := parts[len(parts)-1]
	for i, line := range lines {
		if !strings.Contains(line, last) {
			continue
		}
		if ok, has := defined(i); !ok || has {
			continue
		}
		// A value may span lines; text cut inside one does not decode.
		for j := i + 1; j <= min(len(lines), i+100); j++ {
			ok, has := defined(j)
			if has {
				return i + 1
			}
			if ok {
				break
			}
		}
	}
	return 1
}

func lookup(tree map[string]any, parts []string) any {
	var v any = tree
	for _, part := range parts {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[part]
	}
	return v
}

func findKey(name string) *key {
	for i := range keys {
		if keys[i].Key == name {
			return &keys[i]
		}
	}
	return nil
}

// isGroup reports whether name is a table that holds keys.
func isGroup(name string) bool {
	return slices.ContainsFunc(keys, func(k key) bool { return strings.HasPrefix(k.Key, name+".") })
}

// belowTable reports whether name lies in a key whose value is a table.
func belowTable(name string) bool {
	return slices.ContainsFunc(keys, func(k key) bool {
		return (k.Type == typeTable || k.Type == typeRules) && strings.HasPrefix(name, k.Key+".")
	})
}

// underUnknown reports whether name lies in a table that was already reported.
func underUnknown(name string, seen map[string]bool) bool {
	for s := range seen {
		if strings.HasPrefix(name, s+".") {
			return true
		}
	}
	return false
}
