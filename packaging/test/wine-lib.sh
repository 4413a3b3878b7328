# A Windows of wine's for the rigs: a fresh prefix with what Go programs need. Sourced
# after lib.sh; sets WINEPREFIX, C (its drive C:) and T (scratch), and cleans up.
[ -n "$(command -v wine)" ] || cannot "wine is missing"
command -v x86_64-w64-mingw32-gcc >/dev/null || cannot "the C compiler for Windows is missing"

T=$(mktemp -d /tmp/simdrop-wine.XXXXXX)
export WINEPREFIX=$T/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree=;mshtml=;winemenubuilder.exe=d'
export WINEARCH=win64
unset DISPLAY
C=$WINEPREFIX/drive_c

wine_finish() {
	local code=$?
	if [ $code != 0 ] && [ $code != 77 ]; then
		[ ! -f "$T/stderr" ] || grep -v wine32 "$T/stderr"
		for log in "$C"/ProgramData/simdrop/logs/*.log "$C"/users/*/simdrop/logs/*.log; do
			[ ! -f "$log" ] || { echo "== $log"; tail -n 40 "$log"; }
		done
	fi
	wineserver -k 2>/dev/null
	wineserver -w 2>/dev/null
	rm -rf "$T"
	exit $code
}
trap wine_finish EXIT
trap 'exit 130' INT TERM

w() { timeout 60 wine "$@" 2>"$T/stderr"; }

# wine_prefix makes the prefix: about 8 s. Without the wait, services are not there yet.
wine_prefix() {
	must wine wineboot -i >/dev/null 2>&1
	wineserver -w
	must x86_64-w64-mingw32-gcc -shared -O2 -s -o "$C/windows/system32/bcryptprimitives.dll" \
		packaging/test/bcryptprimitives.c -ladvapi32
}

# wine_on is switching on: services live as long as any program does, and those that
# start at boot start with the first.
wine_on() {
	setsid wine cmd /c "ping -n 600 127.0.0.1 >nul" </dev/null >/dev/null 2>&1 &
	# The manager answers when it has read its services.
	wants 20 w sc query PlugPlay
}

wine_off() {
	wineserver -k
	wineserver -w
}
