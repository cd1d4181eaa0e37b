package sqlite

// From bsd/sys/fcntl.h of XNU (github.com/apple-oss-distributions/xnu).
const (
	ofdSet  = 90 // F_OFD_SETLK
	ofdWait = 91 // F_OFD_SETLKW
)
