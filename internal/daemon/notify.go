package daemon

import (
	"maps"
	"path/filepath"
	"slices"

	"simdrop/internal/config"
	"simdrop/internal/notify"
	"simdrop/queue"
)

// openNotify starts to tell hooks and webhooks of jobs and, where a person watches
// over it, the desktop.
func (d *Daemon) openNotify(command bool) error {
	o := notify.Options{
		Queue: d.queue, Object: func(j queue.Job) any { return view(j) }, Dir: d.stateDir,
		Secrets: secrets(d.cfg), Version: d.version, Logger: d.log,
	}
	if d.cfg.File != "" {
		o.Dir = filepath.Dir(d.cfg.File)
	}
	var err error
	if o.Hooks, err = commands(d.cfg.Hooks); err != nil {
		return err
	}
	for _, w := range d.cfg.Webhooks {
		hook := notify.Webhook{URL: w.URL, Secret: w.Secret.Reveal()}
		for _, e := range w.Events {
			hook.States = append(hook.States, queue.State(e))
		}
		o.Webhooks = append(o.Webhooks, hook)
	}
	if !command && d.cfg.Notifications != "off" {
		o.Show = notify.Desktop()
	}
	n, err := notify.New(o)
	if err != nil {
		return err
	}
	d.background("notifications", n.Run)
	return nil
}

func commands(h config.Hooks) (map[queue.State][]string, error) {
	lines := map[queue.State]string{queue.Done: h.OnDone, queue.Failed: h.OnFailed, queue.Held: h.OnHeld}
	words := make(map[queue.State][]string)
	for state, line := range lines {
		w, err := config.SplitCommand(line)
		if err != nil {
			return nil, err
		}
		if len(w) > 0 {
			words[state] = w
		}
	}
	return words, nil
}

// secrets are the configured ones, which no hook is to see.
func secrets(c *config.Config) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(c.Providers)) {
		all = append(all, c.Providers[name].APIKey.Reveal())
	}
	for _, w := range c.Webhooks {
		all = append(all, w.Secret.Reveal())
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}
