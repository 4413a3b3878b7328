# What the rigs of this folder share. Each rig is a program of its own: it prints what it
# proves, one line each, and ends with 0 when all of it held, or with 77 and the reason
# when it cannot run here. Sourced after `set -u`.

rig=$(basename "$0" .sh)
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)

proves() { echo "ok: $*"; }

# fail WHAT…: ends the rig, with what its function `diagnose` has to say.
fail() {
	echo "$rig: $*" >&2
	[ "$(type -t diagnose)" = function ] && diagnose >&2
	exit 1
}

cannot() {
	echo "$rig: $*"
	exit 77
}

# needs COMMAND…: the programs that the rig cannot do without.
needs() {
	for c; do
		command -v "$c" >/dev/null || cannot "no $c"
	done
}

# within SECONDS WHAT COMMAND…: polls until the command succeeds.
within() {
	local until=$((SECONDS + $1)) what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$until" ] || fail "waited in vain: $what"
		sleep 0.2
	done
}

# same WHAT GOT WANT: two texts.
same() { [ "$2" = "$3" ] || fail "$1: got \"$2\", want \"$3\""; }

# artefact SUFFIX [DIR]: the file of a build, by the end of its name.
artefact() {
	set -- "$1" "${2:-$dist}"
	local files
	files=$(ls "$2"/simdrop_*_"$1" 2>/dev/null) || cannot "no *_$1 in $2"
	echo "$files" | head -n 1
}

# later COMMAND: at the end, whatever happens, the last one first.
later() {
	tidy="$1; ${tidy:-}"
	trap 'code=$?; eval "$tidy"; exit $code' EXIT
}
