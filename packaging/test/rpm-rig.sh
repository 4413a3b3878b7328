#!/usr/bin/env bash
# The rpm installed, upgraded and erased in an empty root, its scripts as each system calls
# them, and what is inside the apk and the Arch package.
# Usage: rpm-rig.sh OLD NEW, two folders that packaging/build made with different versions.
set -u
. "$(dirname "$0")/packages.sh"
[ $# = 2 ] || fail "wants two folders of packaging/build"
needs rpm rpmlint tar zstd
dist=$1
old=$(artefact linux_amd64.rpm "$1") new=$(artefact linux_amd64.rpm "$2") || exit
tmp=$(mktemp -d)
later 'rm -rf "$tmp"'

# Of what rpmlint says only this is an error here: the rest is about packages that a
# distribution builds itself.
bad='non-executable-script|zero-length|non-standard-.*perm|script-without-shebang|wrong-script-interpreter|summary-.*|description-line-too-long|no-packager-tag|conffile-without-noreplace-flag|non-conffile-in-etc|dangling-symlink|hardcoded-.*|executable-marked-as-config-file|incorrect-fsf-address|invalid-version|no-url-tag|file-contains-buildroot|spelling-error'
rpmlint "$old" >"$tmp/lint" 2>/dev/null
grep -E ": [EW]: ($bad)\b" "$tmp/lint" && fail "rpmlint"
grep -q 'packages and 0 specfiles checked' "$tmp/lint" || fail "rpmlint did not run: $(cat "$tmp/lint")"
proves "rpmlint"

r() { rpm --root "$tmp/root" "$@" 2>&1; }
mkdir "$tmp/root"
r --initdb
r -Uvh --nodeps --noscripts "$old" >"$tmp/log" || fail "install: $(cat "$tmp/log")"
for f in /usr/bin/simdrop /usr/lib/systemd/system/simdrop@.service /usr/lib/systemd/user/simdrop.service /etc/simdrop/example.yaml \
	/usr/share/man/man1/simdrop.1.gz /usr/share/man/man5/simdrop.yaml.5.gz /usr/share/bash-completion/completions/simdrop \
	/usr/share/zsh/site-functions/_simdrop /usr/share/fish/vendor_completions.d/simdrop.fish /usr/share/licenses/simdrop/LICENSE; do
	[ -s "$tmp/root$f" ] || fail "no $f"
done
r -V --nodeps simdrop | grep -v '^\.\.\.\.\.\.\.\.\.' && fail "verify"
echo '# kept' >>"$tmp/root/etc/simdrop/example.yaml"
mkdir -p "$tmp/root/var/lib/simdrop/ana"
touch "$tmp/root/var/lib/simdrop/ana/queue.db"
r -Uvh --nodeps --noscripts "$new" >"$tmp/log" || fail "upgrade: $(cat "$tmp/log")"
tail -n 1 "$tmp/root/etc/simdrop/example.yaml" | grep -qx '# kept' || fail "the edited configuration was replaced"
r -Uvh --nodeps --noscripts "$old" >"$tmp/log" && fail "a downgrade is taken"
r -e --nodeps --noscripts simdrop >"$tmp/log" || fail "erase: $(cat "$tmp/log")"
[ ! -e "$tmp/root/usr/bin/simdrop" ] || fail "the program is still there"
[ -e "$tmp/root/etc/simdrop/example.yaml.rpmsave" ] && [ -e "$tmp/root/var/lib/simdrop/ana/queue.db" ] || fail "edits or state are gone"
proves "rpm: install, upgrade with an edited configuration, refused downgrade, erase; state stays"

# The scripts, with a systemctl that only writes down what it is asked.
mkdir "$tmp/bin"
printf '#!/bin/sh\necho "$@" >>"%s/calls"\n' "$tmp" >"$tmp/bin/systemctl"
chmod +x "$tmp/bin/systemctl"
script() { # FILE ARGUMENT: what it asks systemctl for
	: >"$tmp/calls"
	PATH="$tmp/bin:$PATH" sh -e "$top/packaging/linux/$1" ${2:+"$2"} || fail "$1 ${2:-}"
	cat "$tmp/calls"
}
if [ -d /run/systemd/system ]; then
	script postinst.sh 2 | grep -q "try-restart simdrop@" || fail "an upgrade does not restart"
	[ -z "$(script prerm.sh 1)$(script prerm.sh upgrade)" ] || fail "an upgrade stops something"
	script prerm.sh 0 | grep -q list-units || fail "a removal stops nothing"
else
	[ -z "$(script postinst.sh 1)$(script prerm.sh 0)$(script postrm.sh 0)" ] || fail "systemctl without systemd"
fi
proves "the scripts, called as rpm does"

# The other two hold the same files.
list() { tar --warning=no-unknown-keyword "$@" | sed 's|^\./||; /\/$/d; /^\./d' | sort; }
list -tzf "$(artefact linux_amd64.apk)" >"$tmp/apk" || exit
list --zstd -tf "$(artefact linux_amd64.pkg.tar.zst)" >"$tmp/arch" || exit
rpm -qpl "$old" 2>/dev/null | sed 's|^/||' | sort >"$tmp/rpm"
grep -qx usr/bin/simdrop "$tmp/rpm" || fail "rpm lists nothing"
for format in apk arch; do
	missing=$(comm -23 "$tmp/rpm" "$tmp/$format" | grep -vxE 'etc/simdrop|var/lib/simdrop')
	[ -z "$missing" ] || fail "$format lacks $missing"
done
tar --zstd -xOf "$(artefact linux_amd64.pkg.tar.zst)" .PKGINFO | grep -qx 'backup = etc/simdrop/example.yaml' || fail "Arch would replace an edited configuration"
tar --warning=no-unknown-keyword -tzf "$(artefact linux_amd64.apk)" | grep -qx '.post-upgrade' || fail "apk restarts nothing on upgrade"
proves "apk and Arch hold the same files"
