//go:build !linux && !darwin && !windows

package hardware

import "context"

func detect(_ context.Context, r *Report) {
	r.note("hardware is looked at on Linux, macOS and Windows only")
}
