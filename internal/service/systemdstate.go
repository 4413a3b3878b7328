package service

import (
	"fmt"
	"strconv"
	"strings"
)

// unitStatus reads the output of systemctl show.
func unitStatus(out string) Status {
	p := map[string]string{}
	for line := range strings.Lines(out) {
		key, value, _ := strings.Cut(strings.TrimRight(line, "\n"), "=")
		p[key] = value
	}
	number := func(key string) int {
		n, _ := strconv.Atoi(p[key])
		return n
	}
	s := Status{
		File: p["FragmentPath"], PID: number("MainPID"), Restarts: number("NRestarts"), RunAs: p["User"],
		Autostart: strings.HasPrefix(p["UnitFileState"], "enabled"), Detail: p["StatusText"],
	}
	s.Exec, s.Config = execStart(p["ExecStart"])
	if s.State = unitState(p, s.Restarts); s.State == Failed || s.State == CrashLooping {
		s.Detail = ended(p)
	}
	if s.State != Running && s.State != Stopping {
		s.PID = 0
		if p["ExecMainCode"] == "1" { // it exited; otherwise the status is a signal's number
			s.Code = number("ExecMainStatus")
		}
	}
	return s
}

func unitState(p map[string]string, restarts int) State {
	switch p["ActiveState"] {
	case "active", "reloading", "refreshing":
		return Running
	case "activating":
		// auto-restart is the pause between two tries.
		if strings.HasPrefix(p["SubState"], "auto-restart") || restarts > 0 {
			return CrashLooping
		}
		return Starting
	case "deactivating":
		return Stopping
	case "failed":
		return Failed
	}
	if p["LoadState"] == "not-found" {
		return NotInstalled
	}
	if r := p["Result"]; r != "" && r != "success" {
		return Failed
	}
	return Stopped
}

// ended says how the last run ended.
func ended(p map[string]string) string {
	switch r := p["Result"]; r {
	case "watchdog":
		return "it hung, and the watchdog ended it"
	case "timeout":
		return "it took too long"
	case "signal", "core-dump":
		return fmt.Sprintf("it was killed by signal %s", p["ExecMainStatus"])
	case "exit-code":
		return "" // the code is told
	case "start-limit-hit":
		return "it failed too often, and is not started again"
	case "success":
		return ""
	default:
		return r
	}
}

// execStart finds the program and the configuration in what systemctl show prints of
// ExecStart: { path=/usr/bin/simdrop ; argv[]=/usr/bin/simdrop --config /c run ; …
// The words are not quoted there, so that the last marker that fits is taken.
func execStart(text string) (exec, config string) {
	_, rest, ok := strings.Cut(text, "path=")
	if !ok {
		return "", ""
	}
	exec, rest, ok = strings.Cut(rest, " ; argv[]=")
	if !ok {
		return "", ""
	}
	args, _, _ := strings.Cut(strings.TrimPrefix(rest, exec), " ; ignore_errors=")
	if _, after, ok := strings.Cut(args, " --config "); ok {
		config = strings.TrimSuffix(after, " run")
	}
	return exec, config
}
