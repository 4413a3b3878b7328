#!/bin/sh
# After the files are in place, on installation and on upgrade (deb, rpm, apk, Arch).
# Nothing is enabled and nothing is started that did not run: whose folders are watched
# is the user's decision. What runs is started again with the new program; each job is
# on disk and goes on where it was.
set -e

# deb calls this to undo a failed removal, too; that changes nothing here.
[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload || :
systemctl try-restart 'simdrop@*.service' || :

# The services of users in their own sessions, each of which has a systemd of its own.
for unit in $(systemctl list-units --plain --no-legend --state=active 'user@*.service' 2>/dev/null | cut -d' ' -f1); do
	uid=${unit#user@}
	uid=${uid%.service}
	[ -S "/run/user/$uid/bus" ] || continue
	timeout 60 systemctl --user -M "$uid@" daemon-reload 2>/dev/null || continue
	timeout 60 systemctl --user -M "$uid@" try-restart simdrop.service 2>/dev/null || :
done
