package egress

import (
	"io"
	"log"
)

// quiet swallows what test servers say about clients that refuse them.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
