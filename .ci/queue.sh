# The queue and paying once, at length: every crash point twice, hundreds of
# damaged queues, and the proof that breaking a guarantee is noticed.
check "every crash point, and again in the recovery" env SIMDROP_CRASH_ALL=1 go test -count=1 -parallel 4 -timeout 9m -run TestCrashPoints ./internal/e2e
check "500 damaged queues" env SIMDROP_DAMAGES=500 go test -count=1 -run TestDamageIsNoticed ./queue
check "mutants that pay twice are caught" env SIMDROP_MUTANTS=1 go test -count=1 -run TestMutantsPayTwice ./internal/e2e
