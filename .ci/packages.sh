# Packages: that they are made, the same bytes twice, and what happens to a machine that
# installs, upgrades and removes them. Sourced by run. For one processor, Linux and
# Windows; with SIMDROP_PACKAGES=all (`.ci/run all` sets it) for all six systems, with
# SIMDROP_PACKAGES=linux without the installers under wine.

# packaged NAME RIG DIR…: a rig of packaging/test; 77 is its way to say that it cannot run here.
packaged() {
	local name=$1 log code began=$SECONDS
	shift
	log=$(mktemp -p "$work")
	"$@" >"$log" 2>&1
	code=$?
	case $code in
	0) echo passed >>"$work/results" && echo "ok    $name ($((SECONDS - began)) s)" ;;
	77) skip "$name" "$(tail -n 1 "$log" | sed 's/^SKIP: //')" ;;
	*)
		echo failed >>"$work/results"
		echo "FAIL  $name ($((SECONDS - began)) s)"
		tail -n 100 "$log" | sed 's/^/      /'
		;;
	esac
}

# made VERSION DIR [FROM]: everything, or what the quick run looks at, of the checkout FROM.
made() {
	local some=()
	case "${SIMDROP_PACKAGES:-quick} $1" in
	"all 1.0.0") ;;
	"linux 1.0.0") some=(--targets linux/amd64 --only linux,archives,image,sbom) ;;
	"linux 0.9.0") some=(--targets linux/amd64 --only linux) ;;
	*" 1.0.0") some=(--targets linux/amd64,windows/amd64 --only linux,archives,msi,setup,image,sbom) ;;
	*" 0.9.0") some=(--targets linux/amd64,windows/amd64 --only linux,msi,setup) ;; # what is upgraded from
	esac
	"${3:-.}/packaging/build" --version "$1" --out "$2" "${some[@]}" >"$2.log" 2>&1 || { cat "$2.log" && return 1; }
	(cd "$2" && sha256sum --quiet -c SHA256SUMS)
}

both() { made 0.9.0 "$work/old" && made 1.0.0 "$work/new"; }

tools() { (cd packaging/tools && go vet ./... && go test ./...); }

# twice builds the same commit in another folder, as if it were checked out just now.
twice() {
	cp -a . "$work/elsewhere" && find "$work/elsewhere" -type f -not -path '*/.git/*' -exec touch {} + &&
		made 1.0.0 "$work/again" "$work/elsewhere" || return
	rm -rf "$work/elsewhere"
	diff -rq "$work/new" "$work/again"
	local code=$?
	rm -rf "$work/again"
	return $code
}

# texts: the shells and man understand what the program wrote for them.
texts() {
	local t=$work/new/build/text page
	bash -n "$t/simdrop.bash" || return
	! command -v zsh >/dev/null || zsh -n "$t/_simdrop" || return
	! command -v fish >/dev/null || fish --no-execute "$t/simdrop.fish" || return
	"$work/new/build/linux_amd64/simdrop" __complete ver '' 2>/dev/null | grep -q : || return
	"$work/new/build/linux_amd64/simdrop" __complete ver 2>/dev/null | grep -q '^version' || return
	for page in simdrop.1 simdrop.yaml.5; do
		man --warnings -E UTF-8 -l -Tutf8 -Z "$t/$page" 2>"$work/man" >/dev/null || return
		[ ! -s "$work/man" ] || { cat "$work/man" && return 1; }
	done
}

debian() { lintian --fail-on error "$work"/new/*_amd64.deb 2>&1; }

# plists: the agent is one that launchd reads, and the check would say if it were not.
plists() {
	local dtd=packaging/macos/plist.dtd
	xmllint --noout --nonet --dtdvalid $dtd packaging/macos/agent.plist || return
	sed 's|<true/>|<yes/>|' packaging/macos/agent.plist >"$work/bad.plist"
	! xmllint --noout --nonet --dtdvalid $dtd "$work/bad.plist" 2>/dev/null
}

# published: what package managers read, and the digests in it.
published() {
	local d=$work/new sum
	ruby -c "$d/homebrew/simdrop.rb" >/dev/null || return
	ruby -ryaml -rjson -e 'Dir[ARGV[0] + "/winget/*.yaml"].each { |f| YAML.parse_file(f).root.mapping? or abort f }
		%w[scoop/simdrop.json simdrop_1.0.0_sbom.cdx.json].each { |f| JSON.parse(File.read(ARGV[0] + "/" + f)) }' "$d" || return
	for sum in $(grep -hoE '\b[0-9a-f]{64}\b' "$d"/winget/* "$d"/scoop/* "$d"/homebrew/*); do
		grep -q "^$sum " "$d/SHA256SUMS" || { echo "$sum is of no file" && return 1; }
	done
	[ "$(grep -hoE '\b[0-9a-f]{64}\b' "$d"/winget/* "$d"/scoop/* "$d"/homebrew/* | wc -l)" = 7 ]
}

check "packaging tools: vet and tests" tools
have buildah buildah || skip "container image" "no buildah"
if [ "${SIMDROP_PACKAGES:-}" != linux ]; then
	have wixl wixl && have msibuild msitools || skip "MSI" "no wixl"
	have makensis nsis || skip "setup.exe" "no makensis"
fi
check "packages of two versions are made" both
check "packages made twice are byte for byte the same" twice
if have man man-db && have groff groff; then check "completions and manual pages" texts; else skip "manual pages" "no man"; fi
if have lintian lintian; then check "lintian finds no error" debian; else skip "lintian" "not to be had"; fi
if have xmllint libxml2-utils; then check "the LaunchAgent is a property list" plists; else skip "property list" "no xmllint"; fi
have rpm rpm && have rpmlint rpmlint
packaged "rpm, apk, Arch: install, upgrade, erase" packaging/test/rpm-rig.sh "$work/old" "$work/new"
have systemd-nspawn systemd-container dbus dbus-user-session libpam-systemd
packaged "deb: install, upgrade under a running job, remove, purge" packaging/test/deb-rig.sh "$work/old" "$work/new"
packaged "container image: as a NAS runs it, a drop converted" packaging/test/oci-rig.sh "$work/new"
if [ "${SIMDROP_PACKAGES:-}" = all ]; then
	if have ruby ruby; then check "manifests for winget, scoop and Homebrew" published; else skip "manifests" "no ruby"; fi
fi
if [ "${SIMDROP_PACKAGES:-}" != linux ]; then
	have wine wine wine64 && have x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64-win32
	packaged "MSI and setup.exe under wine" packaging/test/installers-rig.sh "$work/old" "$work/new"
fi
rm -rf "$work/old" "$work/new"
