package service

// The states and errors of Windows' service control manager (SERVICE_STATUS_PROCESS
// in winsvc.h), here so that their meaning can be tested anywhere.
const (
	scmStopped         = 1
	scmStartPending    = 2
	scmStopPending     = 3
	scmRunning         = 4
	scmContinuePending = 5
	scmPausePending    = 6
	scmPaused          = 7

	scmSpecificError = 1066 // the exit code is in the service-specific field
	scmNeverStarted  = 1077
)

// scmState is the state and exit code of a service: what the manager says, and
// whether it is about to start it again by itself.
func scmState(state, win32Exit, specific uint32) (State, int) {
	code := int(win32Exit)
	switch win32Exit {
	case scmSpecificError:
		code = int(specific)
	case scmNeverStarted:
		code = 0
	}
	switch state {
	case scmStartPending, scmContinuePending:
		return Starting, 0
	case scmStopPending, scmPausePending:
		return Stopping, 0
	case scmRunning, scmPaused:
		return Running, 0
	case scmStopped:
		if code != 0 {
			return Failed, code
		}
	}
	return Stopped, 0
}
