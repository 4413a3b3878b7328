package child

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// reason says for a person why a child gave no answer.
func (o Options) reason(req request, cause, died error, said string) string {
	what := "conversion"
	if req.Simulation != nil {
		what = "simulation"
	}
	if errors.Is(cause, errTooLong) {
		return fmt.Sprintf("The %s took longer than %v and was stopped. The file may be too detailed; try it with fewer triangles.", what, o.Timeout)
	}
	e, _ := errors.AsType[*exec.ExitError](died)
	switch {
	// Only its words tell what Go's own end for want of memory was.
	case e != nil && (e.ExitCode() == exitMemory || strings.Contains(said, "out of memory") || strings.Contains(said, "cannot allocate memory")):
		return fmt.Sprintf("The %s needs more than %s of memory and was stopped. Try the file with fewer triangles or smaller textures.", what, amount(o.Memory))
	case e != nil && e.ProcessState.String() == "signal: killed":
		return "The " + what + " was killed by the system, probably because the computer ran out of memory. Try the file with fewer triangles or smaller textures."
	}
	return "The converter stopped with an internal error. The file may be unusual or damaged; please report it."
}

func amount(n int64) string {
	if n >= 1<<30 {
		return fmt.Sprintf("%.3g GiB", float64(n)/(1<<30))
	}
	return fmt.Sprintf("%.3g MiB", float64(n)/(1<<20))
}
