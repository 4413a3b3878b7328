#!/bin/bash
# The Windows service under wine's service control manager: installed, started, asked,
# stopped, deleted; back after a reboot; a drop converted by the Windows program. About
# 30 s. What wine does not have (recovery, drives, the Task Scheduler) is not shown.
cd "$(dirname "$0")/../.." && . packaging/test/lib.sh && . packaging/test/wine-lib.sh || exit 1

say "build, and a fresh prefix"
GOOS=windows GOARCH=amd64 CGO_ENABLED=0 go build -o "$T/simdrop.exe" . &
built=$!
wine_prefix
wait $built || fail "the build"
# wine 8 has its ProgramData elsewhere than Windows.
data=$(w cmd /c 'echo %ProgramData%' | tr -d '\r')
D=$C/$(echo "${data#C:\\}" | tr '\\' /)/simdrop
echo "   ProgramData is $data"
app="$C/My App 100%/\$x"
mkdir -p "$app" "$D" "$C/in 50%"
cp "$T/simdrop.exe" "$app/simdrop.exe"
exe='C:\My App 100%\$x\simdrop.exe'
conf="$data\simdrop\config.yaml"
cat >"$D/config.yaml" <<'EOF'
control: {listen: "127.0.0.1:27422"}
watch: [{path: 'C:\in 50%', provider: local, settle_period: 200ms}]
EOF
svc() { w "$exe" service "$@"; }
state() { svc status --system --json | tr -d '\r' | sed -n 's/^  "state": "\(.*\)",$/\1/p'; }
in_state() { [ "$(state)" = "$1" ]; }
sc_says() { w sc query simdrop | tr -d '\r' | grep -q "STATE *: [0-9]* *$1"; }
drop() { printf 'v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n# %s\n' "$1" >"$C/in 50%/$1.obj"; }
log="$D/logs/simdrop.log"

say "on"
wine_on

say "not installed: status 3"
svc status --system >/dev/null
[ $? = 3 ] || fail "status of what is not installed"

say "install"
must svc install --system --timeout 20s
in_state running || fail "state $(state)"
sc_says RUNNING || fail "sc: $(w sc query simdrop)"
key='HKLM\System\CurrentControlSet\Services\simdrop'
w reg query "$key" | tr -d '\r' | grep -qF "    \"$exe\" --config \"$conf\" run" || fail "$(w reg query "$key")"
w reg query "$key" | grep -qF 'NT SERVICE\simdrop' || fail "the account"
w reg query "$key" | grep -q 'Start *REG_DWORD *0x2' || fail "it does not start at boot"
w reg query 'HKLM\System\CurrentControlSet\Services\EventLog\Application\simdrop' | grep -q EventMessageFile || fail "no source of the Event Log"
pid=$(svc status --system --json | sed -n 's/^  "pid": \([0-9]*\),.*$/\1/p')
must svc install --system --timeout 20s
[ "$(svc status --system --json | sed -n 's/^  "pid": \([0-9]*\),.*$/\1/p')" = "$pid" ] || fail "a second install restarts it"

say "a drop is converted by the Windows program"
drop chair
wants 30 test -f "$C/in 50%/chair.simready/chair.usd"
grep -q "msg=running" "$log" || fail "no log: $(cd "$C" && find . -newer "$T/simdrop.exe" \( -name "*.log" -o -name queue.db \))"
must w "$exe" --config "$conf" jobs --json >"$T/jobs"
grep -q '"state": "done"' "$T/jobs" || fail "$(cat "$T/jobs")"

say "stop and start, by simdrop and by sc"
must svc stop --system
in_state stopped && sc_says STOPPED || fail "state $(state)"
grep -q 'msg=stopped' "$log" || fail "it was not asked to stop, it was killed"
must w sc start simdrop >/dev/null
wants 10 in_state running
must w sc stop simdrop >/dev/null
wants 10 sc_says STOPPED
must svc start --system

say "a reboot"
wine_off
wine_on
wants 20 sc_says RUNNING
drop stool
wants 30 test -f "$C/in 50%/stool.simready/stool.usd"

say "a wrong configuration: stopped with 0, so that it is not started again and again"
echo 'wach: []' >>"$D/config.yaml"
svc restart --system && fail "it starts with a wrong configuration"
in_state stopped || fail "state $(state)"
grep -q 'wach' "$log" || fail "its log does not say so"
sed -i '/wach/d' "$D/config.yaml"
must svc start --system

say "uninstall while it runs"
must svc uninstall --system
in_state not-installed || fail "state $(state)"
w sc query simdrop >/dev/null && fail "sc still has it"
[ -f "$D/queue.db" ] || fail "the state is gone"

say "in a console, without a manager"
mkdir "$C/mine"
cat >"$C/mine/config.yaml" <<'EOF'
control: {listen: "127.0.0.1:27423"}
watch: [{path: 'C:\mine', provider: local, settle_period: 200ms}]
EOF
wine "$exe" --config 'C:\mine\config.yaml' run </dev/null >"$T/console" 2>&1 &
wants 15 grep -q 'msg=watching' "$T/console"
w "$exe" --config 'C:\mine\config.yaml' status --json | grep -q '"state": "watching"' || fail "it does not answer: $(cat "$T/console")"

say "as a logon task runs it: its own log, and an end when it is asked"
mkdir "$C/task"
cat >"$C/task/config.yaml" <<'EOF'
state_dir: 'C:\task state'
control: {listen: ""}
watch: [{path: 'C:\task', provider: local, settle_period: 200ms}]
EOF
wine "$exe" --config 'C:\task\config.yaml' run --service task </dev/null >"$T/task" 2>&1 &
task=$!
tasklog=$(w cmd /c 'echo %LOCALAPPDATA%' | tr -d '\r')
tasklog=$C/$(echo "${tasklog#C:\\}" | tr '\\' /)/simdrop/logs/task.log
wants 15 grep -q 'msg=watching' "$tasklog"
# wine has no Task Scheduler to ask; the event alone is what stops it.
must w "$exe" service stop --user --name task --timeout 20s
wants 10 grep -q 'msg=stopped' "$tasklog"
ended() { ! kill -0 $task; }
wants 10 ended
say "done"
