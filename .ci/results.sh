# Results: readers that look during a thousand replacements, disks that have room for
# one page or file more each time, and the cost of fetching one of 500 MB beside curl
# and unzip. Sourced by run.

check "1,000 results replaced under readers" env SIMDROP_ROUNDS=1000 go test -count=1 -run TestReadersNeverSeeAHalfResult ./internal/result

have mkfs.btrfs btrfs-progs
roomless=$(mktemp -p "$work")
delivered() {
	go test -count=1 -v -run WithoutRoom ./internal/result ./uploader >"$roomless" 2>&1 || { cat "$roomless"; return 1; }
}
check "no room at any step: bytes, files and a quota" delivered
grep -q -- '--- SKIP' "$roomless" && skip "some disks without room" "$(grep -A1 -m1 -- '--- SKIP' "$roomless" | tail -n 1)"

if have curl curl && have unzip unzip; then
	check "fetch and extract 500 MB beside curl and unzip" go test -run '^$' -bench FetchAndExtract -benchtime 1x ./uploader
else
	skip "fetch and extract 500 MB" "no curl or unzip"
fi
