package cleanlogs

import (
	"bytes"
	"regexp"
	"testing"
)

func TestLogsAreTheSameForTheSameSeedAndFilledIn(t *testing.T) {
	hole := regexp.MustCompile(`<([nhHx][0-9]*|b64:[0-9]*|uuid|ip|pub|w|C|us|ms|s|t:[^>]*|[^ <>]*\|[^ <>]*)>`)
	for _, k := range Kinds() {
		a, b := k.Make(1, 100_000), k.Make(1, 100_000)
		if !bytes.Equal(a, b) {
			t.Errorf("%s differs between two runs", k.Name)
		}
		if bytes.Equal(a, k.Make(2, 100_000)) {
			t.Errorf("%s does not depend on the seed", k.Name)
		}
		if m := hole.Find(a); m != nil {
			t.Errorf("%s: %s was not filled in", k.Name, m)
		}
		if len(a) < 100_000 || len(a) > 110_000 {
			t.Errorf("%s has %d bytes", k.Name, len(a))
		}
	}
}
