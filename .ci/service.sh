# The OS service, under the real thing where there is one: systemd in a container over
# this machine's own files, Windows' service control manager in wine; launchd by the
# commands that it is given. Sourced by run.

# rigged NAME SCRIPT: runs a rig; its exit code 77 is a SKIP with the reason it prints.
rigged() {
	local name=$1 log code began=$SECONDS
	log=$(mktemp -p "$work")
	"$2" >"$log" 2>&1
	code=$?
	case $code in
	0)
		echo passed >>"$work/results"
		echo "ok    $name ($((SECONDS - began)) s)"
		sed -n 's/^\(→ Overall exposure\|   the stop took\)/      \1/p' "$log"
		;;
	77) skip "$name" "$(sed -n 's/^SKIP: //p' "$log")" ;;
	*)
		echo failed >>"$work/results"
		echo "FAIL  $name ($((SECONDS - began)) s)"
		tail -n 100 "$log" | sed 's/^/      /'
		;;
	esac
}

# units_lint checks the shipped units as systemd reads them. The program must exist.
units_lint() {
	local dir code
	dir=$(mktemp -d) || return
	sed 's,"/usr/bin/simdrop","/bin/true",' packaging/linux/simdrop@.service >"$dir/simdrop@ana.service" &&
		sed 's,"/usr/bin/simdrop","/bin/true",' packaging/linux/simdrop.service >"$dir/simdrop.service" &&
		systemd-analyze verify --man=no "$dir/simdrop@ana.service" &&
		XDG_RUNTIME_DIR=$dir systemd-analyze verify --man=no --user "$dir/simdrop.service" &&
		systemd-analyze security --offline=true --threshold=17 --no-pager "$dir/simdrop@ana.service"
	code=$?
	rm -rf "$dir"
	return $code
}

# bad_units_lint shows that the lint can fail.
bad_units_lint() {
	local dir code
	dir=$(mktemp -d) || return
	sed 's,"/usr/bin/simdrop",/no/such/program,' packaging/linux/simdrop@.service >"$dir/simdrop@ana.service"
	! systemd-analyze verify --man=no "$dir/simdrop@ana.service" 2>/dev/null
	code=$?
	rm -rf "$dir"
	return $code
}

# texts_lint checks the property lists and the task as XML, and by another reader.
texts_lint() {
	xmllint --noout --nonet packaging/macos/agent.plist internal/service/testdata/odd-daemon.plist packaging/windows/task.xml || return
	if command -v python3 >/dev/null; then
		python3 - <<-'EOF'
			import plistlib
			p = plistlib.load(open("packaging/macos/agent.plist", "rb"))
			assert p["KeepAlive"] == {"SuccessfulExit": False} and p["RunAtLoad"] is True, p
			assert p["ProgramArguments"][1:] == ["--config", "/Users/ana/Library/Application Support/simdrop/config.yaml", "run", "--service", "simdrop"], p
			odd = plistlib.load(open("internal/service/testdata/odd-daemon.plist", "rb"))
			assert odd["ProgramArguments"][0].endswith("it's $HOME \\x20 \"new\"/simdrop"), odd
		EOF
	fi
}

check "service: texts, managers, notification" go test -count=1 ./internal/service
if have systemd-analyze systemd; then
	check "service: unit lint, exposure" units_lint
	check "service: the lint finds a bad unit" bad_units_lint
else
	skip "service: unit lint" "no systemd-analyze"
fi
if have xmllint libxml2-utils; then check "service: property lists, task" texts_lint; else skip "service: property lists, task" "no xmllint"; fi
have systemd-nspawn systemd-container dbus dbus-user-session libpam-systemd
rigged "service under systemd" packaging/test/systemd-rig.sh
have wine wine wine64
have x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64-win32
rigged "service under wine" packaging/test/wine-rig.sh
