# Watching on the file systems that this machine can have, and slow copies.
# Sourced by .ci/run.

scripts_on() { # scripts_on DIR: the watcher's own tests, with their folders in DIR
	(cd watcher && TMPDIR=$1 "$watcher_test" -test.timeout 5m -test.skip "${2:-^\$}")
}

on_mount() { # on_mount NAME DIR…: the tests in DIR, which is unmounted afterwards
	check "watcher on $1" scripts_on "$2" "${3:-}"
	umount "$2" || umount -l "$2"
}

watching_dir=$(mktemp -d)
watcher_test=$watching_dir/watcher.test
if go test -c -o "$watcher_test" ./watcher; then
	mkdir "$watching_dir/mount" "$watching_dir/back"
	if [ "$(id -u)" != 0 ]; then
		skip "watcher on tmpfs, ext4 and FUSE" "mounting needs root"
	else
		if mount -t tmpfs none "$watching_dir/mount" 2>/dev/null; then
			on_mount tmpfs "$watching_dir/mount"
		else
			skip "watcher on tmpfs" "it cannot be mounted here"
		fi
		if have mkfs.ext4 e2fsprogs && truncate -s 1G "$watching_dir/disk" && mkfs.ext4 -q "$watching_dir/disk" &&
			mount -o loop "$watching_dir/disk" "$watching_dir/mount" 2>/dev/null; then
			on_mount ext4 "$watching_dir/mount"
		elif [ "$(stat -f -c %T "$watching_dir")" = ext2/ext3 ]; then
			check "watcher on ext4" scripts_on "$watching_dir/back" # the disk that is there
		else
			skip "watcher on ext4" "no loop device here"
		fi
		# The whole corpus takes minutes there: each file is opened anew by each look.
		if have bindfs bindfs && bindfs "$watching_dir/back" "$watching_dir/mount" 2>/dev/null; then
			on_mount "FUSE (bindfs)" "$watching_dir/mount" '^TestCorpusSettles$'
		else
			skip "watcher on FUSE" "bindfs cannot be had, or /dev/fuse is missing"
		fi
	fi
else
	failed=$((failed + 1))
	echo "FAIL  the watcher's tests do not build"
fi
rm -rf "$watching_dir"

# As many as fit in two minutes on two cores. All thousand: SIMDROP_COPIES=1000.
check "${SIMDROP_COPIES:-150} slow copies, no partial upload" env SIMDROP_COPIES="${SIMDROP_COPIES:-150}" \
	go test -count=1 -timeout 30m -run '^TestSlowCopies$' ./internal/e2e
