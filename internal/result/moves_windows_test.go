package result

// moves are the ways to rename without replacing on this system.
var moves = map[string]func(from, to string) error{"rename": moveNew}
