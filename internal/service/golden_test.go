package service

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the files that the packages ship, and the goldens")

// golden compares a text with a file, which -update writes.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what is rendered (go test -update writes it):\n%s", file, got)
	}
}

// packaged is a file that packages ship.
func packaged(elem ...string) string {
	return filepath.Join(append([]string{"..", "..", "packaging"}, elem...)...)
}

func TestPackagedFiles(t *testing.T) {
	golden(t, packaged("linux", "simdrop.service"), PackagedUserUnit("/usr/bin/simdrop"))
	golden(t, packaged("linux", "simdrop@.service"), TemplateUnit("/usr/bin/simdrop"))
	agent, err := Plist(Spec{
		Name: DefaultName, Scope: User, Exec: "/usr/local/bin/simdrop", LogDir: "/Users/ana/Library/Logs/simdrop",
		Config: "/Users/ana/Library/Application Support/simdrop/config.yaml",
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, packaged("macos", "agent.plist"), agent)
	task, err := Task(Spec{
		Name: DefaultName, Scope: User, Exec: `C:\Users\ana\AppData\Local\Programs\simdrop\simdrop.exe`,
		Config: `C:\Users\ana\AppData\Roaming\simdrop\config.yaml`,
	}, `STUDIO\ana`)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, packaged("windows", "task.xml"), string(UTF16(task)))
}

// odd has everything that a path may hold and a unit could misread.
var odd = Spec{
	Name: "simdrop-2", Scope: System, Exec: `/opt/My App 100%/it's $HOME \x20 "new"/simdrop`,
	Config: `/etc/50%n off/$x ${y} \s {{z}} <&>/ünïcode.yaml`, RunAs: "ana", LogDir: "/Library/Logs/a & b", State: "/var/a & b",
}

func TestOddPaths(t *testing.T) {
	user, err := UserUnit(odd)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/odd-user.service", user)
	system, err := SystemUnit(odd)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/odd-system.service", system)
	daemon, err := Plist(odd)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/odd-daemon.plist", daemon)
	task, err := Task(Spec{Name: "simdrop", Exec: `C:\My App 100%\a & b\simdrop.exe`, Config: `\\nas\$share\50% <off>\`}, "S-1-5-21-1")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/odd-task.xml", task)
}

func TestOpenRC(t *testing.T) {
	text, err := OpenRC(odd)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/odd.openrc", text)
	if runtime.GOOS == "windows" {
		t.Skip("needs sh")
	}
	// OpenRC sources the script, then evaluates command_args.
	file := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("sh", "-c", `. "$0"; eval "set -- $command_args"; printf '%s\n' "$command" "$@"`, file).CombinedOutput()
	want := strings.Join(append([]string{odd.Exec}, odd.background()...), "\n") + "\n"
	if err != nil || string(out) != want {
		t.Errorf("%v: %s\nwant %s", err, out, want)
	}
}
