# Watching on the file systems that this machine can have, and slow copies. They
# mostly wait, so they run beside each other. Sourced by .ci/run.

# watched_on NAME DIR: the watcher's own tests, with their folders in DIR, which is
# unmounted afterwards.
watched_on() {
	check "watcher on $1" env TMPDIR="$2" sh -c "cd watcher && '$watcher_test' -test.timeout 5m"
	umount "$2" 2>/dev/null || umount -l "$2"
}

watched_locally() {
	local dir=$watching_dir/local
	mkdir "$dir"
	if mount -t tmpfs none "$dir" 2>/dev/null; then
		watched_on tmpfs "$dir"
	else
		skip "watcher on tmpfs" "it cannot be mounted here"
	fi
	if have mkfs.ext4 e2fsprogs && truncate -s 1G "$dir-disk" && mkfs.ext4 -q "$dir-disk" && mount -o loop "$dir-disk" "$dir" 2>/dev/null; then
		watched_on ext4 "$dir"
	elif [ "$(stat -f -c %T "$dir")" = ext2/ext3 ]; then
		check "watcher on ext4, the disk that is there" env TMPDIR="$dir" sh -c "cd watcher && '$watcher_test'"
	else
		skip "watcher on ext4" "no loop device here"
	fi
}

watched_on_fuse() {
	local dir=$watching_dir/fuse
	mkdir "$dir" "$dir-back"
	if have bindfs bindfs && bindfs "$dir-back" "$dir" 2>/dev/null; then
		watched_on "FUSE (bindfs)" "$dir"
	else
		skip "watcher on FUSE" "bindfs cannot be had, or /dev/fuse is missing"
	fi
}

# watched_on_network mounts a folder of this machine as if it were another's: the
# server of sftp at one end of a pipe, sshfs at the other.
watched_on_network() {
	local dir=$watching_dir/network server
	mkdir "$dir" "$dir-back"
	have sshfs sshfs openssh-sftp-server && have socat socat
	server=$(ls /usr/lib/openssh/sftp-server /usr/lib/ssh/sftp-server 2>/dev/null | head -n 1)
	if [ -n "$server" ] && command -v sshfs socat >/dev/null; then
		socat "EXEC:$server" "EXEC:sshfs -o passive localhost\:$dir-back $dir" 2>/dev/null &
		timeout 10 sh -c "until mountpoint -q '$dir'; do sleep 0.1; done"
	fi
	if mountpoint -q "$dir"; then
		watched_on "a network file system (sshfs)" "$dir"
	else
		skip "watcher on a network file system" "sshfs cannot be had, or /dev/fuse is missing"
	fi
}

watching_dir=$(mktemp -d)
watcher_test=$watching_dir/watcher.test
if [ "$(id -u)" != 0 ]; then
	skip "watcher on tmpfs, ext4, FUSE and a network" "mounting needs root"
elif ! go test -c -o "$watcher_test" ./watcher; then
	check "the watcher's tests build" false
else
	watched_locally &
	watched_on_fuse &
	watched_on_network &
fi
# As many as fit beside that. All thousand: SIMDROP_COPIES=1000.
check "${SIMDROP_COPIES:-200} slow copies, no partial upload" env SIMDROP_COPIES="${SIMDROP_COPIES:-200}" \
	go test -count=1 -timeout 30m -run '^TestSlowCopies$' ./internal/e2e
wait
rm -rf "$watching_dir"

# What a start, a rescan and a drop cost beside find and the bare event of the
# kernel. A million files: SIMDROP_BENCH_FOLDERS=50000.
check "watching beside find" go test -run '^$' -bench 'Beside|Settled' -benchtime 5x -timeout 30m ./watcher

# A share whose server does not answer takes minutes: limits have to run out.
if [ -n "${SIMDROP_HUNG:-}" ]; then
	check "a share that hangs" go test -count=1 -timeout 10m -run '^TestHungShare$' ./internal/e2e
fi
