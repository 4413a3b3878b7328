package daemon

// warnOfLater says which of the configured options this version takes and does
// not act on, so that nobody waits for what will not come.
func (d *Daemon) warnOfLater() {
	for _, w := range d.cfg.Watch {
		if w.Convert.Simulate != "" && w.Convert.Simulate != "none" {
			d.log.Warn("simulations are not started by this version", "watch", w.Path)
		}
	}
}
