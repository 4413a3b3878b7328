#!/bin/sh
# After the files are gone. What people made stays: /var/lib/simdrop is the memory of
# what was paid for, and the watched folders are theirs. Purging the deb drops
# /etc/simdrop as well, in which keys may be.
set -e

if [ "$1" = purge ]; then
	rm -rf /etc/simdrop
	rm -rf /var/cache/simdrop
fi
[ -d /run/systemd/system ] && systemctl daemon-reload || :
