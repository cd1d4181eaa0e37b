package gate

import (
	"regexp"
	"sync"
)

// lazyRegexp compiles an expression when it is first asked for: a start, which
// hosts wait for, needs none.
func lazyRegexp(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
