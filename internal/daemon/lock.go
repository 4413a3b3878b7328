package daemon

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"simdrop/queue"
)

// lockName is the file in the state folder that its daemon keeps locked and that
// holds the daemon's process ID. It is never removed: between the removal and the
// creation of a lock file two processes can each hold one.
const lockName = "daemon.pid"

// InUseError says that another process uses the state folder.
type InUseError struct {
	Dir string
	PID int // 0 when it is not known
}

func (e *InUseError) Error() string {
	who := "another simdrop"
	if e.PID != 0 {
		who += " (process " + strconv.Itoa(e.PID) + ")"
	}
	return who + " uses the state folder " + e.Dir
}

// Hint says what to do.
func (e *InUseError) Hint() string {
	stop := "stop it"
	if e.PID != 0 {
		stop = fmt.Sprintf("stop process %d", e.PID)
	}
	return stop + ", or `simdrop service stop`; `simdrop status` asks the one that runs"
}

// Unwrap makes it a queue.ErrLocked.
func (e *InUseError) Unwrap() error { return queue.ErrLocked }

// The time that another process gets to let go, as at a restart.
const (
	lockWait  = 2 * time.Second
	lockEvery = 50 * time.Millisecond
)

// lockState makes this process the only one that uses the state folder.
func (d *Daemon) lockState() error {
	f, err := os.OpenFile(filepath.Join(d.stateDir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("lock the state folder: %w", err)
	}
	err = lockFile(f)
	for deadline := time.Now().Add(lockWait); errors.Is(err, errLocked) && time.Now().Before(deadline); err = lockFile(f) {
		<-time.After(lockEvery)
	}
	if errors.Is(err, errLocked) {
		err = &InUseError{Dir: d.stateDir, PID: readPID(f)}
	} else if err == nil {
		err = writePID(f)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	d.teardown.add("state folder's lock", func() error { return errors.Join(f.Truncate(0), f.Close()) })
	return nil
}

func readPID(f *os.File) int {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, 32))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}

func writePID(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// errLocked is what lockFile returns while another process holds the lock.
var errLocked = errors.New("locked")
