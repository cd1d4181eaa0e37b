package cli

import (
	"fmt"
	"strings"

	"github.com/tftsr/tftsr/internal/pii"
)

// explanation says in words why there is a finding. It quotes nothing of the
// text.
type explanation struct {
	Rule  string   `json:"rule"`  // what the rule looks for
	Why   []string `json:"why"`   // the grounds, in words
	Type  string   `json:"type"`  // what decided the type
	Level string   `json:"level"` // what decided the level
}

func explain(s *pii.Scanner, f pii.Finding) *explanation {
	x := &explanation{Rule: pii.RuleDoc(f.Rule).Finds, Why: []string{}}
	f.Reason.Bits.Each(func(name, means string) {
		if name == "key" && f.Reason.Key != 0 {
			means = fmt.Sprintf("the name before it ends in %q", f.Reason.Key.String())
		}
		x.Why = append(x.Why, means)
	})
	x.Type = "nothing else was found in these bytes"
	if f.Over != 0 {
		x.Type = fmt.Sprintf("it was taken for %s as well; %s stands above it", f.Over, f.Type)
	}
	redactAt, suspectAt := s.Thresholds()
	switch f.Level {
	case pii.LevelRedact:
		x.Level = fmt.Sprintf("redact: %d%% is at least %d%%", f.Confidence, redactAt)
	case pii.LevelShadow:
		x.Level = "shadow: the rule is on trial, the text stays"
	default:
		x.Level = fmt.Sprintf("suspect: %d%% is at least %d%% and less than %d%%; the text stays", f.Confidence, suspectAt, redactAt)
	}
	return x
}

// text is the form for people: indented lines below the finding.
func (x *explanation) text() string {
	return "\n    rule:  " + x.Rule + "\n    why:   " + strings.Join(x.Why, "; ") + "\n    type:  " + x.Type + "\n    level: " + x.Level
}
