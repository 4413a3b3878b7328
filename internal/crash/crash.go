// Package crash names the points at which tests kill the program. In a release
// build Point is empty and Enabled is false, so that nothing of it remains.
//
// With the build tag crashpoints, the environment variable SIMDROP_CRASH=NAME:N
// kills the process with SIGKILL when the point is passed for the Nth time: no
// deferred function runs and no buffer is flushed, as in a power cut. SIMDROP_HANG
// names a file that, once it is there, makes the loop that owns the queue hang.
package crash

import "strings"

// Name names a point.
type Name string

// The points along an asset's way. Those around a transaction are Before and
// Stored, those of putting a result in place Publish.
const (
	Settled   Name = "settled"   // a drop arrived, nothing is recorded of it
	TakenIn   Name = "taken-in"  // it is in the queue, and its watcher does not know
	Freezing  Name = "freezing"  // nothing is frozen yet
	Frozen    Name = "frozen"    // the bundle is in the spool, its key not claimed
	Claimed   Name = "claimed"   // the key is claimed, the list not asked
	Sought    Name = "sought"    // the list does not have it, no intent is recorded
	Posting   Name = "posting"   // the intent is durable, nothing is sent
	Sending   Name = "sending"   // the first bytes are on their way
	Sent      Name = "sent"      // all bytes are on their way, no answer yet
	Answered  Name = "answered"  // accepted, the answer is not stored
	Doubting  Name = "doubting"  // the answer was lost, and that is not recorded
	Listed    Name = "listed"    // the list was read about a lost answer
	Resending Name = "resending" // it is recorded that it will be sent again
	Polled    Name = "polled"    // the remote state is known and not stored

	Fetching  Name = "fetching"  // the part file is there, and empty
	Fetched   Name = "fetched"   // the part file is whole and synced
	Spooled   Name = "spooled"   // it has its name in the spool
	Staged    Name = "staged"    // verified and unpacked, the target not recorded
	Aimed     Name = "aimed"     // the target is recorded
	Published Name = "published" // in place, and the job does not say so
	Clearing  Name = "clearing"  // done, the spool still holds its files
	Cleared   Name = "cleared"

	SetAside     Name = "set-aside"     // a damaged queue has another name
	BeforeMarker Name = "before-marker" // a new queue, and no marker names it
	Recalling    Name = "recalling"     // the results were found, nothing is recorded
	Recalled     Name = "recalled"      // they are recorded
	Recovered    Name = "recovered"     // before the first step of a new start
)

// Before is the point before the commit of a transaction that leaves a job in the
// state; of any transaction for the empty state.
func Before(state string) Name { return suffixed("before", state) }

// Stored is the point after that commit, before anybody hears of it.
func Stored(state string) Name { return suffixed("stored", state) }

// Publish is the point before a step of putting a result in place.
func Publish(step string) Name { return Name("publish-" + strings.ReplaceAll(step, " ", "-")) }

func suffixed(name, state string) Name {
	if state == "" {
		return Name(name)
	}
	return Name(name + "-" + state)
}
