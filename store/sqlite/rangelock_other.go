//go:build !linux && !darwin

package sqlite

// rangeLocks are nothing here: see [logFile].
type rangeLocks struct{ file descriptor }

func (rangeLocks) lock(int64, int64, bool) error { return nil }
func (rangeLocks) unlock(int64, int64) error     { return nil }
