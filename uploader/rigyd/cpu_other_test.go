//go:build !unix

package rigyd

import "time"

// cpuTime is not measured here.
func cpuTime() time.Duration { return 0 }
