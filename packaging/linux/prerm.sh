#!/bin/sh
# Before the files go. An upgrade leaves the services running: the new package restarts
# them. $1 is "remove" of deb, 0 of rpm, nothing or a version of apk and Arch, which
# call this on removal only.
set -e

case "$1" in
upgrade | failed-upgrade | deconfigure) exit 0 ;;
1) exit 0 ;;
esac
[ -d /run/systemd/system ] || exit 0

# Enabled ones and running ones: `disable` takes no patterns.
for unit in $(
	systemctl list-units --all --plain --no-legend 'simdrop@*.service' 2>/dev/null | cut -d' ' -f1
	ls /etc/systemd/system/*.wants/ 2>/dev/null | grep '^simdrop@..*\.service$'
); do
	systemctl disable --now "$unit" || :
done
for unit in $(systemctl list-units --plain --no-legend --state=active 'user@*.service' 2>/dev/null | cut -d' ' -f1); do
	uid=${unit#user@}
	uid=${uid%.service}
	[ -S "/run/user/$uid/bus" ] || continue
	timeout 60 systemctl --user -M "$uid@" disable --now simdrop.service 2>/dev/null || :
done
