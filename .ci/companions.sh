# Bundles before the eyes of others: independent readers load what is sent, and the
# readers of foreign files meet more foreign bytes. Sourced by .ci/run.

# companion_judges installs the judges in a copy of the tree, so that this one stays
# as it is, and runs them.
companion_judges() {
	local dir code
	dir=$(mktemp -d) && cp -r go.mod go.sum main.go internal queue uploader watcher "$dir/" || return
	(
		export SIMDROP_CORPUS="${SIMDROP_CORPUS:-$PWD/../shared/corpus}"
		cd "$dir/internal/judge/companions" && npm ci --no-audit --no-fund --loglevel=error && go test -count=1 -v . | tee log &&
			! grep -q -- '--- SKIP' log
	)
	code=$?
	rm -rf "$dir"
	return $code
}

# fuzz_readers gives every fuzz target of the readers of assets the same time, two
# of them at once: with 35 s about six minutes in all.
fuzz_readers() {
	local pkg targets logs code
	logs=$(mktemp -d)
	targets=$(for pkg in ./internal/asset ./internal/asset/usdref ./internal/bundle; do
		grep -ho '^func Fuzz[A-Za-z0-9_]*' "$pkg"/*_test.go | sed "s|^func |$pkg |"
	done)
	xargs -P 2 -L 1 sh -c '
		go test -run "^\$" -fuzz "^$3\$" -fuzztime "$1" -parallel 1 "$2" >"$0/$3.log" 2>&1 ||
			{ echo "$2 $3"; tail -n 60 "$0/$3.log"; exit 255; }
	' "$logs" "${READERTIME:-35s}" <<<"$targets"
	code=$?
	rm -rf "$logs"
	return $code
}

if ! have node nodejs npm || ! have npm npm; then
	skip "bundles judged by other readers" "no node"
elif ! have assimp assimp-utils; then
	skip "bundles judged by other readers" "no assimp"
elif ! npm ping >/dev/null 2>&1; then
	skip "bundles judged by other readers" "no npm registry"
else
	check "bundles judged by assimp, Khronos' validator and tinyusdz" companion_judges
fi
if [ "${SIMDROP_CI_SHORT:-}" = 1 ]; then
	skip "fuzzing the readers of assets" "SIMDROP_CI_SHORT=1"
else
	check "fuzzing the readers of assets" fuzz_readers
fi
