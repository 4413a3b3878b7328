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

if ! have node nodejs npm || ! have npm npm; then
	skip "bundles judged by other readers" "no node"
elif ! have assimp assimp-utils; then
	skip "bundles judged by other readers" "no assimp"
elif ! npm ping >/dev/null 2>&1; then
	skip "bundles judged by other readers" "no npm registry"
else
	check "bundles judged by assimp, Khronos' validator and tinyusdz" companion_judges
fi
check "fuzzing the readers of assets, a minute each" fuzz "${READERTIME:-1m}" ./internal/asset ./internal/asset/usdref ./internal/bundle
