package bench

import "os"

// peakMiB is not known of a process that ended.
func peakMiB(*os.ProcessState) float64 { return 0 }
