// Package cli is simdrop's command line: one file per command. Data goes to
// stdout, everything else to stderr.
package cli

import (
	"fmt"
	"io"
)

// Main runs the command named by args and returns the exit code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	fmt.Fprintln(stderr, "simdrop: error: no command yet")
	return 2
}
