# The local engine before judges that share nothing with it, from npm and Debian.
# Sourced by .ci/run: check, skip and have are its.

judges=internal/engine/judges

if ! have node nodejs || ! have npm npm; then
	skip "judges of the local engine" "no node or npm"
elif ! (cd "$judges" && npm ci --no-audit --no-fund >/dev/null 2>&1); then
	skip "judges of the local engine" "npm cannot fetch their packages"
else
	check "tinyusdz and a rule table read every layer, and see 14 damages" go test -count=1 -run 'TestLayer' "./$judges"
	check "MuJoCo agrees about mass and rest, and sees 9 damages" go test -count=1 -run 'TestMuJoCo' "./$judges"
	check "manifold agrees about hulls" go test -count=1 -run 'TestHulls' "./$judges"
	check "the Khronos validator about the glTF inputs" go test -count=1 -run 'TestInputs' "./$judges"
	if have chromium chromium; then
		check "Chromium draws sources and layers alike, and sees 5 damages" go test -count=1 -timeout 4m -run 'TestLooks' "./$judges"
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
