package config

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

func one(f func(c *Config, text string) error) func(*Config, []string) error {
	return func(c *Config, items []string) error { return f(c, items[0]) }
}

func doc(name, flag, typ, text string) KeyDoc {
	return KeyDoc{Key: name, Flag: flag, Type: typ, Doc: text}
}

func stringKey(name, flag string, at func(*Config) *string, text string) key {
	return key{
		doc(name, flag, typeString, text),
		one(func(c *Config, s string) error { *at(c) = s; return nil }), func(c *Config) string { return *at(c) },
	}
}

// pathKey is a string that [Load] makes absolute.
func pathKey(name, flag string, at func(*Config) *string, text string) key {
	k := stringKey(name, flag, at, text)
	k.Type = typePath
	return k
}

func enumKey[T ~string](name, flag string, at func(*Config) *T, text string, choices ...T) key {
	names := make([]string, len(choices))
	for i, c := range choices {
		names[i] = strconv.Quote(string(c))
	}
	return key{
		doc(name, flag, typeString, text+" One of "+strings.Join(names, ", ")+"."),
		one(func(c *Config, s string) error {
			if !slices.Contains(choices, T(s)) {
				return fmt.Errorf("%q is none of %s", s, strings.Join(names, ", "))
			}
			*at(c) = T(s)
			return nil
		}), func(c *Config) string { return string(*at(c)) },
	}
}

func boolKey(name, flag string, at func(*Config) *bool, text string) key {
	return key{
		doc(name, flag, typeBool, text),
		one(func(c *Config, s string) error {
			switch strings.ToLower(s) {
			case "true", "1", "yes", "on":
				*at(c) = true
			case "false", "0", "no", "off":
				*at(c) = false
			default:
				return fmt.Errorf("%q is neither true nor false", s)
			}
			return nil
		}), func(c *Config) string { return strconv.FormatBool(*at(c)) },
	}
}

func integerKey(name string, at func(*Config) *int, lo, hi int, text string) key {
	return key{
		doc(name, "", typeInteger, text),
		one(func(c *Config, s string) error {
			n, err := strconv.Atoi(s)
			if err != nil || n < lo || n > hi {
				return fmt.Errorf("%q is not a whole number from %d to %d", s, lo, hi)
			}
			*at(c) = n
			return nil
		}), func(c *Config) string { return strconv.Itoa(*at(c)) },
	}
}

func numberKey(name string, at func(*Config) *float64, lo, hi float64, text string) key {
	return key{
		doc(name, "", typeNumber, text),
		one(func(c *Config, s string) error {
			n, err := strconv.ParseFloat(s, 64)
			// The comparison is written so that NaN fails it.
			if err != nil || !(n >= lo && n <= hi) {
				return fmt.Errorf("%q is not a number from %g to %g", s, lo, hi)
			}
			*at(c) = n
			return nil
		}), func(c *Config) string { return strconv.FormatFloat(*at(c), 'g', -1, 64) },
	}
}

func durationKey(name string, at func(*Config) *time.Duration, lo, hi time.Duration, text string) key {
	return key{
		doc(name, "", typeDuration, text),
		one(func(c *Config, s string) error {
			d, err := time.ParseDuration(s)
			if err != nil {
				return fmt.Errorf("%q is not a duration: write a number with a unit, as in 30s, 5m or 2h", s)
			}
			if d < lo || d > hi {
				return fmt.Errorf("%q is out of range: at least %s, at most %s", s, lo, hi)
			}
			*at(c) = d
			return nil
		}), func(c *Config) string { return at(c).String() },
	}
}

const day = 24 * time.Hour

// ParseDays reads a duration that may be given in days, as 90d.
func ParseDays(s string) (time.Duration, error) {
	if n, ok := strings.CutSuffix(s, "d"); ok {
		days, err := strconv.ParseUint(n, 10, 16)
		if err == nil {
			return time.Duration(days) * day, nil //nolint:gosec // at most 65535
		}
	} else if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return d, nil
	}
	return 0, fmt.Errorf("%q is not a time span: write days, as in 90d, or a number with a unit, as in 36h", s)
}

// daysKey is a duration that is usually given in days; 0 is no limit.
func daysKey(name string, at func(*Config) *time.Duration, lo, hi time.Duration, text string) key {
	return key{
		doc(name, "", typeDuration, text),
		one(func(c *Config, s string) error {
			d, err := ParseDays(s)
			if err != nil {
				return err
			}
			if d != 0 && (d < lo || d > hi) {
				return fmt.Errorf("%q is out of range: 0, or at least %s and at most %dd", s, lo, hi/day)
			}
			*at(c) = d
			return nil
		}), func(c *Config) string {
			if d := *at(c); d%day == 0 {
				if d == 0 {
					return "0"
				}
				return fmt.Sprintf("%dd", d/day)
			}
			return at(c).String()
		},
	}
}

func sizeKey(name string, at func(*Config) *int64, lo, hi int64, text string) key {
	return key{
		doc(name, "", typeSize, text),
		one(func(c *Config, s string) error {
			n, err := parseSize(s)
			if err != nil {
				return err
			}
			if n < lo || n > hi {
				return fmt.Errorf("%q is out of range: at least %d bytes, at most %d", s, lo, hi)
			}
			*at(c) = n
			return nil
		}), func(c *Config) string { return strconv.FormatInt(*at(c), 10) },
	}
}

func listKey(name, flag string, at func(*Config) *[]string, text string) key {
	return key{
		doc(name, flag, typeList, text),
		func(c *Config, items []string) error {
			// A default list is replaced, not appended to: what a person writes is what holds.
			*at(c) = slices.Clone(items)
			return nil
		}, func(c *Config) string { return joinList(*at(c)) },
	}
}

// namesKey is a list of tool or tool set names.
func namesKey(name, flag string, at func(*Config) *[]string, text string) key {
	k := listKey(name, flag, at, text)
	inner := k.set
	k.set = func(c *Config, items []string) error {
		for _, item := range items {
			if !isName(item) {
				return fmt.Errorf("%q is not a name of lower-case letters, digits and underscores", item)
			}
		}
		return inner(c, items)
	}
	return k
}

// pathsKey is a list of paths that [Load] makes absolute.
func pathsKey(name, flag string, at func(*Config) *[]string, text string) key {
	return listKey(name, flag, at, text)
}

func prefixesKey(name, flag string, at func(*Config) *[]netip.Prefix, text string) key {
	return key{
		doc(name, flag, typeList, text),
		func(c *Config, items []string) error {
			prefixes := make([]netip.Prefix, 0, len(items))
			for _, item := range items {
				p, err := netip.ParsePrefix(item)
				if err != nil {
					a, errAddr := netip.ParseAddr(item)
					if errAddr != nil {
						return fmt.Errorf("%q is not a network: write it as 10.0.0.0/8 or 192.0.2.7", item)
					}
					p = netip.PrefixFrom(a, a.BitLen())
				}
				if p.Bits() == 0 {
					return fmt.Errorf("%q trusts the whole Internet: name the network of your proxy", item)
				}
				prefixes = append(prefixes, p.Masked())
			}
			*at(c) = prefixes
			return nil
		}, func(c *Config) string {
			var items []string
			for _, p := range *at(c) {
				items = append(items, p.String())
			}
			return joinList(items)
		},
	}
}

// writeToolsKey is the table of policies per tool.
func writeToolsKey() key {
	return key{
		doc("writes.tools", "", typeTable, "Policy of single tools, by tool name."),
		func(c *Config, items []string) error {
			tools := make(map[string]WritePolicy, len(items))
			for _, item := range items {
				tool, policy, ok := strings.Cut(item, "=")
				if !ok || !isName(tool) {
					return fmt.Errorf("%q is not of the form tool=confirm|allow|deny", item)
				}
				p := WritePolicy(policy)
				if p != WriteConfirm && p != WriteAllow && p != WriteDeny {
					return fmt.Errorf("tool %s: %q is none of \"confirm\", \"allow\", \"deny\"", tool, policy)
				}
				if _, twice := tools[tool]; twice {
					return fmt.Errorf("tool %s is named twice", tool)
				}
				tools[tool] = p
			}
			c.Writes.Tools = tools
			return nil
		}, func(c *Config) string {
			var items []string
			for _, tool := range slices.Sorted(maps.Keys(c.Writes.Tools)) {
				items = append(items, tool+"="+string(c.Writes.Tools[tool]))
			}
			return joinList(items)
		},
	}
}
