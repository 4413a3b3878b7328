#!/bin/bash
# The service under a real systemd: a container that boots this machine's own system
# over an overlay, so that nothing of it is written to. About 20 s. Every fault is
# asserted to have struck. KEEP=1 leaves the container's log.
cd "$(dirname "$0")/../.." && . packaging/test/lib.sh || exit 1
[ "$(id -u)" = 0 ] || cannot "it needs root"
for c in systemd-nspawn nsenter dbus-daemon; do command -v $c >/dev/null || cannot "$c is missing"; done

T=$(mktemp -d /tmp/simdrop-systemd.XXXXXX)
L='' P=''
finish() {
	local code=$?
	if [ $code != 0 ] && [ $code != 77 ] && [ -n "$L" ]; then
		echo "== journal"
		rig journalctl --no-pager -o short-precise | grep -E ' systemd\[|level=|simdrop: ' | tail -n 40
	fi
	[ -z "$P" ] || kill -9 "$P" ${L:+"$L"} 2>/dev/null
	wait 2>/dev/null
	umount -R "$T/m" 2>/dev/null || umount -l "$T/m" 2>/dev/null
	umount "$T" 2>/dev/null || umount -l "$T" 2>/dev/null
	rmdir "$T" 2>/dev/null
	exit $code
}
trap finish EXIT
trap 'exit 130' INT TERM

say "build"
mount -t tmpfs -o size=2g tmpfs "$T" 2>/dev/null || cannot "nothing can be mounted here"
mkdir "$T/u" "$T/w" "$T/m" "$T/b"
must go build -tags crashpoints -o "$T/b/simdrop" .
mount -t overlay overlay -o "lowerdir=/,upperdir=$T/u,workdir=$T/w" "$T/m" 2>/dev/null || cannot "no overlay can be mounted here"
rm -f "$T"/m/etc/systemd/system/multi-user.target.wants/*
rm -rf "$T/m/etc/simdrop" "$T/m/var/lib/simdrop"
: >"$T/m/etc/machine-id"

rig() { nsenter -t "$L" --all --wdns=/ "$@"; }

boot() {
	setsid systemd-nspawn -q -D "$T/m" -M "simdrop-$$" --boot --register=no --keep-unit --private-network --resolv-conf=off \
		systemd.unit=multi-user.target </dev/null >"$T/boot.log" 2>&1 &
	P=$!
	# nspawn has short-lived children before the one that is the container's first process.
	up() { L=$(pgrep -n -P $P) && [ -n "$L" ] && rig systemctl is-active multi-user.target; }
	poll 40 up || { cat "$T/boot.log" && kill -0 $P 2>/dev/null && fail "the container does not come up"; cannot "no container can be booted here"; }
}

power_off() {
	kill -s RTMIN+4 "$L"
	gone() { ! kill -0 $P; }
	wants 30 gone
	wait $P 2>/dev/null
	P='' L=''
}

say "boot"
boot
if ! rig id ana >/dev/null 2>&1; then must rig useradd -m -s /bin/sh ana; fi
ana=$(rig id -u ana)
must rig loginctl enable-linger ana
wants 10 rig test -S "/run/user/$ana/systemd/private"
as_ana() { rig runuser -u ana -- env -i PATH=/usr/bin:/bin HOME=/home/ana "$@"; }

# Paths with everything that a unit gives a meaning to.
app='/opt/My App 100%/$x'
exe="$app/simdrop"
dir='/srv/50%n off $HOME'
conf="/etc/simdrop/50% \$x.yaml"
put() { # put PATH: stdin into the container's file
	mkdir -p "$(dirname "$T/root$1")" 2>/dev/null
	rig sh -c 'mkdir -p "$(dirname "$1")" && cat >"$1"' sh "$1"
}
put "$exe" <"$T/b/simdrop"
must rig chmod 755 "$exe"
must rig install -d -o ana -g ana "$dir" "$dir/slow"
put "$conf" <<-EOF
	control: {listen: "127.0.0.1:0"}
	providers:
	  local: {type: local}
	  slow: {type: rigyd, base_url: "http://127.0.0.1:7999/api", api_key: rig, bandwidth: 128KiB, poll_interval: 1s}
	watch:
	  - {path: '$dir/fast', provider: local, settle_period: 200ms}
	  - {path: '$dir/slow', provider: slow, settle_period: 200ms}
EOF
must rig install -d -o ana -g ana "$dir/fast"
must rig chown ana "$conf"
svc() { rig "$exe" --config "$conf" service "$@"; }
show() { rig systemctl show -P "$1" simdrop.service; }
is() { [ "$(show "$1")" = "$2" ]; }
state() { svc status --json 2>/dev/null | sed -n 's/^  "state": "\(.*\)",$/\1/p'; }
in_state() { [ "$(state)" = "$1" ]; }
dropin() { # lines for the unit, on top
	must rig mkdir -p /etc/systemd/system/simdrop.service.d
	printf '%s\n' "$@" | put /etc/systemd/system/simdrop.service.d/rig.conf
	must rig systemctl daemon-reload
}
drop() { # drop NAME FOLDER: a small model, as ana
	printf 'v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n# %s\n' "$1" | put "$dir/$2/$1.obj"
	must rig chown ana "$dir/$2/$1.obj"
}

say "not installed: status 3, nothing to uninstall"
svc status >/dev/null 2>&1
[ $? = 3 ] || fail "status of what is not installed"
must svc uninstall

say "install --system, twice"
must svc install --system --run-as ana
in_state running || fail "state $(state)"
is ActiveState active || fail "systemd says $(show ActiveState)"
pid=$(show MainPID)
[ "$(rig ps -o user= -p "$pid")" = ana ] || fail "it does not run as ana"
svc install 2>&1 | grep -q 'installed already' || fail "a second install changes something"
[ "$(show MainPID)" = "$pid" ] || fail "a second install restarts it"
[ "$(show StatusText)" = "" ] && fail "no status for people"
rig systemctl cat simdrop.service | grep -q '^ExecStart="/opt/My App 100%%/$x/simdrop" "--config" "/etc/simdrop/50%% $$x.yaml" "run"$' || fail "the unit's command"

say "a drop is converted inside the hardened unit"
drop chair fast
wants 20 rig test -f "$dir/fast/chair.simready/chair.usd"
rig test -f /var/lib/simdrop/ana/queue.db || fail "the state is not in /var/lib/simdrop/ana"
rig journalctl -u simdrop.service -o json --no-pager | grep '"MESSAGE":"msg=running' | grep -q '"PRIORITY":"6"' || fail "no priorities in the journal"

say "unit lint and exposure"
must rig systemd-analyze verify --man=no /etc/systemd/system/simdrop.service
put /etc/systemd/system/simdrop@.service <packaging/linux/simdrop@.service
must rig sh -c "cp '$exe' /usr/bin/simdrop && systemctl daemon-reload"
put /etc/simdrop/ana.yaml <<<'control: {listen: ""}'
must rig chown ana /etc/simdrop/ana.yaml
must rig systemd-analyze verify --man=no simdrop@ana.service
for u in simdrop.service simdrop@ana.service; do
	rig systemd-analyze security --threshold=15 --no-pager "$u" >"$T/security" || fail "$u: $(tail -n 1 "$T/security")"
	tail -n 1 "$T/security"
done

say "killed: started again"
dropin '[Service]' 'RestartSec=100ms'
must rig kill -9 "$pid"
restarted() { is NRestarts "$1" && in_state running; }
wants 10 restarted 1
[ "$(show MainPID)" != "$pid" ] || fail "the process was not killed"

say "hangs: the watchdog ends it, started again"
must rig install -d -o ana /srv/h
dropin '[Service]' 'RestartSec=100ms' 'WatchdogSec=1' 'Environment=SIMDROP_HANG=/srv/h/hang'
must svc restart
must rig runuser -u ana -- touch /srv/h/hang
hung() { ! rig test -e /srv/h/hang; }
wants 10 hung
wants 20 restarted 1
rig journalctl -u simdrop.service --no-pager | grep -q 'Watchdog timeout' || fail "it was not the watchdog"
rig journalctl -u simdrop.service --no-pager | grep -q 'crash.Hang' || fail "no trace of where it hung"

say "a wrong configuration is no loop"
dropin '[Service]' 'RestartSec=100ms'
rig cp "$conf" /srv/h/good
must rig sh -c 'echo "wach: []" >>"$1"' sh "$conf"
svc restart 2>"$T/err" && fail "it starts with a wrong configuration"
grep -q 'config check' "$T/err" || fail "no hint: $(cat "$T/err")"
in_state failed && is NRestarts 0 && is ExecMainStatus 2 || fail "state $(state), restarts $(show NRestarts), code $(show ExecMainStatus)"
svc status >/dev/null 2>&1
[ $? = 1 ] || fail "status of what failed"
must rig sh -c 'cat /srv/h/good >"$1"' sh "$conf"

say "a stop lets the upload finish, beyond TimeoutStopSec"
must rig systemd-run -q --unit=rig-engine "$exe" engine --listen 127.0.0.1:7999
wants 10 rig bash -c 'exec 3<>/dev/tcp/127.0.0.1/7999'
dropin '[Service]' 'RestartSec=100ms' 'TimeoutStopSec=1'
must svc start
{
	printf 'v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n'
	head -c 450000 /dev/urandom | base64 -w 70 | sed 's/^/# /'
} | put "$dir/slow/table.obj"
must rig chown ana "$dir/slow/table.obj"
job() { rig runuser -u ana -- env -i HOME=/home/ana USER=ana "$exe" --config "$conf" jobs --json | grep -A30 table.obj | sed -n "s/^    \"$1\": \"*\([^\",]*\)\"*,*$/\1/p" | head -n 1; }
uploading() { [ "$(job state)" = submitting ]; }
wants 20 uploading
before=$(date +%s%3N)
must svc stop
took=$(($(date +%s%3N) - before))
[ $took -gt 1300 ] || fail "the stop took $took ms only: there was nothing to wait for"
is Result success || fail "the stop ended in $(show Result) after $took ms"
must svc start
finished() { [ "$(job state)" = done ]; }
wants 30 finished
[ "$(job attempts)" = 1 ] || fail "$(job attempts) submissions"
rig test -f "$dir/slow/table.simready/table.usd" || fail "no result"
echo "   the stop took $took ms"

say "the service of a user's session"
rig install -d -o ana -g ana /home/ana/Assets /home/ana/.config/simdrop
put /home/ana/.config/simdrop/config.yaml <<-'EOF'
	control: {listen: "127.0.0.1:0"}
	watch: [{path: ~/Assets, provider: local, settle_period: 200ms}]
EOF
must rig chown -R ana:ana /home/ana/.config
must as_ana "$exe" service install
as_ana "$exe" service status | grep -q '^simdrop (systemd, user): running' || fail "$(as_ana "$exe" service status)"
as_ana "$exe" status --json | grep -q '"state": "watching"' || fail "it does not watch"

printf 'v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n' | put /home/ana/Assets/mug.obj
wants 20 rig test -f /home/ana/Assets/mug.simready/mug.usd

say "both are back after a reboot"
dropin '[Service]' 'RestartSec=100ms'
power_off
boot
wants 20 in_state running
user_runs() { as_ana "$exe" service status --user; }
wants 20 user_runs
drop stool fast
wants 20 rig test -f "$dir/fast/stool.simready/stool.usd"

say "uninstalled while they run; the data stays"
pid=$(show MainPID)
must svc uninstall
rig kill -0 "$pid" 2>/dev/null && fail "the process is still there"
in_state not-installed || fail "state $(state)"
rig test -e /etc/systemd/system/simdrop.service && fail "the unit is still there"
rig test -f /var/lib/simdrop/ana/queue.db || fail "the state is gone"
echo n | as_ana "$exe" service uninstall --user --purge 2>/dev/null && fail "purged without a yes"
rig test -f /home/ana/.local/state/simdrop/queue.db || fail "a no removed the state"
echo y | must as_ana "$exe" service uninstall --user --purge
rig test -e /home/ana/.local/state/simdrop && fail "purge keeps the state: $(rig ls -a /home/ana/.local/state/simdrop)"
rig test -e /home/ana/.config/simdrop/config.yaml && fail "purge keeps the configuration"
rig test -d /home/ana/Assets/mug.simready || fail "purge takes results"
as_ana "$exe" service status --user >/dev/null 2>&1
[ $? = 3 ] || fail "the user's service is still there"
rig test -e /home/ana/.config/systemd/user/simdrop.service && fail "the user's unit is still there"

say "an install that does not come up leaves what was there: nothing, or the old one"
put /srv/h/bad.yaml <<<'{state_dir: /proc/none, control: {listen: ""}}'
must rig chown -R ana /srv/h
bad() { rig "$exe" --config /srv/h/bad.yaml service install --system --run-as ana; }
bad 2>"$T/err" && fail "it is said to be installed"
grep -q 'does not stay up.*exit code 1' "$T/err" && grep -q 'hint: its log says why: journalctl' "$T/err" || fail "$(cat "$T/err")"
rig test -e /etc/systemd/system/simdrop.service && fail "the unit is still there"
in_state not-installed || fail "state $(state)"
must svc install --system --run-as ana
bad 2>/dev/null && fail "it is said to be installed"
in_state running || fail "the old one does not run: $(state)"
rig grep -q '50%% $$x.yaml' /etc/systemd/system/simdrop.service || fail "the old unit is not back"
must svc uninstall

say "what cannot work is refused"
svc install --system --run-as nobody-there 2>/dev/null && fail "an account that is not there"
rig chmod 600 "$conf" && rig chown root "$conf"
svc install --system --run-as ana 2>"$T/err" && fail "a configuration that ana may not read"
grep -q "hint: .chown ana" "$T/err" || fail "no hint: $(cat "$T/err")"
rig runuser -u nobody -- env -i PATH=/usr/bin:/bin HOME=/tmp "$exe" --config /etc/simdrop/ana.yaml service install --user 2>"$T/err" && fail "a session without systemd"
grep -q 'enable-linger nobody' "$T/err" || fail "no hint: $(cat "$T/err")"
say "done"
