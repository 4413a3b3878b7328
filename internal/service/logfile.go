package service

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// LogFile is a log that does not grow for ever: when a record would make it larger
// than its limit, the file becomes NAME.1, what was NAME.1 becomes NAME.2, and the
// oldest goes. A record is never split, and never lost where the names cannot be
// changed (Windows refuses while somebody reads along): then the file grows on.
type LogFile struct {
	path  string
	limit int64 // bytes
	keep  int   // older files

	mu   sync.Mutex
	file *os.File
	size int64
	next int64 // size at which to try to rotate
}

// The limits of OpenLog: sixty megabytes in all.
const (
	logLimit = 10 << 20
	logKeep  = 5
)

// OpenLog opens the log at the path for appending, and makes its folder for its
// owner alone.
func OpenLog(path string) (*LogFile, error) { return openLog(path, logLimit, logKeep) }

func openLog(path string, limit int64, keep int) (*LogFile, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open the log: %w", err)
	}
	l := &LogFile{path: path, limit: limit, keep: keep}
	if err := l.open(); err != nil {
		return nil, fmt.Errorf("open the log: %w", err)
	}
	return l, nil
}

func (l *LogFile) open() error {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	l.file, l.size, l.next = f, info.Size(), l.limit
	return nil
}

// Write writes one record.
func (l *LogFile) Write(record []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return 0, os.ErrClosed
	}
	if l.size > 0 && l.size+int64(len(record)) > l.next {
		if err := l.rotate(); err != nil {
			return 0, err
		}
	}
	n, err := l.file.Write(record)
	l.size += int64(n)
	return n, err
}

// rotate begins a new file. Only a log that cannot be opened again is an error.
func (l *LogFile) rotate() error {
	l.file.Close() // Windows does not rename an open file
	for i := l.keep; i > 1; i-- {
		os.Rename(l.older(i-1), l.older(i)) // not there yet, or tried again next time
	}
	err := os.Rename(l.path, l.older(1))
	l.file = nil
	if oerr := l.open(); oerr != nil {
		return oerr
	}
	if err != nil {
		l.next = l.size + l.limit/10
	}
	return nil
}

func (l *LogFile) older(n int) string { return fmt.Sprintf("%s.%d", l.path, n) }

// Close closes the file.
func (l *LogFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}
