#!/usr/bin/env bash
# The container image, run as compose.yaml says: not root, nothing writable but /config,
# /watch and /tmp, no capability; a drop is converted. Usage: oci-rig.sh DIST
set -u
. "$(dirname "$0")/packages.sh"
[ $# = 1 ] || fail "wants the folder of packaging/build"
needs buildah
[ "$(id -u)" = 0 ] || cannot "not root"
dist=$1
image=$(artefact linux_amd64_oci.tar) || exit
tmp=$(mktemp -d)
later 'b rm -a >/dev/null 2>&1; rm -rf "$tmp"'
b() { buildah --root "$tmp/root" --runroot "$tmp/run" --storage-driver vfs "$@"; }

c=$(b from --quiet "oci-archive:$image") || cannot "buildah cannot unpack here"
config=$(b inspect --type container "$c" | tr -d ' \n')
for want in '"User":"65532:65532"' '"Entrypoint":\["/simdrop"\]' 'SIMDROP_CONFIG=/config/config.yaml' '"StopSignal":"SIGTERM"'; do
	grep -q "$want" <<<"$config" || fail "the image's configuration lacks $want: $config"
done

mkdir "$tmp/config" "$tmp/watch"
cp "$top/packaging/oci/config.yaml" "$tmp/config/"
cp "$here/cube.obj" "$tmp/watch/"
chown -R 1000:1000 "$tmp/config" "$tmp/watch"
chmod 755 "$tmp"
run() { # as compose.yaml has it; the container's network is this machine's
	b run --isolation chroot --user 1000:1000 --cap-drop all --env TZ=Europe/Berlin \
		-v "$tmp/config:/config" -v "$tmp/watch:/watch" "$c" -- "$@"
}
# The rig's own address, so that it disturbs no other simdrop of this machine.
printf 'control: {listen: "127.0.0.1:0"}\n' >>"$tmp/config/config.yaml"
sed -i 's/existing: hold/existing: convert/; s/poll_interval: 15s/poll_interval: 1s/' "$tmp/config/config.yaml"
run /simdrop config check >"$tmp/log" 2>&1 || fail "config.yaml: $(cat "$tmp/log")"
run /simdrop status >/dev/null 2>&1
same "the health check before the start" $? 3
proves "a configuration that is whole; the health check says 3 before the start"

run /simdrop run >"$tmp/daemon" 2>&1 &
daemon=$!
diagnose() { cat "$tmp/daemon"; run /simdrop jobs; }
within 60 "the health check" run /simdrop status
within 60 "the drop is converted" test -s "$tmp/watch/cube.simready/cube.usd"
same "the result's owner" "$(stat -c %u:%g "$tmp/watch/cube.simready/cube.usd")" 1000:1000
run /simdrop status | grep -q polled || fail "the folder is not polled: $(run /simdrop status)"
proves "runs as 1000:1000, polls, and converts a drop"
pid=$(cat "$tmp/config/state/simdrop/daemon.pid")
kill -TERM "$(pgrep -x simdrop -u 1000 | grep -x "$pid" || fail "no process $pid")"
within 30 "the daemon stops on SIGTERM" sh -c "! kill -0 $daemon"
wait "$daemon"
same "its exit code" $? 0
proves "stops on SIGTERM with 0; the queue is in /config/state"
