# The queue and paying once: every crash point twice, damaged queues, the key that
# must show nowhere, and the proof that breaking a guarantee is noticed.
paying() {
	check "every crash point, and again in the recovery" env SIMDROP_CRASH_ALL=1 go test -count=1 -parallel 4 -timeout 9m -run TestCrashPoints ./internal/e2e
	check "mutants that pay twice are caught" env SIMDROP_MUTANTS=1 go test -count=1 -run TestMutantsPayTwice ./internal/e2e
}
damages() {
	check "200 damaged queues" env SIMDROP_DAMAGES=200 go test -count=1 -run TestDamageIsNoticed ./queue
	check "30 damaged queues under the whole program" env SIMDROP_DAMAGES=30 go test -count=1 -run TestDamagedQueues ./internal/e2e
	check "a canary for a key" go test -count=1 -run TestCanaryKey ./internal/e2e
}
paying &
damages
wait $!
