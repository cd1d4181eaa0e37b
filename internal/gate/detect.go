package gate

import (
	"errors"
	"fmt"
	"os"

	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/pii"
)

// DetectOptions turns the settings of detection into options of the scanner: preset, released types and values, the
// roster, the owner's rules. An error names the setting; that of a rule or of the roster names the file and the line as
// well, and quotes no name.
func DetectOptions(c config.PII) (pii.Options, error) {
	var o pii.Options
	if c.Preset != "" && c.Preset != "default" {
		p, ok := pii.ParsePreset(c.Preset)
		if !ok {
			return pii.Options{}, fmt.Errorf("pii.preset %q: use balanced, strict or secrets-only", c.Preset)
		}
		o.Preset = p
	}
	for _, name := range c.AllowTypes {
		t, ok := pii.ParseType(name)
		if !ok {
			return pii.Options{}, fmt.Errorf("pii.allow_types: there is no type %q", name)
		}
		if t.Class() == pii.ClassSecret {
			return pii.Options{}, fmt.Errorf("pii.allow_types: %s is a type of secret and cannot be let through", t)
		}
		o.AllowTypes = append(o.AllowTypes, t)
	}
	o.AllowValues = c.AllowValues
	if c.Roster != "" {
		var err error
		if o.Roster, err = readRoster(c.Roster); err != nil {
			return pii.Options{}, fmt.Errorf("pii.roster %s: %w", c.Roster, err)
		}
	}
	for _, r := range c.Rules {
		mode, ok := pii.ParseRuleMode(r.Mode)
		if !ok {
			return pii.Options{}, fmt.Errorf("%s: rule %q: unknown mode %q: use enforce, shadow or off", r.Origin, r.Name, r.Mode)
		}
		rule := pii.CustomRule{
			Name: r.Name, Keyword: r.Keyword, Window: r.Window, Pattern: r.Pattern, Secret: r.Type == pii.CustomSecret.String(), Mode: mode,
		}
		if err := pii.CheckRules([]pii.CustomRule{rule}); err != nil {
			return pii.Options{}, fmt.Errorf("%s: pii.rules: %w", r.Origin, err)
		}
		o.Rules = append(o.Rules, rule)
	}
	if err := pii.CheckRules(o.Rules); err != nil {
		return pii.Options{}, fmt.Errorf("pii.rules: %w", err)
	}
	return o, nil
}

// readRoster reads the file of a roster.
func readRoster(path string) (*pii.Roster, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Unwrap(err) // The caller names the file.
	}
	defer f.Close()
	return pii.ParseRoster(f)
}
