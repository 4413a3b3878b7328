#!/usr/bin/env bash
# Both Windows installers under wine, whose service control manager is a real one: the MSI
# for a machine (install, upgrade under a running service, refused downgrade, removal), and
# setup.exe for a user, with PATH, its own entry for removal, and a PATH too long to touch.
# Usage: installers-rig.sh OLD NEW, two folders that packaging/build made with different
# versions, absolute.
cd "$(dirname "$0")/../.." && . packaging/test/lib.sh && . packaging/test/wine-lib.sh || exit 1
[ $# = 2 ] || fail "wants two folders of packaging/build"
n=0
for dir; do
	n=$((n + 1))
	for kind in windows_amd64.msi windows_amd64_setup.exe; do
		cp "$dir"/simdrop_*_"$kind" "$T/$n-$kind" 2>/dev/null || cannot "no $kind in $dir"
	done
done

say "a fresh prefix"
wine_prefix
wine_on
data=$C/ProgramData/simdrop
exe='C:\Program Files\simdrop\simdrop.exe'
install() { # FILE [PROPERTY…]: the installer's exit code, of which eight bits are left
	cp "$T/$1" "$C/i.msi"
	w msiexec /i 'C:\i.msi' /qn '/l*v' 'C:\i.log' "${@:2}"
}
remove() { # FILE
	cp "$T/$1" "$C/i.msi"
	w msiexec /x 'C:\i.msi' /qn '/l*v' 'C:\i.log'
}
log() { tr -d '\0\r' <"$C/i.log" | tail -n 30; }
reg() { w reg query "$@" | tr -d '\r'; }
service() { w sc query simdrop | tr -d '\r' | grep -q "STATE *: [0-9]* *$1"; }
version() { w "$1" version | sed 's/^simdrop \([^ ]*\) .*/\1/'; }
runs() { [ "$(w "$exe" --config 'C:\ProgramData\simdrop\config.yaml' status | sed -n 's/^simdrop \([^ ]*\) runs.*/\1/p')" = "$1" ]; }
path() { reg "$1" /v Path | sed -n 's/^ *Path *REG_[A-Z_]* *//ip'; }
machine='HKLM\System\CurrentControlSet\Control\Session Manager\Environment'
key='HKLM\System\CurrentControlSet\Services\simdrop'

say "MSI: install"
before=$(path "$machine")
install 1-windows_amd64.msi || fail "exit code $?: $(log)"
old=$(version "$exe")
[ -n "$old" ] || fail "no program"
[ -d "$data" ] || fail "no folder for the configuration"
for f in LICENSE.txt THIRD-PARTY-LICENSES.txt config.example.yaml; do
	[ -s "$C/Program Files/simdrop/$f" ] || fail "no $f"
done
reg "$key" | tr -d '"' | grep -qF "$exe --config C:\\ProgramData\\simdrop\\config.yaml run" || fail "the service: $(reg "$key")"
reg "$key" | grep -qF 'NT SERVICE\simdrop' || fail "its account: $(reg "$key")"
reg 'HKLM\Software\simdrop' | grep -qF 'NT SERVICE\simdrop' || fail "the account is not kept"
[ "$(path "$machine")" = "$before;C:\\Program Files\\simdrop\\" ] || fail "PATH is $(path "$machine")"
wants 20 service STOPPED # there is no configuration yet

say "MSI: the service runs and converts a drop"
mkdir "$C/in"
cat >"$data/config.yaml" <<'EOF'
control: {listen: "127.0.0.1:0"}
watch: [{path: 'C:\in', provider: local, settle_period: 200ms}]
EOF
must w sc start simdrop >/dev/null
poll 20 service RUNNING || fail "$(w sc query simdrop) $(ls -R "$data") $(reg 'HKLM\System\CurrentControlSet\Services\EventLog\Application')"
wants 20 runs "$old"
cp packaging/test/cube.obj "$C/in/"
wants 40 test -s "$C/in/cube.simready/cube.usd"

say "MSI: upgrade"
# Windows waits for a service to stop before it replaces the program; wine does not.
must w sc stop simdrop >/dev/null
wants 20 service STOPPED
install 2-windows_amd64.msi || fail "exit code $?: $(log)"
new=$(version "$exe")
[ "$new" != "$old" ] || fail "still $old"
wants 20 runs "$new"
[ "$(path "$machine" | grep -o 'Files.simdrop' | wc -l)" = 1 ] || fail "PATH is $(path "$machine")"
[ "$(reg 'HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall' /s | grep -c 'DisplayName.*simdrop')" = 1 ] || fail "two versions are installed"
[ -s "$data/config.yaml" ] && [ -s "$C/in/cube.simready/cube.usd" ] || fail "the configuration or a result is gone"

say "MSI: a downgrade is refused"
install 1-windows_amd64.msi
code=$?
[ $code = 67 ] || fail "exit code $code, want ERROR_INSTALL_FAILURE, 1603 modulo 256"
[ "$(version "$exe")" = "$new" ] || fail "now $(version "$exe")"

say "MSI: removal keeps configuration and state"
must w sc stop simdrop >/dev/null
wants 20 service STOPPED
remove 2-windows_amd64.msi || fail "exit code $?: $(log)"
[ ! -e "$C/Program Files/simdrop/simdrop.exe" ] || fail "the program is still there"
w sc query simdrop >/dev/null && fail "the service is still there"
[ -s "$data/config.yaml" ] && [ -s "$data/queue.db" ] || fail "the configuration or the queue is gone: $(ls "$data")"
# wine leaves the semicolons.
[ "$(path "$machine" | sed 's/;*$//')" = "$before" ] || fail "PATH is $(path "$machine")"

say "MSI: an account of one's own"
install 2-windows_amd64.msi 'SVCACCOUNT=STUDIO\render$' || fail "exit code $?: $(log)"
reg "$key" | grep -qF 'STUDIO\render$' || fail "its account: $(reg "$key")"
w sc stop simdrop >/dev/null
remove 2-windows_amd64.msi

say "setup.exe: install, nothing outside the user's own places"
user=$C/users/$(whoami)
home=$user/AppData/Local/Programs/simdrop
w reg add 'HKCU\Environment' /v Path /t REG_EXPAND_SZ /d '%USERPROFILE%\bin' /f >/dev/null
must w "$T/1-windows_amd64_setup.exe" /S
wants 20 test -s "$home/uninstall.exe"
[ "$(version "$home/simdrop.exe")" = "$old" ] || fail "version $(version "$home/simdrop.exe")"
in_path='%USERPROFILE%\bin;C:\users\'$(whoami)'\AppData\Local\Programs\simdrop'
is_path() { [ "$(path 'HKCU\Environment')" = "$1" ]; }
wants 20 is_path "$in_path"
entry='HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\simdrop'
reg "$entry" | grep -q "QuietUninstallString.*uninstall.exe.* /S" || fail "$(reg "$entry")"
reg "$entry" | grep -q "DisplayVersion *REG_SZ *$old" || fail "$(reg "$entry")"
w sc query simdrop >/dev/null && fail "a service of the machine"
[ ! -e "$C/Program Files/simdrop/simdrop.exe" ] || fail "files outside the user's folder"

say "setup.exe: a newer one over it"
must w "$T/2-windows_amd64_setup.exe" /S
is_new() { [ "$(version "$home/simdrop.exe")" = "$new" ] && reg "$entry" | grep -q "DisplayVersion *REG_SZ *$new"; }
wants 20 is_new
is_path "$in_path" || fail "PATH is $(path 'HKCU\Environment')"

say "setup.exe: a program that cannot be stopped is left alone"
w "$home/simdrop.exe" engine --listen 127.0.0.1:0 </dev/null >"$T/engine" 2>&1 &
wants 20 grep -q http "$T/engine"
w "$T/1-windows_amd64_setup.exe" /S
code=$?
[ $code = 3 ] || fail "exit code $code"
must w taskkill /f /im simdrop.exe >/dev/null
is_new || fail "version $(version "$home/simdrop.exe")"

say "setup.exe: removal"
gone() { [ ! -e "$home" ]; }
must w "$home/uninstall.exe" /S
wants 20 gone
wants 10 is_path '%USERPROFILE%\bin'
w reg query "$entry" >/dev/null && fail "still listed"

say "setup.exe: a PATH too long for it is left alone"
long=$(printf 'C:\\%01100d' 0)
w reg add 'HKCU\Environment' /v Path /t REG_EXPAND_SZ /d "$long" /f >/dev/null
must w "$T/1-windows_amd64_setup.exe" /S
wants 20 test -s "$home/uninstall.exe"
must w "$home/uninstall.exe" /S
wants 20 gone
is_path "$long" || fail "PATH was changed: $(path 'HKCU\Environment' | cut -c1-80)"

say "done"
