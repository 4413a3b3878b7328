#!/usr/bin/env bash
# The deb's whole life in a machine of its own: install, configure, run, upgrade under a
# running job, remove, purge. Usage: deb-rig.sh OLD NEW, two folders that packaging/build
# made with different versions.
set -u
. "$(dirname "$0")/packages.sh"
. "$here/nspawn.sh"
[ $# = 2 ] || fail "wants two folders of packaging/build"
dist=$1
needs dpkg-deb
both=$(mktemp -d)
later 'rm -rf "$both"'
cp "$(artefact linux_amd64.deb "$1")" "$both/old.deb" && cp "$(artefact linux_amd64.deb "$2")" "$both/new.deb" || exit
version() { dpkg-deb -f "$both/$1.deb" Version; }
[ "$(version old)" != "$(version new)" ] || fail "both have version $(version old)"

machine_up "$both"
ana() { in_rig runuser -u ana -- "$@"; }
ben() { # has a systemd of his own
	in_rig runuser -u ben -- env HOME=/home/ben XDG_RUNTIME_DIR="/run/user/$(in_rig id -u ben)" "$@"
}
cli() { ana simdrop --config /etc/simdrop/ana.yaml "$@"; }
job() { cli jobs --json | sed -n "s/^ *\"$1\": \"\{0,1\}\([^\",]*\).*/\1/p"; }
state() { [ "$(job state)" = "$1" ]; }
diagnose() { in_rig journalctl -q --no-pager -n 40 -u simdrop@ana; cli status; cli jobs; }
pid() { in_rig systemctl show -P MainPID simdrop@ana; }
ben_pid() { ben systemctl --user show -P MainPID simdrop; }

[ -z "${RIG_SIMPLE:-}" ] || for d in system/simdrop@.service.d user/simdrop.service.d; do mkdir -p "$root/etc/systemd/$d"; printf '[Service]\nType=exec\nWatchdogSec=0\n' >"$root/etc/systemd/$d/x.conf"; done
in_rig dpkg -i /opt/build/old.deb >"$machine/dpkg" 2>&1 || fail "install: $(cat "$machine/dpkg")"
same "enabled after install" "$(in_rig systemctl is-enabled simdrop@ana 2>&1)" disabled
in_rig sh -c '! pgrep -x simdrop' || fail "something runs after install"
proves "install enables and starts nothing"

# A provider that outlives the package, as one on the network does.
in_rig cp /usr/bin/simdrop /opt/engine
in_rig systemd-run -q --unit=engine /opt/engine engine --listen 127.0.0.1:7421
in_rig useradd -m ana
in_rig useradd -m ben
ana mkdir /home/ana/Assets
in_rig tee /etc/simdrop/ana.yaml >/dev/null <<-'Y'
	state_dir: /var/lib/simdrop/ana
	providers:
	  engine: {type: rigyd, base_url: "http://127.0.0.1:7421/api", api_key: none, poll_interval: 10s}
	watch:
	  - {path: /home/ana/Assets, provider: engine, settle_period: 300ms}
Y
in_rig sh -c 'chown ana /etc/simdrop/ana.yaml && chmod 600 /etc/simdrop/ana.yaml && echo "# kept" >>/etc/simdrop/example.yaml'
in_rig systemctl enable -q --now simdrop@ana || fail "start: $(in_rig journalctl -n 30 -u simdrop@ana)"
within 20 "the daemon answers" cli status
proves "simdrop@ana runs as $(in_rig ps -o user= -p "$(pid)")"

in_rig loginctl enable-linger ben
within 20 "ben's systemd" ben systemctl --user is-active default.target
ben mkdir -p /home/ben/.config/simdrop /home/ben/Assets
ben tee /home/ben/.config/simdrop/config.yaml >/dev/null <<-'Y'
	control: {listen: "127.0.0.1:7430"}
	watch: [{path: /home/ben/Assets, provider: local}]
Y
ben systemctl --user enable -q --now simdrop || fail "ben: $(ben systemctl --user status simdrop)"
proves "the user unit runs for ben"

# The job is accepted, and the next look at it is 10 s away: the upgrade comes between.
ana tee /home/ana/Assets/cube.obj >/dev/null <"$here/cube.obj"
within 30 "the job is converting" state converting
id=$(job id) remote=$(job remote_id) before=$(pid) ben_before=$(ben_pid)
in_rig dpkg --force-confold -i /opt/build/new.deb >"$machine/dpkg" 2>&1 || fail "upgrade: $(cat "$machine/dpkg")"
within 30 "the daemon answers after the upgrade" cli status
[ "$(pid)" != "$before" ] || fail "the old program still runs"
cli status | grep -q "$(version new | sed 's/-1$//')" || fail "the running program: $(cli status)"
proves "the upgrade restarts what runs: pid $before, then $(pid)"
within 20 "ben's daemon is restarted" test "$(ben_pid)" != "$ben_before"
proves "also in a user's session"
in_rig tail -n 1 /etc/simdrop/example.yaml | grep -qx '# kept' || fail "the edited conffile was replaced"
proves "an edited conffile is kept"
within 60 "the job is done" state done
same "the job" "$(job id)" "$id"
same "its remote ID" "$(job remote_id)" "$remote"
in_rig test -s /home/ana/Assets/cube.simready/cube.usd || fail "no result"
same "the result's owner" "$(in_rig stat -c %U /home/ana/Assets/cube.simready/cube.usd)" ana
proves "the job goes on through the upgrade, submitted once"

in_rig dpkg -r simdrop >"$machine/dpkg" 2>&1 || fail "remove: $(cat "$machine/dpkg")"
in_rig sh -c '! pgrep -x simdrop' || fail "something runs after removal: $(in_rig pgrep -ax simdrop)"
in_rig sh -c '! ls /etc/systemd/system/*.wants/ | grep simdrop' || fail "still enabled"
in_rig test -e /etc/simdrop/ana.yaml -a -e /etc/simdrop/example.yaml || fail "the configuration is gone"
in_rig test -d /var/lib/simdrop/ana -a ! -e /usr/bin/simdrop || fail "state gone, or program left"
proves "removal stops and disables, and keeps configuration, state and results"
in_rig dpkg -P simdrop >"$machine/dpkg" 2>&1 || fail "purge: $(cat "$machine/dpkg")"
in_rig test ! -e /etc/simdrop -a -d /var/lib/simdrop/ana -a -e /home/ana/Assets/cube.simready/cube.usd || fail "purge"
proves "purge drops /etc/simdrop; /var/lib/simdrop and results stay"
