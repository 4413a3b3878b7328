# What the rigs share. Sourced; the caller is in the repository's root.
set -u
step=start

fail() {
	echo "FAILED at: $step: $*" >&2
	exit 1
}

# cannot REASON: the rig cannot be here; .ci/run makes a SKIP of the code 77.
cannot() {
	echo "SKIP: $*"
	exit 77
}

say() {
	step=$*
	echo "-- $(($(date +%s%3N) - began)) ms: $*"
}

# poll SECONDS COMMAND…: waits until the command succeeds.
poll() {
	local end=$(($(date +%s%3N) + $1 * 1000))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s%3N)" -lt $end ] || return 1
		sleep 0.1
	done
}

# wants SECONDS COMMAND…: polls, or the rig has failed.
wants() { poll "$@" || fail "waited $1 s in vain for: ${*:2}"; }

# must COMMAND…: succeeds, or the rig has failed.
must() { "$@" || fail "exit code $? of: $*"; }

began=$(date +%s%3N)
