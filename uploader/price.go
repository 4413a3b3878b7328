package uploader

import (
	"context"
	"time"

	"simdrop/internal/asset"
)

// Tariff is what a provider's documentation says of its prices.
type Tariff struct {
	// Prices are credits by the provider's own job type. They serve until, and
	// whenever, its Pricer does not answer. A provider without any costs nothing.
	Prices map[string]float64
	// JobType is the provider's name for the job that an asset becomes.
	JobType func(kind asset.Kind, files int) string
	// Simulation is its name for a simulation.
	Simulation string
}

const (
	priceAge     = time.Hour        // how long a price list is believed
	priceRetry   = 10 * time.Minute // after one that could not be read
	priceTimeout = 20 * time.Second
)

// Estimate is what the asset at path, of so many files, is expected to cost at the
// provider, and whether that is the provider's own word rather than its
// documentation's. It asks nobody.
func (u *Uploader) Estimate(provider, path string, files int) (credits float64, told bool) {
	l := u.lines[provider]
	if l == nil {
		return 0, true
	}
	l.tariff.Lock()
	defer l.tariff.Unlock()
	return l.price(path, files)
}

func (l *line) price(path string, files int) (credits float64, told bool) {
	if l.Tariff.Prices == nil {
		return 0, true
	}
	_, kind, _ := asset.FormatOf(path)
	return l.priceOf(l.Tariff.JobType(kind, files))
}

// priceOf is the price of a job by the provider's name for it.
func (l *line) priceOf(name string) (credits float64, told bool) {
	if p, ok := l.tariff.prices[name]; ok {
		return p, true
	}
	return l.Tariff.Prices[name], false
}

// estimate is Estimate with a price list that is not older than an hour.
func (l *line) estimate(ctx context.Context, path string, files int) float64 {
	l.askPrices(ctx)
	l.tariff.Lock()
	defer l.tariff.Unlock()
	credits, _ := l.price(path, files)
	return credits
}

// simulationPrice is estimate for a simulation.
func (l *line) simulationPrice(ctx context.Context) float64 {
	l.askPrices(ctx)
	l.tariff.Lock()
	defer l.tariff.Unlock()
	credits, _ := l.priceOf(l.Tariff.Simulation)
	return credits
}

func (l *line) askPrices(ctx context.Context) {
	if pricer, ok := l.Provider.(Pricer); ok && l.Tariff.Prices != nil {
		l.readPrices(ctx, pricer)
	}
}

// readPrices asks for the prices when it is time to.
func (l *line) readPrices(ctx context.Context, pricer Pricer) {
	l.tariff.asking.Lock()
	defer l.tariff.asking.Unlock()
	if time.Now().Before(l.tariff.next) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, priceTimeout)
	defer cancel()
	prices, err := pricer.Pricing(ctx)
	l.tariff.next = time.Now().Add(priceAge)
	if err != nil {
		l.tariff.next = time.Now().Add(priceRetry)
		l.logger.Debug("the provider tells no prices: going by those it had", "provider", l.Name, "err", err)
		return
	}
	l.tariff.Lock()
	defer l.tariff.Unlock()
	l.tariff.prices = prices
}

// dearest is the highest price of a submission.
func (l *line) dearest() float64 {
	l.tariff.Lock()
	defer l.tariff.Unlock()
	top := 0.0
	for name, p := range l.Tariff.Prices {
		if told, ok := l.tariff.prices[name]; ok {
			p = told
		}
		top = max(top, p)
	}
	return top
}
