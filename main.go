// Command tftsr gives AI agents the tools of IT incident triage over the Model
// Context Protocol, and stands as a gate between them and everything else.
package main

import (
	"os"

	"github.com/tftsr/tftsr/internal/cli"
)

func main() { os.Exit(cli.Main()) }
