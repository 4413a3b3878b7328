# What is promised under faults that need a machine's help: power cuts, system
# calls that fail or at which the daemon dies, lines that break, disks that fill.
# Every rig asserts that its fault struck. .ci/rigs/README.md tells of the long forms.

# rig NAME COMMAND…: runs tests with -v; what skipped itself is said to be skipped.
rig() {
	local name=$1 log code
	shift
	log=$(mktemp)
	"$@" >"$log" 2>&1
	code=$?
	if [ $code = 0 ] && grep -q -- '^ *--- SKIP' "$log"; then
		skip "$name" "$(grep -A1 -m1 -- '^ *--- SKIP' "$log" | tail -n 1 | sed 's/^ *[^ ]*: //')"
	else
		check "$name" verdict $code "$log"
		grep -hE 'seed [0-9]+:|_test.go:[0-9]+: [0-9]+ (cuts|kills|calls|packets)' "$log" | sed 's/^ *[^ ]*: /      /'
	fi
	rm -f "$log"
}

verdict() { cat "$2"; return "$1"; }

have strace strace
have mkfs.ext4 e2fsprogs
have losetup mount
have nft nftables
have tc iproute2

# Namespaces keep a copy of every mount, so they wait until the disks are taken apart.
flushes() {
	rig "power cuts on ext4" go -C .ci/rigs test -count=1 -timeout 5m -v -run TestPowerCuts .
	rig "mutants lose data in power cuts" go -C .ci/rigs test -count=1 -timeout 5m -v -run TestMutantsLoseData .
}
failures() {
	rig "system calls that fail" go test -count=1 -timeout 5m -v -run TestFailingSystemCalls ./internal/e2e
	rig "60 cut connections" env SIMDROP_CUTS=60 go test -count=1 -timeout 5m -v -run TestCutConnections ./internal/e2e
}
kills() {
	rig "kills in system calls" env SIMDROP_SYSCALL_KILLS=25 go test -count=1 -timeout 5m -v -run TestKilledInSystemCalls ./internal/e2e
}
flushes &
failures
wait $!
kills &
rig "lines and disks in a namespace" env SIMDROP_NAMESPACES=1 go test -count=1 -timeout 5m -v -run TestNamespace ./internal/e2e
wait $!
