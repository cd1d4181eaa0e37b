package oauth

import (
	"errors"

	"golang.org/x/sys/windows"
)

func busy(err error) bool { return errors.Is(err, windows.WSAEADDRINUSE) }
