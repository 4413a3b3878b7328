package dashboard

import (
	"context"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"simdrop/internal/control"
)

// statusTimeout bounds what a scrape asks of the daemon.
const statusTimeout = 5 * time.Second

func (h *handler) metrics() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		&statusCollector{backend: h.backend, version: h.version})
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

// statusCollector tells the daemon's status at the time of the scrape, so that
// nothing has to keep counters beside the queue.
type statusCollector struct {
	backend Backend
	version string
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("simdrop_"+name, help, labels, nil)
}

var (
	buildDesc    = desc("build_info", "1, with the version of simdrop and Go.", "version", "go")
	pausedDesc   = desc("paused", "Whether submissions are paused.")
	jobsDesc     = desc("jobs", "Jobs by state.", "state")
	watchDesc    = desc("watch_state", "1 for the state that a watched folder is in.", "path", "state")
	settlingDesc = desc("watch_settling", "Files of a watched folder that are not yet whole.", "path")
	flightDesc   = desc("provider_in_flight", "Jobs that a provider accepted and has not finished.", "provider")
	okDesc       = desc("provider_ok", "Whether a provider takes submissions.", "provider")
)

// Describe implements prometheus.Collector.
func (c *statusCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{buildDesc, pausedDesc, jobsDesc, watchDesc, settlingDesc, flightDesc, okDesc} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *statusCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), statusTimeout)
	defer cancel()
	s := c.backend.Status(ctx)
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(buildDesc, 1, c.version, runtime.Version())
	gauge(pausedDesc, number(s.Paused))
	for _, state := range control.States() {
		gauge(jobsDesc, float64(s.Jobs[state]), state)
	}
	for _, w := range s.Watch {
		gauge(watchDesc, 1, w.Path, w.State)
		gauge(settlingDesc, float64(w.Settling), w.Path)
	}
	for _, p := range s.Providers {
		gauge(flightDesc, float64(p.InFlight), p.Name)
		gauge(okDesc, number(p.Problem == ""), p.Name)
	}
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
