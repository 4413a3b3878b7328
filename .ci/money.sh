# Money at length: a thousand assets under a budget for a hundred, through kills, and
# budgets over days and months. Sourced by .ci/run.
check "a thousand assets, a hundred credits, through kills" env SIMDROP_ASSETS=1000 go test -count=1 -timeout 9m -run TestBudgetThroughKills ./internal/e2e
check "budgets over days and months" env SIMDROP_ASSETS=300 go test -count=1 -timeout 9m -run 'TestBudgetOverDaysAndMonths|TestRefundCounts' ./uploader
