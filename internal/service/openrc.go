package service

import (
	"fmt"
	"strings"
)

// OpenRC is the init script for OpenRC, see openrc-run(8) and supervise-daemon(8).
// OpenRC evaluates command_args once more, so that its words are quoted twice.
func OpenRC(s Spec) (string, error) {
	if err := s.check(posixAbs); err != nil {
		return "", err
	}
	if !accounts.MatchString(s.RunAs) {
		return "", fmt.Errorf("%q is no account", s.RunAs)
	}
	var args []string
	for _, a := range s.background() {
		args = append(args, shellWord(a))
	}
	return strings.NewReplacer(
		"@NAME@", s.Name, "@ACCOUNT@", shellWord(s.RunAs), "@EXEC@", shellWord(s.Exec), "@ARGS@", shellWord(strings.Join(args, " ")),
		"@STATE@", shellWord("/var/lib/"+s.Name+"/"+s.RunAs), "@LOGS@", shellWord("/var/log/"+s.Name+"/"+s.RunAs),
	).Replace(openRC), nil
}

const openRC = `#!/sbin/openrc-run
# simdrop as a service of the machine, running as @ACCOUNT@.
name=@NAME@
description='Watches folders and puts SimReady USD beside the 3D assets dropped there'
# Starts it again after a crash, five times in five minutes at most.
supervisor=supervise-daemon
respawn_delay=3
respawn_max=5
respawn_period=300
# Running steps may finish.
retry=TERM/30/KILL/5
command=@EXEC@
command_args=@ARGS@
command_user=@ACCOUNT@
umask=077
# Where simdrop keeps its state and its log.
export STATE_DIRECTORY=@STATE@
export LOGS_DIRECTORY=@LOGS@

depend() {
	need localmount
	use net
	after netmount
}

start_pre() {
	checkpath -d -m 0755 "${STATE_DIRECTORY%/*}" "${LOGS_DIRECTORY%/*}"
	checkpath -d -m 0700 -o @ACCOUNT@ "$STATE_DIRECTORY" "$LOGS_DIRECTORY"
}
`

// shellWord quotes a word for sh.
func shellWord(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
