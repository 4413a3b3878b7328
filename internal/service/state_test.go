package service

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestUnitStatus(t *testing.T) {
	for text, want := range map[string]Status{
		"LoadState=not-found ActiveState=inactive SubState=dead Result=success":                                {State: NotInstalled},
		"LoadState=loaded ActiveState=inactive SubState=dead Result=success UnitFileState=disabled":            {State: Stopped},
		"LoadState=loaded ActiveState=active SubState=running MainPID=7 NRestarts=2 UnitFileState=enabled":     {State: Running, PID: 7, Restarts: 2, Autostart: true},
		"LoadState=loaded ActiveState=active SubState=running MainPID=7 StatusText=watching":                   {State: Running, PID: 7, Detail: "watching"},
		"LoadState=loaded ActiveState=reloading SubState=reload MainPID=7":                                     {State: Running, PID: 7},
		"LoadState=loaded ActiveState=activating SubState=start MainPID=7 Result=success":                      {State: Starting},
		"LoadState=loaded ActiveState=activating SubState=start MainPID=7 NRestarts=1":                         {State: CrashLooping, Restarts: 1},
		"ActiveState=activating SubState=auto-restart Result=exit-code ExecMainCode=1 ExecMainStatus=1":        {State: CrashLooping, Code: 1},
		"ActiveState=activating SubState=auto-restart Result=signal ExecMainCode=2 ExecMainStatus=9":           {State: CrashLooping, Detail: "it was killed by signal 9"},
		"ActiveState=activating SubState=auto-restart Result=watchdog ExecMainCode=3 ExecMainStatus=6":         {State: CrashLooping, Detail: "it hung, and the watchdog ended it"},
		"LoadState=loaded ActiveState=deactivating SubState=stop-sigterm MainPID=7":                            {State: Stopping, PID: 7},
		"LoadState=loaded ActiveState=failed SubState=failed Result=exit-code ExecMainCode=1 ExecMainStatus=2": {State: Failed, Code: 2},
		"ActiveState=failed Result=start-limit-hit ExecMainCode=1 ExecMainStatus=1":                            {State: Failed, Code: 1, Detail: "it failed too often, and is not started again"},
		"ActiveState=failed Result=timeout":                                                                    {State: Failed, Detail: "it took too long"},
		"LoadState=loaded ActiveState=inactive Result=exit-code ExecMainCode=1 ExecMainStatus=1":               {State: Failed, Code: 1},
		"LoadState=masked ActiveState=inactive UnitFileState=masked":                                           {State: Stopped},
	} {
		if got := unitStatus(strings.ReplaceAll(text, " ", "\n") + "\n"); got != want {
			t.Errorf("%s\ngot  %+v\nwant %+v", text, got, want)
		}
	}
}

func TestExecStart(t *testing.T) {
	exec, config := execStart(`{ path=/opt/My App 100%/simdrop ; argv[]=/opt/My App 100%/simdrop --config /etc/50% off/c.yaml run ; ignore_errors=no ; start_time=[n/a] ; pid=0 }`)
	if exec != "/opt/My App 100%/simdrop" || config != "/etc/50% off/c.yaml" {
		t.Errorf("%q, %q", exec, config)
	}
	if exec, config := execStart(""); exec != "" || config != "" {
		t.Errorf("%q, %q", exec, config)
	}
}

func TestSCMState(t *testing.T) {
	for _, c := range []struct {
		state, win32, specific uint32
		want                   State
		code                   int
	}{
		{scmStopped, 0, 0, Stopped, 0},
		{scmStopped, scmNeverStarted, 0, Stopped, 0},
		{scmStopped, scmSpecificError, 2, Failed, 2},
		{scmStopped, 1053, 0, Failed, 1053},
		{scmStartPending, 0, 0, Starting, 0},
		{scmRunning, 0, 0, Running, 0},
		{scmStopPending, 0, 0, Stopping, 0},
		{scmPaused, 0, 0, Running, 0},
	} {
		if got, code := scmState(c.state, c.win32, c.specific); got != c.want || code != c.code {
			t.Errorf("%+v: %s, %d", c, got, code)
		}
	}
}

// The identifier of a service that every Windows has.
func TestServiceSID(t *testing.T) {
	const want = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
	if got := ServiceSID("TrustedInstaller"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestMappedDrivesAreRefused(t *testing.T) {
	universal := func(path string) (string, bool) {
		rest, mapped := strings.CutPrefix(path, "Z:")
		return `\\nas\studio` + rest, mapped
	}
	err := refuseMapped(System, []string{`C:\in`, `Z:\in`}, universal)
	if err == nil || !strings.Contains(err.(*Refusal).Hint(), `\\nas\studio\in`) {
		t.Error(err)
	}
	if refuseMapped(System, []string{`C:\in`, `\\nas\studio\in`}, universal) != nil || refuseMapped(User, []string{`Z:\in`}, universal) != nil {
		t.Error("too much is refused")
	}
}

func TestGuardedFoldersAreRefused(t *testing.T) {
	home := filepath.FromSlash("/Users/ana")
	for path, guarded := range map[string]bool{"/Users/ana/Documents/in": true, "/Volumes/nas": true, "/Users/ana/Assets": false, "/Users/ana/Documentsx": false} {
		path = filepath.FromSlash(path)
		if err := refuseGuarded(System, home, []string{path}); (err != nil) != guarded {
			t.Errorf("%s: %v", path, err)
		}
		if err := refuseGuarded(User, home, []string{path}); err != nil {
			t.Error(err)
		}
	}
}
