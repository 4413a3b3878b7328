//go:build mutants

package mutant

import "os"

var chosen = Name(os.Getenv("SIMDROP_MUTANT"))

// Is reports whether the program is to be this mutant.
func Is(n Name) bool { return n == chosen }
