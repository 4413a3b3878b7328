# Results: readers that look during a thousand replacements, and the cost of
# fetching one of 500 MB beside curl and unzip. Sourced by run.

check "1,000 results replaced under readers" env SIMDROP_ROUNDS=1000 go test -count=1 -run TestReadersNeverSeeAHalfResult ./internal/result
if have curl curl && have unzip unzip; then
	check "fetch and extract 500 MB beside curl and unzip" go test -run '^$' -bench FetchAndExtract -benchtime 1x ./uploader
else
	skip "fetch and extract 500 MB" "no curl or unzip"
fi
