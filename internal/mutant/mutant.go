// Package mutant names the ways in which a build for tests may be made to work
// wrongly on purpose: a guarantee is tested only if breaking it is noticed. With
// the build tag mutants, the environment variable SIMDROP_MUTANT chooses one;
// without the tag every question is answered with a constant no, and nothing of
// it remains in the binary.
package mutant

// Name names a mutant.
type Name string

// What is left out for the disk's sake.
const (
	NoFsync   Name = "no-fsync"   // written files are not flushed
	NoDirsync Name = "no-dirsync" // the names in folders are not flushed
	NoSync    Name = "no-sync"    // the queue's transactions are not flushed
)

// What is left out of paying once.
const (
	NoIntent Name = "no-intent" // what was submitted without an answer is forgotten
	NoWait   Name = "no-wait"   // one look into the list decides about a lost answer
)

// What puts a secret where it must not show.
const (
	TellKey Name = "tell-key" // asking about a job panics, with the API key in its words
)
