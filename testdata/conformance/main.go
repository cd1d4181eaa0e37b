// Conformance lets the official conformance suite of the protocol reach a server through the gateway, under the names that the suite knows, and
// lists how its results differ from those at the server itself. scripts/conformance runs it.
//
//	conformance adapt URL TOKEN-FILE NAMES-FILE
//	    serve the gateway at URL with the names of `tftsr server show --json`
//	conformance compare TITLE DIRECT THROUGH…
//	    print how folders of results differ
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 4 && args[0] == "adapt":
		return adapt(args[1], args[2], args[3])
	case len(args) > 1 && args[0] == "compare":
		text, err := report(args[1:])
		fmt.Print(text)
		return err
	}
	return fmt.Errorf("usage: conformance adapt URL TOKEN-FILE NAMES-FILE, or conformance compare TITLE DIRECT THROUGH…")
}
