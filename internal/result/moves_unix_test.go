//go:build unix

package result

// moves are the ways to rename without replacing on this system.
var moves = map[string]func(from, to string) error{"rename": moveNew, "checked rename": moveChecked}
