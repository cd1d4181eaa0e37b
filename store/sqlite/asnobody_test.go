//go:build !linux

package sqlite

import "testing"

// asNobody runs f. Tests do not run as root here.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	f()
}
