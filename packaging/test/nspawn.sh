# A machine with its own systemd over the files of this one, which stay as they are: an
# overlay keeps what is written, and is thrown away at the end. Boots in under a second.
# Sourced after packages.sh; needs root, systemd-nspawn and overlayfs.

# machine_up BUILD: boots, with BUILD at /opt/build. Sets $root and the function in_rig.
machine_up() {
	needs systemd-nspawn dbus-daemon nsenter
	[ "$(id -u)" = 0 ] || cannot "not root"
	machine=$(mktemp -d)
	later machine_gone
	mount -t tmpfs -o size=1g tmpfs "$machine" || cannot "no tmpfs"
	mkdir "$machine"/upper "$machine"/work "$machine"/root
	root=$machine/root
	mount -t overlay overlay -o "lowerdir=/,upperdir=$machine/upper,workdir=$machine/work" "$root" || cannot "no overlay"
	# Nothing of this machine's own services, and an identity of its own.
	rm -f "$root"/etc/systemd/system/multi-user.target.wants/*
	rm -rf "$root"/etc/simdrop "$root"/var/lib/simdrop "$root"/usr/bin/simdrop
	: >"$root/etc/machine-id"
	build=$1
	boot
}

boot() {
	setsid systemd-nspawn -q -D "$root" -M "simdrop-$$" --boot --register=no --keep-unit --private-network \
		--resolv-conf=off --bind-ro="$build:/opt/build" systemd.unit=multi-user.target \
		</dev/null >"$machine/console" 2>&1 &
	nspawn=$!
	within 30 "the machine starts" pgrep -P "$nspawn"
	init=$(pgrep -P "$nspawn" | head -n 1)
	within 60 "the machine is up" in_rig systemctl is-active multi-user.target
}

# in_rig COMMAND…: runs it inside, as root.
in_rig() { nsenter -t "$init" --all --wdns=/ -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TERM=dumb "$@"; }

power_off() {
	kill -s RTMIN+4 "$init" 2>/dev/null
	local until=$((SECONDS + 40))
	while kill -0 "$nspawn" 2>/dev/null && [ "$SECONDS" -lt "$until" ]; do sleep 0.1; done
	kill -0 "$nspawn" 2>/dev/null && kill -9 "$init" "$nspawn" 2>/dev/null
	wait "$nspawn" 2>/dev/null
	return 0
}

machine_gone() {
	[ -n "${nspawn:-}" ] && power_off
	umount "$machine/root" 2>/dev/null || umount -l "$machine/root" 2>/dev/null
	umount "$machine" 2>/dev/null || umount -l "$machine" 2>/dev/null
	rmdir "$machine"
}
