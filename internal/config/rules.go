package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxRules bounds how many rules are read; package pii takes fewer.
const maxRules = 1000

// rulesKey is the owner's rules of detection.
func rulesKey() key {
	return key{
		doc("pii.rules", "", typeRules, "The owner's rules: [[pii.rules]] with name, keyword, pattern, window, type and mode. In the file only."),
		func(*Config, []string) error {
			return errors.New("rules stand in the configuration file, each below a line [[pii.rules]]")
		}, func(c *Config) string {
			// All of it: the digest of the settings on the record is over this text.
			rules := make([]string, 0, len(c.PII.Rules))
			for _, r := range c.PII.Rules {
				rules = append(rules, fmt.Sprintf("%s: %q within %d of %q (%s, %s)", r.Name, r.Pattern, r.Window, r.Keyword, r.Type, r.Mode))
			}
			return strings.Join(rules, "; ")
		},
	}
}

// setRules reads the tables [[pii.rules]] of the file at path. What a rule must be like is package pii's to say; here its fields get their types
// and their defaults.
func (c *Config) setRules(path, text string, v any) error {
	lines := ruleLines(text)
	tables, ok := v.([]map[string]any)
	if !ok {
		return fmt.Errorf("%s:%d: pii.rules: wrong type: write each rule below a line [[pii.rules]]", path, locate(text, []string{"pii", "rules"}))
	}
	if len(tables) > maxRules {
		return fmt.Errorf("%s: pii.rules: %d rules are too many", path, len(tables))
	}
	var errs []error
	for i, t := range tables {
		origin := path
		if i < len(lines) {
			origin += ":" + strconv.Itoa(lines[i])
		}
		r, err := readRule(t)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: pii.rules: rule %s: %w", origin, ruleLabel(t, i), err))
			continue
		}
		r.Origin = origin
		c.PII.Rules = append(c.PII.Rules, r)
	}
	c.origins["pii.rules"] = "file " + path
	return errors.Join(errs...)
}

func ruleLabel(t map[string]any, i int) string {
	if name, ok := t["name"].(string); ok && name != "" {
		return strconv.Quote(name)
	}
	return strconv.Itoa(i + 1)
}

func readRule(t map[string]any) (PIIRule, error) {
	r := PIIRule{Type: "Custom", Mode: "enforce"}
	fields := map[string]*string{"name": &r.Name, "keyword": &r.Keyword, "pattern": &r.Pattern, "type": &r.Type, "mode": &r.Mode}
	for _, name := range sortedKeys(t) {
		if at := fields[name]; at != nil {
			s, ok := t[name].(string)
			if !ok {
				return r, fmt.Errorf("%s: wrong type: write a string", name)
			}
			*at = s
			continue
		}
		if name != "window" {
			hint := ""
			if near := nearest(name, append(sortedKeys(fields), "window"), 3); near != "" {
				hint = fmt.Sprintf("; did you mean %q?", near)
			}
			return r, fmt.Errorf("unknown key %q%s", name, hint)
		}
		n, ok := t[name].(int64)
		if !ok || n < 1 || n > 1<<20 {
			return r, errors.New("window: write a number of bytes")
		}
		r.Window = int(n)
	}
	for _, name := range []string{"name", "keyword", "pattern"} {
		if *fields[name] == "" {
			return r, fmt.Errorf("%s is missing", name)
		}
	}
	if r.Type != "Custom" && r.Type != "CustomSecret" {
		return r, fmt.Errorf("type: %q is neither \"Custom\" nor \"CustomSecret\"", r.Type)
	}
	if modes := []string{"enforce", "shadow", "off"}; !slices.Contains(modes, r.Mode) {
		return r, fmt.Errorf("mode: %q is none of \"enforce\", \"shadow\", \"off\"", r.Mode)
	}
	return r, nil
}

// ruleLines returns the lines on which the tables [[pii.rules]] begin. A line within a string of several lines that looks like one would be
// counted too: the number is for the person who reads the error.
func ruleLines(text string) []int {
	var lines []int
	n := 0
	for line := range strings.Lines(text) {
		n++
		line, _, _ = strings.Cut(line, "#")
		if strings.Join(strings.Fields(line), "") == "[[pii.rules]]" {
			lines = append(lines, n)
		}
	}
	return lines
}
