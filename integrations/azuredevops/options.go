package azuredevops

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tftsr/tftsr/integrations"
)

var options = []integrations.Option{
	{Name: "dialect", Doc: "services or server; told from the base URL unless given", Check: oneOf(string(services), string(server))},
	{Name: "api_version", Doc: "version of the interface of a Server", Check: oneOf("6.0", "7.0", "7.1")},
	{Name: "tenant", Doc: "id or domain of the directory that people log in to", Check: func(v string) error {
		if v == "" || strings.Trim(v, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") != "" {
			return errors.New("it must be the id or a domain of a directory")
		}
		return nil
	}},
	{Name: "authority", Doc: "where a national cloud logs people in, such as https://login.microsoftonline.us", Check: func(v string) error {
		if !strings.HasPrefix(v, "https://") && !strings.HasPrefix(v, "http://127.0.0.1:") && !strings.HasPrefix(v, "http://localhost:") {
			return errors.New("it must begin with https://")
		}
		return nil
	}},
	{Name: "scope", Doc: "OAuth scopes, with spaces between", Check: func(v string) error {
		if strings.TrimSpace(v) == "" || strings.ContainsFunc(v, func(r rune) bool { return r < 0x20 || r == '"' || r == '\\' || r > 0x7e }) {
			return errors.New("it must be scopes with spaces between")
		}
		return nil
	}},
	{Name: "type", Doc: "types of new work items, the first that the project has is taken; then Bug, Issue, Task", Check: func(v string) error {
		_, err := parseTypes(v)
		return err
	}},
	{Name: "area", Doc: `area path of new work items: Project\Team`, Check: checkPath},
	{Name: "iteration", Doc: `iteration path of new work items: Project\Sprint 7`, Check: checkPath},
	{Name: "fields", Doc: "further fields of new work items: Custom.Environment=Production;Custom.Team=SRE", Check: func(v string) error {
		_, err := parseFields(v)
		return err
	}},
	{Name: "priority", Doc: "priority of each severity: critical=1,high=2,medium=3,low=4", Check: func(v string) error {
		_, err := parsePriority(v)
		return err
	}},
	{Name: "severity", Doc: "value of the field Severity: critical=1 - Critical,high=2 - High,medium=3 - Medium,low=4 - Low", Check: func(v string) error {
		_, err := parseSeverity(v)
		return err
	}},
	{Name: "raw_wiql", Doc: "allow lets agents search by conditions in WIQL, within the project", Check: oneOf("allow", "deny")},
}

func oneOf(values ...string) func(string) error {
	return func(v string) error {
		if !slices.Contains(values, v) {
			return fmt.Errorf("it is one of: %s", strings.Join(values, ", "))
		}
		return nil
	}
}

func checkPath(v string) error {
	if v == "" || len(v) > 4000 || strings.ContainsFunc(v, control) || strings.HasPrefix(v, `\`) || strings.Contains(v, "/") {
		return errors.New(`it must be a path like Project\Team`)
	}
	return nil
}

// control reports what is in no text of one line.
func control(r rune) bool {
	return r < 0x20 || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfffd
}

func parseTypes(text string) ([]string, error) {
	var out []string
	for name := range strings.SplitSeq(text, ",") {
		name = strings.TrimSpace(name)
		if name == "" || len(name) > 128 || strings.ContainsFunc(name, control) || strings.ContainsAny(name, `/\$?%`) || name[0] == '.' {
			return nil, errors.New("write the names of types with commas between: Incident,Bug")
		}
		out = append(out, name)
	}
	return out, nil
}

// isReference reports whether text can be the reference name of a field, such
// as Microsoft.VSTS.Common.Severity.
func isReference(text string) bool {
	parts := strings.Split(text, ".")
	if len(parts) < 2 || len(text) > 256 {
		return false
	}
	for n, p := range parts {
		if p == "" || n == 0 && p[0] >= '0' && p[0] <= '9' {
			return false
		}
		for i := range len(p) {
			if c := p[i]; !isLetter(c) && (c < '0' || c > '9') && c != '_' && (c != '-' || n == 0) {
				return false
			}
		}
	}
	return true
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isGUID(text string) bool {
	return len(text) == 36 && strings.Count(text, "-") == 4 && strings.Trim(strings.ToLower(text), "0123456789abcdef-") == ""
}

// fieldValue is a field that the owner sets.
type fieldValue struct{ Ref, Value string }

// parseFields reads Custom.Environment=Production;Custom.Team=SRE. Fields that
// have an option or an argument of their own, and those that the service
// computes, cannot be among them.
func parseFields(text string) ([]fieldValue, error) {
	var out []fieldValue
	for part := range strings.SplitSeq(text, ";") {
		ref, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		switch {
		case !ok || !isReference(ref) || value == "" || strings.ContainsFunc(value, control):
			return nil, errors.New("write reference names with their values: Custom.Environment=Production;Custom.Team=SRE")
		case strings.HasPrefix(strings.ToLower(ref), "system."), writable[ref]:
			return nil, fmt.Errorf("%s is not one to be set here", ref)
		}
		out = append(out, fieldValue{ref, value})
	}
	return out, nil
}

// The severities of an issue, worst first, and their other names.
var (
	severityNames = []string{"critical", "high", "medium", "low"}
	aliases       = map[string]string{"p1": "critical", "p2": "high", "p3": "medium", "p4": "low", "1": "critical", "2": "high", "3": "medium", "4": "low"}
	priorities    = map[string]int{"critical": 1, "high": 2, "medium": 3, "low": 4}
)

// SeverityName returns which of critical, high, medium and low is meant by
// one of them, by P1 to P4 or by 1 to 4.
func SeverityName(text string) (string, error) {
	name := strings.ToLower(text)
	if full, ok := aliases[name]; ok {
		name = full
	}
	if !slices.Contains(severityNames, name) {
		return "", errors.New("severity is critical, high, medium or low, or P1 to P4")
	}
	return name, nil
}

func parsePriority(text string) (map[string]int, error) {
	out := maps.Clone(priorities)
	for part := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > 4 || !slices.Contains(severityNames, name) {
			return nil, errors.New("write critical=1,high=2,medium=3,low=4: a priority from 1 to 4 for each")
		}
		out[name] = n
	}
	return out, nil
}

func parseSeverity(text string) (map[string]string, error) {
	out := map[string]string{}
	for part := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok || value == "" || len(value) > 100 || strings.ContainsFunc(value, control) || !slices.Contains(severityNames, name) {
			return nil, errors.New("write critical=1 - Critical,high=2 - High: an allowed value of the field for each")
		}
		out[name] = value
	}
	return out, nil
}
