package crash

// All returns every point.
func All() []Name {
	all := []Name{
		Settled, TakenIn, Freezing, Frozen, Claimed, Sought, Posting, Sending, Sent, Answered, Doubting, Listed, Resending,
		Polled, Fetching, Fetched, Spooled, Staged, Aimed, Published, Clearing, Cleared,
		SetAside, BeforeMarker, Recalling, Recalled, Recovered,
	}
	for _, step := range []string{"open up", "rename", "exchange", "flush", "retire"} {
		all = append(all, Publish(step))
	}
	for _, state := range []string{"", "queued", "submitting", "converting", "fetching", "done", "failed", "held", "cancelled"} {
		all = append(all, Before(state), Stored(state))
	}
	return all
}
