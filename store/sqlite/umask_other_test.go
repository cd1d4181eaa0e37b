//go:build !unix

package sqlite

func umask(int) int { return 0 }
