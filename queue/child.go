package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// Prober examines the queue's file at path. Its error says that nothing is known
// of the file.
type Prober func(ctx context.Context, path string) (Finding, error)

// examineLimit bounds an examination: pages that lead in a circle never end. A
// large file has longer, at a rate that the slowest disk has.
const (
	examineLimit = 30 * time.Second
	examineRate  = 4 << 20 // bytes per second
)

// InChild examines in another process, which command starts with the path as its
// last argument and which prints Examine's Finding as JSON. When that process
// dies of what it reads, or does not end, the file is damaged.
func InChild(command ...string) Prober {
	return func(ctx context.Context, path string) (Finding, error) {
		limit := examineLimit
		if info, err := os.Stat(path); err == nil {
			limit += time.Duration(info.Size()/examineRate) * time.Second
		}
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		cmd := exec.CommandContext(ctx, command[0], append(command[1:len(command):len(command)], path)...)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		cmd.WaitDelay = time.Second
		if err := cmd.Start(); err != nil {
			return Finding{}, fmt.Errorf("examine the queue: %w", err)
		}
		err := cmd.Wait()
		var f Finding
		switch {
		case err == nil:
			if err := json.Unmarshal(out.Bytes(), &f); err != nil {
				return f, fmt.Errorf("examine the queue: %w", err)
			}
			return f, nil
		case ctx.Err() == context.DeadlineExceeded:
			return damaged(fmt.Sprintf("reading it did not end within %s", limit)), nil
		case ctx.Err() != nil:
			return f, ctx.Err()
		case !crashed(errs.Bytes()):
			// Killed from outside, for want of memory perhaps: that tells nothing of the file.
			return f, fmt.Errorf("examine the queue: %w", err)
		}
		return damaged("reading it ends in " + firstLine(errs.Bytes())), nil
	}
}

// crashed reports whether the text is that of a Go program that died by itself.
func crashed(text []byte) bool {
	for _, start := range []string{"panic: ", "fatal error: ", "unexpected fault address", "runtime: ", "SIG"} {
		if bytes.HasPrefix(text, []byte(start)) {
			return true
		}
	}
	return false
}

func firstLine(text []byte) string {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	const most = 200
	return string(line[:min(len(line), most)])
}
