# The local engine before judges that share nothing with it, from npm and Debian, and
# its time and memory beside assimp's. The judges look at one conversion of the corpus.
# Sourced by .ci/run: check, skip and have are its.

judges=internal/engine/judges

# fetched installs the judges' packages, unless they are there as the lock file has them.
fetched() {
	(cd "$judges" && { [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --prefer-offline --no-audit --no-fund; })
}

# passed TEST…: each passed in the one run of the judges.
passed() {
	local t
	for t; do
		grep -q "^--- PASS: $t " "$verdicts" || { cat "$verdicts"; return 1; }
	done
}

have assimp assimp-utils
have chromium chromium
if ! have node nodejs || ! have npm npm; then
	skip "judges of the local engine" "no node or npm"
elif ! fetched >/dev/null 2>&1; then
	skip "judges of the local engine" "npm cannot fetch their packages"
else
	verdicts=$(mktemp -p "$work")
	began=$SECONDS
	go test -count=1 -v -timeout 8m "./$judges" >"$verdicts" 2>&1
	echo "      the judges took $((SECONDS - began)) s"
	check "tinyusdz reads every layer; a table of the 34 requirements says what the report says, and sees 44 damages" passed TestLayers TestLayerJudgesSeeDamage
	check "MuJoCo agrees about mass and rest, and sees 9 damages" passed TestMuJoCo TestMuJoCoSeesDamage
	check "manifold agrees about hulls, and about every collider" passed TestHulls TestHullsOfAssets
	check "the Khronos validator about the glTF inputs" passed TestInputs
	if have chromium chromium; then
		check "Chromium draws sources and layers alike, and sees 5 damages" passed TestLooks TestLooksSeeDamage
	else
		skip "Chromium draws sources and layers alike" "no chromium"
	fi
fi
if have assimp assimp-utils; then
	check "FBX through assimp" go test -count=1 ./internal/engine/assimp ./internal/engine/load
	check "time and memory beside assimp export" go test -run '^$' -bench Beside -benchtime 1x ./internal/engine
else
	skip "FBX through assimp, benchmarks beside it" "no assimp"
fi
